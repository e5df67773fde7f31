package cataloghttp

import (
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

type sellerView struct {
	ID      id.Org `json:"id"`
	Name    string `json:"name"`
	Native  string `json:"name_local,omitempty"`
	City    string `json:"city,omitempty"`
	Country string `json:"country"`
}

type tierView struct {
	Min   quantity.Quantity `json:"min_quantity"`
	Price money.Price       `json:"price"`
}

type placeView struct {
	Code    string            `json:"warehouse"`
	Name    string            `json:"name"`
	City    string            `json:"city"`
	Country string            `json:"country"`
	Lot     string            `json:"lot,omitempty"`
	Expires string            `json:"expires_on,omitempty"`
	Free    quantity.Quantity `json:"free"`
}

type offerView struct {
	ID        id.Offer          `json:"id"`
	Seller    sellerView        `json:"seller"`
	SellerSKU string            `json:"seller_sku"`
	Unit      quantity.Unit     `json:"unit"`
	MOQ       quantity.Quantity `json:"moq"`
	Step      quantity.Quantity `json:"step"`
	LeadDays  int               `json:"lead_days"`
	Incoterm  string            `json:"incoterm,omitempty"`
	Currency  money.Currency    `json:"currency"`
	Basis     string            `json:"basis"`
	Contract  bool              `json:"contract" doc:"the tiers are the reader's own"`
	Tiers     []tierView        `json:"tiers"`
	Free      quantity.Quantity `json:"free"`
	Stock     []placeView       `json:"stock"`
	Note      string            `json:"note,omitempty"`
}

type offersView struct {
	Items []offerView `json:"items"`
}

func viewOffers(os []reads.Offer) []offerView {
	out := make([]offerView, len(os))
	for n, o := range os {
		v := offerView{
			ID: o.ID, Seller: sellerView{o.Seller, o.SellerName, o.SellerNative, o.SellerCity, o.SellerCountry}, SellerSKU: o.SellerSKU, Unit: o.Unit,
			MOQ: quantity.Quantity{Micro: o.MOQMicro, Unit: o.Unit}, Step: quantity.Quantity{Micro: o.StepMicro, Unit: o.Unit},
			LeadDays: o.LeadDays, Incoterm: o.Incoterm, Currency: o.Currency, Basis: string(o.Basis), Contract: o.Contract(),
			Tiers: []tierView{}, Free: quantity.Quantity{Micro: o.Free, Unit: o.Unit}, Stock: []placeView{}, Note: o.Note,
		}
		for _, p := range o.Tiers {
			v.Tiers = append(v.Tiers, tierView{quantity.Quantity{Micro: p.MinMicro, Unit: p.Unit}, p.Money()})
		}
		for _, p := range o.Stock {
			v.Stock = append(v.Stock, placeView{p.Code, p.Name, p.City, p.Country, p.Lot, day(p.ExpiresOn), quantity.Quantity{Micro: p.Free, Unit: o.Unit}})
		}
		out[n] = v
	}
	return out
}

// Terms are an offer as its seller keeps it.
type Terms struct {
	ID        id.Offer          `json:"id"`
	Item      id.Item           `json:"item_id"`
	Seller    id.Org            `json:"seller_id"`
	SellerSKU string            `json:"seller_sku"`
	Unit      quantity.Unit     `json:"unit"`
	MOQ       quantity.Quantity `json:"moq"`
	Step      quantity.Quantity `json:"step"`
	LeadDays  int               `json:"lead_days"`
	Incoterm  string            `json:"incoterm,omitempty"`
	Currency  money.Currency    `json:"currency"`
	Basis     string            `json:"basis"`
	State     string            `json:"state"`
	Note      string            `json:"note,omitempty"`
	Version   int64             `json:"version,omitempty"`
}

func viewTerms(o catalog.Offer) Terms {
	return Terms{
		o.ID, o.Item, o.Seller, o.SellerSKU, o.Unit,
		quantity.Quantity{Micro: o.MOQMicro, Unit: o.Unit},
		quantity.Quantity{Micro: o.StepMicro, Unit: o.Unit},
		o.LeadDays, o.Incoterm, o.Currency, string(o.Basis), string(o.State), o.Note, o.Version,
	}
}

// factsView is a line of a seller's list of offers.
type factsView struct {
	Terms
	SKU  string `json:"sku"`
	Name string `json:"name"`
}

func viewFacts(f catalog.OfferFacts, locale string) factsView {
	return factsView{viewTerms(catalog.Offer{
		ID: f.Offer, Item: f.Item, Seller: f.Seller, SellerSKU: f.SellerSKU, Unit: f.Unit, MOQMicro: f.MOQMicro, StepMicro: f.StepMicro,
		LeadDays: f.LeadDays, Incoterm: f.Incoterm, Currency: f.Currency, Basis: f.Basis, State: f.State,
	}), f.SKU, f.Names.In(locale)}
}

// recordView is an item as its author keeps it.
type recordView struct {
	ID           id.Item           `json:"id"`
	Category     id.Category       `json:"category_id"`
	SKU          string            `json:"sku"`
	Names        catalog.Names     `json:"names"`
	Descriptions catalog.Names     `json:"descriptions"`
	Brand        string            `json:"brand,omitempty"`
	Attributes   map[string]string `json:"attributes"`
	Unit         quantity.Unit     `json:"unit"`
	KgPerUnit    string            `json:"kg_per_unit"`
	Regulated    string            `json:"regulated,omitempty"`
	State        string            `json:"state"`
	Seller       id.Org            `json:"seller_id,omitempty"`
	Version      int64             `json:"version"`
}

func viewRecord(i catalog.Item) recordView {
	return recordView{i.ID, i.Category, i.SKU, i.Names, i.Descriptions, i.Brand, i.Attributes, i.Unit, quantity.FormatMicro(i.KgPerUnitMicro), i.Regulated, string(i.State), i.Seller, i.Version}
}

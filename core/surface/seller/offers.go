package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// offersPage is the seller's price list.
type offersPage struct {
	frame.Frame
	Rows   []consoles.OfferRow
	Tabs   []theme.Tab
	Filter consoles.OfferFilter
	All    int
	Pager  console.Pager
}

var offerStates = []string{"", "published", "paused", "draft", "withdrawn"}

func (p pages) offers(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := consoles.OfferFilter{State: console.OneOf(v.Query("state"), offerStates...), Text: v.Query("q"), Out: v.Query("out") != ""}
	list, counts, err := p.Reads.Offers(ctx, f, console.Ask(v, 30))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/offers", &offersPage{
		Frame: p.screen(ctx, "offers", "nav.offers"), Rows: list.Items, Filter: f, All: counts[""],
		Tabs: console.Tabs(v, p.words(v), "state", "state.offer.", counts, offerStates...), Pager: console.Pages(v, list.Next),
	}), nil
}

// newOfferPage makes an offer of an item that the catalogue has.
type newOfferPage struct {
	frame.Frame
	SKU       string
	Item      *catalog.Item
	Units     []string
	Bases     []theme.Choice
	Incoterms []theme.Choice
}

func (p pages) newOffer(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.newOfferPage(ctx, v, v.Query("sku"))
	if err != nil {
		return web.Answer{}, err
	}
	if page.SKU != "" && page.Item == nil {
		return web.Again("seller/offer-new", page, catalog.ErrItemNotFound.At(fault.Field{Path: "sku", Reason: "unknown"}))
	}
	return web.Render("seller/offer-new", page), nil
}

func (p pages) newOfferPage(ctx context.Context, v *web.Visit, sku string) (*newOfferPage, error) {
	page := &newOfferPage{Frame: p.screen(ctx, "offers", "seller.new_offer", console.Crumb("nav.offers", "/seller/offers"), console.Crumb("seller.new_offer", "")), SKU: sku}
	w := p.words(v)
	page.Bases, page.Incoterms = offerBases(w), incoterms()
	if sku == "" {
		return page, nil
	}
	it, found, err := p.Reads.ItemBySKU(ctx, sku)
	if err != nil || !found {
		return page, err
	}
	page.Item = &it
	page.Units = offerUnits(it.Unit, it.KgPerUnitMicro)
	return page, nil
}

func offerBases(w *theme.Printer) []theme.Choice {
	return []theme.Choice{{Value: "piece", Label: w.T("pricebasis.piece")}, {Value: "theoretical", Label: w.T("pricebasis.theoretical")}, {Value: "weighed", Label: w.T("pricebasis.weighed")}}
}

// incoterms are the eleven rules of Incoterms 2020.
func incoterms() []theme.Choice {
	var out []theme.Choice
	for _, r := range []string{"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"} {
		out = append(out, theme.Choice{Value: r, Label: r})
	}
	return out
}

// offerUnits are those that the item's own unit can be turned into.
func offerUnits(u quantity.Unit, kg int64) []string {
	units := []string{string(u)}
	if weighs(u) || kg > 0 {
		for _, m := range []quantity.Unit{quantity.Tonne, quantity.Kilogram} {
			if m != u {
				units = append(units, string(m))
			}
		}
	}
	return units
}

func (p pages) addOffer(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	page, err := p.newOfferPage(ctx, v, f.Get("sku"))
	if err != nil {
		return web.Answer{}, err
	}
	if page.Item == nil {
		return web.Again("seller/offer-new", page, catalog.ErrItemNotFound.At(fault.Field{Path: "sku", Reason: "unknown"}))
	}
	o := catalog.Offer{Item: page.Item.ID, SellerSKU: f.Get("seller_sku"), Unit: quantity.Unit(f.Get("unit")), Currency: money.Currency(v.Site().Currency)}
	readTerms(v, &o)
	if o, err = p.Catalog.WriteOffer(ctx, o); err != nil {
		return web.Again("seller/offer-new", page, err)
	}
	return web.Redirect("/seller/offers/"+o.ID.String()).Flash("seller.offer_made", "sku", o.SellerSKU), nil
}

// readTerms fills what a seller may change of an offer. What cannot be read becomes what
// the service refuses with the field's name.
func readTerms(v *web.Visit, o *catalog.Offer) {
	f := v.Form()
	o.MOQMicro, o.StepMicro = micro(f.Get("moq")), micro(f.Get("step"))
	o.LeadDays, o.Incoterm, o.Basis, o.Note = console.Number(f.Get("lead_days")), f.Get("incoterm"), catalog.Basis(f.Get("basis")), f.Get("note")
}

func micro(text string) int64 {
	m, err := quantity.ParseMicro(text)
	if err != nil {
		return -1
	}
	return m
}

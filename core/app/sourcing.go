package app

import (
	"context"
	"slices"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/sourcing/sourcingdb"
)

func (h *House) makeSourcing() {
	store := sourcingdb.New(h.DB, h.Phones)
	h.movers = append(h.movers, store.KeepPhones)
	h.Sourcing = sourcing.New(sourcing.Needs{
		Unit: h.DB, Store: store, Gate: h.Plans.Gated(h.Gate), Events: h.Queue, Now: h.Now,
		Catalog: itemsFor{h}, Companies: companiesFor{h}, Files: filesFor{h}, Numbers: h.Tenancy.Numbers(), Orders: awardsFor{h},
	})
}

type itemsFor struct{ *House }

// Items implements sourcing.Catalog.
func (h itemsFor) Items(ctx context.Context, ids []id.Item) (map[id.Item]sourcing.Item, error) {
	items, err := h.Catalog.Items(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Item]sourcing.Item, len(items))
	for _, i := range items {
		out[i.ID] = sourcing.Item{SKU: i.SKU, Names: i.Names, Unit: i.Unit, KgPerUnitMicro: i.KgPerUnitMicro, Regulated: i.Regulated}
	}
	return out, nil
}

// Offers implements sourcing.Catalog.
func (h itemsFor) Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]sourcing.Offer, error) {
	facts, err := h.Catalog.Offers(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Offer]sourcing.Offer, len(facts))
	for o, f := range facts {
		out[o] = sourcing.Offer{Item: f.Item, Seller: f.Seller}
	}
	return out, nil
}

type companiesFor struct{ *House }

// Companies implements sourcing.Companies.
func (h companiesFor) Companies(ctx context.Context, ids []id.Org) (map[id.Org]sourcing.Company, error) {
	orgs, err := h.Parties.Companies(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Org]sourcing.Company, len(orgs))
	for _, o := range orgs {
		out[o.ID] = sourcing.Company{Name: o.Name, NameLocal: o.NameLocal, City: o.City, Country: o.Country, Buys: o.Buys, Sells: o.Sells, Approved: o.State == "approved"}
	}
	return out, nil
}

type awardsFor struct{ *House }

// PlaceAwarded implements sourcing.Orders.
func (h awardsFor) PlaceAwarded(ctx context.Context, g sourcing.AwardedGroup) (map[id.Org]sourcing.PlacedOrder, error) {
	in := ordering.AwardInput{RFQ: g.RFQ, Currency: g.Currency}
	if err := recast(g.ShipTo, &in.ShipTo); err != nil {
		return nil, err
	}
	var items []id.Item
	var offers []id.Offer
	for _, o := range g.Orders {
		for _, l := range o.Lines {
			items, offers = append(items, l.Item), append(offers, l.Offer)
		}
	}
	known, err := itemsFor(h).Items(ctx, some(items))
	if err != nil {
		return nil, err
	}
	sold, err := h.Catalog.Offers(ctx, some(offers))
	if err != nil {
		return nil, err
	}
	for _, o := range g.Orders {
		in.Parts = append(in.Parts, awardPart(o, known, sold))
	}
	_, orders, err := h.Ordering.PlaceAwarded(ctx, in)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Org]sourcing.PlacedOrder, len(orders))
	for _, o := range orders {
		out[o.Seller] = sourcing.PlacedOrder{Order: o.ID, Number: o.Number}
	}
	return out, nil
}

// some leaves out those that are none.
func some[N any](ids []id.ID[N]) []id.ID[N] {
	return slices.DeleteFunc(slices.Clone(ids), id.ID[N].IsZero)
}

// awardPart is one seller's order. Goods quoted in another unit than the offer is kept in
// come from production, not from its stock: such a line has no offer to hold goods of.
func awardPart(o sourcing.AwardedOrder, known map[id.Item]sourcing.Item, sold map[id.Offer]catalog.OfferFacts) ordering.AwardPart {
	p := ordering.AwardPart{Seller: o.Seller, Freight: o.Freight, TaxRateMicro: o.TaxRateMicro, Regulated: map[string]string{}}
	for _, l := range o.Lines {
		if r := known[l.Item].Regulated; r != "" {
			p.Regulated[l.SKU] = r
		}
		offer := l.Offer
		if sold[offer].Unit != l.Qty.Unit {
			offer = id.Offer{}
		}
		p.Lines = append(p.Lines, ordering.Line{
			Offer: offer, Item: l.Item, SKU: l.SKU, Names: l.Names, Qty: l.Qty, Price: l.Price, PricedQty: l.PricedQty,
			Basis: ordering.Basis(l.Basis), Goods: l.Goods, PriceSource: map[string]string{"source": "quote", "quote_id": o.Quote.String()},
		})
	}
	return p
}

package app

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/ordering/orderingdb"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/pricing"
)

func (h *House) makeOrdering() {
	store := orderingdb.New(h.DB, h.Phones)
	h.movers = append(h.movers, store.KeepPhones)
	h.Ordering = ordering.New(ordering.Needs{
		Store: store, Unit: h.DB, Gate: h.Gate, Judge: h.Gate, Events: h.Queue, Now: h.Now,
		Catalog: offersFor{h}, Prices: pricesFor{h}, Stock: stockFor{h}, Freight: freightFor{h}, Escrows: escrowsFor{h},
		Parties: buyersFor{h}, Terms: termsFor{h}, Numbers: h.Tenancy.Numbers(), Quota: h.Plans,
	})
}

type offersFor struct{ *House }

// Offers implements ordering.Catalog. Goods ship from the seller's own city.
func (h offersFor) Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]ordering.OfferFacts, error) {
	facts, err := h.Catalog.Offers(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Offer]ordering.OfferFacts, len(facts))
	for o, f := range facts {
		out[o] = ordering.OfferFacts{
			Offer: o, Item: f.Item, SKU: f.SKU, Names: f.Names, Seller: f.Seller, SellerName: f.SellerName, SellerState: f.SellerState,
			Unit: f.Unit, Basis: ordering.Basis(f.Basis), KgPerUnitMicro: f.KgPerUnitMicro, Regulated: f.Regulated, LeadDays: f.LeadDays, OnSale: f.Orderable(),
			ShipsFrom: ordering.Place{City: f.SellerCity, Country: f.SellerCountry}, Check: f.CheckQuantity,
		}
	}
	return out, nil
}

type pricesFor struct{ *House }

// Quote implements ordering.Prices. Pricing wants the catalogue's own facts again, so that
// what a line is based on never depends on what a neighbour chose to keep.
func (h pricesFor) Quote(ctx context.Context, buyer id.Org, lines []ordering.PriceAsk) ([]ordering.PriceAnswer, error) {
	ids := make([]id.Offer, len(lines))
	for i, l := range lines {
		ids[i] = l.Offer.Offer
	}
	facts, err := h.Catalog.Offers(ctx, ids)
	if err != nil {
		return nil, err
	}
	asks := make([]pricing.QuoteLine, len(lines))
	for i, l := range lines {
		asks[i] = pricing.QuoteLine{Offer: facts[l.Offer.Offer], Qty: l.Qty}
	}
	quoted, err := h.Pricing.Quote(ctx, buyer, asks)
	if err != nil {
		return nil, err
	}
	out := make([]ordering.PriceAnswer, len(quoted))
	for i, q := range quoted {
		out[i] = ordering.PriceAnswer{Price: q.Price, PricedQty: q.Qty, Goods: q.Amount, Source: q.Frozen()}
	}
	return out, nil
}

type stockFor struct{ *House }

// Reserve implements ordering.Stock: an order's goods stay held until it ends.
func (h stockFor) Reserve(ctx context.Context, lines []ordering.StockLine) error {
	if len(lines) == 0 {
		return nil
	}
	asks := make([]inventory.ReserveLine, len(lines))
	for i, l := range lines {
		asks[i] = inventory.ReserveLine{Offer: l.Offer, Micro: l.Qty.Micro, Ref: inventory.OrderLine(l.Line)}
	}
	_, err := h.Inventory.Reserve(ctx, asks, time.Time{})
	return err
}

// Release implements ordering.Stock.
func (h stockFor) Release(ctx context.Context, lines []id.OrderLine) error {
	refs := make([]inventory.Ref, len(lines))
	for i, l := range lines {
		refs[i] = inventory.OrderLine(l)
	}
	return h.Inventory.Release(ctx, refs)
}

type freightFor struct{ *House }

// Rates implements ordering.Freight.
func (h freightFor) Rates(ctx context.Context, ask ordering.FreightAsk) ([]ordering.FreightOption, error) {
	offers, err := h.Host.Rates(ctx, pluginhost.RateRequest{
		From: pluginhost.Place{City: ask.From.City, Country: ask.From.Country},
		To:   pluginhost.Place{City: ask.To.City, Country: ask.To.Country}, MassKgMicro: ask.MassKgMicro, Currency: ask.Currency, ReadyAt: h.Now(),
	})
	if err != nil {
		h.Log.WarnContext(ctx, "no freight offered", "err", err)
		return nil, nil // the buyer can always collect
	}
	out := make([]ordering.FreightOption, len(offers))
	for i, o := range offers {
		out[i] = ordering.FreightOption{ID: o.OfferID, Carrier: o.Carrier, Service: o.Service, Amount: o.Amount, Days: o.ETADays}
	}
	return out, nil
}

type escrowsFor struct{ *House }

// Open implements ordering.Escrows.
func (h escrowsFor) Open(ctx context.Context, o ordering.Order) error {
	return h.Payments.Open(ctx, paymentsOrder(o))
}

// Abandon implements ordering.Escrows.
func (h escrowsFor) Abandon(ctx context.Context, o ordering.Order) error {
	return h.Payments.Abandon(ctx, paymentsOrder(o))
}

func paymentsOrder(o ordering.Order) payments.Order {
	return payments.Order{OrderParties: ordering.Head(o), ID: o.ID, Buyer: o.Buyer, Seller: o.Seller, Total: o.Total, Due: o.Total}
}

type termsFor struct{ *House }

// Trade implements ordering.Terms.
func (h termsFor) Trade(ctx context.Context) (ordering.TradeTerms, error) {
	t, err := h.Tenancy.Current(ctx)
	return ordering.TradeTerms{Currency: t.Settings.Currency, TaxRateMicro: t.Settings.TaxRateMicro}, err
}

// CommissionRate implements payments.Terms.
func (h termsFor) CommissionRate(ctx context.Context) (int64, error) {
	t, err := h.Tenancy.Current(ctx)
	return t.Settings.CommissionRateMicro, err
}

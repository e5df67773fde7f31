package storefront

import (
	"context"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// cartView reads the cart with its prices.
func (s shop) cartView(ctx context.Context, v *web.Visit) (*Cart, error) {
	e := s.eye(v)
	c, err := s.Ordering.Cart(ctx)
	if err != nil {
		return nil, err
	}
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]id.Offer, len(c.Lines))
	for i, l := range c.Lines {
		ids[i] = l.Offer
	}
	var gone id.Offer
	_ = gone.UnmarshalText([]byte(v.Query("removed"))) // what is no offer was not removed either
	facts, err := s.Catalog.Offers(ctx, append(ids, gone))
	if err != nil {
		return nil, err
	}
	m := &Cart{Frame: frame.Frame{TitleKey: "cart.title", NoIndex: true}, Lines: len(c.Lines), Whole: len(c.Lines) > 0, Goods: money.Zero(t.Settings.Currency), TaxRate: t.Settings.TaxRateMicro}
	if f, ok := facts[gone]; ok && !holds(c, gone) {
		m.Removed = &RemovedLine{gone.String(), f.Names.In(e.Locale()), v.Query("qty"), v.Query("unit")}
	}
	return m, s.fill(ctx, e, m, c, facts)
}

// fill prices the lines and groups them by seller.
func (s shop) fill(ctx context.Context, e eye, m *Cart, c ordering.Cart, facts map[id.Offer]catalog.OfferFacts) error {
	sh, err := s.Catalog.Shelf(ctx)
	if err != nil {
		return err
	}
	quoted, why, err := s.quotes(ctx, e, c, facts)
	if err != nil {
		return err
	}
	for _, l := range c.Lines {
		e.line(m, sh, l, facts[l.Offer], quoted[l.Offer], why[l.Offer])
	}
	return m.sum()
}

func holds(c ordering.Cart, o id.Offer) bool {
	for _, l := range c.Lines {
		if l.Offer == o {
			return true
		}
	}
	return false
}

// buyable says why a line cannot be bought as it stands, or nothing.
func (e eye) buyable(l ordering.CartLine, f catalog.OfferFacts, free int64) string {
	if !f.Orderable() {
		return e.T("cart.not_on_sale")
	}
	if _, err := f.CheckQuantity(l.Qty); err != nil {
		return e.Fault(e.units(fault.From(err)))
	}
	if l.Qty.Unit == f.Unit && l.Qty.Micro > free {
		return e.T("cart.short", "n", e.Qty(quantity.Quantity{Micro: max(free, 0), Unit: f.Unit}))
	}
	return ""
}

// quotes prices what can be bought and says of the rest why not.
func (s shop) quotes(ctx context.Context, e eye, c ordering.Cart, facts map[id.Offer]catalog.OfferFacts) (map[id.Offer]pricing.QuotedLine, map[id.Offer]string, error) {
	out, why := map[id.Offer]pricing.QuotedLine{}, map[id.Offer]string{}
	offers := make([]id.Offer, len(c.Lines))
	for i, l := range c.Lines {
		offers[i] = l.Offer
	}
	free, err := s.Reads.Free(ctx, offers)
	if err != nil {
		return nil, nil, err
	}
	var asks []pricing.QuoteLine
	for _, l := range c.Lines {
		if w := e.buyable(l, facts[l.Offer], free[l.Offer]); w != "" {
			why[l.Offer] = w
			continue
		}
		asks = append(asks, pricing.QuoteLine{Offer: facts[l.Offer], Qty: l.Qty})
	}
	quoted, err := s.Pricing.Quote(ctx, e.who.Org, asks)
	if err == nil {
		for _, q := range quoted {
			out[q.Offer] = q
		}
		return out, why, nil
	}
	if fault.KindOf(err) == fault.Internal {
		return nil, nil, err
	}
	for _, a := range asks { // one line has no price: find it, and price the others
		one, err := s.Pricing.Quote(ctx, e.who.Org, []pricing.QuoteLine{a})
		if err != nil {
			why[a.Offer.Offer] = e.Fault(fault.From(err))
			continue
		}
		out[a.Offer.Offer] = one[0]
	}
	return out, why, nil
}

func (e eye) line(m *Cart, sh *catalog.Shelf, l ordering.CartLine, f catalog.OfferFacts, q pricing.QuotedLine, why string) {
	v := CartLine{
		Offer: l.Offer.String(), SKU: f.SKU, Name: f.Names.In(e.Locale()), URL: itemURL(f.SKU), Qty: l.Qty, Value: l.Qty.Value(), Why: why, Basis: string(f.Basis), LeadDays: f.LeadDays,
		MOQ: quantity.Quantity{Micro: f.MOQMicro, Unit: f.Unit}, Step: quantity.Quantity{Micro: f.StepMicro, Unit: f.Unit},
	}
	v.Picture = f.Picture
	if v.Picture == "" {
		v.Picture = drawing(sh, f.Category)
	} else {
		v.Picture = pictureURL(v.Picture)
	}
	v.Units = units(l.Qty.Unit, catalog.Item{Unit: f.ItemUnit, KgPerUnitMicro: f.KgPerUnitMicro})
	if why == "" {
		price, amount, priced := q.Price, q.Amount, q.Qty
		v.Price, v.Amount, v.Contract, v.Note = &price, &amount, q.Source == pricing.Contract, q.Note
		if priced != l.Qty {
			v.PricedQty = &priced
		}
	} else {
		m.Whole = false
	}
	name := e.company(f.SellerName, f.SellerNative)
	for i := range m.Parts {
		if m.Parts[i].Seller == name {
			m.Parts[i].Lines = append(m.Parts[i].Lines, v)
			return
		}
	}
	m.Parts = append(m.Parts, CartPart{Seller: name, URL: "/s/" + f.Seller.String(), City: f.SellerCity, Lines: []CartLine{v}, Goods: money.Zero(m.Goods.Currency)})
}

// sum adds up what has a price in the market's currency.
func (m *Cart) sum() error {
	for i := range m.Parts {
		p := &m.Parts[i]
		for _, l := range p.Lines {
			if l.Amount == nil || l.Amount.Currency != p.Goods.Currency {
				continue
			}
			var err error
			if p.Goods, err = p.Goods.Add(*l.Amount); err != nil {
				return err
			}
		}
		var err error
		if m.Goods, err = m.Goods.Add(p.Goods); err != nil {
			return err
		}
	}
	return nil
}

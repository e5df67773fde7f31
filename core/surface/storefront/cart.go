package storefront

import (
	"context"
	"strings"

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

// Cart is what the reader is about to order, seller by seller.
type Cart struct {
	frame.Frame
	Parts   []CartPart
	Lines   int
	Goods   money.Money // of what can be priced
	Whole   bool        // every line can be bought as it stands
	Removed *RemovedLine
	TaxRate int64
}

// CartPart is what one seller would deliver.
type CartPart struct {
	Seller, URL, City string
	Lines             []CartLine
	Goods             money.Money
}

// CartLine is one offer with how much of it.
type CartLine struct {
	Offer, SKU, Name, URL string
	Picture               string
	Qty                   quantity.Quantity
	Value                 string // what stands in the field
	Units                 []string
	MOQ, Step             quantity.Quantity
	Price                 *money.Price
	PricedQty             *quantity.Quantity // where it is not Qty
	Amount                *money.Money
	Contract              bool
	Basis, Note           string
	LeadDays              int
	Why                   string // it cannot be bought as it stands
}

// RemovedLine can be put back.
type RemovedLine struct{ Offer, Name, Quantity, Unit string }

func (s shop) cart(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.cartView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("storefront/cart", m), nil
}

// addToCart sets how much of an offer the cart holds. A refusal is shown on the item's
// page, beside the field.
func (s shop) addToCart(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	form := OfferForm{f.Get("offer"), strings.TrimSpace(f.Get("qty." + f.Get("offer"))), f.Get("unit")}
	if form.Quantity == "" {
		form.Quantity = strings.TrimSpace(f.Get("quantity"))
	}
	var offer id.Offer
	if offer.UnmarshalText([]byte(form.Offer)) != nil || offer.IsZero() {
		return web.Answer{}, ordering.ErrOffer
	}
	q, err := quantity.Parse(form.Quantity, form.Unit)
	if err == nil {
		_, err = s.Ordering.PutInCart(ctx, offer, q)
	}
	if err == nil {
		return web.Redirect("/cart").Flash("cart.added", "quantity", q.Value(), "unit", s.eye(v).Unit(string(q.Unit))), nil
	}
	if fault.KindOf(err) != fault.Invalid {
		return web.Answer{}, err
	}
	facts, ferr := s.Catalog.Offers(ctx, []id.Offer{offer})
	if ferr != nil {
		return web.Answer{}, ferr
	}
	it, ferr := s.Reads.Item(ctx, facts[offer].Item)
	if ferr != nil {
		return web.Answer{}, err
	}
	e := s.eye(v)
	m, ferr := s.itemView(ctx, e, it)
	if ferr != nil {
		return web.Answer{}, ferr
	}
	m.Form = form
	return web.Again("storefront/item", m, e.beside(err, "qty."+form.Offer))
}

// beside points a complaint at its field, in the reader's words with the nearest
// quantities that would do.
func (e eye) beside(err error, path string) error {
	f := fault.From(err)
	if len(f.Fields) > 0 {
		return err
	}
	f = e.units(f)
	return f.At(fault.Field{Path: path, Reason: "quantity_refused", Detail: e.Fault(f)})
}

// units writes the codes in a complaint's quantities as people do.
func (e eye) units(f *fault.Error) *fault.Error {
	for k, v := range f.Args {
		if value, unit, ok := strings.Cut(v, " "); ok {
			if q, err := quantity.Parse(value, unit); err == nil {
				f = f.With(k, e.Qty(q))
			}
		}
	}
	return f
}

// changeLine sets a line's quantity or takes the line out; what was taken can be put back.
func (s shop) changeLine(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var offer id.Offer
	if offer.UnmarshalText([]byte(v.Path("offer"))) != nil || offer.IsZero() {
		return web.Answer{}, ordering.ErrOffer
	}
	f := v.Form()
	if f.Get("do") == "remove" {
		return s.removeLine(ctx, offer)
	}
	q, err := quantity.Parse(strings.TrimSpace(f.Get("qty."+offer.String())), f.Get("unit"))
	if err == nil {
		_, err = s.Ordering.PutInCart(ctx, offer, q)
	}
	if err == nil {
		return web.Redirect("/cart").Flash("cart.changed"), nil
	}
	m, merr := s.cartView(ctx, v)
	if merr != nil {
		return web.Answer{}, merr
	}
	return web.Again("storefront/cart", m, s.eye(v).beside(err, "qty."+offer.String()))
}

func (s shop) removeLine(ctx context.Context, offer id.Offer) (web.Answer, error) {
	c, err := s.Ordering.Cart(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	to := "/cart"
	for _, l := range c.Lines {
		if l.Offer == offer {
			to += "?removed=" + offer.String() + "&qty=" + l.Qty.Value() + "&unit=" + string(l.Qty.Unit)
		}
	}
	if _, err := s.Ordering.TakeFromCart(ctx, offer); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(to), nil
}

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
	removed := v.Query("removed")
	var gone id.Offer
	if gone.UnmarshalText([]byte(removed)) == nil && !gone.IsZero() {
		ids = append(ids, gone)
	}
	facts, err := s.Catalog.Offers(ctx, ids)
	if err != nil {
		return nil, err
	}
	sh, err := s.Catalog.Shelf(ctx)
	if err != nil {
		return nil, err
	}
	m := &Cart{Frame: frame.Frame{TitleKey: "cart.title", NoIndex: true}, Lines: len(c.Lines), Whole: len(c.Lines) > 0, Goods: money.Zero(t.Settings.Currency), TaxRate: t.Settings.TaxRateMicro}
	if f, ok := facts[gone]; ok && !holds(c, gone) {
		m.Removed = &RemovedLine{gone.String(), f.Names.In(e.Locale()), v.Query("qty"), v.Query("unit")}
	}
	quoted, why, err := s.quotes(ctx, e, c, facts)
	if err != nil {
		return nil, err
	}
	for _, l := range c.Lines {
		e.line(m, sh, l, facts[l.Offer], quoted[l.Offer], why[l.Offer])
	}
	return m, m.sum()
}

func holds(c ordering.Cart, o id.Offer) bool {
	for _, l := range c.Lines {
		if l.Offer == o {
			return true
		}
	}
	return false
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
		f, ok := facts[l.Offer]
		if !ok || !f.Orderable() {
			why[l.Offer] = e.T("cart.not_on_sale")
			continue
		}
		if _, err := f.CheckQuantity(l.Qty); err != nil {
			why[l.Offer] = e.Fault(e.units(fault.From(err)))
			continue
		}
		if l.Qty.Unit == f.Unit && l.Qty.Micro > free[l.Offer] {
			why[l.Offer] = e.T("cart.short", "n", e.Qty(quantity.Quantity{Micro: max(free[l.Offer], 0), Unit: f.Unit}))
			continue
		}
		asks = append(asks, pricing.QuoteLine{Offer: f, Qty: l.Qty})
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

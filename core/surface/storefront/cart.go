package storefront

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/web"
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

package storefront

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// review fixes prices and freight for the address and shows what they come to.
func (s shop) review(ctx context.Context, v *web.Visit) (web.Answer, error) {
	again := func(err error) (web.Answer, error) {
		m, merr := s.deliveryView(ctx, v, v.Form())
		if merr != nil {
			return web.Answer{}, merr
		}
		return web.Again("storefront/delivery", m, err)
	}
	to, err := s.shipTo(ctx, v)
	if err != nil {
		return again(err)
	}
	co, err := s.Ordering.CheckOut(ctx, ordering.Place{City: to.City, Country: to.Country})
	if err != nil {
		return again(err)
	}
	if err := s.keepAddress(ctx, v, to); err != nil {
		return again(err)
	}
	m, err := s.reviewView(ctx, v, co, to, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("storefront/review", m), nil
}

// place orders what the review showed, or counts again with another freight service.
func (s shop) place(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Checkout
	if which.UnmarshalText([]byte(v.Path("checkout"))) != nil || which.IsZero() {
		return web.Answer{}, ordering.ErrCheckout
	}
	f := v.Form()
	co, err := s.Ordering.Checkout(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	to := typedAddress(f)
	again := func(err error) (web.Answer, error) {
		m, merr := s.reviewView(ctx, v, co, to, f)
		if merr != nil {
			return web.Answer{}, merr
		}
		if err == nil {
			return web.Render("storefront/review", m), nil
		}
		return web.Again("storefront/review", m, err)
	}
	in, err := placeInput(co, f)
	if err != nil || f.Get("do") == "count" {
		return again(err)
	}
	g, _, err := s.Ordering.Place(ctx, in)
	switch {
	case err == nil:
		return web.Redirect("/checkout/done/" + g.ID.String()), nil
	case errors.Is(err, ordering.ErrCheckoutOld):
		old := *ordering.ErrCheckoutOld
		old.Kind = fault.Conflict // typing can mend it: prices are asked anew from here
		return s.rateAgain(ctx, v, nil, &old)
	case errors.Is(err, ordering.ErrDestination):
		f.Set("address", otherAddress) // the new address stays; one press rates freight to it
		return s.rateAgain(ctx, v, f, err)
	}
	return again(err)
}

// rateAgain goes back to the step that asks for prices and freight, saying why.
func (s shop) rateAgain(ctx context.Context, v *web.Visit, typed url.Values, why error) (web.Answer, error) {
	m, err := s.deliveryView(ctx, v, typed)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Again("storefront/delivery", m, why)
}

func placeInput(co ordering.Checkout, f url.Values) (ordering.PlaceInput, error) {
	in := ordering.PlaceInput{Checkout: co.ID, Freight: freightOf(co, f), ShipTo: typedAddress(f), PONumber: strings.TrimSpace(f.Get("po_number")), Note: strings.TrimSpace(f.Get("note"))}
	if cc := f.Get("cost_centre"); cc != "" && in.CostCentre.UnmarshalText([]byte(cc)) != nil {
		return in, ordering.ErrCostCentre.At(fault.Field{Path: "cost_centre", Reason: "unknown"})
	}
	return in, nil
}

// freightOf reads the chosen service of every part.
func freightOf(co ordering.Checkout, f url.Values) map[id.Org]string {
	out := map[id.Org]string{}
	for _, p := range co.Parts {
		out[p.Seller] = f.Get("freight." + p.Seller.String())
	}
	return out
}

// cheapest is what is chosen before the buyer has: delivery where somebody delivers.
func cheapest(p ordering.Part) string {
	best := ordering.Collect
	for i, o := range p.Freight {
		if i == 0 || o.Amount.Minor < amountOf(p, best) {
			best = o.ID
		}
	}
	return best
}

func amountOf(p ordering.Part, choice string) int64 {
	for _, o := range p.Freight {
		if o.ID == choice {
			return o.Amount.Minor
		}
	}
	return 1 << 62
}

func (s shop) reviewView(ctx context.Context, v *web.Visit, co ordering.Checkout, to ordering.Address, f url.Values) (*Review, error) {
	e := s.eye(v)
	m := &Review{
		Frame: frame.Frame{TitleKey: "checkout.title", NoIndex: true, Crumbs: []frame.Crumb{{Key: "cart.title", URL: "/cart"}, {Key: "checkout.title", URL: "/checkout"}, {Key: "checkout.review"}}},
		ID:    co.ID.String(), ShipTo: to, Expires: co.ExpiresAt, TaxRate: co.TaxRate, InPortal: v.Site().LoginRequired,
		Goods: money.Zero(co.Currency), Freight: money.Zero(co.Currency), Tax: money.Zero(co.Currency), Total: money.Zero(co.Currency),
	}
	if f != nil {
		m.Form = ReviewForm{f.Get("po_number"), f.Get("cost_centre"), f.Get("note")}
	}
	limit, err := s.limit(ctx, e)
	if err != nil {
		return nil, err
	}
	names, err := s.sellers(ctx, co)
	if err != nil {
		return nil, err
	}
	for _, p := range co.Parts {
		p.SellerName = e.company(p.SellerName, names[p.Seller].NameLocal)
		choice := cheapest(p)
		if got := f.Get("freight." + p.Seller.String()); got != "" {
			choice = got
		}
		if err := e.part(m, co, p, choice, limit); err != nil {
			return nil, err
		}
	}
	all, err := s.Parties.Choices(ctx, e.who.Org, e.who.Person)
	if err != nil {
		return nil, err
	}
	if f == nil {
		m.Form.CostCentre = all.CostCentre.String()
	}
	for _, c := range all.Centres {
		m.Centres = append(m.Centres, theme.Choice{Value: c.ID.String(), Label: c.Code + " " + c.Name})
	}
	m.Steps = e.nextSteps(len(m.Parts), m.Approval != "")
	return m, nil
}

func (s shop) sellers(ctx context.Context, co ordering.Checkout) (map[id.Org]parties.Org, error) {
	ids := make([]id.Org, len(co.Parts))
	for i, p := range co.Parts {
		ids[i] = p.Seller
	}
	return s.Parties.Companies(ctx, ids)
}

// limit is the most that the reader may order alone; nil is no limit.
func (s shop) limit(ctx context.Context, e eye) (*money.Money, error) {
	who, err := s.Parties.Member(ctx, e.who.Org, e.who.Person)
	if err != nil || who.LimitMinor == nil {
		return nil, err
	}
	m := money.Of(*who.LimitMinor, who.Currency)
	return &m, nil
}

func (e eye) part(m *Review, co ordering.Checkout, p ordering.Part, choice string, limit *money.Money) error {
	o, err := co.Preview(p, choice)
	if err != nil {
		choice = ordering.Collect
		if o, err = co.Preview(p, choice); err != nil {
			return err
		}
	}
	v := ReviewPart{
		Seller: p.SellerName, URL: "/s/" + p.Seller.String(), Goods: o.Goods, Chosen: choice, FreightName: "freight." + p.Seller.String(), Total: o.Total,
		MassKg: quantity.Quantity{Micro: p.MassKg, Unit: quantity.Kilogram}, FreightAmount: o.Freight, FreightServices: len(p.Freight),
	}
	for _, x := range p.Freight {
		v.Freight = append(v.Freight, theme.Choice{Value: x.ID, Label: x.Carrier + " · " + e.Service(x.Service), Hint: e.Money(x.Amount) + " · " + e.N("checkout.days", x.Days)})
	}
	v.Freight = append(v.Freight, theme.Choice{Value: ordering.Collect, Label: e.T("checkout.collect"), Hint: e.T("checkout.collect_hint")})
	for _, l := range p.Lines {
		line := ReviewLine{Name: e.Name(l.Names), SKU: l.SKU, URL: itemURL(l.SKU), Qty: l.Qty, Price: l.Price, Goods: l.Goods, Basis: string(l.Basis), Regulated: l.Regulated, LeadDays: l.LeadDays}
		if l.PricedQty != l.Qty {
			line.PricedQty = &l.PricedQty
		}
		v.Lines = append(v.Lines, line)
	}
	if limit != nil && o.Total.Minor > limit.Minor {
		v.NeedsApproval = true
		m.Approval = e.T("checkout.above_limit", "limit", e.Money(*limit))
	}
	m.Parts = append(m.Parts, v)
	for sum, add := range map[*money.Money]money.Money{&m.Goods: o.Goods, &m.Freight: o.Freight, &m.Tax: o.Tax, &m.Total: o.Total} {
		if *sum, err = sum.Add(add); err != nil {
			return err
		}
	}
	return nil
}

// nextSteps says what happens after the button.
func (e eye) nextSteps(orders int, approval bool) []string {
	out := []string{e.N("next.orders", orders)}
	if approval {
		out = append(out, e.T("next.approval"))
	}
	return append(out, e.T("next.accept"), e.T("next.pay"), e.T("next.receive"))
}

// placed confirms what was ordered.
func (s shop) placed(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Group
	if which.UnmarshalText([]byte(v.Path("group"))) != nil || which.IsZero() {
		return web.Answer{}, ordering.ErrNotFound
	}
	orders, err := s.Ordering.Group(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	g, err := s.Reads.Group(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	e := s.eye(v)
	m := &Placed{Frame: frame.Frame{TitleKey: "placed.title", NoIndex: true}, Number: g.Number, Total: money.Zero(orders[0].Currency)}
	for _, o := range orders {
		m.Orders = append(m.Orders, PlacedOrder{Number: o.Number, URL: "/buyer/orders/" + o.ID.String(), Seller: e.company(g.Sellers[o.Seller].Name, g.Sellers[o.Seller].Native), State: string(o.State), Lines: len(o.Lines), Total: o.Total, Freight: e.Service(o.FreightService)})
		m.Waiting = m.Waiting || o.State == ordering.AwaitingApproval
		if m.Total, err = m.Total.Add(o.Total); err != nil {
			return web.Answer{}, err
		}
	}
	m.Steps = e.nextSteps(len(orders), m.Waiting)[1:]
	return web.Render("storefront/placed", m), nil
}

package ordering

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// PlaceInput turns a checkout into orders. Freight names a service id per seller, or
// Collect; a seller left out is collected from.
type PlaceInput struct {
	Checkout   id.Checkout
	Freight    map[id.Org]string
	ShipTo     Address
	PONumber   string
	CostCentre id.CostCentre
	Note       string
}

// Validate collects every problem of the input.
func (in PlaceInput) Validate() error {
	f := ErrAddress
	if strings.TrimSpace(in.ShipTo.City) == "" {
		f = f.At(fault.Field{Path: "ship_to.city", Reason: "required"})
	}
	if len(in.ShipTo.Country) != 2 {
		f = f.At(fault.Field{Path: "ship_to.country", Reason: "iso_3166"})
	}
	if len(in.PONumber) > 40 {
		f = f.At(fault.Field{Path: "po_number", Reason: "too_long"})
	}
	if len(in.Note) > 2000 {
		f = f.At(fault.Field{Path: "note", Reason: "too_long"})
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// Place buys what the checkout shows: one order per seller, stock held, escrow opened,
// all or nothing. Where the company's own rules ask for consent, the orders wait for it.
func (s *Service) Place(ctx context.Context, in PlaceInput) (Group, []Order, error) {
	if err := in.Validate(); err != nil {
		return Group{}, nil, err
	}
	var (
		g      Group
		orders []Order
	)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		co, err := s.usable(ctx, c, in.Checkout)
		if err != nil {
			return err
		}
		g, orders, err = s.fromCheckout(ctx, c, co, in)
		if err != nil {
			return err
		}
		return s.commit(ctx, c, &g, orders, schedules(co))
	})
	if err != nil {
		return Group{}, nil, fmt.Errorf("place checkout %s: %w", in.Checkout, err)
	}
	return g, orders, nil
}

// usable takes the caller's checkout; of two at once one wins.
func (s *Service) usable(ctx context.Context, c caller.Caller, cid id.Checkout) (Checkout, error) {
	co, taken, err := s.Store.TakeCheckout(ctx, cid, c.Org)
	switch {
	case err != nil:
		return co, err
	case co.Person != c.Person:
		return co, ErrCheckout
	case taken && co.ExpiresAt.After(s.Now()):
		return co, nil
	case !taken:
		if used, err := s.Store.Used(ctx, co); err != nil || used {
			return co, cmp.Or(err, error(ErrCheckoutUsed))
		}
	}
	return co, ErrCheckoutOld
}

// fromCheckout makes one order per part, with its number and the chosen freight.
func (s *Service) fromCheckout(ctx context.Context, c caller.Caller, co Checkout, in PlaceInput) (Group, []Order, error) {
	now := s.Now()
	g := Group{ID: group0.New(), Buyer: c.Org, PlacedBy: c.Person, Source: "cart", Currency: co.Currency}
	var orders []Order
	for _, p := range co.Parts {
		freight, service, err := p.choose(in.Freight[p.Seller], co.Currency)
		if err != nil {
			return g, nil, err
		}
		if service != "" && !co.To.Same(in.ShipTo.place()) {
			return g, nil, ErrDestination.At(fault.Field{Path: "ship_to.city", Reason: "changed"})
		}
		o := Order{
			ID: order0.New(), Group: g.ID, Buyer: c.Org, Seller: p.Seller, Currency: co.Currency,
			Discount: money.Zero(co.Currency), Freight: freight, FreightService: service, TaxRateMicro: co.TaxRate,
			PONumber: in.PONumber, CostCentre: in.CostCentre, ShipTo: in.ShipTo, Note: in.Note, PlacedBy: c.Person, Consent: c.Consent, PlacedAt: now,
		}
		for i, l := range p.Lines {
			o.Lines = append(o.Lines, Line{
				ID: line0.New(), Position: i + 1, Offer: l.Offer, Item: l.Item, SKU: l.SKU, Names: l.Names,
				Qty: l.Qty, Price: l.Price, PricedQty: l.PricedQty, Basis: l.Basis, Goods: l.Goods, PriceSource: l.Source,
			})
		}
		orders = append(orders, o)
	}
	return g, orders, nil
}

var (
	checkout0 id.Checkout
	group0    id.Group
	order0    id.Order
	line0     id.OrderLine
	approval0 id.Approval
)

// choose finds the freight service; nobody can name one that was not offered.
func (p Part) choose(want string, cur money.Currency) (money.Money, string, error) {
	if want == "" || want == Collect {
		return money.Zero(cur), "", nil
	}
	for _, f := range p.Freight {
		if f.ID == want {
			return f.Amount, f.Carrier + " · " + f.Service, nil
		}
	}
	return money.Money{}, "", ErrFreight.At(fault.Field{Path: "freight." + p.Seller.String(), Reason: "unknown"})
}

// schedules keeps what the compliance rules need of each line and the orders do not.
func schedules(co Checkout) map[string]string {
	out := map[string]string{}
	for _, p := range co.Parts {
		for _, l := range p.Lines {
			out[l.SKU] = l.Regulated
		}
	}
	return out
}

// commit asks the law and the company's own rules, holds stock, numbers the orders, opens
// escrow and writes everything. Cart and award both end here. Numbers are drawn after the
// last question: from then to the end of the unit every other order of the market waits.
func (s *Service) commit(ctx context.Context, c caller.Caller, g *Group, orders []Order, regulated map[string]string) error {
	deal, err := s.dealing(ctx, c, *g, orders)
	if err != nil {
		return err
	}
	g.Total = money.Zero(g.Currency)
	var stock []StockLine
	var approvals []Approval
	for i := range orders {
		o := &orders[i]
		o.State, o.Payment, o.Fulfilment, o.Aftersale, o.Version = Placed, PaymentNone, NotShipped, NoClaim, 1
		if err := o.sum(); err != nil {
			return err
		}
		if g.Total, err = g.Total.Add(o.Total); err != nil {
			return err
		}
		a, err := s.consent(ctx, c, o, deal, regulated)
		if err != nil {
			return err
		}
		approvals = append(approvals, a...)
		for _, l := range o.Lines {
			if !l.Offer.IsZero() {
				stock = append(stock, StockLine{l.ID, l.Offer, l.Qty})
			}
		}
	}
	if err := s.room(ctx, orders...); err != nil {
		return err
	}
	if err := s.Stock.Reserve(ctx, stock); err != nil {
		return err
	}
	if err := s.number(ctx, g, orders); err != nil {
		return err
	}
	if err := s.Store.SaveGroup(ctx, *g, orders); err != nil {
		return err
	}
	return s.announce(ctx, *g, orders, approvals)
}

// room asks for those of the orders that go out now; what waits for consent asks then.
func (s *Service) room(ctx context.Context, orders ...Order) error {
	if s.Quota == nil {
		return nil
	}
	n := int64(0)
	for _, o := range orders {
		if o.State == Placed {
			n++
		}
	}
	return s.Quota.TakeOrders(ctx, n)
}

// number draws the numbers of a group and its orders at once.
func (s *Service) number(ctx context.Context, g *Group, orders []Order) error {
	kinds := []string{"OG"}
	for range orders {
		kinds = append(kinds, "PO")
	}
	numbers, err := s.Numbers.Take(ctx, kinds...)
	if err != nil {
		return err
	}
	g.Number = numbers[0]
	for i := range orders {
		orders[i].Number = numbers[i+1]
	}
	return nil
}

// announce opens escrow for what goes out now, files approvals for what waits, and tells.
func (s *Service) announce(ctx context.Context, g Group, orders []Order, approvals []Approval) error {
	var news []event.Event
	for _, o := range orders {
		if o.State == Placed {
			if err := s.Escrows.Open(ctx, o); err != nil {
				return err
			}
			news = append(news, event.OrderPlaced{OrderParties: Head(o), Group: g.Number, Source: g.Source})
		}
	}
	for _, a := range approvals {
		if err := s.Store.AddApproval(ctx, a); err != nil {
			return err
		}
		for _, o := range orders {
			if o.ID == a.Order {
				news = append(news, event.ApprovalRequested{OrderParties: Head(o), Approval: a.ID.String(), Rule: a.Rule})
			}
		}
	}
	return s.Events.Append(ctx, news...)
}

// consent asks the gate about one order. A refusal ends everything; a review becomes an
// approval by someone of the company who may approve that much.
func (s *Service) consent(ctx context.Context, c caller.Caller, o *Order, deal Dealing, regulated map[string]string) ([]Approval, error) {
	facts, err := s.placeFacts(ctx, *o, deal, regulated)
	if err != nil {
		return nil, err
	}
	review, err := s.Judge.Judge(ctx, ActionPlace, facts)
	if err != nil || len(review) == 0 {
		return nil, err
	}
	ok, err := s.Parties.ApproverFor(ctx, o.Buyer, c.Person, o.Total)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoApprover.With("amount", o.Total)
	}
	o.State = AwaitingApproval
	words := make([]string, len(review))
	for i, r := range review {
		words[i] = r.Detail
	}
	return []Approval{{
		ID: approval0.New(), Order: o.ID, Tier: 1, Rule: strings.Join(words, " "), Amount: o.Total, State: Pending,
		RequestedBy: c.Person, RequestedAt: s.Now(), Version: 1,
	}}, nil
}

func lineField(o id.Offer, reason string) fault.Field {
	return fault.Field{Path: "lines." + o.String(), Reason: reason}
}

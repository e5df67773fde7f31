package fulfilment

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// Rates asks what moving the rest of an order costs. massKg overrides what the goods'
// own masses add up to.
func (s *Service) Rates(ctx context.Context, order id.Order, massKg string) ([]Offer, error) {
	if work.Active(ctx) {
		return nil, fmt.Errorf("rate order %s: carriers are asked outside a unit of work", order)
	}
	if err := s.n.Gate.Allow(ctx, ActionRates, nil); err != nil {
		return nil, err
	}
	o, _, err := s.order(ctx, order, false)
	if err != nil {
		return nil, err
	}
	loads, err := s.n.Store.OfOrder(ctx, order)
	if err != nil {
		return nil, err
	}
	gone := sent(loads, Preparing, Shipped, Received)
	var rest []ShipmentLine
	for _, l := range o.Lines {
		if q := l.Qty; q.Micro > gone[l.ID] {
			q.Micro -= gone[l.ID]
			rest = append(rest, ShipmentLine{Line: l.ID, Qty: q})
		}
	}
	if len(rest) == 0 {
		return []Offer{}, nil
	}
	m, err := mass(o, rest, massKg)
	if err != nil {
		return nil, err
	}
	offers, err := s.n.Rater.Rates(ctx, RateAsk{From: o.From, To: o.To, MassKgMicro: m, Currency: o.Currency, ReadyAt: s.n.Now()})
	if err != nil {
		return nil, fmt.Errorf("rate order %s: %w", order, err)
	}
	return offers, nil
}

// Shipment is one load, to those whose goods it is.
func (s *Service) Shipment(ctx context.Context, shipment id.Shipment) (Shipment, Order, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Shipment{}, Order{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Shipment{}, Order{}, err
	}
	load, err := s.n.Store.Shipment(ctx, shipment)
	if err != nil {
		return Shipment{}, Order{}, err
	}
	o, err := s.n.Orders.Order(ctx, load.Order, false)
	if err != nil {
		return Shipment{}, Order{}, err
	}
	if !party(c, o) {
		return Shipment{}, Order{}, ErrNotFound
	}
	return load, o, nil
}

// ReceiptsOf is what was found in an order's loads, for who has been shown the order.
func (s *Service) ReceiptsOf(ctx context.Context, o Order) ([]Receipt, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return nil, err
	}
	if c, err := caller.From(ctx); err != nil || !party(c, o) {
		return nil, ErrOrderNotFound
	}
	return s.n.Store.Receipts(ctx, o.ID)
}

// OfOrder is an order's loads and what was found in them, oldest first.
func (s *Service) OfOrder(ctx context.Context, order id.Order) (Order, []Shipment, []Receipt, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Order{}, nil, nil, err
	}
	o, _, err := s.order(ctx, order, false)
	if err != nil {
		return Order{}, nil, nil, err
	}
	loads, err := s.n.Store.OfOrder(ctx, order)
	if err != nil {
		return Order{}, nil, nil, err
	}
	receipts, err := s.n.Store.Receipts(ctx, order)
	return o, loads, receipts, err
}

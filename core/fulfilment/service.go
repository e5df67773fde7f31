package fulfilment

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Needs is what the service is made of. Rater, Carrier and Settlement may call plugins.
type Needs struct {
	Unit       work.Unit
	Store      Store
	Gate       policy.Gate
	Events     event.Log
	Now        clock.Now
	Orders     Orders
	Stock      Stock
	Rater      Rater
	Carrier    Carrier
	Settlement Settlement
	Claims     Claims
	Numbers    Numbers
}

// Service is fulfilment's use cases.
type Service struct{ n Needs }

// New puts the service together.
func New(n Needs) *Service { return &Service{n} }

// party says who may see an order's goods: its buyer, its seller, the operator.
func party(c caller.Caller, o Order) bool {
	if c.Org.IsZero() {
		return c.Has(caller.RoleOperator) || c.Kind == caller.System
	}
	return c.Org == o.Buyer || c.Org == o.Seller
}

func (s *Service) order(ctx context.Context, order id.Order, hold bool) (Order, caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Order{}, c, err
	}
	o, err := s.n.Orders.Order(ctx, order, hold)
	if err != nil {
		return Order{}, c, err
	}
	if !party(c, o) {
		return Order{}, c, ErrOrderNotFound
	}
	return o, c, nil
}

// sellers loads an order that the caller's company has to deliver.
func (s *Service) sellers(ctx context.Context, order id.Order, hold bool) (Order, caller.Caller, error) {
	o, c, err := s.order(ctx, order, hold)
	if err == nil && (c.Org.IsZero() || c.Org != o.Seller) {
		err = ErrOrderNotFound
	}
	return o, c, err
}

func consignment(o Order, s Shipment) event.Consignment {
	return event.Consignment{
		Order: o.ID.String(), OrderNumber: o.Number, Buyer: o.Buyer.String(), Seller: o.Seller.String(),
		Shipment: s.ID.String(), ShipmentNumber: s.Number,
	}
}

// facts is what the compliance rules of shipping and receiving are told.
type facts struct {
	Order  string     `json:"order"`
	Buyer  string     `json:"buyer"`
	Seller string     `json:"seller"`
	Lines  []lineFact `json:"lines"`
}

type lineFact struct {
	SKU      string   `json:"sku"`
	QtyMicro int64    `json:"qty_micro"`
	Unit     string   `json:"unit"`
	Lots     []string `json:"lots"`
}

func factsOf(o Order, s Shipment) facts {
	f := facts{Order: o.ID.String(), Buyer: o.Buyer.String(), Seller: o.Seller.String(), Lines: []lineFact{}}
	for _, l := range s.Lines {
		ol, _ := o.Line(l.Line)
		lots := l.Lots
		if lots == nil {
			lots = []string{}
		}
		f.Lines = append(f.Lines, lineFact{ol.SKU, l.Qty.Micro, string(l.Qty.Unit), lots})
	}
	return f
}

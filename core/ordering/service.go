package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Needs is everything ordering asks of the rest of the house.
type Needs struct {
	Store   Store
	Unit    work.Unit
	Gate    policy.Gate
	Judge   Judge
	Events  event.Log
	Now     clock.Now
	Catalog Catalog
	Prices  Prices
	Stock   Stock
	Freight Freight
	Escrows Escrows
	Parties Parties
	Terms   Terms
	Numbers Numbers
	Quota   Quota // nil: as many as are wanted
}

// Service is ordering's use cases.
type Service struct{ Needs }

// New wires ordering.
func New(n Needs) *Service { return &Service{n} }

// buying is the caller, who must act for a company.
func buying(ctx context.Context) (caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, err
	}
	if c.Org.IsZero() || (c.Person.IsZero() && c.Kind != caller.System) {
		return c, ErrNoCompany
	}
	return c, nil
}

// visible loads an order that the caller's company is a party to, or that he oversees.
// Anybody else's order does not exist.
func (s *Service) visible(ctx context.Context, oid id.Order, lock bool) (Order, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Order{}, err
	}
	o, err := s.Store.Order(ctx, oid, lock)
	if err != nil {
		return Order{}, err
	}
	mine := !c.Org.IsZero() && (o.Buyer == c.Org || o.Seller == c.Org)
	if mine && o.Seller == c.Org && o.Buyer != c.Org && o.State == AwaitingApproval {
		mine = false // the seller hears of an order once it goes out
	}
	if !mine && !c.Has(caller.RoleOperator) && !c.Has(caller.RoleSystem) {
		return Order{}, ErrNotFound
	}
	return o, nil
}

// Head is the head of every event about o, whichever context tells it.
func Head(o Order) event.OrderParties {
	return event.OrderParties{Order: o.ID.String(), Number: o.Number, Buyer: o.Buyer.String(), Seller: o.Seller.String(), Total: o.Total, By: o.PlacedBy.String()}
}

package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// Order is one order that the caller's company is a party to.
func (s *Service) Order(ctx context.Context, oid id.Order) (Order, error) {
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Order{}, err
	}
	return s.visible(ctx, oid, false)
}

// ForSystem is any order, for contexts that have done their own asking; its row is locked
// for those who act on it in a unit of work of their own.
func (s *Service) ForSystem(ctx context.Context, oid id.Order, lock bool) (Order, error) {
	return s.Store.Order(ctx, oid, lock)
}

// Side is from which side of the table a list of orders is seen.
type Side string

// Sides.
const (
	AsBuyer    Side = "buyer"
	AsSeller   Side = "seller"
	AsOperator Side = "operator"
)

// Orders lists the caller's orders from one side, newest first.
func (s *Service) Orders(ctx context.Context, side Side, f Filter, p page.Request) (page.List[Order], error) {
	c, err := caller.From(ctx)
	if err != nil {
		return page.List[Order]{}, err
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Order]{}, err
	}
	switch {
	case side == AsOperator && (c.Has(caller.RoleOperator) || c.Has(caller.RoleSystem)):
	case c.Org.IsZero() || side == AsOperator:
		return page.List[Order]{}, ErrNoCompany
	case side == AsSeller:
		f.Seller = c.Org
	default:
		f.Buyer = c.Org
	}
	return s.Store.Orders(ctx, f, p)
}

// Group is every order of one checkout or award, seen by its buyer.
func (s *Service) Group(ctx context.Context, gid id.Group) ([]Order, error) {
	c, err := buying(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return nil, err
	}
	out, err := s.Store.OrdersOfGroup(ctx, gid)
	if err == nil && (len(out) == 0 || out[0].Buyer != c.Org) {
		err = ErrNotFound
	}
	return out, err
}

// ApprovalsOf lists the approvals of an order to its buyer's company.
func (s *Service) ApprovalsOf(ctx context.Context, oid id.Order) ([]Approval, error) {
	o, err := s.visible(ctx, oid, false)
	if err != nil {
		return nil, err
	}
	if c, _ := caller.From(ctx); o.Buyer != c.Org && !c.Has(caller.RoleOperator) {
		return nil, nil // the seller does not learn how his customer decides
	}
	return s.Store.ApprovalsOf(ctx, oid)
}

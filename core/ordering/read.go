package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// Order is one order that the caller's company is a party to.
func (s *Service) Order(ctx context.Context, oid id.Order) (Order, error) {
	var o Order
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
			return err
		}
		var err error
		o, err = s.visible(ctx, oid, false)
		return err
	})
	return o, err
}

// ForSystem is any order, with its row locked, for contexts that act on an order in a
// unit of work of their own and have done their own asking.
func (s *Service) ForSystem(ctx context.Context, oid id.Order) (Order, error) {
	var o Order
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		o, err = s.Store.Order(ctx, oid, true)
		return err
	})
	return o, err
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
	var out page.List[Order]
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
			return err
		}
		switch {
		case side == AsOperator && (c.Has(caller.RoleOperator) || c.Has(caller.RoleSystem)):
		case c.Org.IsZero() || side == AsOperator:
			return ErrNoCompany
		case side == AsSeller:
			f.Seller = c.Org
		default:
			f.Buyer = c.Org
		}
		out, err = s.Store.Orders(ctx, f, p)
		return err
	})
	return out, err
}

// Group is every order of one checkout or award, seen by its buyer.
func (s *Service) Group(ctx context.Context, gid id.Group) ([]Order, error) {
	var out []Order
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
			return err
		}
		if out, err = s.Store.OrdersOfGroup(ctx, gid); err != nil {
			return err
		}
		if len(out) == 0 || out[0].Buyer != c.Org {
			return ErrNotFound
		}
		return nil
	})
	return out, err
}

// ApprovalsOf lists the approvals of an order to its buyer's company.
func (s *Service) ApprovalsOf(ctx context.Context, oid id.Order) ([]Approval, error) {
	var out []Approval
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.visible(ctx, oid, false)
		if err != nil {
			return err
		}
		if c, _ := caller.From(ctx); o.Buyer != c.Org && !c.Has(caller.RoleOperator) {
			return nil // the seller does not learn how his customer decides
		}
		out, err = s.Store.ApprovalsOf(ctx, oid)
		return err
	})
	return out, err
}

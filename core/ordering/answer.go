package ordering

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Accept is the seller's yes.
func (s *Service) Accept(ctx context.Context, oid id.Order) (Order, error) {
	return s.asSeller(ctx, oid, ActionAccept, func(ctx context.Context, o *Order) error {
		if err := o.Accept(s.Now()); err != nil {
			return err
		}
		if err := s.Store.SaveMoves(ctx, *o); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.OrderAccepted{OrderParties: Head(*o)})
	})
}

// Decline is the seller's no, with the reason the buyer will read.
func (s *Service) Decline(ctx context.Context, oid id.Order, reason string) (Order, error) {
	if strings.TrimSpace(reason) == "" {
		return Order{}, ErrNote
	}
	return s.asSeller(ctx, oid, ActionDecline, func(ctx context.Context, o *Order) error {
		return s.end(ctx, o, (*Order).Decline, event.OrderDeclined{OrderParties: Head(*o), Reason: reason})
	})
}

// Cancel withdraws an order that no seller has accepted; the buyer or an operator may.
func (s *Service) Cancel(ctx context.Context, oid id.Order, reason string) (Order, error) {
	if strings.TrimSpace(reason) == "" {
		return Order{}, ErrNote
	}
	var o Order
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if o, err = s.visible(ctx, oid, true); err != nil {
			return err
		}
		c, _ := caller.From(ctx)
		if o.Buyer != c.Org && !c.Has(caller.RoleOperator) && !c.Has(caller.RoleSystem) {
			return ErrNotFound
		}
		if err := s.Gate.Allow(ctx, ActionCancel, nil); err != nil {
			return err
		}
		return s.end(ctx, &o, (*Order).Cancel, event.OrderCancelled{OrderParties: Head(o), Reason: reason})
	})
	if err != nil {
		return Order{}, fmt.Errorf("cancel order %s: %w", oid, err)
	}
	return o, nil
}

func (s *Service) asSeller(ctx context.Context, oid id.Order, act policy.Action, do func(context.Context, *Order) error) (Order, error) {
	var o Order
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if o, err = s.visible(ctx, oid, true); err != nil {
			return err
		}
		c, _ := caller.From(ctx)
		if o.Seller != c.Org {
			return ErrNotFound
		}
		if err := s.Gate.Allow(ctx, act, nil); err != nil {
			return err
		}
		return do(ctx, &o)
	})
	if err != nil {
		return Order{}, fmt.Errorf("%s %s: %w", act, oid, err)
	}
	return o, nil
}

// end moves an order to one of its early ends: stock is freed, the empty safe is closed,
// and what waited for approval waits no more.
func (s *Service) end(ctx context.Context, o *Order, move func(*Order) error, news ...event.Event) error {
	wasOut := o.State != AwaitingApproval
	if err := move(o); err != nil {
		return err
	}
	if err := s.Store.SaveMoves(ctx, *o); err != nil {
		return err
	}
	lines := make([]id.OrderLine, 0, len(o.Lines))
	for _, l := range o.Lines {
		if !l.Offer.IsZero() {
			lines = append(lines, l.ID)
		}
	}
	if err := s.Stock.Release(ctx, lines); err != nil {
		return err
	}
	if wasOut {
		if err := s.Escrows.Abandon(ctx, *o); err != nil {
			return err
		}
	}
	all, err := s.Store.ApprovalsOf(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State == Pending {
			a.State = Withdrawn
			if err := s.Store.SaveApproval(ctx, a); err != nil {
				return err
			}
		}
	}
	return s.Events.Append(ctx, news...)
}

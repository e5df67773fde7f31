package ordering

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// DecideApproval is an approver's word on an order of his company. The last yes sends the
// order out; a no ends it and frees the stock.
func (s *Service) DecideApproval(ctx context.Context, aid id.Approval, yes bool, note string) (Order, error) {
	var o Order
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		a, err := s.Store.Approval(ctx, aid, true)
		if err != nil {
			return err
		}
		if o, err = s.Store.Order(ctx, a.Order, true); err != nil {
			return err
		}
		if o.Buyer != c.Org {
			return ErrApproval
		}
		if err := s.Gate.Allow(ctx, ActionDecide, nil); err != nil {
			return err
		}
		m, err := s.Parties.Member(ctx, c.Org, c.Person)
		if err != nil {
			return err
		}
		if err := a.Decide(c.Person, yes, m.LimitMinor, note, s.Now()); err != nil {
			return err
		}
		if err := s.Store.SaveApproval(ctx, a); err != nil {
			return err
		}
		news := []event.Event{event.ApprovalDecided{OrderParties: Head(o), Approval: a.ID.String(), Approved: yes, Note: note}}
		if !yes {
			return s.end(ctx, &o, (*Order).Cancel, append(news, event.OrderCancelled{OrderParties: Head(o), Reason: note})...)
		}
		return s.sendOut(ctx, &o, news)
	})
	if err != nil {
		return Order{}, fmt.Errorf("decide approval %s: %w", aid, err)
	}
	return o, nil
}

// sendOut places an order whose approvals are all given.
func (s *Service) sendOut(ctx context.Context, o *Order, news []event.Event) error {
	all, err := s.Store.ApprovalsOf(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State != Approved {
			return s.Events.Append(ctx, news...)
		}
	}
	if err := o.Approve(); err != nil {
		return err
	}
	if err := s.room(ctx, *o); err != nil {
		return err
	}
	if err := s.Store.SaveMoves(ctx, *o); err != nil {
		return err
	}
	if err := s.Escrows.Open(ctx, *o); err != nil {
		return err
	}
	return s.Events.Append(ctx, append(news, event.OrderPlaced{OrderParties: Head(*o), Source: "approval"})...)
}

// Approvals lists what waits for a decision in the caller's company.
func (s *Service) Approvals(ctx context.Context, p page.Request) (page.List[Approval], error) {
	var out page.List[Approval]
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
			return err
		}
		out, err = s.Store.PendingApprovals(ctx, c.Org, p)
		return err
	})
	return out, err
}

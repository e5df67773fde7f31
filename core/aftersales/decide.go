package aftersales

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Accept grants a claim: by the seller, or by the operator once the seller has refused.
// The order's line stands lower from then on.
func (s *Service) Accept(ctx context.Context, claim id.Claim, answer string) (Claim, error) {
	answer = strings.TrimSpace(answer)
	return s.decide(ctx, claim, answer, func(ctx context.Context, c caller.Caller, o Order, cl *Claim) (event.Event, error) {
		if c.Org.IsZero() && cl.State == Open {
			return nil, ErrNotContested
		}
		if err := cl.Accept(c.Subject(), answer, s.n.Now()); err != nil {
			return nil, err
		}
		l, ok := o.Line(cl.Line)
		if !ok {
			return nil, ErrNotFound
		}
		qty, sum, err := cl.reduced(l)
		if err != nil {
			return nil, err
		}
		if err := s.n.Orders.Resettle(ctx, o.ID, l.ID, qty, sum); err != nil {
			return nil, err
		}
		return event.ClaimAccepted{ClaimParties: parties(o, *cl), Answer: answer}, nil
	})
}

// Reject refuses a claim: the seller contests it, the operator ends it.
func (s *Service) Reject(ctx context.Context, claim id.Claim, answer string) (Claim, error) {
	answer = strings.TrimSpace(answer)
	return s.decide(ctx, claim, answer, func(_ context.Context, c caller.Caller, o Order, cl *Claim) (event.Event, error) {
		if !c.Org.IsZero() {
			err := cl.Refuse(c.Subject(), answer, s.n.Now())
			return event.ClaimContested{ClaimParties: parties(o, *cl), Answer: answer}, err
		}
		if cl.State == Open {
			return nil, ErrNotContested
		}
		err := cl.Reject(c.Subject(), answer, s.n.Now())
		return event.ClaimRejected{ClaimParties: parties(o, *cl), Answer: answer}, err
	})
}

type ruling func(ctx context.Context, c caller.Caller, o Order, cl *Claim) (event.Event, error)

// decide is for those who answer claims: the seller, and the operator.
func (s *Service) decide(ctx context.Context, claim id.Claim, answer string, rule ruling) (Claim, error) {
	return s.change(ctx, claim, ActionDecide, func(ctx context.Context, c caller.Caller, o Order, cl *Claim) (event.Event, error) {
		if !c.Org.IsZero() && c.Org != cl.Seller {
			return nil, ErrNotFound
		}
		var check fault.Check
		check.Text("answer", answer, 1, 2000)
		if err := check.Or(ErrInvalid); err != nil {
			return nil, err
		}
		return rule(ctx, c, o, cl)
	})
}

// Withdraw is the buyer's giving in, whatever the seller has said so far.
func (s *Service) Withdraw(ctx context.Context, claim id.Claim) (Claim, error) {
	return s.change(ctx, claim, ActionWithdraw, func(_ context.Context, c caller.Caller, o Order, cl *Claim) (event.Event, error) {
		if c.Org.IsZero() || c.Org != cl.Buyer {
			return nil, ErrNotFound
		}
		err := cl.Withdraw(c.Subject(), s.n.Now())
		return event.ClaimWithdrawn{ClaimParties: parties(o, *cl)}, err
	})
}

// change loads, asks, rules, saves and tells; when the last undecided claim of the order
// is gone, the order is settled.
func (s *Service) change(ctx context.Context, claim id.Claim, do policy.Action, rule ruling) (Claim, error) {
	var cl Claim
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if cl, err = s.n.Store.Claim(ctx, claim); err != nil {
			return err
		}
		if !may(c, cl) {
			return ErrNotFound
		}
		o, err := s.n.Orders.Order(ctx, cl.Order, true) // the order first, always, or two claims deadlock
		if err != nil {
			return err
		}
		if cl, err = s.n.Store.Lock(ctx, claim); err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, do, factsOf(cl)); err != nil {
			return err
		}
		told, err := rule(ctx, c, o, &cl)
		if err != nil {
			return err
		}
		if err := s.n.Store.Save(ctx, cl); err != nil {
			return err
		}
		cl.Version++
		if left, err := s.Undecided(ctx, o.ID); err != nil {
			return err
		} else if left == 0 {
			if err := s.n.Orders.MarkSettled(ctx, o.ID); err != nil {
				return err
			}
		}
		return s.n.Events.Append(ctx, told)
	})
	if err != nil {
		return Claim{}, fmt.Errorf("claim %s: %w", claim, err)
	}
	return cl, nil
}

package sourcing

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Needs is what the service is made of.
type Needs struct {
	Unit      work.Unit
	Store     Store
	Gate      policy.Gate
	Events    event.Log
	Now       clock.Now
	Catalog   Catalog
	Companies Companies
	Files     Files
	Numbers   Numbers
	Orders    Orders
}

// Service is sourcing's use cases.
type Service struct{ n Needs }

// New puts the service together.
func New(n Needs) *Service { return &Service{n} }

// own loads and holds a request that the caller's company has made. Another company's
// request is "not found": whether it exists is nobody's business.
func (s *Service) own(ctx context.Context, rfq id.RFQ) (RFQ, caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return RFQ{}, c, err
	}
	r, err := s.n.Store.Lock(ctx, rfq)
	if err != nil {
		return RFQ{}, c, err
	}
	if c.Org.IsZero() || r.Buyer != c.Org {
		return RFQ{}, c, ErrNotFound
	}
	return r, c, nil
}

// asked loads and holds a request that the caller's company was invited to.
func (s *Service) asked(ctx context.Context, rfq id.RFQ) (RFQ, Invitation, caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return RFQ{}, Invitation{}, c, err
	}
	r, err := s.n.Store.Lock(ctx, rfq)
	if err != nil {
		return RFQ{}, Invitation{}, c, err
	}
	v, ok := r.Invitation(c.Org)
	if c.Org.IsZero() || !ok || r.State == Draft || r.Number == "" {
		return RFQ{}, Invitation{}, c, ErrNotFound
	}
	return r, v, c, nil
}

// change is the shape of most of the buyer's verbs: load, ask the gate, apply the rule,
// save, tell.
func (s *Service) change(ctx context.Context, rfq id.RFQ, do policy.Action, rule func(ctx context.Context, r *RFQ) ([]event.Event, error)) (RFQ, error) {
	var r RFQ
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if r, _, err = s.own(ctx, rfq); err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, do, factsOf(r)); err != nil {
			return err
		}
		told, err := rule(ctx, &r)
		if err != nil {
			return err
		}
		if err := s.n.Store.Save(ctx, r); err != nil {
			return err
		}
		r.Version++
		return s.n.Events.Append(ctx, told...)
	})
	return r, err
}

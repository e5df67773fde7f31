package sourcing

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/id"
)

// Preview says what an award would come to: the same checks and the same orders, and
// nothing done. A person confirms what he sees.
func (s *Service) Preview(ctx context.Context, rfq id.RFQ, in AwardInput) (Comparison, Award, []AwardedOrder, error) {
	t, err := s.Compare(ctx, rfq)
	if err != nil {
		return t, Award{}, nil, err
	}
	fail := func(err error) (Comparison, Award, []AwardedOrder, error) {
		return t, Award{}, nil, fmt.Errorf("preview award of %s: %w", rfq, err)
	}
	if err := s.n.Gate.Allow(ctx, ActionAward, factsOf(t.RFQ)); err != nil {
		return fail(err)
	}
	now := s.n.Now()
	r := t.RFQ
	if err := r.award(now); err != nil {
		return fail(err)
	}
	a, err := decide(t, in, now)
	if err != nil {
		return fail(err)
	}
	items, err := s.n.Catalog.Items(ctx, t.RFQ.items())
	if err != nil {
		return fail(err)
	}
	orders, err := t.orders(a, items)
	if err != nil {
		return fail(err)
	}
	return t, a, orders, nil
}

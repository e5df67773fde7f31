package plans

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// needs are the actions that belong to a feature. They begin something new: what was begun
// before the feature went goes on to its end.
var needs = map[policy.Action]Feature{
	"sourcing.rfq.create":  RFQ,
	"sourcing.rfq.publish": RFQ,
	"tenancy.host.claim":   OwnDomain,
}

// Offered answers nil, or that the caller's marketplace does not have the action's feature.
// The platform's own work, such as a blueprint's, is not held up.
func (s *Service) Offered(ctx context.Context, do policy.Action) error {
	f, ok := needs[do]
	if !ok {
		return nil
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if c.Kind == caller.System || s.Enabled(c.Tenant, f) {
		return nil
	}
	return ErrFeature.With("feature", f)
}

// Gated is a gate that also asks the plan.
func (s *Service) Gated(g policy.Gate) policy.Gate { return gated{g, s} }

type gated struct {
	policy.Gate
	plans *Service
}

// Allow implements policy.Gate.
func (g gated) Allow(ctx context.Context, do policy.Action, facts any) error {
	if err := g.plans.Offered(ctx, do); err != nil {
		return err
	}
	return g.Gate.Allow(ctx, do, facts)
}

// Off are the actions that a marketplace goes without; nil is none.
func (s *Service) Off(t id.Tenant) map[string]bool {
	var out map[string]bool
	for do, f := range needs {
		if !s.Enabled(t, f) {
			if out == nil {
				out = map[string]bool{}
			}
			out[string(do)] = true
		}
	}
	return out
}

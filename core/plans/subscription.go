package plans

import (
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Subscription is which plan a marketplace has, and what beside it. One without has no
// limits and all features.
type Subscription struct {
	Tenant    id.Tenant
	Plan      Ref
	Since     time.Time
	Version   int64
	Overrides []Override
}

// Override is an exception for one marketplace: another limit, or a feature on (1) or off
// (0). A limit of 0 is none.
type Override struct {
	ID        id.PlanOverride
	Name      string // a metric's or a feature's
	Amount    int64
	Reason    string
	By        string
	CreatedAt time.Time
	EndsAt    time.Time // zero: never
}

// Holds reports whether the override counts at a moment: its end is the first at which it
// does not.
func (o Override) Holds(now time.Time) bool { return o.EndsAt.IsZero() || now.Before(o.EndsAt) }

// Feature reports whether it is about a feature.
func (o Override) Feature() bool { return slices.Contains(Features, Feature(o.Name)) }

// Validate collects every problem.
func (o Override) Validate(now time.Time) error {
	var c fault.Check
	switch {
	case o.Feature():
		c.If(o.Amount != 0 && o.Amount != 1, "amount", "out_of_range", "1 for on, 0 for off.")
	case slices.Contains(Metrics, Metric(o.Name)):
		checkLimit(&c, "amount", Metric(o.Name), o.Amount)
	default:
		c.Add("name", "unknown", o.Name)
	}
	c.Text("reason", o.Reason, 3, 500)
	c.If(!o.EndsAt.IsZero() && !o.EndsAt.After(now), "ends_at", "in_the_past", "")
	return c.Or(ErrInvalid)
}

// terms are a subscription together with the version of the plan that it names.
type terms struct {
	Subscription
	plan *Plan
}

func (t *terms) override(name string, now time.Time) (Override, bool) {
	for _, o := range t.Overrides {
		if o.Name == name && o.Holds(now) {
			return o, true
		}
	}
	return Override{}, false
}

// limit of a metric at a moment; 0 is none.
func (t *terms) limit(m Metric, now time.Time) int64 {
	if o, ok := t.override(string(m), now); ok {
		return o.Amount
	}
	return t.plan.Limits[m]
}

func (t *terms) has(f Feature, now time.Time) bool {
	if o, ok := t.override(string(f), now); ok {
		return o.Amount != 0
	}
	return t.plan.Has(f)
}

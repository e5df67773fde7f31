package plans

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Store keeps plans, subscriptions and what was used.
type Store interface {
	// Revision goes up with every change; Since is what has changed after one.
	Revision(ctx context.Context) (int64, error)
	Since(ctx context.Context, revision int64) (Changes, error)

	// AddPlan stores the version after the newest one that was looked at: ErrStale if that
	// is no longer it. move takes the code's subscribers along.
	AddPlan(ctx context.Context, p Plan, move bool) error
	Subscribe(ctx context.Context, t id.Tenant, to Ref, at time.Time, version int64) error
	Override(ctx context.Context, t id.Tenant, o Override) error
	EndOverride(ctx context.Context, t id.Tenant, name string, at time.Time) error

	// Lock keeps the caller's tenant's other units that lock the metric waiting.
	Lock(ctx context.Context, m Metric) error
	// Note appends to the ledger and says what the counter came to.
	Note(ctx context.Context, e Entry) (int64, error)
	// Counter locks a counter and reads it; one that is not there is 0.
	Counter(ctx context.Context, m Metric, period string) (int64, error)
	History(ctx context.Context, from string) ([]Counter, error)
	// OrdersOf is what the counter of a period holds, and what was placed in it and has not
	// reached the counter yet.
	OrdersOf(ctx context.Context, p Period) (int64, error)
	// OrdersTold is how many orders the counter should know of, over all periods, and how
	// many it does know of.
	OrdersTold(ctx context.Context) (told, counted int64, err error)
	// Tell notes what is used, and that a step towards the limit was told of: false, if it
	// was before or if there is no step.
	Tell(ctx context.Context, n Notice) (bool, error)
	Notices(ctx context.Context, period string) ([]Notice, error)
}

// Changes are what a process must learn.
type Changes struct {
	Revision      int64
	Plans         []Plan
	Subscriptions []Subscription
}

// Entry is a line of the ledger of use.
type Entry struct {
	Metric Metric
	Period string
	Delta  int64
	Source string
	At     time.Time
}

// Counter is what a period came to.
type Counter struct {
	Metric Metric
	Period string
	Used   int64
}

// Notice is a step towards a limit of which the operators were told.
type Notice struct {
	Metric Metric
	Period string
	Step   string
	Used   int64
	Most   int64
	At     time.Time
}

// Tenants finds marketplaces.
type Tenants interface {
	ByID(ctx context.Context, t id.Tenant) (tenancy.Tenant, error)
	Get(ctx context.Context, slug string) (tenancy.Tenant, error)
	List(ctx context.Context, p page.Request) (page.List[tenancy.Tenant], error)
}

// Level counts something in the caller's tenant now, from its own rows.
type Level func(ctx context.Context) (int64, error)

package plans

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here.
const (
	ActionRead   policy.Action = "plans.plan.read"
	ActionManage policy.Action = "plans.plan.manage"
	ActionUsage  policy.Action = "plans.usage.read"
)

// Deps are what the service needs.
type Deps struct {
	Store   Store
	Unit    work.Unit
	Gate    policy.Gate
	Events  event.Log
	Audit   audit.Recorder
	Tenants Tenants
	Levels  map[Metric]Level // products, users, storage
	Now     clock.Now
	Log     *slog.Logger
	// Changed hears, once this process knows, whose plan is another now. It may be nil.
	Changed func(id.Tenant)
}

// Service answers what a marketplace may, from memory; and counts what it uses.
type Service struct {
	Deps
	state    atomic.Pointer[state]
	learning sync.Mutex // one at a time learns what changed
	orders   sync.Map   // id.Tenant → *orderMeter
	requests sync.Map   // id.Tenant → *requestMeter
	flushing sync.Mutex
}

// state is all that a process must know to answer; it is never changed, only replaced.
type state struct {
	revision int64
	plans    map[Ref]*Plan
	newest   map[string]*Plan
	tenants  map[id.Tenant]*terms
}

// New makes a service that knows of no plan yet: Learn, or Watch, tells it.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Changed == nil {
		d.Changed = func(id.Tenant) {}
	}
	s := &Service{Deps: d}
	s.state.Store(&state{plans: map[Ref]*Plan{}, newest: map[string]*Plan{}, tenants: map[id.Tenant]*terms{}})
	return s
}

// Limit is what a marketplace may use of something at this moment; 0 is as much as it
// likes. It asks nobody.
func (s *Service) Limit(t id.Tenant, m Metric) int64 {
	if have := s.state.Load().tenants[t]; have != nil {
		return have.limit(m, s.Now())
	}
	return 0
}

// Enabled reports whether a marketplace has a feature. It asks nobody.
func (s *Service) Enabled(t id.Tenant, f Feature) bool {
	if have := s.state.Load().tenants[t]; have != nil {
		return have.has(f, s.Now())
	}
	return true
}

// Weight is how many turns a marketplace has where others have one.
func (s *Service) Weight(t id.Tenant) int { return int(max(1, s.Limit(t, Jobs))) }

// AtOnce is how many transactions a marketplace may have at once; 0 is any number.
func (s *Service) AtOnce(t id.Tenant) int { return int(s.Limit(t, Transactions)) }

// Learn looks whether plans or subscriptions have changed, and takes in what did.
func (s *Service) Learn(ctx context.Context) error {
	revision, err := s.Store.Revision(ctx)
	if err != nil || revision == s.state.Load().revision {
		return err
	}
	s.learning.Lock()
	defer s.learning.Unlock()
	old := s.state.Load()
	c, err := s.Store.Since(ctx, old.revision)
	if err != nil {
		return fmt.Errorf("learn plans: %w", err)
	}
	next := &state{revision: c.Revision, plans: maps.Clone(old.plans), newest: maps.Clone(old.newest), tenants: maps.Clone(old.tenants)}
	for _, p := range c.Plans {
		next.plans[p.Ref()] = &p
		if have := next.newest[p.Code]; have == nil || have.Version < p.Version {
			next.newest[p.Code] = &p
		}
	}
	for _, sub := range c.Subscriptions {
		if p := next.plans[sub.Plan]; p != nil {
			next.tenants[sub.Tenant] = &terms{sub, p}
		}
	}
	s.state.Store(next)
	for _, sub := range c.Subscriptions {
		s.Changed(sub.Tenant)
	}
	return nil
}

// Pace of what Watch does: a change of plan is known everywhere within two seconds.
const (
	learnEvery = time.Second
	flushEvery = 10 * time.Second
)

// Watch learns of changes and keeps the meters true until ctx ends.
func (s *Service) Watch(ctx context.Context) {
	t := time.NewTicker(learnEvery)
	defer t.Stop()
	for n := time.Duration(1); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		err := errors.Join(s.Learn(ctx), s.refreshOrders(ctx))
		if n%(flushEvery/learnEvery) == 0 {
			err = errors.Join(err, s.flush(ctx, false))
		}
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "plans and meters were not brought up to date, and will be again", "err", err)
		}
	}
}

func tenantOf(ctx context.Context) (id.Tenant, error) {
	c, err := caller.From(ctx)
	return c.Tenant, err
}

// month is the period of a moment in a marketplace's own calendar.
func (s *Service) month(ctx context.Context, t id.Tenant, at time.Time) (Period, error) {
	market, err := s.Tenants.ByID(ctx, t)
	if err != nil {
		return Period{}, err
	}
	return Month(at, market.Zone()), nil
}

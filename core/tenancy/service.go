package tenancy

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here.
const (
	ActionRead   policy.Action = "tenancy.tenant.read"
	ActionManage policy.Action = "tenancy.tenant.manage"
)

// ttl is how long a tenant is believed without asking: with the edge's own two seconds a
// suspension bites within five everywhere (trust.md 1.7).
const ttl = 2 * time.Second

// Brief is how long one is that is about to be moved: its freeze ends when every node knows
// where it is.
const Brief = 100 * time.Millisecond

func believed(t Tenant) time.Duration {
	if t.Leaving {
		return Brief
	}
	return ttl
}

// Deps are what the service needs.
type Deps struct {
	Store     Store
	Unit      work.Unit
	Gate      policy.Gate
	Events    event.Log
	Audit     audit.Recorder
	Now       clock.Now
	Verticals []string // rule packs that exist
	Can       policy.Roles
	Tables    RoleTables
	Holders   RoleHolders

	BaseDomain string // markets of the platform live directly below it
	DNS        Resolver
	Orders     Orders // of certificates
	Tasks      Tasks
	Models     Models
	Names      Names // nil where there is one cell, and names are known to be free without asking
	Looks      Looks // nil where no brand is changed
	Pictures   Pictures
	Log        *slog.Logger
	Lease      time.Duration // after how long a run is missed whose process was killed; 0: 20 s
}

// Service finds, lists, opens and closes tenants.
type Service struct {
	Deps
	byHost  *otter.Cache[string, found]
	byID    *otter.Cache[id.Tenant, Tenant]
	changed []func(id.Tenant)
	pads    pads
	stages  map[Workflow][]Stage
	failing atomic.Pointer[func(r Run, step string) error]
}

// found remembers also that there is nobody at an address.
type found struct {
	tenant Tenant
	err    error
}

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	if d.Lease == 0 {
		d.Lease = usual
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		Deps: d, pads: pads{of: map[padKey]*pad{}}, stages: map[Workflow][]Stage{},
		byHost: otter.Must(&otter.Options[string, found]{MaximumSize: 50_000, ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, found]) time.Duration { return believed(e.Value.tenant) })}),
		byID:   otter.Must(&otter.Options[id.Tenant, Tenant]{MaximumSize: 20_000, ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[id.Tenant, Tenant]) time.Duration { return believed(e.Value) })}),
	}
}

// OnChange registers who must forget what they know of a tenant when it changes here.
// Call it while wiring, before the first request.
func (s *Service) OnChange(fn func(id.Tenant)) { s.changed = append(s.changed, fn) }

func (s *Service) forget(t id.Tenant) {
	s.byHost.InvalidateAll()
	s.byID.Invalidate(t)
	for _, fn := range s.changed {
		fn(t)
	}
}

// ByHost finds the tenant that answers at an address, in any spelling.
func (s *Service) ByHost(ctx context.Context, host string) (Tenant, error) {
	h := CanonicalHost(host)
	if h == "" {
		return Tenant{}, ErrNotFound
	}
	f, err := s.byHost.Get(ctx, h, otter.LoaderFunc[string, found](func(ctx context.Context, h string) (found, error) {
		t, err := s.Store.ByHost(ctx, h)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return found{}, err
		}
		return found{t, err}, nil
	}))
	if err != nil {
		return Tenant{}, err
	}
	return f.tenant, f.err
}

// ByID is for those who have a tenant's identifier already: jobs, numbers, tools.
func (s *Service) ByID(ctx context.Context, t id.Tenant) (Tenant, error) {
	return s.byID.Get(ctx, t, otter.LoaderFunc[id.Tenant, Tenant](s.Store.ByID))
}

// Current is the caller's tenant.
func (s *Service) Current(ctx context.Context) (Tenant, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Tenant{}, err
	}
	return s.ByID(ctx, c.Tenant)
}

// All is every tenant, for the machinery: jobs per tenant, the invariants' check.
func (s *Service) All(ctx context.Context) ([]Tenant, error) {
	var out []Tenant
	for after := ""; ; {
		ts, err := s.Store.List(ctx, after, page.Max)
		if err != nil {
			return nil, err
		}
		out = append(out, ts...)
		if len(ts) < page.Max {
			return out, nil
		}
		after = ts[len(ts)-1].Slug
	}
}

// List is for the platform's administrator.
func (s *Service) List(ctx context.Context, p page.Request) (page.List[Tenant], error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return page.List[Tenant]{}, err
	}
	var after string
	if err := page.Decode(p.After, &after); err != nil {
		return page.List[Tenant]{}, err
	}
	ts, err := s.Store.List(ctx, after, p.Size()+1)
	if err != nil {
		return page.List[Tenant]{}, err
	}
	return page.Cut(ts, p.Size(), func(t Tenant) any { return t.Slug }), nil
}

// Get is for the platform's administrator; it is never answered from memory.
func (s *Service) Get(ctx context.Context, slug string) (Tenant, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return Tenant{}, err
	}
	return s.Store.BySlug(ctx, slug)
}

// allow asks the gate and, since roles are a tenant's own, whether the question comes from
// the platform: an administrator of one marketplace has no say over another.
func (s *Service) allow(ctx context.Context, do policy.Action) error {
	if err := s.Gate.Allow(ctx, do, nil); err != nil {
		return err
	}
	t, err := s.Current(ctx)
	if err != nil {
		return err
	}
	if t.Kind != Platform {
		return ErrNotFound
	}
	return nil
}

// SetStateInput moves a tenant to a state, and says why.
type SetStateInput struct {
	Slug    string
	To      State
	Note    string
	Version int64
}

// reason checks why somebody does what others will ask about.
func reason(note string) error {
	if strings.TrimSpace(note) == "" {
		return ErrNote
	}
	var check fault.Check
	check.Text("note", note, 1, 500)
	return check.Or(ErrNote)
}

// SetState opens, suspends or closes a marketplace. Tenants lie outside every tenant, so
// this is no unit of work: the intention is recorded before, the fact after, and neither
// can be missing for a change that happened.
func (s *Service) SetState(ctx context.Context, in SetStateInput) (Tenant, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Tenant{}, err
	}
	if err := reason(in.Note); err != nil {
		return Tenant{}, err
	}
	t, err := s.Store.BySlug(ctx, in.Slug)
	if err != nil {
		return Tenant{}, err
	}
	from := t.State
	switch {
	case t.Kind == Platform:
		return Tenant{}, ErrOneself
	case t.Version != in.Version:
		return Tenant{}, ErrStale
	}
	if t.State == Provisioning {
		return Tenant{}, ErrUnderway
	}
	if err := t.turn(in.To, s.Now()); err != nil {
		return Tenant{}, err
	}
	if err := s.intend(ctx, t, from, in.Note); err != nil {
		return Tenant{}, err
	}
	if err := s.Store.SetState(ctx, t, s.Now()); err != nil {
		return Tenant{}, err
	}
	s.forget(t.ID)
	if err := s.told(ctx, t, from, in.Note); err != nil {
		return Tenant{}, err
	}
	return s.Store.BySlug(ctx, in.Slug)
}

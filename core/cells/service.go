package cells

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/work"
)

// Deps are what the service needs.
type Deps struct {
	Store   Store
	Unit    work.Unit
	Gate    policy.Gate
	Events  event.Log
	Tenants Tenants
	Probe   Prober
	Now     clock.Now

	Own     string // this process's cell
	Control bool   // the control database is its own
}

// Service knows the cells and where marketplaces are.
type Service struct {
	Deps
	mu      sync.Mutex
	several bool
	asked   time.Time
}

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	if d.Own == "" {
		d.Own, d.Control = Main, true
	}
	return &Service{Deps: d}
}

// severalFor is how long the answer of several is believed.
const severalFor = 5 * time.Second

// Several reports whether there is more than this cell. A house of one asks for no
// placement, ever.
func (s *Service) Several() bool {
	if !s.Control {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.Now(); now.Sub(s.asked) > severalFor {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second) // it is nobody's request that asks
		defer cancel()
		all, err := s.Store.Cells(ctx)
		if err == nil {
			s.several, s.asked = len(all) > 1, now
		}
	}
	return s.several
}

// Elsewhere finds a host that is not, or no longer, this cell's.
func (s *Service) Elsewhere(ctx context.Context, host string) (Placement, bool, error) {
	if !s.Several() {
		return Placement{}, false, nil
	}
	return s.Store.Locate(ctx, host)
}

// Unplaced makes sure that a name and addresses of a marketplace of main are nobody's in
// another cell.
func (s *Service) Unplaced(ctx context.Context, p Placement, hosts []string) error {
	return s.Store.Unplaced(ctx, p, hosts)
}

// List is every cell, for the platform's administrator.
func (s *Service) List(ctx context.Context) ([]Cell, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return nil, err
	}
	return s.Store.Cells(ctx)
}

// Places are the marketplaces that have a place of their own.
func (s *Service) Places(ctx context.Context) ([]Placement, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return nil, err
	}
	return s.Store.Placements(ctx)
}

// Where is a marketplace's cell.
func (s *Service) Where(ctx context.Context, t id.Tenant) (Placement, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return Placement{}, err
	}
	return s.Store.Placed(ctx, t)
}

// Healthy asks each cell whether it answers.
func (s *Service) Healthy(ctx context.Context, all []Cell) map[string]error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	out := map[string]error{}
	for _, c := range all {
		if c.Name == s.Own || c.Address == "" {
			continue
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			err := s.Probe(ctx, c.Address)
			mu.Lock()
			defer mu.Unlock()
			out[c.Name] = err
		})
	}
	wg.Wait()
	return out
}

// allow asks the gate and whether the question comes from the platform's own tenant.
func (s *Service) allow(ctx context.Context, do policy.Action) error {
	if err := s.Gate.Allow(ctx, do, nil); err != nil {
		return err
	}
	return s.Tenants.AtHome(ctx)
}

// CheckCell is what a new cell is called and where its processes answer.
func CheckCell(name, address string) error {
	if !nameForm.MatchString(name) {
		return ErrName
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return ErrAddress
	}
	return nil
}

// Added notes a cell whose database was found usable. It is for the operator's tool.
func (s *Service) Added(ctx context.Context, c Cell, sealed []byte) error {
	if err := CheckCell(c.Name, c.Address); err != nil {
		return err
	}
	if !s.Control {
		return ErrControl.With("cell", Main)
	}
	c.AddedAt = s.Now()
	if err := s.Store.Put(ctx, c, sealed); err != nil {
		return err
	}
	s.mu.Lock()
	s.asked = time.Time{}
	s.mu.Unlock()
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Events.Append(ctx, event.CellAdded{Cell: c.Name, Address: c.Address})
	})
}

// Start begins to move a marketplace of this cell to another one.
func (s *Service) Start(ctx context.Context, slug, to, note string) (tenancy.Run, error) {
	if err := s.allow(ctx, ActionMove); err != nil {
		return tenancy.Run{}, err
	}
	if !s.Control {
		return tenancy.Run{}, ErrControl.With("cell", Main)
	}
	t, err := s.Tenants.Get(ctx, slug)
	if err != nil {
		return tenancy.Run{}, err
	}
	if t.Kind == tenancy.Platform {
		return tenancy.Run{}, ErrPlatform
	}
	if _, _, err := s.Store.Reach(ctx, to); err != nil {
		return tenancy.Run{}, err
	}
	at, err := s.Store.Placed(ctx, t.ID)
	if err != nil {
		return tenancy.Run{}, err
	}
	switch {
	case at.Cell == to:
		return tenancy.Run{}, ErrSameCell.With("slug", slug).With("cell", to)
	case at.Cell == s.Own && t.State != tenancy.Active && t.State != tenancy.ReadOnly && t.State != tenancy.Suspended && t.State != tenancy.Closing:
		return tenancy.Run{}, ErrState.With("state", t.State)
	}
	runs, err := s.Tenants.Runs(ctx, t.ID)
	if err != nil {
		return tenancy.Run{}, err
	}
	for _, r := range runs {
		if r.State == tenancy.RunOpen && r.Workflow != tenancy.Move {
			return tenancy.Run{}, ErrOtherWork.With("slug", slug).With("workflow", string(r.Workflow))
		}
	}
	switch m, err := s.Store.Move(ctx, t.ID); {
	case err == nil && (m.Phase == Copying || m.Phase == Flipped):
		return tenancy.Run{}, ErrOnItsWay.With("slug", slug)
	case err != nil && !errors.Is(err, ErrNoMove):
		return tenancy.Run{}, err
	}
	r, err := s.Tenants.StartMove(ctx, t, tenancy.MoveInput{From: at.Cell, To: to}, note)
	if errors.Is(err, tenancy.ErrUnderway) {
		err = ErrOnItsWay.With("slug", slug)
	}
	if err != nil {
		return r, err
	}
	return r, s.Begun(ctx, r, at.Cell, to) // the work's first step does so too, should we die here
}

// Begun notes that a run moves its marketplace.
func (s *Service) Begun(ctx context.Context, r tenancy.Run, from, to string) error {
	return s.Store.Begin(ctx, Moving{Tenant: r.About, Run: r.ID, Source: from, Target: to}, s.Now())
}

// Abort calls a move off before it is decided. What it has done is undone by whoever works
// at it.
func (s *Service) Abort(ctx context.Context, r tenancy.Run, note string) error {
	if err := s.allow(ctx, ActionMove); err != nil {
		return err
	}
	if r.Workflow != tenancy.Move {
		return ErrNoMove
	}
	m, err := s.Store.Move(ctx, r.About)
	if err != nil {
		return err
	}
	if m.Run != r.ID {
		return ErrTooLate
	}
	ok, err := s.Store.Turn(ctx, m, Copying, Aborted, s.Now())
	if err == nil && !ok {
		err = ErrTooLate
	}
	if err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Events.Append(ctx, event.TenantMoveAborted{Run: r.ID.String(), Tenant: r.About.String(), Slug: r.Slug, Why: note})
	})
}

package parties

import (
	"context"
	"slices"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Deps are what the service needs.
type Deps struct {
	Store   Store
	Unit    work.Unit
	Gate    policy.Gate
	Roles   Roles
	Events  event.Log
	People  People
	Tenants Tenants
	Now     clock.Now
	Files   Files
	Letters identity.Letters
	Vault   Vault
}

// Service registers companies, admits them and lets them run their own affairs.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	return &Service{d}
}

// own asks whether the caller may do this to this company: the gate first, then whose it
// is. Seeds and jobs act for every company; for people another's is not there.
func (s *Service) own(ctx context.Context, do policy.Action, org id.Org) error {
	if err := s.Gate.Allow(ctx, do, nil); err != nil {
		return err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if c.Kind == caller.System {
		return nil
	}
	if c.Org != org || org.IsZero() {
		return ErrNotFound
	}
	if c.OnBehalf() && !slices.Contains(shownOnBehalf, do) {
		return ErrBehalf
	}
	return nil
}

// shownOnBehalf is what a company's representatives see of it: what an order needs. Its
// people, licences and accounts are not theirs to read.
var shownOnBehalf = []policy.Action{ActionOwn, ActionAddressRead, ActionCentreRead}

// look is own, and lets the operator look as well.
func (s *Service) look(ctx context.Context, do policy.Action, org id.Org) error {
	if c, err := caller.From(ctx); err == nil && c.Named() && c.Has(caller.RoleOperator) {
		return s.Gate.Allow(ctx, do, nil)
	}
	return s.own(ctx, do, org)
}

// Get is a company's profile, for anybody who may look; what is not for everybody is
// taken out in Public.
func (s *Service) Get(ctx context.Context, o id.Org) (Org, error) {
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Org{}, err
	}
	org, err := s.Store.Org(ctx, o)
	if err != nil {
		return Org{}, err
	}
	if s.look(ctx, ActionOwn, o) == nil {
		if c, _ := caller.From(ctx); c.OnBehalf() {
			org.Account = Account{}
		}
		return org, nil
	}
	return org.Public()
}

// Public is the profile that others see. A company that is not admitted is not there.
func (o Org) Public() (Org, error) {
	if o.State != Approved {
		return Org{}, ErrNotFound
	}
	o.Account, o.DecisionNote, o.DecidedBy = Account{}, "", id.Person{}
	return o, nil
}

// Own is a company with everything, for its members and the operator.
func (s *Service) Own(ctx context.Context, o id.Org) (Org, error) {
	if err := s.look(ctx, ActionOwn, o); err != nil {
		return Org{}, err
	}
	org, err := s.Store.Org(ctx, o)
	if c, _ := caller.From(ctx); c.OnBehalf() {
		org.Account = Account{}
	}
	return org, err
}

// List is all companies for the operator, and the admitted ones for everybody else.
func (s *Service) List(ctx context.Context, f Filter, p page.Request) (page.List[Org], error) {
	if err := s.Gate.Allow(ctx, ActionReview, nil); err == nil {
		return s.Store.List(ctx, f, p)
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Org]{}, err
	}
	f.State = Approved
	l, err := s.Store.List(ctx, f, p)
	for i, o := range l.Items {
		if l.Items[i], err = o.Public(); err != nil {
			return page.List[Org]{}, err
		}
	}
	return l, err
}

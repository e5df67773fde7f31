package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here.
const (
	ActionSignIn policy.Action = "identity.session.create"
	ActionSignUp policy.Action = "identity.person.signup"
	ActionOwn    policy.Action = "identity.session.own"
	ActionReset  policy.Action = "identity.password.reset"
	ActionRead   policy.Action = "identity.person.read"
	ActionManage policy.Action = "identity.person.manage"
	// ActionImpersonate is had by those who run the platform, in its own tenant alone.
	ActionImpersonate policy.Action = "identity.person.impersonate"
)

// Deps are what the service needs.
type Deps struct {
	Store      Store
	Unit       work.Unit
	Gate       policy.Gate
	Events     event.Log
	Audit      audit.Recorder
	Tenants    Tenants
	Letters    Letters
	Tasks      Tasks
	Vault      Vault
	Passwords  *Passwords // nil is DefaultCost
	Room       Room       // nil is as much as is wanted
	Federation Federation // who must come through a provider; nil is nobody
	Now        clock.Now
}

// Service signs people up, in and out.
type Service struct {
	Deps
	bearers *otter.Cache[bearerKey, Bearer]
}

// bearerKey has the tenant in it: a token is worth nothing in another shop.
type bearerKey struct {
	tenant id.Tenant
	hash   Hash
}

// bearerTTL is how long another node may believe a session that was ended here; together
// with the request under way it stays below the five seconds of trust.md S13.
const bearerTTL = 3 * time.Second

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	if d.Passwords == nil {
		d.Passwords = NewPasswords(DefaultCost)
	}
	return &Service{Deps: d, bearers: otter.Must(&otter.Options[bearerKey, Bearer]{
		MaximumSize:      50_000,
		ExpiryCalculator: otter.ExpiryWriting[bearerKey, Bearer](bearerTTL),
	})}
}

// forget drops what is remembered of sessions once the unit has committed. Which tokens a
// person has is not known here, only their hashes' owners, so it looks at all of them.
func (s *Service) forget(ctx context.Context, match func(Bearer) bool) {
	work.After(ctx, func() {
		for k, b := range s.bearers.All() {
			if match(b) {
				s.bearers.Invalidate(k)
			}
		}
	})
}

// Reconsider makes a person's next request be looked at afresh: what he may do for a
// company has changed.
func (s *Service) Reconsider(ctx context.Context, p id.Person) {
	s.forget(ctx, func(b Bearer) bool { return b.Person.ID == p })
}

// Resolve finds who stands behind a token in a tenant. Locale, request and address are the
// edge's to fill in.
func (s *Service) Resolve(ctx context.Context, tenant id.Tenant, token string) (caller.Caller, error) {
	if len(token) < 40 || len(token) > 64 {
		return caller.Caller{}, ErrSession
	}
	k := bearerKey{tenant, HashToken(token)}
	b, ok := s.bearers.GetIfPresent(k)
	if !ok || s.Now().Sub(b.Session.SeenAt) >= seenEvery {
		var err error
		sys := caller.AsSystem(ctx, tenant, "identity")
		if b, err = s.Store.Bearer(sys, k.hash); err != nil {
			return caller.Caller{}, err
		}
		if b, err = s.touch(sys, k.hash, b); err != nil {
			return caller.Caller{}, err
		}
		s.bearers.Set(k, b)
	}
	if !b.Session.Alive(s.Now()) || b.Person.State != Active {
		return caller.Caller{}, ErrSession
	}
	return b.caller(tenant, s.Now()), nil
}

// touch notes that a living session is in use, now and then.
func (s *Service) touch(ctx context.Context, h Hash, b Bearer) (Bearer, error) {
	now := s.Now()
	if !b.Session.Alive(now) || now.Sub(b.Session.SeenAt) < seenEvery {
		return b, nil
	}
	b.Session.SeenAt = now
	return b, s.Unit.Do(ctx, func(ctx context.Context) error { return s.Store.Seen(ctx, h, now) })
}

// caller is whom the bearer stands for now. Who is no member of the session's company any
// more, or whose consent has run out, acts for nobody; and who acts by consent is no
// operator meanwhile, whoever he is otherwise.
func (b Bearer) caller(tenant id.Tenant, now time.Time) caller.Caller {
	if !b.Member || !b.Until.IsZero() && !now.Before(b.Until) {
		b.Session.Org, b.Roles, b.Consent = id.Org{}, nil, id.Representation{}
	}
	roles := append([]string(nil), b.Roles...)
	if b.Person.StaffRole != "" && b.Consent.IsZero() {
		roles = append(roles, b.Person.StaffRole)
	}
	return caller.Caller{
		Tenant: tenant, Kind: caller.Person, Person: b.Person.ID, Name: b.Person.Email, Org: b.Session.Org, Consent: b.Consent,
		Roles: roles, Locale: b.Person.Locale, Session: b.Session.ID, ProvedAt: b.Session.ProvedAt, Factor: b.Factor, Guise: b.Session.Guise,
	}
}

// self is the signed-in caller.
func (s *Service) self(ctx context.Context) (caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, err
	}
	if !c.SignedIn() {
		return c, ErrSession
	}
	return c, s.Gate.Allow(ctx, ActionOwn, nil)
}

// Profile is what people see of themselves.
type Profile struct {
	Person      Person
	Org         id.Org
	Roles       []string
	Memberships []Membership
}

// Me is the caller's own profile.
func (s *Service) Me(ctx context.Context) (Profile, error) {
	c, err := s.self(ctx)
	if err != nil {
		return Profile{}, err
	}
	p, err := s.Store.ByID(ctx, c.Person)
	if err != nil {
		return Profile{}, err
	}
	ms, err := s.Store.Memberships(ctx, c.Person)
	return Profile{Person: p, Org: c.Org, Roles: c.Roles, Memberships: ms}, err
}

// People are all who can sign in, for the operator.
func (s *Service) People(ctx context.Context, p page.Request) (page.List[Person], error) {
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Person]{}, err
	}
	return s.Store.People(ctx, p)
}

// Disable shuts a person out, and ends the sessions that are open.
func (s *Service) Disable(ctx context.Context, who id.Person) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionManage, nil); err != nil {
			return err
		}
		if c, err := caller.From(ctx); err != nil {
			return err
		} else if c.Person == who {
			return ErrSelf
		}
		if err := s.spare(ctx, who); err != nil {
			return err // the other operator, who asks, was sent away by a directory just now
		}
		p, err := s.Store.ByID(ctx, who)
		if err != nil {
			return err
		}
		p.State = Disabled
		if err := s.Store.Save(ctx, p); err != nil {
			return err
		}
		if err := s.Store.RevokeAll(ctx, who, s.Now()); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == who })
		return s.Events.Append(ctx, event.PersonDisabled{Person: who.String(), Name: p.Name})
	})
	if err != nil {
		return fmt.Errorf("disable person %s: %w", who, err)
	}
	return nil
}

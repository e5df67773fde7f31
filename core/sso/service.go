package sso

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here. Coming in is identity's.
const (
	ActionRead   policy.Action = "sso.connection.read"
	ActionManage policy.Action = "sso.connection.manage"
)

// Deps are what the service needs.
type Deps struct {
	Store     Store
	Unit      work.Unit
	Gate      policy.Gate
	Roles     Roles
	Events    event.Log
	Audit     audit.Recorder
	People    People
	Members   Members
	Vault     Vault
	Providers map[Kind]Provider // of each kind
	SAML      Federator
	DNS       tenancy.Resolver
	Now       clock.Now
}

// Service keeps connections and takes people through them.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	d.Providers = maps.Clone(d.Providers)
	if d.SAML != nil {
		d.Providers[SAML20] = d.SAML
	}
	return &Service{d}
}

// keeper is the person who looks after his company's connections, or the marketplace's.
func (s *Service) keeper(ctx context.Context, do policy.Action) (caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, err
	}
	if c.Kind != caller.Person {
		return c, ErrNobody
	}
	if c.Org.IsZero() && !c.Has(caller.RoleOperator) {
		return c, ErrNotFound
	}
	return c, s.Gate.Allow(ctx, do, nil)
}

// own is one of the keeper's own connections; another's is not there.
func (s *Service) own(ctx context.Context, do policy.Action, which id.SSOConnection) (Connection, caller.Caller, error) {
	c, err := s.keeper(ctx, do)
	if err != nil {
		return Connection{}, c, err
	}
	x, err := s.Store.Connection(ctx, which)
	if err == nil && (x.Org != c.Org || x.State == Ended) {
		err = ErrNotFound
	}
	if err != nil {
		return Connection{}, c, err
	}
	return x, c, nil
}

// Connections are those of the caller's company, or of the marketplace.
func (s *Service) Connections(ctx context.Context) ([]Connection, error) {
	c, err := s.keeper(ctx, ActionRead)
	if err != nil {
		return nil, err
	}
	return s.Store.Connections(ctx, c.Org)
}

// Connection is one of them.
func (s *Service) Connection(ctx context.Context, which id.SSOConnection) (Connection, error) {
	x, _, err := s.own(ctx, ActionRead, which)
	return x, err
}

// Grantable are the roles that the caller's connections can give: what his company may give
// its people and, for the marketplace, the staff's.
func (s *Service) Grantable(ctx context.Context) []string {
	c, err := caller.From(ctx)
	if err != nil {
		return nil
	}
	if c.Org.IsZero() {
		return slices.DeleteFunc(slices.Clone(staffRoles), func(r string) bool { return !c.Has(r) })
	}
	return s.Members.GrantableRoles(ctx)
}

// Make makes a connection, as a draft.
func (s *Service) Make(ctx context.Context, in Input) (Connection, error) {
	c, err := s.keeper(ctx, ActionManage)
	if err != nil {
		return Connection{}, err
	}
	if in.Kind == "" {
		in.Kind = OIDC
	}
	if s.Providers[in.Kind] == nil {
		return Connection{}, ErrInvalid.At(fault.Field{Path: "kind", Reason: "unknown"})
	}
	x := Connection{ID: id.SSOConnection{}.New(), Org: c.Org, Kind: in.Kind, State: Draft, CreatedAt: s.Now(), Version: 1}
	if err := x.apply(in, s.Grantable(ctx), s.Providers[in.Kind].Askable); err != nil {
		return Connection{}, err
	}
	if err := s.described(&x, in.Metadata); err != nil {
		return Connection{}, err
	}
	if in.Secret, err = s.signer(&x, in.Secret); err != nil {
		return Connection{}, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		all, err := s.Store.Connections(ctx, c.Org)
		if err != nil {
			return err
		}
		if len(all) >= maxConnections {
			return ErrTooMany
		}
		if x.Sealed, err = s.seal(ctx, x.ID, in.Secret); err != nil {
			return err
		}
		if err := s.Store.Insert(ctx, x); err != nil {
			return err
		}
		return s.Events.Append(ctx, changed(x, "made"))
	})
	if err != nil {
		return Connection{}, fmt.Errorf("make connection: %w", err)
	}
	return x, nil
}

func (s *Service) seal(ctx context.Context, which id.SSOConnection, secret string) ([]byte, error) {
	return s.Vault.Seal(ctx, "sso_connections", "secret", which.String(), []byte(secret))
}

func changed(c Connection, what string) event.SSOChanged {
	e := event.SSOChanged{Connection: c.ID.String(), Name: c.Name, What: what}
	if !c.Org.IsZero() {
		e.Org = c.Org.String()
	}
	return e
}

// change loads one of the keeper's own, lets fn change it, stores it and tells of it.
func (s *Service) change(ctx context.Context, which id.SSOConnection, what string, fn func(ctx context.Context, x *Connection) error) (out Connection, err error) {
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		x, _, err := s.own(ctx, ActionManage, which)
		if err != nil {
			return err
		}
		if err := fn(ctx, &x); err != nil {
			return err
		}
		if err := s.Store.Save(ctx, x); err != nil {
			return err
		}
		x.Version++
		out = x
		return s.Events.Append(ctx, changed(x, what))
	})
	if err != nil {
		return Connection{}, fmt.Errorf("%s connection %s: %w", what, which, err)
	}
	return out, nil
}

// Change changes what a connection says. Another provider or client makes it a draft again,
// and ends the sessions that came through the old one.
func (s *Service) Change(ctx context.Context, which id.SSOConnection, version int64, in Input) (Connection, error) {
	return s.change(ctx, which, "changed", func(ctx context.Context, x *Connection) error {
		if x.Version != version {
			return ErrStale
		}
		was := x.State
		if err := x.apply(in, s.Grantable(ctx), s.Providers[x.Kind].Askable); err != nil {
			return err
		}
		if err := s.described(x, in.Metadata); err != nil {
			return err
		}
		return s.settle(ctx, x, was, in.Secret)
	})
}

// settle seals a new secret and, where the connection has become a draft again, closes what
// the old one opened.
func (s *Service) settle(ctx context.Context, x *Connection, was State, secret string) error {
	secret, err := s.signer(x, secret)
	if err != nil {
		return err
	}
	if secret != "" {
		if x.Sealed, err = s.seal(ctx, x.ID, secret); err != nil {
			return err
		}
	}
	if x.State == Draft && was != Draft {
		x.Enforced = false // nobody could come in
		return s.People.EndVia(ctx, x.ID, id.Person{})
	}
	return nil
}

// TurnOn opens the way for people. It wants a test that went well and a proved domain.
func (s *Service) TurnOn(ctx context.Context, which id.SSOConnection) (Connection, error) {
	return s.change(ctx, which, "on", func(_ context.Context, x *Connection) error {
		switch {
		case x.State != Tested && x.State != Off:
			return ErrUntested
		case x.Proofs() == 0:
			return ErrUnproved
		}
		x.State = On
		return nil
	})
}

// TurnOff closes it, ends the sessions that came through it, and lets passwords in again.
func (s *Service) TurnOff(ctx context.Context, which id.SSOConnection) (Connection, error) {
	return s.change(ctx, which, "off", func(ctx context.Context, x *Connection) error {
		if x.State != On {
			return ErrNotOn
		}
		x.State, x.Enforced = Off, false
		return s.People.EndVia(ctx, x.ID, id.Person{})
	})
}

// End ends a connection for good: its sessions, its domains, its people's way in.
func (s *Service) End(ctx context.Context, which id.SSOConnection) error {
	_, err := s.change(ctx, which, "ended", func(ctx context.Context, x *Connection) error {
		x.State, x.Enforced = Ended, false
		for _, d := range x.Domains {
			if err := s.Store.RemoveDomain(ctx, x.ID, d.ID); err != nil {
				return err
			}
		}
		return s.People.EndVia(ctx, x.ID, id.Person{})
	})
	return err
}

// Enforce leaves a connection's people no other way in, but for those who are marked; with
// off it lets passwords in again.
func (s *Service) Enforce(ctx context.Context, which id.SSOConnection, on bool, marked []id.Person) (Connection, error) {
	what := "unenforced"
	if on {
		what = "enforced"
	}
	return s.change(ctx, which, what, func(ctx context.Context, x *Connection) error {
		x.Enforced = on
		if !on {
			return nil
		}
		if x.State != On {
			return ErrNotOn
		}
		if len(marked) == 0 || len(marked) > maxEmergency {
			return ErrEmergency
		}
		fit, err := s.guards(ctx, x.Org)
		if err != nil {
			return err
		}
		for _, m := range marked {
			if !slices.ContainsFunc(fit, func(g Guard) bool { return g.Person == m && g.Factor }) {
				return ErrMarked
			}
		}
		x.Emergency = marked
		return s.Store.SetEmergency(ctx, x.ID, marked)
	})
}

// Guards are who could be marked.
func (s *Service) Guards(ctx context.Context) ([]Guard, error) {
	c, err := s.keeper(ctx, ActionRead)
	if err != nil {
		return nil, err
	}
	return s.guards(ctx, c.Org)
}

func (s *Service) guards(ctx context.Context, org id.Org) ([]Guard, error) {
	return s.Store.Guards(ctx, org, s.Roles.Holding(ctx, "admin"))
}

// missing turns "there is none" of a neighbour into nothing.
func missing(err error) bool { return err != nil && fault.KindOf(err) == fault.NotFound }

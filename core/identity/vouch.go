package identity

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// byPassword refuses who must come through a provider. Who may not be kept out on the day
// that the provider is down needs a second factor for it.
func (s *Service) byPassword(ctx context.Context, p Person) (emergency bool, err error) {
	if s.Federation == nil {
		return false, nil
	}
	required, marked, err := s.Federation.Required(ctx, p)
	if err != nil || !required {
		return false, err
	}
	f, err := s.Store.Factor(ctx, p.ID)
	if err != nil && !errors.Is(err, ErrFactorOff) {
		return false, err
	}
	if marked && f.Any() {
		return true, nil
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{Action: string(ActionSignIn), ObjectKind: "person", ObjectID: p.ID.String(), Outcome: audit.Refused, Data: map[string]string{"why": "provider_required"}})
	})
	if err != nil {
		return false, err
	}
	return false, ErrFederated
}

// Voucher is a connection's word for somebody. Org is the company that the session acts
// for; Strong says that the provider asked for a second factor itself.
type Voucher struct {
	Person    id.Person
	Via       id.SSOConnection
	Org       id.Org
	Strong    bool
	UserAgent string
}

// Enter opens a session for somebody whom a provider vouched for. Who has a second factor
// here, and was asked for none there, shows a code first.
func (s *Service) Enter(ctx context.Context, v Voucher) (SignedIn, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	p, err := s.Store.ByID(ctx, v.Person)
	if err != nil {
		return SignedIn{}, err
	}
	if p.State != Active || v.Via.IsZero() {
		return SignedIn{}, ErrCredentials
	}
	f, err := s.Store.Factor(ctx, p.ID)
	if err != nil && !errors.Is(err, ErrFactorOff) {
		return SignedIn{}, err
	}
	if f.Any() && !v.Strong {
		return s.half(ctx, Pending{Person: p.ID, Version: p.Version, Via: v.Via, Org: v.Org}, p, factorKey(p.ID))
	}
	return s.open(ctx, c, p, opening{agent: v.UserAgent, key: factorKey(p.ID), via: v.Via, org: v.Org})
}

// Vouched renews the caller's session because his provider has just asked him who he is.
func (s *Service) Vouched(ctx context.Context, via id.SSOConnection) (SignedIn, error) {
	if work.Active(ctx) {
		return SignedIn{}, errInUnit
	}
	c, err := s.self(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	own, err := s.session(ctx, c)
	if err != nil {
		return SignedIn{}, err
	}
	f, err := s.SecondFactor(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if own.Via != via || via.IsZero() || f.Any() { // his own factor proves more
		return SignedIn{}, ErrProof
	}
	p, err := s.Store.ByID(ctx, c.Person)
	if err != nil {
		return SignedIn{}, err
	}
	return s.renew(ctx, c, p)
}

// Via is the connection that the caller's session came through, none for a password.
func (s *Service) Via(ctx context.Context) (id.SSOConnection, error) {
	c, err := s.self(ctx)
	if err != nil {
		return id.SSOConnection{}, err
	}
	x, err := s.session(ctx, c)
	return x.Via, err
}

func (s *Service) session(ctx context.Context, c caller.Caller) (Session, error) {
	all, err := s.Store.Sessions(ctx, c.Person, s.Now())
	for _, x := range all {
		if x.ID == c.Session {
			return x, nil
		}
	}
	if err == nil {
		err = ErrSession
	}
	return Session{}, err
}

// free refuses to take a session out of the company whose provider opened it: that provider
// has no say in another company.
func (s *Service) free(ctx context.Context, c caller.Caller, to id.Org) error {
	x, err := s.session(ctx, c)
	if err == nil && !x.Via.IsZero() && x.Org != to {
		err = ErrBound
	}
	return err
}

// EndVia ends the sessions that came through a connection, of one person or, where it is
// none, of all; in the current unit.
func (s *Service) EndVia(ctx context.Context, via id.SSOConnection, who id.Person) error {
	if err := s.Store.RevokeVia(ctx, via, who, s.Now()); err != nil {
		return err
	}
	s.forget(ctx, func(b Bearer) bool { return b.Session.Via == via && (who.IsZero() || b.Person.ID == who) })
	return nil
}

// ByID is a person, for neighbours' use cases.
func (s *Service) ByID(ctx context.Context, who id.Person) (Person, error) {
	return s.Store.ByID(ctx, who)
}

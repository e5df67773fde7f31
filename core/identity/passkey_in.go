package identity

import (
	"context"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// BeginSignInPasskey asks whatever device is there for a passkey of this address. Nobody is
// named, so nothing is told of who has one.
func (s *Service) BeginSignInPasskey(ctx context.Context, at Place) (Asking, error) {
	if err := s.Gate.Allow(ctx, ActionSignIn, nil); err != nil {
		return Asking{}, err
	}
	w, err := relying(at, at.Host)
	if err != nil {
		return Asking{}, err
	}
	options, asked, err := w.BeginDiscoverableLogin()
	if err != nil {
		return Asking{}, ErrNoPasskeyHere.Because(err)
	}
	return s.askDevice(ctx, at, Ceremony{Purpose: ForSignIn}, asked, options.Response)
}

// SignInPasskey opens a session for whose passkey it is, without a password and without a
// code: the device has asked for both. Like SignIn it must not run inside a unit.
func (s *Service) SignInPasskey(ctx context.Context, a Answered, agent string) (SignedIn, error) {
	if work.Active(ctx) {
		return SignedIn{}, errInUnit
	}
	c, err := caller.From(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.Gate.Allow(ctx, ActionSignIn, nil); err != nil {
		return SignedIn{}, err
	}
	tries := attemptKey("passkeys from "+c.IP, "")
	if err := s.spend(ctx, tries); err != nil {
		return SignedIn{}, err
	}
	x, asked, err := s.take(ctx, a, ForSignIn, caller.Caller{})
	if err != nil {
		return SignedIn{}, err
	}
	k, err := s.shown(ctx, a, x, asked)
	if errors.Is(err, ErrPasskey) {
		return SignedIn{}, s.refusedAs(ctx, Person{}, err)
	}
	if err != nil {
		return SignedIn{}, err
	}
	p, err := s.Store.ByID(ctx, k.Person)
	if err != nil {
		return SignedIn{}, err
	}
	if p.State != Active {
		return SignedIn{}, s.refusedAs(ctx, p, ErrPasskey)
	}
	emergency, err := s.byPassword(ctx, p) // who must come through a provider must do so with a passkey too
	if err != nil {
		return SignedIn{}, err
	}
	return s.open(ctx, c, p, opening{agent: agent, key: tries, emergency: emergency})
}

// refusedAs records a refusal at the door, and answers with it.
func (s *Service) refusedAs(ctx context.Context, p Person, why error) error {
	if err := s.refused(ctx, p); !errors.Is(err, ErrCredentials) {
		return err
	}
	return why
}

// spend counts an attempt, or says how long to wait.
func (s *Service) spend(ctx context.Context, key Hash) error {
	wait, err := s.count(ctx, key)
	if err == nil && wait > 0 {
		err = ErrSlowDown.With("seconds", int((wait+time.Second-1)/time.Second))
	}
	return err
}

// BeginCodePasskey asks for a passkey of the person whose password was right.
func (s *Service) BeginCodePasskey(ctx context.Context, at Place, ticket string) (Asking, error) {
	if err := s.Gate.Allow(ctx, ActionSignIn, nil); err != nil {
		return Asking{}, err
	}
	if !isToken(ticket) {
		return Asking{}, ErrTicket
	}
	var half Pending
	err := s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		if half, err = s.Store.Pending(ctx, HashToken(ticket)); err == nil && !s.Now().Before(half.ExpiresAt) {
			err = ErrTicket
		}
		return err
	})
	if err != nil {
		return Asking{}, err
	}
	return s.askHolder(ctx, at, Ceremony{Purpose: ForCode, Person: half.Person})
}

// askHolder asks for one of a known person's passkeys.
func (s *Service) askHolder(ctx context.Context, at Place, x Ceremony) (Asking, error) {
	h, err := s.holder(ctx, x.Person)
	if err != nil {
		return Asking{}, err
	}
	if h = h.at(at.Host); len(h.keys) == 0 {
		return Asking{}, ErrNoPasskey
	}
	w, err := relying(at, at.Host)
	if err != nil {
		return Asking{}, err
	}
	options, asked, err := w.BeginLogin(h)
	if err != nil {
		return Asking{}, ErrNoPasskeyHere.Because(err)
	}
	return s.askDevice(ctx, at, x, asked, options.Response)
}

// SignInCodePasskey finishes what SignIn began with a passkey in the place of a code.
func (s *Service) SignInCodePasskey(ctx context.Context, a Answered, ticket, agent string) (SignedIn, error) {
	if work.Active(ctx) {
		return SignedIn{}, errInUnit
	}
	c, err := caller.From(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.Gate.Allow(ctx, ActionSignIn, nil); err != nil {
		return SignedIn{}, err
	}
	if !isToken(ticket) {
		return SignedIn{}, ErrTicket
	}
	p, half, err := s.tried(ctx, HashToken(ticket))
	if err != nil {
		return SignedIn{}, err
	}
	x, asked, err := s.take(ctx, a, ForCode, caller.Caller{})
	if err == nil && x.Person != p.ID {
		err = ErrCeremony
	}
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.answered(ctx, a, x, asked); err != nil {
		if errors.Is(err, ErrPasskey) {
			if wrong := s.wrongCode(ctx, p.ID, HashToken(ticket)); !errors.Is(wrong, ErrCode) {
				return SignedIn{}, wrong
			}
		}
		return SignedIn{}, err
	}
	if err := s.Unit.Do(ctx, func(ctx context.Context) error { return s.Store.ClearPending(ctx, p.ID) }); err != nil {
		return SignedIn{}, err
	}
	return s.stepped(ctx, c, p, half, agent)
}

func (s *Service) answered(ctx context.Context, a Answered, x Ceremony, asked webauthn.SessionData) error {
	_, err := s.shown(ctx, a, x, asked)
	return err
}

// BeginProofPasskey asks a signed-in person for one of his passkeys.
func (s *Service) BeginProofPasskey(ctx context.Context, at Place) (Asking, error) {
	c, err := s.self(ctx)
	if err != nil {
		return Asking{}, err
	}
	return s.askHolder(ctx, at, Ceremony{Purpose: ForProof, Person: c.Person, Session: c.Session})
}

// ProvePasskey is Prove with a passkey.
func (s *Service) ProvePasskey(ctx context.Context, a Answered) (SignedIn, error) {
	if work.Active(ctx) {
		return SignedIn{}, errInUnit
	}
	c, err := s.self(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if c.Guise.On() {
		return SignedIn{}, caller.ErrInPerson
	}
	if err := s.spend(ctx, factorKey(c.Person)); err != nil {
		return SignedIn{}, err
	}
	x, asked, err := s.take(ctx, a, ForProof, c)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.answered(ctx, a, x, asked); err != nil {
		if errors.Is(err, ErrPasskey) {
			return SignedIn{}, s.unproved(ctx, c.Person)
		}
		return SignedIn{}, err
	}
	p, err := s.Store.ByID(ctx, c.Person)
	if err != nil {
		return SignedIn{}, err
	}
	return s.renew(ctx, c, p)
}

// Offer says by what somebody can prove himself.
type Offer struct {
	Passkey bool // one that works at this host
	App     bool // codes of an authenticator app
}

// Offers is what pages put before the person who is signed in, or half way in with a ticket.
func (s *Service) Offers(ctx context.Context, host, ticket string) (Offer, error) {
	var who id.Person
	if c, err := caller.From(ctx); err == nil && c.SignedIn() {
		who = c.Person
	} else if isToken(ticket) {
		err := s.Unit.Do(ctx, func(ctx context.Context) error {
			half, err := s.Store.Pending(ctx, HashToken(ticket))
			who = half.Person
			return err
		})
		if err != nil && !errors.Is(err, ErrTicket) {
			return Offer{}, err
		}
	}
	if who.IsZero() {
		return Offer{App: true}, nil
	}
	f, err := s.Store.Factor(ctx, who)
	if errors.Is(err, ErrFactorOff) {
		return Offer{}, nil
	}
	if err != nil || f.Passkeys == 0 {
		return Offer{App: f.On()}, err
	}
	keys, err := s.Store.Passkeys(ctx, who)
	return Offer{Passkey: len(holder{keys: keys}.at(host).keys) > 0, App: f.On()}, err
}

package identity

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// ProofInput is how somebody who is signed in shows once more that it is he: by a code
// where he has a second factor, by his password where he has none.
type ProofInput struct {
	Password string
	Code     string
}

// Prove renews the caller's session under a fresh token (ASVS 7.2.4), for actions that
// want a fresh proof. Like SignIn it must not run inside a unit.
func (s *Service) Prove(ctx context.Context, in ProofInput) (SignedIn, error) {
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
	f, err := s.SecondFactor(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	p, err := s.Store.ByID(ctx, c.Person)
	if err != nil {
		return SignedIn{}, err
	}
	wait, err := s.count(ctx, factorKey(p.ID))
	if err != nil {
		return SignedIn{}, err
	}
	if wait > 0 {
		return SignedIn{}, ErrSlowDown.With("seconds", int((wait+time.Second-1)/time.Second))
	}
	ok := false
	switch {
	case f.Any():
		ok, err = s.proved(ctx, p.ID, in.Code)
	case len(in.Password) <= 4*passwordMax:
		ok, err = s.Passwords.Matches(ctx, in.Password, p.PasswordHash)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, s.unproved(ctx, p.ID)
	}
	return s.renew(ctx, c, p)
}

func (s *Service) unproved(ctx context.Context, p id.Person) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionOwn), ObjectKind: "person", ObjectID: p.String(), Outcome: audit.Refused, Data: map[string]string{"what": "proof"},
		})
	})
	if err != nil {
		return err
	}
	return ErrProof
}

// renew puts a session that was just proved in the place of the caller's.
func (s *Service) renew(ctx context.Context, c caller.Caller, p Person) (SignedIn, error) {
	token, hash := NewToken()
	in := SignedIn{Token: token, Person: p}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		all, err := s.Store.Sessions(ctx, c.Person, s.Now())
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.ID == c.Session {
				in.Session = x
			}
		}
		if in.Session.ID.IsZero() {
			return ErrSession
		}
		in.Session.ID, in.Session.SeenAt, in.Session.ProvedAt = id.Session{}.New(), s.Now(), s.Now()
		if err := s.end(ctx, c.Session); err != nil {
			return err
		}
		if err := s.Store.ClearAttempt(ctx, factorKey(p.ID)); err != nil {
			return err
		}
		if err := s.Store.InsertSession(ctx, hash, in.Session); err != nil {
			return err
		}
		return s.noted(ctx, p.ID, "proved")
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

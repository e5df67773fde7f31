package identity

import (
	"context"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// SignOut ends the caller's own session.
func (s *Service) SignOut(ctx context.Context) error {
	c, err := s.self(ctx)
	if err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error { return s.end(ctx, c.Session) })
}

// end revokes a session and forgets it here; other nodes follow within moments.
func (s *Service) end(ctx context.Context, which id.Session) error {
	if _, err := s.Store.Revoke(ctx, which, s.Now()); err != nil && fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	if c, err := caller.From(ctx); err == nil && c.Session == which && c.Guise.On() {
		if err := s.left(ctx, c.Guise.Of, c.Guise.By); err != nil {
			return err
		}
	}
	s.forget(ctx, func(b Bearer) bool { return b.Session.ID == which })
	return nil
}

// Sessions are where the caller is signed in.
func (s *Service) Sessions(ctx context.Context) ([]Session, error) {
	c, err := s.self(ctx)
	if err != nil {
		return nil, err
	}
	return s.Store.Sessions(ctx, c.Person, s.Now())
}

// Revoke ends one of the caller's sessions; another person's is as good as none.
func (s *Service) Revoke(ctx context.Context, which id.Session) error {
	c, err := s.self(ctx)
	if err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		who, err := s.Store.Revoke(ctx, which, s.Now())
		if err == nil && who != c.Person {
			return ErrNoSession // and the unit rolls back what was revoked
		}
		if err != nil {
			return ErrNoSession.Because(err)
		}
		s.forget(ctx, func(b Bearer) bool { return b.Session.ID == which })
		return nil
	})
}

// RevokeOthers ends every session of the caller's but this one, and says how many.
func (s *Service) RevokeOthers(ctx context.Context) (n int64, err error) {
	c, err := s.self(ctx)
	if err != nil {
		return 0, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if n, err = s.endOthers(ctx, c); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionOwn), ObjectKind: "person", ObjectID: c.Person.String(), Outcome: audit.Done,
			Data: map[string]string{"ended": strconv.FormatInt(n, 10)},
		})
	})
	return n, err
}

func (s *Service) endOthers(ctx context.Context, c caller.Caller) (int64, error) {
	n, err := s.Store.RevokeOthers(ctx, c.Person, c.Session, s.Now())
	if err == nil {
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == c.Person && b.Session.ID != c.Session })
	}
	return n, err
}

// SwitchOrg makes the caller act for another of his companies, under a fresh token: a
// change of rights is a change of session (ASVS 7.2.4).
func (s *Service) SwitchOrg(ctx context.Context, to id.Org) (SignedIn, error) {
	if to.IsZero() {
		return SignedIn{}, ErrNotMember
	}
	return s.actFor(ctx, to)
}

func (s *Service) actFor(ctx context.Context, to id.Org) (SignedIn, error) {
	c, err := s.self(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		ms, err := s.Store.Memberships(ctx, c.Person)
		if err != nil {
			return err
		}
		if !to.IsZero() && !acts(ms, to, s.Now()) {
			return ErrNotMember
		}
		if err := s.free(ctx, c, to); err != nil {
			return err
		}
		if in.Person, err = s.Store.ByID(ctx, c.Person); err != nil {
			return err
		}
		old, err := s.Store.Sessions(ctx, c.Person, s.Now())
		if err != nil {
			return err
		}
		in.Session = Session{Person: c.Person, CreatedAt: s.Now(), ProvedAt: c.ProvedAt, ExpiresAt: s.Now().Add(Absolute), IP: c.IP}
		for _, o := range old {
			if o.ID == c.Session { // the seven days go on, they do not begin anew
				in.Session = o
			}
		}
		in.Session.ID, in.Session.Org, in.Session.SeenAt = id.Session{}.New(), to, s.Now()
		var hash Hash
		in.Token, hash = NewToken()
		if err := s.end(ctx, c.Session); err != nil {
			return err
		}
		if err := s.Store.InsertSession(ctx, hash, in.Session); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionOwn), ObjectKind: "org", ObjectID: to.String(), Outcome: audit.Done,
			Data: map[string]string{"session": in.Session.ID.String()},
		})
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

func acts(ms []Membership, org id.Org, now time.Time) bool {
	for _, m := range ms {
		if m.Org == org && m.open(now) {
			return true
		}
	}
	return false
}

// StopActing leaves a company that the caller represents, for his own or for none.
func (s *Service) StopActing(ctx context.Context) (SignedIn, error) {
	c, err := s.self(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	ms, err := s.Store.Memberships(ctx, c.Person)
	if err != nil {
		return SignedIn{}, err
	}
	return s.actFor(ctx, own(ms))
}

// own is the company of which a person is a member in his own right, the first that he
// joined: nobody begins by acting for another's.
func own(ms []Membership) id.Org {
	for _, m := range ms {
		if !m.Represents {
			return m.Org
		}
	}
	return id.Org{}
}

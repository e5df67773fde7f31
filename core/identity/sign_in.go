package identity

import (
	"context"
	"errors"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// SignInInput is what somebody at the door shows.
type SignInInput struct {
	Email     string
	Password  string
	UserAgent string
}

// SignedIn is a fresh session with its secret, which is shown this once. When the person
// has a second factor there is no session yet, only a ticket to show along with a code.
type SignedIn struct {
	Token   string
	Session Session
	Person  Person

	Ticket      string
	TicketUntil time.Time
}

// SignIn opens a session under a fresh token, and ends the one the caller came with. It
// must not run inside a unit of work: a wrong attempt has to be counted although it fails.
func (s *Service) SignIn(ctx context.Context, in SignInInput) (SignedIn, error) {
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
	email := Email(in.Email)
	if email == "" || len(in.Password) > 4*passwordMax {
		return SignedIn{}, ErrCredentials
	}
	key, err := s.attemptKey(ctx, email, c.IP)
	if err != nil {
		return SignedIn{}, err
	}
	wait, err := s.count(ctx, key)
	if err != nil {
		return SignedIn{}, err
	}
	if wait > 0 {
		return SignedIn{}, ErrSlowDown.With("seconds", int((wait+time.Second-1)/time.Second))
	}
	p, err := s.Store.ByEmail(ctx, email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return SignedIn{}, err
	}
	ok, err := s.Passwords.Matches(ctx, in.Password, p.PasswordHash)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok || p.State != Active {
		return SignedIn{}, s.refused(ctx, p)
	}
	if _, err := s.byPassword(ctx, p); err != nil { // told to who has the password alone
		return SignedIn{}, err
	}
	f, err := s.Store.Factor(ctx, p.ID)
	if err != nil && !errors.Is(err, ErrFactorOff) {
		return SignedIn{}, err
	}
	if f.Any() {
		return s.half(ctx, Pending{Person: p.ID, Version: p.Version}, p, key)
	}
	return s.open(ctx, c, p, opening{agent: in.UserAgent, key: key})
}

func (s *Service) attemptKey(ctx context.Context, email, ip string) (Hash, error) {
	if ip == "" {
		return attemptKey(email, ""), nil
	}
	known, err := s.Store.UsedFrom(ctx, email, ip)
	if err != nil || !known {
		return attemptKey(email, ""), err
	}
	return attemptKey(email, ip), nil
}

// refused records the attempt, with the person if there is one, and answers the same
// either way.
func (s *Service) refused(ctx context.Context, p Person) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{Action: string(ActionSignIn), ObjectKind: "person", ObjectID: p.ID.String(), Outcome: audit.Refused, Data: map[string]string{}})
	})
	if err != nil {
		return err
	}
	return ErrCredentials
}

// opening is how somebody came in.
type opening struct {
	agent     string
	key       Hash // of the attempts that are forgiven now
	via       id.SSOConnection
	org       id.Org
	emergency bool
	mailed    bool         // by a letter's link, which proves nothing but a mailbox
	guise     caller.Guise // whose session ends when his time does
}

// open starts the session. The company is the one that the person joined first, or the one
// whose connection vouched for him.
func (s *Service) open(ctx context.Context, c caller.Caller, p Person, how opening) (SignedIn, error) {
	token, hash := NewToken()
	now := s.Now()
	in := SignedIn{Token: token, Person: p, Session: Session{
		ID: id.Session{}.New(), Person: p.ID, CreatedAt: now, SeenAt: now, ProvedAt: now,
		ExpiresAt: now.Add(Absolute), IP: c.IP, UserAgent: clip(how.agent, 300), Via: how.via, Org: how.org, Guise: how.guise,
	}}
	if how.guise.On() {
		in.Session.ExpiresAt = how.guise.Until
	}
	if how.guise.On() || how.mailed {
		in.Session.ProvedAt = time.Time{}
	}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		ms, err := s.Store.Memberships(ctx, p.ID)
		if err != nil {
			return err
		}
		if how.via.IsZero() {
			in.Session.Org = own(ms)
		}
		if !c.Session.IsZero() {
			if err := s.end(ctx, c.Session); err != nil {
				return err
			}
		}
		if err := s.Store.ClearAttempt(ctx, how.key); err != nil {
			return err
		}
		if how.emergency {
			if err := s.Federation.Emergency(ctx, p); err != nil {
				return err
			}
		}
		if err := s.Store.InsertSession(ctx, hash, in.Session); err != nil {
			return err
		}
		if how.guise.On() {
			if err := s.entered(ctx, in); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionSignIn), ObjectKind: "person", ObjectID: p.ID.String(), Outcome: audit.Done,
			Data: how.told(in.Session),
		})
	})
	if err != nil {
		return SignedIn{}, err
	}
	return in, nil
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		r = r[:n]
	}
	return string(r)
}

func sessionData(x Session) map[string]string {
	d := map[string]string{"session": x.ID.String()}
	if !x.Via.IsZero() {
		d["via"] = x.Via.String()
	}
	if x.Guise.On() {
		d["impersonation"], d["by"] = x.Guise.Of.String(), x.Guise.By
	}
	return d
}

func (o opening) told(x Session) map[string]string {
	d := sessionData(x)
	if o.mailed {
		d["how"] = "letter"
	}
	return d
}

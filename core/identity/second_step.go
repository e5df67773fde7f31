package identity

import (
	"context"
	"errors"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// half notes that the password was right and a code is to come. The ticket is no session:
// it opens nothing but the second step.
func (s *Service) half(ctx context.Context, h Pending, p Person, key Hash) (SignedIn, error) {
	token, hash := NewToken()
	h.ExpiresAt = s.Now().Add(pendingFor)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.ClearAttempt(ctx, key); err != nil {
			return err
		}
		if err := s.Store.InsertPending(ctx, hash, h); err != nil {
			return err
		}
		what := "password_right"
		if !h.Via.IsZero() {
			what = "vouched_for"
		}
		return s.noted(ctx, p.ID, what)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Person: p, Ticket: token, TicketUntil: h.ExpiresAt}, nil
}

// CodeInput is the second step of signing in.
type CodeInput struct {
	Ticket    string
	Code      string // of the app, or a recovery code
	UserAgent string
}

// SignInCode finishes what SignIn began. Like SignIn it must not run inside a unit.
func (s *Service) SignInCode(ctx context.Context, in CodeInput) (SignedIn, error) {
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
	if len(in.Ticket) < 40 || len(in.Ticket) > 64 {
		return SignedIn{}, ErrTicket
	}
	p, half, err := s.tried(ctx, HashToken(in.Ticket))
	if err != nil {
		return SignedIn{}, err
	}
	ok, err := s.proved(ctx, p.ID, in.Code)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok {
		return SignedIn{}, s.wrongCode(ctx, p.ID, HashToken(in.Ticket))
	}
	return s.stepped(ctx, c, p, half, in.UserAgent)
}

// stepped opens the session of somebody who took both steps.
func (s *Service) stepped(ctx context.Context, c caller.Caller, p Person, half Pending, agent string) (SignedIn, error) {
	how := opening{agent: agent, key: factorKey(p.ID), via: half.Via, org: half.Org}
	if half.Via.IsZero() {
		var err error
		if how.emergency, err = s.byPassword(ctx, p); err != nil {
			return SignedIn{}, err
		}
	}
	return s.open(ctx, c, p, how)
}

// tried counts a try before the code is looked at, on the ticket and on the person: whoever
// has the password must not get five more tries with each sign-in.
func (s *Service) tried(ctx context.Context, h Hash) (p Person, half Pending, err error) {
	var wait time.Duration
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		half, err = s.Store.Pending(ctx, h)
		if err != nil {
			return err
		}
		if half.Tries >= pendingTries || !s.Now().Before(half.ExpiresAt) {
			return ErrTicket
		}
		if p, err = s.Store.ByID(ctx, half.Person); err != nil {
			return err
		}
		if p.State != Active || p.Version != half.Version {
			return ErrTicket
		}
		if wait, err = s.count(ctx, factorKey(p.ID)); err != nil || wait > 0 {
			return err
		}
		return s.Store.TryPending(ctx, h)
	})
	if err == nil && wait > 0 {
		err = ErrSlowDown.With("seconds", int((wait+time.Second-1)/time.Second))
	}
	return p, half, err
}

func factorKey(p id.Person) Hash { return attemptKey("second factor of "+p.String(), "") }

// proved takes a code of the app or a recovery code, each of them once, and with it ends
// what else was begun with the person's password.
func (s *Service) proved(ctx context.Context, p id.Person, code string) (ok bool, err error) {
	code = tidy(code)
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		f, err := s.Store.Factor(ctx, p)
		if errors.Is(err, ErrFactorOff) || err == nil && !f.Any() {
			return ErrTicket // turned off meanwhile: the password alone will do
		}
		if err != nil {
			return err
		}
		if f.On() {
			if ok, err = s.generated(ctx, f, code); err != nil {
				return err
			}
		}
		if !ok {
			if ok, err = s.Store.UseRecovery(ctx, p, HashToken(code), s.Now()); err != nil || !ok {
				return err
			}
			if err := s.Events.Append(ctx, event.RecoveryCodeUsed{Person: p.String()}); err != nil {
				return err
			}
		}
		return s.Store.ClearPending(ctx, p)
	})
	return ok, err
}

// generated takes a code of the app: right, and of a later step than the last one taken. A
// secret under an older key of the tenant is sealed anew on the way.
func (s *Service) generated(ctx context.Context, f Factor, code string) (bool, error) {
	secret, err := s.Vault.Open(ctx, factorTable, factorColumn, f.Person.String(), f.Sealed)
	if err != nil {
		return false, err
	}
	step, ok := stepOf(string(secret), code, s.Now())
	if !ok {
		return false, nil
	}
	if ok, err = s.Store.UseStep(ctx, f.Person, step); err != nil || !ok {
		return false, err
	}
	if stale, err := s.Vault.Stale(ctx, f.Sealed); err != nil || !stale {
		return true, err
	}
	if f.Sealed, err = s.Vault.Seal(ctx, factorTable, factorColumn, f.Person.String(), secret); err != nil {
		return false, err
	}
	return true, s.Store.SaveFactor(ctx, f)
}

// wrongCode records the try; the last one that the ticket had tells the person that
// somebody knows his password.
func (s *Service) wrongCode(ctx context.Context, p id.Person, h Hash) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		half, err := s.Store.Pending(ctx, h)
		if err != nil {
			return err
		}
		if half.Tries >= pendingTries {
			if err := s.Events.Append(ctx, event.SecondStepBlocked{Person: p.String()}); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionSignIn), ObjectKind: "person", ObjectID: p.String(), Outcome: audit.Refused, Data: map[string]string{"step": "code"},
		})
	})
	if err != nil {
		return err
	}
	return ErrCode
}

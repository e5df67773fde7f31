package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// TaskReset looks whether an address has an account, and writes the letter if so. It is a
// task, so that the one who asks waits as long and hears the same either way (trust.md S32).
const TaskReset = "identity.reset"

// LetterArgs is what the tasks that write to an address are told.
type LetterArgs struct {
	Email string `json:"email"`
}

// AskReset takes note that somebody forgot the password of an address.
func (s *Service) AskReset(ctx context.Context, address string) error {
	return s.askLetter(ctx, ActionReset, TaskReset, address)
}

// askLetter has a task write to an address, if it has an account. Letters of all kinds are
// spaced together: a mailbox is flooded by any of them.
func (s *Service) askLetter(ctx context.Context, action policy.Action, task, address string) error {
	if work.Active(ctx) {
		return errInUnit
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if err := s.Gate.Allow(ctx, action, nil); err != nil {
		return err
	}
	email := Email(address)
	if email == "" {
		return ErrInvalid.At(fault.Field{Path: "email", Reason: "malformed"})
	}
	var wait time.Duration
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if wait, err = s.space(ctx, attemptKey("letter\x00"+email, ""), freePerAccount); err != nil || wait > 0 {
			return err
		}
		if c.IP != "" {
			if wait, err = s.space(ctx, attemptKey("letters", c.IP), freePerAddress); err != nil || wait > 0 {
				return err
			}
		}
		return s.Tasks.Enqueue(ctx, task, LetterArgs{email})
	})
	if err == nil && wait > 0 {
		return ErrSpaced.With("minutes", int((wait+time.Minute-1)/time.Minute))
	}
	return err
}

func (s *Service) space(ctx context.Context, key Hash, free int) (time.Duration, error) {
	a, err := s.Store.Attempt(ctx, key)
	if err != nil {
		return 0, err
	}
	if wait := a.NextAt.Sub(s.Now()); wait > 0 {
		return wait, nil
	}
	return 0, s.Store.SetAttempt(ctx, key, a.spaced(s.Now(), free))
}

// WriteReset is the task behind TaskReset.
func (s *Service) WriteReset(ctx context.Context, a LetterArgs) error {
	return s.writeLink(ctx, a, Token{Kind: TokenReset}, resetLives, Letter{Kind: "password_reset", Path: "/reset"})
}

// writeLink sends a link that counts once to whom an address belongs; a stranger's gets
// nothing.
func (s *Service) writeLink(ctx context.Context, a LetterArgs, t Token, lives time.Duration, l Letter) error {
	p, err := s.Store.ByEmail(ctx, a.Email)
	switch {
	case fault.KindOf(err) == fault.NotFound, err == nil && p.State != Active:
		return nil
	case err != nil:
		return err
	}
	token, hash := NewToken()
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		now := s.Now()
		t.Person, t.CreatedAt, t.ExpiresAt = p.ID, now, now.Add(lives)
		if err := s.Store.InsertToken(ctx, hash, t); err != nil {
			return err
		}
		l.To, l.Name, l.Locale, l.Token = p.Email, p.Name, p.Locale, token
		_, err := s.Letters.Write(ctx, l)
		return err
	})
}

// CheckReset says whether a link still works, before anybody types a password.
func (s *Service) CheckReset(ctx context.Context, token string) error {
	if err := s.Gate.Allow(ctx, ActionReset, nil); err != nil {
		return err
	}
	_, err := s.resetOwner(ctx, token)
	return err
}

func (s *Service) resetOwner(ctx context.Context, token string) (Person, error) {
	if token == "" || len(token) > TokenMax {
		return Person{}, ErrResetLink
	}
	return s.Store.TokenOwner(ctx, HashToken(token), TokenReset, s.Now())
}

// Reset sets a new password with a letter's token, ends every session of the person and
// makes all his other letters worthless. It signs nobody in: a second factor is asked for
// at the door and not here.
func (s *Service) Reset(ctx context.Context, token, password string) error {
	if work.Active(ctx) {
		return errInUnit
	}
	if err := s.Gate.Allow(ctx, ActionReset, nil); err != nil {
		return err
	}
	if work.Begun(ctx) != "" { // this same request has changed it; its answer was lost
		return nil
	}
	p, err := s.resetOwner(ctx, token)
	if err != nil {
		return err
	}
	if err := CheckPassword(password, p.Email, p.Name); err != nil {
		return err
	}
	hash, err := s.Hash(ctx, password)
	if err != nil {
		return err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		who, err := s.Store.UseToken(ctx, HashToken(token), TokenReset, s.Now())
		if err != nil {
			return err
		}
		if err := s.Store.RevokeAll(ctx, who, s.Now()); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == who })
		return s.setPassword(ctx, who, hash, "reset")
	})
	if err != nil {
		return fmt.Errorf("reset password: %w", err)
	}
	return nil
}

// setPassword stores a new hash, inside a unit, and tells the person by letter.
func (s *Service) setPassword(ctx context.Context, who id.Person, hash, how string) error {
	p, err := s.Store.ByID(ctx, who)
	if err != nil {
		return err
	}
	p.PasswordHash = hash
	if err := s.Store.Save(ctx, p); err != nil {
		return err
	}
	if err := s.Store.EndTokens(ctx, who, s.Now()); err != nil {
		return err
	}
	if err := s.Events.Append(ctx, event.PasswordChanged{Person: who.String(), How: how}); err != nil {
		return err
	}
	return work.Begin(ctx, how)
}

package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/work"
)

// ChangePassword sets a new password for the caller, who shows the old one, and ends his
// other sessions. Wrong guesses are counted with those at the door: a stolen session must
// not become a way to find the password out.
func (s *Service) ChangePassword(ctx context.Context, old, password string) error {
	if work.Active(ctx) {
		return errInUnit
	}
	c, err := s.self(ctx)
	if err != nil {
		return err
	}
	if work.Begun(ctx) != "" {
		return nil
	}
	p, err := s.Store.ByID(ctx, c.Person)
	if err != nil {
		return err
	}
	if err := CheckPassword(password, p.Email, p.Name); err != nil {
		return err
	}
	key := attemptKey("change\x00"+p.Email, "")
	wait, err := s.count(ctx, key)
	if err != nil {
		return err
	}
	if wait > 0 {
		return ErrSlowDown.With("seconds", int((wait+time.Second-1)/time.Second))
	}
	if len(old) > 4*passwordMax {
		return ErrOldPassword
	}
	if ok, err := s.Passwords.Matches(ctx, old, p.PasswordHash); err != nil {
		return err
	} else if !ok {
		return ErrOldPassword
	}
	hash, err := s.Hash(ctx, password)
	if err != nil {
		return err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.ClearAttempt(ctx, key); err != nil {
			return err
		}
		if _, err := s.endOthers(ctx, c); err != nil {
			return err
		}
		return s.setPassword(ctx, c.Person, hash, "changed")
	})
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	return nil
}

package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// welcomeLives is longer than for a forgotten password: nobody waits for this letter.
const welcomeLives = 72 * time.Hour

// WelcomeInput is whom to make an operator of the caller's market. Again writes another
// letter to one who has not come yet; without it he is left alone.
type WelcomeInput struct {
	Email  string
	Name   string
	Locale string
	Again  bool
}

// Welcome makes somebody an operator of the caller's market and writes him how to choose a
// password. Only the system may: a market's first operator has nobody there who could
// invite him. Account, token and letter are stored together or not at all, so it can be
// repeated.
func (s *Service) Welcome(ctx context.Context, in WelcomeInput) (Written, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Written{}, err
	}
	if c.Kind != caller.System {
		return Written{}, ErrStaffRole
	}
	in.Email, in.Name = Email(in.Email), Name(in.Name)
	if bad := checkPerson(in.Email, in.Name); len(bad) > 0 {
		return Written{}, ErrInvalid.At(bad...)
	}
	hash, err := s.Hash(ctx, rand.Text()) // nobody knows it
	if err != nil {
		return Written{}, err
	}
	var out Written
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		p, err := s.Store.ByEmail(ctx, in.Email)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			p, err = s.operator(ctx, in, hash)
		case err == nil && !in.Again:
			return nil
		case err == nil:
			err = s.notYetHere(ctx, p)
		}
		if err != nil {
			return err
		}
		if err := s.Store.EndTokens(ctx, p.ID, s.Now()); err != nil {
			return err
		}
		token, h := NewToken()
		now := s.Now()
		if err := s.Store.InsertToken(ctx, h, Token{Person: p.ID, Kind: TokenReset, CreatedAt: now, ExpiresAt: now.Add(welcomeLives)}); err != nil {
			return err
		}
		out, err = s.Letters.Write(ctx, Letter{To: p.Email, Locale: p.Locale, Kind: "operator_invited", Path: "/reset", Token: token})
		return err
	})
	if err != nil {
		return Written{}, fmt.Errorf("welcome: %w", err)
	}
	return out, nil
}

func (s *Service) operator(ctx context.Context, in WelcomeInput, hash string) (Person, error) {
	p := Person{ID: id.Person{}.New(), Email: in.Email, Name: in.Name, Locale: in.Locale, StaffRole: StaffOperator, State: Active, PasswordHash: hash, CreatedAt: s.Now(), Version: 1}
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return p, err
	}
	if err := staffRole(p.StaffRole, t.Kind); err != nil {
		return p, err
	}
	if err := s.Store.Insert(ctx, p); err != nil {
		return p, err
	}
	return p, s.Events.Append(ctx, event.PersonSignedUp{Person: p.ID.String(), Name: p.Name})
}

// notYetHere refuses a second welcome to whoever has come, or is no operator: his account is
// his, and a link to a new password goes to nobody but him.
func (s *Service) notYetHere(ctx context.Context, p Person) error {
	ms, err := s.Store.LastSeen(ctx, p.ID)
	if err != nil {
		return err
	}
	if p.StaffRole != StaffOperator || p.State != Active || !ms.IsZero() {
		return ErrWelcomed
	}
	return nil
}

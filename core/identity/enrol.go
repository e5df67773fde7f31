package identity

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

const (
	factorTable  = "identity_factors"
	factorColumn = "sealed"
)

// SecondFactor is the caller's own, the zero Factor if there is none.
func (s *Service) SecondFactor(ctx context.Context) (Factor, error) {
	c, err := s.self(ctx)
	if err != nil {
		return Factor{}, err
	}
	f, err := s.Store.Factor(ctx, c.Person)
	if errors.Is(err, ErrFactorOff) {
		return Factor{}, nil
	}
	return f, err
}

// Enrol makes the secret of a second factor. It counts once a first code was right; until
// then another Enrol replaces it.
func (s *Service) Enrol(ctx context.Context) (out Enrolment, err error) {
	err = s.mine(ctx, func(ctx context.Context, c caller.Caller, f Factor) error {
		if f.On() {
			return ErrFactorOn
		}
		secret := newSecret()
		sealed, err := s.Vault.Seal(ctx, factorTable, factorColumn, c.Person.String(), []byte(secret))
		if err != nil {
			return err
		}
		if err := s.Store.SaveFactor(ctx, Factor{Person: c.Person, Sealed: sealed, CreatedAt: s.Now()}); err != nil {
			return err
		}
		if out, err = s.enrolment(ctx, c, secret); err != nil {
			return err
		}
		return s.noted(ctx, c.Person, "second_factor_begun")
	})
	return out, err
}

// Enrolling shows the secret again of a factor that is not confirmed yet; of one that is,
// nobody sees it any more.
func (s *Service) Enrolling(ctx context.Context) (Enrolment, error) {
	c, err := s.self(ctx)
	if err != nil {
		return Enrolment{}, err
	}
	f, err := s.Store.Factor(ctx, c.Person)
	if err != nil {
		return Enrolment{}, err
	}
	switch {
	case f.On():
		return Enrolment{}, ErrFactorOn
	case !f.Begun():
		return Enrolment{}, ErrFactorOff
	}
	secret, err := s.Vault.Open(ctx, factorTable, factorColumn, c.Person.String(), f.Sealed)
	if err != nil {
		return Enrolment{}, err
	}
	return s.enrolment(ctx, c, string(secret))
}

func (s *Service) enrolment(ctx context.Context, c caller.Caller, secret string) (Enrolment, error) {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return Enrolment{}, err
	}
	return enrolment(t.Slug, c.Name, secret)
}

// Confirm turns the second factor on with a first code, and answers the recovery codes,
// which are shown this once.
func (s *Service) Confirm(ctx context.Context, code string) (shown []string, err error) {
	err = s.mine(ctx, func(ctx context.Context, c caller.Caller, f Factor) error {
		switch {
		case !f.Begun():
			return ErrFactorOff
		case f.On():
			return ErrFactorOn
		}
		ok, err := s.generated(ctx, f, tidy(code))
		if err != nil {
			return err
		}
		if !ok {
			return ErrProof
		}
		f.ConfirmedAt = s.Now()
		if err := s.Store.SaveFactor(ctx, f); err != nil {
			return err
		}
		var hashes []Hash
		shown, hashes = newRecovery()
		if err := s.Store.SetRecovery(ctx, c.Person, hashes); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == c.Person })
		return s.Events.Append(ctx, event.SecondFactorOn{Person: c.Person.String()})
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// NewRecovery replaces the recovery codes.
func (s *Service) NewRecovery(ctx context.Context) (shown []string, err error) {
	err = s.mine(ctx, func(ctx context.Context, c caller.Caller, f Factor) error {
		if !f.Any() {
			return ErrFactorOff
		}
		var hashes []Hash
		shown, hashes = newRecovery()
		if err := s.Store.SetRecovery(ctx, c.Person, hashes); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.RecoveryCodesMade{Person: c.Person.String()})
	})
	if err != nil {
		return nil, err
	}
	return shown, nil
}

// TurnOff removes the second factor and what was begun of one.
func (s *Service) TurnOff(ctx context.Context) error {
	return s.mine(ctx, func(ctx context.Context, c caller.Caller, f Factor) error {
		if !f.Begun() {
			return ErrFactorOff
		}
		if err := s.Store.DropFactor(ctx, c.Person); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Person.ID == c.Person })
		if !f.On() {
			return s.noted(ctx, c.Person, "second_factor_dropped")
		}
		return s.Events.Append(ctx, event.SecondFactorOff{Person: c.Person.String()})
	})
}

// mine runs fn in a unit with the caller's factor, or the zero one.
func (s *Service) mine(ctx context.Context, fn func(ctx context.Context, c caller.Caller, f Factor) error) error {
	c, err := s.self(ctx)
	if err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		f, err := s.Store.Factor(ctx, c.Person)
		if err != nil && !errors.Is(err, ErrFactorOff) {
			return err
		}
		return fn(ctx, c, f)
	})
}

func (s *Service) noted(ctx context.Context, p id.Person, what string) error {
	return s.Audit.Record(ctx, audit.Entry{
		Action: string(ActionOwn), ObjectKind: "person", ObjectID: p.String(), Outcome: audit.Done, Data: map[string]string{"what": what},
	})
}

package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/tenancy"
)

// SignUpInput is what a new person tells. PasswordHash, from Hash, stands for a password
// that was hashed before; only the system may give it, or a staff role.
type SignUpInput struct {
	Email        string
	Name         string
	Locale       string
	Password     string
	PasswordHash string
	StaffRole    string
}

// Validate collects every problem.
func (in SignUpInput) Validate() error {
	bad := checkPerson(in.Email, in.Name)
	if in.PasswordHash == "" {
		var f *fault.Error
		if errors.As(CheckPassword(in.Password, in.Email, in.Name), &f) {
			bad = append(bad, f.Fields...)
		}
	}
	if len(bad) > 0 {
		return ErrInvalid.At(bad...)
	}
	return nil
}

// Hash makes a PasswordHash. Hashing is slow on purpose, so it is done before a unit of
// work and not in one; a seed hashes its one demo password once.
func (s *Service) Hash(ctx context.Context, password string) (string, error) {
	return s.Passwords.Hash(ctx, password)
}

// Prepare validates the input and hashes its password, ready for a unit of work.
func (s *Service) Prepare(ctx context.Context, in SignUpInput) (SignUpInput, error) {
	if err := in.Validate(); err != nil {
		return in, err
	}
	if in.PasswordHash == "" {
		var err error
		if in.PasswordHash, err = s.Hash(ctx, in.Password); err != nil {
			return in, err
		}
		in.Password = ""
	}
	in.Email, in.Name = Email(in.Email), Name(in.Name)
	return in, nil
}

// SignUp makes a person. Whoever shows the answer to a stranger must not show
// ErrEmailTaken: it says who trades here (trust.md S32).
func (s *Service) SignUp(ctx context.Context, in SignUpInput) (Person, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Person{}, err
	}
	if c.Kind != caller.System && (in.PasswordHash != "" || in.StaffRole != "") {
		return Person{}, ErrInvalid
	}
	if in, err = s.Prepare(ctx, in); err != nil {
		return Person{}, err
	}
	return s.Add(ctx, in)
}

// Add stores a prepared person in the current unit of work, or one of its own. It is for
// other contexts' use cases, such as registering a company with its first member.
func (s *Service) Add(ctx context.Context, in SignUpInput) (Person, error) {
	if err := s.Gate.Allow(ctx, ActionSignUp, nil); err != nil {
		return Person{}, fmt.Errorf("sign up: %w", err)
	}
	return s.Enlist(ctx, in)
}

// Enlist is Add for a company's directory. It asks no gate: who set the directory up was
// asked, and the directory itself signs nobody up.
func (s *Service) Enlist(ctx context.Context, in SignUpInput) (Person, error) {
	p := Person{
		ID: id.Person{}.New(), Email: in.Email, Name: in.Name, Locale: in.Locale, StaffRole: in.StaffRole, State: Active,
		PasswordHash: in.PasswordHash, CreatedAt: s.Now(), Version: 1,
	}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		t, err := s.Tenants.Current(ctx)
		if err != nil {
			return err
		}
		if err := staffRole(p.StaffRole, t.Kind); err != nil {
			return err
		}
		if p.Locale == "" {
			p.Locale = t.Settings.DefaultLocale
		}
		if err := s.insert(ctx, p); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.PersonSignedUp{Person: p.ID.String(), Name: p.Name})
	})
	if err != nil {
		return Person{}, fmt.Errorf("sign up: %w", err)
	}
	return p, nil
}

// insert stores a person where there is room for one more. Whether there is does not
// depend on who asks: a full marketplace answers known and unknown addresses alike.
func (s *Service) insert(ctx context.Context, p Person) error {
	add := func(ctx context.Context) error { return s.Store.Insert(ctx, p) }
	if s.Room == nil {
		return add(ctx)
	}
	return s.Room.Growing(ctx, 1, add)
}

// staffRole keeps the platform's administrators in the platform's own tenant: there alone
// the role has a meaning.
func staffRole(role string, k tenancy.Kind) error {
	switch {
	case role == "", role == StaffOperator && k != tenancy.Platform, role == StaffPlatform && k == tenancy.Platform:
		return nil
	}
	return ErrStaffRole
}

// Ensure makes the person or answers the one who has the address: seeds run twice.
func (s *Service) Ensure(ctx context.Context, in SignUpInput) (Person, error) {
	p, err := s.Store.ByEmail(ctx, Email(in.Email))
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return p, err
	}
	return s.SignUp(ctx, in)
}

// Knocked tells the owner of an address that somebody signed up with it again. The one at
// the door hears the same as everybody.
func (s *Service) Knocked(ctx context.Context, email string) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		p, err := s.Store.ByEmail(ctx, Email(email))
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, event.SignUpRepeated{Person: p.ID.String()})
	})
}

// ByAddress is who has an address, for neighbours' use cases; no stranger is told.
func (s *Service) ByAddress(ctx context.Context, email string) (Person, error) {
	return s.Store.ByEmail(ctx, Email(email))
}

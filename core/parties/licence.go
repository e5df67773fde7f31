package parties

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// LicenceState is whether somebody has checked a licence. That it has run out is no
// state: it follows from the day.
type LicenceState string

// The states of a licence.
const (
	LicenceSubmitted LicenceState = "submitted"
	LicenceValid     LicenceState = "valid"
	LicenceRevoked   LicenceState = "revoked"
)

// Licence lets a company trade what is regulated. Scope lists the schedules it covers;
// both days count.
type Licence struct {
	ID        id.Licence
	Org       id.Org
	Kind      string
	Number    string
	Scope     []string
	ValidFrom time.Time
	ValidTo   time.Time
	State     LicenceState
	Document  id.Blob
	CheckedAt time.Time
	CreatedAt time.Time
}

// SubmitLicence hands a licence in; the operator verifies it.
func (s *Service) SubmitLicence(ctx context.Context, l Licence) (Licence, error) {
	if err := l.clean(); err != nil {
		return Licence{}, err
	}
	l.ID, l.State, l.CheckedAt, l.CreatedAt = id.Licence{}.New(), LicenceSubmitted, time.Time{}, s.Now()
	return change(ctx, s, ActionLicenceSubmit, l.Org, func(ctx context.Context) (Licence, error) {
		if err := s.ownPaper(ctx, l); err != nil {
			return Licence{}, err
		}
		if err := s.Store.InsertLicence(ctx, l); err != nil {
			return Licence{}, err
		}
		return l, s.Events.Append(ctx, event.LicenceSubmitted{Org: l.Org.String(), Licence: l.ID.String(), Number: l.Number})
	})
}

// ownPaper refuses a licence's paper that is not its company's.
func (s *Service) ownPaper(ctx context.Context, l Licence) error {
	if l.Document.IsZero() {
		return nil
	}
	ok, err := s.Files.Owns(ctx, l.Org, l.Document)
	if err == nil && !ok {
		err = ErrInvalid.At(fault.Field{Path: "document_id", Reason: "unknown"})
	}
	return err
}

func (l *Licence) clean() error {
	var bad []fault.Field
	for path, v := range map[string]*string{"kind": &l.Kind, "number": &l.Number} {
		var ok bool
		if *v, ok = line(*v, 100); !ok || *v == "" {
			bad = append(bad, fault.Field{Path: path, Reason: "required"})
		}
	}
	for i, sc := range l.Scope {
		var ok bool
		if l.Scope[i], ok = line(sc, 20); !ok || l.Scope[i] == "" {
			bad = append(bad, fault.Field{Path: fmt.Sprintf("scope[%d]", i), Reason: "malformed"})
		}
	}
	if l.Scope == nil {
		l.Scope = []string{}
	}
	if l.ValidFrom.IsZero() || l.ValidTo.Before(l.ValidFrom) {
		bad = append(bad, fault.Field{Path: "valid_to", Reason: "before_from"})
	}
	if len(bad) > 0 {
		return ErrInvalid.At(bad...)
	}
	return nil
}

// licenceMoves: a revoked licence stays revoked; its holder submits the new one.
var licenceMoves = map[LicenceState][]LicenceState{
	LicenceSubmitted: {LicenceValid, LicenceRevoked},
	LicenceValid:     {LicenceRevoked},
}

// VerifyLicence is the operator's word on a licence: valid or revoked.
func (s *Service) VerifyLicence(ctx context.Context, which id.Licence, to LicenceState) (Licence, error) {
	var l Licence
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionLicenceVerify, nil); err != nil {
			return err
		}
		var err error
		if l, err = s.Store.Licence(ctx, which); err != nil {
			return err
		}
		if !slices.Contains(licenceMoves[l.State], to) {
			return ErrLicenceState.With("state", l.State).With("to", to)
		}
		l.State, l.CheckedAt = to, s.Now()
		if err := s.Store.SaveLicence(ctx, l); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.LicenceVerified{Org: l.Org.String(), Licence: l.ID.String(), Number: l.Number, State: string(to)})
	})
	if err != nil {
		return Licence{}, fmt.Errorf("verify licence %s: %w", which, err)
	}
	return l, nil
}

// Licences are the company's own, the newest first.
func (s *Service) Licences(ctx context.Context, org id.Org) ([]Licence, error) {
	if err := s.look(ctx, ActionLicenceRead, org); err != nil {
		return nil, err
	}
	return s.Store.Licences(ctx, org)
}

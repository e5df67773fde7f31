package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/tenancy"
)

// StaffStore keeps who is of a marketplace's own staff.
type StaffStore interface {
	// LockOperators are the active ones. Until the unit ends nobody becomes less than that, so
	// that of the last two who go at once one stays.
	LockOperators(ctx context.Context) ([]id.Person, error)
	SaveStaff(ctx context.Context, p Person) error // ErrStale
}

// SetStaff gives a person of the caller's market a staff role, or with none takes it and ends
// his sessions. It asks no gate: it is for the market's directory, and who set that up was
// asked. Nobody leaves a market without an operator: ErrLastOperator.
func (s *Service) SetStaff(ctx context.Context, who id.Person, role string) error {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return err
	}
	if err := staffRole(role, t.Kind); err != nil || t.Kind == tenancy.Platform {
		return ErrStaffRole // whoever runs the platform is no directory's to appoint
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		spare := s.spare(ctx, who) // locks, so it comes before what is read
		p, err := s.Store.ByID(ctx, who)
		if err != nil || p.StaffRole == role {
			return err
		}
		if spare != nil {
			return spare
		}
		p.StaffRole = role
		if err := s.Store.SaveStaff(ctx, p); err != nil {
			return err
		}
		if role == "" {
			if err := s.Store.RevokeAll(ctx, who, s.Now()); err != nil {
				return err
			}
		}
		s.Reconsider(ctx, who)
		return s.Events.Append(ctx, event.StaffChanged{Person: who.String(), Name: p.Name, Role: role})
	})
	if err != nil {
		return fmt.Errorf("set staff role of %s: %w", who, err)
	}
	return nil
}

// spare refuses to lose an operator who is the only one, until the unit ends.
func (s *Service) spare(ctx context.Context, who id.Person) error {
	all, err := s.Store.LockOperators(ctx)
	if err == nil && len(all) == 1 && slices.Contains(all, who) {
		err = ErrLastOperator
	}
	return err
}

package parties

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Member is what a person may do for a company. LimitMinor is the most one order may come
// to without approval, or, for an approver, the most he may approve: nil is no limit, 0 is
// "always ask".
type Member struct {
	Org        id.Org
	Person     id.Person
	Name       string
	Email      string
	Roles      []string
	Unit       id.Unit
	LimitMinor *int64
	Currency   money.Currency
	CreatedAt  time.Time
	// LimitInherits: the limit is his unit's, and follows it.
	LimitInherits bool
	// Representation is the consent that he acts by, until its end; none for one's own people.
	Representation id.Representation
	Until          time.Time
}

// MemberInput sets a member's roles and limit.
type MemberInput struct {
	Org    id.Org
	Person id.Person
	Roles  []string
	Unit   id.Unit
	Limit  *money.Money // in the tenant's currency; nil is no limit
	// Inherit leaves the limit to the unit, now and after every change of it.
	Inherit bool
}

// PutMember changes a member. Seeds add them so; people join by invitation, because an
// answer to an address must not tell whether it has an account (trust.md S32).
func (s *Service) PutMember(ctx context.Context, in MemberInput) (Member, error) {
	if err := s.own(ctx, ActionMemberManage, in.Org); err != nil {
		return Member{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Member{}, err
	}
	if err := s.checkMember(ctx, c, in); err != nil {
		return Member{}, err
	}
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return Member{}, err
	}
	m := Member{Org: in.Org, Person: in.Person, Roles: in.Roles, Unit: in.Unit, Currency: t.Settings.Currency, CreatedAt: s.Now(), LimitInherits: in.Inherit}
	if m.LimitMinor, err = limitOf(in.Limit, t.Settings.Currency); err != nil {
		return Member{}, err
	}
	if m.Roles == nil {
		m.Roles = []string{}
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.LockOrg(ctx, m.Org); err != nil {
			return err
		}
		if m.LimitInherits {
			st, err := s.Store.Structure(ctx, m.Org)
			if err != nil {
				return err
			}
			n := st.Limit(m.Unit)
			m.LimitMinor = &n
		}
		if err := s.Store.PutMember(ctx, m); err != nil {
			return err
		}
		if err := s.keepAdmin(ctx, c, m.Org); err != nil {
			return err
		}
		if err := s.endInvitationsOf(ctx, m.Org, m.Person); err != nil {
			return err
		}
		s.People.Reconsider(ctx, m.Person)
		return s.Events.Append(ctx, event.MemberChanged{Org: m.Org.String(), Person: m.Person.String(), Roles: m.Roles})
	})
	if err != nil {
		return Member{}, fmt.Errorf("set member: %w", err)
	}
	return s.Store.Member(ctx, m.Org, m.Person)
}

// checkMember refuses roles that no company may give, and people who are not the
// company's to add: a stranger's identifier must not pull him into a company.
func (s *Service) checkMember(ctx context.Context, c caller.Caller, in MemberInput) error {
	if err := s.grantable(ctx, in.Roles); err != nil {
		return err
	}
	if c.Kind == caller.System {
		return nil
	}
	m, err := s.Store.Member(ctx, in.Org, in.Person)
	if err == nil && !m.Representation.IsZero() {
		return ErrRepresents
	}
	return err
}

// grantable refuses roles that no company may give.
func (s *Service) grantable(ctx context.Context, roles []string) error {
	may := s.Roles.Grantable(ctx)
	for _, r := range roles {
		if !slices.Contains(may, r) {
			return ErrRole.With("role", r)
		}
	}
	return nil
}

// limitOf is a limit as it is kept: in the tenant's currency, nil for none.
func limitOf(limit *money.Money, cur money.Currency) (*int64, error) {
	if limit == nil {
		return nil, nil
	}
	if limit.Minor < 0 || limit.Currency != cur {
		return nil, ErrInvalid.At(fault.Field{Path: "limit", Reason: "out_of_range"})
	}
	return &limit.Minor, nil
}

// keepAdmin refuses a change that would leave a company with nobody to run it; the company
// is locked, so that two administrators who remove each other go one after the other. Who
// was shut out runs nothing. Seeds may make companies whose people come later.
func (s *Service) keepAdmin(ctx context.Context, c caller.Caller, org id.Org) error {
	if c.Kind == caller.System {
		return nil
	}
	kept, err := s.Store.HasActive(ctx, org, s.Roles.Holding(ctx, RoleAdmin))
	if err == nil && !kept {
		return ErrLastAdmin
	}
	return err
}

// RemoveMember ends what a person may do for a company.
func (s *Service) RemoveMember(ctx context.Context, org id.Org, person id.Person) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.own(ctx, ActionMemberManage, org); err != nil {
			return err
		}
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.Store.LockOrg(ctx, org); err != nil {
			return err
		}
		switch m, err := s.Store.Member(ctx, org, person); {
		case err != nil:
			return err
		case !m.Representation.IsZero():
			return ErrRepresents
		}
		if err := s.Store.RemoveMember(ctx, org, person); err != nil {
			return err
		}
		if err := s.endRepresentationsOf(ctx, org, person); err != nil {
			return err
		}
		if err := s.keepAdmin(ctx, c, org); err != nil {
			return err
		}
		if err := s.endInvitationsOf(ctx, org, person); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.MemberChanged{Org: org.String(), Person: person.String(), Roles: []string{}, Removed: true})
	})
	if err != nil {
		return fmt.Errorf("remove member: %w", err)
	}
	return nil
}

// Members are who acts for the company.
func (s *Service) Members(ctx context.Context, org id.Org) ([]Member, error) {
	if err := s.look(ctx, ActionMemberRead, org); err != nil {
		return nil, err
	}
	return s.Store.Members(ctx, org)
}

package parties

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// What a company's directory says of its people. It asks no gate: whoever set the directory
// up was asked, and what it gives is no more than a company may give its members.

// Provision gives a person these roles in a company, keeps his department and his limit, and
// reports the roles that he has now. Roles that no company may give are left out. The last
// administrator keeps what he has: a directory's mistake shuts nobody's company.
func (s *Service) Provision(ctx context.Context, org id.Org, person id.Person, roles []string) (has []string, err error) {
	may := s.Roles.Grantable(ctx)
	roles = slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return !slices.Contains(may, r) })
	slices.Sort(roles)
	roles = slices.Compact(roles)
	if has, err = s.provision(ctx, org, person, roles); err != nil {
		return nil, fmt.Errorf("provision member: %w", err)
	}
	return has, nil
}

func (s *Service) provision(ctx context.Context, org id.Org, person id.Person, roles []string) (has []string, err error) {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.LockOrg(ctx, org); err != nil {
			return err
		}
		o, err := s.Store.Org(ctx, org)
		if err != nil {
			return err
		}
		if o.State == Rejected || o.State == Suspended {
			return ErrNotFound
		}
		m, err := s.Store.Member(ctx, org, person)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			m = Member{Org: org, Person: person, Currency: t.Settings.Currency, CreatedAt: s.Now()}
		case err != nil:
			return err
		case !m.Representation.IsZero():
			return ErrRepresents
		case slices.Equal(slices.Sorted(slices.Values(m.Roles)), roles):
			has = m.Roles
			return nil
		}
		if last, err := s.lastAdmin(ctx, m, roles, t.Settings.Currency); err != nil || last {
			has = m.Roles
			return err
		}
		m.Roles, has = roles, roles
		if err := s.Store.PutMember(ctx, m); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.MemberChanged{Org: org.String(), Person: person.String(), Roles: roles})
	})
	return has, err
}

// lastAdmin reports whether a member would stop to run the company with nobody else to.
func (s *Service) lastAdmin(ctx context.Context, m Member, next []string, cur money.Currency) (bool, error) {
	runs := s.Roles.Holding(ctx, RoleAdmin)
	of := func(r string) bool { return slices.Contains(runs, r) }
	if !slices.ContainsFunc(m.Roles, of) || slices.ContainsFunc(next, of) {
		return false, nil
	}
	others, err := s.Store.HasMember(ctx, m.Org, m.Person, runs, money.Money{Currency: cur})
	return !others, err
}

// GrantableRoles are those that a company may give its people.
func (s *Service) GrantableRoles(ctx context.Context) []string { return s.Roles.Grantable(ctx) }

// IsMember reports whether a person is one of a company's own; its provider has no say about
// who represents it by consent.
func (s *Service) IsMember(ctx context.Context, org id.Org, person id.Person) (bool, error) {
	m, err := s.Store.Member(ctx, org, person)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			err = nil
		}
		return false, err
	}
	return m.Representation.IsZero(), nil
}

// Dismiss ends what a person may do for a company because its directory says so. Who
// represents the company by consent is not the directory's to send away, and its last
// administrator is kept: ErrLastAdmin.
func (s *Service) Dismiss(ctx context.Context, org id.Org, person id.Person) error {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.LockOrg(ctx, org); err != nil {
			return err
		}
		m, err := s.Store.Member(ctx, org, person)
		if err != nil || !m.Representation.IsZero() {
			if fault.KindOf(err) == fault.NotFound {
				err = nil
			}
			return err
		}
		last, err := s.lastAdmin(ctx, m, nil, t.Settings.Currency)
		if err == nil && last {
			err = ErrLastAdmin
		}
		if err != nil {
			return err
		}
		if err := s.Store.RemoveMember(ctx, org, person); err != nil {
			return err
		}
		if err := s.endRepresentationsOf(ctx, org, person); err != nil {
			return err
		}
		if err := s.endInvitationsOf(ctx, org, person); err != nil {
			return err
		}
		s.People.Reconsider(ctx, person)
		return s.Events.Append(ctx, event.MemberChanged{Org: org.String(), Person: person.String(), Roles: []string{}, Removed: true})
	})
	if err != nil {
		return fmt.Errorf("dismiss member: %w", err)
	}
	return nil
}

package scim

import (
	"context"
	"slices"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/sso"
)

// crew is whose people a directory names: a company's, or the marketplace's own staff.
type crew interface {
	// mine lets the directory speak for somebody who has an account if he is one of them, or
	// was brought by it before: ErrStranger, ErrCustomer.
	mine(ctx context.Context, p identity.Person, before bool) error
	give(ctx context.Context, who id.Person, roles []string) error
	dismiss(ctx context.Context, who id.Person) error
}

func (s *Service) crew(x sso.Connection) crew {
	if x.Org.IsZero() {
		return staff{s.People}
	}
	return company{s.Members, x.Org}
}

type company struct {
	members Members
	org     id.Org
}

func (c company) mine(ctx context.Context, p identity.Person, before bool) error {
	if p.State != identity.Active || p.StaffRole != "" {
		return ErrStranger
	}
	if before {
		return nil
	}
	is, err := c.members.IsMember(ctx, c.org, p.ID)
	if err == nil && !is {
		err = ErrStranger
	}
	return err
}

func (c company) give(ctx context.Context, who id.Person, roles []string) error {
	_, err := c.members.Provision(ctx, c.org, who, roles)
	return err
}

func (c company) dismiss(ctx context.Context, who id.Person) error {
	return c.members.Dismiss(ctx, c.org, who)
}

// staff of a marketplace are its operators. Whatever else a map may say, no directory gives
// more than that.
type staff struct{ people People }

func (staff) mine(_ context.Context, p identity.Person, before bool) error {
	if p.State != identity.Active || p.StaffRole != identity.StaffOperator && !before {
		return ErrCustomer
	}
	return nil
}

func (c staff) give(ctx context.Context, who id.Person, roles []string) error {
	role := ""
	if slices.Contains(roles, identity.StaffOperator) {
		role = identity.StaffOperator
	}
	return c.people.SetStaff(ctx, who, role)
}

func (c staff) dismiss(ctx context.Context, who id.Person) error {
	return c.people.SetStaff(ctx, who, "")
}

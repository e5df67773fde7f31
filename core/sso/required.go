package sso

import (
	"context"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/identity"
)

// Federation implements identity.Federation: the password's door asks it.
type Federation struct{ *Service }

var _ identity.Federation = Federation{}

// Required implements identity.Federation.
func (f Federation) Required(ctx context.Context, p identity.Person) (required, emergency bool, err error) {
	_, required, emergency, err = f.required(ctx, p)
	return required, emergency, err
}

func (f Federation) required(ctx context.Context, p identity.Person) (x Connection, required, marked bool, err error) {
	d := domainOf(p.Email)
	if d == "" {
		return x, false, false, nil
	}
	x, marked, err = f.Store.Required(ctx, p.ID, d, p.StaffRole != "")
	if missing(err) {
		return x, false, false, nil
	}
	return x, err == nil, marked, err
}

// Emergency implements identity.Federation.
func (f Federation) Emergency(ctx context.Context, p identity.Person) error {
	x, required, _, err := f.required(ctx, p)
	if err != nil || !required {
		return err
	}
	e := event.SSOEmergency{Connection: x.ID.String(), Name: x.Name, Person: p.ID.String(), Who: p.Name}
	if !x.Org.IsZero() {
		e.Org = x.Org.String()
	}
	return f.Events.Append(ctx, e)
}

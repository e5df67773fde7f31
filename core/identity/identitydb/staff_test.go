package identitydb_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
)

// staffed is a market with two operators.
func staffed(t *testing.T, d *door) (pair [2]id.Person) {
	t.Helper()
	for i, email := range []string{"one@desk.example", "two@desk.example"} {
		p, err := d.SignUp(d.sys, identity.SignUpInput{Email: email, Name: "Desk", Password: secret, StaffRole: identity.StaffOperator})
		if err != nil {
			t.Fatal(err)
		}
		pair[i] = p.ID
	}
	return pair
}

// Of the last two operators who go at once, by whichever way, one stays.
func TestOfTheLastTwoOperatorsOneStays(t *testing.T) {
	t.Parallel()
	for what, leave := range map[string]func(d *door, ctx context.Context, p id.Person) error{
		"a directory": func(d *door, ctx context.Context, p id.Person) error { return d.SetStaff(ctx, p, "") },
		"a directory and an operator": func(d *door, ctx context.Context, p id.Person) error {
			if x, err := d.Store.ByID(ctx, p); err != nil || x.Email == "one@desk.example" {
				return d.SetStaff(ctx, p, "")
			}
			return d.Disable(ctx, p)
		},
	} {
		d := setup(t)
		pair := staffed(t, d)
		var errs [2]error
		var both sync.WaitGroup
		for i, p := range pair {
			both.Go(func() { errs[i] = leave(d, d.sys, p) })
		}
		both.Wait()
		kept := 0
		for i, err := range errs {
			if err == nil {
				continue
			}
			kept++
			if p, lost := d.ByID(d.sys, pair[i]); !errors.Is(err, identity.ErrLastOperator) || lost != nil || p.StaffRole != identity.StaffOperator || p.State != identity.Active {
				t.Errorf("%s: %v, and he is %+v", what, err, p)
			}
		}
		if kept != 1 {
			t.Errorf("%s: %d of two were kept: %v", what, kept, errs)
		}
	}
}

func TestLeavingTheStaffEndsSessionsAndIsTold(t *testing.T) {
	t.Parallel()
	d := setup(t)
	pair := staffed(t, d)
	in, err := d.SignIn(d.visitor("192.0.2.1"), identity.SignInInput{Email: "one@desk.example", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := d.Resolve(t.Context(), d.tenant, in.Token); err != nil || !c.Has("operator") {
		t.Fatal(c, err)
	}
	if err := d.SetStaff(d.sys, pair[0], ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Resolve(t.Context(), d.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("his session: %v", err)
	}
	if !logged[event.StaffChanged](d.log) {
		t.Error("nobody is told")
	}
	before := len(d.log.events)
	if err := d.SetStaff(d.sys, pair[0], ""); err != nil || len(d.log.events) != before {
		t.Errorf("he is none already: %v", err)
	}
	if err := d.SetStaff(d.sys, pair[0], "platform"); !errors.Is(err, identity.ErrStaffRole) {
		t.Errorf("a role of the platform's: %v", err)
	}
}

package partiesdb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
)

const passphrase = "correct horse battery"

// agency is a seller whose person asks to act for the company of hire.
type agency struct {
	*hiring
	firm  id.Org
	chief context.Context // its administrator
	rep   id.Person
}

func agent(t *testing.T) *agency {
	t.Helper()
	a := &agency{hiring: hire(t, nil)}
	o := german()
	o.RegNo, o.Name = "DE129273398", "Mill AG"
	r, err := a.Register(a.sys, parties.RegisterInput{Company: o})
	if err != nil {
		t.Fatal(err)
	}
	a.firm = r.Org.ID
	for _, org := range []id.Org{a.org, a.firm} {
		if _, err := a.Decide(a.sys, parties.DecideInput{Org: org, To: parties.Approved}); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []string{"chief@mill.example", "rep@mill.example"} {
		p, err := a.people.SignUp(a.sys, identity.SignUpInput{Email: who, Name: who[:3], Password: passphrase})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.PutMember(a.sys, parties.MemberInput{Org: a.firm, Person: p.ID, Roles: map[bool][]string{true: {"admin"}, false: {"seller"}}[who[0] == 'c']}); err != nil {
			t.Fatal(err)
		}
		if who[0] == 'c' {
			a.chief = a.as(p.ID, a.firm, "admin")
		} else {
			a.rep = p.ID
		}
	}
	return a
}

func (a *agency) asked(t *testing.T) parties.Representation {
	t.Helper()
	r, err := a.Represent(a.chief, parties.RepresentInput{Person: a.rep, Account: a.org, Note: "your account manager"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (a *agency) agreed(t *testing.T, scope ...string) parties.Representation {
	t.Helper()
	limit := money.Of(500_00, "EUR")
	r, err := a.Consent(a.admin, parties.ConsentInput{Representation: a.asked(t).ID, Scope: scope, Until: noon.AddDate(0, 1, 0), Limit: &limit})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// enter signs the representative in, and lets him switch to the account.
func (a *agency) enter(t *testing.T) string {
	t.Helper()
	in, err := a.people.SignIn(a.visitor(), identity.SignInInput{Email: "rep@mill.example", Password: passphrase})
	if err != nil {
		t.Fatal(err)
	}
	if in.Session.Org != a.firm {
		t.Errorf("he begins at %s, not at his own company", in.Session.Org)
	}
	c, err := a.people.Resolve(context.Background(), a.tenant.ID, in.Token)
	if err != nil {
		t.Fatal(err)
	}
	if in, err = a.people.SwitchOrg(caller.With(context.Background(), c), a.org); err != nil {
		t.Fatal(err)
	}
	return in.Token
}

func (a *agency) who(t *testing.T, token string) caller.Caller {
	t.Helper()
	c, err := a.people.Resolve(context.Background(), a.tenant.ID, token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARepresentativeActsByConsentAndNoLonger(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(a *agency, r parties.Representation) error{
		"withdrawn by the company": func(a *agency, r parties.Representation) error { return second(a.EndRepresentation(a.admin, r.ID)) },
		"ended by his side":        func(a *agency, r parties.Representation) error { return second(a.EndRepresentation(a.chief, r.ID)) },
		"he left his company":      func(a *agency, _ parties.Representation) error { return a.RemoveMember(a.chief, a.firm, a.rep) },
		"the last day is over": func(a *agency, _ parties.Representation) error {
			a.people.Now = func() time.Time { return noon.AddDate(0, 1, 0) }
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := agent(t)
			r := a.agreed(t, parties.ScopeLook, parties.ScopeOrder)
			token := a.enter(t)
			c := a.who(t, token)
			if c.Org != a.org || !c.OnBehalf() || c.Consent != r.ID || !slices.Contains(c.Roles, parties.ScopeOrder) {
				t.Fatalf("%+v", c)
			}
			if want := "rep@mill.example on behalf of " + a.org.String() + " by consent " + r.ID.String(); c.Signature() != want {
				t.Errorf("the record would say %q", c.Signature())
			}
			if m, err := a.Member(a.sys, a.org, a.rep); err != nil || *m.LimitMinor != 500_00 {
				t.Errorf("%+v %v", m, err)
			}
			if name == "the last day is over" { // a session of a month would be long gone by itself
				a.people.Now = func() time.Time { return noon.Add(time.Hour) }
				if _, err := a.Consent(a.admin, parties.ConsentInput{Representation: r.ID, Scope: []string{parties.ScopeLook}, Until: noon.Add(2 * time.Hour)}); err != nil {
					t.Fatal(err)
				}
				if c := a.who(t, token); !c.OnBehalf() {
					t.Fatal("a shorter consent is a consent")
				}
				a.people.Now = func() time.Time { return noon.Add(2 * time.Hour) }
			} else if err := end(a, r); err != nil {
				t.Fatal(err)
			}
			c = a.who(t, token)
			if !c.Org.IsZero() || c.OnBehalf() || len(c.Roles) != 0 {
				t.Errorf("he still acts: %+v", c)
			}
			if _, err := a.people.SwitchOrg(caller.With(context.Background(), c), a.org); !errors.Is(err, identity.ErrNotMember) {
				t.Errorf("he switches back: %v", err)
			}
		})
	}
}

func TestWhoRepresentsACompanyDoesNotRunIt(t *testing.T) {
	t.Parallel()
	a := agent(t)
	r := a.agreed(t, parties.Scopes...)
	if _, err := a.PutMember(a.sys, parties.MemberInput{Org: a.org, Person: a.boss, Roles: []string{"admin", "buyer"}}); err != nil {
		t.Fatal(err)
	}
	c := a.who(t, a.enter(t))
	me := caller.With(context.Background(), c)
	for name, err := range map[string]error{
		"its people":                second(a.Members(me, a.org)),
		"its tree":                  second(a.Structure(me, a.org)),
		"its licences":              second(a.Licences(me, a.org)),
		"a longer consent":          second(a.Consent(me, parties.ConsentInput{Representation: r.ID, Scope: parties.Scopes, Until: noon.AddDate(0, 2, 0)})),
		"another representative":    second(a.Represent(me, parties.RepresentInput{Person: a.boss, Account: a.firm})),
		"its profile":               second(a.Update(me, parties.UpdateInput{Org: a.org, Version: 2})),
		"a role of the company's":   second(a.PutMember(a.admin, parties.MemberInput{Org: a.org, Person: a.rep, Roles: []string{"admin"}})),
		"removed like anybody else": a.RemoveMember(a.admin, a.org, a.rep),
	} {
		if k := fault.KindOf(err); err == nil || k == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.Addresses(me, a.org); err != nil {
		t.Errorf("an order needs an address: %v", err)
	}
	if o, err := a.Own(me, a.org); err != nil || o.Account.Shown != "" {
		t.Errorf("the bank account: %+v %v", o, err)
	}
}

func TestAskingAndAgreeingAreForTheRightSides(t *testing.T) {
	t.Parallel()
	a := agent(t)
	stranger := a.as(id.Person{}.New(), id.Org{}.New(), "admin")
	for name, c := range map[string]struct {
		ctx  context.Context
		in   parties.RepresentInput
		want *fault.Error
	}{
		"somebody else's person":    {a.chief, parties.RepresentInput{Person: a.boss, Account: a.org}, parties.ErrNoMember},
		"nobody":                    {a.chief, parties.RepresentInput{Person: id.Person{}.New(), Account: a.org}, parties.ErrNoMember},
		"no company":                {a.chief, parties.RepresentInput{Person: a.rep, Account: id.Org{}.New()}, parties.ErrNotFound},
		"one's own company":         {a.chief, parties.RepresentInput{Person: a.rep, Account: a.firm}, parties.ErrNotFound},
		"the marketplace's for one": {a.operator(), parties.RepresentInput{Person: a.rep, Account: a.org}, parties.ErrNoMember},
	} {
		if _, err := a.Represent(c.ctx, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := a.asked(t)
	if _, err := a.Represent(a.chief, parties.RepresentInput{Person: a.rep, Account: a.org}); !errors.Is(err, parties.ErrRepresented) {
		t.Errorf("twice: %v", err)
	}
	good := parties.ConsentInput{Representation: r.ID, Scope: []string{parties.ScopeLook}, Until: noon.AddDate(0, 0, 7)}
	but := func(change func(*parties.ConsentInput)) parties.ConsentInput { in := good; change(&in); return in }
	for name, c := range map[string]struct {
		ctx  context.Context
		in   parties.ConsentInput
		want *fault.Error
	}{
		"his own side":       {a.chief, good, parties.ErrNoRepresentation},
		"another company":    {stranger, good, parties.ErrNoRepresentation},
		"a random one":       {stranger, but(func(in *parties.ConsentInput) { in.Representation = id.Representation{}.New() }), parties.ErrNoRepresentation},
		"no scope":           {a.admin, but(func(in *parties.ConsentInput) { in.Scope = nil }), parties.ErrScope},
		"the buyer's role":   {a.admin, but(func(in *parties.ConsentInput) { in.Scope = []string{"buyer"} }), parties.ErrScope},
		"a day that is over": {a.admin, but(func(in *parties.ConsentInput) { in.Until = noon }), parties.ErrUntil},
		"for ever":           {a.admin, but(func(in *parties.ConsentInput) { in.Until = noon.AddDate(2, 0, 0) }), parties.ErrUntil},
	} {
		if _, err := a.Consent(c.ctx, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.EndRepresentation(stranger, r.ID); !errors.Is(err, parties.ErrNoRepresentation) {
		t.Errorf("a stranger ends it: %v", err)
	}
	for name, ctx := range map[string]context.Context{"his own": a.as(a.rep, a.firm, "seller"), "his firm's": a.chief, "the company's": a.admin} {
		if l, err := a.Representations(ctx); err != nil || len(l) != 1 {
			t.Errorf("%s list: %d %v", name, len(l), err)
		}
	}
	for name, ctx := range map[string]context.Context{"a stranger's": stranger, "a colleague's": a.as(id.Person{}.New(), a.firm, "seller"), "staff's": a.operator()} {
		if l, err := a.Representations(ctx); err != nil || len(l) != 0 {
			t.Errorf("%s list: %d %v", name, len(l), err)
		}
	}
	if n := a.count(t, "parties_members"); n != 3 {
		t.Errorf("%d members: a refused consent made one", n)
	}
	if slices.Contains(a.gate.Grantable(a.admin), parties.ScopeOrder) {
		t.Error("a company gives its own people a representative's role")
	}
}

// Whoever runs the marketplace and acts for a company is no operator meanwhile.
func TestAnOperatorWhoRepresentsACompanyIsNoOperatorMeanwhile(t *testing.T) {
	t.Parallel()
	a := agent(t)
	staff, err := a.people.SignUp(a.sys, identity.SignUpInput{Email: "staff@m.example", Name: "Staff", Password: passphrase, StaffRole: "operator"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Represent(a.as(staff.ID, id.Org{}, "operator"), parties.RepresentInput{Person: staff.ID, Account: a.org})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Consent(a.admin, parties.ConsentInput{Representation: r.ID, Scope: []string{parties.ScopeLook}, Until: noon.AddDate(0, 0, 7)}); err != nil {
		t.Fatal(err)
	}
	in, err := a.people.SignIn(a.visitor(), identity.SignInInput{Email: "staff@m.example", Password: passphrase})
	if err != nil {
		t.Fatal(err)
	}
	c := a.who(t, in.Token)
	if !c.Has("operator") || !c.Org.IsZero() {
		t.Fatalf("%+v", c)
	}
	if in, err = a.people.SwitchOrg(caller.With(context.Background(), c), a.org); err != nil {
		t.Fatal(err)
	}
	if c = a.who(t, in.Token); c.Has("operator") || !c.OnBehalf() {
		t.Errorf("%+v", c)
	}
	if in, err = a.people.StopActing(caller.With(context.Background(), c)); err != nil {
		t.Fatal(err)
	}
	if c = a.who(t, in.Token); !c.Has("operator") || c.OnBehalf() {
		t.Errorf("back at work: %+v", c)
	}
}

// A member who was removed acts for nobody with the session that he still has.
func TestARemovedMembersSessionActsForNobody(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	h.colleague(t)
	in, err := h.people.SignIn(h.visitor(), identity.SignInInput{Email: "other@n.example", Password: passphrase})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.people.Resolve(context.Background(), h.tenant.ID, in.Token)
	if err != nil || c.Org != h.org {
		t.Fatal(c, err)
	}
	if err := h.RemoveMember(h.admin, h.org, c.Person); err != nil {
		t.Fatal(err)
	}
	if c, err = h.people.Resolve(context.Background(), h.tenant.ID, in.Token); err != nil || !c.Org.IsZero() || len(c.Roles) != 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// A directory that a company trusts speaks of its own people alone.
func TestADirectoryHasNoSayOverRepresentatives(t *testing.T) {
	t.Parallel()
	a := agent(t)
	a.agreed(t, parties.Scopes...)
	if own, err := a.IsMember(a.sys, a.org, a.rep); own || err != nil {
		t.Errorf("the representative is one of the company's own: %v, %v", own, err)
	}
	if _, err := a.Provision(a.sys, a.org, a.rep, []string{"buyer"}); !errors.Is(err, parties.ErrRepresents) {
		t.Errorf("provisioning a representative: %v", err)
	}
}

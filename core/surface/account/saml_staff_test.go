package account_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/saml/samltest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
	"github.com/kontorhq/kontor/tenants"
)

const staffDomain = "team.pharma.example"

// desk is a marketplace whose own staff comes in through a provider that speaks SAML.
type desk struct {
	t     *testing.T
	h     *apptest.House
	f     samltest.Provider
	op    *surfacetest.Browser
	at    string // the connection's page
	guard id.Person
	totp  string // the guard's secret
}

func openDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, h: apptest.New(t), f: samltest.New(t)}
	d.op = surfacetest.As(t, d.h, "pharma", "en", "operator")
	d.op.Get("/account/sso?kind=saml")
	form := []string{"kind", "saml", "name", "Team ADFS", "jit", "1", "role_claim", samltest.Groups, "map_value", "Desk", "subject_attribute", "urn:oid:0.9.2342.19200300.100.1.1"}
	for _, role := range []string{"buyer", "admin", "platform", ""} {
		if p := d.op.Post("/account/sso", append(form, "map_role", role)...); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("the staff's provider gives %q: %d %s", role, p.Status, p.Text())
		}
	}
	d.at = d.op.Post("/account/sso", append(form, "map_role", "operator")...).Location
	if !strings.HasPrefix(d.at, "/account/sso/") {
		t.Fatalf("the connection's page: %q", d.at)
	}
	d.f.Register(surfacetest.New(t, d.h, "pharma", "en").Get("/sso/saml/" + strings.TrimPrefix(d.at, "/account/sso/")).Body)
	version := d.op.Get(d.at).Value("version")
	if p := d.op.Post(d.at+"/metadata", "version", version, "metadata", d.f.Metadata()); p.Location != d.at {
		t.Fatalf("metadata: %d %s", p.Status, p.Text())
	}
	d.op.Get(d.at)
	d.op.Post(d.at+"/domains", "domain", staffDomain)
	d.exec(`UPDATE sso_domains SET verified_at = now(), checked_at = now() WHERE domain = '` + staffDomain + `'`)
	d.guard = d.operator("guard@" + staffDomain)
	d.operator("plain@" + staffDomain)
	d.f.Member("tester", "tester@"+staffDomain, "Tester", "Desk")
	d.op.Get(d.at)
	if p := d.op.Get(d.through(d.op, d.at+"/test", "tester")); p.Location != d.at {
		t.Fatalf("tested: %d %q %s", p.Status, p.Location, p.Text())
	}
	if p := d.op.Get(d.at); !p.Shows("It works", "tester@"+staffDomain) {
		t.Errorf("%s", p.Text())
	}
	if p := d.op.Post(d.at + "/on"); p.Location != d.at {
		t.Fatalf("on: %d %s", p.Status, p.Text())
	}
	return d
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.h.DB.Ops(d.t).Exec(d.t.Context(), sql, args...); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) system() caller.Caller {
	d.t.Helper()
	t, err := d.h.Tenancy.Store.BySlug(d.t.Context(), "pharma")
	if err != nil {
		d.t.Fatal(err)
	}
	return caller.Caller{Tenant: t.ID, Kind: caller.System, Name: "test", Roles: []string{"system"}, Locale: "en"}
}

// operator is one more of the staff, who has a password.
func (d *desk) operator(email string) id.Person {
	d.t.Helper()
	p, err := d.h.Identity.SignUp(caller.With(d.t.Context(), d.system()), identity.SignUpInput{Email: email, Name: "Somebody", Locale: "en", Password: tenants.DemoPassword, StaffRole: caller.RoleOperator})
	if err != nil {
		d.t.Fatal(err)
	}
	return p.ID
}

// factor gives the guard a second factor.
func (d *desk) factor() {
	d.t.Helper()
	c := d.system()
	c.Kind, c.Person, c.Roles, c.Name = caller.Person, d.guard, []string{caller.RoleOperator}, "guard"
	e, err := d.h.Identity.Enrol(caller.With(d.t.Context(), c))
	if err != nil {
		d.t.Fatal(err)
	}
	d.totp = e.Secret
	d.exec(`UPDATE identity_factors SET confirmed_at = now() WHERE person_id = $1`, d.guard.UUID())
}

// through goes from a form to the provider and back to where the browser is sent then.
func (d *desk) through(b *surfacetest.Browser, path, user string, kv ...string) string {
	d.t.Helper()
	p := b.Post(path, kv...)
	_, to, _ := strings.Cut(p.Header.Get("Refresh"), "url=")
	if p.Status != http.StatusOK || !strings.HasPrefix(to, d.f.URL+"/sso?SAMLRequest=") {
		d.t.Fatalf("not sent on: %d %q %s", p.Status, to, p.Text())
	}
	acs, response := throughSAML(d.t, d.f, to, user)
	u, err := url.Parse(acs)
	if err != nil || u.Host != "pharma.localhost" {
		d.t.Fatalf("%q %v", acs, err)
	}
	p = surfacetest.New(d.t, d.h, "pharma", "en").Cross(u.Path, "SAMLResponse", response)
	if p.Status != http.StatusSeeOther {
		d.t.Fatalf("not believed: %d %s", p.Status, p.Text())
	}
	return p.Location
}

// come is somebody who types an address of the domain and comes back as a user.
func (d *desk) come(user string) (*surfacetest.Browser, surfacetest.Page) {
	d.t.Helper()
	b := surfacetest.New(d.t, d.h, "pharma", "en")
	b.Get("/sso?next=/operator")
	return b, b.Get(d.through(b, "/sso", user, "email", "whoever@"+staffDomain, "next", "/operator"))
}

func (d *desk) password(email string) (*surfacetest.Browser, surfacetest.Page) {
	d.t.Helper()
	b := surfacetest.New(d.t, d.h, "pharma", "en")
	b.Get("/sign-in")
	return b, b.Post("/sign-in", "email", email, "password", tenants.DemoPassword)
}

func (d *desk) count(sql string, args ...any) int { d.t.Helper(); return count(d.t, d.h, sql, args...) }

// The marketplace's own staff comes in through its provider: by the domain, with an account
// that is made at the first visit, as operators if the provider's groups say so and else not
// at all.
func TestAMarketplacesStaffComesInThroughItsSAMLProvider(t *testing.T) { //nolint:paralleltest // a market's staff connection is one for all of its tests
	d := openDesk(t)
	d.f.Member("nova", "nova@"+staffDomain, "Nova Desk", "Desk")
	d.f.Member("sales", "sales@"+staffDomain, "Sal Es", "Sales")
	d.f.Member("outside", "outside@elsewhere.example", "Out Side", "Desk")
	b, p := d.come("nova")
	if p.Location != "/operator" {
		t.Fatalf("he is in: %d %q %s", p.Status, p.Location, p.Text())
	}
	if p := b.Get("/operator"); p.Status != http.StatusOK {
		t.Errorf("an operator's page: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/buyer"); !p.Shows("You act for no company") {
		t.Errorf("staff acts for a company: %s", p.Text())
	}
	if n := d.count(`SELECT count(*) FROM identity_people WHERE email = 'nova@` + staffDomain + `' AND staff_role = 'operator'`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	for user, email := range map[string]string{"sales": "sales@" + staffDomain, "outside": "outside@elsewhere.example"} {
		if _, p := d.come(user); p.Status != http.StatusForbidden {
			t.Errorf("%s: %d %q %s", user, p.Status, p.Location, p.Text())
		}
		if n := d.count(`SELECT count(*) FROM identity_people WHERE email = $1`, email); n != 0 {
			t.Errorf("%s has an account", user)
		}
	}
	// A company's person whose address is in the staff's domain is nobody of the staff's.
	sys := caller.With(t.Context(), d.system())
	if _, err := d.h.Identity.SignUp(sys, identity.SignUpInput{Email: "guest@" + staffDomain, Name: "Guest", Locale: "en", Password: tenants.DemoPassword}); err != nil {
		t.Fatal(err)
	}
	d.f.Member("guest", "guest@"+staffDomain, "Guest", "Desk")
	if _, p := d.come("guest"); p.Status != http.StatusForbidden {
		t.Errorf("a customer came in as staff: %d %q", p.Status, p.Location)
	}
	if n := d.count(`SELECT count(*) FROM identity_people WHERE email = 'guest@` + staffDomain + `' AND staff_role <> ''`); n != 0 {
		t.Error("a customer became staff")
	}
	// Who left the group does not come back.
	d.f.Member("nova", "nova@"+staffDomain, "Nova Desk", "Sales")
	if _, p := d.come("nova"); p.Status != http.StatusForbidden {
		t.Errorf("out of the group: %d %q", p.Status, p.Location)
	}
	d.staffsDirectory()
	d.staffsPasswords()
}

// staffsPasswords: once the connection is enforced, staff of its domain has no other way in
// but for who is marked, who shows a second factor, and of whom all operators are told.
func (d *desk) staffsPasswords() {
	t := d.t
	t.Helper()
	if _, p := d.password("plain@" + staffDomain); p.Status != http.StatusSeeOther {
		t.Fatalf("before it is enforced: %d %s", p.Status, p.Text())
	}
	enforce := func(kv ...string) surfacetest.Page {
		d.op.Get(d.at)
		return d.op.Post(d.at+"/enforce", append([]string{"on", "1"}, kv...)...)
	}
	if p := enforce(); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusConflict {
		t.Errorf("nobody is marked: %d %q", p.Status, p.Location)
	}
	if p := enforce("emergency", d.guard.String()); p.Location == d.at {
		t.Error("somebody without a second factor is marked")
	}
	d.factor()
	if p := enforce("emergency", d.guard.String()); p.Location != d.at {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if b, p := d.password("plain@" + staffDomain); p.Status == http.StatusSeeOther || b.Get("/operator").Status == http.StatusOK {
		t.Errorf("by password: %d %q", p.Status, p.Location)
	}
	if _, p := d.password("guest@" + staffDomain); p.Status != http.StatusSeeOther {
		t.Errorf("a customer of the domain is bound by the staff's connection: %d %s", p.Status, p.Text())
	}
	if _, p := d.password("operator@pharma.example"); p.Status != http.StatusSeeOther {
		t.Errorf("staff of another domain: %d %s", p.Status, p.Text())
	}
	used := `SELECT count(*) FROM event_outbox WHERE name = 'sso.emergency_used.v1' AND data->>'person' = $1`
	b, p := d.password("guard@" + staffDomain)
	if p.Location != "/sign-in/code" {
		t.Fatalf("the emergency's operator: %d %q %s", p.Status, p.Location, p.Text())
	}
	if b.Get("/operator").Status == http.StatusOK {
		t.Error("in without the code")
	}
	b.Get("/sign-in/code")
	code, err := totp.GenerateCode(d.totp, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if p := b.Post("/sign-in/code", "code", code); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get("/operator"); p.Status != http.StatusOK {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if n := d.count(used, d.guard.String()); n != 1 {
		t.Errorf("the emergency was noted %d times", n)
	}
}

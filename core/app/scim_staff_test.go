package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/scim"
	"github.com/kontorhq/kontor/core/sso"
)

// newStaffDirectory connects the directory of a marketplace's own operators; a group makes one.
func newStaffDirectory(t *testing.T, h *apptest.House, slug, domain string) *directory {
	t.Helper()
	d := &directory{h: h, slug: slug, domain: domain}
	tenant := tenantID(t, h, slug)
	d.admin = personOf(t, h, tenant, "operator@"+slug+".example")
	d.keeper = caller.Caller{Tenant: tenant, Kind: caller.Person, Person: d.admin, Name: "operator", Roles: []string{caller.RoleOperator}, Locale: "en"}
	d.connect(t, nil, sso.Mapping{Value: "Market desk", Role: caller.RoleOperator})
	t.Cleanup(func() { // its domain and its people are of no other test's concern
		if err := h.SSO.End(caller.With(context.WithoutCancel(t.Context()), d.keeper), d.connection); err != nil {
			t.Error(err)
		}
	})
	return d
}

func personOf(t *testing.T, h *apptest.House, tenant id.Tenant, email string) (p id.Person) {
	t.Helper()
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT id FROM identity_people WHERE tenant_id = $1 AND email = $2`, tenant.UUID(), email).Scan((*[16]byte)(&p)); err != nil {
		t.Fatal(email, err)
	}
	return p
}

// serves expects a staff role of somebody's, "" for none.
func (d *directory) serves(t *testing.T, name, want string) {
	t.Helper()
	var got string
	if err := d.h.DB.Ops(t).QueryRow(t.Context(), `SELECT staff_role FROM identity_people WHERE tenant_id = $1 AND email = $2`, d.keeper.Tenant.UUID(), name+"@"+d.domain).Scan(&got); err != nil || got != want {
		t.Errorf("%s is %q, want %q (%v)", name, got, want, err)
	}
}

func (d *directory) group(t *testing.T, name string, members ...string) string {
	t.Helper()
	return d.want(t, d.call(t, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"`+name+`","members":`+list(members)+`}`), 201, "").str("id")
}

func list(members []string) string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = `{"$ref":null,"value":"` + m + `"}`
	}
	return "[" + strings.Join(out, ",") + "]"
}

func TestADirectoryMakesOperatorsByGroupAndShutsThemOut(t *testing.T) {
	h := apptest.New(t)
	d := newStaffDirectory(t, h, "pharma", "desk.works.example")
	ada, bob := d.user(t, "ada"), d.user(t, "bob")
	d.serves(t, "ada", "") // an account, and nothing that it may do before a group says so
	desk := d.group(t, "market DESK", ada)
	d.serves(t, "ada", "operator")
	d.group(t, "Sales", bob)
	d.serves(t, "bob", "")

	// in Entra's words
	d.want(t, d.call(t, "PATCH", "/Groups/"+desk, patch(`{"op":"Add","path":"members","value":`+list([]string{bob})+`}`)), 200, "")
	d.serves(t, "bob", "operator")
	d.want(t, d.call(t, "PATCH", "/Groups/"+desk, patch(`{"op":"Remove","path":"members","value":`+list([]string{bob})+`}`)), 200, "")
	d.serves(t, "bob", "")
	person := personOf(t, h, d.keeper.Tenant, "ada@"+d.domain)
	provider, also := d.enter(t, person), d.enter(t, person)
	may := func(c *apptest.Client) int { return ask(t, h, c, "GET", "/api/v1/people", "", nil).status }
	if may(provider) != http.StatusOK {
		t.Fatal("an operator may not see the marketplace's people")
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions SET via = NULL WHERE token_hash = $1`, hashed(also.Token)); err != nil {
		t.Fatal(err)
	}
	if r := d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"active","value":"False"}`)), 200, ""); r.body["active"] != false {
		t.Errorf("out: %s", r.raw)
	}
	d.serves(t, "ada", "")
	if a, b := may(provider), may(also); a != http.StatusUnauthorized || b != http.StatusUnauthorized {
		t.Errorf("she is out, and her sessions answer %d and %d", a, b)
	}
	d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Add","value":{"active":"True"}}`)), 200, "")
	d.serves(t, "ada", "operator") // she is in the group still
	d.want(t, d.call(t, "DELETE", "/Users/"+ada, ""), 204, "")
	d.serves(t, "ada", "")
	ada = d.user(t, "ada") // the same person, brought again
	d.serves(t, "ada", "")
	d.want(t, d.call(t, "PUT", "/Groups/"+desk, `{"displayName":"Market desk","members":`+list([]string{ada, bob})+`}`), 200, "")
	d.serves(t, "ada", "operator")
	d.want(t, d.call(t, "DELETE", "/Groups/"+desk, ""), 204, "")
	d.serves(t, "bob", "")

	var changes, refusals int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE action = 'identity.staff_changed.v1'), count(*) FILTER (WHERE outcome = 'refused') FROM audit_entries
		WHERE actor = 'service:' || (SELECT id FROM access_accounts WHERE connection_id = $1)`, d.connection.UUID()).Scan(&changes, &refusals); err != nil || changes != 10 || refusals != 0 {
		t.Errorf("the record has %d changes of staff and %d refusals, %v", changes, refusals, err)
	}
}

func hashed(token string) []byte { h := identity.HashToken(token); return h[:] }

// A map that somebody wrote into the database gives no more than the API lets it: no role of
// the platform's, none of companies, and to no customer.
func TestAStaffsDirectoryGivesNoRoleButAnOperators(t *testing.T) {
	h := apptest.New(t)
	d := newStaffDirectory(t, h, "pharma", "rights.works.example")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_connections SET role_map = '[{"value":"Root","role":"platform"},{"value":"Bosses","role":"admin"}]', default_roles = '{seller}' WHERE id = $1`, d.connection.UUID()); err != nil {
		t.Fatal(err)
	}
	eve := d.user(t, "eve")
	d.group(t, "Root", eve)
	d.group(t, "Bosses", eve)
	d.serves(t, "eve", "")
	sys := caller.With(t.Context(), caller.Caller{Tenant: d.keeper.Tenant, Kind: caller.System, Name: "test", Roles: []string{"system"}})
	if err := h.Identity.SetStaff(sys, personOf(t, h, d.keeper.Tenant, "eve@"+d.domain), identity.StaffPlatform); !errors.Is(err, identity.ErrStaffRole) {
		t.Errorf("the platform's role in a market: %v", err)
	}
	platform := tenantID(t, h, "platform")
	there := caller.With(t.Context(), caller.Caller{Tenant: platform, Kind: caller.System, Name: "test", Roles: []string{"system"}})
	if err := h.Identity.SetStaff(there, personOf(t, h, platform, "admin@platform.example"), ""); !errors.Is(err, identity.ErrStaffRole) {
		t.Errorf("who runs the platform is sent away: %v", err)
	}

	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET domain = 'pharma.example' WHERE connection_id = $1`, d.connection.UUID()); err != nil {
		t.Fatal(err)
	}
	d.domain = "pharma.example"
	r := d.want(t, d.call(t, "POST", "/Users", d.entra("seller")), 409, "uniqueness")
	if !strings.Contains(r.str("detail"), "scim.customer") {
		t.Errorf("%s", r.raw)
	}
	d.serves(t, "seller", "")
	d.want(t, d.call(t, "POST", "/Users", strings.Replace(d.entra("bob"), d.domain, "elsewhere.example", 2)), 400, "unprovedDomain")

	// a company's service is not the staff's directory, nor the other way round
	own := newDirectory(t, h, "pharma", "seller", "company.works.example")
	for what, c := range map[string]caller.Caller{
		"a company's as the staff's": {Org: own.org, Directory: d.connection}, "the staff's as a company's": {Directory: own.connection},
	} {
		c.Tenant, c.Kind, c.Account, c.Roles, c.Scopes = d.keeper.Tenant, caller.Service, id.ServiceAccount{}.New(), []string{"directory"}, []string{"scim.directory.read"}
		if _, _, err := h.SCIM.Users(caller.With(t.Context(), c), "", scim.Page{Start: 1, Count: 1}); !errors.Is(err, scim.ErrNoDirectory) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if r := own.call(t, "GET", "/Users/"+eve, ""); r.status != http.StatusNotFound {
		t.Errorf("a company's directory reads the staff: %d", r.status)
	}
	for _, path := range []string{"/api/v1/people", "/api/v1/companies"} {
		if a := ask(t, h, h.WithToken(t, "pharma", d.key), "GET", path, "", nil); a.status != http.StatusForbidden {
			t.Errorf("%s with the directory's key: %d", path, a.status)
		}
	}
}

// However a directory tries, somebody runs the marketplace afterwards: what would leave it
// without is refused whole.
func TestADirectoryNeverTakesTheLastOperator(t *testing.T) {
	h := apptest.New(t)
	d := newStaffDirectory(t, h, "pharma", "last.works.example")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET domain = 'pharma.example' WHERE connection_id = $1`, d.connection.UUID()); err != nil {
		t.Fatal(err)
	}
	ada := d.call(t, "POST", "/Users", strings.ReplaceAll(d.entra("ada.last"), "@"+d.domain, "@pharma.example")).str("id")
	d.domain = "pharma.example"
	desk := d.group(t, "Market desk", ada)
	d.serves(t, "ada.last", "operator")
	boss := d.user(t, "operator")
	d.serves(t, "operator", "operator") // groups come later than people
	d.want(t, d.call(t, "PATCH", "/Groups/"+desk, patch(`{"op":"Add","path":"members","value":`+list([]string{boss})+`}`)), 200, "")
	d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"active","value":"False"}`)), 200, "")
	d.serves(t, "ada.last", "")
	// operators who cannot come in are none
	others := func(ctx context.Context, from, to string) {
		if _, err := h.DB.Ops(t).Exec(ctx, `UPDATE identity_people SET state = $4 WHERE tenant_id = $1 AND staff_role = 'operator' AND state = $3 AND id <> $2`, d.keeper.Tenant.UUID(), d.admin.UUID(), from, to); err != nil {
			t.Fatal(err)
		}
	}
	others(t.Context(), "active", "disabled")
	t.Cleanup(func() { others(context.WithoutCancel(t.Context()), "disabled", "active") })

	session := h.Client(t, "pharma", "operator@pharma.example")
	user, group := d.call(t, "GET", "/Users/"+boss, ""), d.call(t, "GET", "/Groups/"+desk, "")
	for what, r := range map[string]func() reply{
		"shut out": func() reply {
			return d.call(t, "PATCH", "/Users/"+boss, patch(`{"op":"Replace","path":"active","value":"False"}`))
		},
		"replaced": func() reply {
			return d.call(t, "PUT", "/Users/"+boss, strings.Replace(d.entra("operator"), `"active":true`, `"active":false`, 1))
		},
		"removed": func() reply { return d.call(t, "DELETE", "/Users/"+boss, "") },
		"out of the group": func() reply {
			return d.call(t, "PATCH", "/Groups/"+desk, patch(`{"op":"Remove","path":"members","value":`+list([]string{boss})+`}`))
		},
		"a group without him": func() reply {
			return d.call(t, "PUT", "/Groups/"+desk, `{"displayName":"Market desk","members":`+list([]string{ada})+`}`)
		},
		"a group of other words": func() reply {
			return d.call(t, "PATCH", "/Groups/"+desk, patch(`{"op":"Replace","value":{"displayName":"Nobodies"}}`))
		},
		"no group": func() reply { return d.call(t, "DELETE", "/Groups/"+desk, "") },
	} {
		a := r()
		if a.status != http.StatusConflict || a.str("scimType") != "mutability" || !strings.Contains(a.str("detail"), "A marketplace keeps at least one operator. Make somebody else an operator first. (identity.last_operator)") {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
		d.serves(t, "operator", "operator")
	}
	if u, g := d.call(t, "GET", "/Users/"+boss, ""), d.call(t, "GET", "/Groups/"+desk, ""); u.raw != user.raw || g.raw != group.raw {
		t.Errorf("something changed: %s\n%s\n%s\n%s", user.raw, u.raw, group.raw, g.raw)
	}
	if a := ask(t, h, session, "GET", "/api/v1/people", "", nil); a.status != http.StatusOK {
		t.Errorf("he is an operator still, and hears %d", a.status)
	}
	p, err := h.SCIM.Panel(caller.With(t.Context(), d.keeper), d.connection)
	if err != nil || len(p.Summary.Refusals) != 7 || p.Summary.Refusals[0].Code != "identity.last_operator" {
		t.Errorf("%+v, %v", p.Summary.Refusals, err)
	}

	// one request may put another in his place, whoever comes first in it; and him back again
	d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"active","value":true}`)), 200, "")
	for _, in := range [][2]string{{ada, boss}, {boss, ada}, {ada, boss}, {boss, ada}} {
		name := map[string]string{ada: "ada.last", boss: "operator"}
		d.want(t, d.call(t, "PUT", "/Groups/"+desk, fmt.Sprintf(`{"displayName":"Market desk","members":%s}`, list(in[:1]))), 200, "")
		d.serves(t, name[in[0]], "operator")
		d.serves(t, name[in[1]], "")
	}
}

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
)

// role is a column of the matrix: what somebody with that role and no other may call.
type role struct {
	name   string
	tenant string
	roles  []string // none: a visitor
	email  string   // somebody who holds them, to try it with
}

var roles = []role{
	{"visitor", "steel", nil, ""},
	{"visitor of a portal", "procure", nil, ""},
	{"buyer", "procure", []string{"buyer"}, "buyer@procure.example"},
	{"approver", "procure", []string{"department_head"}, "fleet@procure.example"},
	{"receiver", "procure", []string{"goods_in"}, "goods@procure.example"},
	{"pharmacist", "pharma", []string{"pharmacist"}, ""},
	{"seller", "pharma", []string{"seller"}, "desk.0406@pharma.example"},
	{"administrator", "steel", []string{"admin"}, ""},
	{"operator", "steel", []string{"operator"}, "operator@steel.example"},
	{"platform", "platform", []string{"platform"}, "admin@platform.example"},
}

// The matrix is committed, so that whoever gives a role a route shows it in review, and a
// new route shows up with everybody who may call it.
func TestTheMatrixOfRolesAndRoutesIsTheCommittedOne(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	var b strings.Builder
	b.WriteString("method\troute\taction")
	for _, r := range roles {
		b.WriteString("\t" + r.name)
	}
	b.WriteByte('\n')
	for _, l := range h.Web.Table() {
		fmt.Fprintf(&b, "%s\t%s\t%s", l.Method, l.Path, l.Action)
		for _, r := range roles {
			mark := "-"
			if may(t, h, l, r) {
				mark = "yes"
			}
			b.WriteString("\t" + mark)
		}
		b.WriteByte('\n')
	}
	sameFile(t, filepath.Join("testdata", "role_route_matrix.tsv"), []byte(b.String()), "make gen, and look at what changed")
}

// may is what the gate says of a role and a route, by the rules of the edge.
func may(t *testing.T, h *apptest.House, l web.Line, r role) bool {
	t.Helper()
	c := caller.Caller{Tenant: tenantID(t, h, r.tenant), Kind: caller.Visitor, Roles: []string{caller.RoleVisitor}}
	if r.roles != nil {
		c.Kind, c.Person, c.Roles = caller.Person, id.Person{}.New(), r.roles
	}
	portal := r.roles == nil && r.tenant == "procure"
	if l.Open || portal || l.Public {
		return l.Open || !portal
	}
	return h.Gate.Can(caller.With(context.Background(), c), l.Action)
}

// The matrix is not only what the gate says: somebody with each role calls every route, and
// is refused for his role exactly where the matrix says so.
func TestEveryRouteRefusesTheRolesThatTheMatrixRefuses(t *testing.T) {
	h := apptest.New(t)
	d := describe(t, h)
	for _, r := range roles {
		if r.email == "" && r.roles != nil {
			continue
		}
		who := h.Visitor(t, r.tenant)
		if r.email != "" {
			who = h.Client(t, r.tenant, r.email)
		}
		for _, l := range h.Web.Table() {
			if l.Path == "/api/v1/sessions/current" || strings.HasSuffix(l.Path, "/sign-out") { // would end the asker's session
				continue
			}
			media, body := request(t, d, l.Method, l.Path, l.API)
			got := ask(t, h, who, l.Method, strange(l.Path), media, body)
			want := may(t, h, l, r)
			refused := refusedForRole(got, l.API, r.roles == nil)
			if refused && want && r.roles == nil && l.Action == "identity.session.own" {
				continue // anybody may ask about himself; the service then finds nobody
			}
			if refused && want && l.Path == "/sign-in/code" {
				continue // who took no first step at the door is shown to it
			}
			if refused == want {
				t.Errorf("%s %s as %s: %d %s, but the matrix says %v", l.Method, l.Path, r.name, got.status, got.code(), want)
			}
			if got.status >= 500 {
				t.Errorf("%s %s as %s: %d %.300s", l.Method, l.Path, r.name, got.status, got.body)
			}
		}
	}
}

// strange is a path with identifiers that nobody has.
func strange(path string) string {
	ps, _ := params(path)
	for _, p := range ps {
		path = strings.Replace(path, "{"+p.name+"}", id.Order{}.New().String(), 1)
	}
	return plainPath(path)
}

// refusedForRole reports whether an answer means: not with your role, or not without one.
func refusedForRole(a heard, api, visitor bool) bool {
	switch {
	case visitor && api:
		return a.status == http.StatusUnauthorized && a.code() == "http.sign_in_required"
	case visitor:
		return a.status == http.StatusUnauthorized || a.status == http.StatusSeeOther && strings.Contains(a.head, "Location: /sign-in")
	case api:
		return a.status == http.StatusForbidden && a.code() == "http.role_missing"
	}
	return a.status == http.StatusForbidden && strings.Contains(a.body, "http.role_missing")
}

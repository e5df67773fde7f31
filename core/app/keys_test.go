package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// A key with one scope is tried against every route: the API refuses all others for the
// scope, pages do not know it, and nothing changes.
func TestAKeyOfOneScopeIsRefusedByEveryOtherRoute(t *testing.T) {
	h := apptest.New(t)
	d := describe(t, h)
	steel := tenantID(t, h, "steel")
	var org id.Org
	var person id.Person
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT m.org_id, m.person_id FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
		WHERE m.tenant_id = $1 AND p.email = 'buyer3@steel.example'`, steel.UUID()).Scan((*[16]byte)(&org), (*[16]byte)(&person)); err != nil {
		t.Fatal(err)
	}
	admin := caller.With(t.Context(), caller.Caller{Tenant: steel, Kind: caller.Person, Person: person, Name: "buyer3@steel.example", Org: org, Roles: []string{"admin", "buyer"}, Locale: "en"})
	a, err := h.Access.MakeAccount(admin, access.NewAccount{Name: "ERP", Roles: []string{"buyer"}})
	if err != nil {
		t.Fatal(err)
	}
	k, err := h.Access.MakeKey(admin, access.NewKey{Account: a.ID, Scopes: []string{"sourcing.rfq.read"}})
	if err != nil {
		t.Fatal(err)
	}
	who := h.WithToken(t, "steel", k.Secret)
	for _, l := range h.Web.Table() {
		media, body := request(t, d, l.Method, l.Path, l.API)
		got := ask(t, h, who, l.Method, strange(l.Path), media, body)
		switch {
		case l.Foreign:
			if got.status != http.StatusForbidden || !strings.Contains(got.body, string(l.Action)) {
				t.Errorf("%s %s: %d %s", l.Method, l.Path, got.status, got.body)
			}
		case !l.API:
			if got.status != http.StatusUnauthorized {
				t.Errorf("%s %s: %d, a page that takes a key", l.Method, l.Path, got.status)
			}
		case l.Action == "sourcing.rfq.read":
			if got.status == http.StatusForbidden || got.status == http.StatusUnauthorized {
				t.Errorf("%s %s: %d %s for the one thing it may", l.Method, l.Path, got.status, got.code())
			}
		case got.status != http.StatusForbidden || got.code() != "gate.scope_missing" || !strings.Contains(got.body, string(l.Action)):
			t.Errorf("%s %s: %d %s", l.Method, l.Path, got.status, got.code())
		}
	}
	if _, err := who.GetRfqsWithResponse(t.Context(), nil); err != nil {
		t.Errorf("the Go client with a key: %v", err)
	}
	elsewhere := h.WithToken(t, "pharma", k.Secret)
	r, err := elsewhere.GetRfqsWithResponse(t.Context(), nil)
	apptest.Refused(t, r, err, http.StatusUnauthorized, "access.key_wrong")
}

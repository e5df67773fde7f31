package account_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

var secretOf = regexp.MustCompile(`kontor_live_[a-z2-7]{16}_[a-z2-7]{52}`)

// A company's administrator makes a program and a key on pages; the key does what was
// ticked, is shown once, is replaced, and ends.
func TestAnAdministratorMakesAKeyForAProgram(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := surfacetest.As(t, h, "procure", "en", "approver2")
	if p := admin.Get("/account/keys"); !p.Shows("No program calls the API yet") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := admin.Post("/account/keys", "name", "ERP", "roles", "operator"); p.Status != http.StatusUnprocessableEntity || p.Value("name") != "ERP" {
		t.Errorf("a role that he has not: %d %q", p.Status, p.Value("name"))
	}
	to := admin.Post("/account/keys", "name", "ERP", "purpose", "orders from <b>SAP</b>", "roles", "approver").Location
	if !strings.HasPrefix(to, "/account/keys/") {
		t.Fatalf("the account's page: %q", to)
	}
	admin.Get(to)
	if p := admin.Post(to+"/keys", "scopes", "access.key.manage", "days", "90"); p.Status != http.StatusForbidden && p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a key that makes keys: %d", p.Status)
	}
	if p := admin.Post(to+"/keys", "scopes", "ordering.order.read", "networks", "nowhere", "days", "90"); p.Status != http.StatusUnprocessableEntity || p.Value("networks") != "nowhere" {
		t.Errorf("an address that is none: %d %q", p.Status, p.Value("networks"))
	}
	p := admin.Post(to+"/keys", "scopes", "ordering.order.read", "days", "90")
	secret := secretOf.FindString(p.Body)
	if secret == "" || !p.Shows("The key is made", "1 permission") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := admin.Get(to); secretOf.MatchString(p.Body) || !p.Shows(secret[:28]) {
		t.Errorf("its secret is shown again: %s", p.Text())
	}
	orders := func(key string) int {
		t.Helper()
		a, err := h.WithToken(t, "procure", key).GetOrdersWithResponse(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode()
	}
	if s := orders(secret); s != http.StatusOK {
		t.Errorf("what was ticked: %d", s)
	}
	if a, err := h.WithToken(t, "procure", secret).GetRfqsWithResponse(t.Context(), nil); err != nil || a.StatusCode() != http.StatusForbidden {
		t.Errorf("what was not: %v %d", err, a.StatusCode())
	}
	which := regexp.MustCompile(`/keys/([0-9a-f-]{36})/revoke`).FindStringSubmatch(admin.Get(to).Body)
	if which == nil {
		t.Fatal("no key to replace")
	}
	next := secretOf.FindString(admin.Post(to+"/keys/"+which[1]+"/rotate", "overlap", "0").Body)
	if next == "" || next == secret || orders(next) != http.StatusOK || orders(secret) != http.StatusUnauthorized {
		t.Errorf("replaced: %q", next)
	}
	if p := admin.Post(to + "/end"); p.Location != "/account/keys" || orders(next) != http.StatusUnauthorized {
		t.Errorf("ended: %d %q", p.Status, p.Location)
	}
	if p := surfacetest.As(t, h, "procure", "en", "buyer").Get("/account/keys"); p.Status != http.StatusForbidden {
		t.Errorf("a buyer: %d", p.Status)
	}
}

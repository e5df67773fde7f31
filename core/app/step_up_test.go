package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// A session whose person proved himself long ago reads on, and does nothing sensitive
// until he proves himself again; then he is where he was going.
func TestSensitiveActionsWantAFreshProof(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	c := h.Client(t, "steel", "buyer2@steel.example")
	age := func(token string) {
		t.Helper()
		hash := identity.HashToken(token)
		tag, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions SET proved_at = now() - interval '6 minutes', created_at = now() - interval '1 hour' WHERE token_hash = $1`, hash[:])
		if err != nil || tag.RowsAffected() != 1 {
			t.Fatal(tag, err)
		}
	}
	age(c.Token)
	for _, r := range []struct{ method, path string }{
		{"POST", "/api/v1/me/second-factor"}, {"DELETE", "/api/v1/me/second-factor"}, {"POST", "/api/v1/me/second-factor/recovery-codes"},
	} {
		if a := ask(t, h, c, r.method, r.path, "", nil); a.status != http.StatusForbidden || !strings.Contains(a.body, "identity.step_up") {
			t.Errorf("%s %s: %d %s", r.method, r.path, a.status, a.body)
		}
	}
	if a := ask(t, h, c, "POST", "/api/v1/sessions/end-others", "", nil); !strings.Contains(a.body, "identity.step_up") {
		t.Errorf("ending the others: %d %s", a.status, a.body)
	}
	if a := ask(t, h, c, "GET", "/api/v1/me/second-factor", "", nil); a.status != http.StatusOK {
		t.Errorf("reading: %d %s", a.status, a.body)
	}
	for market, routes := range map[string][]string{
		"steel":    {"POST /api/v1/roles", "GET /operator/audit.csv", "GET /operator/orders.csv", "POST /operator/export", "POST /operator/roles/save"},
		"platform": {"POST /api/v1/platform/plans", "POST /api/v1/platform/tenants/steel/plan", "POST /api/v1/platform/tenants/steel/exceptions", "POST /api/v1/platform/tenants/steel/impersonations", "POST /platform/plans", "POST /platform/tenants/steel/export"},
	} {
		who := map[string]string{"steel": "operator@steel.example", "platform": "admin@platform.example"}[market]
		c := h.Client(t, market, who)
		age(c.Token)
		for _, r := range routes {
			method, path, _ := strings.Cut(r, " ")
			if a := ask(t, h, c, method, path, "", nil); !strings.Contains(a.body, "identity.step_up") && !strings.Contains(a.head, "Location: /account/confirm") {
				t.Errorf("%s %s: %d %s%s", market, r, a.status, a.head, a.body)
			}
		}
	}
	fresh := h.Client(t, "steel", "buyer2@steel.example")
	if a := ask(t, h, fresh, "DELETE", "/api/v1/me/second-factor", "", nil); a.status != http.StatusConflict {
		t.Errorf("signing in is a proof: %d %s", a.status, a.body)
	}
}

func TestAPersonSetsUpASecondFactorOnAPage(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "pharma", "en", "seller")
	if p := b.Get("/account/security"); p.Status != http.StatusOK || !p.Shows("Set up") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/account/security/begin"); p.Location != "/account/security" {
		t.Fatalf("%d %q %s", p.Status, p.Location, p.Text())
	}
	p := b.Get("/account/security")
	if !strings.Contains(p.Body, "<path fill=\"#000\" d=\"M4 4h1v1h-1z") {
		t.Errorf("no picture: %s", p.Text())
	}
	if p := b.Post("/account/security/confirm", "code", "000000"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/account/confirm?next=/account/security"); p.Status != http.StatusOK || p.Value("next") != "/account/security" {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := surfacetest.New(t, h, "pharma", "en").Get("/sign-in/code"); p.Status != http.StatusSeeOther {
		t.Errorf("the second step stands open to who took no first one: %d", p.Status)
	}
}

// Where a company's money goes is changed by somebody who has just proved who he is; all
// else about the company needs no proof.
func TestABankAccountIsChangedAfterAFreshProofAlone(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "seller")
	_, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions SET proved_at = now() - interval '6 minutes', created_at = now() - interval '1 hour'`)
	if err != nil {
		t.Fatal(err)
	}
	p := b.Get("/seller/company")
	save := []string{"version", p.Value("version"), "name_local", p.Value("name_local"), "city", p.Value("city"), "address", p.Value("address"), "iban"}
	old := p.Value("iban")
	if p := b.Post("/seller/company", append(save, "DE89370400440532013000")...); !strings.HasPrefix(p.Location, "/account/confirm") {
		t.Errorf("%d %q %s", p.Status, p.Location, p.Text())
	}
	if p := b.Post("/seller/payouts", "amount", "1"); !strings.HasPrefix(p.Location, "/account/confirm") {
		t.Errorf("a payout: %d %q", p.Status, p.Location)
	}
	if p := b.Get("/seller/company"); p.Value("iban") != old || !p.Shows("Change the bank account") {
		t.Errorf("%q instead of %q: %s", p.Value("iban"), old, p.Text())
	}
	if p := b.Post("/seller/company", append(save, old)...); p.Location != "/seller/company" {
		t.Errorf("the rest: %d %q %s", p.Status, p.Location, p.Text())
	}
}

// Where the marketplace wants it, who holds its rights does nothing but set his second
// factor up before he has one; everybody else goes on.
// It runs alone, because it changes a marketplace that others use.
func TestStaffDoNothingBeforeTheyHaveASecondFactor(t *testing.T) { //nolint:paralleltest
	h := apptest.New(t)
	op := h.Client(t, "steel", "operator@steel.example")
	demand := func(who string, status int) {
		t.Helper()
		if _, err := h.DB.Ops(t).Exec(context.WithoutCancel(t.Context()), `UPDATE tenancy_tenants SET settings = jsonb_set(settings, '{second_factor}', to_jsonb($1::text)) WHERE slug = 'steel'`, who); err != nil {
			t.Fatal(err)
		}
		pgtest.Eventually(t, 20*time.Second, "the setting "+who+" is known", func() bool {
			return ask(t, h, op, "GET", "/api/v1/companies", "", nil).status == status
		})
	}
	demand("", http.StatusForbidden)
	defer demand("optional", http.StatusOK)
	if a := ask(t, h, op, "GET", "/api/v1/me/second-factor", "", nil); a.status != http.StatusOK {
		t.Errorf("he cannot set it up: %d %s", a.status, a.body)
	}
	b := surfacetest.As(t, h, "steel", "en", "operator")
	if p := b.Get("/operator"); p.Location != "/account/security" {
		t.Errorf("%d %q", p.Status, p.Location)
	}
	if p := b.Get("/account/security"); !p.Shows("Your role needs a second factor") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if a := ask(t, h, h.Client(t, "steel", "buyer@steel.example"), "GET", "/api/v1/orders", "", nil); a.status != http.StatusOK {
		t.Errorf("a buyer: %d %s", a.status, a.body)
	}
}

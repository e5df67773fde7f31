package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// guiseReason is found again in the records, where other tests have theirs.
const guiseReason = "ticket 0815: an order is not to be seen"

func begins(t *testing.T, c *apptest.Client, market, email, reason string, minutes int64) *kontor.PostPlatformTenantsBySlugImpersonationsResponse {
	t.Helper()
	a, err := c.PostPlatformTenantsBySlugImpersonationsWithResponse(t.Context(), market, &kontor.PostPlatformTenantsBySlugImpersonationsParams{IdempotencyKey: apptest.Key()},
		kontor.PostPlatformTenantsBySlugImpersonationsRequest{Email: email, Reason: reason, Minutes: minutes})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// told counts entries of a market's record about an address or under a reason.
func told(t *testing.T, h *apptest.House, market, where string) (n int) {
	t.Helper()
	err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM audit_entries WHERE tenant_id = (SELECT id FROM tenancy_tenants WHERE slug = $1) AND `+where, market).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A program of the platform's own people prepares it; the person's market sees it, by its
// banner and in its record, from the first moment to the last.
func TestAnImpersonationIsBegunByTheAPI(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := h.Client(t, "platform", "admin@platform.example")
	asked := time.Now()
	a := begins(t, admin, "steel", "approver@steel.example", guiseReason, 30)
	begun := apptest.Got(t, a, nil, http.StatusCreated, func() *kontor.IdentityBegunGuiseView { return a.JSON201 })
	i := begun.Impersonation
	if i.By != "admin@platform.example" || i.Reason != guiseReason || i.EnteredAt != nil || i.Until.Sub(asked).Round(time.Minute) != 30*time.Minute || begun.ExpiresAt.Sub(asked).Round(time.Minute) != identity.TicketLives {
		t.Errorf("%+v", begun)
	}
	_, link, ok := strings.Cut(begun.Url, "http://steel.localhost")
	if link = link[strings.Index(link, "/"):]; !ok || !strings.HasPrefix(link, "/impersonation?ticket=") {
		t.Fatalf("it leads to %s", begun.Url)
	}

	b := surfacetest.New(t, h, "steel", "en")
	if p := b.Get(link); p.Status != http.StatusOK || !p.Shows("Act in the name of", guiseReason, "admin@platform.example") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	_, ticket, _ := strings.Cut(link, "ticket=")
	if p := b.Post("/impersonation", "ticket", ticket); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := surfacetest.New(t, h, "steel", "en").Post("/impersonation", "ticket", ticket); p.Status != http.StatusNotFound {
		t.Errorf("an address opened twice: %d", p.Status)
	}
	if p := b.Get("/account"); p.Status != http.StatusOK || !p.Shows("You act in the name of", "admin@platform.example") {
		t.Errorf("no banner: %d %s", p.Status, p.Text())
	}
	list, err := admin.GetPlatformTenantsBySlugImpersonationsWithResponse(t.Context(), "steel")
	entered := false
	for _, x := range apptest.Got(t, list, err, http.StatusOK, func() *kontor.ListIdentityImpersonationView { return list.JSON200 }).Items {
		entered = entered || x.Id == i.Id && x.EnteredAt != nil && x.EndedAt == nil
	}
	if !entered {
		t.Errorf("the list does not say that it goes on: %s", list.Body)
	}

	end, err := admin.PostPlatformTenantsBySlugImpersonationsByIdEndWithResponse(t.Context(), "steel", i.Id, &kontor.PostPlatformTenantsBySlugImpersonationsByIdEndParams{IdempotencyKey: apptest.Key()})
	apptest.Got(t, end, err, http.StatusOK, func() *kontor.IdentityEmpty { return end.JSON200 })
	if p := b.Get("/account"); p.Status == http.StatusOK {
		t.Error("it goes on after its end")
	}
	for where, sql := range map[string]string{
		"platform": `action = 'identity.person.impersonate' AND data->>'market' = 'steel' AND data->>'minutes' = '30' AND data->>'reason' = '` + guiseReason + `'`,
		"steel":    `action = 'identity.person.impersonate' AND data->>'by' = 'admin@platform.example' AND data->>'reason' = '` + guiseReason + `'`,
	} {
		if n := told(t, h, where, sql); n != 1 {
			t.Errorf("the record of %s tells it %d times", where, n)
		}
	}
	if n := told(t, h, "steel", `action = 'identity.impersonation_ended.v1' AND object_id = '`+i.PersonId+`'`); n != 1 {
		t.Errorf("its end is told %d times", n)
	}
}

func TestAnImpersonationThatTheAPIRefusesBeginsNothing(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := h.Client(t, "platform", "admin@platform.example")
	const who, why = "buyer2@steel.example", "ticket 0816: a price is missing"
	for what, x := range map[string]struct {
		market, email, reason string
		minutes               int64
		status                int
		code, field           string
	}{
		"no reason":         {"steel", who, "because", 30, 422, "identity.impersonation_wrong", "reason"},
		"blanks":            {"steel", who, "             ", 30, 422, "identity.impersonation_wrong", "reason"},
		"no address":        {"steel", "", why, 30, 422, "identity.impersonation_wrong", "email"},
		"nobody":            {"steel", "nobody@steel.example", why, 30, 422, "identity.impersonation_wrong", "email"},
		"another market's":  {"pharma", who, why, 30, 422, "identity.impersonation_wrong", "email"},
		"too short":         {"steel", who, why, 4, 422, "http.invalid", "minutes"},
		"too long":          {"steel", who, why, 61, 422, "http.invalid", "minutes"},
		"as long as it can": {"steel", who, why, 1<<63 - 1, 422, "http.invalid", "minutes"},
		"the platform's":    {"platform", "admin@platform.example", why, 30, 422, "identity.impersonation_wrong", ""},
		"no market":         {"nowhere", who, why, 30, 404, "tenancy.tenant_not_found", ""},
	} {
		p := apptest.Refused(t, begins(t, admin, x.market, x.email, x.reason, x.minutes), nil, x.status, x.code)
		fields := ""
		for _, f := range apptest.Some(p.Fields) {
			fields += f.Path
		}
		if !strings.Contains(fields, x.field) || x.field == "" && fields != "" {
			t.Errorf("%s names %q", what, fields)
		}
	}
	for market, email := range map[string]string{"steel": "operator@steel.example", "procure": "operator@procure.example"} {
		apptest.Refused(t, begins(t, h.Client(t, market, email), "steel", who, why, 30), nil, http.StatusForbidden, "http.role_missing")
	}
	stale := h.Client(t, "platform", "admin@platform.example")
	hash := identity.HashToken(stale.Token)
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions SET proved_at = now() - interval '6 minutes', created_at = now() - interval '1 hour' WHERE token_hash = $1`, hash[:]); err != nil {
		t.Fatal(err)
	}
	apptest.Refused(t, begins(t, stale, "steel", who, why+" and more", 30), nil, http.StatusForbidden, "identity.step_up")
	if n := told(t, h, "platform", `action = 'identity.person.impersonate' AND data->>'reason' = '`+why+` and more'`); n != 0 {
		t.Errorf("who did not prove himself is on record as if he began: %d", n)
	}
	var n int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM identity_impersonations WHERE reason LIKE 'ticket 0816%' OR reason = 'because'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d were begun, %v", n, err)
	}
}

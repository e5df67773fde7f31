package platform_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

const steelPage = "/platform/tenants/steel"

var linkToMarket = regexp.MustCompile(`href="http://steel\.localhost[^"]*?(/impersonation\?ticket=[^"]+)"`)

// prepared is the market's address with a ticket in it.
func prepared(t *testing.T, admin *surfacetest.Browser, who string) string {
	t.Helper()
	admin.Get(steelPage)
	p := admin.Post(steelPage+"/impersonate", "guise_email", who, "minutes", "15", "guise_reason", "ticket 4711: the price is missing")
	m := linkToMarket.FindStringSubmatch(p.Body)
	if p.Status != http.StatusOK || m == nil {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	return m[1]
}

// enteredAs is somebody of the platform's in the name of a market's person.
func enteredAs(t *testing.T, h *apptest.House, admin *surfacetest.Browser, who string) *surfacetest.Browser {
	t.Helper()
	to := prepared(t, admin, who)
	b := surfacetest.New(t, h, "steel", "en")
	if p := b.Get(to); p.Status != http.StatusOK || !p.Shows("Act in the name of", "ticket 4711", "admin@platform.example") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/impersonation", "ticket", strings.TrimPrefix(to, "/impersonation?ticket=")); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	return b
}

func TestWhoActsInAnothersNameIsSeenAndRecordedUnderBoth(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := surfacetest.As(t, h, "platform", "en", "admin")
	to := prepared(t, admin, "buyer3@steel.example")
	b := surfacetest.New(t, h, "steel", "en")
	b.Get(to)
	ticket := strings.TrimPrefix(to, "/impersonation?ticket=")
	if p := b.Post("/impersonation", "ticket", ticket); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := surfacetest.New(t, h, "steel", "en").Post("/impersonation", "ticket", ticket); p.Status != http.StatusNotFound {
		t.Errorf("a ticket opened twice: %d %s", p.Status, p.Text())
	}
	if p := surfacetest.New(t, h, "pharma", "en").Get(to); p.Status != http.StatusNotFound {
		t.Errorf("a ticket of another market: %d", p.Status)
	}
	for _, path := range []string{"/buyer", "/", "/account", "/buyer/rfqs"} {
		if p := b.Get(path); p.Status != http.StatusOK || !strings.Contains(p.Body, "You act in the name of") || !strings.Contains(p.Body, "admin@platform.example") {
			t.Errorf("%s does not say who looks at it: %d", path, p.Status)
		}
	}
	b.Get("/account")
	if p := b.Post("/messages/read"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	b.Get("/account")
	if p := b.Post("/sign-out"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get("/account"); p.Status == http.StatusOK {
		t.Error("the session goes on after its end")
	}
	count := func(sql string) (n int) {
		t.Helper()
		if err := h.DB.Ops(t).QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const ofSteel, ofPlatform = ` AND tenant_id = (SELECT id FROM tenancy_tenants WHERE slug = 'steel')`, ` AND tenant_id = (SELECT id FROM tenancy_tenants WHERE slug = 'platform')`
	for what, sql := range map[string]string{
		"the platform's own":  `SELECT count(*) FROM audit_entries WHERE action = 'identity.person.impersonate' AND data->>'market' = 'steel' AND data->>'email' = 'buyer3@steel.example' AND data->>'reason' LIKE 'ticket 4711%'` + ofPlatform,
		"the market's":        `SELECT count(*) FROM audit_entries WHERE action = 'identity.person.impersonate' AND data->>'by' = 'admin@platform.example'` + ofSteel,
		"the session's":       `SELECT count(*) FROM audit_entries WHERE action = 'identity.session.create' AND data->>'by' = 'admin@platform.example' AND data ? 'impersonation'` + ofSteel,
		"the end's":           `SELECT count(*) FROM audit_entries WHERE action = 'identity.impersonation_ended.v1' AND actor_name LIKE 'buyer3@steel.example impersonated by admin@platform.example under %'` + ofSteel,
		"the operators' news": `SELECT count(*) FROM event_outbox WHERE name = 'identity.impersonation_begun.v1' AND data->>'by' = 'admin@platform.example' AND data->>'reason' LIKE 'ticket 4711%'` + ofSteel,
	} {
		if count(sql) == 0 {
			t.Errorf("%s record says nothing", what)
		}
	}
	if p := admin.Get(steelPage); !p.Shows("Who acted in people's names", "ticket 4711", "Ended") {
		t.Error("the platform's list does not tell it")
	}
	if p := surfacetest.As(t, h, "steel", "en", "operator").Get("/operator/people"); !p.Shows("Who acted in people's names", "ticket 4711", "admin@platform.example") {
		t.Error("the market's operator is not told who was there")
	}
}

// What is the person's alone stays shut: every route that says so, and every one whose path
// speaks of credentials or of money that leaves.
func TestWhoActsInAnothersNameTouchesNeitherCredentialsNorMoney(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := surfacetest.As(t, h, "platform", "en", "admin")
	guises := []*surfacetest.Browser{enteredAs(t, h, admin, "operator@steel.example"), enteredAs(t, h, admin, "seller@steel.example")}
	sensitive := regexp.MustCompile(`password|second-factor|/security|payout|/account/keys|/keys|service-accounts|sso-connections|/account/sso/|releases?/\{id\}/decide|proof|/account/confirm|consent|/roles(/save)?$|/operator/export|people/\{id\}/disable`)
	open := regexp.MustCompile(`^/api/v1/password-resets|preview|/sso-connections/\{id\}/domains/\{domain\}/check|/account/sso/\{id\}/domains/\{domain\}/check`)
	tried, refused := 0, 0
	for _, r := range h.Web.Table() {
		if r.Method == http.MethodGet || strings.HasPrefix(r.Path, "/platform") {
			continue
		}
		if !r.InPerson && sensitive.MatchString(r.Path) && !open.MatchString(r.Path) {
			t.Errorf("%s %s is open to whoever acts in another's name", r.Method, r.Path)
		}
		if !r.InPerson || r.API || r.Method != http.MethodPost {
			continue
		}
		path := regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(r.Path, "01890000-0000-7000-8000-000000000000")
		tried++
		for _, b := range guises {
			b.Get("/account")
			if p := b.Post(path); p.Status == http.StatusForbidden && strings.Contains(p.Body, "identity.in_person") {
				refused++
				break
			} else if p.Status < 400 {
				t.Errorf("%s: %d to %q", path, p.Status, p.Location)
			}
		}
	}
	if refused < tried || tried < 20 {
		t.Errorf("%d of %d pages were refused to a guise", refused, tried)
	}
	if p := guises[0].Get("/account/confirm?next=/account/security"); p.Status != http.StatusForbidden {
		t.Errorf("a guise may prove that it is the person: %d", p.Status)
	}
}

func TestAnImpersonationIsAskedForWithAReasonAndEndedByEitherSide(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := surfacetest.As(t, h, "platform", "en", "admin")
	for what, form := range map[string][]string{
		"no reason":  {"guise_email", "buyer3@steel.example", "minutes", "15", "guise_reason", "because"},
		"too long":   {"guise_email", "buyer3@steel.example", "minutes", "600", "guise_reason", "ticket 4711: the price is missing"},
		"nobody":     {"guise_email", "nobody@steel.example", "minutes", "15", "guise_reason", "ticket 4711: the price is missing"},
		"no address": {"guise_email", "", "minutes", "15", "guise_reason", "ticket 4711: the price is missing"},
	} {
		admin.Get(steelPage)
		if p := admin.Post(steelPage+"/impersonate", form...); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", what, p.Status, p.Text())
		}
	}
	operator := surfacetest.As(t, h, "steel", "en", "operator")
	for what, end := range map[string]func() surfacetest.Page{
		"the market": func() surfacetest.Page {
			p := operator.Get("/operator/people")
			return operator.Post(regexp.MustCompile(`/operator/impersonations/[0-9a-f-]+/end`).FindString(p.Body))
		},
		"the platform": func() surfacetest.Page {
			p := admin.Get(steelPage)
			return admin.Post(regexp.MustCompile(steelPage + `/impersonations/[0-9a-f-]+/end`).FindString(p.Body))
		},
	} {
		b := enteredAs(t, h, admin, "buyer2@steel.example")
		if p := b.Get("/account"); p.Status != http.StatusOK {
			t.Fatalf("%d", p.Status)
		}
		if p := end(); p.Status != http.StatusSeeOther {
			t.Errorf("%s cannot end it: %d %s", what, p.Status, p.Text())
		}
		if p := b.Get("/account"); p.Status == http.StatusOK {
			t.Errorf("it goes on although %s ended it", what)
		}
	}
	const hers = `person_id = (SELECT id FROM identity_people p WHERE p.tenant_id = x.tenant_id AND p.email = 'seller2@steel.example')`
	to := prepared(t, admin, "seller2@steel.example")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_impersonations x SET ticket_until = now() - interval '1 second' WHERE `+hers); err != nil {
		t.Fatal(err)
	}
	if p := surfacetest.New(t, h, "steel", "en").Get(to); p.Status != http.StatusNotFound {
		t.Errorf("a ticket that is too old: %d", p.Status)
	}
	late := enteredAs(t, h, admin, "seller2@steel.example")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions x SET expires_at = now() - interval '1 second' WHERE guise_id IS NOT NULL AND `+hers); err != nil {
		t.Fatal(err)
	}
	if p := late.Get("/account"); p.Status == http.StatusOK {
		t.Error("it goes on when its time is up")
	}
	for _, who := range []string{"operator", "buyer"} {
		b := surfacetest.As(t, h, "steel", "en", who)
		b.Get("/account")
		if p := b.Post(steelPage+"/impersonate", "guise_email", "buyer3@steel.example", "minutes", "15", "guise_reason", "ticket 4711: the price is missing"); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
			t.Errorf("%s of a market: %d", who, p.Status)
		}
	}
}

package account_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
	"github.com/kontorhq/kontor/tenants"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

func count(t *testing.T, h *apptest.House, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := h.DB.Ops(t).QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheDoorSaysTheSameToWrongPasswordsAndStrangers(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	said := map[string]bool{}
	for _, who := range []string{"seller4@steel.example", "nobody@steel.example"} {
		b := surfacetest.New(t, h, "steel", "en")
		if p := b.Get("/sign-in?next=/i/HEB200"); p.Value("next") != "/i/HEB200" {
			t.Errorf("the door forgot where one wanted to go: %q", p.Value("next"))
		}
		p := b.Post("/sign-in", "email", who, "password", "wrong-but-long-enough")
		if p.Status != http.StatusUnprocessableEntity || !p.Shows("The e-mail address or the password is wrong.") {
			t.Errorf("%s: %d %s", who, p.Status, p.Text())
		}
		if strings.Contains(p.Body, "wrong-but-long") {
			t.Error("the password is shown again")
		}
		said[strings.ReplaceAll(p.Text(), who, "")] = true
	}
	if len(said) != 1 {
		t.Error("the answers tell who has an account")
	}
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for next, want := range map[string]string{"/cart": "/cart", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/"} {
		b := surfacetest.New(t, h, "steel", "en")
		b.Get("/sign-in")
		if p := b.Post("/sign-in", "email", "seller5@steel.example", "password", tenants.DemoPassword, "next", next); p.Location != want {
			t.Errorf("next %q leads to %q, want %q", next, p.Location, want)
		}
	}
	b := surfacetest.As(t, h, "steel", "en", "operator")
	if p := b.Get("/sign-in"); p.Status != http.StatusSeeOther {
		t.Errorf("the door stands open to one who is inside: %d", p.Status)
	}
	b.Get("/account")
	if p := b.Post("/sign-out"); p.Status != http.StatusSeeOther || b.Get("/account").Status != http.StatusSeeOther {
		t.Error("signed out, and still in")
	}
}

func TestADemonstrationOffersItsPeople(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	if p := surfacetest.New(t, h, "steel", "zh-CN").Get("/sign-in"); !p.Shows("体验账号", "周建平", "采购员，恒筑远建设") {
		t.Errorf("the door: %s", p.Text())
	}
	if p := surfacetest.New(t, h, "procure", "en").Get("/sign-in"); !p.Shows("Jonas Brandt", "Accounts are given out by the operator") {
		t.Errorf("the door: %s", p.Text())
	}
}

// application is a good one; pairs after it replace fields.
func application(over ...string) []string {
	m := map[string]string{
		"country": "DE", "name": "Beispiel Stahlbau GmbH", "reg_kind": "vat", "reg_no": "DE136695976", "city": "Kassel", "buys": "1", "terms": "1",
		"person.name": "Petra Beispiel", "person.email": "petra@beispiel.example", "person.password": "vier Pferde tragen Stahl", "person.again": "vier Pferde tragen Stahl",
	}
	for i := 0; i+1 < len(over); i += 2 {
		m[over[i]] = over[i+1]
	}
	var out []string
	for k, v := range m {
		if v != "" {
			out = append(out, k, v)
		}
	}
	return out
}

func TestACompanyAppliesAndComplaintsStandBesideTheirFields(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	if p := b.Get("/sign-up"); !p.Shows("Where is the company registered?") {
		t.Fatalf("first step: %s", p.Text())
	}
	for country, kind := range map[string]string{"CN": "Unified social credit code", "US": "Employer identification number", "DE": "VAT number", "JP": "Another register"} {
		if p := b.Get("/sign-up?country=" + country); !p.Shows(kind) {
			t.Errorf("%s is not asked for its %s", country, kind)
		}
	}
	people := `SELECT count(*) FROM identity_people WHERE email = $1`
	for field, over := range map[string][]string{
		"reg_no": {"reg_no", "DE136695977"}, "name": {"name", ""}, "person.again": {"person.again", "another"}, "terms": {"terms", ""},
		"person.password": {"person.password", "password", "person.again", "password"}, "person.email": {"person.email", "petra"}, "buys": {"buys", ""},
	} {
		p := b.Post("/sign-up", application(over...)...)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `id="f-`+strings.ReplaceAll(field, ".", "-")+`-e"`) {
			t.Errorf("%s: %d, no complaint beside it", field, p.Status)
		}
		if strings.Contains(p.Body, "vier Pferde") {
			t.Errorf("%s: the password is shown again", field)
		}
	}
	if n := count(t, h, people, "petra@beispiel.example"); n != 0 {
		t.Fatalf("%d people were stored by refused applications", n)
	}
	if p := b.Post("/sign-up", application("name", "<script>alert(1)</script>", "reg_no", "x")...); strings.Contains(p.Body, "<script>alert") {
		t.Error("a script in a name runs")
	}
	p := b.Post("/sign-up", application()...)
	if p.Status != http.StatusSeeOther || p.Location != "/sign-in" {
		t.Fatalf("a good application: %d %s", p.Status, p.Text())
	}
	if n := count(t, h, people, "petra@beispiel.example"); n != 1 {
		t.Fatalf("%d people", n)
	}
	if p := b.Get("/sign-in"); !p.Shows("Your application has been received") {
		t.Errorf("nothing is said: %s", p.Text())
	}
	b.Post("/sign-in", "email", "petra@beispiel.example", "password", "vier Pferde tragen Stahl")
	if p := b.Get("/account"); !p.Shows("Petra Beispiel", "Beispiel Stahlbau GmbH", "Awaiting admission") {
		t.Errorf("account: %s", p.Text())
	}
}

func TestAKnownAddressIsNotGivenAway(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	b.Get("/sign-up?country=DE")
	before := count(t, h, `SELECT count(*) FROM parties_orgs`)
	p := b.Post("/sign-up", application("person.email", "buyer@steel.example", "reg_no", "DE129273398", "name", "Zweite GmbH")...)
	if p.Status != http.StatusSeeOther || p.Location != "/sign-in" {
		t.Errorf("a known address: %d %s", p.Status, p.Text())
	}
	if n := count(t, h, `SELECT count(*) FROM parties_orgs`); n > before+1 || count(t, h, `SELECT count(*) FROM parties_orgs WHERE name = 'Zweite GmbH'`) != 0 {
		t.Errorf("a company was stored for somebody else's address: %d, %d before", n, before)
	}
}

func TestAnInvitedMarketTakesNoApplications(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "procure", "en")
	if p := b.Get("/sign-up?country=DE"); !p.Shows("By invitation") {
		t.Errorf("the form is shown: %s", p.Text())
	}
	if p := b.Post("/sign-up", application("person.email", "eve@beispiel.example", "reg_no", "DE811115368")...); p.Status < 400 {
		t.Errorf("an application was taken: %d", p.Status)
	}
	if n := count(t, h, `SELECT count(*) FROM identity_people WHERE email = 'eve@beispiel.example'`); n != 0 {
		t.Error("and stored")
	}
}

func TestMessagesAreOnesOwnAndLeadWhereTheyPoint(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "buyer2")
	if p := b.Get("/messages"); p.Status != http.StatusOK || !p.Shows("Messages") {
		t.Fatalf("messages: %d", p.Status)
	}
	for _, id := range []string{"x", "01a204d9-b92b-7001-b387-fd83f205b280"} {
		if p := b.Post("/messages/"+id, "link", "/cart"); p.Status != http.StatusNotFound {
			t.Errorf("message %s: %d", id, p.Status)
		}
	}
	if p := b.Post("/messages/read"); p.Location != "/messages" {
		t.Errorf("read all: %d", p.Status)
	}
}

func TestCompaniesAndSessionsOfOthersAreOutOfReach(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "seller3")
	var foreign string
	if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT o.id::text FROM parties_orgs o JOIN tenancy_tenants t ON t.id = o.tenant_id
		WHERE t.slug = 'steel' AND NOT EXISTS (SELECT 1 FROM parties_members m JOIN identity_people p ON p.id = m.person_id WHERE m.org_id = o.id AND p.email = 'seller3@steel.example') LIMIT 1`).Scan(&foreign); err != nil {
		t.Fatal(err)
	}
	b.Get("/account")
	for _, to := range []string{foreign, "", "x"} {
		if p := b.Post("/account/company", "company", to); p.Status != http.StatusNotFound {
			t.Errorf("company %q: %d", to, p.Status)
		}
	}
	if p := b.Post("/account/sessions/01a204d9-b92b-7001-b387-fd83f205b280/end"); p.Status != http.StatusNotFound {
		t.Errorf("a foreign session: %d", p.Status)
	}
}

func TestADemonstrationsMailboxShowsLettersThatMayDoNothing(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	ctx := context.Background()
	if _, err := h.DB.Ops(t).Exec(ctx, `INSERT INTO notify_mails (tenant_id, id, recipient, subject, body_text, body_html, state, created_at)
		SELECT id, gen_random_uuid(), 'mia@steel.example', 'An <odd> letter', 'plain', '<b>bold</b><script>alert(1)</script>', 'sent', now() FROM tenancy_tenants WHERE slug = 'steel'`); err != nil {
		t.Fatal(err)
	}
	b := surfacetest.New(t, h, "steel", "en")
	list := b.Get("/mail?to=mia@steel.example")
	if !list.Shows("An <odd> letter", "letters are kept here") {
		t.Fatalf("the mailbox: %s", list.Text())
	}
	_, rest, _ := strings.Cut(list.Body, `href="/mail/`)
	which, _, _ := strings.Cut(rest, `?`)
	p := b.Get("/mail/" + which)
	if !strings.Contains(p.Body, `<iframe class="letter" sandbox`) || strings.Contains(p.Body, "<script>alert") || !strings.Contains(p.Body, "&lt;b&gt;bold") {
		t.Errorf("the letter is not caged: %s", p.Body)
	}
	if p := surfacetest.New(t, h, "pharma", "en").Get("/mail/" + which); p.Status != http.StatusNotFound {
		t.Errorf("another market shows it: %d", p.Status)
	}
}

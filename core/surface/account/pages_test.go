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

// draftOf begins an application, and answers its token.
func draftOf(t *testing.T, b *surfacetest.Browser, country string) string {
	t.Helper()
	b.Get("/sign-up")
	p := b.Post("/sign-up/draft", "country", country)
	_, token, ok := strings.Cut(strings.TrimSuffix(p.Location, "&step=company"), "draft=")
	if p.Status != http.StatusSeeOther || !ok {
		t.Fatalf("begin: %d %s", p.Status, p.Location)
	}
	return token
}

// step sends one step and answers where it leads.
func step(b *surfacetest.Browser, token, name string, kv ...string) surfacetest.Page {
	b.Get("/sign-up?draft=" + token + "&step=" + name)
	return b.Post("/sign-up/draft", append([]string{"draft", token, "step", name}, kv...)...)
}

// filled is an application that wants only to be sent.
func filled(t *testing.T, b *surfacetest.Browser, name, vat string) string {
	t.Helper()
	token := draftOf(t, b, "DE")
	for _, s := range [][]string{
		{"company", "name", name, "reg_kind", "vat", "reg_no", vat, "facts.legal_form", "GmbH"},
		{"address", "city", "Kassel", "address", "Werk 1"},
		{"roles", "buys", "1"},
		{"papers", "facts.papers", "Handelsregisterauszug"},
	} {
		if p := step(b, token, s[0], s[1:]...); p.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", s[0], p.Status, p.Text())
		}
	}
	return token
}

const secretPhrase = "vier Pferde tragen Stahl"

// send is the last step; pairs replace fields.
func send(b *surfacetest.Browser, token string, over ...string) surfacetest.Page {
	m := map[string]string{"draft": token, "terms": "1", "person.name": "Petra Beispiel", "person.email": "petra@beispiel.example", "person.password": secretPhrase, "person.again": secretPhrase}
	for i := 0; i+1 < len(over); i += 2 {
		m[over[i]] = over[i+1]
	}
	var kv []string
	for k, v := range m {
		if v != "" {
			kv = append(kv, k, v)
		}
	}
	b.Get("/sign-up?draft=" + token + "&step=review")
	return b.Post("/sign-up", kv...)
}

func beside(p surfacetest.Page, field string) bool {
	return p.Status == http.StatusUnprocessableEntity && strings.Contains(p.Body, `id="f-`+strings.NewReplacer(".", "-").Replace(field)+`-e"`)
}

func TestEveryCountryIsAskedForItsOwnNumbers(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	if p := b.Get("/sign-up"); !p.Shows("Where is the company registered?") {
		t.Fatalf("first step: %s", p.Text())
	}
	for country, words := range map[string][]string{
		"CN": {"Unified social credit code", "Legal representative"}, "US": {"Employer identification number", "State of incorporation"},
		"DE": {"VAT number", "Commercial register number"}, "GB": {"Company number"}, "CH": {"UID number"}, "JP": {"Corporate number"}, "IN": {"Legal entity identifier", "D-U-N-S"},
	} {
		if p := b.Get("/sign-up?draft=" + draftOf(t, b, country) + "&step=company"); !p.Shows(words...) {
			t.Errorf("%s is not asked for %v: %s", country, words, p.Text())
		}
	}
	if p := b.Post("/sign-up/draft", "country", "QQ"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("no country: %d", p.Status)
	}
	if p := b.Get("/sign-up?draft=" + strings.Repeat("x", 43)); p.Status != http.StatusNotFound {
		t.Errorf("a made-up draft: %d", p.Status)
	}
}

func TestACompanyAppliesInStepsThatAreKept(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	token := draftOf(t, b, "DE")
	for field, over := range map[string][]string{"reg_no": {"name", "X", "reg_kind", "vat", "reg_no", "DE136695977"}, "name": {"name", "", "reg_kind", "vat", "reg_no", "DE136695976"}, "also_no": {"name", "X", "reg_kind", "vat", "reg_no", "DE136695976", "also_no", "Atlantis HRB 1"}} {
		if p := step(b, token, "company", over...); !beside(p, field) {
			t.Errorf("%s: %d, no complaint beside it: %s", field, p.Status, p.Text())
		}
	}
	if p := step(b, token, "company", "name", "<script>alert(1)</script>", "reg_kind", "vat", "reg_no", "x"); strings.Contains(p.Body, "<script>alert") || p.Value("reg_no") != "x" {
		t.Error("a script in a name runs, or what was typed is gone")
	}
	if p := surfacetest.New(t, h, "steel", "en").Get("/sign-up?draft=" + token + "&step=company"); p.Value("reg_no") != "x" {
		t.Errorf("another day, another browser: %q", p.Value("reg_no"))
	}
	token = filled(t, b, "Beispiel Stahlbau GmbH", "DE136695976")
	if p := step(b, token, "roles"); !beside(p, "buys") {
		t.Errorf("neither buys nor sells: %d", p.Status)
	}
	step(b, token, "roles", "buys", "1")
	if p := b.Get("/sign-up?draft=" + token); !p.Shows("Beispiel Stahlbau GmbH", "DE136695976", "Kassel", "Handelsregisterauszug", "We want to buy") {
		t.Errorf("the review: %s", p.Text())
	}
	people := `SELECT count(*) FROM identity_people WHERE email = 'petra@beispiel.example'`
	for field, over := range map[string][]string{
		"person.again": {"person.again", "another"}, "terms": {"terms", ""}, "person.password": {"person.password", "password", "person.again", "password"}, "person.email": {"person.email", "petra"},
	} {
		p := send(b, token, over...)
		if !beside(p, field) || strings.Contains(p.Body, "vier Pferde") {
			t.Errorf("%s: %d, no complaint beside it, or the password is shown again", field, p.Status)
		}
	}
	if n := count(t, h, people); n != 0 {
		t.Fatalf("%d people were stored by refused applications", n)
	}
	if p := send(b, token); p.Status != http.StatusSeeOther || p.Location != "/sign-in" {
		t.Fatalf("a good application: %d %s", p.Status, p.Text())
	}
	if n := count(t, h, people); n != 1 {
		t.Fatalf("%d people", n)
	}
	if p := b.Get("/sign-in"); !p.Shows("Your application has been received") {
		t.Errorf("nothing is said: %s", p.Text())
	}
	if p := b.Get("/sign-up?draft=" + token); p.Status != http.StatusNotFound {
		t.Errorf("a sent application is still under way: %d", p.Status)
	}
	b.Get("/sign-in")
	b.Post("/sign-in", "email", "petra@beispiel.example", "password", secretPhrase)
	if p := b.Get("/account"); !p.Shows("Petra Beispiel", "Beispiel Stahlbau GmbH", "Awaiting admission") {
		t.Errorf("account: %s", p.Text())
	}
	var org string
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT id::text FROM parties_orgs WHERE name = 'Beispiel Stahlbau GmbH'`).Scan(&org); err != nil {
		t.Fatal(err)
	}
	if p := surfacetest.As(t, h, "steel", "en", "operator").Get("/operator/companies/" + org); !p.Shows("Told in the application", "GmbH", "Handelsregisterauszug") {
		t.Errorf("the operator sees: %s", p.Text())
	}
}

// Who finds his company here already may ask to join, and hears nothing of who is in it.
func TestATakenNumberLeadsToAskingToJoin(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	var no string
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT o.reg_no FROM parties_orgs o JOIN parties_members m ON m.tenant_id = o.tenant_id AND m.org_id = o.id
		JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id WHERE p.email = 'buyer2@steel.example' AND o.reg_kind = 'uscc' ORDER BY m.created_at LIMIT 1`).Scan(&no); err != nil {
		t.Fatal(err)
	}
	token := draftOf(t, b, "CN")
	p := step(b, token, "company", "name", "Mine too", "reg_kind", "uscc", "reg_no", no)
	if p.Status != http.StatusConflict || !p.Shows("A company with this number is registered already.", "Is this your company?") || strings.Contains(p.Body, "buyer2@") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/sign-up/join", "draft", token, "name", "Lin", "email", "nothing"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without an address: %d", p.Status)
	}
	if p := b.Post("/sign-up/join", "draft", token, "name", "Lin", "email", "lin@bridge.example"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if n := count(t, h, `SELECT count(*) FROM event_outbox WHERE name = 'parties.join_asked.v1' AND data->>'email' = 'lin@bridge.example'`); n != 1 {
		t.Errorf("%d administrators' companies were told", n)
	}
	if p := b.Post("/sign-up/join", "draft", token, "name", "Lin", "email", "lin@bridge.example"); p.Status != http.StatusNotFound {
		t.Errorf("one application asks once: %d", p.Status)
	}
}

func TestAKnownAddressIsNotGivenAway(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	p := send(b, filled(t, b, "Zweite GmbH", "DE129273398"), "person.email", "buyer@steel.example")
	if p.Status != http.StatusSeeOther || p.Location != "/sign-in" {
		t.Errorf("a known address: %d %s", p.Status, p.Text())
	}
	if count(t, h, `SELECT count(*) FROM parties_orgs WHERE name = 'Zweite GmbH'`) != 0 {
		t.Error("a company was stored for somebody else's address")
	}
}

func TestAnInvitedMarketTakesNoApplications(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "procure", "en")
	if p := b.Get("/sign-up"); !p.Shows("By invitation") {
		t.Errorf("the form is shown: %s", p.Text())
	}
	for path, kv := range map[string][]string{"/sign-up/draft": {"country", "DE"}, "/sign-up": {"draft", strings.Repeat("x", 43), "person.email", "eve@beispiel.example", "terms", "1"}} {
		if p := b.Post(path, kv...); p.Status < 400 {
			t.Errorf("%s was taken: %d", path, p.Status)
		}
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

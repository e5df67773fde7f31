package partieshttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/identity/identitydb"
	"github.com/kontorhq/kontor/core/identity/identityhttp"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/parties/partiesdb"
	"github.com/kontorhq/kontor/core/parties/partieshttp"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/platform/web/webdb"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
	"github.com/kontorhq/kontor/core/tenancy/tenancyhttp"
	"github.com/kontorhq/kontor/policies"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type silent struct{}

func (silent) Append(context.Context, ...event.Event) error { return nil }

func (silent) Record(context.Context, audit.Entry) error { return nil }

// town is two marketplaces and the platform behind one real edge and database: the door,
// the companies and the tenants, with no part of them faked.
type town struct {
	web     *web.Server
	tenants *tenancy.Service
	people  *identity.Service
	parties *parties.Service
	slug    string
}

func (w *town) ByHost(ctx context.Context, host string) (web.Site, error) {
	t, err := w.tenants.ByHost(ctx, host)
	if err != nil {
		return web.Site{}, err
	}
	return web.Site{
		Tenant: t.ID, Slug: t.Slug, Host: t.CanonicalHost(), Kind: string(t.Kind), Locales: t.Settings.Locales,
		DefaultLocale: t.Settings.DefaultLocale, LoginRequired: t.Settings.LoginRequired, State: string(t.State),
	}, nil
}

func (w *town) Resolve(ctx context.Context, s web.Site, token string) (caller.Caller, error) {
	return w.people.Resolve(ctx, s.Tenant, token)
}

func build(t *testing.T) *town {
	t.Helper()
	db := pgtest.New(t)
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: gate.NewDB(db.DB)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	w := &town{slug: "s" + id.Org{}.New().String()}
	w.tenants = tenancy.New(tenancy.Deps{Store: tenancydb.New(db.DB), Unit: db.DB, Gate: g, Events: silent{}, Audit: silent{}, Verticals: g.Verticals()})
	w.tenants.OnChange(g.Invalidate)
	w.people = identity.New(identity.Deps{
		Store: identitydb.New(db.DB), Unit: db.DB, Gate: g, Events: silent{}, Audit: silent{}, Tenants: w.tenants,
		Passwords: identity.NewPasswords(identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}),
	})
	sealer, err := vault.New(db.DB, []byte("the master key of the companies' API"), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.parties = parties.New(parties.Deps{Store: partiesdb.New(db.DB, contact.New(db.DB, sealer)), Unit: db.DB, Gate: g, Roles: g, Events: silent{}, People: w.people, Tenants: w.tenants, Letters: drawer{}, Vault: sealer})
	for name, kind := range map[string]tenancy.Kind{"a": tenancy.Open, "b": tenancy.Open, "p": tenancy.Platform} {
		slug := name + "-" + w.slug
		made, _, err := w.tenants.Apply(context.Background(), tenancy.Blueprint{
			Slug: slug, Kind: kind, Name: map[string]string{"en": slug},
			Hosts:    []tenancy.Host{{Name: name + "." + w.slug + ".localhost", Canonical: true}},
			Settings: tenancy.Settings{Locales: []string{"en", "zh-CN"}, DefaultLocale: "en", Currency: "EUR", TimeZone: "UTC"},
		})
		if err != nil {
			t.Fatal(err)
		}
		staff := map[bool]string{true: identity.StaffPlatform, false: identity.StaffOperator}[kind == tenancy.Platform]
		if _, err := w.people.SignUp(caller.AsSystem(context.Background(), made.ID, "test"), identity.SignUpInput{Email: "staff@x.example", Name: "Staff", Password: secret, StaffRole: staff}); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := webdb.New([]byte("the master key of the companies' API"))
	if err != nil {
		t.Fatal(err)
	}
	w.web, err = web.New(web.Config{Sites: w, Sessions: w, Roles: g, Unit: db, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, routes := range [][]web.Route{identityhttp.Routes(w.people), partieshttp.Routes(w.parties), tenancyhttp.Routes(w.tenants)} {
		if err := w.web.Mount(routes...); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

const secret = "correct horse battery"

type object = map[string]any

// ask sends JSON to a shop and answers the status and the document.
func (w *town) ask(t *testing.T, shop, token, method, path string, body any) (int, object) {
	t.Helper()
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, "/api/v1"+path, &b)
	r.Host = shop + "." + w.slug + ".localhost"
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Idempotency-Key", id.Org{}.New().String())
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := w.web.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, _ := io.ReadAll(res.Body)
	doc := object{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatalf("%s %s: %d %q", method, path, res.StatusCode, raw)
		}
	}
	return res.StatusCode, doc
}

func (w *town) signIn(t *testing.T, shop, email string) string {
	t.Helper()
	status, doc := w.ask(t, shop, "", "POST", "/sessions", object{"email": email, "password": secret})
	if status != 201 {
		t.Fatalf("sign-in: %d %v", status, doc)
	}
	return doc["token"].(string)
}

// drawer is where letters end in this test.
type drawer struct{}

func (drawer) Write(_ context.Context, l identity.Letter) (identity.Written, error) {
	return identity.Written{URL: l.Path}, nil
}

func application(email, no string) object {
	return object{
		"company": object{"name": "Nordwerk GmbH", "country": "DE", "reg_kind": "vat", "reg_no": no, "buys": true, "sells": true},
		"person":  object{"email": email, "name": "Ada", "password": secret},
	}
}

func TestACompanyGoesFromTheFormToTrading(t *testing.T) {
	t.Parallel()
	w := build(t)
	if status, doc := w.ask(t, "a", "", "POST", "/registrations", application("ada@x.example", "DE136695976")); status != 202 || doc["status"] != "received" {
		t.Fatalf("%d %v", status, doc)
	}
	ada := w.signIn(t, "a", "ada@x.example")
	_, me := w.ask(t, "a", ada, "GET", "/me", nil)
	company := me["org_id"].(string)
	if d := cmp.Diff([]any{"admin", "buyer", "seller"}, me["roles"]); d != "" {
		t.Error(d)
	}
	staff := w.signIn(t, "a", "staff@x.example")
	_, waiting := w.ask(t, "a", staff, "GET", "/companies?state=submitted", nil)
	first := waiting["items"].([]any)[0].(object)
	if first["id"] != company || first["reg_no"] != "DE136695976" {
		t.Errorf("%v", first)
	}
	decision := object{"decision": "approved", "version": first["version"]}
	if status, doc := w.ask(t, "a", ada, "POST", "/companies/"+company+"/decision", decision); status != 403 {
		t.Errorf("admitted herself: %d %v", status, doc)
	}
	if status, doc := w.ask(t, "a", staff, "POST", "/companies/"+company+"/decision", decision); status != 200 || doc["state"] != "approved" {
		t.Errorf("%d %v", status, doc)
	}
	status, member := w.ask(t, "a", ada, "POST", "/companies/"+company+"/members", object{
		"email": "bob@x.example", "roles": []string{"buyer"}, "limit": object{"amount": "500.00", "currency": "EUR"},
	})
	if status != 201 || member["state"] != "open" || member["limit"].(object)["amount"] != "500.00" {
		t.Errorf("%d %v", status, member)
	}
	for path, body := range map[string]object{
		"units":        {"code": "OPS", "name": "Operations"},
		"cost-centres": {"code": "4711", "name": "Spares", "budget": object{"amount": "1000.00", "currency": "EUR"}, "from": "2026-01-01", "to": "2026-12-31"},
		"addresses":    {"label": "Gate 3", "country": "DE", "city": "Hamburg", "street": "Hafenstr. 3"},
		"licences":     {"kind": "dea_registration", "number": "RA1", "scope": []string{"CII"}, "valid_from": "2026-01-01", "valid_to": "2026-12-31"},
	} {
		if status, doc := w.ask(t, "a", ada, "POST", "/companies/"+company+"/"+path, body); status != 201 {
			t.Errorf("%s: %d %v", path, status, doc)
		}
		status, list := w.ask(t, "a", ada, "GET", "/companies/"+company+"/"+path, nil)
		items, _ := list["items"].([]any)
		if status != 200 || len(items) != 1 {
			t.Errorf("%s: %d %v", path, status, list)
		}
	}
	if status, _ := w.ask(t, "a", ada, "DELETE", "/sessions/current", nil); status >= 300 {
		t.Errorf("sign-out: %d", status)
	}
	if status, _ := w.ask(t, "a", ada, "GET", "/me", nil); status != 401 {
		t.Errorf("after signing out: %d", status)
	}
}

// The form and the door say the same about an address whether it has an account or not.
func TestTheFormDoesNotTellWhoTradesHere(t *testing.T) {
	t.Parallel()
	w := build(t)
	s1, new1 := w.ask(t, "a", "", "POST", "/registrations", application("ada@x.example", "DE136695976"))
	s2, known := w.ask(t, "a", "", "POST", "/registrations", application("ada@x.example", "DE129273398"))
	if s1 != s2 || cmp.Diff(new1, known) != "" {
		t.Errorf("%d %v, then %d %v", s1, new1, s2, known)
	}
	s1, wrong := w.ask(t, "a", "", "POST", "/sessions", object{"email": "ada@x.example", "password": "wrong horse battery"})
	s2, none := w.ask(t, "a", "", "POST", "/sessions", object{"email": "eve@x.example", "password": "wrong horse battery"})
	for _, doc := range []object{wrong, none} {
		delete(doc, "instance")
		delete(doc, "request_id")
	}
	if s1 != 401 || s1 != s2 || cmp.Diff(wrong, none) != "" {
		t.Errorf("%d %d %s", s1, s2, cmp.Diff(wrong, none))
	}
	staff := w.signIn(t, "a", "staff@x.example")
	_, l := w.ask(t, "a", staff, "GET", "/companies", nil)
	if n := len(l["items"].([]any)); n != 1 {
		t.Errorf("%d companies, want the first alone", n)
	}
}

// An administrator who adds an address learns nothing of it, now or from the list.
func TestAddingAMemberDoesNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.ask(t, "a", "", "POST", "/registrations", application("ada@x.example", "DE136695976"))
	ada := w.signIn(t, "a", "ada@x.example")
	_, me := w.ask(t, "a", ada, "GET", "/me", nil)
	path := "/companies/" + me["org_id"].(string) + "/members"
	var docs []object
	for _, email := range []string{"staff@x.example", "nobody@x.example"} {
		status, doc := w.ask(t, "a", ada, "POST", path, object{"email": email, "roles": []string{"buyer"}})
		if status != 201 {
			t.Fatalf("%s: %d %v", email, status, doc)
		}
		for _, its := range []string{"id", "email", "sent_at", "expires_at"} {
			delete(doc, its)
		}
		docs = append(docs, doc)
	}
	if d := cmp.Diff(docs[0], docs[1]); d != "" {
		t.Error(d)
	}
	if _, l := w.ask(t, "a", ada, "GET", path, nil); len(l["items"].([]any)) != 1 {
		t.Errorf("somebody acts for the company unasked: %v", l)
	}
}

func TestWhatIsNotOursIsAbsentWhereverWeLook(t *testing.T) {
	t.Parallel()
	w := build(t)
	w.ask(t, "a", "", "POST", "/registrations", application("ada@x.example", "DE136695976"))
	w.ask(t, "b", "", "POST", "/registrations", application("bea@x.example", "DE129273398"))
	ada, bea := w.signIn(t, "a", "ada@x.example"), w.signIn(t, "b", "bea@x.example")
	_, me := w.ask(t, "b", bea, "GET", "/me", nil)
	theirs, nobodys := me["org_id"].(string), id.Org{}.New().String()
	for _, c := range []struct {
		method, path string
		body         any
	}{
		{"GET", "/companies/%", nil},
		{"GET", "/companies/%/members", nil},
		{"GET", "/companies/%/units", nil},
		{"GET", "/companies/%/cost-centres", nil},
		{"GET", "/companies/%/addresses", nil},
		{"GET", "/companies/%/licences", nil},
		{"PUT", "/companies/%", object{"name_local": "", "city": "", "address": "", "about": object{}, "iban": "", "version": 1}},
		{"POST", "/companies/%/units", object{"code": "X", "name": "X"}},
		{"PUT", "/companies/%/members/" + nobodys, object{"roles": []string{"buyer"}}},
		{"DELETE", "/companies/%/members/" + nobodys, nil},
		{"DELETE", "/companies/%/addresses/" + nobodys, nil},
		{"PUT", "/me/org", object{"org_id": "%"}},
	} {
		fill := func(which string) (int, any) {
			raw, _ := json.Marshal(c.body)
			var body any
			_ = json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "%", which)), &body)
			status, doc := w.ask(t, "a", ada, c.method, strings.ReplaceAll(c.path, "%", which), body)
			return status, doc["code"]
		}
		s1, foreign := fill(theirs)
		s2, absent := fill(nobodys)
		if s1 != 404 || s1 != s2 || foreign != absent {
			t.Errorf("%s %s: %d %v for another market's, %d %v for nobody's", c.method, c.path, s1, foreign, s2, absent)
		}
	}
	if status, _ := w.ask(t, "a", bea, "GET", "/me", nil); status != 401 {
		t.Errorf("a token of another market: %d", status)
	}
}

func TestBadInputIsATypedProblem(t *testing.T) {
	t.Parallel()
	w := build(t)
	for name, body := range map[string]object{
		"one more field": func() object { a := application("x@x.example", "DE136695976"); a["staff_role"] = "operator"; return a }(),
		"a role for oneself": func() object {
			a := application("x@x.example", "DE136695976")
			a["person"].(object)["staff_role"] = "operator"
			return a
		}(),
		"a wrong check digit": application("x@x.example", "DE136695977"),
		"SQL in every field":  {"company": object{"name": "'; DROP TABLE x;--", "country": "';", "reg_kind": "vat", "reg_no": "' OR 1=1", "buys": true, "sells": true}, "person": object{"email": "' OR 1=1", "name": "x", "password": secret}},
		"nothing":             {},
		"a weak password":     {"company": application("", "DE136695976")["company"], "person": object{"email": "x@x.example", "name": "X", "password": "123"}},
		"a state of one's own": func() object {
			a := application("x@x.example", "DE136695976")
			a["company"].(object)["state"] = "approved"
			return a
		}(),
	} {
		status, doc := w.ask(t, "a", "", "POST", "/registrations", body)
		if status != 400 && status != 422 || doc["code"] == nil {
			t.Errorf("%s: %d %v", name, status, doc)
		}
	}
	staff := w.signIn(t, "a", "staff@x.example")
	if _, l := w.ask(t, "a", staff, "GET", "/companies", nil); len(l["items"].([]any)) != 0 {
		t.Errorf("something was stored: %v", l)
	}
}

func TestThePlatformSuspendsAMarketplaceAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	w := build(t)
	admin, operator := w.signIn(t, "p", "staff@x.example"), w.signIn(t, "a", "staff@x.example")
	path := "/platform/tenants/a-" + w.slug
	status, shop := w.ask(t, "p", admin, "GET", path, nil)
	if status != 200 || shop["state"] != "active" {
		t.Fatalf("%d %v", status, shop)
	}
	order := object{"state": "suspended", "note": "fraud report", "version": shop["version"]}
	if status, _ := w.ask(t, "a", operator, "POST", path+"/state", order); status != 403 {
		t.Errorf("an operator suspends: %d", status)
	}
	if status, doc := w.ask(t, "p", admin, "POST", path+"/state", order); status != 200 || doc["state"] != "suspended" {
		t.Fatalf("%d %v", status, doc)
	}
	if status, doc := w.ask(t, "p", admin, "POST", path+"/state", order); status != 409 {
		t.Errorf("the same version again: %d %v", status, doc)
	}
	status, l := w.ask(t, "p", admin, "GET", "/platform/tenants?limit=200", nil)
	if status != 200 || len(l["items"].([]any)) < 3 {
		t.Errorf("%d %v", status, l)
	}
}

package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	standard "github.com/elimity-com/scim/schema"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/scim"
	"github.com/kontorhq/kontor/core/sso"
)

// directory is a company's directory that calls a marketplace.
type directory struct {
	h          *apptest.House
	slug       string
	key        string
	domain     string
	connection id.SSOConnection
	org        id.Org
	admin      id.Person
	keeper     caller.Caller
}

// newDirectory connects the company that an administrator of a marketplace runs, with a proved
// domain of its own and a map of two groups.
func newDirectory(t *testing.T, h *apptest.House, slug, admin, domain string) *directory {
	t.Helper()
	d := &directory{h: h, slug: slug, domain: domain}
	tenant := tenantID(t, h, slug)
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT m.org_id, m.person_id FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
		WHERE m.tenant_id = $1 AND p.email = $2`, tenant.UUID(), admin+"@"+slug+".example").Scan((*[16]byte)(&d.org), (*[16]byte)(&d.admin)); err != nil {
		t.Fatal(err)
	}
	d.keeper = caller.Caller{Tenant: tenant, Kind: caller.Person, Person: d.admin, Name: admin, Org: d.org, Roles: []string{"admin", "buyer"}, Locale: "en"}
	return d.connect(t, []string{"buyer"}, sso.Mapping{Value: "Approvers", Role: "approver"}, sso.Mapping{Value: "Bosses", Role: "admin"})
}

// connect makes the keeper's connection with its proved domain, and the directory's key.
func (d *directory) connect(t *testing.T, roles []string, groups ...sso.Mapping) *directory {
	t.Helper()
	h, ctx := d.h, caller.With(t.Context(), d.keeper)
	x, err := h.SSO.Make(ctx, sso.Input{Name: "Entra " + d.domain, Issuer: "https://login.example.org", ClientID: "kontor", Secret: "hush", Roles: roles, RoleMap: groups})
	if err != nil {
		t.Fatal(err)
	}
	d.connection = x.ID
	if _, err := h.SSO.AddDomain(ctx, x.ID, d.domain); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET verified_at = now(), checked_at = now() WHERE connection_id = $1`, x.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	k, err := h.SCIM.MakeKey(ctx, x.ID, 30)
	if err != nil {
		t.Fatal(err)
	}
	d.key = k.Secret
	return d
}

// reply is an answer to a directory.
type reply struct {
	status int
	head   http.Header
	raw    string
	body   map[string]any
}

func (r reply) str(path ...string) string {
	var v any = r.body
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	s, _ := v.(string)
	return s
}

// call sends a request as a directory does. Pairs after the body are headers.
func (d *directory) call(t *testing.T, method, path, body string, head ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.h.Host(d.slug)+"/scim/v2"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.key)
	if body != "" {
		req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for i := 0; i+1 < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	res, err := d.h.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: res.StatusCode, head: res.Header, raw: string(raw)}
	if len(raw) == 0 {
		return out
	}
	if got := res.Header.Get("Content-Type"); got != "application/scim+json" {
		t.Errorf("%s %s speaks %q: %.200s", method, path, got, raw)
	}
	if err := json.Unmarshal(raw, &out.body); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
	}
	if out.status >= 400 && (out.str("status") != fmt.Sprint(out.status) || out.str("detail") == "" || !strings.Contains(out.raw, "urn:ietf:params:scim:api:messages:2.0:Error")) {
		t.Errorf("%s %s refuses in another form: %s", method, path, raw)
	}
	return out
}

func (d *directory) want(t *testing.T, r reply, status int, scimType string) reply {
	t.Helper()
	if r.status != status || r.str("scimType") != scimType {
		t.Fatalf("%d %q, want %d %q: %.400s", r.status, r.str("scimType"), status, scimType, r.raw)
	}
	return r
}

// user makes a person and answers his identifier.
func (d *directory) user(t *testing.T, name string) string {
	t.Helper()
	r := d.want(t, d.call(t, "POST", "/Users", d.entra(name)), 201, "")
	valid(t, standard.CoreUserSchema(), r.body)
	if r.head.Get("Location") != r.str("meta", "location") || r.head.Get("ETag") != r.str("meta", "version") || !strings.HasSuffix(r.head.Get("Location"), "/scim/v2/Users/"+r.str("id")) {
		t.Errorf("%v %s", r.head, r.raw)
	}
	return r.str("id")
}

// entra is a person as Microsoft Entra ID sends him.
func (d *directory) entra(name string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"ext-%[1]s","userName":"%[1]s@%[2]s","active":true,
		"addresses":null,"displayName":"%[1]s of Works","emails":[{"type":"work","value":"%[1]s@%[2]s","primary":true}],"meta":{"resourceType":"User"},"name":{"formatted":"given family","familyName":"family","givenName":"given"},
		"phoneNumbers":null,"preferredLanguage":null,"roles":[],"title":null,"department":"x"}`, name, d.domain)
}

// valid lets another's reading of the standard judge a resource.
func valid(t *testing.T, s standard.Schema, body map[string]any) {
	t.Helper()
	if _, err := s.Validate(body); err != nil {
		b, _ := json.Marshal(body)
		t.Errorf("another's validator says %v of %s", err, b)
	}
}

// roles are what a person is in the directory's company, nil for no member.
func (d *directory) roles(t *testing.T, address string) []string {
	t.Helper()
	var out []string
	err := d.h.DB.Ops(t).QueryRow(t.Context(), `SELECT coalesce((SELECT m.roles FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id WHERE m.org_id = $1 AND p.email = $2), '{none}')`, d.org.UUID(), address).Scan(&out)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 1 && out[0] == "none" {
		return nil
	}
	return out
}

func (d *directory) holds(t *testing.T, name, want string) {
	t.Helper()
	if got := fmt.Sprint(d.roles(t, name+"@"+d.domain)); got != want {
		t.Errorf("%s is %s, want %s", name, got, want)
	}
}

func patch(ops string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + ops + `]}`
}

func TestADirectoryBringsPeopleChangesThemAndShutsThemOut(t *testing.T) {
	h := apptest.New(t)
	d := newDirectory(t, h, "procure", "approver2", "people.works.example")
	if r := d.want(t, d.call(t, "GET", `/Users?filter=userName+eq+%22nobody%40x%22`, ""), 200, ""); fmt.Sprint(r.body["totalResults"], r.body["Resources"]) != "0 []" {
		t.Errorf("nobody yet: %s", r.raw)
	}
	ada := d.user(t, "ada")
	d.holds(t, "ada", "[buyer]")

	// who asks again because the answer was lost, and who takes another's name
	if r := d.want(t, d.call(t, "POST", "/Users", d.entra("ada")), 200, ""); r.str("id") != ada {
		t.Errorf("repeated: %s", r.raw)
	}
	d.want(t, d.call(t, "POST", "/Users", strings.Replace(d.entra("ADA"), "ext-ADA", "other", 1)), 409, "uniqueness")
	d.want(t, d.call(t, "POST", "/Users", strings.Replace(d.entra("bob"), d.domain, "elsewhere.example", 2)), 400, "unprovedDomain")
	d.want(t, d.call(t, "POST", "/Users", `{"schemas":[],"userName":""}`), 400, "invalidValue")
	d.want(t, d.call(t, "POST", "/Users", `{`), 400, "invalidSyntax")

	for filter, n := range map[string]int{
		`userName eq "ADA@people.works.example"`: 1, `externalId eq "ext-ada"`: 1, `externalId eq "EXT-ada"`: 0, `emails eq "ada@people.works.example"`: 1, `active eq true and userName eq "ada@people.works.example"`: 1,
		`active eq false`: 0, `emails.value eq "ada@people.works.example"`: 1, `id eq "` + ada + `"`: 1,
	} {
		if r := d.want(t, d.call(t, "GET", "/Users?filter="+escape(filter), ""), 200, ""); r.body["totalResults"] != float64(n) {
			t.Errorf("%s: %s", filter, r.raw)
		}
	}
	d.want(t, d.call(t, "GET", "/Users?filter="+escape(`userName sw "a"`), ""), 400, "invalidFilter")
	d.want(t, d.call(t, "GET", "/Users?count=x", ""), 400, "invalidValue")
	d.user(t, "bob")
	d.user(t, "cyd")
	if r := d.call(t, "GET", "/Users?startIndex=2&count=1", ""); r.body["totalResults"] != 3.0 || r.body["itemsPerPage"] != 1.0 || !strings.Contains(r.raw, "bob@") {
		t.Errorf("the second page: %s", r.raw)
	}
	if r := d.call(t, "GET", "/Users?count=0", ""); r.body["totalResults"] != 3.0 || r.body["itemsPerPage"] != 0.0 {
		t.Errorf("only how many: %s", r.raw)
	}
	if r := d.call(t, "GET", "/Users/"+ada+"?attributes=userName", ""); r.str("userName") == "" || r.str("displayName") != "" || r.str("id") == "" {
		t.Errorf("only a name: %s", r.raw)
	}

	// versions
	at := d.call(t, "GET", "/Users/"+ada, "")
	valid(t, standard.CoreUserSchema(), at.body)
	if r := d.call(t, "GET", "/Users/"+ada, "", "If-None-Match", at.head.Get("ETag")); r.status != 304 {
		t.Errorf("known already: %d", r.status)
	}
	if r := d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"title","value":"Head"}`), "If-Match", at.head.Get("ETag")), 200, ""); r.str("title") != "Head" || r.head.Get("ETag") == at.head.Get("ETag") {
		t.Errorf("a title: %s", r.raw)
	}
	d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"title","value":"Late"}`), "If-Match", at.head.Get("ETag")), 412, "")
	d.want(t, d.call(t, "PUT", "/Users/"+ada, d.entra("ada"), "If-Match", at.head.Get("ETag")), 412, "")
	d.want(t, d.call(t, "DELETE", "/Users/"+ada, "", "If-Match", at.head.Get("ETag")), 412, "")
	d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"other@people.works.example"}`)), 400, "mutability")

	// out, in Entra's words; and back. What came in through the connection ends, and comes in no more
	var person id.Person
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT person_id FROM scim_users WHERE id = $1`, ada).Scan((*[16]byte)(&person)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `INSERT INTO sso_links (tenant_id, connection_id, issuer, subject, person_id, made, created_at, used_at) VALUES ($1, $2, 'i', 's', $3, true, now(), now())`, d.keeper.Tenant.UUID(), d.connection.UUID(), person.UUID()); err != nil {
		t.Fatal(err)
	}
	session := d.enter(t, person)
	if got := ask(t, h, session, "GET", "/api/v1/me", "", nil); got.status != 200 {
		t.Fatalf("she came in: %d %s", got.status, got.body)
	}
	way := func() (open bool) {
		t.Helper()
		if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT active FROM sso_links WHERE person_id = $1`, person.UUID()).Scan(&open); err != nil {
			t.Fatal(err)
		}
		return open
	}
	if r := d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Replace","path":"active","value":"False"}`)), 200, ""); r.body["active"] != false {
		t.Errorf("out: %s", r.raw)
	}
	d.holds(t, "ada", "[]")
	if got := ask(t, h, session, "GET", "/api/v1/me", "", nil); got.status != 401 || way() {
		t.Errorf("she is out, and still in: %d, way in %v", got.status, way())
	}
	d.want(t, d.call(t, "PATCH", "/Users/"+ada, patch(`{"op":"Add","value":{"active":"True"}}`)), 200, "")
	d.holds(t, "ada", "[buyer]")
	if !way() {
		t.Error("she is back, and her way in is not")
	}

	// gone, and brought again: the same person
	d.want(t, d.call(t, "DELETE", "/Users/"+ada, ""), 204, "")
	d.holds(t, "ada", "[]")
	d.want(t, d.call(t, "GET", "/Users/"+ada, ""), 404, "")
	d.want(t, d.call(t, "DELETE", "/Users/"+ada, ""), 404, "")
	d.user(t, "ada")
	d.holds(t, "ada", "[buyer]")
	var people int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM identity_people WHERE email = 'ada@people.works.example'`).Scan(&people); err != nil || people != 1 {
		t.Errorf("%d people, %v", people, err)
	}
	var actors, refusals int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE action = 'parties.member_changed.v1'), count(*) FILTER (WHERE outcome = 'refused') FROM audit_entries
		WHERE actor = 'service:' || (SELECT id FROM access_accounts WHERE connection_id = $1)`, d.connection.UUID()).Scan(&actors, &refusals); err != nil || actors < 6 || refusals < 5 {
		t.Errorf("the record has %d changes and %d refusals of the directory, %v", actors, refusals, err)
	}
}

// enter opens a session as somebody for whom the directory's provider vouches.
func (d *directory) enter(t *testing.T, who id.Person) *apptest.Client {
	t.Helper()
	visitor := caller.Caller{Tenant: d.keeper.Tenant, Kind: caller.Visitor, Roles: []string{"visitor"}}
	in, err := d.h.Identity.Enter(caller.With(t.Context(), visitor), identity.Voucher{Person: who, Via: d.connection, Org: d.org})
	if err != nil {
		t.Fatal(err)
	}
	return d.h.WithToken(t, d.slug, in.Token)
}

func escape(s string) string {
	return strings.NewReplacer(" ", "%20", `"`, "%22", "@", "%40", "&", "%26").Replace(s)
}

func TestGroupsOfADirectoryGiveRoles(t *testing.T) {
	h := apptest.New(t)
	d := newDirectory(t, h, "procure", "approver2", "groups.works.example")
	ada, bob := d.user(t, "ada"), d.user(t, "bob")
	made := d.want(t, d.call(t, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"g1","displayName":"Approvers","members":[{"value":"`+ada+`"}]}`), 201, "")
	valid(t, standard.CoreGroupSchema(), made.body)
	g := made.str("id")
	d.holds(t, "ada", "[approver buyer]")
	d.want(t, d.call(t, "POST", "/Groups", `{"displayName":"approvers"}`), 409, "uniqueness")
	d.want(t, d.call(t, "POST", "/Groups", `{"displayName":""}`), 400, "invalidValue")
	d.want(t, d.call(t, "PATCH", "/Groups/"+g, patch(`{"op":"Add","path":"members","value":[{"$ref":null,"value":"`+bob+`"}]}`)), 200, "")
	d.holds(t, "bob", "[approver buyer]")
	if r := d.call(t, "GET", "/Users/"+bob, ""); !strings.Contains(r.raw, `"display":"Approvers"`) {
		t.Errorf("his groups: %s", r.raw)
	}
	d.want(t, d.call(t, "PATCH", "/Groups/"+g, patch(`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`+ada+`"}]}`)), 200, "")
	d.holds(t, "ada", "[buyer]")
	d.want(t, d.call(t, "PATCH", "/Groups/"+g, patch(`{"op":"remove","path":"members[value eq \"`+bob+`\"]"}`)), 200, "")
	d.holds(t, "bob", "[buyer]")
	d.want(t, d.call(t, "PATCH", "/Groups/"+g, patch(`{"op":"add","path":"members","value":[{"value":"`+id.DirectoryUser{}.New().String()+`"}]}`)), 400, "invalidValue")

	// the union of all groups, and what a name gives
	bosses := d.want(t, d.call(t, "POST", "/Groups", `{"displayName":"Bosses","members":[{"value":"`+ada+`"}]}`), 201, "").str("id")
	d.want(t, d.call(t, "PUT", "/Groups/"+g, `{"displayName":"Approvers","members":[{"value":"`+ada+`"}]}`), 200, "")
	d.holds(t, "ada", "[admin approver buyer]")
	d.want(t, d.call(t, "PATCH", "/Groups/"+g, patch(`{"op":"Replace","value":{"displayName":"Nobodies"}}`)), 200, "")
	d.holds(t, "ada", "[admin buyer]")
	if r := d.call(t, "GET", "/Groups?excludedAttributes=members&filter="+escape(`displayName eq "bosses"`), ""); r.body["totalResults"] != 1.0 || strings.Contains(r.raw, "members") {
		t.Errorf("without members: %s", r.raw)
	}
	if r := d.call(t, "GET", "/Groups?filter="+escape(`members eq "`+ada+`"`), ""); r.body["totalResults"] != 2.0 {
		t.Errorf("her groups: %s", r.raw)
	}
	// who is out stays out whatever groups say
	d.want(t, d.call(t, "PATCH", "/Users/"+bob, patch(`{"op":"replace","path":"active","value":false}`)), 200, "")
	d.want(t, d.call(t, "PATCH", "/Groups/"+bosses, patch(`{"op":"add","path":"members","value":[{"value":"`+bob+`"}]}`)), 200, "")
	d.holds(t, "bob", "[]")
	d.want(t, d.call(t, "DELETE", "/Groups/"+bosses, ""), 204, "")
	d.holds(t, "ada", "[buyer]")
	d.want(t, d.call(t, "GET", "/Groups/"+bosses, ""), 404, "")
}

// What another directory of the marketplace, or of another one, has is not there: it answers
// as what nobody has.
func TestADirectoryReachesNothingOfAnothers(t *testing.T) {
	h := apptest.New(t)
	own := newDirectory(t, h, "procure", "approver2", "own.works.example")
	other := newDirectory(t, h, "procure", "approver2", "other.works.example")
	far := newDirectory(t, h, "steel", "buyer3", "far.works.example")
	for _, d := range []*directory{other, far} {
		u := d.user(t, "eve")
		g := d.want(t, d.call(t, "POST", "/Groups", `{"displayName":"Theirs"}`), 201, "").str("id")
		for kind, which := range map[string]string{"/Users/": u, "/Groups/": g} {
			for method, body := range map[string]string{"GET": "", "PUT": own.entra("eve"), "PATCH": patch(`{"op":"replace","path":"displayName","value":"x"}`), "DELETE": ""} {
				got, none := own.call(t, method, kind+which, body), own.call(t, method, kind+id.DirectoryUser{}.New().String(), body)
				if got.status != none.status || got.raw != none.raw || got.status != 404 && !(method == "PUT" && kind == "/Groups/") {
					t.Errorf("%s %s%s: %d %s, but nobody's is %d %s", method, kind, which, got.status, got.raw, none.status, none.raw)
				}
			}
		}
		got := own.call(t, "POST", "/Groups", `{"displayName":"Mine","members":[{"value":"`+u+`"}]}`)
		own.want(t, got, 400, "invalidValue")
		if r := own.call(t, "GET", "/Users?filter="+escape(`id eq "`+u+`"`), ""); r.body["totalResults"] != 0.0 {
			t.Errorf("found: %s", r.raw)
		}
		if r := d.call(t, "GET", "/Users/"+u, ""); r.status != 200 || strings.Contains(r.raw, `"x"`) {
			t.Errorf("he was touched: %s", r.raw)
		}
	}
	// a key in another marketplace, none at all, and a session's
	stray := *own
	stray.slug = "steel"
	stray.want(t, stray.call(t, "GET", "/Users", ""), 401, "")
	stray.slug, stray.key = "procure", "nonsense"
	stray.want(t, stray.call(t, "GET", "/Users", ""), 401, "")
	stray.key = h.Client(t, "procure", "approver2@procure.example").Token
	stray.want(t, stray.call(t, "GET", "/Users", ""), 403, "")
	// nor does a service of another company's say that it is this directory
	forged := caller.Caller{Tenant: own.keeper.Tenant, Kind: caller.Service, Account: id.ServiceAccount{}.New(), Org: far.org, Roles: []string{"directory"}, Scopes: []string{"scim.directory.read"}, Directory: own.connection}
	if _, _, err := h.SCIM.Users(caller.With(t.Context(), forged), "", scim.Page{Start: 1, Count: 1}); !errors.Is(err, scim.ErrNoDirectory) {
		t.Errorf("another company's service: %v", err)
	}
	own.want(t, own.call(t, "GET", "/Nothing", ""), 404, "")
	own.want(t, own.call(t, "GET", "/Me", ""), 501, "")
	own.want(t, own.call(t, "POST", "/Bulk", `{}`), 501, "")
	own.want(t, own.call(t, "POST", "/Users", `<x/>`, "Content-Type", "text/xml"), 415, "")
	// and the directory's key opens nothing but the directory
	got := ask(t, h, h.WithToken(t, "procure", own.key), "GET", "/api/v1/rfqs", "", nil)
	if got.status != http.StatusForbidden || got.code() != "gate.scope_missing" {
		t.Errorf("an API with a directory's key: %d %s", got.status, got.code())
	}
}

// An address that has an account of nobody's of the company is not the directory's to speak
// for, whoever holds the domain; nor are staff and the last administrator.
func TestADirectorySpeaksForItsCompanysPeopleAlone(t *testing.T) {
	h := apptest.New(t)
	d := newDirectory(t, h, "procure", "approver2", "procure-people.example")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET domain = 'procure.example' WHERE connection_id = $1`, d.connection.UUID()); err != nil {
		t.Fatal(err)
	}
	d.domain = "procure.example"
	before := d.roles(t, "approver2@procure.example")
	d.want(t, d.call(t, "POST", "/Users", d.entra("operator")), 409, "uniqueness")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `INSERT INTO parties_members (tenant_id, org_id, person_id, roles, currency, created_at) SELECT tenant_id, $1, id, '{buyer}', 'EUR', now() FROM identity_people WHERE email = 'operator@procure.example'`, d.org.UUID()); err != nil {
		t.Fatal(err)
	}
	d.want(t, d.call(t, "POST", "/Users", d.entra("operator")), 409, "uniqueness") // staff, even if a member
	var stranger string
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT split_part(p.email, '@', 1) FROM identity_people p WHERE p.email LIKE '%@procure.example' AND p.staff_role = '' AND p.state = 'active'
		AND NOT EXISTS (SELECT FROM parties_members m WHERE m.person_id = p.id AND m.org_id = $1) LIMIT 1`, d.org.UUID()).Scan(&stranger); err != nil {
		t.Fatal(err)
	}
	d.want(t, d.call(t, "POST", "/Users", d.entra(stranger)), 409, "uniqueness")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE parties_members SET roles = array_remove(roles, 'admin') WHERE org_id = $1 AND person_id <> $2`, d.org.UUID(), d.admin.UUID()); err != nil {
		t.Fatal(err)
	}
	boss := d.user(t, "approver2") // a member already, who keeps running the company
	d.want(t, d.call(t, "PATCH", "/Users/"+boss, patch(`{"op":"replace","path":"active","value":false}`)), 409, "mutability")
	d.want(t, d.call(t, "DELETE", "/Users/"+boss, ""), 409, "mutability")
	if got := d.roles(t, "approver2@procure.example"); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("the last administrator was %v and is %v", before, got)
	}
	if r := d.call(t, "GET", "/Users/"+boss, ""); r.body["active"] != true {
		t.Errorf("and is out: %s", r.raw)
	}
	p, err := h.SCIM.Panel(caller.With(t.Context(), d.keeper), d.connection)
	if err != nil || p.Summary.People != 1 || len(p.Summary.Refusals) != 5 || p.Summary.Refusals[0].Code != "parties.last_admin" {
		t.Errorf("%+v, %v", p.Summary, err)
	}
}

func TestADirectoryIsDescribedInItsOwnTongue(t *testing.T) {
	h := apptest.New(t)
	d := newDirectory(t, h, "procure", "approver2", "described.works.example")
	valid(t, standard.ServiceProviderConfigSchema(), d.want(t, d.call(t, "GET", "/ServiceProviderConfig", ""), 200, "").body)
	for _, path := range []string{"/Schemas", "/ResourceTypes"} {
		r := d.want(t, d.call(t, "GET", path, ""), 200, "")
		rows, _ := r.body["Resources"].([]any)
		if len(rows) < 2 || int(r.body["totalResults"].(float64)) != len(rows) {
			t.Errorf("%s: %s", path, r.raw)
		}
		for _, row := range rows {
			m, _ := row.(map[string]any)
			one := d.want(t, d.call(t, "GET", path+"/"+m["id"].(string), ""), 200, "")
			if path == "/ResourceTypes" {
				valid(t, standard.ResourceTypeSchema(), one.body)
			}
		}
		d.want(t, d.call(t, "GET", path+"/nothing", ""), 404, "")
	}
	d.want(t, d.call(t, "GET", "/Schemas?filter="+escape(`id eq "x"`), ""), 400, "invalidFilter")
}

// A directory that is made of others' libraries finds what it expects: they say what a
// resource is, what a patch makes of it, and whom a filter finds.
func TestADirectoryOfOthersMakingFindsWhatItExpects(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	d := newDirectory(t, h, "steel", "approver", "peer.works.example")
	said := run(t, node(t, filepath.Join("testdata", "scim")), []string{"KONTOR_ADDR=" + h.Addr, "KONTOR_HOST=" + h.Host("steel"), "KONTOR_KEY=" + d.key, "KONTOR_DOMAIN=" + d.domain}, "node", "--test", "peer.test.mjs")
	if !strings.Contains(said, "# pass 6") {
		t.Errorf("the directory was not heard:\n%s", said)
	}
}

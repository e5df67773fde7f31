package app_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// submit sends a form as a browser does, and answers what came of it without following it.
func submit(t *testing.T, h *apptest.House, who *apptest.Client, path string, f url.Values) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+who.Host+path, strings.NewReader(f.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+who.Token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", apptest.Key())
	res, err := plain(h).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

var (
	reviewed = regexp.MustCompile(`action="/checkout/([0-9a-f-]{36})"`)
	carried  = regexp.MustCompile(`name="(freight\.[0-9a-f-]{36})"[^>]*value="([^"]*)"`)
)

// numbers types a telephone number of its own wherever one is asked for, and says which it was.
func numbers(t *testing.T, h *apptest.House) map[string]string {
	t.Helper()
	s := settled(t, h)
	out := map[string]string{}
	next := func(what string) string {
		out[what] = fmt.Sprintf("+49 40 5550 77%02d", 10+len(out))
		return out[what]
	}
	wants := func(what string, got, want int, body string) {
		t.Helper()
		if got != want {
			t.Fatalf("%s: %d %.600s", what, got, body)
		}
	}
	api := func(what, path, body string, want int) {
		t.Helper()
		got := ask(t, h, s.buyer, http.MethodPost, path, "application/json", []byte(body))
		wants(what, got.status, want, got.body)
	}
	own, err := s.buyer.GetMeWithResponse(t.Context())
	org := *apptest.Got(t, own, err, 200, func() *kontor.IdentityMeView { return own.JSON200 }).OrgId

	const address = `{"label":%q,"country":"CN","city":"苏州","street":"1 Main Street","contact":"Goods in","phone":%q}`
	api("an address", "/api/v1/companies/"+org+"/addresses", fmt.Sprintf(address, "Yard of the dump", next("an address")), 201)
	api("an address that is refused", "/api/v1/companies/"+org+"/addresses", fmt.Sprintf(address, strings.Repeat("x", 300), next("an address that is refused")), 422)
	status, body := submit(t, h, s.buyer, "/buyer/company/addresses", url.Values{
		"label": {"Gate of the dump"}, "country": {"CN"}, "city": {"苏州"}, "street": {"1 Main Street"}, "phone": {next("an address typed into a page")},
	})
	wants("an address typed into a page", status, http.StatusSeeOther, body)

	const request = `{"title":"Beams of the dump","currency":"CNY","closes_at":%q,"ship_to":{"country":"CN","city":"苏州","contact":"Goods in","phone":%q},"lines":[{"description":"Beams","qty":{"value":"1","unit":"H87"}}],"sellers":[]}`
	soon := time.Now().Add(48 * time.Hour)
	api("a request", "/api/v1/rfqs", fmt.Sprintf(request, soon.Format(time.RFC3339), next("a request")), 201)
	api("a request that is refused", "/api/v1/rfqs", fmt.Sprintf(request, "2020-01-01T00:00:00Z", next("a request that is refused")), 422)
	status, body = submit(t, h, s.buyer, "/buyer/rfqs", url.Values{
		"title": {"Beams of the page"}, "currency": {"CNY"}, "closes_at": {soon.Format("2006-01-02T15:04")}, "ship_to.country": {"CN"}, "ship_to.city": {"苏州"}, "ship_to.contact": {"Goods in"},
		"ship_to.phone": {next("a request typed into a page")}, "lines[0].description": {"Beams"}, "lines[0].qty": {"1"}, "lines[0].unit": {"H87"},
	})
	wants("a request typed into a page", status, http.StatusSeeOther, body)

	beam := seller(t, itemBySKU(t, s.buyer, "HW200x200x8x12-Q355B-12"), "Lanqiao", "H87")
	put(t, s.buyer, beam, "1")
	checked := checkOut(t, s.buyer, "苏州", "CN")
	to := kontor.OrderingAddress{City: new("苏州"), Country: new("CN"), Street: new("1 Main Street"), Contact: new("Goods in"), Phone: new(next("an order"))}
	freight := map[string]string{checked.Parts[0].SellerId: checked.Parts[0].Freight[0].Id}
	placed, err := s.buyer.PostOrdersWithResponse(t.Context(), &kontor.PostOrdersParams{IdempotencyKey: apptest.Key()}, kontor.PostOrdersRequest{CheckoutId: checked.Id, Freight: &freight, ShipTo: to})
	order := apptest.Got(t, placed, err, 201, func() *kontor.OrderingPlaced { return placed.JSON201 }).Orders[0]
	if *order.ShipTo.Phone != out["an order"] {
		t.Errorf("who orders is answered %q", *order.ShipTo.Phone)
	}
	for who, c := range map[string]*apptest.Client{"buyer": s.buyer, "seller": s.lanqiao} {
		got, err := c.GetOrdersByIdWithResponse(t.Context(), order.Id)
		if o := apptest.Got(t, got, err, 200, func() *kontor.OrderingOrderView { return got.JSON200 }); o.ShipTo.Phone == nil || *o.ShipTo.Phone != out["an order"] {
			t.Errorf("the %s reads %v", who, o.ShipTo.Phone)
		}
	}

	put(t, s.buyer, beam, "1")
	typed := url.Values{
		"address": {"other"}, "ship_to.street": {"1 Main Street"}, "ship_to.city": {"苏州"}, "ship_to.country": {"CN"}, "ship_to.contact": {"Goods in"}, "ship_to.label": {"Dock of the dump"},
		"ship_to.phone": {next("an order typed into pages")}, "keep": {"1"},
	}
	status, body = submit(t, h, s.buyer, "/checkout", typed)
	wants("the delivery of a cart", status, http.StatusOK, body)
	which := reviewed.FindStringSubmatch(body)
	for _, m := range carried.FindAllStringSubmatch(body, -1) {
		typed.Set(m[1], m[2])
	}
	typed.Set("do", "place")
	if which == nil {
		t.Fatalf("no review in %.600s", body)
	}
	status, body = submit(t, h, s.buyer, "/checkout/"+which[1], typed)
	wants("an order typed into pages", status, http.StatusSeeOther, body)
	return out
}

// spelt are all the ways in which a copy of the database may tell a number.
func spelt(number string) []string {
	bare := strings.NewReplacer(" ", "", "+", "").Replace(number)
	out := []string{number, bare, bare[2:]}
	for _, s := range []string{number, bare} {
		out = append(out, hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s))[:12], url.QueryEscape(s))
	}
	return out
}

// TestNoTelephoneNumberStandsInADump types one wherever a person can and looks for it in a
// copy of the database (trust.md S41).
func TestNoTelephoneNumberStandsInADump(t *testing.T) {
	h := apptest.New(t)
	all := numbers(t, h)
	steel := caller.AsSystem(t.Context(), tenantID(t, h, "steel"), "test")
	d := newDirectory(t, h, "pharma", "approver", "dump.example")
	directory := func(what, body string, status int) {
		t.Helper()
		all[what] = fmt.Sprintf("+49 40 5550 77%02d", 10+len(all))
		if r := d.call(t, "POST", "/Users", strings.Replace(body, "NUMBER", all[what], 1)); r.status != status || status < 300 && !strings.Contains(r.raw, all[what]) {
			t.Fatalf("%s: %d %s", what, r.status, r.raw)
		}
	}
	directory("a number of a directory", strings.Replace(d.entra("ada"), `"phoneNumbers":null`, `"phoneNumbers":[{"type":"work","value":"NUMBER"}]`, 1), 201)
	directory("a number that a directory sends instead", strings.Replace(d.entra("ada"), `"phoneNumbers":null`, `"phoneNumbers":[{"type":"work","value":"NUMBER"}]`, 1), 200)
	all["a directory looks for one"] = fmt.Sprintf("+49 40 5550 77%02d", 10+len(all))
	d.want(t, d.call(t, "GET", "/Users?filter="+url.QueryEscape(`phoneNumbers eq "`+all["a directory looks for one"]+`"`), ""), 400, "invalidFilter")
	if err := h.Queue.Relay(steel); err != nil {
		t.Log(err) // another test's consumer may wait
	}
	copied := dump(t, h)
	if len(copied) < 60 || !strings.Contains(copied["public.parties_addresses"], "Yard of the dump") || !strings.Contains(copied["public.ordering_orders"], "Goods in") || !strings.Contains(copied["public.scim_users"], "ada") {
		t.Fatalf("a dump of %d tables proves little", len(copied))
	}
	for what, number := range all {
		for _, form := range spelt(number) {
			for table, text := range copied {
				if strings.Contains(text, form) {
					t.Errorf("%s tells the number of %s", table, what)
				}
			}
		}
		in := steel
		if strings.Contains(what, "directory") {
			in = caller.AsSystem(t.Context(), tenantID(t, h, "pharma"), "test")
		}
		kept := 1
		if strings.Contains(what, "refused") || strings.Contains(what, "looks for") {
			kept = 0
		}
		if found, err := h.Phones.Find(in, strings.ReplaceAll(number, " ", "-")); err != nil || len(found) != kept {
			t.Errorf("%s is found %d times, %v", what, len(found), err)
		}
	}
	// A lookup leads to whoever is reached there.
	found, err := h.Phones.Find(steel, all["an address"])
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	var label string
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT label FROM parties_addresses WHERE phone_id = $1`, found[0].UUID()).Scan(&label); err != nil || label != "Yard of the dump" {
		t.Errorf("%q %v", label, err)
	}
}

// A directory's document comes back as it was sent, whatever stands where numbers do, also
// when an earlier version has kept it whole.
func TestADirectorysNumbersComeBackAsTheyWereSent(t *testing.T) {
	h := apptest.New(t)
	d := newDirectory(t, h, "pharma", "approver", "numbers.example")
	const sent = `[{"type":"work","primary":true,"value":"+49 40 5550 4401","display":"+49 (40) 5550-4401"},{"type":"mobile","value":"+49 40 5550 4402"}]`
	made := d.want(t, d.call(t, "POST", "/Users", strings.Replace(d.entra("eve"), `"phoneNumbers":null`, `"phoneNumbers":`+sent, 1)), 201, "")
	user := made.str("id")
	pharma := caller.AsSystem(t.Context(), tenantID(t, h, "pharma"), "test")
	same := func(when string) {
		t.Helper()
		var want any
		if err := json.Unmarshal([]byte(sent), &want); err != nil {
			t.Fatal(err)
		}
		one := d.want(t, d.call(t, "GET", "/Users/"+user, ""), 200, "")
		if diff := cmp.Diff(want, one.body["phoneNumbers"]); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
		if list := d.want(t, d.call(t, "GET", `/Users?filter=`+url.QueryEscape(`userName eq "eve@numbers.example"`), ""), 200, ""); !strings.Contains(list.raw, "+49 40 5550 4402") {
			t.Errorf("%s: a list says %s", when, list.raw)
		}
	}
	kept := func() (doc string) {
		t.Helper()
		if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT doc::text FROM scim_users WHERE id = $1`, user).Scan(&doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	same("made")
	d.want(t, d.call(t, "PATCH", "/Users/"+user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Eve"}]}`), 200, "")
	same("another part changed")
	if strings.Contains(kept(), "5550") {
		t.Errorf("kept as %s", kept())
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE scim_users SET doc = jsonb_set(doc, '{phoneNumbers}', $2::jsonb) WHERE id = $1`, user, sent); err != nil {
		t.Fatal(err)
	}
	same("of an earlier version")
	for range 2 {
		if err := h.KeepPhones(pharma); err != nil {
			t.Fatal(err)
		}
		same("moved")
		if strings.Contains(kept(), "5550") {
			t.Errorf("moved, and kept as %s", kept())
		}
	}
}

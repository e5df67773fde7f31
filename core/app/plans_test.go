package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/blob"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// excepted gives a market something else than its plan while the test runs. The tests that
// use it are not parallel: nobody else of the package trades meanwhile.
func excepted(t *testing.T, h *apptest.House, slug, name string, amount int64) {
	t.Helper()
	ctx := caller.AsSystem(context.Background(), tenantID(t, h, "platform"), "test")
	if err := h.Plans.Except(ctx, slug, plans.Override{Name: name, Amount: amount, Reason: "for a test"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Plans.EndException(ctx, slug, name); err != nil {
			t.Error(err)
		}
	})
}

func counted(t *testing.T, h *apptest.House, sql string, tenant id.Tenant) (n int64) {
	t.Helper()
	if err := h.DB.Ops(t).QueryRow(t.Context(), sql, tenant.UUID()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAMarketWithoutAFeatureHidesItAndSaysSo(t *testing.T) {
	h := apptest.New(t)
	buyer, operator, visitor := h.Client(t, "steel", "buyer@steel.example"), h.Client(t, "steel", "operator@steel.example"), h.Visitor(t, "steel")
	rfq := []byte(`{"title":"Beams","currency":"CNY"}`)
	if a := ask(t, h, visitor, http.MethodGet, "/", "", nil); !strings.Contains(a.body, "/rfqs/new") {
		t.Error("the front page does not offer a request for quotation")
	}
	t.Run("without", func(t *testing.T) {
		excepted(t, h, "steel", "rfq", 0)
		excepted(t, h, "steel", "own_domain", 0)
		if a := ask(t, h, buyer, http.MethodPost, "/api/v1/rfqs", "application/json", rfq); a.status != http.StatusForbidden || a.code() != "plans.feature_off" {
			t.Errorf("a request for quotation: %d %s", a.status, a.body)
		}
		if a := ask(t, h, operator, http.MethodPost, "/api/v1/hosts", "application/json", []byte(`{"host":"steel.example.org"}`)); a.status != http.StatusForbidden || a.code() != "plans.feature_off" {
			t.Errorf("a domain: %d %s", a.status, a.body)
		}
		if a := ask(t, h, buyer, http.MethodGet, "/buyer/rfqs/new", "", nil); a.status != http.StatusForbidden || !strings.Contains(a.body, "plans.feature_off") {
			t.Errorf("the form: %d", a.status)
		}
		for who, path := range map[*apptest.Client]string{visitor: "/", buyer: "/buyer"} {
			if a := ask(t, h, who, http.MethodGet, path, "", nil); a.status != http.StatusOK || strings.Contains(a.body, "/rfqs/new") {
				t.Errorf("%s: %d, and offers what there is not", path, a.status)
			}
		}
		if a := ask(t, h, buyer, http.MethodGet, "/api/v1/rfqs", "", nil); a.status != http.StatusOK {
			t.Errorf("what was begun before: %d %s", a.status, a.body)
		}
		if a := ask(t, h, h.Client(t, "pharma", "approver@pharma.example"), http.MethodPost, "/api/v1/rfqs", "application/json", rfq); a.code() == "plans.feature_off" {
			t.Error("another market goes without it too")
		}
	})
	if a := ask(t, h, buyer, http.MethodPost, "/api/v1/rfqs", "application/json", rfq); a.code() == "plans.feature_off" {
		t.Errorf("the feature did not come back: %s", a.body)
	}
}

const ordersOf = `SELECT count(*) FROM ordering_orders WHERE tenant_id = $1`

func TestTheLastOrderOfAMonthIsTheLast(t *testing.T) {
	h := apptest.New(t)
	steel := tenantID(t, h, "steel")
	buyer := h.Client(t, "steel", "buyer@steel.example")
	beam := seller(t, itemBySKU(t, buyer, "HW200x200x8x12-Q355B-12"), "Lanqiao", "H87")
	put(t, buyer, beam, "1")
	placed := func() (*kontor.PostOrdersResponse, error) {
		return place(t, buyer, checkOut(t, buyer, "苏州", "CN"), "苏州", "CN")
	}
	operator := h.Client(t, "steel", "operator@steel.example")
	u, err := h.Plans.Usage(caller.AsSystem(t.Context(), steel, "test"))
	if err != nil {
		t.Fatal(err)
	}
	used := int64(0)
	for _, l := range u.Lines {
		if l.Metric == plans.Orders {
			used = l.Used
		}
	}
	excepted(t, h, "steel", "orders", used+1)
	r, err := placed()
	apptest.Got(t, r, err, 201, func() *kontor.OrderingPlaced { return r.JSON201 })
	put(t, buyer, beam, "1")
	before := counted(t, h, ordersOf, steel)
	r, err = placed()
	p := apptest.Refused(t, r, err, http.StatusConflict, "plans.over_limit")
	if want := fmt.Sprintf("%d of %d", used+1, used+1); !strings.Contains(apptest.Some(p.Detail), want) || apptest.Some(p.Next) == "" || apptest.Reasons(p) != "plan_limit.orders" {
		t.Errorf("%q %q %s", apptest.Some(p.Detail), apptest.Some(p.Next), apptest.Reasons(p))
	}
	if after := counted(t, h, ordersOf, steel); after != before {
		t.Errorf("%d orders became %d", before, after)
	}
	until(t, "the operator is told", func() string {
		return ask(t, h, operator, http.MethodGet, "/operator", "", nil).body
	}, func(page string) bool {
		return strings.Contains(page, "banner-bad") && strings.Contains(page, `href="PATH/usage"`)
	})
	platform := caller.AsSystem(context.Background(), tenantID(t, h, "platform"), "test")
	if err := h.Plans.Except(platform, "steel", plans.Override{Name: "orders", Amount: used + 50, Reason: "for a test"}); err != nil {
		t.Fatal(err)
	}
	r, err = placed()
	apptest.Got(t, r, err, 201, func() *kontor.OrderingPlaced { return r.JSON201 })
	sound(t, h)
}

// Whoever asks at the door of a full market hears the same, whether he has been there
// before or not (trust.md S32).
func TestAFullMarketTellsNobodyWhoIsIn(t *testing.T) {
	h := apptest.New(t)
	steel := tenantID(t, h, "steel")
	people := counted(t, h, `SELECT count(*) FROM identity_people WHERE tenant_id = $1 AND state = 'active'`, steel)
	excepted(t, h, "steel", "users", people)
	visitor := h.Visitor(t, "steel")
	ask1 := func(email string) heard {
		return ask(t, h, visitor, http.MethodPost, "/api/v1/registrations", "application/json", fmt.Appendf(nil,
			`{"company":{"name":"Newcomer %s","country":"CN","reg_kind":"other","reg_no":%q,"city":"Suzhou","buys":true,"sells":false},"person":{"email":%q,"name":"Somebody New","password":"a long and strange password 7"}}`, email, email, email))
	}
	known, unknown := ask1("buyer@steel.example"), ask1("nobody-yet@steel.example")
	if unknown.status != http.StatusConflict || unknown.code() != "plans.over_limit" {
		t.Errorf("a new one: %d %s", unknown.status, unknown.body)
	}
	if known != unknown {
		t.Errorf("known %d %s\nunknown %d %s", known.status, known.body, unknown.status, unknown.body)
	}
	if after := counted(t, h, `SELECT count(*) FROM identity_people WHERE tenant_id = $1 AND state = 'active'`, steel); after != people {
		t.Errorf("%d people became %d", people, after)
	}
}

func TestAFloodIsTurnedAwayBeforeAnythingIsAsked(t *testing.T) {
	h := apptest.New(t)
	m := &meter{}
	m.attach(h)
	buyer, other := h.Client(t, "procure", "buyer@procure.example"), h.Client(t, "steel", "buyer@steel.example")
	t.Run("flood", func(t *testing.T) {
		excepted(t, h, "procure", "requests", 20)
		var refused *http.Response
		for range 40 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+buyer.Host+"/api/v1/cart", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+buyer.Token)
			req.Header.Set("Accept-Language", "zh-CN")
			res, err := h.HTTP().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode == http.StatusTooManyRequests {
				refused = res
			}
		}
		if refused == nil || refused.Header.Get("Retry-After") == "" {
			t.Fatalf("nobody was turned away: %v", refused)
		}
		// Who asks is believed for seconds; one refusal may fall on the moment he is looked up anew.
		o := m.take(t, http.MethodGet, "")
		for n := 0; n < 3 && o.Trips > 0; n++ {
			ask(t, h, buyer, http.MethodGet, "/api/v1/cart", "", nil)
			o = m.take(t, http.MethodGet, "")
		}
		if o.Status != http.StatusTooManyRequests || o.Trips != 0 {
			t.Errorf("to turn it away took %d trips to the database, status %d", o.Trips, o.Status)
		}
		if a := ask(t, h, buyer, http.MethodGet, "/api/v1/cart", "", nil); a.code() != "plans.requests_over_limit" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := ask(t, h, buyer, http.MethodGet, "/buyer", "", nil); a.status != http.StatusTooManyRequests || !strings.Contains(a.body, "plans.requests_over_limit") || strings.Contains(a.body, "<link") {
			t.Errorf("a page: %d %s", a.status, a.body)
		}
		if a := ask(t, h, other, http.MethodGet, "/api/v1/cart", "", nil); a.status != http.StatusOK {
			t.Errorf("another market: %d %s", a.status, a.body)
		}
	})
	until(t, "it goes on", func() int { return ask(t, h, buyer, http.MethodGet, "/api/v1/cart", "", nil).status }, func(s int) bool { return s == http.StatusOK })
}

func TestAFileThatThereIsNoRoomForIsNotKept(t *testing.T) {
	h := apptest.New(t)
	steel := tenantID(t, h, "steel")
	stored := counted(t, h, `SELECT coalesce(sum(size), 0)::bigint FROM blob_objects WHERE tenant_id = $1`, steel)
	excepted(t, h, "steel", "storage", stored+10)
	ctx := caller.With(t.Context(), caller.Caller{Tenant: steel, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{"seller"}, Locale: "en"})
	put := func(n int) error {
		_, err := h.Blobs.Put(ctx, blob.Upload{Name: "a.txt", Body: strings.NewReader(strings.Repeat("a", n))})
		return err
	}
	if err := put(11); err == nil || !strings.Contains(err.Error(), "plans.over_limit") {
		t.Errorf("eleven bytes where there is room for ten: %v", err)
	}
	if after := counted(t, h, `SELECT coalesce(sum(size), 0)::bigint FROM blob_objects WHERE tenant_id = $1`, steel); after != stored {
		t.Errorf("%d bytes became %d", stored, after)
	}
	if err := put(10); err != nil {
		t.Errorf("ten bytes: %v", err)
	}
	if err := put(1); err == nil {
		t.Error("one more was kept")
	}
}

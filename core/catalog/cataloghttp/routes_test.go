package cataloghttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog/cataloghttp"
	"github.com/kontorhq/kontor/core/catalog/catalogtest"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/inventory/inventorydb"
	"github.com/kontorhq/kontor/core/inventory/inventoryhttp"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/platform/web/webdb"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/pricing/pricingdb"
	"github.com/kontorhq/kontor/core/pricing/pricinghttp"
	"github.com/kontorhq/kontor/core/reads"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// market is the whole edge in front of a market's goods. Tokens are "<role> <company>".
type market struct {
	*catalogtest.Market
	server *web.Server
	keys   int
}

func (m *market) ByHost(_ context.Context, host string) (web.Site, error) {
	if host != "steel.localhost" {
		return web.Site{}, web.ErrUnknownHost
	}
	c, err := caller.From(m.Ctx)
	return web.Site{Tenant: c.Tenant, Slug: "steel", Host: host, Locales: []string{"en", "zh-CN"}, DefaultLocale: "en", State: web.StateActive, Revision: "1"}, err
}

func (m *market) Resolve(_ context.Context, s web.Site, token string) (caller.Caller, error) {
	role, org, _ := strings.Cut(token, " ")
	c := caller.Caller{Tenant: s.Tenant, Kind: caller.Person, Person: id.Person{}.New(), Name: role, Roles: []string{role}}
	return c, c.Org.UnmarshalText([]byte(org))
}

func (m *market) Can(ctx context.Context, _ policy.Action) bool {
	c, err := caller.From(ctx)
	return err == nil && c.SignedIn()
}

func open(t *testing.T) *market {
	t.Helper()
	m := &market{Market: catalogtest.New(t, pgtest.New(t))}
	keys, err := webdb.New([]byte("the master key of the catalogue's tests"))
	must(t, err)
	m.server, err = web.New(web.Config{Log: slog.New(slog.DiscardHandler), Sites: m, Sessions: m, Roles: m, Unit: m.DB.DB, Keys: keys})
	must(t, err)
	prices := pricing.New(pricing.Deps{Unit: m.DB.DB, Store: pricingdb.New(m.DB.DB), Catalog: m.Catalog, Gate: m.Gate, Events: m.Log, Now: clock.System})
	stock := inventory.New(inventory.Deps{Unit: m.DB.DB, Store: inventorydb.New(m.DB.DB), Catalog: m.Catalog, Gate: m.Gate, Events: m.Log, Now: clock.System})
	must(t, m.server.Mount(slices.Concat(cataloghttp.Routes(m.Catalog, reads.NewStorefront(m.DB.DB, m.Catalog, clock.System)), pricinghttp.Routes(prices), inventoryhttp.Routes(stock))...))
	return m
}

// ask sends one request; as is a token, body is sent as JSON unless empty.
func (m *market) ask(t *testing.T, method, path, as string, body any) (int, map[string]any) {
	t.Helper()
	var r *http.Request
	if body == nil {
		r = httptest.NewRequest(method, "/api/v1"+path, nil)
	} else {
		b, err := json.Marshal(body)
		must(t, err)
		r = httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(string(b)))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Host = "steel.localhost"
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	if method == http.MethodPost {
		m.keys++
		r.Header.Set("Idempotency-Key", fmt.Sprint("k", m.keys))
	}
	res, err := m.server.Test(r)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	must(t, err)
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, raw)
		}
	}
	return res.StatusCode, out
}

// A seller takes an item from draft to orders' reach, and a stranger finds it.
func TestASellerBringsGoodsToTheShelf(t *testing.T) {
	t.Parallel()
	m := open(t)
	sh, err := m.Catalog.Shelf(m.Ctx)
	must(t, err)
	beams, _ := sh.Tree.At("sections/h-beams")
	seller := "seller " + m.Sellers[0].String()
	do := func(method, path string, body any, want int) map[string]any {
		t.Helper()
		status, out := m.ask(t, method, path, seller, body)
		if status != want {
			t.Fatalf("%s %s: %d %v, want %d", method, path, status, out, want)
		}
		return out
	}
	item := do("POST", "/items", map[string]any{
		"category_id": beams.ID, "sku": "HW200", "names": map[string]string{"zh-CN": "热轧H型钢 HW200×200", "en": "H-beam"}, "unit": "H87", "kg_per_unit": "605",
		"attributes": map[string]string{"h": "200.0", "grade": "Q235B"},
	}, 201)
	do("POST", "/items/"+item["id"].(string)+"/submit", nil, 200)
	do("POST", "/items/"+item["id"].(string)+"/publish", nil, 200)
	offer := do("POST", "/offers", map[string]any{"item_id": item["id"], "seller_sku": "MINE-1", "unit": "H87", "moq": "2", "step": "2", "lead_days": 3, "currency": "CNY", "basis": "theoretical"}, 201)
	do("POST", "/offers/"+offer["id"].(string)+"/publish", nil, 200)
	do("PUT", "/offers/"+offer["id"].(string)+"/prices", map[string]any{"tiers": []any{
		map[string]any{"min_quantity": "0", "amount": "4000", "currency": "CNY", "per": "TNE"}, map[string]any{"min_quantity": "10", "amount": "3900", "currency": "CNY", "per": "TNE"},
	}}, 200)
	house := do("POST", "/warehouses", map[string]any{"code": "A", "name": "Yard A", "country": "CN", "city": "日照"}, 201)
	do("POST", "/stock/arrivals", map[string]any{"arrivals": []any{map[string]any{"offer_id": offer["id"], "warehouse_id": house["id"], "quantity": "40"}}}, 204)

	status, list := m.ask(t, "GET", "/items?q="+url.QueryEscape("H型钢")+"&attr=grade:Q235B&attr=h:190..210", "", nil)
	if status != 200 || list["total"] != 1.0 {
		t.Fatalf("%d %v", status, list)
	}
	row := list["items"].([]any)[0].(map[string]any)
	want := map[string]any{"price": map[string]any{"amount": "3900", "currency": "CNY", "per": "TNE"}, "contract": false, "offer_id": offer["id"]}
	if d := cmp.Diff(want, row["price_from"]); d != "" {
		t.Errorf("price from (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]any{"value": "40", "unit": "H87"}, row["free"]); d != "" {
		t.Errorf("free (-want +got):\n%s", d)
	}
	_, page := m.ask(t, "GET", "/items/"+item["id"].(string), "", nil)
	offers := page["offers"].([]any)
	if len(offers) != 1 || len(offers[0].(map[string]any)["tiers"].([]any)) != 2 || page["attributes"].(map[string]any)["h"] != "200" {
		t.Errorf("item %v", page)
	}
	if d := cmp.Diff([]string{"catalog.item_moved.v1", "catalog.item_moved.v1", "catalog.offer_changed.v1", "pricing.prices_written.v1", "inventory.stock_received.v1"}, m.Log.Names()[1:]); d != "" { // the first made the categories
		t.Errorf("events (-want +got):\n%s", d)
	}
}

func TestNobodyTouchesAnothersGoods(t *testing.T) {
	t.Parallel()
	m := open(t)
	e := catalogtest.Beam("HW200", "型钢", "beam", "200", "Q235B", 605, m.Sellers[0])
	e.Item.State = "draft"
	e.Offers[0].State = "draft"
	e.Item.Seller = m.Sellers[0]
	out := m.Put(t, e)
	item, offer := "/items/"+out.Items[0].ID.String(), "/offers/"+out.Offers[0].ID.String()
	events := len(m.Log.Names())
	other := "seller " + m.Sellers[1].String()
	tier := map[string]any{"tiers": []any{map[string]any{"min_quantity": "1", "amount": "1", "currency": "CNY", "per": "H87"}}}
	for _, c := range []struct {
		method, path string
		body         any
		code         string
	}{
		{"GET", item, nil, "catalog.item_not_found"},
		{"GET", "/item-drafts/" + out.Items[0].ID.String(), nil, "catalog.item_not_found"},
		{"POST", item + "/submit", nil, "catalog.item_not_found"},
		{"POST", item + "/publish", nil, "catalog.item_not_found"},
		{"POST", offer + "/publish", nil, "catalog.offer_not_found"},
		{"POST", offer + "/withdraw", nil, "catalog.offer_not_found"},
		{"PUT", offer + "/prices", tier, "pricing.offer_not_found"},
		{"GET", offer + "/movements", nil, "inventory.offer_not_found"},
		{"POST", "/stock/arrivals", map[string]any{"arrivals": []any{map[string]any{"offer_id": out.Offers[0].ID, "warehouse_id": id.Warehouse{}.New(), "quantity": "1"}}}, "inventory.offer_not_found"},
	} {
		status, got := m.ask(t, c.method, c.path, other, c.body)
		if status != 404 || got["code"] != c.code {
			t.Errorf("%s %s: %d %v, want 404 %s", c.method, c.path, status, got["code"], c.code)
		}
	}
	if n := len(m.Log.Names()); n != events {
		t.Errorf("%d events although nothing happened", n-events)
	}
}

// The rules say no: nothing is published, nobody is told, and the reason is passed on.
func TestARefusedPublicationChangesNothing(t *testing.T) {
	t.Parallel()
	m := open(t)
	e := catalogtest.Beam("C2", "可待因", "Codeine", "200", "Q235B", 1, m.Sellers[0])
	e.Item.State, e.Item.Regulated, e.Item.Seller = "draft", "CII", m.Sellers[0]
	m.Gate.Refuse["catalog.item.publish"] = true
	out := m.Put(t, e)
	if len(out.Refused) != 1 || out.Offers[0].State != "draft" {
		t.Fatalf("an import opened an offer that the rules refuse: %+v", out.Refused)
	}
	status, got := m.ask(t, "POST", "/items/"+out.Items[0].ID.String()+"/publish", "seller "+m.Sellers[0].String(), nil)
	if status != 403 || got["code"] != "test.refused" {
		t.Fatalf("%d %v", status, got)
	}
	facts, _ := json.Marshal(m.Gate.Facts["catalog.item.publish"])
	want := fmt.Sprintf(`{"item":{"id":%q,"name":"Codeine","regulated":"CII"},"object":%q,"seller":{"id":%q,"name":"Test","state":"approved","licences":[]}}`, out.Items[0].ID, out.Items[0].ID, m.Sellers[0])
	if d := cmp.Diff(want, string(facts)); d != "" {
		t.Errorf("facts (-want +got):\n%s", d)
	}
	it, err := m.Catalog.Item(m.Ctx, out.Items[0].ID)
	if err != nil || it.State != "draft" {
		t.Errorf("state %s, %v", it.State, err)
	}
}

func TestWhateverIsTypedIsAProblemOrAnAnswer(t *testing.T) {
	t.Parallel()
	m := open(t)
	m.Put(t, catalogtest.Beam("HW200", "型钢", "beam", "200", "Q235B", 605, m.Sellers[0]))
	for q, want := range map[string]int{
		"q=" + url.QueryEscape(`'; DROP TABLE catalog_items; --`): 200,
		"q=" + url.QueryEscape("<script>alert(1)</script>"):       200,
		"q=" + url.QueryEscape(strings.Repeat("钢管", 200)):         200,
		"q=" + url.QueryEscape("& | ! ( ) :* \\ \"") + "":         200,
		"q=" + url.QueryEscape("🙂"):                               200,
		"attr=nonsense":                                           422,
		"attr=nonsense:1":                                         422,
		"attr=h:abc..":                                            422,
		"attr=h:300..200":                                         422,
		"attr=h:1kg..2kg":                                         422,
		"attr=grade:Q999":                                         422,
		"sort=sideways":                                           422,
		"after=bm9uc2Vuc2U":                                       422,
		"category=no/such":                                        404,
		"limit=100000":                                            422,
		"seller=me":                                               422,
	} {
		status, got := m.ask(t, "GET", "/items?"+q, "", nil)
		if status != want {
			t.Errorf("%s: %d %v, want %d", q, status, got, want)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package seller_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
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

func TestEveryPageOfASellerSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for lang, words := range map[string][2]string{"en": {"Inbox", "Balance and payouts"}, "zh-CN": {"待办", "余额"}} {
		b := surfacetest.As(t, h, "pharma", lang, "seller")
		for _, path := range []string{
			"/seller", "/seller/rfqs", "/seller/orders", "/seller/shipments", "/seller/offers", "/seller/offers/new", "/seller/stock", "/seller/stock?expiring=1",
			"/seller/claims", "/seller/balance", "/seller/invoices", "/seller/company", "/seller/offers?q=%25_%5C", "/seller/orders?state=nonsense&after=",
		} {
			if p := b.Get(path); p.Status != http.StatusOK || !strings.Contains(p.Body, `aria-current="page"`) {
				t.Errorf("%s %s: %d %s", lang, path, p.Status, p.Text())
			}
		}
		if p := b.Get("/seller"); lang == "en" && !p.Shows(words[0]) {
			t.Errorf("%s: %s", lang, p.Text())
		}
		if p := b.Get("/seller/balance"); !p.Shows(words[1]) {
			t.Errorf("%s: %s", lang, p.Text())
		}
	}
}

func TestWhoDoesNotSellSeesNoSellersPage(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "buyer")
	for _, path := range []string{"/seller", "/seller/orders", "/seller/balance"} {
		if p := b.Get(path); p.Status != http.StatusForbidden || p.Shows("Balance and payouts") {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	if p := surfacetest.New(t, h, "steel", "en").Get("/seller"); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/sign-in") {
		t.Errorf("a visitor: %d %s", p.Status, p.Location)
	}
}

func TestAnothersThingsAreNotThere(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer, lanqiao := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller")
	o := surfacetest.Ordered(t, h, buyer, lanqiao, 100)
	r := surfacetest.Asked(t, h, buyer, surfacetest.Org(t, lanqiao), "For one seller's eyes")
	offer := ""
	if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT id::text FROM catalog_offers WHERE seller_id = $1 LIMIT 1`, surfacetest.Org(t, lanqiao).UUID()).Scan(&offer); err != nil {
		t.Fatal(err)
	}
	other := surfacetest.As(t, h, "steel", "en", "seller2")
	other.Get("/seller")
	for _, path := range []string{
		"/seller/orders/" + o.ID.String(), "/seller/orders/" + o.ID.String() + "/ship", "/seller/rfqs/" + r.ID.String(), "/seller/offers/" + offer,
		"/seller/orders/not-an-id", "/seller/claims/00000000-0000-0000-0000-000000000000", "/seller/invoices/" + o.ID.String() + "/pdf",
	} {
		if p := other.Get(path); p.Status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, p.Status)
		}
	}
	for path, form := range map[string][]string{"/seller/orders/" + o.ID.String() + "/accept": nil, "/seller/offers/" + offer + "/state": {"to", "paused"}, "/seller/rfqs/" + r.ID.String() + "/decline": {"note", "mine"}} {
		if p := other.Post(path, form...); p.Status != http.StatusNotFound {
			t.Errorf("POST %s: %d %s", path, p.Status, p.Text())
		}
	}
	if n := count(t, h, `SELECT count(*) FROM ordering_orders WHERE id = $1 AND order_state <> 'placed'`, o.ID.UUID()); n != 0 {
		t.Error("another seller moved the order")
	}
}

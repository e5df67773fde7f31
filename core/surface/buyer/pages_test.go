package buyer_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/buyer"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

var gap = regexp.MustCompile(`⟦[^⟧]*⟧`)

// Every page that needs no identifier is there in both languages, has one heading, and
// leaves no text out, for whoever may see it.
func TestEveryPageSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for slug, email := range map[string]string{"steel": "approver@steel.example", "pharma": "buyer@pharma.example", "procure": "approver2@procure.example"} {
		b := open(t, h, slug, email)
		seen := 0
		for _, r := range buyer.Pages(buyer.Deps{}) {
			if r.Method != http.MethodGet || strings.Contains(r.Path, "{") || strings.HasSuffix(r.Path, "/export") {
				continue
			}
			for _, lang := range []string{"en", "zh-CN"} {
				b.do(http.MethodGet, r.Path+"?lang="+lang, nil)
				if b.status == 403 && slug != "procure" {
					continue // of the administrator's
				}
				seen++
				heads := 0
				walk(b.doc, func(n *html.Node) {
					if n.Data == "h1" {
						heads++
					}
				})
				if g := gap.FindAllString(b.body, -1); b.status != 200 || heads != 1 || len(g) > 0 || !strings.Contains(b.body, `<html lang="`+lang) {
					t.Errorf("%s %s %s: %d, %d headings, gaps %v", slug, r.Path, lang, b.status, heads, g)
				}
			}
		}
		if seen < 20 {
			t.Errorf("%s: only %d pages were seen", slug, seen)
		}
	}
}

// overLimit orders more bearings than the technician may order alone.
func overLimit(t *testing.T, h *apptest.House, po string) string {
	t.Helper()
	c := h.Client(t, "procure", "buyer@procure.example")
	found, err := c.GetItemsWithResponse(t.Context(), &kontor.GetItemsParams{Q: new("BA-8327")})
	item := apptest.Got(t, found, err, 200, func() *kontor.CatalogListView { return found.JSON200 }).Items[0]
	card, err := c.GetItemsByIdWithResponse(t.Context(), item.Id)
	offer := apptest.Got(t, card, err, 200, func() *kontor.CatalogItemView { return card.JSON200 }).Offers[0]
	put, err := c.PutCartLinesByOfferWithResponse(t.Context(), offer.Id, kontor.PutCartLinesByOfferRequest{Quantity: kontor.Quantity{Value: "30", Unit: offer.Unit}})
	if err != nil || put.StatusCode() >= 300 {
		t.Fatalf("cart: %v %d %s", err, put.StatusCode(), put.Body)
	}
	co, err := c.PostCheckoutsWithResponse(t.Context(), &kontor.PostCheckoutsParams{IdempotencyKey: apptest.Key()}, kontor.PostCheckoutsRequest{City: "Hamburg", Country: "DE"})
	fixed := apptest.Got(t, co, err, 201, func() *kontor.OrderingCheckoutView { return co.JSON201 })
	in := kontor.PostOrdersRequest{CheckoutId: fixed.Id, PoNumber: &po, ShipTo: kontor.OrderingAddress{City: new("Hamburg"), Country: new("DE"), Street: new("Hafenstraße 1")}}
	placed, err := c.PostOrdersWithResponse(t.Context(), &kontor.PostOrdersParams{IdempotencyKey: apptest.Key()}, in)
	return apptest.Got(t, placed, err, 201, func() *kontor.OrderingPlaced { return placed.JSON201 }).Orders[0].Number
}

func TestAnOrderAboveTheLimitIsDecidedOnAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	number := overLimit(t, h, `=HYPERLINK("http://evil.example")`)
	head := open(t, h, "procure", "approver@procure.example") // a role of the tenant's own
	head.get("/buyer").says("Approve " + number)
	head.get("/buyer/approvals").says(number, "Jonas Brandt")
	page := head.link("/buyer/approvals/")
	head.get(page).says("may order up to €500.00 alone", "You may approve up to €10,000.00")
	if head.send(page, "", "decision", "reject"); head.status != 422 {
		t.Errorf("rejected without a word: %d", head.status)
	}
	head.says("Say why.")

	own := open(t, h, "procure", "buyer@procure.example")
	own.get(page).says("You placed this order. Another approver decides.")
	if f := own.do(http.MethodPost, page, nil); f.status == 303 {
		t.Error("who ordered has approved")
	}
	own.do(http.MethodGet, "/buyer/orders/export?lang=en", nil)
	if !strings.Contains(own.body, `"'=HYPERLINK(""http://evil.example"")"`) || !strings.Contains(own.body, number) {
		t.Errorf("a spreadsheet would run this: %s", own.body)
	}
	head.get(page)
	head.send(page, "", "decision", "approve", "note", "the press stands still").went().says("was approved")
	if head.get(page); strings.Contains(head.body, `value="approve"`) {
		t.Error("it can be decided twice")
	}
	own.get("/buyer/orders?q=" + number).says("Awaiting payment")
}

func TestACompanyRunsItsOwnAffairs(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := open(t, h, "procure", "approver2@procure.example")
	const members, addresses, budgets = "/buyer/company/members", "/buyer/company/addresses", "/buyer/company/budgets"

	b.get(members)
	_, row, _ := strings.Cut(b.body, "goods@procure.example") // whom no other test orders with
	one := regexp.MustCompile(members + `/[0-9a-f-]{36}`).FindString(row)
	b.get(one)
	if b.send(one, "", "limit", "many", "no_limit", ""); b.status != 422 {
		t.Errorf("a limit that is none: %d", b.status)
	}
	b.send(one, "", "limit", "751.00", "no_limit", "").went().says("€751.00")

	b.get(addresses)
	if b.send(addresses, "", "label", "Gate 7"); b.status != 422 {
		t.Errorf("an address without a city: %d", b.status)
	}
	b.send(addresses, "", "city", "Bremen", "street", "Kai 3", "country", "de").went().says("Gate 7", "Bremen")

	b.get(budgets)
	b.send(budgets, "", "code", "9100", "name", "Test rig", "budget", "1,000.00", "from", "2026-01-01", "to", "2026-12-31").went().says("9100", "€1,000.00")

	o := open(t, h, "procure", "seller@procure.example") // administers another company
	if o.get(addresses); strings.Contains(o.body, "Gate 7") {
		t.Error("another company sees the address")
	}
	if o.get(budgets); strings.Contains(o.body, "Test rig") {
		t.Error("another company sees the budget")
	}
}

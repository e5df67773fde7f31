package storefront_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

const beam = "HW200x200x8x12-Q355B-12"

// controlled needs a licence, which buyer2 of the pharma market has not.
const controlled = "NDC-0395-8101"

func TestMain(m *testing.M) {
	apptest.Keep = []string{beam, "HW200x200x8x12-Q235B-12", "HEB200-S355J2-12", "BRG-6204-2RS", "NDC-0406-0044", controlled}
	os.Exit(apptest.Main(m))
}

func TestVisitorsSeeTheShopInBothLanguages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for _, c := range []struct {
		slug, lang, path string
		words            []string
	}{
		{"steel", "zh-CN", "/", []string{"H型钢", "工字钢", "螺纹钢"}},
		{"steel", "en", "/", []string{"Steel, priced today", "H-beams", "Wuhan Chujun Steel Trading"}},
		{"steel", "zh-CN", "/search?q=" + url.QueryEscape("H型钢"), []string{"搜索结果", "HW200x200"}},
		{"steel", "en", "/search?q=HW+200", []string{"Results for", "Q355B", "prices without tax"}},
		{"steel", "en", "/c/sections/h-beams", []string{"H-beams", "Wide flange HW"}},
		{"steel", "en", "/i/" + beam, []string{"Wide-flange H-beam", "Specification", "Height h", "200 mm", "Price by quantity", "Sign in to order"}},
		{"steel", "zh-CN", "/i/" + beam, []string{"规格参数", "阶梯价", "登录后下单"}},
		{"pharma", "en", "/search?q=acetaminophen", []string{"Acetaminophen", "0406-0044"}},
		{"pharma", "en", "/i/NDC-0406-0044", []string{"Lot", "expires", "SpecGx"}},
		{"pharma", "zh-CN", "/", []string{"药", "许可"}},
		{"steel", "en", "/help", []string{"Find goods", "Ask a person"}},
		{"steel", "zh-CN", "/help", []string{"查找商品"}},
		{"steel", "en", "/_styleguide", []string{"Styleguide"}},
	} {
		p := surfacetest.New(t, h, c.slug, c.lang).Get(c.path)
		if p.Status != http.StatusOK {
			t.Errorf("%s %s %s: %d", c.slug, c.lang, c.path, p.Status)
			continue
		}
		for _, w := range c.words {
			if !p.Shows(w) {
				t.Errorf("%s %s %s does not say %q", c.slug, c.lang, c.path, w)
			}
		}
	}
}

func TestAPrivatePortalShowsStrangersTheDoorAlone(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "procure", "en")
	for _, path := range []string{"/", "/search", "/i/BRG-6204-2RS", "/cart", "/sitemap.xml", "/compare", "/pictures/chain.gif"} {
		if p := b.Get(path); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/sign-in") {
			t.Errorf("%s: %d to %q", path, p.Status, p.Location)
		}
	}
	if p := b.Get("/robots.txt"); !strings.Contains(p.Body, "Disallow: /\n") || strings.Contains(p.Body, "Sitemap") {
		t.Errorf("robots are told %q", p.Body)
	}
	b = surfacetest.As(t, h, "procure", "en", "buyer")
	if p := b.Get("/"); !p.Shows("Hello, Jonas Brandt", "Budget left", "Maintenance Hannover") {
		t.Errorf("the desk is bare: %s", p.Text())
	}
	if p := b.Get("/pictures/chain.gif"); p.Status != http.StatusOK || p.Header.Get("Content-Type") != "image/gif" {
		t.Errorf("a picture: %d %s", p.Status, p.Header.Get("Content-Type"))
	}
}

// What is kept for all visitors must not hold one buyer's prices, name or token.
func TestAVisitorsPageIsSharedAndHoldsNobodysData(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer := surfacetest.As(t, h, "steel", "en", "buyer")
	if p := buyer.Get("/i/" + beam); !p.Shows("your price", "Add to cart") {
		t.Errorf("the buyer does not see his contract: %s", p.Text())
	}
	visitor := surfacetest.New(t, h, "steel", "en")
	visitor.Get("/i/" + beam)
	p := visitor.Get("/i/" + beam)
	if p.Header.Get("X-Cache") != "hit" {
		t.Error("the second visitor was not served from memory")
	}
	if p.Shows("your price") || strings.Contains(p.Body, `action="/cart"`) || strings.Contains(p.Body, "周建平") {
		t.Error("a visitor sees a buyer's page")
	}
	if !strings.Contains(p.Body, `application/ld+json`) || !strings.Contains(p.Body, `rel="canonical"`) || !strings.Contains(p.Body, `hreflang="zh-CN"`) {
		t.Error("search engines are told nothing")
	}
}

func TestFiltersNarrowAndNonsenseIsToldNotHidden(t *testing.T) {
	t.Parallel()
	b := surfacetest.New(t, apptest.New(t), "steel", "en")
	p := b.Get("/c/sections/h-beams?grade=Q355B&h.min=190&h.max=8in")
	if p.Status != http.StatusOK || !p.Shows("Q355B", "190–203.2") || strings.Contains(p.Body, "Q235B-12</small>") {
		t.Errorf("narrowed: %d %s", p.Status, p.Text())
	}
	for _, q := range []string{"h.min=abc", "h.min=300&h.max=100", "sort=%27%3Bdrop+table", "after=zzz"} {
		p := b.Get("/c/sections/h-beams?" + q)
		if p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest || !strings.Contains(p.Body, `id="errors"`) || !p.Shows("H-beams") {
			t.Errorf("%s: %d", q, p.Status)
		}
	}
	if p := b.Get("/search?q=" + url.QueryEscape(`<script>alert(1)</script>' OR 1=1--`)); p.Status != http.StatusOK || strings.Contains(p.Body, "<script>alert") {
		t.Errorf("a script as search words: %d", p.Status)
	}
	if p := b.Get("/search?q=qqqqqqq"); !p.Shows("Nothing found", "Request a quote") {
		t.Errorf("no help where nothing is found: %s", p.Text())
	}
	for _, path := range []string{"/c/nowhere", "/i/none", "/i/01a204d9-b92b-7001-b387-fd83f205b280", "/s/01a204d9-b92b-7001-b387-fd83f205b280", "/s/x", "/documents/x", "/pictures/..%2ftenant.yaml", "/nowhere"} {
		if p := b.Get(path); p.Status != http.StatusNotFound || !p.Shows("404") {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestMillCertificatesCanBeFetchedByWhoeverSeesTheItem(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.New(t, h, "steel", "en")
	var paper string
	for _, sku := range []string{beam, "HW200x200x8x12-Q235B-12"} {
		if _, rest, ok := strings.Cut(b.Get("/i/"+sku).Body, `href="/documents/`); ok {
			paper, _, _ = strings.Cut(rest, `"`)
		}
	}
	if paper == "" {
		t.Fatal("no item shows a certificate")
	}
	p := b.Get("/documents/" + paper)
	if p.Status != http.StatusOK || !strings.HasPrefix(p.Body, "%PDF-") || p.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the certificate: %d %s", p.Status, p.Header.Get("Content-Type"))
	}
	if p := surfacetest.New(t, h, "pharma", "en").Get("/documents/" + paper); p.Status != http.StatusNotFound {
		t.Errorf("another market hands it out: %d", p.Status)
	}
}

// count reads one number past all isolation.
func count(t *testing.T, h *apptest.House, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := h.DB.Ops(t).QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const linesOf = `SELECT count(*) FROM ordering_cart_lines l JOIN ordering_carts c USING (tenant_id) JOIN identity_people p ON p.tenant_id = c.tenant_id AND p.id = c.person_id
	WHERE c.id = l.cart_id AND c.state = 'open' AND p.email = $1`

func TestWhatCannotBeBoughtIsRefusedBesideItsFieldAndNotStored(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "zh-CN", "buyer2")
	page := b.Get("/i/" + beam)
	offer := page.Value("offer")
	for _, c := range []struct{ quantity, unit, says string }{
		{"0.05", "TNE", "起订量"},
		{"-3", "TNE", "大于零"},
		{"99999999999999999999", "TNE", "过大"},
		{"1e9", "TNE", "数字"},
		{"", "TNE", "数字"},
		{"<script>alert(1)</script>", "TNE", "数字"},
		{"1.23456789", "TNE", "数字"},
		{"5", "XXX", "计量单位"},
		{"5", "LTR", "换算"},
	} {
		p := b.Post("/cart", "offer", offer, "qty."+offer, c.quantity, "unit", c.unit)
		if p.Status != http.StatusUnprocessableEntity || !p.Shows(c.says) || strings.Contains(p.Body, "<script>alert") {
			t.Errorf("%q %s: %d, want a refusal that says %q", c.quantity, c.unit, p.Status, c.says)
		}
	}
	for _, foreign := range []string{"", "x", "01a204d9-b92b-7001-b387-fd83f205b280"} {
		if p := b.Post("/cart", "offer", foreign, "quantity", "1", "unit", "TNE"); p.Status != http.StatusNotFound {
			t.Errorf("offer %q: %d", foreign, p.Status)
		}
	}
	if p := b.Send("/cart", url.Values{"_csrf": {"forged"}, "_key": {"k"}, "offer": {offer}, "quantity": {"1"}, "unit": {"TNE"}}); p.Status < 400 {
		t.Errorf("a forged token: %d", p.Status)
	}
	if n := count(t, h, linesOf, "buyer2@steel.example"); n != 0 {
		t.Errorf("%d lines were stored", n)
	}
}

func TestACartOfSeveralSellersBecomesOneOrderEach(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "buyer3")
	page := b.Get("/i/" + beam)
	offers := page.Values("offer")
	if len(offers) < 3 {
		t.Fatalf("%d offers", len(offers))
	}
	sellers := map[string]bool{}
	for _, o := range offers {
		b.Get("/i/" + beam)
		if p := b.Post("/cart", "offer", o, "qty."+o, page.Value("qty."+o), "unit", unitOf(page, o)); p.Status != http.StatusSeeOther {
			t.Fatalf("put: %d %s", p.Status, p.Text())
		}
		sellers[sellerOf(t, h, o)] = true
	}
	cart := b.Get("/cart")
	if !cart.Shows("Check out", fmt.Sprintf("%d lines", len(offers)), fmt.Sprintf("%d sellers", len(sellers))) {
		t.Fatalf("cart: %s", cart.Text())
	}
	taken := b.Post("/cart/lines/"+offers[0], "do", "remove")
	if p := b.Get(taken.Location); !p.Shows("was taken out", "Undo") {
		t.Errorf("nothing to undo: %s", p.Text())
	}
	b.Post("/cart", "offer", offers[0], "quantity", page.Value("qty."+offers[0]), "unit", unitOf(page, offers[0]))
	form := b.Get("/checkout")
	if p := b.Post("/checkout", "address", "other", "ship_to.country", "CN"); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `id="f-ship_to-city-e"`) {
		t.Errorf("no address: %d", p.Status)
	}
	if form.Value("address") != "other" {
		t.Fatal("this company was to have no address yet")
	}
	review := b.Post("/checkout", "address", "other", "ship_to.street", "长江路 9 号", "ship_to.city", "南京", "ship_to.country", "CN", "keep", "1")
	if review.Status != http.StatusOK || !review.Shows("Order now", "Tax, 13 %", "What happens next", "长江路 9 号") {
		t.Fatalf("review: %d %s", review.Status, review.Text())
	}
	action := between(review.Body, `action="/checkout/`, `"`)
	if p := b.Post("/checkout/"+action, append(review.Hidden(), "po_number", strings.Repeat("9", 41))...); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("an endless number: %d", p.Status)
	}
	elsewhere := []string{"ship_to.street", "长江路 9 号", "ship_to.city", "乌鲁木齐", "ship_to.country", "CN", "do", "place"}
	for _, m := range regexp.MustCompile(`name="(freight\.[^"]+)" value="([^"]+)"`).FindAllStringSubmatch(review.Body, -1) {
		elsewhere = append(elsewhere, m[1], m[2]) // the first of each seller counts
	}
	far := b.Post("/checkout/"+action, elsewhere...)
	if far.Status != http.StatusConflict || !far.Shows("rated for another place", "Ask for freight to the new address") || far.Value("ship_to.city") != "乌鲁木齐" {
		t.Errorf("freight for 南京 goes to 乌鲁木齐: %d %s", far.Status, far.Text())
	}
	rated := b.Post("/checkout", "address", "other", "ship_to.street", far.Value("ship_to.street"), "ship_to.city", far.Value("ship_to.city"), "ship_to.country", "CN")
	if rated.Status != http.StatusOK || !rated.Shows("Order now", "乌鲁木齐") {
		t.Errorf("freight cannot be asked for again: %d %s", rated.Status, rated.Text())
	}
	done := b.Post("/checkout/"+action, append(review.Hidden(), "po_number", "4711", "note", "<b>bold</b>", "do", "place")...)
	if done.Status != http.StatusSeeOther {
		t.Fatalf("place: %d %s", done.Status, done.Text())
	}
	p := b.Get(done.Location)
	if !p.Shows("Ordered", "Order group OG-") || strings.Count(p.Body, `href="/buyer/orders/`) != len(sellers) {
		t.Errorf("confirmation: %s", p.Text())
	}
	if other := surfacetest.As(t, h, "steel", "en", "buyer2").Get(done.Location); other.Status != http.StatusNotFound {
		t.Errorf("another company reads it: %d", other.Status)
	}
	if p := b.Get("/checkout"); p.Status != http.StatusSeeOther {
		t.Errorf("an empty cart is checked out: %d", p.Status)
	}
	if n := count(t, h, `SELECT count(*) FROM parties_addresses WHERE city = '南京' AND street = '长江路 9 号'`); n != 1 {
		t.Errorf("the address was kept %d times", n)
	}
	if p := b.Get("/cart"); !p.Shows("The cart is empty") {
		t.Errorf("the cart is not empty: %s", p.Text())
	}
}

func unitOf(p surfacetest.Page, offer string) string {
	_, rest, _ := strings.Cut(p.Body, `name="qty.`+offer+`"`)
	if i := strings.Index(rest, `" selected`); i >= 0 && i < 900 {
		return rest[strings.LastIndex(rest[:i], `"`)+1 : i]
	}
	return "H87"
}

func sellerOf(t *testing.T, h *apptest.House, offer string) string {
	t.Helper()
	var s string
	if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT seller_id::text FROM catalog_offers WHERE id = $1`, offer).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	out, _, _ := strings.Cut(rest, to)
	return out
}

func TestAPastedListIsOrderedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "procure", "en", "buyer2")
	b.Get("/quick-order")
	p := b.Post("/quick-order", "lines", "BRG-6204-2RS\t10\nNO-SUCH 3\nBRG-6204-2RS; -4")
	if p.Status != http.StatusUnprocessableEntity || !p.Shows("Line 2", "Line 3", "NO-SUCH") {
		t.Errorf("two bad lines: %d %s", p.Status, p.Text())
	}
	if n := count(t, h, linesOf, "buyer2@procure.example"); n != 0 {
		t.Errorf("%d lines were stored", n)
	}
	if p := b.Post("/quick-order", "lines", strings.Repeat("BRG-6204-2RS 1\n", 101)); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("101 lines: %d", p.Status)
	}
	if p := b.Post("/quick-order", "lines", "BRG-6204-2RS\t10 pcs"); p.Status != http.StatusSeeOther || p.Location != "/cart" {
		t.Errorf("a good list: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/cart"); !p.Shows("6204-2RS", "Check out") {
		t.Errorf("cart: %s", p.Text())
	}
}

func TestAnOrderAboveOnesLimitSaysSoBeforeItIsSent(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "procure", "en", "buyer")
	b.Get("/quick-order")
	if p := b.Post("/quick-order", "lines", "BRG-6204-2RS\t90\nSA-M198\t8"); p.Status != http.StatusSeeOther {
		t.Fatalf("quick order: %s", p.Text())
	}
	form := b.Get("/checkout")
	review := b.Post("/checkout", "address", form.Value("address"))
	if !review.Shows("needs approval", "Submit for approval", "above your own limit of €500.00") {
		t.Fatalf("nothing about approval: %s", review.Text())
	}
	done := b.Post("/checkout/"+between(review.Body, `action="/checkout/`, `"`), append(review.Hidden(), "do", "place")...)
	if done.Status != http.StatusSeeOther {
		t.Fatalf("place: %d %s", done.Status, done.Text())
	}
	if p := b.Get(done.Location); !p.Shows("Waiting for approval", "Awaiting approval") {
		t.Errorf("confirmation: %s", p.Text())
	}
	if p := surfacetest.As(t, h, "procure", "en", "approver").Get("/"); !p.Shows("Decide on PO-", "Jonas Brandt") {
		t.Errorf("the approver's desk: %s", p.Text())
	}
}

func TestItemsAreComparedSideBySide(t *testing.T) {
	t.Parallel()
	b := surfacetest.New(t, apptest.New(t), "steel", "en")
	var ids []string
	for _, sku := range []string{beam, "HEB200-S355J2-12"} {
		ids = append(ids, between(b.Get("/i/"+sku).Body, "/rfqs/new?item=", `"`))
	}
	if p := b.Get("/compare?ids=" + strings.Join(ids, ",")); !p.Shows("Q355B", "S355J2", "differs", "Height h") {
		t.Errorf("comparison: %s", p.Text())
	}
	if p := b.Get("/compare?ids=x,y"); p.Status != http.StatusOK || !p.Shows("Nothing to compare") {
		t.Errorf("nonsense: %d", p.Status)
	}
}

func TestSearchEnginesAreLedThroughOpenMarkets(t *testing.T) {
	t.Parallel()
	b := surfacetest.New(t, apptest.New(t), "steel", "en")
	if p := b.Get("/robots.txt"); !strings.Contains(p.Body, "Sitemap: http://steel.localhost") || !strings.Contains(p.Body, "Disallow: /cart") {
		t.Errorf("robots: %s", p.Body)
	}
	if p := b.Get("/sitemap.xml"); !strings.Contains(p.Body, "/i/"+beam+"</loc>") || !strings.Contains(p.Body, "/c/sections/h-beams</loc>") {
		t.Errorf("site map: %.300s", p.Body)
	}
}

// The rules' grounds stand on the page, each once and with what would change it.
func TestARefusedOrderSaysWhyAndWhatWouldHelp(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "pharma", "en", "buyer2")
	page := b.Get("/i/" + controlled)
	offer := page.Value("offer")
	if p := b.Post("/cart", "offer", offer, "qty."+offer, page.Value("qty."+offer), "unit", unitOf(page, offer)); p.Status != http.StatusSeeOther {
		t.Fatalf("put: %d %s", p.Status, p.Text())
	}
	b.Get("/checkout")
	review := b.Post("/checkout", "address", "other", "ship_to.street", "1 Main Street", "ship_to.city", "Madison", "ship_to.country", "US")
	refused := b.Post("/checkout/"+between(review.Body, `action="/checkout/`, `"`), append(review.Hidden(), "do", "place")...)
	if refused.Status != http.StatusForbidden || strings.Count(refused.Body, `<ol class="why">`) != 1 || !strings.Contains(refused.Body, `class="fix"`) {
		t.Errorf("%d %s", refused.Status, refused.Text())
	}
}

// A visitor's front page is kept for everybody; a request that has just been published is on
// it all the same.
func TestANewRequestIsOnTheFrontPageThatVisitorsShare(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	visitor := surfacetest.New(t, h, "steel", "en")
	for range 2 {
		if p := visitor.Get("/"); p.Status != http.StatusOK || p.Shows("7,357") {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
	}
	ctx := surfacetest.Acting(t, h, "steel", "buyer3")
	var item id.Item
	var seller id.Org
	err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT i.id, o.seller_id FROM catalog_items i JOIN catalog_offers o ON o.tenant_id = i.tenant_id AND o.item_id = i.id WHERE i.sku = $1 LIMIT 1`, beam).Scan(&item, &seller)
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.Sourcing.Draft(ctx, sourcing.DraftInput{
		Title: "Beams", Currency: "CNY", ClosesAt: time.Now().Add(70 * time.Minute), Sellers: []id.Org{seller},
		ShipTo: sourcing.Address{Country: "CN", City: "杭州", Street: "1"}, Lines: []sourcing.LineInput{{Item: item, Qty: "7357", Unit: "TNE"}},
	})
	if err == nil {
		_, err = h.Sourcing.Publish(ctx, r.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Eventually(t, 15*time.Second, "the front page tells of it", func() bool { return visitor.Get("/").Shows("7,357") })
}

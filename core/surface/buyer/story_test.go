package buyer_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/surface/buyer"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

const beam = "HW200x200x8x12-Q235B-12"

// Nothing here runs a script: every step is a link or a form.
func TestARequestBecomesOrdersAndGoodsWithFormsAlone(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := open(t, h, "steel", "buyer@steel.example")
	rfq := ask(t, b)
	lanqiao, huheng := h.Client(t, "steel", "seller@steel.example"), h.Client(t, "steel", "seller2@steel.example")
	strangersSeeNothing(t, h, rfq)
	quote(t, lanqiao, rfq, "3850", "100")
	quote(t, huheng, rfq, "3790", "60")
	b.get(rfq+"/compare").says("Sellers may still quote", "lowest landed cost", "only 60 pcs")
	b.send(rfq+"/close", "").went()
	b.get("/buyer").says("Compare quotes: Beams for hall 3")
	first := award(t, b, rfq)
	settle(t, h, b, lanqiao, first)
}

// ask writes a request line by line and publishes it.
func ask(t *testing.T, b *browser) string {
	b.get("/buyer/rfqs/new?item="+beam+"&qty=100").says("Wide-flange H-beam", beam)
	b.send("/buyer/rfqs", "/buyer/rfqs/form", "do", "add")
	b.send("/buyer/rfqs", "/buyer/rfqs/form", "do", "add")
	b.send("/buyer/rfqs", "/buyer/rfqs/form", "do", "remove:1")
	if f := b.form("/buyer/rfqs"); f.Get("lines[0].qty") != "100" || !f.Has("lines[1].qty") || f.Has("lines[2].qty") {
		t.Fatalf("after adding two lines and removing one: %v", f)
	}
	sellers := regexp.MustCompile(`name="sellers" value="([^"]+)"`).FindAllStringSubmatch(b.body, -1)
	if len(sellers) < 2 {
		t.Fatalf("%d sellers suggested for the beam", len(sellers))
	}
	f := b.form("/buyer/rfqs")
	for _, s := range sellers {
		f.Add("sellers", s[1])
	}
	f.Set("lines[1].description", "Rebar HRB400E 16 mm, 12 m")
	f.Set("lines[1].unit", "TNE")
	f.Set("title", "")
	if b.do(http.MethodPost, "/buyer/rfqs", f); b.status != 422 {
		t.Fatalf("a request without a title or a quantity: %d", b.status)
	}
	if got := b.form("/buyer/rfqs"); got.Get("lines[1].description") != "Rebar HRB400E 16 mm, 12 m" || len(got["sellers"]) != len(sellers) {
		t.Errorf("what was typed is lost: %v", got)
	}
	b.send("/buyer/rfqs", "", "title", "Beams for hall 3", "lines[1].qty", "20", "then", "publish").went().says("Publish this request?", "100 pcs", "20 t")
	rfq := strings.TrimSuffix(b.at, "/publish")
	b.send(rfq+"/publish", "").went().says("Open for quotes", "0 of")
	return rfq
}

func strangersSeeNothing(t *testing.T, h *apptest.House, rfq string) {
	for _, email := range []string{"buyer2@steel.example", "seller@steel.example"} {
		o := open(t, h, "steel", email)
		for _, p := range []string{"", "/compare", "/publish", "/edit"} {
			if o.do(http.MethodGet, rfq+p, nil); o.status != 404 && o.status != 403 {
				t.Errorf("%s sees %s: %d", email, p, o.status)
			}
		}
		if o.get("/buyer/rfqs"); strings.Contains(o.body, rfq) {
			t.Errorf("%s finds the request in his list", email)
		}
	}
}

func quote(t *testing.T, c *apptest.Client, rfq, tonne, pieces string) {
	t.Helper()
	rid := strings.TrimPrefix(rfq, "/buyer/rfqs/")
	r, err := c.GetRfqsByIdWithResponse(t.Context(), rid)
	seen := apptest.Got(t, r, err, 200, func() *kontor.SourcingRfqView { return r.JSON200 })
	in := kontor.PostRfqsByIdQuotesRequest{Freight: new("3200"), TaxRate: new("0.13"), PaymentDays: new(int64(30)), ValidUntil: time.Now().AddDate(0, 0, 20), Lines: []kontor.SourcingQuoteLineInput{
		{Line: seen.Lines[0].Id, Price: tonne, PriceUnit: new("TNE"), Basis: new("theoretical"), LeadDays: 7, Qty: &kontor.SourcingQtyInput{Value: pieces, Unit: new("H87")}},
		{Line: seen.Lines[1].Id, Price: "3590", LeadDays: 4},
	}}
	q, err := c.PostRfqsByIdQuotesWithResponse(t.Context(), rid, &kontor.PostRfqsByIdQuotesParams{IdempotencyKey: apptest.Key()}, in)
	apptest.Got(t, q, err, 201, func() *kontor.SourcingQuoteView { return q.JSON201 })
}

// award splits the beams: the cheaper seller has sixty, the dearer one the rest.
func award(t *testing.T, b *browser, rfq string) string {
	b.get(rfq + "/compare").says("Evaluating")
	var fields []string
	for name := range b.form(rfq + "/compare") {
		if strings.HasPrefix(name, "qty.0.") {
			fields = append(fields, name)
		}
	}
	if len(fields) != 2 {
		t.Fatalf("parts can be given to %v", fields)
	}
	cheap := "qty.0." + b.form(rfq+"/compare").Get("pick.0")
	dear := fields[1-slices.Index(fields, cheap)]
	b.send(rfq+"/compare", "", "pick.0", "split", cheap, "10", dear, "40")
	if b.status != 422 {
		t.Fatalf("passing the cheaper quote over without a reason: %d", b.status)
	}
	b.says("Say why you did not choose the lowest landed cost")
	b.send(rfq+"/compare", "", cheap, "60", dear, "40").says("2 orders are placed", "40 pcs", "60 pcs")
	b.send(rfq+"/award", "").went().says("Awarded", "Orders from this award", "PO-")
	if n := len(regexp.MustCompile(`href="/buyer/orders/[0-9a-f-]{36}"`).FindAllString(b.body, -1)); n != 2 {
		t.Errorf("the award led to %d orders", n)
	}
	for _, to := range regexp.MustCompile(`/buyer/orders/[0-9a-f-]{36}`).FindAllString(b.body, -1) {
		if b.get(to); strings.Contains(b.text(), "Tangshan Lanqiao") {
			return to
		}
	}
	t.Fatal("the dearer seller got no order")
	return ""
}

// settle pays, receives two pieces fewer than were sent, is refused and gives in.
func settle(t *testing.T, h *apptest.House, b *browser, seller *apptest.Client, order string) {
	b.get("/buyer").says("for PO-")
	b.get(order)
	b.send(order+"/pay", "").went().says("Reference", "Still missing")
	ref := regexp.MustCompile(`data-copy="(RF[0-9A-Z]+)"`).FindStringSubmatch(b.body)
	if ref == nil {
		t.Fatalf("no reference to pay with: %s", b.text())
	}
	if err := h.Sim.Transfer(t.Context(), ref[1], "exact", 0); err != nil {
		t.Fatal(err)
	}
	until(t, "the money is in escrow", func() bool { return strings.Contains(b.get(order).text(), "held in escrow") })
	oid := strings.TrimPrefix(order, "/buyer/orders/")
	ok, err := seller.PostOrdersByIdAcceptWithResponse(t.Context(), oid, &kontor.PostOrdersByIdAcceptParams{IdempotencyKey: apptest.Key()})
	if err != nil || ok.StatusCode() != 200 {
		t.Fatalf("accept: %v %d", err, ok.StatusCode())
	}
	sent, err := seller.PostOrdersByIdShipmentsWithResponse(t.Context(), oid, &kontor.PostOrdersByIdShipmentsParams{IdempotencyKey: apptest.Key()}, kontor.PostOrdersByIdShipmentsRequest{Carrier: new("own"), Vehicle: new("冀B·12345")})
	load := apptest.Got(t, sent, err, 201, func() *kontor.FulfilmentShipmentView { return sent.JSON201 })
	b.get("/buyer").says("Receive " + load.Number)
	door := "/buyer/shipments/" + load.Id
	b.get(door).says("40 pcs")
	b.send(door, door+"/form", "do", "as_sent")
	if f := b.form(door); f.Get("lines[0].qty") != "40" {
		t.Errorf("filled in as sent: %v", f)
	}
	b.send(door, "", "lines[0].qty", "-3")
	if b.status != 422 {
		t.Errorf("minus three pieces were received: %d", b.status)
	}
	b.send(door, "", "lines[0].qty", "38").went().says("Claims opened for differences: 1", "Claim open")
	giveIn(t, b, seller, b.link("/buyer/claims/"))
	until(t, "the escrow is released", func() bool { return strings.Contains(b.get(order).text(), "Nothing is left to do") })
	until(t, "the invoice is there", func() bool { return strings.Contains(b.get(order).body, "/pdf") })
	if b.do(http.MethodGet, b.link("/buyer/invoices/"), nil); b.status != 200 || !strings.HasPrefix(b.body, "%PDF") {
		t.Errorf("the invoice: %d %.20q", b.status, b.body)
	}
	b.get("/orders/"+oid).says("theoretical weight", "Total")
	b.get("/buyer/spend").says("By month", "Not in the catalogue")
}

// giveIn lets the seller refuse the claim and withdraws it.
func giveIn(t *testing.T, b *browser, seller *apptest.Client, claim string) {
	b.get(claim).says("has to answer")
	cid := strings.TrimPrefix(claim, "/buyer/claims/")
	r, err := seller.PostClaimsByIdRejectWithResponse(t.Context(), cid, &kontor.PostClaimsByIdRejectParams{IdempotencyKey: apptest.Key()}, kontor.PostClaimsByIdRejectRequest{Answer: "All forty were loaded."})
	if err != nil || r.StatusCode() != 200 {
		t.Fatalf("refuse the claim: %v %d", err, r.StatusCode())
	}
	b.get("/buyer").says("was refused")
	b.get(claim).says("All forty were loaded.")
	b.send(claim+"/withdraw", "").went().says("You withdrew this claim")
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within twenty seconds: %s", what)
}

// Whatever its form, an identifier that is not the reader's own leads nowhere, and never
// to a fault of ours.
func TestForeignIdentifiersLeadNowhere(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := open(t, h, "steel", "buyer@steel.example")
	tried := 0
	for _, r := range buyer.Pages(buyer.Deps{}) {
		if r.Method != http.MethodGet || !strings.Contains(r.Path, "{") {
			continue
		}
		for _, other := range []string{id.Order{}.New().String(), "x", "%27%3B%20DROP", "00000000-0000-0000-0000-000000000000"} {
			tried++
			path := regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(r.Path, other)
			if b.do(http.MethodGet, path, nil); b.status != 404 && b.status != 403 {
				t.Errorf("%s: %d", path, b.status)
			}
		}
	}
	if tried < 40 {
		t.Fatalf("only %d addresses were tried", tried)
	}
}

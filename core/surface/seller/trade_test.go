package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

func TestAQuoteIsCorrectedSentReplacedAndWithdrawn(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer, seller := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller")
	r := surfacetest.Asked(t, h, buyer, surfacetest.Org(t, seller), "<script>alert(1)</script> girders")
	b := surfacetest.As(t, h, "steel", "en", "seller")
	page := "/seller/rfqs/" + r.ID.String()
	p := b.Get(page)
	if p.Status != http.StatusOK || strings.Contains(p.Body, "<script>alert") || !p.Shows("Girder made to drawing 7", "10 pcs", "Write a quote") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	valid := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	line := []string{"lines[0].line", r.Lines[0].ID.String(), "lines[0].price_unit", "H87", "valid_until", valid}
	for name, wrong := range map[string][]string{
		"no price":        {"lines[0].price", ""},
		"a negative one":  {"lines[0].price", "-5"},
		"words":           {"lines[0].price", "cheap"},
		"more than asked": {"lines[0].price", "5", "lines[0].qty", "11"},
		"absurd":          {"lines[0].price", "999999999999999999999"},
		"negative days":   {"lines[0].price", "5", "lines[0].lead_days", "-1"},
		"freight":         {"lines[0].price", "5", "freight", "much"},
		"tax":             {"lines[0].price", "5", "tax_rate", "250"},
		"another unit":    {"lines[0].price", "5", "lines[0].price_unit", "KGM"},
	} {
		form := append(append([]string{}, line...), wrong...)
		if name == "another unit" {
			form = append([]string{}, wrong...)
			form = append(form, line[0], line[1], line[4], line[5])
		}
		if p := b.Post(page+"/quote", form...); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `id="errors"`) {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
	if n := count(t, h, `SELECT count(*) FROM sourcing_quotes WHERE rfq_id = $1`, r.ID.UUID()); n != 0 {
		t.Fatalf("%d refused quotes were stored", n)
	}
	for _, price := range []string{"1250.50", "1199"} {
		b.Get(page)
		if p := b.Post(page+"/quote", append([]string{"lines[0].price", price, "freight", "300", "tax_rate", "13"}, line...)...); p.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
	}
	p = b.Get(page)
	if !p.Shows("Your quote, version 2", "¥13,887.70") || p.Value("quote") == "" { // (11,990 + 300) + 13 %
		t.Errorf("%s", p.Text())
	}
	if p := b.Post(page+"/withdraw", "quote", p.Value("quote")); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	b.Get(page)
	if p := b.Post(page+"/decline", "note", "No capacity."); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if n := count(t, h, `SELECT count(*) FROM sourcing_rfq_sellers WHERE rfq_id = $1 AND state = 'declined' AND note = 'No capacity.'`, r.ID.UUID()); n != 1 {
		t.Error("the refusal is not kept")
	}
}

func TestAnOrderIsAcceptedAndShippedInTwoLoads(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer, seller := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller")
	o := surfacetest.Ordered(t, h, buyer, seller, 250)
	b := surfacetest.As(t, h, "steel", "en", "seller")
	page := "/seller/orders/" + o.ID.String()
	if p := b.Get("/seller"); !p.Shows(o.Number) {
		t.Errorf("the inbox does not know of it: %s", p.Text())
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE ordering_orders SET freight_service = 'seller' WHERE id = $1`, o.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	if p := b.Get(page); !p.Shows("delivered by the seller") {
		t.Errorf("how it is delivered is not said in words: %s", p.Text())
	}
	if p := b.Post(page+"/decline", "reason", "  "); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `aria-invalid="true"`) {
		t.Errorf("declined without a reason: %d %s", p.Status, p.Text())
	}
	if p := b.Post(page + "/accept"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(page + "/ship"); p.Status != http.StatusSeeOther || p.Location != page {
		t.Errorf("goods could be sent before the money came: %d", p.Status)
	}
	surfacetest.Paid(t, h, buyer, o.ID)
	form := b.Get(page + "/ship")
	if form.Status != http.StatusOK || form.Value("lines[0].qty") != "10" {
		t.Fatalf("%d %s", form.Status, form.Text())
	}
	line := []string{"lines[0].line", o.Lines[0].ID.String(), "way", "own"}
	for name, wrong := range map[string][]string{
		"nothing": {"lines[0].qty", "0", "carrier", "Lorry"}, "too much": {"lines[0].qty", "10.5", "carrier", "Lorry"}, "nobody drives": {"lines[0].qty", "4"},
		"yesterday": {"lines[0].qty", "4", "carrier", "Lorry", "eta", "2020-01-01"},
	} {
		if p := b.Post(page+"/ship", append(wrong, line...)...); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
	if n := count(t, h, `SELECT count(*) FROM fulfilment_shipments WHERE order_id = $1`, o.ID.UUID()); n != 0 {
		t.Fatalf("%d refused loads were stored", n)
	}
	for _, qty := range []string{"4", "6"} {
		b.Get(page + "/ship")
		if p := b.Post(page+"/ship", append([]string{"lines[0].qty", qty, "carrier", "Own lorry", "vehicle", "浙A·12345"}, line...)...); p.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
	}
	_, loads, _, err := h.Fulfilment.OfOrder(seller, o.ID)
	if err != nil || len(loads) != 2 || loads[0].State != fulfilment.Shipped || loads[1].Vehicle != "浙A·12345" {
		t.Errorf("%v %+v", err, loads)
	}
	if p := b.Get(page); !p.Shows("Own lorry", "浙A·12345", "The buyer counts and weighs what arrives") {
		t.Errorf("%s", p.Text())
	}
}

func TestAClaimIsAnsweredAndTheBalancePaidOut(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer, seller := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller2")
	o := surfacetest.Ordered(t, h, buyer, seller, 300)
	if _, err := h.Ordering.Accept(seller, o.ID); err != nil {
		t.Fatal(err)
	}
	surfacetest.Paid(t, h, buyer, o.ID)
	load, err := h.Fulfilment.Ship(seller, o.ID, fulfilment.ShipInput{Carrier: "Lorry"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Fulfilment.Receive(buyer, load.ID, fulfilment.ReceiptInput{Lines: []fulfilment.ReceiptLineInput{{Line: o.Lines[0].ID, Qty: "8"}}}); err != nil {
		t.Fatal(err)
	}
	claims, err := h.Aftersales.OfOrder(seller, o.ID)
	if err != nil || len(claims) != 1 {
		t.Fatalf("%v %v", err, claims)
	}
	b := surfacetest.As(t, h, "steel", "zh-CN", "seller2")
	page := "/seller/claims/" + claims[0].ID.String()
	if p := b.Get(page); !p.Shows("答复索赔", "¥600.00") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Post(page+"/answer", "decision", "accept", "answer", " "); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("answered without a word: %d", p.Status)
	}
	if p := b.Post(page+"/answer", "decision", "accept", "answer", "两件漏装，同意扣减。"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	eventually(t, "the seller has his money", func() bool { p := b.Get("/seller/balance"); return p.Value("amount") != "" })
	for amount, status := range map[string]int{"": 422, "-1": 422, "0": 422, "x": 422, "1e9": 422, "99999999": 409} {
		if p := b.Post("/seller/payouts", "amount", amount); p.Status != status {
			t.Errorf("a payout of %q: %d %s", amount, p.Status, p.Text())
		}
	}
	b.Get("/seller/balance")
	if p := b.Post("/seller/payouts", "amount", "1000.50"); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if n := count(t, h, `SELECT count(*) FROM payments_payouts WHERE seller_id = $1 AND amount_minor = 100050`, surfacetest.Org(t, seller).UUID()); n != 1 {
		t.Errorf("%d payouts", n)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("not in time: " + what)
}

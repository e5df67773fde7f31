package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// steelSale is a request for quotation in the steel market, as far as its orders.
type steelSale struct {
	h                     *apptest.House
	buyer, lanqiao        *apptest.Client
	huheng, yuetuo        *apptest.Client
	rfq                   kontor.SourcingRfqView
	ofLanqiao, ofHuheng   kontor.OrderingOrderView
	quoteLanqiao, quoteHu kontor.SourcingQuoteView
}

func TestSteelIsBoughtByRequestFromSearchToSettledMoney(t *testing.T) {
	t.Parallel()
	steelStory(t, apptest.New(t))
}

func steelStory(t *testing.T, h *apptest.House) {
	t.Helper()
	s := newSteelSale(t, h)
	s.search(t)
	s.request(t)
	s.quote(t)
	s.award(t)
	s.settleHuheng(t)
	s.settleLanqiao(t)
	sound(t, h)
}

func newSteelSale(t *testing.T, h *apptest.House) *steelSale {
	t.Helper()
	return &steelSale{
		h: h, buyer: h.Client(t, "steel", "buyer2@steel.example"), lanqiao: h.Client(t, "steel", "seller@steel.example"),
		huheng: h.Client(t, "steel", "seller2@steel.example"), yuetuo: h.Client(t, "steel", "seller5@steel.example"),
	}
}

func find(t *testing.T, c *apptest.Client, words string) []kontor.CatalogCard {
	t.Helper()
	r, err := c.GetItemsWithResponse(t.Context(), &kontor.GetItemsParams{Q: &words})
	return apptest.Got(t, r, err, 200, func() *kontor.CatalogListView { return r.JSON200 }).Items
}

func (s *steelSale) search(t *testing.T) {
	visitor := s.h.Visitor(t, "steel")
	for _, words := range []string{"H型钢", "HW 200"} {
		found := find(t, visitor, words)
		if len(found) == 0 {
			t.Fatalf("%q finds nothing", words)
		}
		for i, card := range found[:min(3, len(found))] {
			if !strings.HasPrefix(card.Sku, "H") {
				t.Errorf("%q: result %d is %s", words, i, card.Sku)
			}
		}
	}
	if first := find(t, visitor, "HW 200")[0]; !strings.HasPrefix(first.Sku, "HW200") {
		t.Errorf("HW 200 finds %s first", first.Sku)
	}
}

func itemBySKU(t *testing.T, c *apptest.Client, sku string) kontor.CatalogItemView {
	t.Helper()
	for _, card := range find(t, c, sku) {
		if card.Sku == sku {
			r, err := c.GetItemsByIdWithResponse(t.Context(), card.Id)
			return apptest.Got(t, r, err, 200, func() *kontor.CatalogItemView { return r.JSON200 })
		}
	}
	t.Fatalf("no item %s", sku)
	return kontor.CatalogItemView{}
}

// seller finds a company of the market by its item's offers.
func seller(t *testing.T, item kontor.CatalogItemView, name, unit string) kontor.CatalogOfferView {
	t.Helper()
	for _, o := range item.Offers {
		if strings.Contains(o.Seller.Name, name) && o.Unit == unit {
			return o
		}
	}
	t.Fatalf("%s does not offer %s by %s", name, item.Sku, unit)
	return kontor.CatalogOfferView{}
}

func (s *steelSale) request(t *testing.T) {
	q355, q235 := itemBySKU(t, s.buyer, "HW200x200x8x12-Q355B-12"), itemBySKU(t, s.buyer, "HW200x200x8x12-Q235B-12")
	var sellers []string
	for _, name := range []string{"Lanqiao", "Huheng", "Yuetuo"} {
		sellers = append(sellers, seller(t, q355, name, "TNE").Seller.Id)
	}
	r, err := s.buyer.PostRfqsWithResponse(t.Context(), &kontor.PostRfqsParams{IdempotencyKey: apptest.Key()}, kontor.PostRfqsRequest{
		Title: "厂房二期 H型钢", Note: new("送至汾湖"), Currency: "CNY", ClosesAt: time.Now().Add(48 * time.Hour), Sellers: &sellers,
		ShipTo: &kontor.SourcingAddress{Country: new("CN"), City: new("苏州"), Street: new("吴江区汾湖大道 558 号"), Contact: new("顾晓梅")},
		Lines: &[]kontor.SourcingLineInput{
			{Item: &q355.Id, Qty: kontor.SourcingQtyInput{Value: "300", Unit: new("TNE")}, TargetPrice: new("3200"), NeedBy: new(time.Now().Add(20 * 24 * time.Hour).Format(time.DateOnly))},
			{Item: &q235.Id, Qty: kontor.SourcingQtyInput{Value: "12", Unit: new("TNE")}},
		},
	})
	draft := apptest.Got(t, r, err, 201, func() *kontor.SourcingRfqView { return r.JSON201 })
	p, err := s.buyer.PostRfqsByIdPublishWithResponse(t.Context(), draft.Id, &kontor.PostRfqsByIdPublishParams{IdempotencyKey: apptest.Key()})
	s.rfq = apptest.Got(t, p, err, 200, func() *kontor.SourcingRfqView { return p.JSON200 })
	if s.rfq.State != "published" || len(s.rfq.BuyerSide.Sellers) != 3 {
		t.Fatalf("published as %s to %d sellers", s.rfq.State, len(s.rfq.BuyerSide.Sellers))
	}
}

func (s *steelSale) offer(t *testing.T, by *apptest.Client, freight string, prices ...string) kontor.SourcingQuoteView {
	t.Helper()
	in := kontor.PostRfqsByIdQuotesRequest{Freight: &freight, TaxRate: new("0.13"), ValidUntil: time.Now().Add(72 * time.Hour), Note: new("含税")}
	for i, p := range prices {
		in.Lines = append(in.Lines, kontor.SourcingQuoteLineInput{Line: s.rfq.Lines[i].Id, Price: p, PriceUnit: new("TNE"), Basis: new("weighed"), LeadDays: 5})
	}
	r, err := by.PostRfqsByIdQuotesWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdQuotesParams{IdempotencyKey: apptest.Key()}, in)
	return apptest.Got(t, r, err, 201, func() *kontor.SourcingQuoteView { return r.JSON201 })
}

// quote: Huheng corrects itself once; Yuetuo declines.
func (s *steelSale) quote(t *testing.T) {
	s.offer(t, s.huheng, "3000", "3290", "3200")
	s.quoteHu = s.offer(t, s.huheng, "3000", "3190", "3100")
	s.quoteLanqiao = s.offer(t, s.lanqiao, "0", "3230", "3060")
	if s.quoteHu.Number != 2 {
		t.Errorf("the corrected quote is version %d", s.quoteHu.Number)
	}
	d, err := s.yuetuo.PostRfqsByIdDeclineWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdDeclineParams{IdempotencyKey: apptest.Key()}, kontor.PostRfqsByIdDeclineRequest{Note: new("无货")})
	if err != nil || d.StatusCode() >= 300 {
		t.Fatalf("decline: %v %d %s", err, d.StatusCode(), d.Body)
	}
	cmp, err := s.buyer.GetRfqsByIdComparisonWithResponse(t.Context(), s.rfq.Id)
	table := apptest.Got(t, cmp, err, 200, func() *kontor.SourcingComparisonView { return cmp.JSON200 })
	if len(table.Columns) != 2 || len(table.Rows) != 2 {
		t.Fatalf("the comparison has %d columns and %d rows", len(table.Columns), len(table.Rows))
	}
	seen, err := s.lanqiao.GetRfqsByIdQuotesWithResponse(t.Context(), s.rfq.Id)
	if own := apptest.Got(t, seen, err, 200, func() *kontor.ListSourcingQuoteView { return seen.JSON200 }); len(own.Items) != 1 {
		t.Errorf("a seller sees %d quotes, not only his own", len(own.Items))
	}
}

func (s *steelSale) award(t *testing.T) {
	closed, err := s.buyer.PostRfqsByIdCloseWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdCloseParams{IdempotencyKey: apptest.Key()})
	if v := apptest.Got(t, closed, err, 200, func() *kontor.SourcingRfqView { return closed.JSON200 }); v.State != "evaluating" {
		t.Errorf("closed to quotes it is %s", v.State)
	}
	one, two := s.rfq.Lines[0].Id, s.rfq.Lines[1].Id
	in := kontor.PostRfqsByIdAwardRequest{Reason: new("两家分供，保证交期"), Lines: []kontor.SourcingAwardLineInput{
		{Line: one, Quote: s.quoteHu.Id, Qty: new("200")}, {Line: one, Quote: s.quoteLanqiao.Id, Qty: new("100")}, {Line: two, Quote: s.quoteLanqiao.Id},
	}}
	r, err := s.buyer.PostRfqsByIdAwardWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdAwardParams{IdempotencyKey: apptest.Key()}, in)
	done := apptest.Got(t, r, err, 200, func() *kontor.SourcingRfqView { return r.JSON200 })
	ids := map[string]bool{}
	for _, l := range done.BuyerSide.Award.Lines {
		ids[l.Order] = true
	}
	if done.State != "awarded" || len(ids) != 2 {
		t.Fatalf("awarded as %s with %d orders", done.State, len(ids))
	}
	for id := range ids {
		switch o := order(t, s.buyer, id); o.SellerId {
		case s.quoteHu.Seller.Id:
			s.ofHuheng = o
		case s.quoteLanqiao.Seller.Id:
			s.ofLanqiao = o
		}
	}
	if s.ofHuheng.GroupId != s.ofLanqiao.GroupId {
		t.Error("the two orders are not of one group")
	}
	// 200 t × 3190 and its share of the freight by value, 13 % on both.
	if got := s.ofHuheng.Total.Amount; got != "723115.44" {
		t.Errorf("Huheng's order comes to %s", got)
	}
	again, err := s.buyer.PostRfqsByIdAwardWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdAwardParams{IdempotencyKey: apptest.Key()}, in)
	if err != nil || again.StatusCode() != 409 {
		t.Errorf("a second award: %v %d", err, again.StatusCode())
	}
}

// settleHuheng: the money comes in two parts, the load is short on the weighbridge, the
// claim is accepted, and the release is above what one person may decide.
func (s *steelSale) settleHuheng(t *testing.T) {
	oid, line := s.ofHuheng.Id, s.ofHuheng.Lines[0].Id
	before := balance(t, s.huheng, "CNY")
	pay(t, s.h, s.buyer, oid, "short", "exact")
	accept(t, s.huheng, oid)
	load := ship(t, s.huheng, oid)
	got := receive(t, s.buyer, load.Id, kontor.FulfilmentCountInput{Line: line, Qty: kontor.FulfilmentQtyInput{Value: "200", Unit: new("TNE")}, WeighedKg: new("192000")})
	if len(got.Differences) != 1 || got.Differences[0].Kind != "weight" {
		t.Fatalf("8 t missing of 200 are %+v, settled %+v", got.Differences, got.Settled)
	}
	claims, err := s.huheng.GetOrdersByIdClaimsWithResponse(t.Context(), oid)
	open := apptest.Got(t, claims, err, 200, func() *kontor.ListAftersalesClaimView { return claims.JSON200 }).Items
	if len(open) != 1 || order(t, s.buyer, oid).AftersaleState != "claimed" {
		t.Fatalf("claims: %+v", open)
	}
	ok, err := s.huheng.PostClaimsByIdAcceptWithResponse(t.Context(), open[0].Id, &kontor.PostClaimsByIdAcceptParams{IdempotencyKey: apptest.Key()}, kontor.PostClaimsByIdAcceptRequest{Answer: "以磅单为准"})
	if c := apptest.Got(t, ok, err, 200, func() *kontor.AftersalesClaimView { return ok.JSON200 }); c.State != "accepted" {
		t.Errorf("the claim is %s", c.State)
	}
	s.twoPersons(t, oid)
	done := until(t, "the order is completed", func() kontor.OrderingOrderView { return order(t, s.buyer, oid) }, func(o kontor.OrderingOrderView) bool { return o.State == "completed" })
	e := escrow(t, s.buyer, oid)
	// 192 t × 3190 and the same freight, 13 % on both.
	if done.SettledTotal.Amount != "694277.84" {
		t.Errorf("settled at %s", done.SettledTotal.Amount)
	}
	if sum(t, e.ToSeller, e.ToBuyer, e.Commission) != minor(t, e.Amount) || e.State != "released" {
		t.Errorf("the safe was emptied as %+v", e)
	}
	if minor(t, e.ToBuyer) != minor(t, done.Total)-minor(t, done.SettledTotal) {
		t.Errorf("the buyer got %s back of %s less %s", e.ToBuyer.Amount, done.Total.Amount, done.SettledTotal.Amount)
	}
	after := balance(t, s.huheng, "CNY")
	if cents(t, after)-cents(t, before) != minor(t, e.ToSeller) {
		t.Errorf("the seller's balance went from %s to %s for %s", before, after, e.ToSeller.Amount)
	}
	s.payout(t, s.huheng, e.ToSeller)
	_, text := invoiceText(t, s.h, s.buyer, oid)
	for _, want := range []string{"苏州远桥钢结构有限公司", "上海沪衡金属材料有限公司", "HW200x200x8x12-Q355B-12"} {
		if !strings.Contains(text, want) {
			t.Errorf("the invoice does not say %s: %s", want, text)
		}
	}
}

// twoPersons approves the release that waits for somebody else than the one who asked.
func (s *steelSale) twoPersons(t *testing.T, oid string) {
	t.Helper()
	first, second := s.h.Client(t, "steel", "operator@steel.example"), s.h.Client(t, "steel", "operator2@steel.example")
	want := escrow(t, s.buyer, oid)
	waiting := until(t, "a release waits", func() []kontor.PaymentsReleaseView {
		r, err := first.GetReleasesWithResponse(t.Context(), &kontor.GetReleasesParams{Limit: new(int64(200))})
		return apptest.Got(t, r, err, 200, func() *kontor.ListPaymentsReleaseView { return r.JSON200 }).Items
	}, func(all []kontor.PaymentsReleaseView) bool {
		for _, r := range all {
			if sum(t, r.ToSeller, r.ToBuyer, r.Commission) == minor(t, want.Amount) {
				return true
			}
		}
		return false
	})
	var rid string
	for _, r := range waiting {
		if sum(t, r.ToSeller, r.ToBuyer, r.Commission) == minor(t, want.Amount) {
			rid = r.Id
		}
	}
	r, err := second.PostReleasesByIdDecideWithResponse(t.Context(), rid, &kontor.PostReleasesByIdDecideParams{IdempotencyKey: apptest.Key()}, kontor.PostReleasesByIdDecideRequest{Approve: true})
	apptest.Got(t, r, err, 200, func() *kontor.PaymentsReleaseView { return r.JSON200 })
}

func (s *steelSale) payout(t *testing.T, by *apptest.Client, amount kontor.Money) {
	t.Helper()
	p, err := by.PostPayoutsWithResponse(t.Context(), &kontor.PostPayoutsParams{IdempotencyKey: apptest.Key()}, kontor.PostPayoutsRequest{Amount: amount})
	sent := apptest.Got(t, p, err, 201, func() *kontor.PaymentsPayoutView { return p.JSON201 })
	until(t, "the payout is paid", func() string {
		r, err := by.GetPayoutsWithResponse(t.Context(), &kontor.GetPayoutsParams{})
		for _, x := range apptest.Got(t, r, err, 200, func() *kontor.ListPaymentsPayoutView { return r.JSON200 }).Items {
			if x.Id == sent.Id {
				return x.State
			}
		}
		return ""
	}, func(state string) bool { return state == "paid" })
	more, err := by.PostPayoutsWithResponse(t.Context(), &kontor.PostPayoutsParams{IdempotencyKey: apptest.Key()}, kontor.PostPayoutsRequest{Amount: kontor.Money{Amount: "99999999.00", Currency: "CNY"}})
	if err != nil || more.StatusCode() < 400 || more.StatusCode() >= 500 {
		t.Errorf("a payout of more than there is: %v %d", err, more.StatusCode())
	}
}

// settleLanqiao: too much money comes, the load is within tolerance, and since nothing
// stands against it the buyer's own receipt asks for the release.
func (s *steelSale) settleLanqiao(t *testing.T) {
	oid := s.ofLanqiao.Id
	pay(t, s.h, s.buyer, oid, "over")
	if e := escrow(t, s.buyer, oid); minor(t, e.Overpaid) == 0 || e.Held.Amount != e.Amount.Amount {
		t.Errorf("too much money is kept as %+v", e)
	}
	accept(t, s.lanqiao, oid)
	load := ship(t, s.lanqiao, oid)
	var counts []kontor.FulfilmentCountInput
	for _, l := range s.ofLanqiao.Lines {
		kg := map[string]string{"100": "100100", "12": "12000"}[l.Quantity.Value]
		counts = append(counts, kontor.FulfilmentCountInput{Line: l.Id, Qty: kontor.FulfilmentQtyInput{Value: l.Quantity.Value, Unit: &l.Quantity.Unit}, WeighedKg: &kg})
	}
	if got := receive(t, s.buyer, load.Id, counts...); len(got.Differences) != 0 {
		t.Fatalf("within tolerance there are differences: %+v", got.Differences)
	}
	until(t, "the order is completed", func() kontor.OrderingOrderView { return order(t, s.buyer, oid) }, func(o kontor.OrderingOrderView) bool { return o.State == "completed" })
}

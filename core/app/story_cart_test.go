package app_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// put sets an offer's quantity in the cart.
func put(t *testing.T, c *apptest.Client, offer kontor.CatalogOfferView, qty string) {
	t.Helper()
	r, err := c.PutCartLinesByOfferWithResponse(t.Context(), offer.Id, kontor.PutCartLinesByOfferRequest{Quantity: kontor.Quantity{Value: qty, Unit: offer.Unit}})
	apptest.Got(t, r, err, 200, func() *kontor.OrderingCartView { return r.JSON200 })
}

// checkOut fixes prices and asks for freight to a city.
func checkOut(t *testing.T, c *apptest.Client, city, country string) kontor.OrderingCheckoutView {
	t.Helper()
	return offered(t, "freight", func() kontor.OrderingCheckoutView {
		r, err := c.PostCheckoutsWithResponse(t.Context(), &kontor.PostCheckoutsParams{IdempotencyKey: apptest.Key()}, kontor.PostCheckoutsRequest{City: city, Country: country})
		return apptest.Got(t, r, err, 201, func() *kontor.OrderingCheckoutView { return r.JSON201 })
	}, func(v kontor.OrderingCheckoutView) bool {
		return !slices.ContainsFunc(v.Parts, func(p kontor.OrderingPartView) bool { return len(p.Freight) == 0 })
	})
}

// place buys a checkout with the first freight service of each seller.
func place(t *testing.T, c *apptest.Client, out kontor.OrderingCheckoutView, city, country string) (*kontor.PostOrdersResponse, error) {
	t.Helper()
	freight := map[string]string{}
	for _, p := range out.Parts {
		if len(p.Freight) == 0 {
			t.Fatalf("no freight for %s", p.SellerName)
		}
		freight[p.SellerId] = p.Freight[0].Id
	}
	return c.PostOrdersWithResponse(t.Context(), &kontor.PostOrdersParams{IdempotencyKey: apptest.Key()}, kontor.PostOrdersRequest{
		CheckoutId: out.Id, Freight: &freight, PoNumber: new("PO-7"), ShipTo: kontor.OrderingAddress{City: &city, Country: &country, Street: new("1 Main Street"), Contact: new("Goods in")},
	})
}

// buy fills an empty cart, checks out and places.
func buy(t *testing.T, c *apptest.Client, city, country string, lines map[*kontor.CatalogOfferView]string) kontor.OrderingPlaced {
	t.Helper()
	for o, qty := range lines {
		put(t, c, *o, qty)
	}
	r, err := place(t, c, checkOut(t, c, city, country), city, country)
	return apptest.Got(t, r, err, 201, func() *kontor.OrderingPlaced { return r.JSON201 })
}

func TestPharmaIsBoughtFromTheCartByThoseWhoMay(t *testing.T) {
	t.Parallel()
	pharmaStory(t, apptest.New(t))
}

func pharmaStory(t *testing.T, h *apptest.House) {
	t.Helper()
	buyer := h.Client(t, "pharma", "buyer@pharma.example")
	controlled, plain := itemBySKU(t, buyer, "NDC-0395-8101"), itemBySKU(t, buyer, "NDC-59644-9922")
	if apptest.Some(controlled.Regulated) != "CIII" {
		t.Errorf("%s is of schedule %v", controlled.Sku, controlled.Regulated)
	}
	meridian, harborline := seller(t, controlled, "Meridian", "GRM"), seller(t, plain, "Harborline", "KGM")

	for email, reason := range map[string]string{"buyer2@pharma.example": "licence_missing", "buyer3@pharma.example": "licence_expired"} {
		other := h.Client(t, "pharma", email)
		put(t, other, meridian, "25")
		r, err := place(t, other, checkOut(t, other, "Madison", "US"), "Madison", "US")
		if err != nil || r.StatusCode() != 403 {
			t.Fatalf("%s buys a controlled substance: %v %d %s", email, err, r.StatusCode(), r.Body)
		}
		p := apptest.Refused(t, r, err, 403, r.ApplicationproblemJSON403.Code)
		if got := apptest.Reasons(p); got != reason {
			t.Errorf("%s is refused for %q, want %q", email, got, reason)
		}
		if l, err := other.GetOrdersWithResponse(t.Context(), nil); err != nil || len(l.JSON200.Items) != 0 {
			t.Errorf("%s has orders all the same: %v", email, err)
		}
	}

	put(t, buyer, meridian, "25")
	r, err := place(t, buyer, checkOut(t, buyer, "Madison", "US"), "Honolulu", "US")
	p := apptest.Refused(t, r, err, 409, "ordering.destination_changed")
	if p.Fields == nil || (*p.Fields)[0].Path != "ship_to.city" {
		t.Errorf("the refusal points at %v", p.Fields)
	}
	l, err := buyer.GetOrdersWithResponse(t.Context(), nil)
	if err != nil || slices.ContainsFunc(l.JSON200.Items, func(o kontor.OrderingOrderView) bool { return apptest.Some(o.ShipTo.City) == "Honolulu" }) {
		t.Errorf("freight for Madison goes to Honolulu: %v", err)
	}
	placed := buy(t, buyer, "Madison", "US", map[*kontor.CatalogOfferView]string{&meridian: "50", &harborline: "10"})
	if len(placed.Orders) != 2 || placed.Orders[0].GroupId != placed.GroupId || placed.Orders[1].GroupId != placed.GroupId {
		t.Fatalf("a cart of two sellers became %+v", placed)
	}
	sellers := map[string]*apptest.Client{
		meridian.Seller.Id: h.Client(t, "pharma", "seller@pharma.example"), harborline.Seller.Id: h.Client(t, "pharma", "seller2@pharma.example"),
	}
	for _, o := range placed.Orders {
		pharmaOrder(t, h, buyer, sellers[o.SellerId], o)
	}
	sound(t, h)
}

// pharmaOrder goes from payment to invoice, and the lot that was sent is the one received.
func pharmaOrder(t *testing.T, h *apptest.House, buyer, by *apptest.Client, o kontor.OrderingOrderView) {
	t.Helper()
	pay(t, h, buyer, o.Id, "exact")
	accept(t, by, o.Id)
	load := ship(t, by, o.Id)
	line := load.Lines[0]
	if len(line.Lots) == 0 {
		t.Fatalf("shipped without a lot: %+v", load)
	}
	count := kontor.FulfilmentCountInput{Line: line.Line, Qty: kontor.FulfilmentQtyInput{Value: line.Qty.Value, Unit: &line.Qty.Unit}}
	wrong := count
	wrong.Lot = new("NO-SUCH-LOT")
	r, err := buyer.PostShipmentsByIdReceiptWithResponse(t.Context(), load.Id, &kontor.PostShipmentsByIdReceiptParams{IdempotencyKey: apptest.Key()},
		kontor.PostShipmentsByIdReceiptRequest{Lines: []kontor.FulfilmentCountInput{wrong}})
	apptest.Refused(t, r, err, 422, "fulfilment.receipt_invalid")
	count.Lot = &line.Lots[0]
	got := receive(t, buyer, load.Id, count)
	if got.Shipment.Receipt == nil || apptest.Some(got.Shipment.Receipt.Lines[0].Lot) != line.Lots[0] {
		t.Errorf("the receipt does not hold the lot: %+v", got.Shipment.Receipt)
	}
	until(t, "the order is completed", func() kontor.OrderingOrderView { return order(t, buyer, o.Id) }, func(o kontor.OrderingOrderView) bool { return o.State == "completed" })
	inv, text := invoiceText(t, h, buyer, o.Id)
	if !strings.Contains(text, inv.Number) || !strings.Contains(text, "Cedar Hollow") {
		t.Errorf("the invoice reads %s", text)
	}
}

func TestAPurchaseAboveOnesLimitWaitsForSomebodyWhoMayApproveIt(t *testing.T) {
	t.Parallel()
	procureStory(t, apptest.New(t))
}

func procureStory(t *testing.T, h *apptest.House) {
	t.Helper()
	buyer, head, fleet, chief := h.Client(t, "procure", "buyer@procure.example"), h.Client(t, "procure", "approver@procure.example"),
		h.Client(t, "procure", "fleet@procure.example"), h.Client(t, "procure", "approver2@procure.example")
	bearing := seller(t, itemBySKU(t, buyer, "BRG-6204-2RS"), "Ostermann", "H87")
	restock(t, h.Client(t, "procure", "seller@procure.example"), bearing, "9000")

	small := buy(t, buyer, "Hannover", "DE", map[*kontor.CatalogOfferView]string{&bearing: "20"}).Orders[0]
	if small.State != "placed" {
		t.Errorf("an order of %s within the limit is %s", small.Total.Amount, small.State)
	}
	big := buy(t, buyer, "Hannover", "DE", map[*kontor.CatalogOfferView]string{&bearing: "300"}).Orders[0]
	if big.State != "awaiting_approval" {
		t.Fatalf("an order of %s is %s", big.Total.Amount, big.State)
	}
	paid, err := buyer.PostOrdersByIdPayWithResponse(t.Context(), big.Id, &kontor.PostOrdersByIdPayParams{IdempotencyKey: apptest.Key()})
	if err != nil {
		t.Fatal(err)
	}
	if paid.StatusCode() < 400 || paid.StatusCode() > 499 {
		t.Errorf("what waits for approval can be paid: %d %s", paid.StatusCode(), paid.Body)
	}
	mine := approval(t, buyer, big.Id)
	r, err := decide(t, buyer, mine, true, "")
	apptest.Refused(t, r, err, 403, "http.role_missing")
	r, err = decide(t, head, mine, true, "ok")
	if out := apptest.Got(t, r, err, 200, func() *kontor.OrderingOrderView { return r.JSON200 }); out.State != "placed" {
		t.Errorf("approved it is %s", out.State)
	}

	own := buy(t, head, "Hannover", "DE", map[*kontor.CatalogOfferView]string{&bearing: "4800"}).Orders[0]
	ask := approval(t, head, own.Id)
	r, err = decide(t, head, ask, true, "mine")
	apptest.Refused(t, r, err, 403, "ordering.approval_own")
	r, err = decide(t, fleet, ask, true, "fine")
	apptest.Refused(t, r, err, 403, "ordering.approval_limit")
	if o := order(t, head, own.Id); o.State != "awaiting_approval" {
		t.Fatalf("after two refusals it is %s", o.State)
	}
	r, err = decide(t, chief, ask, true, "fine")
	if out := apptest.Got(t, r, err, 200, func() *kontor.OrderingOrderView { return r.JSON200 }); out.State != "placed" {
		t.Errorf("approved it is %s", out.State)
	}
	r, err = decide(t, chief, ask, true, "again")
	if err != nil || r.StatusCode() != 409 {
		t.Errorf("decided twice: %v %d %s", err, r.StatusCode(), r.Body)
	}
	until(t, "the requester is told", func() int { return unread(t, head) }, func(n int) bool { return n > 0 })
	sound(t, h)
}

func unread(t *testing.T, c *apptest.Client) int {
	t.Helper()
	r, err := c.GetMessagesWithResponse(t.Context(), &kontor.GetMessagesParams{Unread: new(true)})
	return len(apptest.Got(t, r, err, 200, func() *kontor.ListNotifyMessageView { return r.JSON200 }).Items)
}

func approval(t *testing.T, c *apptest.Client, order string) string {
	t.Helper()
	r, err := c.GetOrdersByIdApprovalsWithResponse(t.Context(), order)
	all := apptest.Got(t, r, err, 200, func() *kontor.OrderingApprovalList { return r.JSON200 }).Items
	if len(all) != 1 || all[0].State != "pending" {
		t.Fatalf("approvals: %+v", all)
	}
	return all[0].Id
}

func decide(t *testing.T, c *apptest.Client, approval string, yes bool, note string) (*kontor.PostApprovalsByIdDecideResponse, error) {
	t.Helper()
	return c.PostApprovalsByIdDecideWithResponse(t.Context(), approval, &kontor.PostApprovalsByIdDecideParams{IdempotencyKey: apptest.Key()},
		kontor.PostApprovalsByIdDecideRequest{Approve: yes, Note: &note})
}

// restock has a seller put more of an offer on his shelf.
func restock(t *testing.T, by *apptest.Client, offer kontor.CatalogOfferView, qty string) {
	t.Helper()
	w, err := by.GetWarehousesWithResponse(t.Context(), nil)
	houses := apptest.Got(t, w, err, 200, func() *kontor.InventoryWarehousesView { return w.JSON200 }).Items
	if len(houses) == 0 {
		t.Fatal("the seller has no warehouse")
	}
	var in kontor.PostStockArrivalsRequest
	in.Arrivals = append(in.Arrivals, kontor.Item{OfferId: offer.Id, WarehouseId: houses[0].Id, Quantity: qty, Delivery: new("LS-1")})
	r, err := by.PostStockArrivalsWithResponse(t.Context(), &kontor.PostStockArrivalsParams{IdempotencyKey: apptest.Key()}, in)
	if err != nil || r.StatusCode() != 204 {
		t.Fatalf("restock: %v %d %s", err, r.StatusCode(), r.Body)
	}
}

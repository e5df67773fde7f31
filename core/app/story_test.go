package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// soon is how long what follows from an event may take here.
var soon = 20 * time.Second

// unsteady is set while plugins are being killed: what one of them offers is missing for a
// moment then, and a person asks again.
var unsteady bool

// offered asks for what a plugin offers.
func offered[T any](t *testing.T, what string, see func() T, ok func(T) bool) T {
	t.Helper()
	if unsteady {
		return until(t, what+" is offered", see, ok)
	}
	return see()
}

// until asks again and again for what happens in the background, and gives what was last
// seen when it does not.
func until[T any](t *testing.T, what string, see func() T, ok func(T) bool) T {
	t.Helper()
	var v T
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		if v = see(); ok(v) {
			return v
		}
	}
	raw, _ := json.Marshal(v)
	t.Fatalf("not within %v: %s; last seen %s", soon, what, raw)
	return v
}

func order(t *testing.T, c *apptest.Client, id string) kontor.OrderingOrderView {
	t.Helper()
	r, err := c.GetOrdersByIdWithResponse(t.Context(), id)
	return apptest.Got(t, r, err, 200, func() *kontor.OrderingOrderView { return r.JSON200 })
}

func escrow(t *testing.T, c *apptest.Client, id string) kontor.PaymentsEscrowView {
	t.Helper()
	r, err := c.GetOrdersByIdEscrowWithResponse(t.Context(), id)
	return apptest.Got(t, r, err, 200, func() *kontor.PaymentsEscrowView { return r.JSON200 })
}

// pay asks how to pay and sends the bank what modes say, one transfer each.
func pay(t *testing.T, h *apptest.House, buyer *apptest.Client, id string, modes ...string) kontor.OrderingOrderView {
	t.Helper()
	r, err := buyer.PostOrdersByIdPayWithResponse(t.Context(), id, &kontor.PostOrdersByIdPayParams{IdempotencyKey: apptest.Key()})
	how := apptest.Got(t, r, err, 200, func() *kontor.PaymentsEscrowView { return r.JSON200 })
	reference := apptest.Some(how.Instructions)["reference"]
	if reference == "" {
		t.Fatalf("no reference to pay with: %v", how.Instructions)
	}
	for i, mode := range modes {
		if err := h.Sim.Transfer(t.Context(), reference, mode, 0); err != nil {
			t.Fatal(err)
		}
		if i < len(modes)-1 {
			seen := until(t, "part of the money is seen", func() kontor.PaymentsEscrowView { return escrow(t, buyer, id) }, func(e kontor.PaymentsEscrowView) bool { return e.Held.Amount != "0.00" })
			if seen.State != "pending" || order(t, buyer, id).PaymentState == "funded" {
				t.Errorf("short money counts as paid: %+v", seen)
			}
		}
	}
	return until(t, "the order is paid", func() kontor.OrderingOrderView { return order(t, buyer, id) }, func(o kontor.OrderingOrderView) bool { return o.PaymentState == "funded" })
}

func accept(t *testing.T, seller *apptest.Client, id string) {
	t.Helper()
	r, err := seller.PostOrdersByIdAcceptWithResponse(t.Context(), id, &kontor.PostOrdersByIdAcceptParams{IdempotencyKey: apptest.Key()})
	if o := apptest.Got(t, r, err, 200, func() *kontor.OrderingOrderView { return r.JSON200 }); o.State != "accepted" {
		t.Errorf("accepted order is %s", o.State)
	}
}

// ship sends all that is left with the first freight offer of the carrier's plugin.
func ship(t *testing.T, seller *apptest.Client, id string) kontor.FulfilmentShipmentView {
	t.Helper()
	offers := offered(t, "freight", func() kontor.ListFulfilmentOfferView {
		r, err := seller.GetOrdersByIdFreightOffersWithResponse(t.Context(), id, &kontor.GetOrdersByIdFreightOffersParams{})
		return apptest.Got(t, r, err, 200, func() *kontor.ListFulfilmentOfferView { return r.JSON200 })
	}, func(l kontor.ListFulfilmentOfferView) bool { return len(l.Items) > 0 })
	if len(offers.Items) == 0 {
		t.Fatal("the freight plugin offers nothing")
	}
	first := offers.Items[0]
	if first.Plugin != "kontor.freight" {
		t.Errorf("offer of plugin %q", first.Plugin)
	}
	r, err := seller.PostOrdersByIdShipmentsWithResponse(t.Context(), id, &kontor.PostOrdersByIdShipmentsParams{IdempotencyKey: apptest.Key()},
		kontor.PostOrdersByIdShipmentsRequest{Plugin: &first.Plugin, Offer: &first.Offer, Vehicle: new("沪A 12345"), Final: new(true)})
	s := apptest.Got(t, r, err, 201, func() *kontor.FulfilmentShipmentView { return r.JSON201 })
	if s.Tracking == "" || s.Carrier == "" {
		t.Errorf("the shipment was not booked: %+v", s)
	}
	return s
}

func receive(t *testing.T, buyer *apptest.Client, shipment string, lines ...kontor.FulfilmentCountInput) kontor.FulfilmentReceivedView {
	t.Helper()
	r, err := buyer.PostShipmentsByIdReceiptWithResponse(t.Context(), shipment, &kontor.PostShipmentsByIdReceiptParams{IdempotencyKey: apptest.Key()},
		kontor.PostShipmentsByIdReceiptRequest{Lines: lines})
	return apptest.Got(t, r, err, 201, func() *kontor.FulfilmentReceivedView { return r.JSON201 })
}

func balance(t *testing.T, seller *apptest.Client, currency string) string {
	t.Helper()
	r, err := seller.GetBalanceWithResponse(t.Context(), &kontor.GetBalanceParams{Currency: currency})
	return apptest.Got(t, r, err, 200, func() *kontor.PaymentsBalanceView { return r.JSON200 }).Balance.Amount
}

// invoiceText waits for an order's invoice, takes the PDF as a browser would and reads it.
func invoiceText(t *testing.T, h *apptest.House, c *apptest.Client, id string) (kontor.InvoicingInvoiceView, string) {
	t.Helper()
	inv := until(t, "the invoice is there", func() *kontor.InvoicingInvoiceView {
		r, err := c.GetOrdersByIdInvoiceWithResponse(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return r.JSON200
	}, func(v *kontor.InvoicingInvoiceView) bool { return v != nil })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.Host+inv.PdfUrl, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	res, err := h.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !bytes.HasPrefix(body, []byte("%PDF-")) {
		t.Fatalf("invoice: %d %v %.80s", res.StatusCode, err, body)
	}
	return *inv, pdfText(t, body)
}

// pdfText reads a PDF's text with poppler's tool, and by itself where that is not there.
func pdfText(t *testing.T, body []byte) string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		return readPDF(t, body)
	}
	cmd := exec.Command(tool, "-", "-")
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return strings.ReplaceAll(string(out), "\n", " ")
}

// sound proves the invariants and that the books balance, in every marketplace.
func sound(t *testing.T, h *apptest.House) {
	t.Helper()
	if h.House == nil {
		return // a process of its own is verified by its own tool
	}
	report, err := h.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Broken() {
		t.Errorf("invariants do not hold:\n%s", report)
	}
	var nobody int
	err = h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM audit_entries WHERE action LIKE 'payments.%' AND actor = 'visitor'`).Scan(&nobody)
	if err != nil || nobody != 0 {
		t.Errorf("the record says %d times that a visitor moved money: %v", nobody, err)
	}
	var off int
	err = h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM (SELECT tenant_id, currency FROM ledger_postings GROUP BY 1, 2 HAVING sum(amount_minor) <> 0) x`).Scan(&off)
	if err != nil || off != 0 {
		t.Errorf("%d trial balances are not zero: %v", off, err)
	}
}

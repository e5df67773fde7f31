package fulfilmenthttp_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenthttp"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenttest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type obj = map[string]any

func TestShippingAndReceivingOverHTTP(t *testing.T) {
	t.Parallel()
	w := fulfilmenttest.New(t, pgtest.New(t))
	e := fulfilmenttest.NewEdge(t, w, fulfilmenthttp.Routes(w.Service)...)
	o := w.Order(t)
	buyer, seller, stranger := "buyer "+w.Buyer.String(), "seller "+w.Seller.String(), "seller "+w.Other.String()
	order := "/orders/" + o.ID.String()

	offers := e.Ask(t, "GET", order+"/freight-offers", seller, nil, 200)["items"].([]any)
	if got := offers[0].(obj); got["carrier"] != "Deppon" || got["amount"].(obj)["amount"] != "60.19" {
		t.Fatalf("%v", got)
	}
	e.Ask(t, "POST", order+"/shipments", stranger, obj{"carrier": "x"}, 404)
	e.Ask(t, "POST", order+"/shipments", buyer, obj{"carrier": "x"}, 404)
	e.Ask(t, "POST", order+"/shipments", "", obj{"carrier": "x"}, 401)
	e.Ask(t, "POST", order+"/shipments", seller, obj{"carrier": "x", "lines": []obj{{"line": o.Lines[0].ID, "qty": obj{"value": "11"}}}}, 422)
	s := e.Ask(t, "POST", order+"/shipments", seller, obj{"plugin": "freight", "offer": "road"}, 201)
	if s["state"] != "shipped" || s["tracking"] != "DP123" || s["eta"] != "2026-11-26" {
		t.Fatalf("%v", s)
	}
	load := "/shipments/" + s["id"].(string)
	e.Ask(t, "GET", load, stranger, nil, 404)
	e.Ask(t, "GET", "/shipments/"+id.Shipment{}.New().String(), buyer, nil, 404)
	count := obj{"lines": []obj{{"line": o.Lines[0].ID, "qty": obj{"value": "10"}, "weighed_kg": "5990"}, {"line": o.Lines[1].ID, "qty": obj{"value": "23"}, "lot": "L1"}}}
	e.Ask(t, "POST", load+"/receipt", seller, count, 404)
	got := e.Ask(t, "POST", load+"/receipt", buyer, count, 201)
	want := []any{obj{
		"line": o.Lines[1].ID.String(), "kind": "short", "expected": obj{"value": "25", "unit": "KGM"}, "actual": obj{"value": "23", "unit": "KGM"},
		"amount": obj{"amount": "80.00", "currency": "CNY"},
	}}
	if diff := cmp.Diff(want, got["differences"]); diff != "" {
		t.Fatal(diff)
	}
	if p := e.Ask(t, "POST", load+"/receipt", buyer, count, 409); p["code"] != "fulfilment.shipment_already_received" {
		t.Fatalf("%v", p)
	}
	list := e.Ask(t, "GET", order+"/shipments", seller, nil, 200)["items"].([]any)
	if r := list[0].(obj)["receipt"].(obj); len(r["lines"].([]any)) != 2 {
		t.Fatalf("%v", r)
	}
}

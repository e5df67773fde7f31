package aftersaleshttp_test

import (
	"context"
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/aftersales/aftersalesdb"
	"github.com/kontorhq/kontor/core/aftersales/aftersaleshttp"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenttest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type obj = map[string]any

// paid is an order under way, as aftersales sees it.
type paid struct {
	o       fulfilment.Order
	settled map[id.OrderLine]money.Money
}

func (p paid) Order(_ context.Context, order id.Order, _ bool) (aftersales.Order, error) {
	if order != p.o.ID {
		return aftersales.Order{}, aftersales.ErrOrderNotFound
	}
	out := aftersales.Order{ID: p.o.ID, Number: p.o.Number, Buyer: p.o.Buyer, Seller: p.o.Seller, Currency: "CNY", Claimable: true}
	for _, l := range p.o.Lines {
		out.Lines = append(out.Lines, aftersales.OrderLine{ID: l.ID, Position: l.Position, Qty: l.Qty, PricedQty: l.PricedQty, Goods: l.Goods})
	}
	return out, nil
}

func (p paid) Resettle(_ context.Context, _ id.Order, line id.OrderLine, _ quantity.Quantity, sum money.Money) error {
	p.settled[line] = sum
	return nil
}
func (paid) MarkClaimed(context.Context, id.Order) error { return nil }
func (paid) MarkSettled(context.Context, id.Order) error { return nil }

func TestAClaimOverHTTP(t *testing.T) {
	t.Parallel()
	w := fulfilmenttest.New(t, pgtest.New(t))
	p := paid{w.Order(t), map[id.OrderLine]money.Money{}}
	s := aftersales.New(aftersales.Needs{Unit: w.DB.DB, Store: aftersalesdb.New(w.DB.DB), Gate: w, Events: w, Now: w.Now, Orders: p, Numbers: w})
	e := fulfilmenttest.NewEdge(t, w, aftersaleshttp.Routes(s)...)
	buyer, seller, stranger, operator := "buyer "+w.Buyer.String(), "seller "+w.Seller.String(), "buyer "+w.Other.String(), "operator "
	order := "/orders/" + p.o.ID.String() + "/claims"
	line := p.o.Lines[0].ID

	in := obj{"line": line, "kind": "damaged", "actual": "9", "note": "One is bent."}
	e.Ask(t, "POST", order, stranger, in, 404)
	e.Ask(t, "POST", order, seller, in, 404)
	e.Ask(t, "POST", order, "", in, 401)
	e.Ask(t, "POST", order, buyer, obj{"line": line, "kind": "damaged", "actual": "-9", "note": "x"}, 422)
	c := e.Ask(t, "POST", order, buyer, in, 201)
	if c["state"] != "open" || c["amount"].(obj)["amount"] != "2307.69" {
		t.Fatalf("%v", c)
	}
	claim := "/claims/" + c["id"].(string)
	if got := e.Ask(t, "POST", order, buyer, in, 409); got["code"] != "aftersales.claim_exists" {
		t.Fatalf("%v", got)
	}
	e.Ask(t, "GET", claim, stranger, nil, 404)
	e.Ask(t, "POST", claim+"/accept", buyer, obj{"answer": "x"}, 404)
	e.Ask(t, "POST", claim+"/reject", seller, obj{"answer": ""}, 422)
	if got := e.Ask(t, "POST", claim+"/accept", operator, obj{"answer": "x"}, 409); got["code"] != "aftersales.claim_not_contested" {
		t.Fatalf("%v", got)
	}
	if got := e.Ask(t, "POST", claim+"/reject", seller, obj{"answer": "It was straight."}, 200); got["state"] != "contested" {
		t.Fatalf("%v", got)
	}
	if got := e.Ask(t, "POST", claim+"/accept", operator, obj{"answer": "The photographs are clear."}, 200); got["state"] != "accepted" {
		t.Fatalf("%v", got)
	}
	if got := p.settled[line]; got.Decimal() != "20769.21" {
		t.Fatalf("the line stands at %v", got)
	}
	e.Ask(t, "POST", claim+"/withdraw", buyer, nil, 409)
	for as, want := range map[string]int{buyer: 1, stranger: 0, operator: 1} {
		if l := e.Ask(t, "GET", "/claims", as, nil, 200); len(l["items"].([]any)) != want {
			t.Errorf("%s lists %v", as, l)
		}
	}
	if l := e.Ask(t, "GET", "/claims?as=seller&state=accepted", seller, nil, 200); len(l["items"].([]any)) != 1 {
		t.Errorf("the seller lists %v", l)
	}
}

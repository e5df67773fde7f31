package aftersalesdb_test

import (
	"context"
	"testing"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/aftersales/aftersalesdb"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenttest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/quantity"
)

// world is fulfilment's, with the real claims behind it.
type world struct {
	*fulfilmenttest.World
	claims *aftersales.Service
	order  fulfilment.Order
	marks  []string
	closed bool // the escrow has been released
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: fulfilmenttest.New(t, pgtest.New(t))}
	w.claims = aftersales.New(aftersales.Needs{Unit: w.DB.DB, Store: aftersalesdb.New(w.DB.DB), Gate: w.World, Events: w.World, Now: w.Now, Orders: w, Numbers: w.World})
	w.World.Claims = bridge{w.claims}
	w.order = w.World.Order(t)
	return w
}

func (w *world) asOperator() context.Context { return w.As(id.Org{}, caller.RoleOperator) }

// bridge is what the composition root puts between fulfilment and aftersales.
type bridge struct{ s *aftersales.Service }

func (b bridge) Open(ctx context.Context, order id.Order, found []fulfilment.Difference) error {
	out := make([]aftersales.Difference, len(found))
	for i, d := range found {
		out[i] = aftersales.Difference{Line: d.Line, Kind: aftersales.Kind(d.Kind), Expected: d.Expected, Actual: d.Actual, Amount: d.Amount, Note: d.Note}
	}
	return b.s.OpenDifferences(ctx, order, out)
}

// The world stands in for ordering, on the amounts that fulfilment settled.

func (w *world) Order(_ context.Context, order id.Order, _ bool) (aftersales.Order, error) {
	o, ok := w.Orders[order]
	if !ok {
		return aftersales.Order{}, aftersales.ErrOrderNotFound
	}
	out := aftersales.Order{ID: o.ID, Number: o.Number, Buyer: o.Buyer, Seller: o.Seller, Currency: o.Currency, Claimable: !w.closed}
	for _, l := range o.Lines {
		ol := aftersales.OrderLine{ID: l.ID, Position: l.Position, SKU: l.SKU, Qty: l.Qty, PricedQty: l.PricedQty, Goods: l.Goods}
		if s, ok := w.Settled[l.ID]; ok {
			ol.SettledQty, ol.SettledSum = &s.Qty, &s.Sum
		}
		out.Lines = append(out.Lines, ol)
	}
	return out, nil
}

func (w *world) Resettle(_ context.Context, _ id.Order, line id.OrderLine, qty quantity.Quantity, sum money.Money) error {
	w.Settled[line] = fulfilment.Settled{Line: line, Qty: qty, Sum: sum}
	return nil
}

func (w *world) MarkClaimed(context.Context, id.Order) error {
	w.marks = append(w.marks, "claimed")
	return nil
}

func (w *world) MarkSettled(context.Context, id.Order) error {
	w.marks = append(w.marks, "settled")
	return nil
}

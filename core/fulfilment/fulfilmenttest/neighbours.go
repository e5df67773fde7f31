package fulfilmenttest

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/work"
)

// orders stands in for ordering. Holding an order locks its row, as ordering does.
type orders struct{ w *World }

func (f orders) Order(ctx context.Context, order id.Order, hold bool) (fulfilment.Order, error) {
	f.w.mu.Lock()
	o, ok := f.w.Orders[order]
	f.w.mu.Unlock()
	if !ok {
		return fulfilment.Order{}, fulfilment.ErrOrderNotFound
	}
	if hold {
		conn, err := pg.Conn(ctx)
		if err != nil {
			return fulfilment.Order{}, err
		}
		tag, err := conn.Exec(ctx, `SELECT 1 FROM ordering_orders WHERE id = $1 FOR UPDATE`, order.UUID())
		if err != nil {
			return fulfilment.Order{}, err
		}
		if tag.RowsAffected() == 0 {
			return fulfilment.Order{}, fulfilment.ErrOrderNotFound
		}
	}
	return o, nil
}

func (f orders) MarkShipped(_ context.Context, _ id.Order, whole bool) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.Marks = append(f.w.Marks, fmt.Sprintf("shipped whole=%v", whole))
	return nil
}

func (f orders) MarkReceived(_ context.Context, _ id.Order, lines []fulfilment.Settled, last bool) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.Marks = append(f.w.Marks, fmt.Sprintf("received last=%v", last))
	for _, l := range lines {
		if had, ok := f.w.Settled[l.Line]; ok {
			l.Qty.Micro += had.Qty.Micro
			l.Sum.Minor += had.Sum.Minor
		}
		f.w.Settled[l.Line] = l
	}
	return nil
}

// stock stands in for inventory: powder leaves from lot L1.
type stock struct{ w *World }

func (f stock) Ship(_ context.Context, lines []fulfilment.StockLine) (map[id.OrderLine][]string, error) {
	out := map[id.OrderLine][]string{}
	for _, l := range lines {
		if l.Qty.Unit == "KGM" {
			out[l.Line] = []string{"L1"}
		}
	}
	return out, nil
}

func (f stock) Release(_ context.Context, lines []id.OrderLine) error {
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.Marks = append(f.w.Marks, fmt.Sprintf("released %d", len(lines)))
	return nil
}

// claims stands in for aftersales, unless the World has been given the real one.
type claims struct{ w *World }

func (f claims) Open(ctx context.Context, order id.Order, found []fulfilment.Difference) error {
	if f.w.Claims != nil {
		return f.w.Claims.Open(ctx, order, found)
	}
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.Opened = append(f.w.Opened, found...)
	return nil
}

// carrier stands in for freight plugins; it refuses to be called inside a unit.
type carrier struct{ w *World }

// Rates implements fulfilment.Rater.
func (f carrier) Rates(ctx context.Context, ask fulfilment.RateAsk) ([]fulfilment.Offer, error) {
	if work.Active(ctx) {
		return nil, fmt.Errorf("a carrier was asked inside a unit of work")
	}
	return []fulfilment.Offer{{Plugin: "freight", ID: "road", Carrier: "Deppon", Service: "road", Amount: money.Of(ask.MassKgMicro/1_000_000, ask.Currency)}}, nil
}

// Book implements fulfilment.Carrier.
func (f carrier) Book(ctx context.Context, key string, ask fulfilment.BookAsk) (fulfilment.Booked, error) {
	if work.Active(ctx) {
		return fulfilment.Booked{}, fmt.Errorf("a carrier was booked inside a unit of work")
	}
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	f.w.Books = append(f.w.Books, key)
	if f.w.BookErr != nil {
		return fulfilment.Booked{}, f.w.BookErr
	}
	return fulfilment.Booked{ID: "B1", Carrier: "Deppon", Tracking: "DP123", ETA: f.w.now.Add(72 * time.Hour)}, nil
}

// Package fulfilmenttest is an order to be delivered, for tests: its rows in a real
// database, and stand-ins for ordering, stock, carriers and claims.
package fulfilmenttest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmentdb"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/quantity"
)

// Noon is when tests happen.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// World is one tenant with one paid order: ten beams by weight and a drum of powder that
// is kept by lot.
type World struct {
	*fulfilment.Service
	DB     *pgtest.DB
	Tenant id.Tenant
	Buyer  id.Org
	Seller id.Org
	Other  id.Org

	mu      sync.Mutex
	now     time.Time
	Orders  map[id.Order]fulfilment.Order
	Settled map[id.OrderLine]fulfilment.Settled // as ordering would keep it
	Marks   []string
	Opened  []fulfilment.Difference
	Claims  fulfilment.Claims // replaces the recorder, when set
	Books   []string          // keys asked of the carrier
	BookErr error
	Refused map[policy.Action]bool
	numbers atomic.Int64
}

// New makes a World in a fresh tenant.
func New(t testing.TB, db *pgtest.DB) *World {
	t.Helper()
	w := &World{
		DB: db, Tenant: pgtest.Tenant(t, db.NewTenant(t)), now: Noon, Orders: map[id.Order]fulfilment.Order{},
		Settled: map[id.OrderLine]fulfilment.Settled{}, Refused: map[policy.Action]bool{},
	}
	w.Buyer, w.Seller, w.Other = w.company(t, true), w.company(t, false), w.company(t, false)
	w.Service = fulfilment.New(fulfilment.Needs{
		Unit: db.DB, Store: fulfilmentdb.New(db.DB), Gate: w, Events: w, Now: w.Now, Orders: orders{w}, Stock: stock{w},
		Rater: carrier{w}, Carrier: carrier{w}, Settlement: fulfilment.Plain{ToleranceMicro: 3000}, Claims: claims{w}, Numbers: w,
	})
	return w
}

// As is a context in which a person of the company acts.
func (w *World) As(org id.Org, roles ...string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: w.Tenant, Kind: caller.Person, Person: id.Person{}.New(), Name: "someone", Org: org, Roles: roles})
}

// AsBuyer, AsSeller and System are who acts.
func (w *World) AsBuyer() context.Context  { return w.As(w.Buyer, caller.RoleBuyer) }
func (w *World) AsSeller() context.Context { return w.As(w.Seller, caller.RoleSeller) }
func (w *World) System() context.Context {
	return caller.AsSystem(context.Background(), w.Tenant, "test")
}

// Now is the world's clock; Wait moves it.
func (w *World) Now() time.Time       { w.mu.Lock(); defer w.mu.Unlock(); return w.now }
func (w *World) Wait(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

// Order places, accepts and pays an order.
func (w *World) Order(t testing.TB) fulfilment.Order {
	t.Helper()
	o := fulfilment.Order{
		ID: id.Order{}.New(), Number: "PO-" + id.Order{}.New().String(), Buyer: w.Buyer, Seller: w.Seller, Currency: "CNY", Shippable: true,
		From: fulfilment.Place{Country: "CN", City: "Maanshan"}, To: fulfilment.Place{Country: "CN", City: "Hangzhou"},
	}
	beams := fulfilment.OrderLine{
		ID: id.OrderLine{}.New(), Position: 1, Offer: id.Offer{}.New(), SKU: "HW200", Qty: quantity.Of(10, quantity.Piece),
		Price: money.Price{Micro: 3_850_000_000, Currency: "CNY", Per: quantity.Tonne}, PricedQty: quantity.Quantity{Micro: 5_994_000, Unit: quantity.Tonne},
		Basis: fulfilment.Weighed, Goods: money.Of(2_307_690, "CNY"), KgPerUnitMicro: 599_400_000,
	}
	powder := fulfilment.OrderLine{
		ID: id.OrderLine{}.New(), Position: 2, Offer: id.Offer{}.New(), SKU: "PWD", Qty: quantity.Of(25, quantity.Kilogram),
		Price: money.Price{Micro: 40_000_000, Currency: "CNY", Per: quantity.Kilogram}, PricedQty: quantity.Of(25, quantity.Kilogram), Basis: "piece", Goods: money.Of(100_000, "CNY"),
	}
	o.Lines = []fulfilment.OrderLine{beams, powder}
	w.rows(t, o)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Orders[o.ID] = o
	return o
}

func (w *World) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.DB.Ops(t).Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func (w *World) company(t testing.TB, buys bool) id.Org {
	org := id.Org{}.New()
	w.exec(t, `INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at)
		VALUES ($1,$2,'A company','CN','other',$3,$4,NOT $4,'approved',now())`, w.Tenant.UUID(), org.UUID(), org.String(), buys)
	return org
}

func (w *World) rows(t testing.TB, o fulfilment.Order) {
	t.Helper()
	var total int64
	for _, l := range o.Lines {
		total += l.Goods.Minor
	}
	group := id.Group{}.New()
	w.exec(t, `INSERT INTO ordering_groups (tenant_id, id, number, buyer_id, placed_by, source, currency, total_minor, created_at)
		VALUES ($1,$2,$3,$4,$4,'cart','CNY',$5,now())`, w.Tenant.UUID(), group.UUID(), group.String(), o.Buyer.UUID(), total)
	w.exec(t, `INSERT INTO ordering_orders (tenant_id, id, number, group_id, buyer_id, seller_id, currency, goods_minor, total_minor, order_state, payment_state, fulfilment_state, aftersale_state, placed_by, placed_at)
		VALUES ($1,$2,$3,$4,$5,$6,'CNY',$7,$7,'accepted','funded','none','none',$5,now())`, w.Tenant.UUID(), o.ID.UUID(), o.Number, group.UUID(), o.Buyer.UUID(), o.Seller.UUID(), total)
	for _, l := range o.Lines {
		w.exec(t, `INSERT INTO ordering_order_lines (tenant_id, id, order_id, position, sku, names, qty_micro, unit, price_micro, price_unit, priced_qty_micro, basis, goods_minor)
			VALUES ($1,$2,$3,$4,$5,'{}',$6,$7,$8,$9,$10,$11,$12)`, w.Tenant.UUID(), l.ID.UUID(), o.ID.UUID(), l.Position, l.SKU, l.Qty.Micro, string(l.Qty.Unit),
			l.Price.Micro, string(l.Price.Per), l.PricedQty.Micro, string(l.Basis), l.Goods.Minor)
	}
}

// ErrRefused is what the gate says of a refused action.
var ErrRefused = fault.New(fault.Denied, "policy.denied", "Not allowed.")

// Allow implements policy.Gate.
func (w *World) Allow(_ context.Context, do policy.Action, facts any) error {
	if _, err := json.Marshal(facts); err != nil {
		return err
	}
	if w.Refused[do] {
		return ErrRefused
	}
	return nil
}

// Append implements event.Log on the outbox, so that what rolls back was never said.
func (w *World) Append(ctx context.Context, events ...event.Event) error {
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, `INSERT INTO event_outbox (tenant_id, id, name, subject_kind, subject_id, data, actor, at) VALUES ($1,$2,$3,$4,$5,$6,'test',$7)`,
			w.Tenant.UUID(), id.Event{}.New().UUID(), e.EventName(), e.Subject().Kind, e.Subject().ID, data, w.Now()); err != nil {
			return err
		}
	}
	return nil
}

// Told lists the names of the events on an order, in order.
func (w *World) Told(t testing.TB, order id.Order) []string {
	t.Helper()
	rows, err := w.DB.Ops(t).Query(context.Background(), `SELECT name FROM event_outbox WHERE tenant_id = $1 AND subject_id = $2 ORDER BY id`, w.Tenant.UUID(), order.String())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names := []string{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	return names
}

// Next implements Numbers.
func (w *World) Next(_ context.Context, kind string) (string, error) {
	return fmt.Sprintf("%s-%06d", kind, w.numbers.Add(1)), nil
}

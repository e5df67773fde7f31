package orderingdb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/ordering/orderingdb"
	"github.com/kontorhq/kontor/core/ordering/orderingtest"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

const reached = "+86 21 5550 7741"

// reachable places an order for two sellers with a number to call.
func reachable(t *testing.T, w *orderingtest.World, phone string) []ordering.Order {
	t.Helper()
	ctx := w.BuyerCtx(t)
	in := orderingtest.Input(w.Checkout(t, ctx, 2))
	in.ShipTo.Contact, in.ShipTo.Phone = "Li", phone
	_, orders, err := w.Ordering.Place(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return orders
}

func TestAnOrdersNumberIsKeptApartAndToldByTheOrderAlone(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	orders := reachable(t, w, reached)
	reachable(t, w, "")
	if orders[0].ShipTo.Phone != reached {
		t.Errorf("who placed it is told %q", orders[0].ShipTo.Phone)
	}
	counting, cost := pg.Counting(ctx)
	got, err := w.Ordering.Order(counting, orders[1].ID)
	if err != nil || got.ShipTo.Phone != reached || got.ShipTo.Contact != "Li" || cost.Trips() != 2 {
		t.Errorf("%+v in %d trips, %v", got.ShipTo, cost.Trips(), err)
	}
	group, err := w.Ordering.Group(ctx, got.Group)
	if err != nil || len(group) != 2 || group[0].ShipTo.Phone != reached || group[1].ShipTo.Phone != reached {
		t.Errorf("its checkout: %+v, %v", group, err)
	}
	counting, cost = pg.Counting(ctx)
	list, err := w.Ordering.Orders(counting, ordering.AsBuyer, ordering.Filter{}, page.Request{})
	if err != nil || len(list.Items) != 4 || cost.Trips() != 2 {
		t.Fatalf("%d orders in %d trips, %v", len(list.Items), cost.Trips(), err)
	}
	for _, o := range list.Items {
		if o.ShipTo.Phone != "" || o.ShipTo.City == "" {
			t.Errorf("a list tells %+v", o.ShipTo)
		}
	}
	var dump string
	var numbers int
	if err := w.DB.Ops(t).QueryRow(t.Context(), `SELECT (SELECT string_agg(o::text, ' ') FROM ordering_orders o WHERE tenant_id = $1), (SELECT count(*) FROM contact_phones WHERE tenant_id = $1)`, pgtest.Tenant(t, ctx).UUID()).Scan(&dump, &numbers); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(dump, "5550") || numbers != 1 {
		t.Errorf("%d numbers: %s", numbers, dump)
	}
}

// Whoever answers a call finds the caller's orders, of those that he may see.
func TestOrdersAreFoundByANumberHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	mine := reachable(t, w, reached)
	reachable(t, w, "+86 21 5550 7742")
	stranger := w.As(t, w.Sellers[0], caller.RoleBuyer)
	for text, want := range map[string]int{"0086-21-5550-7741": 2, "+862155507741": 2, reached: 2, "+86 21 5550 774": 0, "5550 7741": 0, mine[0].Number: 1, "PO-2026": 4} {
		list, err := w.Ordering.Orders(ctx, ordering.AsBuyer, ordering.Filter{Text: text}, page.Request{})
		if err != nil || len(list.Items) != want {
			t.Errorf("%q finds %d, %v", text, len(list.Items), err)
		}
		if list, err := w.Ordering.Orders(stranger, ordering.AsBuyer, ordering.Filter{Text: text}, page.Request{}); err != nil || len(list.Items) != 0 {
			t.Errorf("%q finds a stranger %d, %v", text, len(list.Items), err)
		}
	}
	counting, cost := pg.Counting(ctx)
	if _, err := w.Ordering.Orders(counting, ordering.AsBuyer, ordering.Filter{Text: mine[0].Number}, page.Request{}); err != nil || cost.Trips() != 2 {
		t.Errorf("looking for what is no number costs %d trips, %v", cost.Trips(), err)
	}
}

func TestNumbersOfAnEarlierVersionMoveOutOfOrders(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	var all []id.Order
	for _, o := range append(reachable(t, w, ""), reachable(t, w, "+86 21 1")...) {
		all = append(all, o.ID)
	}
	if _, err := w.DB.Ops(t).Exec(t.Context(), `UPDATE ordering_orders SET ship_to = ship_to || jsonb_build_object('phone', $2::text) WHERE tenant_id = $1 AND phone_id IS NULL`, pgtest.Tenant(t, ctx).UUID(), reached); err != nil {
		t.Fatal(err)
	}
	store := orderingdb.New(w.DB.DB, w.Phones)
	sys := caller.AsSystem(t.Context(), pgtest.Tenant(t, ctx), "test")
	for _, when := range []string{"before", "moved", "moved again"} {
		for i, oid := range all {
			want := reached
			if i >= 2 {
				want = "+86 21 1"
			}
			if got, err := w.Ordering.Order(ctx, oid); err != nil || got.ShipTo.Phone != want || got.ShipTo.City != "Shanghai" {
				t.Errorf("%s: %+v, %v", when, got.ShipTo, err)
			}
		}
		list, err := w.Ordering.Orders(ctx, ordering.AsBuyer, ordering.Filter{}, page.Request{})
		if err != nil || len(list.Items) != 4 || slices.ContainsFunc(list.Items, func(o ordering.Order) bool { return o.ShipTo.Phone != "" }) {
			t.Errorf("%s: a list of %d tells a number, %v", when, len(list.Items), err)
		}
		var left int
		if err := w.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM ordering_orders o WHERE tenant_id = $1 AND o::text LIKE '%5550%'`, pgtest.Tenant(t, ctx).UUID()).Scan(&left); err != nil || left != map[string]int{"before": 2}[when] {
			t.Errorf("%s: %d are there still, %v", when, left, err)
		}
		if err := store.KeepPhones(sys); err != nil {
			t.Fatal(err)
		}
	}
}

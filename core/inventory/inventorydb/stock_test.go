package inventorydb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogtest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/inventory/inventorydb"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// yard is a market whose first seller has a warehouse and one offer.
type yard struct {
	*catalogtest.Market
	stock *inventory.Service
	house inventory.Warehouse
	offer id.Offer
	now   *atomic.Int64
}

func newYard(t *testing.T) *yard {
	t.Helper()
	m := catalogtest.New(t, pgtest.New(t))
	y := &yard{Market: m, now: &atomic.Int64{}}
	y.now.Store(noon.UnixMicro())
	y.stock = inventory.New(inventory.Deps{
		Unit: m.DB.DB, Store: inventorydb.New(m.DB.DB), Catalog: m.Catalog, Gate: m.Gate, Events: m.Log,
		Now: func() time.Time { return time.UnixMicro(y.now.Load()).UTC() },
	})
	y.offer = m.Put(t, catalogtest.Beam("HW200", "型钢", "beam", "200", "Q235B", 605, m.Sellers[0])).Offers[0].ID
	y.house = y.addHouse(t, "A")
	return y
}

func (y *yard) addHouse(t *testing.T, code string) inventory.Warehouse {
	t.Helper()
	w, err := y.stock.AddWarehouse(y.Ctx, inventory.Warehouse{Org: y.Sellers[0], Code: code, Name: "Yard " + code, Country: "CN", City: "日照"})
	must(t, err)
	return w
}

func (y *yard) receive(t *testing.T, as ...inventory.Arrival) {
	t.Helper()
	for i := range as {
		as[i].Offer = y.offer
		if as[i].Warehouse.IsZero() {
			as[i].Warehouse = y.house.ID
		}
	}
	must(t, y.stock.Receive(y.Ctx, as))
}

func (y *yard) reserve(ref string, n int64) ([]inventory.Hold, error) {
	return y.stock.Reserve(y.Ctx, []inventory.ReserveLine{{Offer: y.offer, Micro: n, Ref: inventory.Ref{Kind: "order_line", ID: ref}}}, time.Time{})
}

func (y *yard) free(t *testing.T) int64 {
	t.Helper()
	got, err := y.stock.Available(y.Ctx, []id.Offer{y.offer})
	must(t, err)
	return got[y.offer]
}

func (y *yard) adds(t *testing.T) {
	t.Helper()
	d, err := y.stock.Drift(y.Ctx)
	must(t, err)
	if len(d) > 0 {
		t.Errorf("movements and holds do not add up to the stock: %+v", d)
	}
}

func TestReservedGoodsAreNotSoldTwiceAndComeBack(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.receive(t, inventory.Arrival{Micro: 10})
	_, err := y.reserve("a", 7)
	must(t, err)
	if _, err := y.reserve("b", 4); !errors.Is(err, inventory.ErrShort) {
		t.Fatalf("got %v, want short", err)
	}
	if f := y.free(t); f != 3 {
		t.Fatalf("free %d, want 3", f)
	}
	must(t, y.stock.Release(y.Ctx, []inventory.Ref{{Kind: "order_line", ID: "a"}}))
	must(t, y.stock.Release(y.Ctx, []inventory.Ref{{Kind: "order_line", ID: "a"}}))
	if f := y.free(t); f != 10 {
		t.Fatalf("free %d after release, want 10", f)
	}
	y.adds(t)
}

// Several lots: what expires first goes first, in as many lots as it takes, and what has
// expired is not there.
func TestFirstExpiredGoesFirstAndExpiredNever(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	lot := func(no string, days int, n int64) inventory.Arrival {
		return inventory.Arrival{Micro: n, Lot: inventory.Lot{Number: no, MadeOn: noon.AddDate(-1, 0, 0), ExpiresOn: noon.Truncate(24*time.Hour).AddDate(0, 0, days)}}
	}
	y.receive(t, lot("old", -1, 100), lot("late", 90, 100), lot("soon", 10, 5))
	if f := y.free(t); f != 105 {
		t.Fatalf("free %d, want 105 without what expired", f)
	}
	holds, err := y.reserve("a", 8)
	must(t, err)
	var got []int64
	for _, h := range holds {
		got = append(got, h.Micro)
	}
	if d := cmp.Diff([]int64{5, 3}, sorted(got)); d != "" {
		t.Fatalf("taken (-want +got):\n%s", d)
	}
	y.adds(t)
}

func sorted(v []int64) []int64 {
	if len(v) == 2 && v[0] < v[1] {
		v[0], v[1] = v[1], v[0]
	}
	return v
}

func TestAllLinesOrNone(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.receive(t, inventory.Arrival{Micro: 10})
	_, err := y.stock.Reserve(y.Ctx, []inventory.ReserveLine{
		{Offer: y.offer, Micro: 3, Ref: inventory.Ref{Kind: "order_line", ID: "a"}},
		{Offer: id.Offer{}.New(), Micro: 1, Ref: inventory.Ref{Kind: "order_line", ID: "b"}},
	}, time.Time{})
	if !errors.Is(err, inventory.ErrShort) {
		t.Fatalf("got %v, want short", err)
	}
	if f := y.free(t); f != 10 {
		t.Fatalf("free %d: half an order was kept", f)
	}
	y.adds(t)
}

// 200 buyers want one of 50 at the same moment.
func TestFiftyUnitsAreSoldFiftyTimes(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	second := y.addHouse(t, "B")
	y.receive(t, inventory.Arrival{Micro: 30}, inventory.Arrival{Micro: 20, Warehouse: second.ID})
	var sold, short atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			_, err := y.reserve(fmt.Sprint("buyer ", i), 1)
			switch {
			case err == nil:
				sold.Add(1)
			case errors.Is(err, inventory.ErrShort):
				short.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if sold.Load() != 50 || short.Load() != 150 || y.free(t) != 0 {
		t.Fatalf("sold %d, refused %d, free %d", sold.Load(), short.Load(), y.free(t))
	}
	y.adds(t)
}

func TestHoldsGoBackWhenTheirTimeIsUp(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.receive(t, inventory.Arrival{Micro: 10})
	until := noon.Add(15 * time.Minute)
	for _, ref := range []string{"a", "b"} {
		_, err := y.stock.Reserve(y.Ctx, []inventory.ReserveLine{{Offer: y.offer, Micro: 4, Ref: inventory.Ref{Kind: "order_line", ID: ref}}}, until)
		must(t, err)
	}
	must(t, y.stock.Keep(y.Ctx, []inventory.Ref{{Kind: "order_line", ID: "b"}}))
	if n, err := y.stock.ExpireHolds(y.Ctx); err != nil || n != 0 {
		t.Fatalf("%d expired too early, %v", n, err)
	}
	y.now.Store(until.UnixMicro())
	if n, err := y.stock.ExpireHolds(y.Ctx); err != nil || n != 1 {
		t.Fatalf("%d expired, want a's alone, %v", n, err)
	}
	if f := y.free(t); f != 6 {
		t.Fatalf("free %d, want 6: b was kept", f)
	}
	y.adds(t)
}

// Weighed goods come to a little more or less than was ordered.
func TestShippingTakesWhatTheScaleSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		ship, free int64
		last       bool
	}{
		{"in part, the rest stays promised", 4, 90, false},
		{"less, and nothing more will come", 9, 91, true},
		{"more", 12, 88, true},
		{"exactly", 10, 90, false},
	} {
		y := newYard(t)
		y.receive(t, inventory.Arrival{Micro: 100})
		_, err := y.reserve("a", 10)
		must(t, err)
		from, err := y.stock.Ship(y.Ctx, []inventory.ShipLine{{Ref: inventory.Ref{Kind: "order_line", ID: "a"}, Micro: c.ship, Last: c.last}})
		must(t, err)
		if f := y.free(t); f != c.free {
			t.Errorf("%s: free %d, want %d", c.name, f, c.free)
		}
		if len(from) != 1 || from[0].Micro != c.ship || from[0].Warehouse != y.house.ID {
			t.Errorf("%s: shipped from %+v", c.name, from)
		}
		y.adds(t)
	}
}

func TestCountingNeverTakesPromisedGoods(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.receive(t, inventory.Arrival{Micro: 10})
	_, err := y.reserve("a", 8)
	must(t, err)
	at := inventory.Stock{Offer: y.offer, Warehouse: y.house.ID}
	if err := y.stock.Correct(y.Ctx, inventory.Correction{Stock: at, Delta: -3}); !errors.Is(err, inventory.ErrBelowZero) {
		t.Fatalf("got %v, want a refusal", err)
	}
	must(t, y.stock.Correct(y.Ctx, inventory.Correction{Stock: at, Delta: -2, Why: "rust"}))
	if f := y.free(t); f != 0 {
		t.Fatalf("free %d, want 0", f)
	}
	y.adds(t)
}

func TestSellersFillTheirOwnShelvesOnly(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	other := y.As(t, y.Sellers[1], "seller")
	in := []inventory.Arrival{{Offer: y.offer, Warehouse: y.house.ID, Micro: 1}}
	if err := y.stock.Receive(other, in); !errors.Is(err, inventory.ErrOfferNotFound) {
		t.Fatalf("got %v, want not found", err)
	}
	neighbour := newYard(t)
	if err := neighbour.stock.Receive(neighbour.Ctx, in); !errors.Is(err, inventory.ErrOfferNotFound) {
		t.Fatalf("another tenant's offer: got %v, want not found", err)
	}
	if hs, err := y.stock.Warehouses(other, y.Sellers[0]); err != nil || len(hs) != 0 {
		t.Fatalf("saw %d warehouses of another, %v", len(hs), err)
	}
}

// An order's three lines are one round trip, however many items there are.
func TestReservingIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	y.receive(t, inventory.Arrival{Micro: 100})
	var lines []inventory.ReserveLine
	for i := range 3 {
		lines = append(lines, inventory.ReserveLine{Offer: y.offer, Micro: 1, Ref: inventory.Ref{Kind: "order_line", ID: fmt.Sprint(i)}})
	}
	var trips int
	must(t, y.DB.Do(y.Ctx, func(ctx context.Context) error {
		counted, n := counting(ctx)
		_, err := y.stock.Reserve(counted, lines, time.Time{})
		trips = n.Trips()
		return err
	}))
	if trips != 1 {
		t.Fatalf("%d round trips, want 1", trips)
	}
}

// Whatever happens in whatever order, the books and the shelves agree.
func TestStockAlwaysAddsUp(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	second := y.addHouse(t, "B")
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(1, 50).Draw(r, "n")
		ref := fmt.Sprint(rapid.IntRange(0, 5).Draw(r, "ref"))
		refs := inventory.Ref{Kind: "order_line", ID: ref}
		switch rapid.IntRange(0, 4).Draw(r, "what") {
		case 0:
			y.receive(t, inventory.Arrival{Micro: n, Warehouse: []id.Warehouse{y.house.ID, second.ID}[n%2]})
		case 1:
			_, _ = y.reserve(ref, n)
		case 2:
			_, _ = y.stock.Ship(y.Ctx, []inventory.ShipLine{{Ref: refs, Micro: n, Last: n%3 == 0}})
		case 3:
			must(t, y.stock.Release(y.Ctx, []inventory.Ref{refs}))
		case 4:
			_ = y.stock.Correct(y.Ctx, inventory.Correction{Stock: inventory.Stock{Offer: y.offer, Warehouse: y.house.ID}, Delta: 25 - n, Why: "count"})
		}
		d, err := y.stock.Drift(y.Ctx)
		if err != nil || len(d) > 0 {
			r.Fatalf("%+v %v", d, err)
		}
	})
}

func TestAnOpeningCountIsTakenOnce(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	for range 2 {
		y.receive(t, inventory.Arrival{Micro: 10 * quantity.Scale, Opening: true})
	}
	if f := y.free(t); f != 10*quantity.Scale {
		t.Fatalf("free %d, want 10 once", f)
	}
	y.adds(t)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var _ inventory.Catalog = (*catalog.Service)(nil)

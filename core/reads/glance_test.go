package reads_test

import (
	"context"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
)

// Visitors may be shown what somebody saw a moment ago; who trades is always shown what is.
func TestVisitorsListsAreKeptForAMomentAndTradersAreNot(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	out := s.twoSellers(t, "HW200")
	tenant := pgtest.Tenant(t, s.Ctx)
	visitor := caller.With(context.Background(), caller.Caller{Tenant: tenant, Kind: caller.Visitor, Locale: "en"})
	free := func(ctx context.Context) int64 {
		t.Helper()
		l, err := s.front.List(ctx, catalog.Ask{Category: "sections"})
		must(t, err)
		return l.Rows[0].Free.Micro / quantity.Scale
	}
	if n := free(visitor); n != 80 {
		t.Fatalf("a visitor sees %d", n)
	}
	must(t, s.stock.Receive(s.Ctx, []inventory.Arrival{{Offer: out.Offers[0].ID, Warehouse: s.houses[0].ID, Micro: 5 * quantity.Scale}}))
	_, err := s.pricing.WritePrices(s.Ctx, []pricing.Price{{Offer: out.Offers[0].ID, MinMicro: quantity.Scale, Unit: quantity.Piece, Micro: 55 * quantity.Scale, Currency: "CNY", ValidFrom: time.Now().Add(-time.Minute)}})
	must(t, err)
	if n := free(s.As(t, s.Buyer, "buyer")); n != 85 {
		t.Errorf("a buyer sees %d, not what is there", n)
	}
	s.front.Forget(tenant)
	l, err := s.front.List(visitor, catalog.Ask{Category: "sections"})
	must(t, err)
	if r := l.Rows[0]; r.Free.Micro != 85*quantity.Scale || r.From == nil || r.From.Price.Micro != 55*quantity.Scale {
		t.Errorf("after the news a visitor sees %s and %+v", r.Free, r.From)
	}
}

// A warehouse's name is remembered until there is news of it.
func TestARenamedWarehouseIsShownWithItsNewName(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	out := s.twoSellers(t, "HW200")
	named := func() string {
		t.Helper()
		it, err := s.front.Item(s.As(t, s.Buyer, "buyer"), out.Items[0].ID)
		must(t, err)
		return it.Offers[0].Stock[0].Name
	}
	if n := named(); n != "Yard" {
		t.Fatalf("it is called %q", n)
	}
	_, err := s.DB.Ops(t).Exec(t.Context(), `UPDATE inventory_warehouses SET name = 'Quay'`)
	must(t, err)
	s.front.Forget(pgtest.Tenant(t, s.Ctx))
	if n := named(); n != "Quay" {
		t.Fatalf("it is called %q", n)
	}
}

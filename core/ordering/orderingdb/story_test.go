package orderingdb_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/ordering/orderingtest"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func world(t *testing.T) *orderingtest.World {
	t.Helper()
	return orderingtest.New(t, pgtest.New(t))
}

func TestACheckoutBecomesOneOrderPerSeller(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	co := w.Checkout(t, ctx, 4)

	g, orders, err := w.Ordering.Place(ctx, orderingtest.Input(co))
	if err != nil {
		t.Fatal(err)
	}
	if len(orders) != 2 || g.Total.Decimal() != "10170.00" { // 2 × (4,000 + 500) × 1.13
		t.Fatalf("%d orders of %v", len(orders), g.Total)
	}
	for _, o := range orders {
		got, err := w.Ordering.Order(ctx, o.ID)
		if err != nil || got.Total != o.Total || got.State != ordering.Placed || len(got.Lines) != 1 || got.Lines[0].Goods.Decimal() != "4000.00" {
			t.Fatalf("%+v %v", got, err)
		}
	}
	if len(w.Open) != 2 || len(w.Reserved) != 2 {
		t.Fatalf("%d safes, %d holds", len(w.Open), len(w.Reserved))
	}
	if c, err := w.Ordering.Cart(ctx); err != nil || len(c.Lines) != 0 {
		t.Fatalf("the cart still has %d lines (%v)", len(c.Lines), err)
	}
}

// A double click, two tabs, a retry without a key: one of them buys.
func TestOneCheckoutBuysOnce(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	in := orderingtest.Input(w.Checkout(t, ctx, 2))

	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = w.Ordering.Place(ctx, in) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ordering.ErrCheckoutUsed) && !errors.Is(err, ordering.ErrCheckoutOld):
			t.Errorf("lost with %v", err)
		}
	}
	if won != 1 {
		t.Fatalf("%d of 8 bought", won)
	}
}

func TestWhatCannotBePlacedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	sold := fault.New(fault.Conflict, "test.sold", "Sold.")
	for name, tc := range map[string]struct {
		spoil func(*testing.T, *orderingtest.World, context.Context, *ordering.PlaceInput)
		want  *fault.Error
	}{
		"out of stock":    {func(_ *testing.T, w *orderingtest.World, _ context.Context, _ *ordering.PlaceInput) { w.Short = sold }, sold},
		"the law says no": {func(_ *testing.T, w *orderingtest.World, _ context.Context, _ *ordering.PlaceInput) { w.Refuse = sold }, sold},
		"prices have lapsed": {func(_ *testing.T, w *orderingtest.World, _ context.Context, _ *ordering.PlaceInput) {
			w.Wait(31 * time.Minute)
		}, ordering.ErrCheckoutOld},
		"the cart has changed since": {func(t *testing.T, w *orderingtest.World, ctx context.Context, _ *ordering.PlaceInput) {
			if _, err := w.Ordering.PutInCart(ctx, w.Offers[0].ID, quantity.Of(8, quantity.Piece)); err != nil {
				t.Fatal(err)
			}
		}, ordering.ErrCheckoutOld},
		"a freight nobody offered": {func(_ *testing.T, w *orderingtest.World, _ context.Context, in *ordering.PlaceInput) {
			in.Freight[w.Sellers[0]] = "teleport"
		}, ordering.ErrFreight},
		"to another city than freight was rated for": {func(_ *testing.T, _ *orderingtest.World, _ context.Context, in *ordering.PlaceInput) {
			in.ShipTo.City = "Urumqi"
		}, ordering.ErrDestination},
		"to a city of that name in another country": {func(_ *testing.T, _ *orderingtest.World, _ context.Context, in *ordering.PlaceInput) {
			in.ShipTo.Country = "US"
		}, ordering.ErrDestination},
		"nowhere to go": {func(_ *testing.T, _ *orderingtest.World, _ context.Context, in *ordering.PlaceInput) {
			in.ShipTo = ordering.Address{}
		}, ordering.ErrAddress},
		"another's checkout": {func(_ *testing.T, _ *orderingtest.World, _ context.Context, in *ordering.PlaceInput) {
			in.Checkout = id.Checkout{}.New()
		}, ordering.ErrCheckout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			ctx := w.BuyerCtx(t)
			in := orderingtest.Input(w.Checkout(t, ctx, 2))
			tc.spoil(t, w, ctx, &in)
			before := len(w.Log.Names())

			_, _, err := w.Ordering.Place(ctx, in)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			l, lerr := w.Ordering.Orders(ctx, ordering.AsBuyer, ordering.Filter{}, page.Request{})
			if lerr != nil || len(l.Items) != 0 || len(w.Open) != 0 || len(w.Log.Names()) != before {
				t.Fatalf("%d orders, %d safes, events %v (%v)", len(l.Items), len(w.Open), w.Log.Names()[before:], lerr)
			}
		})
	}
}

// Freight is for the place it was rated for, however that is typed; who collects pays no
// freight, and may live anywhere.
func TestFreightHoldsForThePlaceItWasRatedFor(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ordering.PlaceInput){
		"typed otherwise":               func(in *ordering.PlaceInput) { in.ShipTo.City, in.ShipTo.Country = " SHANGHAI", "cn" },
		"another street of that city":   func(in *ordering.PlaceInput) { in.ShipTo.Street = "Nanjing Road 1" },
		"collected by somebody far off": func(in *ordering.PlaceInput) { in.ShipTo.City, in.Freight = "Urumqi", nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world(t)
			ctx := w.BuyerCtx(t)
			in := orderingtest.Input(w.Checkout(t, ctx, 2))
			change(&in)
			if _, _, err := w.Ordering.Place(ctx, in); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// After the refusal the checkout is as good as before: nothing of it was used up.
func TestARefusedDestinationCostsNothing(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	in := orderingtest.Input(w.Checkout(t, ctx, 2))
	other := in
	other.ShipTo = ordering.Address{City: "Urumqi", Country: "CN"}
	if _, _, err := w.Ordering.Place(ctx, other); !errors.Is(err, ordering.ErrDestination) {
		t.Fatalf("got %v", err)
	}
	if co, err := w.Ordering.Checkout(ctx, in.Checkout); err != nil || co.To != (ordering.Place{City: "Shanghai", Country: "CN"}) {
		t.Fatalf("rated for %+v (%v)", co.To, err)
	}
	if _, orders, err := w.Ordering.Place(ctx, in); err != nil || len(orders) != 2 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
}

func TestAnOrderAboveTheLimitWaitsForSomebodyElse(t *testing.T) {
	t.Parallel()
	w := world(t)
	w.Review = []fault.Reason{{Code: "approval_required", Detail: "Above the limit."}}
	asker := w.BuyerCtx(t)
	_, orders, err := w.Ordering.Place(asker, orderingtest.Input(w.Checkout(t, asker, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Open) != 0 {
		t.Fatal("a safe was opened for an order that nobody has approved")
	}
	if _, err := w.Ordering.Order(w.As(t, orders[0].Seller, caller.RoleSeller), orders[0].ID); !errors.Is(err, ordering.ErrNotFound) {
		t.Fatalf("the seller already sees it: %v", err)
	}
	list, err := w.Ordering.Approvals(asker, page.Request{})
	if err != nil || len(list.Items) != 2 {
		t.Fatalf("%d approvals (%v)", len(list.Items), err)
	}
	a := list.Items[0]
	if _, err := w.Ordering.DecideApproval(asker, a.ID, true, ""); !errors.Is(err, ordering.ErrOwnApproval) {
		t.Fatalf("his own: %v", err)
	}
	boss := w.As(t, w.Buyer, caller.RoleApprover)
	c, _ := caller.From(boss)
	low := int64(1)
	w.Limits[c.Person] = &low
	if _, err := w.Ordering.DecideApproval(boss, a.ID, true, ""); !errors.Is(err, ordering.ErrApproveLimit) {
		t.Fatalf("above his limit: %v", err)
	}
	w.Limits[c.Person] = nil
	if o, err := w.Ordering.DecideApproval(boss, a.ID, true, ""); err != nil || o.State != ordering.Placed || len(w.Open) != 1 {
		t.Fatalf("%s, %d safes, %v", o.State, len(w.Open), err)
	}
	held := len(w.Reserved)
	if o, err := w.Ordering.DecideApproval(boss, list.Items[1].ID, false, "too dear"); err != nil || o.State != ordering.Cancelled || len(w.Reserved) != held-1 {
		t.Fatalf("%s, %d holds, %v", o.State, len(w.Reserved), err)
	}
	if !slices.Contains(w.Log.Names(), "ordering.approval_decided.v1") {
		t.Fatalf("nobody was told: %v", w.Log.Names())
	}
}

func TestTwoPeopleDecidingAtOnceDecideOnce(t *testing.T) {
	t.Parallel()
	w := world(t)
	buyer := w.BuyerCtx(t)
	_, orders, err := w.Ordering.Place(buyer, orderingtest.Input(w.Checkout(t, buyer, 2)))
	if err != nil {
		t.Fatal(err)
	}
	seller := w.As(t, orders[0].Seller, caller.RoleSeller)
	var wg sync.WaitGroup
	errs := make([]error, 2)
	wg.Go(func() { _, errs[0] = w.Ordering.Accept(seller, orders[0].ID) })
	wg.Go(func() { _, errs[1] = w.Ordering.Cancel(buyer, orders[0].ID, "changed our minds") })
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("accept: %v, cancel: %v", errs[0], errs[1])
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, ordering.ErrMove) {
			t.Fatalf("lost with %v", err)
		}
	}
}

func TestAnotherCompanysOrderDoesNotExist(t *testing.T) {
	t.Parallel()
	w := world(t)
	buyer := w.BuyerCtx(t)
	_, orders, err := w.Ordering.Place(buyer, orderingtest.Input(w.Checkout(t, buyer, 2)))
	if err != nil {
		t.Fatal(err)
	}
	stranger := w.As(t, w.Org(t, "Stranger", "X9", true), caller.RoleBuyer, caller.RoleSeller)
	for name, try := range map[string]func() error{
		"read":    func() error { _, err := w.Ordering.Order(stranger, orders[0].ID); return err },
		"accept":  func() error { _, err := w.Ordering.Accept(stranger, orders[0].ID); return err },
		"decline": func() error { _, err := w.Ordering.Decline(stranger, orders[0].ID, "no"); return err },
		"cancel":  func() error { _, err := w.Ordering.Cancel(stranger, orders[0].ID, "no"); return err },
		"group":   func() error { _, err := w.Ordering.Group(stranger, orders[0].Group); return err },
	} {
		if err := try(); !errors.Is(err, ordering.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACartTakesOnlyWhatIsSold(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	for name, q := range map[string]quantity.Quantity{
		"below the minimum": quantity.Of(1, quantity.Piece), "between steps": quantity.Of(3, quantity.Piece), "none": {Unit: quantity.Piece},
		"negative": quantity.Of(-2, quantity.Piece), "absurd": quantity.Of(2_000_000_000, quantity.Piece), "another unit": quantity.Of(2, quantity.Litre),
	} {
		if _, err := w.Ordering.PutInCart(ctx, w.Offers[0].ID, q); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := w.Ordering.Cart(ctx); err != nil || len(c.Lines) != 0 {
		t.Fatalf("%d lines (%v)", len(c.Lines), err)
	}
	if _, err := w.Ordering.PutInCart(w.As(t, w.Sellers[0], caller.RoleBuyer), w.Offers[0].ID, quantity.Of(2, quantity.Piece)); !errors.Is(err, ordering.ErrOwnGoods) {
		t.Errorf("a company bought from itself: %v", err)
	}
}

func TestListsGoOnWhereTheyStopped(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := w.BuyerCtx(t)
	want := map[id.Order]bool{}
	for range 3 {
		_, orders, err := w.Ordering.Place(ctx, orderingtest.Input(w.Checkout(t, ctx, 2)))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range orders {
			want[o.ID] = true
		}
	}
	after, pages := "", 0
	for {
		l, err := w.Ordering.Orders(ctx, ordering.AsBuyer, ordering.Filter{}, page.Request{After: after, Limit: 4})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range l.Items {
			if !want[o.ID] {
				t.Fatalf("%s came twice", o.Number)
			}
			delete(want, o.ID)
		}
		if pages++; l.Next == "" {
			break
		}
		after = l.Next
	}
	if len(want) != 0 || pages != 2 {
		t.Fatalf("%d missing after %d pages", len(want), pages)
	}
	if _, err := w.Ordering.Orders(ctx, ordering.AsBuyer, ordering.Filter{}, page.Request{After: "nonsense!"}); !errors.Is(err, page.ErrCursor) {
		t.Fatalf("got %v", err)
	}
}

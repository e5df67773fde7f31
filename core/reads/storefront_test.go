package reads_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogtest"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/inventory/inventorydb"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/pricing/pricingdb"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// shop is a market with prices and stock.
type shop struct {
	*catalogtest.Market
	pricing *pricing.Service
	stock   *inventory.Service
	front   *reads.Storefront
	houses  []inventory.Warehouse
}

func newShop(t testing.TB) *shop {
	t.Helper()
	m := catalogtest.New(t, pgtest.New(t))
	s := &shop{Market: m, front: reads.NewStorefront(m.DB.DB, m.Catalog, clock.System)}
	s.pricing = pricing.New(pricing.Deps{Unit: m.DB.DB, Store: pricingdb.New(m.DB.DB), Catalog: m.Catalog, Gate: m.Gate, Events: m.Log, Now: clock.System})
	s.stock = inventory.New(inventory.Deps{Unit: m.DB.DB, Store: inventorydb.New(m.DB.DB), Catalog: m.Catalog, Gate: m.Gate, Events: m.Log, Now: clock.System})
	for i, seller := range m.Sellers {
		w, err := s.stock.AddWarehouse(m.Ctx, inventory.Warehouse{Org: seller, Code: fmt.Sprint("W", i), Name: "Yard", Country: "CN", City: "日照"})
		must(t, err)
		s.houses = append(s.houses, w)
	}
	return s
}

// stockUp gives offers a public price and goods.
func (s *shop) stockUp(t testing.TB, offers []catalog.Offer) {
	t.Helper()
	var ps []pricing.Price
	var as []inventory.Arrival
	for i, o := range offers {
		for n, tier := range []int64{2, 20, 100} {
			ps = append(ps, pricing.Price{Offer: o.ID, MinMicro: tier * quantity.Scale, Unit: quantity.Piece, Micro: int64(100+i%50-10*n) * quantity.Scale, Currency: "CNY", ValidFrom: time.Now().Add(-time.Hour)})
		}
		as = append(as, inventory.Arrival{Offer: o.ID, Warehouse: s.houses[slices.Index(s.Sellers, o.Seller)].ID, Micro: 40 * quantity.Scale, Opening: true})
	}
	_, err := s.pricing.WritePrices(s.Ctx, ps)
	must(t, err)
	must(t, s.stock.Receive(s.Ctx, as))
}

func (s *shop) twoSellers(t testing.TB, sku string) catalog.Imported {
	t.Helper()
	e := catalogtest.Beam(sku, "型钢 "+sku, "beam "+sku, "200", "Q235B", 605, s.Sellers[0])
	e.Offers = append(e.Offers, catalogtest.Offer(sku+"-P", s.Sellers[1]))
	out := s.Put(t, e)
	s.stockUp(t, out.Offers)
	return out
}

func TestAListShowsEachCompanyItsOwnPrices(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	out := s.twoSellers(t, "HW200")
	_, err := s.pricing.WritePrices(s.Ctx, []pricing.Price{{Offer: out.Offers[1].ID, Buyer: s.Buyer, MinMicro: quantity.Scale, Unit: quantity.Piece, Micro: 70 * quantity.Scale, Currency: "CNY"}})
	must(t, err)
	see := func(ctx context.Context) reads.Row {
		l, err := s.front.List(ctx, catalog.Ask{Category: "sections"})
		must(t, err)
		if len(l.Rows) != 1 {
			t.Fatalf("%d rows", len(l.Rows))
		}
		return l.Rows[0]
	}
	stranger, buyer := see(s.As(t, s.Sellers[0], "seller")), see(s.As(t, s.Buyer, "buyer"))
	if stranger.From.Price.Micro != 80*quantity.Scale || stranger.From.Contract {
		t.Errorf("a stranger sees %+v, want the public 80", stranger.From)
	}
	if buyer.From.Price.Micro != 70*quantity.Scale || !buyer.From.Contract || buyer.From.Offer != out.Offers[1].ID {
		t.Errorf("the buyer sees %+v, want its own 70", buyer.From)
	}
	if want := quantity.Of(80, quantity.Piece); buyer.Free != want || buyer.Card.Sellers() != 2 {
		t.Errorf("free %s of %d sellers, want %s of 2", buyer.Free, buyer.Card.Sellers(), want)
	}
}

func TestAnItemShowsTiersStockAndNobodyElsesContract(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	out := s.twoSellers(t, "HW200")
	other := s.Org(t, "Another buyer", "B9", false)
	for _, b := range []id.Org{s.Buyer, other} {
		_, err := s.pricing.WritePrices(s.Ctx, []pricing.Price{{Offer: out.Offers[0].ID, Buyer: b, MinMicro: quantity.Scale, Unit: quantity.Piece, Micro: 66 * quantity.Scale, Currency: "CNY"}})
		must(t, err)
	}
	it, err := s.front.Item(s.As(t, s.Buyer, "buyer"), out.Items[0].ID)
	must(t, err)
	tiers := map[bool][]int64{}
	for _, o := range it.Offers {
		for _, p := range o.Tiers {
			if !p.Buyer.IsZero() && p.Buyer != s.Buyer {
				t.Fatal("another company's contract is visible")
			}
			tiers[o.Contract()] = append(tiers[o.Contract()], p.Micro/quantity.Scale)
		}
		if o.Free != 40*quantity.Scale || len(o.Stock) != 1 {
			t.Errorf("stock %+v", o.Stock)
		}
	}
	if d := cmp.Diff(map[bool][]int64{true: {66}, false: {101, 91, 81}}, tiers); d != "" {
		t.Errorf("tiers (-want +got):\n%s", d)
	}
	specs := it.Shelf.Specs(it.Card.Item, "zh-CN")
	if d := cmp.Diff([]catalog.Spec{{Key: "h", Name: "高度", Value: "200", Unit: "mm"}, {Key: "grade", Name: "牌号", Value: "Q235B"}, {Key: "standard", Name: "标准", Value: "GB/T 11263"}}, specs); d != "" {
		t.Errorf("specification (-want +got):\n%s", d)
	}
}

// What all share is kept; what is the reader's own is one trip, two statements.
func TestAPageIsOneTripOnceItsSharedPartIsKnown(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(context.Context, *shop, id.Item) error{
		"list": func(ctx context.Context, s *shop, _ id.Item) error {
			_, err := s.front.List(ctx, catalog.Ask{Category: "sections"})
			return err
		},
		"item": func(ctx context.Context, s *shop, i id.Item) error { _, err := s.front.Item(ctx, i); return err },
		"home": func(ctx context.Context, s *shop, _ id.Item) error { _, err := s.front.Home(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			item := s.twoSellers(t, "HW200").Items[0].ID
			ctx := s.As(t, s.Buyer, "buyer")
			cold, first := pg.Counting(ctx)
			must(t, read(cold, s, item))
			if first.Trips() > 6 {
				t.Errorf("%d trips with nothing known", first.Trips())
			}
			warm, n := pg.Counting(ctx)
			must(t, read(warm, s, item))
			if n.Trips() != 1 || n.Statements() != 3 { // the tenant, and two
				t.Errorf("%d trips, %d statements, want 1 and 3", n.Trips(), n.Statements())
			}
		})
	}
}

// A seller who pauses an offer and looks at the shop does not see it any more.
func TestChangesAreSeenAtOnceAfterTheirCommit(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	out := s.twoSellers(t, "HW200")
	seen := func() int {
		it, err := s.front.Item(s.Ctx, out.Items[0].ID)
		must(t, err)
		return len(it.Offers)
	}
	if seen() != 2 {
		t.Fatal("two offers expected")
	}
	must(t, s.DB.Do(s.Ctx, func(ctx context.Context) error {
		if _, err := s.Catalog.PauseOffer(ctx, out.Offers[0].ID); err != nil {
			return err
		}
		if seen() != 2 {
			t.Error("others see the change before its commit")
		}
		return nil
	}))
	if n := seen(); n != 1 {
		t.Fatalf("%d offers after the pause, want 1", n)
	}
}

func TestTheHomePageCountsCategoriesAndListsSellers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.twoSellers(t, "HW200")
	day := time.Now().UTC().Truncate(24 * time.Hour)
	for i, p := range []int64{4000, 4100} {
		must(t, s.pricing.WriteIndices(s.Ctx, []pricing.Index{{Key: "h-beam", Day: day.AddDate(0, 0, i-1), Micro: p * quantity.Scale, Currency: "CNY", Unit: quantity.Tonne, Source: "test"}}))
	}
	h, err := s.front.Home(s.Ctx)
	must(t, err)
	if d := cmp.Diff(map[string]int64{"sections": 1, "sections/h-beams": 1}, h.Counts); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	if len(h.Makers) != 2 || h.Makers[0].Offers != 1 || len(h.New) != 1 {
		t.Errorf("makers %+v, %d new", h.Makers, len(h.New))
	}
	if len(h.Board) != 1 || h.Board[0].Change() != 25_000 || h.Board[0].Last().Price.Micro != 4100*quantity.Scale {
		t.Errorf("board %+v", h.Board)
	}
}

func TestANeighbourSeesNothingOfIt(t *testing.T) {
	t.Parallel()
	a, b := newShop(t), newShop(t)
	out := a.twoSellers(t, "HW200")
	if _, err := b.front.Item(b.Ctx, out.Items[0].ID); err == nil {
		t.Error("a neighbour's item was shown")
	}
	rows, err := b.front.Rows(b.Ctx, []id.Item{out.Items[0].ID})
	if err != nil || len(rows) != 0 {
		t.Errorf("%d rows of a neighbour, %v", len(rows), err)
	}
	if _, err := b.front.List(context.Background(), catalog.Ask{}); err == nil {
		t.Error("a list without a tenant was answered")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// big is a market of 10,000 items with an offer, three tiers and stock each.
func big(b *testing.B) *shop {
	s := newShop(b)
	start := time.Now()
	kinds := []string{"热轧", "冷弯", "镀锌", "不锈钢", "高强度"}
	shapes := []string{"工字钢", "槽钢", "角钢", "无缝管", "圆钢", "扁钢", "螺纹钢"}
	for chunk := range 10 {
		var es []catalog.Entry
		for i := range 1_000 {
			n := chunk*1_000 + i
			es = append(es, catalogtest.Beam(fmt.Sprintf("SKU-%05d", n), fmt.Sprintf("%s%s %d×%d 规格%d", kinds[n%5], shapes[n%7], 100+n%90, 50+n%40, n),
				fmt.Sprintf("Steel section type %d size %dx%d", n%7, 100+n%90, 50+n%40), fmt.Sprint(100+n%90), []string{"Q235B", "Q355B"}[n%2], 100, s.Sellers[n%2]))
		}
		s.stockUp(b, s.Put(b, es...).Offers)
	}
	b.Logf("10,000 items, offers, stock and 30,000 prices in %v", time.Since(start).Round(time.Millisecond))
	_, err := s.DB.Ops(b).Exec(s.Ctx, `ANALYZE`)
	must(b, err)
	return s
}

// BenchmarkShop is what pages cost at one connection: run with -benchtime=300x.
func BenchmarkShop(b *testing.B) {
	s := big(b)
	ctx := s.As(b, s.Buyer, "buyer")
	l, err := s.front.List(ctx, catalog.Ask{})
	must(b, err)
	for _, c := range []struct {
		name string
		read func(i int) error
	}{
		{"list", func(int) error { _, err := s.front.List(ctx, catalog.Ask{Category: "sections/h-beams"}); return err }},
		{"item", func(int) error { _, err := s.front.Item(ctx, l.Result.Hits[0].Item); return err }},
		{"row by key", func(int) error { _, err := s.Catalog.Item(ctx, l.Result.Hits[0].Item); return err }},
		{"search, new words each time", func(i int) error {
			_, err := s.front.List(ctx, catalog.Ask{Text: fmt.Sprintf("规格%d", i%10_000)})
			return err
		}},
		{"search, a two-character word, nothing kept", func(int) error {
			s.Catalog.Forget(mustTenant(ctx))
			_, err := s.Catalog.Search(ctx, catalog.Ask{Text: "槽钢"})
			return err
		}},
		{"list with two filters, nothing kept", func(int) error {
			s.Catalog.Forget(mustTenant(ctx))
			sh, _ := s.Catalog.Shelf(ctx)
			grade, _ := catalog.ParseFilter(sh.Attributes["grade"], []string{"Q235B"})
			h, _ := catalog.ParseFilter(sh.Attributes["h"], []string{"120..140"})
			_, err := s.front.List(ctx, catalog.Ask{Category: "sections", Filters: []catalog.Filter{grade, h}, Page: page.Request{Limit: 24}})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var times []time.Duration
			i := 0
			for b.Loop() {
				at := time.Now()
				must(b, c.read(i))
				times = append(times, time.Since(at))
				i++
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds()), "p95-µs")
		})
	}
}

func mustTenant(ctx context.Context) id.Tenant {
	c, err := caller.From(ctx)
	if err != nil {
		panic(err)
	}
	return c.Tenant
}

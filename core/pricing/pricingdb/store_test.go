package pricingdb_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogtest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/pricing/pricingdb"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// desk is a market whose first seller has two offers to price.
type desk struct {
	*catalogtest.Market
	pricing *pricing.Service
	items   []catalog.Item
	offers  []catalog.Offer
	now     *atomic.Int64
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	m := catalogtest.New(t, pgtest.New(t))
	d := &desk{Market: m, now: &atomic.Int64{}}
	d.now.Store(noon.UnixMicro())
	d.pricing = pricing.New(pricing.Deps{
		Unit: m.DB.DB, Store: pricingdb.New(m.DB.DB), Catalog: m.Catalog, Gate: m.Gate, Events: m.Log,
		Now: func() time.Time { return time.UnixMicro(d.now.Load()).UTC() },
	})
	out := m.Put(t, catalogtest.Beam("A", "型钢", "beam a", "200", "Q235B", 605, m.Sellers[0]), catalogtest.Beam("B", "型钢", "beam b", "300", "Q235B", 1000, m.Sellers[0]))
	d.items, d.offers = out.Items, out.Offers
	return d
}

func (d *desk) tier(offer int, buyer id.Org, from, yuan int64) pricing.Price {
	return pricing.Price{Offer: d.offers[offer].ID, Buyer: buyer, MinMicro: from * quantity.Scale, Unit: quantity.Piece, Micro: yuan * quantity.Scale, Currency: "CNY"}
}

func (d *desk) quote(t *testing.T, buyer id.Org, pieces ...int64) ([]pricing.QuotedLine, error) {
	t.Helper()
	facts, err := d.Catalog.Offers(d.Ctx, []id.Offer{d.offers[0].ID, d.offers[1].ID})
	must(t, err)
	var lines []pricing.QuoteLine
	for i, n := range pieces {
		lines = append(lines, pricing.QuoteLine{Offer: facts[d.offers[i].ID], Qty: quantity.Of(n, quantity.Piece)})
	}
	return d.pricing.Quote(d.Ctx, buyer, lines)
}

func TestACartIsPricedInOneTripForItsBuyerAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.pricing.WritePrices(d.Ctx, []pricing.Price{d.tier(0, id.Org{}, 1, 100), d.tier(0, id.Org{}, 10, 90), d.tier(0, d.Buyer, 1, 80), d.tier(1, id.Org{}, 1, 50)})
	must(t, err)
	amounts := func(buyer id.Org) []money.Money {
		lines, err := d.quote(t, buyer, 20, 2)
		must(t, err)
		return []money.Money{lines[0].Amount, lines[1].Amount}
	}
	if diff := cmp.Diff([]money.Money{money.Of(160_000, "CNY"), money.Of(10_000, "CNY")}, amounts(d.Buyer)); diff != "" {
		t.Errorf("with a contract (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]money.Money{money.Of(180_000, "CNY"), money.Of(10_000, "CNY")}, amounts(id.Org{}.New())); diff != "" {
		t.Errorf("without (-want +got):\n%s", diff)
	}
	facts, _ := d.Catalog.Offers(d.Ctx, []id.Offer{d.offers[0].ID, d.offers[1].ID})
	ctx, n := pg.Counting(d.Ctx)
	_, err = d.pricing.Quote(ctx, d.Buyer, []pricing.QuoteLine{{Offer: facts[d.offers[0].ID], Qty: quantity.Of(2, quantity.Piece)}, {Offer: facts[d.offers[1].ID], Qty: quantity.Of(2, quantity.Piece)}})
	if err != nil || n.Trips() != 1 {
		t.Errorf("%d round trips for a cart, %v", n.Trips(), err)
	}
}

func TestQuotesAreRefusedInsideAUnitAndWithoutAPrice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.quote(t, d.Buyer, 2); !errors.Is(err, pricing.ErrNoPrice) {
		t.Errorf("got %v, want no price", err)
	}
	err := d.DB.Do(d.Ctx, func(ctx context.Context) error {
		_, err := d.pricing.Quote(ctx, d.Buyer, []pricing.QuoteLine{{}})
		return err
	})
	if !errors.Is(err, pricing.ErrInUnit) {
		t.Errorf("in a unit: got %v", err)
	}
}

func TestASellerPricesItsOwnOffersInTheirTerms(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mine, other := d.As(t, d.Sellers[0], "seller"), d.As(t, d.Sellers[1], "seller")
	if _, err := d.pricing.WritePrices(other, []pricing.Price{d.tier(0, id.Org{}, 1, 100)}); !errors.Is(err, pricing.ErrOfferUnknown) {
		t.Errorf("another's offer: %v", err)
	}
	wrong := d.tier(0, id.Org{}, 1, 100)
	wrong.Currency = "USD"
	if _, err := d.pricing.WritePrices(mine, []pricing.Price{wrong}); !errors.Is(err, pricing.ErrPriceCurrency) {
		t.Errorf("another currency: %v", err)
	}
	wrong = d.tier(0, id.Org{}, 1, 100)
	wrong.Unit = quantity.Litre
	if _, err := d.pricing.WritePrices(mine, []pricing.Price{wrong}); !errors.Is(err, pricing.ErrPriceUnit) {
		t.Errorf("a unit that does not fit: %v", err)
	}
	if _, err := d.pricing.WritePrices(mine, []pricing.Price{d.tier(0, id.Org{}, 1, -5)}); !errors.Is(err, pricing.ErrPriceInvalid) {
		t.Errorf("a negative price: %v", err)
	}
	if got, err := d.pricing.Resolve(d.Ctx, id.Org{}, []id.Offer{d.offers[0].ID}); err != nil || len(got) != 0 {
		t.Errorf("something was stored: %v %v", got, err)
	}
	neighbour := newDesk(t)
	if _, err := neighbour.pricing.WritePrices(neighbour.Ctx, []pricing.Price{d.tier(0, id.Org{}, 1, 100)}); !errors.Is(err, pricing.ErrOfferUnknown) {
		t.Errorf("another tenant's offer: %v", err)
	}
}

// An operator's price over a seller's own moves other people's money.
func TestAnOperatorOverridesAPriceAfterAFreshProofAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := d.As(t, id.Org{}, caller.RoleOperator)
	who, err := caller.From(ctx)
	must(t, err)
	price := []pricing.Price{d.tier(0, id.Org{}, 1, 100)}
	for at, want := range map[time.Duration]error{0: nil, caller.FreshFor + time.Second: caller.ErrStepUp} {
		who.ProvedAt = noon.Add(-at)
		if _, err := d.pricing.WritePrices(caller.With(ctx, who), price); !errors.Is(err, want) {
			t.Errorf("proved %v ago: %v, want %v", at, err, want)
		}
		if _, err := d.pricing.ReplacePrices(caller.With(ctx, who), d.offers[0].ID, id.Org{}, price); !errors.Is(err, want) {
			t.Errorf("replacing, proved %v ago: %v, want %v", at, err, want)
		}
	}
}

// Lists are sorted by public prices, and a company's own stay its own.
func TestListsAreSortedByPublicPrices(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.pricing.WritePrices(d.Ctx, []pricing.Price{d.tier(0, id.Org{}, 1, 100), d.tier(1, id.Org{}, 1, 50), d.tier(0, d.Buyer, 1, 1)})
	must(t, err)
	first := func() id.Item {
		r, err := d.Catalog.Search(d.Ctx, catalog.Ask{Sort: catalog.ByPrice})
		must(t, err)
		return r.Hits[0].Item
	}
	if first() != d.items[1].ID {
		t.Fatal("the cheaper item is not first")
	}
	_, err = d.pricing.ReplacePrices(d.Ctx, d.offers[0].ID, id.Org{}, []pricing.Price{d.tier(0, id.Org{}, 5, 40)})
	must(t, err)
	if first() != d.items[0].ID {
		t.Fatal("the new price did not change the order")
	}
	d.now.Add(time.Second.Microseconds())
	got, err := d.pricing.Resolve(d.Ctx, id.Org{}, []id.Offer{d.offers[0].ID})
	must(t, err)
	if ps := got[d.offers[0].ID]; len(ps) != 1 || ps[0].MinMicro != 5*quantity.Scale {
		t.Fatalf("the old list did not end: %+v", ps)
	}
}

func TestAScheduledPriceIsNoticedWhenItBegins(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	later := d.tier(0, id.Org{}, 1, 10)
	later.ValidFrom = noon.Add(time.Hour)
	_, err := d.pricing.WritePrices(d.Ctx, []pricing.Price{d.tier(1, id.Org{}, 1, 50), later})
	must(t, err)
	if n, err := d.pricing.RefloorStale(d.Ctx); err != nil || n != 0 {
		t.Fatalf("%d too early, %v", n, err)
	}
	d.now.Store(noon.Add(time.Hour).UnixMicro())
	if n, err := d.pricing.RefloorStale(d.Ctx); err != nil || n != 1 {
		t.Fatalf("%d made anew, want 1, %v", n, err)
	}
	r, err := d.Catalog.Search(d.Ctx, catalog.Ask{Sort: catalog.ByPrice})
	must(t, err)
	if r.Hits[0].Item != d.items[0].ID {
		t.Fatal("the list does not know the price that began")
	}
}

func TestThePriceBoardKeepsTheLaterWord(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	day := noon.Truncate(24 * time.Hour)
	for _, p := range []int64{3800, 3850} {
		must(t, d.pricing.WriteIndices(d.Ctx, []pricing.Index{{Key: "h-beam", Day: day, Micro: p * quantity.Scale, Currency: "CNY", Unit: quantity.Tonne, Source: "test"}}))
	}
	got, err := d.pricing.Indices(d.Ctx, 30)
	must(t, err)
	if len(got) != 1 || got[0].Micro != 3850*quantity.Scale || !got[0].Day.Equal(day) {
		t.Fatalf("got %+v", got)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

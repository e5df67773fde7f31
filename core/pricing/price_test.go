package pricing

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

var (
	noon  = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	offer = id.Named[struct{}]("offer")
	buyer = id.Org(id.Named[struct{}]("buyer"))
)

// price is a tier of the offer in yuan per piece.
func price(name string, from, yuan int64, change ...func(*Price)) Price {
	p := Price{ID: id.Price(id.Named[struct{}](name)), Offer: id.Offer(offer), MinMicro: from * quantity.Scale, Unit: quantity.Piece, Micro: yuan * quantity.Scale, Currency: "CNY", ValidFrom: noon.AddDate(0, -1, 0)}
	for _, c := range change {
		c(&p)
	}
	return p
}

func contract(p *Price)           { p.Buyer = buyer }
func since(days int) func(*Price) { return func(p *Price) { p.ValidFrom = noon.AddDate(0, 0, days) } }
func until(days int) func(*Price) { return func(p *Price) { p.ValidTo = noon.AddDate(0, 0, days) } }
func perTonne(p *Price)           { p.Unit = quantity.Tonne }

func TestThePriceChosenIsAlwaysTheSameAndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		prices []Price
		pieces int64
		want   map[string]string // price → reason
	}{
		{
			"the tier reached is cheaper",
			[]Price{price("1", 1, 100), price("10", 10, 90), price("50", 50, 80)},
			20,
			map[string]string{"1": ReasonDearer, "10": ReasonChosen, "50": ReasonNotReached},
		},
		{
			"a contract goes before a cheaper public price",
			[]Price{price("public", 1, 70), price("contract", 1, 80, contract)},
			5,
			map[string]string{"public": ReasonContract, "contract": ReasonChosen},
		},
		{
			"a contract that is not reached leaves the public price",
			[]Price{price("public", 1, 100), price("contract", 50, 80, contract)},
			5,
			map[string]string{"public": ReasonChosen, "contract": ReasonNotReached},
		},
		{
			"a newer price of the tier replaces the older, dearer or not",
			[]Price{price("old", 1, 100), price("new", 1, 120, since(-1))},
			5,
			map[string]string{"old": ReasonSuperseded, "new": ReasonChosen},
		},
		{
			"what has not begun or is over does not count",
			[]Price{price("over", 1, 50, until(-1)), price("now", 1, 100), price("next", 1, 60, since(1))},
			5,
			map[string]string{"over": ReasonNotValid, "now": ReasonChosen, "next": ReasonNotValid},
		},
		{
			"a price ends at its last moment",
			[]Price{price("over", 1, 50, until(0)), price("now", 1, 100, since(0))},
			5,
			map[string]string{"over": ReasonNotValid, "now": ReasonChosen},
		},
		{"pieces are weighed for a price by the tonne", []Price{price("piece", 1, 2500), price("tonne", 3, 4000, perTonne)}, 5, // 5 × 0.605 t
			map[string]string{"piece": ReasonDearer, "tonne": ReasonChosen}},
	} {
		got, ok := Choose(c.prices, quantity.Of(c.pieces, quantity.Piece), 605*quantity.Scale, noon)
		reasons := map[string]string{}
		for _, g := range got {
			for n := range c.want {
				if g.ID == id.Price(id.Named[struct{}](n)) {
					reasons[n] = g.Reason
				}
			}
		}
		if d := cmp.Diff(c.want, reasons); d != "" || !ok {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestWithoutAPriceThereIsNone(t *testing.T) {
	t.Parallel()
	if _, ok := Choose([]Price{price("10", 10, 90)}, quantity.Of(2, quantity.Piece), 0, noon); ok {
		t.Error("a tier was given away below its quantity")
	}
	if _, ok := Choose([]Price{price("t", 0, 90, perTonne)}, quantity.Of(2, quantity.Piece), 0, noon); ok {
		t.Error("pieces of unknown weight were priced by the tonne")
	}
}

func TestFloorsAreTheLowestInReachAndKnowWhenTheyEnd(t *testing.T) {
	t.Parallel()
	item := id.Item{}.New()
	terms := []OfferTerms{{Offer: id.Offer(offer), Item: item, ItemUnit: quantity.Piece, KgPerUnitMicro: 605 * quantity.Scale}}
	ps := []Price{price("1", 1, 2500), price("10", 10, 2400, until(3)), price("c", 1, 4000, contract, perTonne), price("next", 1, 1, since(9))}
	got := map[id.Org]Floor{}
	for _, f := range FloorsOf(terms, ps, noon) {
		got[f.Buyer] = f
	}
	want := map[id.Org]Floor{
		{}:    {Item: item, Offer: id.Offer(offer), Price: money.Price{Micro: 2400 * quantity.Scale, Currency: "CNY", Per: quantity.Piece}, Comparable: 2400 * quantity.Scale, StaleAt: noon.AddDate(0, 0, 3)},
		buyer: {Item: item, Buyer: buyer, Offer: id.Offer(offer), Price: money.Price{Micro: 4000 * quantity.Scale, Currency: "CNY", Per: quantity.Tonne}, Comparable: 2420 * quantity.Scale, StaleAt: noon.AddDate(0, 0, 3)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("floors (-want +got):\n%s", d)
	}
	if fs := FloorsOf(terms, []Price{price("next", 1, 1, since(9))}, noon); len(fs) != 1 || fs[0].Price.Micro != 0 || !fs[0].StaleAt.Equal(noon.AddDate(0, 0, 9)) {
		t.Fatalf("a first price that is still to begin is forgotten: %+v", fs)
	}
}

// A calculator outside is not believed: what it says must add up.
func TestACalculatorsAnswerMustAddUp(t *testing.T) {
	t.Parallel()
	line := CalcLine{Qty: quantity.Of(5, quantity.Piece), KgPerUnitMicro: 605 * quantity.Scale, Price: money.Price{Micro: 4000 * quantity.Scale, Currency: "CNY", Per: quantity.Tonne}}
	good, err := Plain{}.Calculate(context.Background(), []CalcLine{line})
	if err != nil {
		t.Fatal(err)
	}
	if want := (CalcResult{Qty: quantity.Quantity{Micro: 3_025_000, Unit: quantity.Tonne}, Amount: money.Of(1_210_000, "CNY")}); good[0] != want {
		t.Fatalf("5 beams of 605 kg at 4,000 a tonne: %+v, want %+v", good[0], want)
	}
	for name, bad := range map[string][]CalcResult{
		"no answer":    nil,
		"a free lunch": {{Qty: good[0].Qty, Amount: money.Of(1, "CNY")}},
		"nothing":      {{Qty: quantity.Quantity{Unit: quantity.Tonne}, Amount: money.Zero("CNY")}},
		"another unit": {{Qty: quantity.Of(5, quantity.Piece), Amount: money.Of(2_000_000, "CNY")}},
		"other money":  {{Qty: good[0].Qty, Amount: money.Of(1_210_000, "USD")}},
	} {
		if _, err := fold(make([]QuotedLine, 1), []CalcLine{line}, bad); !errors.Is(err, ErrCalculator) {
			t.Errorf("%s was taken: %v", name, err)
		}
	}
}

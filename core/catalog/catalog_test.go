package catalog

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/quantity"
)

// beam is sold in pieces of 605 kg, at least 4 and in steps of 3.
var beam = OfferFacts{Unit: quantity.Piece, KgPerUnitMicro: 605 * quantity.Scale, MOQMicro: 4 * quantity.Scale, StepMicro: 3 * quantity.Scale}

func TestQuantitiesAreCheckedAndTheNearestNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		q    quantity.Quantity
		want string // quantity in the offer's unit
		err  error
		args map[string]string
	}{
		{"a valid one", quantity.Of(6, quantity.Piece), "6 H87", nil, nil},
		{"its weight, as well", quantity.Quantity{Micro: 3_630_000, Unit: quantity.Tonne}, "6 H87", nil, nil},
		{"too little: the minimum that is a step", quantity.Of(3, quantity.Piece), "", ErrQuantityBelowMOQ, map[string]string{"moq": "6 H87", "asked": "3 H87"}},
		{"between two steps", quantity.Of(7, quantity.Piece), "", ErrQuantityStep, map[string]string{"step": "3 H87", "below": "6 H87", "above": "9 H87"}},
		{"nothing", quantity.Of(0, quantity.Piece), "", ErrQuantityNotPositive, nil},
		{"less than nothing", quantity.Of(-6, quantity.Piece), "", ErrQuantityNotPositive, nil},
		{"absurdly much", quantity.Quantity{Micro: math.MaxInt64, Unit: quantity.Piece}, "", ErrQuantityTooLarge, nil},
		{"absurdly much, weighed", quantity.Quantity{Micro: math.MaxInt64, Unit: quantity.Tonne}, "", quantity.ErrTooLarge, nil},
		{"a unit that does not fit", quantity.Of(6, quantity.Litre), "", quantity.ErrUnitMatch, nil},
	} {
		got, err := beam.CheckQuantity(c.q)
		if !errors.Is(err, c.err) || (c.err == nil && err != nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
			continue
		}
		if err == nil && got.String() != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if c.args != nil {
			if d := cmp.Diff(c.args, fault.From(err).Args); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, d)
			}
		}
	}
}

// The quantities that a refusal names can be ordered, whatever the terms are.
func TestTheNearestQuantitiesAreValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := OfferFacts{Unit: quantity.Piece, MOQMicro: rapid.Int64Range(1, 1e9).Draw(r, "moq"), StepMicro: rapid.Int64Range(1, 1e9).Draw(r, "step")}
		m := rapid.Int64Range(1, 1e10).Draw(r, "asked")
		below, above := f.nearest(m)
		for _, v := range []int64{below, above} {
			if v == 0 {
				continue
			}
			if _, err := f.CheckQuantity(quantity.Quantity{Micro: v, Unit: quantity.Piece}); err != nil {
				r.Fatalf("%d was named for %d and is refused: %v", v, m, err)
			}
		}
		if below > m || above < m {
			r.Fatalf("%d is not between %d and %d", m, below, above)
		}
	})
}

func TestFiltersAreReadInTheirUnits(t *testing.T) {
	t.Parallel()
	h := Attribute{Key: "h", Type: Number, Unit: "mm", Facet: RangeFacet}
	kg := Attribute{Key: "kg_m", Type: Number, Unit: "kg/m", Facet: RangeFacet}
	open := Attribute{Key: "open", Type: Bool, Facet: TermsFacet}
	for _, c := range []struct {
		name string
		a    Attribute
		raw  []string
		want Filter
		err  error
	}{
		{"both ends", h, []string{"100..200"}, Filter{Key: "h", Range: true, Low: 100e6, High: 200e6}, nil},
		{"one number", h, []string{"6.5"}, Filter{Key: "h", Range: true, Low: 6_500_000, High: 6_500_000}, nil},
		{"upwards", h, []string{"100.."}, Filter{Key: "h", Range: true, Low: 100e6, High: math.MaxInt64}, nil},
		{"inches", h, []string{"..8 in"}, Filter{Key: "h", Range: true, Low: math.MinInt64, High: 203_200_000}, nil},
		{"metres", h, []string{"0.1m..0.2m"}, Filter{Key: "h", Range: true, Low: 100e6, High: 200e6}, nil},
		{"its own unit, however odd", kg, []string{"10kg/m..20kg/m"}, Filter{Key: "kg_m", Range: true, Low: 10e6, High: 20e6}, nil},
		{"mass is no length", h, []string{"1kg.."}, Filter{}, ErrFilter},
		{"the wrong way round", h, []string{"2..1"}, Filter{}, ErrFilter},
		{"no end at all", h, []string{".."}, Filter{}, ErrFilter},
		{"two ranges", h, []string{"1..2", "3..4"}, Filter{}, ErrFilter},
		{"values, each once and in one order", open, []string{"true", "false", "true"}, Filter{Key: "open", Terms: []string{"false", "true"}}, nil},
		{"what is no value", open, []string{"maybe"}, Filter{}, ErrValue},
	} {
		got, err := ParseFilter(c.a, c.raw)
		if !errors.Is(err, c.err) || (c.err == nil && err != nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		} else if d := cmp.Diff(c.want, got); err == nil && d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestItemsAndOffersMoveOnlyForwardOrAside(t *testing.T) {
	t.Parallel()
	steps := map[string]func(*Item) error{"submit": (*Item).Submit, "publish": (*Item).Publish, "send back": (*Item).SendBack, "retire": (*Item).Retire}
	want := map[ItemState]map[string]ItemState{
		Draft:     {"submit": Review, "publish": Published},
		Review:    {"publish": Published, "send back": Draft},
		Published: {"retire": Retired},
		Retired:   {},
	}
	for from, to := range want {
		for name, step := range steps {
			i := Item{State: from}
			err := step(&i)
			if goal, ok := to[name]; ok != (err == nil) || (ok && i.State != goal) || (!ok && i.State != from) {
				t.Errorf("%s a %s item: %s, %v", name, from, i.State, err)
			}
		}
	}
	moves := map[string]func(*Offer) error{"publish": (*Offer).Publish, "pause": (*Offer).Pause, "withdraw": (*Offer).Withdraw}
	allowed := map[OfferState]map[string]OfferState{
		OfferDraft:     {"publish": OfferPublished, "withdraw": OfferWithdrawn},
		OfferPublished: {"pause": OfferPaused, "withdraw": OfferWithdrawn},
		OfferPaused:    {"publish": OfferPublished, "withdraw": OfferWithdrawn},
		OfferWithdrawn: {},
	}
	for from, to := range allowed {
		for name, step := range moves {
			o := Offer{State: from}
			err := step(&o)
			if goal, ok := to[name]; ok != (err == nil) || (ok && o.State != goal) || (!ok && o.State != from) {
				t.Errorf("%s a %s offer: %s, %v", name, from, o.State, err)
			}
		}
	}
}

func TestNothingIsNamelessInAnyLanguage(t *testing.T) {
	t.Parallel()
	n := Names{"zh-CN": "型钢", "en": "Section"}
	for locale, want := range map[string]string{"zh-CN": "型钢", "zh-TW": "型钢", "en-GB": "Section", "de": "Section", "": "Section"} {
		if got := n.In(locale); got != want {
			t.Errorf("%q: %q, want %q", locale, got, want)
		}
	}
	if got := (Names{"fr": "Poutrelle"}).In("en"); got != "Poutrelle" {
		t.Errorf("got %q", got)
	}
}

func TestBadItemsNameEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	err := Item{SKU: " x", Unit: "stone", KgPerUnitMicro: -1}.Check()
	var got []string
	for _, f := range fault.From(err).Fields {
		got = append(got, f.Path)
	}
	if d := cmp.Diff([]string{"sku", "names", "unit", "kg_per_unit", "category"}, got); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	err = Offer{SellerSKU: "A", Unit: quantity.Piece, MOQMicro: -1, StepMicro: 0, LeadDays: -1, Incoterm: "CIF ", Currency: "XXX", Basis: "weighed"}.Check()
	got = nil
	for _, f := range fault.From(err).Fields {
		got = append(got, f.Path)
	}
	if d := cmp.Diff([]string{"moq", "step", "lead_days", "incoterm", "currency"}, got); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
}

package fulfilment

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// beams: ten pieces of 599.4 kg at 3850 a tonne, 23076.90 in all.
func beams(basis Basis) OrderLine {
	return OrderLine{
		ID: id.OrderLine{1}, Qty: quantity.Of(10, quantity.Piece), Price: money.Price{Micro: 3_850_000_000, Currency: "CNY", Per: quantity.Tonne},
		PricedQty: quantity.Quantity{Micro: 5_994_000, Unit: quantity.Tonne}, Basis: basis, Goods: money.Of(2_307_690, "CNY"), KgPerUnitMicro: 599_400_000,
	}
}

func TestWhatArrivesIsWorthWhatItMeasures(t *testing.T) {
	t.Parallel()
	pieces := func(n int64) quantity.Quantity { return quantity.Of(n, quantity.Piece) }
	for _, c := range []struct {
		name    string
		basis   Basis
		counted int64
		damaged int64
		kg      string
		settled string
		qty     string
		diffs   []Difference
	}{
		{"all of it, by count", "piece", 10, 0, "", "23076.90", "5.994 TNE", nil},
		{"all of it, a little light on the scale", Weighed, 10, 0, "5980", "23023.00", "5.98 TNE", nil},
		{"all of it, a little heavy", Weighed, 10, 0, "6000", "23100.00", "6 TNE", nil},
		{
			"all of it, far too light", Weighed, 10, 0, "5800", "23076.90", "5.994 TNE",
			[]Difference{{id.OrderLine{1}, DiffWeight, quantity.Quantity{Micro: 5_994_000, Unit: "TNE"}, quantity.Quantity{Micro: 5_800_000, Unit: "TNE"}, money.Of(74_690, "CNY"), "n"}},
		},
		{
			"far too heavy is looked at, and costs nothing", Weighed, 10, 0, "6200", "23076.90", "5.994 TNE",
			[]Difference{{id.OrderLine{1}, DiffWeight, quantity.Quantity{Micro: 5_994_000, Unit: "TNE"}, quantity.Quantity{Micro: 6_200_000, Unit: "TNE"}, money.Zero("CNY"), "n"}},
		},
		{
			"two missing", "theoretical", 8, 0, "", "23076.90", "5.994 TNE",
			[]Difference{{id.OrderLine{1}, DiffShort, pieces(10), pieces(8), money.Of(461_538, "CNY"), "n"}},
		},
		{
			"none came", "piece", 0, 0, "", "23076.90", "5.994 TNE",
			[]Difference{{id.OrderLine{1}, DiffShort, pieces(10), pieces(0), money.Of(2_307_690, "CNY"), "n"}},
		},
		{
			"one too many", "piece", 11, 0, "", "23076.90", "5.994 TNE",
			[]Difference{{id.OrderLine{1}, DiffOver, pieces(10), pieces(11), money.Zero("CNY"), "n"}},
		},
		{
			"two missing and one bent", "piece", 8, 1, "", "23076.90", "5.994 TNE",
			[]Difference{
				{id.OrderLine{1}, DiffShort, pieces(10), pieces(8), money.Of(461_538, "CNY"), "n"},
				{id.OrderLine{1}, DiffDamaged, pieces(8), pieces(7), money.Of(230_769, "CNY"), "n"},
			},
		},
	} {
		a := Arrived{Line: beams(c.basis), Shipped: pieces(10), Qty: pieces(c.counted), Before: pieces(0), DamagedMicro: c.damaged * quantity.Scale, Note: "n"}
		if c.kg != "" {
			a.WeighedMicro, _ = quantity.ParseMicro(c.kg)
		}
		m, err := a.measure()
		if err != nil {
			t.Fatal(err)
		}
		v, err := Plain{ToleranceMicro: 3000}.Settle(context.Background(), []Measure{m})
		if err != nil {
			t.Fatal(err)
		}
		s, diffs, err := a.conclude(m, v[0])
		if err != nil {
			t.Fatal(err)
		}
		if s.Sum.Decimal() != c.settled || s.Qty.String() != c.qty {
			t.Errorf("%s: stands at %v for %v", c.name, s.Sum, s.Qty)
		}
		if diff := cmp.Diff(c.diffs, diffs); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestPartialLoadsAddUpToTheLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "loads")
		parts := make([]int64, n)
		var whole int64
		for i := range parts {
			parts[i] = rapid.Int64Range(1, 1e12).Draw(t, "part")
			whole += parts[i]
		}
		l := OrderLine{
			Qty: quantity.Quantity{Micro: whole, Unit: quantity.Piece}, PricedQty: quantity.Quantity{Micro: rapid.Int64Range(1, 1e13).Draw(t, "priced"), Unit: quantity.Tonne},
			Goods: money.Of(rapid.Int64Range(0, 1e14).Draw(t, "goods"), "CNY"),
		}
		var before int64
		var qty int64
		sum := money.Zero("CNY")
		for _, p := range parts {
			s, err := l.asOrdered(before, before+p)
			if err != nil {
				t.Fatal(err)
			}
			before += p
			qty += s.Qty.Micro
			if sum, err = sum.Add(s.Sum); err != nil {
				t.Fatal(err)
			}
		}
		if sum != l.Goods || qty != l.PricedQty.Micro {
			t.Fatalf("the loads come to %v of %v", sum, l.Goods)
		}
	})
}

// A claim never asks for more than the goods on the load are worth.
func TestDifferencesNeverAskForMoreThanTheLoad(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := beams(Weighed)
		counted := rapid.Int64Range(0, 12).Draw(t, "counted")
		a := Arrived{
			Line: l, Shipped: quantity.Of(10, quantity.Piece), Qty: quantity.Of(counted, quantity.Piece), Before: quantity.Of(0, quantity.Piece),
			DamagedMicro: rapid.Int64Range(0, counted).Draw(t, "damaged") * quantity.Scale, WeighedMicro: rapid.Int64Range(0, 2e10).Draw(t, "kg"),
		}
		m, err := a.measure()
		if err != nil {
			t.Fatal(err)
		}
		v, err := Plain{ToleranceMicro: 3000}.Settle(context.Background(), []Measure{m})
		if err != nil {
			t.Fatal(err)
		}
		_, diffs, err := a.conclude(m, v[0])
		if err != nil {
			t.Fatal(err)
		}
		var asked int64
		for _, d := range diffs {
			if d.Amount.Minor < 0 {
				t.Fatalf("a claim pays the seller: %+v", d)
			}
			asked += d.Amount.Minor
		}
		if worth := max(l.Goods.Minor, v[0].Sum.Minor); asked > worth {
			t.Fatalf("claims ask for %d of %d", asked, worth)
		}
	})
}

func TestALoadArrivesOnce(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s := Shipment{State: Preparing}
	if err := s.Receive(now); !errors.Is(err, ErrNotShipped) {
		t.Fatalf("received before it left: %v", err)
	}
	if err := errors.Join(s.Leave(now), s.Receive(now)); err != nil {
		t.Fatal(err)
	}
	if err := s.Receive(now); !errors.Is(err, ErrAlreadyReceived) {
		t.Fatalf("received twice: %v", err)
	}
	if err := s.Abandon(""); !errors.Is(err, ErrNotPreparing) {
		t.Fatalf("abandoned after arrival: %v", err)
	}
}

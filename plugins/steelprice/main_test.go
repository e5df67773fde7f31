package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func qty(value, unit string) sdk.Quantity { return sdk.Quantity{Value: sdk.D(value), Unit: unit} }

func perTonne(amount string) sdk.UnitPrice {
	return sdk.UnitPrice{Amount: sdk.D(amount), Currency: "CNY", Per: qty("1", "TNE")}
}

// hw200 is ten bars of HW 200×200 of twelve metres: 49.9 kg/m in GB/T 11263.
var hw200 = sdk.QuoteLine{LineID: "hw200", Qty: qty("10", "H87"), Base: perTonne("3850"), Attrs: map[string]string{"kgm": "49.9", "length": "12", "cuts": "4"}}

var setup = plugintest.Setup{
	Config: map[string]any{"density_kg_m3": 7850, "weighing_tolerance": "0.03", "cutting_fee_per_piece": "6.00"}, Currency: "CNY",
	Lines: []sdk.QuoteLine{
		hw200,
		{LineID: "tube", Qty: qty("36.5", "MTR"), Base: perTonne("5120.5"), Attrs: map[string]string{"kg_per_m": "20.7"}},
		{LineID: "plate", Qty: qty("2.345", "TNE"), Base: perTonne("4010")},
		{LineID: "bolt", Qty: qty("1000", "H87"), Base: sdk.UnitPrice{Amount: sdk.D("0.35"), Currency: "CNY", Per: qty("1", "H87")}},
	},
}

func TestConformance(t *testing.T) { plugintest.Run(t, New(), setup) }

func TestConformanceOfTheProgram(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "plugin")
	plugintest.Build(t, "plugins/steelprice", program)
	plugintest.Exec(t, program, setup)
}

func TestTenBarsCostTheirTheoreticalTonnes(t *testing.T) {
	t.Parallel()
	s := defaults()
	s.CuttingFee = sdk.D("6")
	got := quote(hw200, "CNY", noon, s)
	// 49.9 kg/m × 12 m × 10 = 5988 kg; 5.988 t × 3850 = 23053.80; four cuts 24.00
	if got.PricedQty.Value.String() != "5.988" || got.Amount.Minor != 23053_80+24_00 || got.Basis != sdk.TheoreticalMass {
		t.Fatalf("got %s t for %d, basis %d", got.PricedQty.Value, got.Amount.Minor, got.Basis)
	}
	if got.Settlement.Evidence != "WEIGHBRIDGE" || got.Settlement.TolerancePct.String() != "3" {
		t.Fatalf("settled by %+v", got.Settlement)
	}
}

func TestMassIsRoundedOnceAndAHalfGoesToTheEvenKilogram(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kgm, length, pieces, want string }{
		{"49.9", "12", "10", "5988"},
		{"16.9", "6.5", "1", "110"},      // 109.85
		{"10", "10.05", "1", "100"},      // 100.5: the even neighbour is 100
		{"10", "10.15", "1", "102"},      // 101.5: the even neighbour is 102
		{"0.617", "1", "3", "1.851"},     // below a hundred kilograms the gram counts
		{"0.0005", "1", "1", "0"},        // half a gram, to the even gram
		{"2.467", "12.015", "33", "978"}, // 978.15…, not three roundings
	} {
		l := sdk.QuoteLine{Qty: qty(c.pieces, "H87"), Attrs: map[string]string{"kgm": c.kgm, "length_m": c.length}}
		got, ok := massOf(l, defaults())
		if !ok || got.String() != c.want {
			t.Errorf("%s kg/m × %s m × %s = %s kg (%v), want %s", c.kgm, c.length, c.pieces, got, ok, c.want)
		}
	}
}

func TestALineWithoutAMassIsRefusedAndNotFree(t *testing.T) {
	t.Parallel()
	got := quote(sdk.QuoteLine{LineID: "x", Qty: qty("3", "H87"), Base: perTonne("3850")}, "CNY", noon, defaults())
	if got.Basis != sdk.NotMine || len(got.Problems) != 1 || got.Problems[0].Code != "mass_unknown" {
		t.Fatalf("got %+v", got)
	}
}

func TestTheWeighbridgeDecidesWithinTheTolerance(t *testing.T) {
	t.Parallel()
	q := quote(sdk.QuoteLine{LineID: "a", Qty: qty("10", "TNE"), Base: perTonne("4000")}, "CNY", noon, defaults())
	for _, c := range []struct {
		name, weighed string
		minor         int64
		beyond        bool
		difference    string
	}{
		{"exact", "10", 40000_00, false, "0"},
		{"a little more is paid", "10.3", 41200_00, false, "0.3"},
		{"a little less is paid", "9.7", 38800_00, false, "-0.3"},
		{"much less: what came is paid, the rest is a difference", "9", 36000_00, true, "-1"},
		{"much more: paid up to the cap, the rest is a difference", "12", 41200_00, true, "2"},
		{"nothing came", "0", 0, true, "-10"},
	} {
		got, err := settle(q, sdk.Measurement{LineID: "a", Qty: qty(c.weighed, "TNE"), Evidence: sdk.Ref{ID: "ticket"}})
		if err != nil || got.Amount.Minor != c.minor || got.Beyond != c.beyond || got.Difference.Value.String() != c.difference {
			t.Errorf("%s: %d, beyond %v, difference %s, %v", c.name, got.Amount.Minor, got.Beyond, got.Difference.Value, err)
		}
	}
	if _, err := settle(q, sdk.Measurement{LineID: "a", Qty: qty("10", "H87"), Evidence: sdk.Ref{ID: "ticket"}}); !sdk.IsReason(err, "not_a_mass") {
		t.Errorf("pieces on a weighbridge: %v", err)
	}
	kg, err := settle(q, sdk.Measurement{LineID: "a", Qty: qty("10050", "KGM"), Evidence: sdk.Ref{ID: "ticket"}})
	if err != nil || kg.Amount.Minor != 40200_00 {
		t.Errorf("weighed in kilograms: %d, %v", kg.Amount.Minor, err)
	}
}

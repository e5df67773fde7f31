package pluginhost_test

import (
	"testing"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/quantity"
)

// The platform's own rule for weighed goods is the steel trader's.
func TestWithoutAPluginTheWeighbridgeStillDecides(t *testing.T) {
	t.Parallel()
	tonne := money.Price{Micro: 4000_000_000, Currency: "CNY", Per: quantity.Tonne}
	ten := quantity.Of(10, quantity.Tonne)
	quoted := pluginhost.PricedLine{
		LineID: "a", Basis: pluginhost.BasisTheoreticalMass, PricedQty: ten, Amount: money.Of(40000_00, "CNY"), Evidence: "WEIGHBRIDGE", TolerancePctMicro: 30_000,
		Components: []pluginhost.Component{{Code: "base", Unit: tonne, Qty: ten, Amount: money.Of(40000_00, "CNY")}},
	}
	fixed := quoted
	fixed.Evidence = ""
	for _, c := range []struct {
		name   string
		line   pluginhost.PricedLine
		kg     int64
		minor  int64
		beyond bool
	}{
		{"a little more is paid", quoted, 10_300, 41200_00, false},
		{"a little less is paid", quoted, 9_700, 38800_00, false},
		{"much less is paid and talked about", quoted, 9_000, 36000_00, true},
		{"much more is paid up to the tolerance", quoted, 12_000, 41200_00, true},
		{"a fixed quantity stands", fixed, 9_000, 40000_00, true},
	} {
		got, err := pluginhost.Plain{}.Reprice(t.Context(), []pluginhost.PricedLine{c.line}, []pluginhost.Measured{{LineID: "a", Qty: quantity.Of(c.kg, quantity.Kilogram)}})
		if err != nil || got[0].Amount.Minor != c.minor || got[0].Beyond != c.beyond || got[0].Difference.Micro != c.kg*1000-10_000_000 {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if quoted.Components[0].Amount.Minor != 40000_00 {
		t.Error("the quotation itself was changed")
	}
}

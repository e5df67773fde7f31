package quantity_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/quantity"
)

func TestMillionthsAreWrittenAsTheShortestExactDecimal(t *testing.T) {
	t.Parallel()
	for m, want := range map[int64]string{
		0: "0", 1: "0.000001", -1: "-0.000001", 1_000_000: "1", 12_500_000: "12.5", -100_010_000: "-100.01",
		math.MaxInt64: "9223372036854.775807", math.MinInt64: "-9223372036854.775808",
	} {
		if got := quantity.FormatMicro(m); got != want {
			t.Errorf("%d: %s, want %s", m, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.Int64().Draw(t, "micro")
		sign, u := "", uint64(m)
		if m < 0 {
			sign, u = "-", -u
		}
		want := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%s%d.%06d", sign, u/quantity.Scale, u%quantity.Scale), "0"), ".")
		if got := quantity.FormatMicro(m); got != want {
			t.Fatalf("%d: %s, want %s", m, got, want)
		}
	})
}

// A unit that nobody checked must not be able to end the text it stands in.
func TestAQuantityIsJSONWhateverItsUnit(t *testing.T) {
	t.Parallel()
	for _, unit := range []quantity.Unit{"TNE", "", `"}`, "t\nne", "吨"} {
		q := quantity.Quantity{Micro: 12_500_000, Unit: unit}
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Value, Unit string }
		if err := json.Unmarshal(b, &got); err != nil || got.Value != "12.5" || got.Unit != string(unit) {
			t.Errorf("%q: %s %v", unit, b, err)
		}
	}
}

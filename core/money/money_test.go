package money_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestAPriceTimesAQuantityIsExactToTheFen(t *testing.T) {
	perTonne := money.Price{Micro: 3_850_000_000, Currency: "CNY", Per: quantity.Tonne}
	pieces := quantity.Of(10, quantity.Piece)
	tonnes, err := pieces.In(quantity.Tonne, 599_400_000) // 599.4 kg a piece
	if err != nil {
		t.Fatal(err)
	}
	got, err := perTonne.Times(tonnes)
	if err != nil || got.Decimal() != "23076.90" {
		t.Fatalf("got %v, %v", got, err)
	}
	if _, err := perTonne.Times(pieces); !errors.Is(err, quantity.ErrUnitMatch) {
		t.Fatalf("pieces were priced by the tonne: %v", err)
	}
}

func TestAllocatingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := money.Of(rapid.Int64Range(0, 1e15).Draw(t, "minor"), "CNY")
		w := rapid.SliceOfN(rapid.Int64Range(0, 1e9), 1, 20).Draw(t, "weights")
		sum, err := money.Sum("CNY", m.Allocate(w...)...)
		if err != nil || sum != m {
			t.Fatalf("%v split by %v adds up to %v (%v)", m, w, sum, err)
		}
	})
}

func TestTextAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"CNY", "JPY", "KWD"}).Draw(t, "currency")
		m := money.Of(rapid.Int64Range(-1e12, 1e12).Draw(t, "minor"), c)
		b, _ := json.Marshal(m)
		var back money.Money
		if err := json.Unmarshal(b, &back); err != nil || back != m {
			t.Fatalf("%s came back as %v (%v)", b, back, err)
		}
	})
}

func TestNonsenseAmountsAreRefused(t *testing.T) {
	for _, s := range []string{"", "1.234", "1e9", "NaN", "١٢", "1,000", "99999999999999999999", " ", "0x10", "1.", ".5"} {
		if m, err := money.Parse(s, "CNY"); err == nil {
			t.Errorf("%q was read as %v", s, m)
		}
	}
	if _, err := money.Parse("1", "XXX"); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("an unknown currency: %v", err)
	}
}

func TestAddingPastTheEndIsAFaultNotAWrap(t *testing.T) {
	big := money.Of(1<<62, "CNY")
	if _, err := big.Add(big); !errors.Is(err, money.ErrTooLarge) {
		t.Fatalf("got %v", err)
	}
}

// What nobody checked must not be able to end the text it stands in.
func TestMoneyAndPricesAreJSONWhateverTheyAreIn(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"CNY", "", `"}`, "t\n", "元"} {
		for _, v := range []any{
			money.Money{Minor: 125, Currency: money.Currency(word)},
			money.Price{Micro: 1_250_000, Currency: money.Currency(word), Per: "TNE"},
			money.Price{Micro: 1_250_000, Currency: "CNY", Per: quantity.Unit(word)},
			money.Price{Micro: 1_250_000, Currency: "CNY", Per: " tne"},
		} {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Amount, Currency, Per string }
			if err := json.Unmarshal(b, &got); err != nil || got.Amount != "1.25" {
				t.Errorf("%+v: %s %v", v, b, err)
			}
		}
	}
}

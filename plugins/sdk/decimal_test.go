package sdk

import (
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// numbers are drawn around where a word ends, because that is where arithmetic goes wrong.
func numbers(t *rapid.T, name string) (Decimal, *big.Rat) {
	whole := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,4}`), rapid.StringMatching(`-?[0-9]{9,20}`), rapid.SampledFrom([]string{"0", "9223372036854775807", "-9223372036854775808", "-1"})).Draw(t, name)
	text := whole + rapid.SampledFrom([]string{"", ".5", ".000001", ".999999999999", ".50"}).Draw(t, name+" fraction")
	d, err := ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatal(text)
	}
	return d, r
}

func rat(d Decimal) *big.Rat {
	return new(big.Rat).SetFrac(d.num(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil))
}

func TestArithmeticIsExactWhateverTheSize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, ra := numbers(t, "a")
		b, rb := numbers(t, "b")
		for name, c := range map[string][2]*big.Rat{
			"+": {rat(a.Add(b)), new(big.Rat).Add(ra, rb)},
			"-": {rat(a.Sub(b)), new(big.Rat).Sub(ra, rb)},
			"×": {rat(a.Mul(b)), new(big.Rat).Mul(ra, rb)},
		} {
			if c[0].Cmp(c[1]) != 0 {
				t.Errorf("%s %s %s = %s, want %s", a, name, b, c[0].FloatString(13), c[1].FloatString(13))
			}
		}
		if a.Cmp(b) != ra.Cmp(rb) {
			t.Errorf("%s against %s: %d", a, b, a.Cmp(b))
		}
	})
}

func TestRoundingIsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, ra := numbers(t, "a")
		b, rb := numbers(t, "b")
		places := rapid.IntRange(0, 14).Draw(t, "places")
		if got := rat(a.Round(places)).FloatString(14); got != mustRat(ra.FloatString(places)).FloatString(14) {
			t.Errorf("%s to %d places: %s", a, places, got)
		}
		if b.Sign() != 0 {
			want := mustRat(new(big.Rat).Quo(ra, rb).FloatString(places))
			if got := rat(a.Div(b, places)); got.Cmp(want) != 0 {
				t.Errorf("%s ÷ %s to %d places: %s, want %s", a, b, places, got, want)
			}
		}
	})
}

func mustRat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

func TestTextAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, _ := numbers(t, "a")
		back, err := ParseDecimal(a.String())
		if err != nil || back.Cmp(a) != 0 {
			t.Errorf("%s came back as %s, %v", a, back, err)
		}
	})
	for _, s := range []string{"", "-", ".5", "5.", "1e3", "+1", " 1", "0x1", "١", "1,5", "NaN", "123456789012345678901", "1.1234567890123"} {
		if d, err := ParseDecimal(s); err == nil {
			t.Errorf("%q was read as %s", s, d)
		}
	}
	var v struct{ A, B, C Decimal }
	if err := json.Unmarshal([]byte(`{"A":"0.03","B":7850,"C":null}`), &v); err != nil || v.A.String() != "0.03" || v.B.String() != "7850" || v.C.Sign() != 0 {
		t.Errorf("settings: %+v, %v", v, err)
	}
}

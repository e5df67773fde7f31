package themes_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/platform/theme"
)

func TestColoursCanBeReadInLightAndDark(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		tok := e.Tokens(name)
		for _, scheme := range []string{"light", "dark"} {
			for _, p := range theme.Pairs {
				over, under := tok[scheme][p.Over], tok[scheme][p.Under]
				if got := contrast(t, over, under); got < p.Least {
					t.Errorf("%s %s: %s %s on %s %s has contrast %.2f, needs %.1f", name, scheme, p.Over, over, p.Under, under, got, p.Least)
				}
			}
		}
	}
}

func TestTheMeasureOfContrastIsRight(t *testing.T) {
	t.Parallel()
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f", got)
	}
	if got := contrast(t, "#777777", "#ffffff"); math.Abs(got-4.48) > 0.01 {
		t.Errorf("grey on white is %.2f", got)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) != 6 {
		t.Fatalf("colour %q is not of the form #rrggbb", hex)
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

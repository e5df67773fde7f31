package themes_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// pairs that lie on each other somewhere: text needs 4.5, the edge of a control 3 (WCAG
// 2.2, 1.4.3 and 1.4.11).
var pairs = []struct {
	over, under string
	least       float64
}{
	{"text", "surface", 4.5},
	{"text", "raised", 4.5},
	{"text", "sunken", 4.5},
	{"text", "accent-soft", 4.5},
	{"text", "bad-soft", 4.5},
	{"text", "good-soft", 4.5},
	{"text", "warn-soft", 4.5},
	{"text", "info-soft", 4.5},
	{"muted", "surface", 4.5},
	{"muted", "raised", 4.5},
	{"muted", "sunken", 4.5},
	{"muted", "good-soft", 4.5},
	{"muted", "accent-soft", 4.5},
	{"link", "surface", 4.5},
	{"link", "raised", 4.5},
	{"link", "sunken", 4.5},
	{"link", "bad-soft", 4.5},
	{"on-accent", "accent", 4.5},
	{"on-accent", "accent-hover", 4.5},
	{"accent-text", "accent-soft", 4.5},
	{"accent-text", "raised", 4.5},
	{"accent-text", "surface", 4.5},
	{"good", "good-soft", 4.5},
	{"good", "raised", 4.5},
	{"good", "surface", 4.5},
	{"warn", "warn-soft", 4.5},
	{"warn", "raised", 4.5},
	{"warn", "surface", 4.5},
	{"bad", "bad-soft", 4.5},
	{"bad", "raised", 4.5},
	{"bad", "surface", 4.5},
	{"info", "info-soft", 4.5},
	{"info", "raised", 4.5},
	{"header-text", "header", 4.5},
	{"header-muted", "header", 4.5},
	{"surface", "text", 4.5},
	{"line-strong", "raised", 3},
	{"line-strong", "surface", 3},
	{"focus", "raised", 3},
	{"focus", "surface", 3},
	{"accent", "raised", 3},
	{"accent", "surface", 3},
}

func TestColoursCanBeReadInLightAndDark(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		tok := e.Tokens(name)
		for _, scheme := range []string{"light", "dark"} {
			for _, p := range pairs {
				over, under := tok[scheme][p.over], tok[scheme][p.under]
				if got := contrast(t, over, under); got < p.least {
					t.Errorf("%s %s: %s %s on %s %s has contrast %.2f, needs %.1f", name, scheme, p.over, over, p.under, under, got, p.least)
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

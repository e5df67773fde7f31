package theme

import (
	"math"
	"regexp"
	"strconv"
)

// TonePair is two tokens of which one lies on the other somewhere on the pages.
type TonePair struct {
	Over, Under string
	Least       float64 // contrast that it needs
}

// Pairs that lie on each other somewhere: text needs 4.5, the edge of a control 3 (WCAG
// 2.2, 1.4.3 and 1.4.11). Themes are tested against them, brands are refused by them.
var Pairs = []TonePair{
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

// hexColour is the one way in which colours are written here: nothing else reaches a sheet.
var hexColour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// IsColour reports whether a colour is written #rrggbb, in small letters.
func IsColour(s string) bool { return hexColour.MatchString(s) }

type rgb [3]float64

func parseColour(s string) rgb {
	var c rgb
	if !IsColour(s) {
		return c
	}
	for i := range c {
		v, _ := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8) // two hexadecimal digits: seen just above
		c[i] = float64(v)
	}
	return c
}

func (c rgb) String() string {
	b := []byte{'#'}
	for _, v := range c {
		n := byte(math.Round(v))
		b = append(b, "0123456789abcdef"[n>>4], "0123456789abcdef"[n&15])
	}
	return string(b)
}

// mix is c with a share of to in it.
func (c rgb) mix(to rgb, share float64) rgb {
	for i := range c {
		c[i] += (to[i] - c[i]) * share
	}
	return c
}

func (c rgb) far(from rgb) float64 {
	return math.Hypot(math.Hypot(c[0]-from[0], c[1]-from[1]), c[2]-from[2])
}

// luminance is the relative one of WCAG 2.2.
func (c rgb) luminance() float64 {
	var sum float64
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		v := c[i] / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// Contrast of two colours by WCAG 2.2: from 1 to 21.
func Contrast(a, b string) float64 {
	x, y := parseColour(a).luminance(), parseColour(b).luminance()
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

var black, white = rgb{}, rgb{255, 255, 255}

// nearest is the colour nearest to c, on the way to black or to white, that passes; ok is
// false where none does.
func nearest(c string, passes func(string) bool) (string, bool) {
	from, best, found := parseColour(c), "", false
	least := math.Inf(1)
	for _, end := range [...]rgb{black, white} {
		for step := 1; step <= 255; step++ {
			try := from.mix(end, float64(step)/255)
			if s := try.String(); passes(s) {
				if d := try.far(from); d < least {
					best, least, found = s, d, true
				}
				break
			}
		}
	}
	return best, found
}

package theme

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Dress is what a marketplace chose over its theme: data, from fixed sets and checked
// colours. Empty fields leave the theme's own.
type Dress struct {
	Light, Dark Colours
	Radius      string // of Radii
	Density     string // of Densities
	Font        string // of Fonts
}

// Colours of one scheme, each #rrggbb or empty.
type Colours struct{ Accent, OnAccent, Link string }

// bundled are the fonts that may be chosen: files of our own themes, so that no reader's
// browser asks a stranger.
var bundled = map[string]struct {
	family, theme string
	files         map[string]string // weight → asset
}{
	"inter":         {"Inter", "base", map[string]string{"400": "fonts/inter-latin-400-normal.woff2", "600": "fonts/inter-latin-600-normal.woff2"}},
	"source-sans-3": {"Source Sans 3", "pharma", map[string]string{"400": "fonts/source-sans-3-latin-400-normal.woff2", "600": "fonts/source-sans-3-latin-600-normal.woff2"}},
	"barlow":        {"Barlow", "steel", map[string]string{"400": "fonts/barlow-latin-400-normal.woff2", "600": "fonts/barlow-latin-600-normal.woff2"}},
}

// radii and densities are the root tokens that each choice sets.
var (
	radii = map[string]map[string]string{
		"square": {"radius-s": "0px", "radius": "0px", "radius-l": "0px", "pill": "0px"},
		"soft":   {"radius-s": "3px", "radius": "6px", "radius-l": "10px", "pill": "99px"},
		"round":  {"radius-s": "8px", "radius": "14px", "radius-l": "22px", "pill": "99px"},
	}
	densities = map[string]map[string]string{
		"compact": {"ctl": "34px", "pad": "12px", "cell": "6px", "gap": "12px"},
		"regular": {"ctl": "38px", "pad": "16px", "cell": "8px", "gap": "16px"},
		"roomy":   {"ctl": "44px", "pad": "24px", "cell": "12px", "gap": "24px"},
	}
)

// What may be chosen, in the order in which it is offered.
var (
	Radii     = []string{"square", "soft", "round"}
	Densities = []string{"compact", "regular", "roomy"}
	Fonts     = []string{"inter", "source-sans-3", "barlow"}
)

// Schemes are light and dark.
var Schemes = []string{"light", "dark"}

func (d Dress) colours(scheme string) Colours {
	if scheme == "dark" {
		return d.Dark
	}
	return d.Light
}

// Dressed is a theme's colour roles in one scheme with a dress over them. What nobody
// chooses follows what was chosen: hover, soft ground, focus and text in the accent.
func (e *Engine) Dressed(themeName, scheme string, d Dress) map[string]string {
	t := e.themes[themeName]
	if t == nil {
		t = e.themes["base"]
	}
	out := t.tokens.clone()["light"]
	if scheme == "dark" {
		for k, v := range t.tokens["dark"] {
			out[k] = v
		}
	}
	c := d.colours(scheme)
	if IsColour(c.OnAccent) {
		out["on-accent"] = c.OnAccent
	}
	if IsColour(c.Link) {
		out["link"] = c.Link
	}
	if IsColour(c.Accent) {
		out["accent"], out["focus"], out["c0"] = c.Accent, c.Accent, c.Accent
		out["accent-soft"] = soft(out)
		out["accent-text"] = readable(c.Accent, out["accent-soft"], out["raised"], out["surface"])
	}
	if IsColour(c.Accent) || IsColour(c.OnAccent) {
		out["accent-hover"] = hover(out["accent"], out["on-accent"])
	}
	return out
}

// hover moves the accent away from the text on it, so that it reads no worse.
func hover(accent, on string) string {
	to := black
	if parseColour(on).luminance() < parseColour(accent).luminance() {
		to = white
	}
	return parseColour(accent).mix(to, .16).String()
}

// soft is as much of the accent in the raised ground as text on it can stand.
func soft(t map[string]string) string {
	for share := .14; share > 0; share -= .01 {
		ground := parseColour(t["raised"]).mix(parseColour(t["accent"]), share).String()
		if Contrast(t["text"], ground) >= 4.5 && Contrast(t["muted"], ground) >= 4.5 {
			return ground
		}
	}
	return t["raised"]
}

func readable(c string, on ...string) string {
	passes := func(s string) bool {
		return !slices.ContainsFunc(on, func(ground string) bool { return Contrast(s, ground) < 4.5 })
	}
	if passes(c) {
		return c
	}
	if s, ok := nearest(c, passes); ok {
		return s
	}
	return c
}

// Clash is two colours that cannot be told apart well enough.
type Clash struct {
	Scheme      string // light or dark
	Field       string // accent, on_accent or link: what was chosen
	Over, Under string // tokens
	Ratio       float64
	Least       float64
	Nearest     string // the colour nearest to what was chosen that passes; "" where none does
}

// follows says what a token comes from.
var follows = map[string]string{
	"accent": "accent", "accent-hover": "accent", "accent-soft": "accent", "accent-text": "accent", "focus": "accent", "on-accent": "on_accent", "link": "link",
}

// Clashes are the pairs that a dress breaks: of all that lie on each other on the pages.
func (e *Engine) Clashes(themeName string, d Dress) []Clash {
	var out []Clash
	for _, scheme := range Schemes {
		c := d.colours(scheme)
		chosen := map[string]string{"accent": c.Accent, "on_accent": c.OnAccent, "link": c.Link}
		for _, x := range failing(e.Dressed(themeName, scheme, d)) {
			x.Scheme = scheme
			if x.Field = blame(x, chosen); x.Field == "" {
				continue // the theme's own two colours: its tests see to them
			}
			x.Nearest = e.mend(themeName, d, x, chosen[x.Field])
			out = append(out, x)
		}
	}
	return out
}

func failing(t map[string]string) []Clash {
	var out []Clash
	for _, p := range Pairs {
		if r := Contrast(t[p.Over], t[p.Under]); r < p.Least {
			out = append(out, Clash{Over: p.Over, Under: p.Under, Ratio: math.Floor(r*100) / 100, Least: p.Least})
		}
	}
	return out
}

// blame is which of the chosen colours a pair fails by: what lies over, else what lies under.
func blame(x Clash, chosen map[string]string) string {
	for _, token := range []string{x.Over, x.Under} {
		if f := follows[token]; f != "" && IsColour(chosen[f]) {
			return f
		}
	}
	return ""
}

// mend is the colour nearest to the chosen one with which nothing fails any more that fails
// by it; where there is none, with which this pair passes.
func (e *Engine) mend(themeName string, d Dress, x Clash, was string) string {
	with := func(s string) map[string]string {
		next := d
		c := &next.Light
		if x.Scheme == "dark" {
			c = &next.Dark
		}
		switch x.Field {
		case "accent":
			c.Accent = s
		case "on_accent":
			c.OnAccent = s
		default:
			c.Link = s
		}
		return e.Dressed(themeName, x.Scheme, next)
	}
	touches := func(f Clash) bool { return follows[f.Over] == x.Field || follows[f.Under] == x.Field }
	if s, ok := nearest(was, func(s string) bool { return !slices.ContainsFunc(failing(with(s)), touches) }); ok {
		return s
	}
	s, _ := nearest(was, func(s string) bool { t := with(s); return Contrast(t[x.Over], t[x.Under]) >= x.Least })
	return s
}

// Sheet is a dress as a style sheet over the theme's own; scope is ":root", or the selector
// of a sample. It holds colours, sizes and names of fonts of ours, and not a byte that
// somebody typed.
func (e *Engine) Sheet(themeName, scope string, d Dress) []byte {
	var b strings.Builder
	light, dark := e.Dressed(themeName, "light", d), e.Dressed(themeName, "dark", d)
	font, chosen := bundled[d.Font]
	if chosen {
		for _, weight := range sortedKeys(font.files) {
			fmt.Fprintf(&b, `@font-face{font-family:%q;font-weight:%s;font-display:swap;src:url(%s) format("woff2")}`, font.family, weight, e.AssetURL(font.theme, font.files[weight]))
		}
	}
	b.WriteString(scope + "{")
	for _, k := range []string{"accent", "accent-hover", "accent-soft", "accent-text", "c0", "focus", "link", "on-accent"} {
		fmt.Fprintf(&b, "--%s:light-dark(%s,%s);", k, light[k], dark[k])
	}
	for _, set := range []map[string]string{radii[d.Radius], densities[d.Density]} {
		for _, k := range sortedKeys(set) {
			fmt.Fprintf(&b, "--%s:%s;", k, set[k])
		}
	}
	if chosen {
		fmt.Fprintf(&b, `--font-body:%q,"PingFang SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",system-ui,sans-serif;--font-head:var(--font-body);`, font.family)
	}
	b.WriteString("}")
	if scope == ":root" {
		b.WriteString(logoRules(light["header"], dark["header"]))
	} else { // what the root does for the page, a sample does for itself
		b.WriteString(scope + "{color:var(--text);background:var(--surface)}" + scope + "[data-scheme=light]{color-scheme:light}" + scope + "[data-scheme=dark]{color-scheme:dark}")
		if chosen {
			b.WriteString(scope + "{font-family:var(--font-body)}")
		}
	}
	return []byte(b.String())
}

// logoRules show the logo that is made for the ground of the header: a theme's may be dark
// in both schemes.
func logoRules(light, dark string) string {
	hides := func(ground string) string {
		if parseColour(ground).luminance() < .18 {
			return ".logo-light"
		}
		return ".logo-dark"
	}
	l, d := hides(light), hides(dark)
	if l == d {
		return l + "{display:none}"
	}
	return fmt.Sprintf(`@media (prefers-color-scheme:light){:root:not([data-scheme=dark]) %[1]s{display:none}}@media (prefers-color-scheme:dark){:root:not([data-scheme=light]) %[2]s{display:none}}:root[data-scheme=light] %[1]s{display:none}:root[data-scheme=dark] %[2]s{display:none}`, l, d)
}

// SheetName is a sheet's address: it changes with what the sheet says.
func SheetName(sheet []byte) string {
	sum := sha256.Sum256(sheet)
	return hex.EncodeToString(sum[:8]) + ".css"
}

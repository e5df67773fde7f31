package theme

import (
	"html/template"
	"strings"
)

// Draw makes a picture where there is no photograph: sections from their dimensions in
// millimetres, packs and parts as line drawings. kind is e.g. "h-beam", "vial", "bearing";
// an unknown one is a box. With alt text the drawing is an image, without it decoration.
func Draw(kind string, attrs any, alt ...string) template.HTML {
	kind = strings.TrimPrefix(kind, "draw:")
	p := &pen{}
	if section, ok := sections[alias(kind)]; ok {
		section(p, dimsOf(attrs))
	} else if shape, ok := shapes[alias(kind)]; ok {
		p.WriteString(shape)
	} else {
		p.WriteString(shapes["box"])
	}
	aria := `aria-hidden="true"`
	if len(alt) > 0 && alt[0] != "" {
		aria = `role="img" aria-label="` + template.HTMLEscapeString(alt[0]) + `"`
	}
	return template.HTML(`<svg class="draw" viewBox="0 0 120 120" width="120" height="120" ` + aria + `>` + p.String() + `</svg>`) //nolint:gosec // numbers and our own shapes
}

// picture is the item's photograph when it has one, else its drawing. Photographs come
// with width and height so that nothing jumps.
func picture(src string, attrs any, alt string) template.HTML {
	if src == "" || strings.HasPrefix(src, "draw:") {
		return Draw(src, attrs, alt)
	}
	return template.HTML(`<img src="` + template.HTMLEscapeString(string(safeURL(src))) + `" alt="` + template.HTMLEscapeString(alt) + `" width="240" height="240" loading="lazy" decoding="async">`) //nolint:gosec // escaped
}

// alias folds the trade's many names for one shape.
func alias(kind string) string {
	kind = strings.ToLower(strings.TrimSpace(kind))
	if to, ok := aliases[kind]; ok {
		return to
	}
	return kind
}

var aliases = map[string]string{
	"hw": "h-beam", "hm": "h-beam", "hn": "h-beam", "ht": "h-beam", "hea": "h-beam", "heb": "h-beam", "hem": "h-beam", "h": "h-beam", "w": "h-beam", "beam": "h-beam",
	"ipe": "i-beam", "ipn": "i-beam", "i": "i-beam", "upn": "channel", "upe": "channel", "c": "channel", "u": "channel",
	"l": "angle", "angle-equal": "angle", "angle-unequal": "angle", "equal-angle": "angle", "unequal-angle": "angle", "pipe": "chs", "round-tube": "chs", "seamless-pipe": "chs",
	"square-tube": "shs", "rect-tube": "rhs", "bar": "round-bar", "round": "round-bar", "flat-bar": "flat", "sheet": "plate",
	"pill": "tablet", "ampule": "ampoule", "jar": "bottle", "sack": "bag", "kit": "carton", "pack": "carton", "api": "molecule", "crystal": "powder", "granule": "powder",
	"ic": "chip", "semiconductor": "chip", "screw": "bolt", "tyre": "wheel", "tire": "wheel", "wrench": "tool", "tools": "tool", "wire": "cable", "light": "lamp", "bulb": "lamp",
}

// pen collects SVG.
type pen struct{ strings.Builder }

func (p *pen) path(class, d string) { p.WriteString(`<path class="` + class + `" d="` + d + `"/>`) }

func (p *pen) circle(class string, x, y, r float64) {
	p.WriteString(`<circle class="` + class + `" cx="` + f1(x) + `" cy="` + f1(y) + `" r="` + f1(r) + `"/>`)
}

// poly is a closed outline from x, y pairs.
func poly(pts ...float64) string {
	var b strings.Builder
	for i := 0; i+1 < len(pts); i += 2 {
		if i == 0 {
			b.WriteString("M")
		} else {
			b.WriteString("L")
		}
		b.WriteString(f1(pts[i]) + " " + f1(pts[i+1]))
	}
	return b.String() + "Z"
}

// across dimensions a width under the drawing, down a height beside it. Without a real
// dimension nothing is claimed.
func (p *pen) across(x1, x2, y float64, value string) {
	if value == "" {
		return
	}
	p.path("dim", "M"+f1(x1)+" "+f1(y-3)+"v6M"+f1(x2)+" "+f1(y-3)+"v6M"+f1(x1)+" "+f1(y)+"H"+f1(x2))
	p.label((x1+x2)/2, y+9, value)
}

func (p *pen) down(x, y1, y2 float64, value string) {
	if value == "" {
		return
	}
	p.path("dim", "M"+f1(x-3)+" "+f1(y1)+"h6M"+f1(x-3)+" "+f1(y2)+"h6M"+f1(x)+" "+f1(y1)+"V"+f1(y2))
	y := (y1 + y2) / 2
	p.WriteString(`<text class="dimt" x="` + f1(x+3) + `" y="` + f1(y) + `" transform="rotate(-90 ` + f1(x+8) + ` ` + f1(y) + `)" text-anchor="middle">` + value + `</text>`)
}

func (p *pen) label(x, y float64, value string) {
	p.WriteString(`<text class="dimt" x="` + f1(x) + `" y="` + f1(y) + `" text-anchor="middle">` + value + `</text>`)
}

// given is the dimension as text if the item states it.
func (d dims) given(names ...string) string {
	for _, n := range names {
		if v, ok := d[n]; ok {
			return f1(v)
		}
	}
	return ""
}

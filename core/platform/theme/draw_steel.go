package theme

import "math"

// sections draw cross-sections to scale within 84 × 84, webs and flanges never thinner
// than what can be seen. Names of dimensions follow the tables of GB/T 11263, GB/T 706 and
// EN 10365, in millimetres.
var sections = map[string]func(*pen, dims){
	"h-beam": func(p *pen, d dims) { beam(p, d, 200, 200, 8, 12) }, "i-beam": func(p *pen, d dims) { beam(p, d, 200, 100, 5.6, 8.5) },
	"channel": channel, "angle": angle, "tee": tee,
	"chs": chs, "rhs": func(p *pen, d dims) { hollow(p, d, 120, 80) }, "shs": func(p *pen, d dims) { hollow(p, d, 100, 100) },
	"round-bar": roundBar, "rebar": rebar, "plate": func(p *pen, d dims) { plate(p, d, 200, 26) }, "flat": func(p *pen, d dims) { plate(p, d, 120, 20) }, "square-bar": squareBar,
}

var (
	height    = []string{"h", "height", "depth", "h_mm", "a", "b1"}
	width     = []string{"b", "width", "w", "b_mm", "bf"}
	webT      = []string{"tw", "t1", "web", "web_mm", "d1", "s"}
	flangeT   = []string{"tf", "t2", "t", "flange", "flange_mm"}
	wallT     = []string{"t", "wall", "thickness", "wall_mm", "tw", "s"}
	diameters = []string{"d", "od", "diameter", "dia", "d_mm", "h"}
)

const (
	box  = 80.0 // the side of the square that the section is fitted in
	left = 14.0
	top  = 8.0
)

// fit scales a w × h section into the box and centres it: its corner, size and scale.
func fit(w, h float64) (x, y, fw, fh, k float64) {
	k = box / math.Max(w, h)
	fw, fh = w*k, h*k
	return left + (box-fw)/2, top + (box-fh)/2, fw, fh, k
}

func seen(v float64) float64 { return math.Max(v, 3.2) }

func beam(p *pen, d dims, h0, b0, tw0, tf0 float64) {
	h, b := d.of(h0, height...), d.of(b0, width...)
	x, y, w, t, k := fit(b, h)
	web, fl := seen(d.of(tw0*h/h0, webT...)*k), seen(d.of(tf0*h/h0, flangeT...)*k)
	c, r := x+w/2, math.Min(5, t/14)
	q := func(dx, dy float64) string { return f1(dx) + " " + f1(dy) }
	p.path("mat", "M"+q(x, y)+"h"+f1(w)+"v"+f1(fl)+"H"+f1(c+web/2+r)+"q"+q(-r, 0)+" "+q(-r, r)+"V"+f1(y+t-fl-r)+"q"+q(0, r)+" "+q(r, r)+"H"+f1(x+w)+"v"+f1(fl)+"H"+f1(x)+"v"+f1(-fl)+
		"H"+f1(c-web/2-r)+"q"+q(r, 0)+" "+q(r, -r)+"V"+f1(y+fl+r)+"q"+q(0, -r)+" "+q(-r, -r)+"H"+f1(x)+"Z")
	p.across(x, x+w, y+t+8, d.given(width...))
	p.down(x+w+8, y, y+t, d.given(height...))
}

func channel(p *pen, d dims) {
	h, b := d.of(200, height...), d.of(75, width...)
	x, y, w, t, k := fit(b, h)
	web, fl := seen(d.of(9, webT...)*k), seen(d.of(11, flangeT...)*k)
	p.path("mat", poly(x, y, x+w, y, x+w, y+fl*.8, x+web, y+fl*1.15, x+web, y+t-fl*1.15, x+w, y+t-fl*.8, x+w, y+t, x, y+t))
	p.across(x, x+w, y+t+8, d.given(width...))
	p.down(x+w+8, y, y+t, d.given(height...))
}

func angle(p *pen, d dims) {
	h := d.of(100, height...)
	b := d.of(h, width...)
	x, y, w, t, k := fit(b, h)
	s := seen(d.of(h/10, append([]string{"t", "thickness"}, webT...)...) * k)
	p.path("mat", "M"+f1(x)+" "+f1(y)+"h"+f1(s*.6)+"q"+f1(s*.4)+" 0 "+f1(s*.4)+" "+f1(s*.4)+"V"+f1(y+t-s*1.8)+"q0 "+f1(s*.8)+" "+f1(s*.8)+" "+f1(s*.8)+"H"+f1(x+w-s*.4)+"q"+f1(s*.4)+" 0 "+f1(s*.4)+" "+f1(s*.4)+"V"+f1(y+t)+"H"+f1(x)+"Z")
	p.across(x, x+w, y+t+8, firstOf(d.given(width...), d.given(height...)))
	p.down(x+w+8, y, y+t, d.given(height...))
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func tee(p *pen, d dims) {
	h, b := d.of(100, height...), d.of(100, width...)
	x, y, w, t, k := fit(b, h)
	web, fl := seen(d.of(7, webT...)*k), seen(d.of(10, flangeT...)*k)
	c := x + w/2
	p.path("mat", poly(x, y, x+w, y, x+w, y+fl, c+web/2, y+fl, c+web/2, y+t, c-web/2, y+t, c-web/2, y+fl, x, y+fl))
	p.across(x, x+w, y+t+8, d.given(width...))
	p.down(x+w+8, y, y+t, d.given(height...))
}

func ring(r, in float64) string {
	c := left + box/2
	m := top + box/2
	one := func(r float64, sweep string) string {
		return "M" + f1(c-r) + " " + f1(m) + "a" + f1(r) + " " + f1(r) + " 0 1 " + sweep + " " + f1(2*r) + " 0a" + f1(r) + " " + f1(r) + " 0 1 " + sweep + " " + f1(-2*r) + " 0Z"
	}
	return one(r, "1") + one(in, "0")
}

func chs(p *pen, d dims) {
	od := d.of(114, diameters...)
	r := box / 2
	wall := math.Min(seen(d.of(od/18, wallT...)/od*box), r-2)
	p.path("mat", ring(r, r-wall))
	p.across(left, left+box, top+box+8, d.given(diameters...))
}

func hollow(p *pen, d dims, h0, b0 float64) {
	h := d.of(h0, height...)
	b := d.of(h*b0/h0, width...)
	x, y, w, t, k := fit(b, h)
	s := math.Min(seen(d.of(h/18, wallT...)*k), math.Min(w, t)/2-2)
	r := s * 1.5
	p.path("mat", rounded(x, y, w, t, r, "1")+rounded(x+s, y+s, w-2*s, t-2*s, math.Max(r-s, 1), "0"))
	p.across(x, x+w, y+t+8, d.given(width...))
	p.down(x+w+8, y, y+t, d.given(height...))
}

// rounded is a rectangle with round corners; sweep 0 turns the other way, which cuts it
// out of one around it.
func rounded(x, y, w, h, r float64, sweep string) string {
	a := "a" + f1(r) + " " + f1(r) + " 0 0 " + sweep + " "
	if sweep == "1" {
		return "M" + f1(x+r) + " " + f1(y) + "h" + f1(w-2*r) + a + f1(r) + " " + f1(r) + "v" + f1(h-2*r) + a + f1(-r) + " " + f1(r) + "h" + f1(2*r-w) + a + f1(-r) + " " + f1(-r) + "v" + f1(2*r-h) + a + f1(r) + " " + f1(-r) + "Z"
	}
	return "M" + f1(x+r) + " " + f1(y) + a + f1(-r) + " " + f1(r) + "v" + f1(h-2*r) + a + f1(r) + " " + f1(r) + "h" + f1(w-2*r) + a + f1(r) + " " + f1(-r) + "v" + f1(2*r-h) + a + f1(-r) + " " + f1(-r) + "Z"
}

func roundBar(p *pen, d dims) {
	p.circle("mat", left+box/2, top+box/2, box*.4)
	p.path("hatch", "M34 60L66 28M40 70L76 34M52 72L74 50")
	p.across(left+box*.1, left+box*.9, top+box+6, d.given(diameters...))
}

// rebar is a round bar with the two ribs of a hot-rolled ribbed bar (GB/T 1499.2).
func rebar(p *pen, d dims) {
	c, m := left+box/2, top+box/2
	p.path("mat", poly(c-box*.46, m-5, c-box*.38, m-8, c-box*.38, m+8, c-box*.46, m+5)+poly(c+box*.46, m-5, c+box*.38, m-8, c+box*.38, m+8, c+box*.46, m+5))
	p.circle("mat", c, m, box*.39)
	p.path("hatch", "M34 60L66 28M40 70L76 34M52 72L74 50")
	p.across(left+box*.1, left+box*.9, top+box+6, d.given(diameters...))
}

func squareBar(p *pen, d dims) {
	p.path("mat", rounded(left+8, top+8, box-16, box-16, 2, "1"))
	p.path("hatch", "M30 68L74 24M40 74L80 34M28 52L56 24")
	p.across(left+8, left+box-8, top+box+4, d.given("a", "b", "h"))
}

func plate(p *pen, d dims, b0, t0 float64) {
	b, t := d.of(b0, width...), d.of(t0, append([]string{"thickness"}, wallT...)...)
	s := math.Min(math.Max(t/b*box, 7), 34)
	y := top + box/2 - s/2 + 8
	x := left - 4.0
	w := box + 2
	p.path("face", poly(x, y, x+14, y-22, x+w+14, y-22, x+w, y))
	p.path("mat", poly(x, y, x+w, y, x+w, y+s, x, y+s))
	p.path("mat2", poly(x+w, y, x+w+14, y-22, x+w+14, y-22+s, x+w, y+s))
	p.across(x, x+w, y+s+8, d.given(width...))
}

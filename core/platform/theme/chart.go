package theme

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// sparkline draws a series without script: sparkline .Line "30 days of HRB400". Its last
// point is marked; its label also says first and last value, for those who do not see it.
func (p *Printer) sparkline(values []int64, label string) template.HTML {
	const w, h = 120.0, 32.0
	if len(values) < 2 {
		return `<svg class="spark" viewBox="0 0 120 32" width="120" height="32" aria-hidden="true"><path class="ln" d="M2 16H118"/></svg>`
	}
	lo, hi := values[0], values[0]
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	span := math.Max(float64(hi-lo), 1)
	var line strings.Builder
	var x, y float64
	for i, v := range values {
		x = 3 + float64(i)/float64(len(values)-1)*(w-8)
		y = 3 + (1-float64(v-lo)/span)*(h-6)
		line.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + f1(x) + " " + f1(y))
	}
	way := "flat"
	if d := values[len(values)-1] - values[0]; d > 0 {
		way = "up"
	} else if d < 0 {
		way = "down"
	}
	return template.HTML(`<svg class="spark spark-` + way + `" viewBox="0 0 120 32" width="120" height="32" ` + labelled(label) + `><path class="area" d="` + line.String() + `L` + f1(x) + ` 32L3 32Z"/><path class="ln" d="` + line.String() + `"/><circle class="fill" cx="` + f1(x) + `" cy="` + f1(y) + `" r="2.5"/></svg>`) //nolint:gosec // numbers
}

func labelled(label string) string {
	if label == "" {
		return `aria-hidden="true"`
	}
	return `role="img" aria-label="` + template.HTMLEscapeString(label) + `"`
}

// bar is a filled share: bar 30 100 "good" "30 of 100". A mark may stand for a threshold.
func bar(value, total int64, tone, label string, mark ...int64) template.HTML {
	total = max(total, 1)
	width := func(v int64) string { return f1(math.Min(math.Max(float64(v)/float64(total), 0), 1) * 100) }
	m := ""
	if len(mark) > 0 && mark[0] > 0 {
		m = `<path class="mark" d="M` + width(mark[0]) + ` 0v8"/>`
	}
	return template.HTML(`<svg class="bar bar-` + template.HTMLEscapeString(tone) + `" viewBox="0 0 100 8" preserveAspectRatio="none" width="100" height="8" ` + labelled(label) + `><rect class="track" width="100" height="8"/><rect class="fill" width="` + width(value) + `" height="8"/>` + m + `</svg>`) //nolint:gosec // numbers
}

// Slice is one part of a donut or one bar of a row.
type Slice struct {
	Label string
	Value int64
	Text  string // the value as written
	URL   string
}

// donut draws shares with a legend that carries the numbers.
func (p *Printer) donut(slices []Slice, label string) template.HTML {
	var total int64
	for _, s := range slices {
		total += max(s.Value, 0)
	}
	const r = 40.0
	around := 2 * math.Pi * r
	var arcs, legend strings.Builder
	at := 0.0
	for i, s := range slices {
		share := 0.0
		if total > 0 {
			share = float64(max(s.Value, 0)) / float64(total)
		}
		fmt.Fprintf(&arcs, `<circle class="arc c%d" cx="60" cy="60" r="40" stroke-dasharray="%s %s" stroke-dashoffset="%s" transform="rotate(-90 60 60)"/>`, i%6, f1(math.Max(share*around-1.5, 0)), f1(around), f1(-at*around))
		at += share
		fmt.Fprintf(&legend, `<li><span class="key c%d"></span>%s <b>%s</b></li>`, i%6, template.HTMLEscapeString(s.Label), template.HTMLEscapeString(s.Text))
	}
	return template.HTML(`<div class="donut"><svg viewBox="0 0 120 120" width="120" height="120" ` + labelled(label) + `><circle class="track" cx="60" cy="60" r="40"/>` + arcs.String() + `</svg><ul>` + legend.String() + `</ul></div>`) //nolint:gosec // escaped
}

// bars is a horizontal bar list: label, bar, number.
func (p *Printer) bars(slices []Slice) template.HTML {
	var most int64 = 1
	for _, s := range slices {
		most = max(most, s.Value)
	}
	var b strings.Builder
	b.WriteString(`<ul class="bars">`)
	for _, s := range slices {
		name := template.HTMLEscapeString(s.Label)
		if s.URL != "" {
			name = `<a href="` + template.HTMLEscapeString(string(safeURL(s.URL))) + `">` + name + `</a>`
		}
		b.WriteString(`<li><span class="bars-l">` + name + `</span>` + string(bar(s.Value, most, "accent", "")) + `<b>` + template.HTMLEscapeString(s.Text) + `</b></li>`)
	}
	b.WriteString(`</ul>`)
	return template.HTML(b.String()) //nolint:gosec // escaped
}

// Tier is one step of a price list: from From on, a unit costs Price.
type Tier struct {
	From    int64  // millionths of the unit
	FromTxt string // "10 t"
	Price   int64  // millionths of the currency's unit
	Text    string // "¥3,850.00"
	Current bool   // where the quantity now stands
}

// tierSteps draws tier prices as stairs going down: width by step, height by price.
func (p *Printer) tierSteps(tiers []Tier, label string) template.HTML {
	if len(tiers) == 0 {
		return ""
	}
	const w, h, base = 320.0, 96.0, 88.0
	var most, least int64 = tiers[0].Price, tiers[0].Price
	for _, t := range tiers {
		most, least = max(most, t.Price), min(least, t.Price)
	}
	span := math.Max(float64(most-least), 1)
	step := w / float64(len(tiers))
	var b strings.Builder
	for i, t := range tiers {
		y := 26 + (1-float64(t.Price-least)/span)*34
		if most == least {
			y = 40
		}
		cls := "step"
		if t.Current {
			cls = "step now"
		}
		x := float64(i) * step
		fmt.Fprintf(&b, `<g class="%s"><rect x="%s" y="%s" width="%s" height="%s"/><path d="M%s %sh%s"/><text x="%s" y="%s">%s</text><text class="from" x="%s" y="%s">%s</text></g>`, cls, f1(x), f1(y), f1(step-2), f1(base-y), f1(x), f1(y), f1(step-2), f1(x+6), f1(y-7), template.HTMLEscapeString(t.Text), f1(x+6), f1(base-8), template.HTMLEscapeString(t.FromTxt))
	}
	return template.HTML(`<svg class="tiers" viewBox="0 0 320 96" width="320" height="96" ` + labelled(label) + `>` + b.String() + `</svg>`) //nolint:gosec // escaped
}

// histogram shows how many items lie in each slice of a range filter.
func histogram(bins []int) template.HTML {
	most := 1
	for _, n := range bins {
		most = max(most, n)
	}
	var b strings.Builder
	step := 100 / math.Max(float64(len(bins)), 1)
	for i, n := range bins {
		h := float64(n) / float64(most) * 32
		if n > 0 {
			h = math.Max(h, 2)
		}
		fmt.Fprintf(&b, `<rect x="%s" y="%s" width="%s" height="%s"/>`, f1(float64(i)*step), f1(32-h), f1(step*.85), f1(h))
	}
	return template.HTML(`<svg class="range-bars" viewBox="0 0 100 32" preserveAspectRatio="none" width="100" height="32" aria-hidden="true">` + b.String() + `</svg>`) //nolint:gosec // numbers
}

package main

import (
	"encoding/json"
	"fmt"
	"math"
)

type result struct {
	Group string `json:"g"`
	Name  string `json:"n"`
	Value string `json:"v"`
	Unit  string `json:"u,omitempty"`
	Limit string `json:"l,omitempty"`
}

// property is a limit of a grade: from lo to hi, of which either may be missing (0).
// Made-up values stay inside, at most half-way to the far side of an open limit.
type property struct {
	group, name, unit string
	lo, hi            float64
	places            int
}

func chem(name string, lo, hi float64) property { return property{"chemistry", name, "%", lo, hi, 3} }

func mech(name, unit string, lo, hi float64) property {
	return property{"mechanical", name, unit, lo, hi, 0}
}

// gradeLimits restates GB/T 700, GB/T 1591, EN 10025-2, EN 10210-1, GB/T 1499.2, GB/T 8163 and
// GB/T 699 for products up to 16 mm.
var gradeLimits = map[string][]property{
	"Q235B":   {chem("C", 0, 0.20), chem("Si", 0, 0.35), chem("Mn", 0, 1.40), chem("P", 0, 0.045), chem("S", 0, 0.045), mech("ReH", "MPa", 235, 0), mech("Rm", "MPa", 370, 500), mech("A", "%", 26, 0), mech("KV2 20 °C", "J", 27, 0)},
	"Q355B":   {chem("C", 0, 0.24), chem("Si", 0, 0.55), chem("Mn", 0, 1.60), chem("P", 0, 0.035), chem("S", 0, 0.035), mech("ReH", "MPa", 355, 0), mech("Rm", "MPa", 470, 630), mech("A", "%", 22, 0), mech("KV2 20 °C", "J", 34, 0)},
	"S235JR":  {chem("C", 0, 0.17), chem("Mn", 0, 1.40), chem("P", 0, 0.035), chem("S", 0, 0.035), chem("N", 0, 0.012), mech("ReH", "MPa", 235, 0), mech("Rm", "MPa", 360, 510), mech("A", "%", 26, 0), mech("KV 20 °C", "J", 27, 0)},
	"S355J2":  {chem("C", 0, 0.20), chem("Si", 0, 0.55), chem("Mn", 0, 1.60), chem("P", 0, 0.025), chem("S", 0, 0.025), mech("ReH", "MPa", 355, 0), mech("Rm", "MPa", 470, 630), mech("A", "%", 22, 0), mech("KV -20 °C", "J", 27, 0)},
	"S355J2H": {chem("C", 0, 0.22), chem("Si", 0, 0.55), chem("Mn", 0, 1.60), chem("P", 0, 0.030), chem("S", 0, 0.030), mech("ReH", "MPa", 355, 0), mech("Rm", "MPa", 470, 630), mech("A", "%", 22, 0), mech("KV -20 °C", "J", 27, 0)},
	"HRB400E": {chem("C", 0, 0.25), chem("Si", 0, 0.80), chem("Mn", 0, 1.60), chem("P", 0, 0.045), chem("S", 0, 0.045), chem("Ceq", 0, 0.54), mech("ReL", "MPa", 400, 520), mech("Rm", "MPa", 540, 0), mech("A", "%", 16, 0), mech("Agt", "%", 9, 0)},
	"HRB500E": {chem("C", 0, 0.25), chem("Si", 0, 0.80), chem("Mn", 0, 1.60), chem("P", 0, 0.045), chem("S", 0, 0.045), chem("Ceq", 0, 0.55), mech("ReL", "MPa", 500, 650), mech("Rm", "MPa", 630, 0), mech("A", "%", 15, 0), mech("Agt", "%", 9, 0)},
	"20#":     {chem("C", 0.17, 0.23), chem("Si", 0.17, 0.37), chem("Mn", 0.35, 0.65), chem("P", 0, 0.030), chem("S", 0, 0.030), mech("ReL", "MPa", 245, 0), mech("Rm", "MPa", 410, 530), mech("A", "%", 20, 0)},
	"45#":     {chem("C", 0.42, 0.50), chem("Si", 0.17, 0.37), chem("Mn", 0.50, 0.80), chem("P", 0, 0.035), chem("S", 0, 0.035), mech("ReL", "MPa", 355, 0), mech("Rm", "MPa", 600, 0), mech("A", "%", 16, 0)},
}

// mills are made up; a heat number starts with the mill's letter.
var mills = []struct{ letter, name string }{{"L", "岚滦钢铁 Lanluan Iron & Steel (demo)"}, {"B", "滨泰特钢 Bintai Special Steel (demo)"}, {"J", "江陵轧钢 Jiangling Rolling Mill (demo)"}}

// certified limits the certificates to sizes that people look at: each is a PDF.
func certified(p product) bool {
	switch p.family {
	case "h-beam", "european":
		return true
	case "rebar":
		return p.length == 12
	}
	return pick(0, 5, p.code, "certified") == 0
}

// certificate writes a heat and its certificate, and returns the heat's number.
func (t *steelTrade) certificate(p product, seller, sku string) string {
	mill := mills[pick(0, len(mills)-1, sku, "mill")]
	heat := fmt.Sprintf("%s26%02d%05d", mill.letter, pick(5, 10, sku, "month"), pick(0, 99999, sku, seller, "heat"))
	day := fmt.Sprintf("2026-%s-%02d", heat[3:5], pick(1, 28, sku, "day"))
	var rs []result
	for _, l := range gradeLimits[p.grade] {
		if l.unit == "MPa" && l.name != "Rm" && p.family != "rebar" {
			l.lo -= thickness(p.thick)
		}
		rs = append(rs, l.measured(sku))
	}
	if r := yieldRatio(p, rs); r != nil {
		rs = append(rs, *r)
	}
	text, _ := json.Marshal(rs)
	std := p.attrs["standard"]
	t.lots.row(seller, sku, heat, day, "")
	t.documents.row(seller, sku, "mill_certificate", "产品质量证明书 / Inspection certificate 3.1 · "+heat, "MTC-"+heat, heat, day, "", mill.name, std+", "+p.grade, string(text))
	return heat
}

// thickness lowers the yield limit of thicker products by 10 MPa a class.
func thickness(t float64) float64 {
	switch {
	case t > 40:
		return 20
	case t > 16:
		return 10
	}
	return 0
}

// limit writes it as the standards do: "0.20", "0.045", "355".
func (l property) limit(v float64) string {
	switch {
	case l.group != "chemistry":
		return dec(v, 0)
	case math.Round(v*1000) == math.Round(v*100)*10:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func (l property) measured(sku string) result {
	r := result{Group: l.group, Name: l.name, Unit: l.unit}
	lo, hi := l.lo, l.hi
	switch {
	case hi == 0:
		r.Limit = "≥ " + l.limit(l.lo)
		lo, hi = l.lo*1.04, l.lo*1.22
		if l.unit == "J" {
			hi = l.lo * 4
		}
	case lo == 0:
		r.Limit = "≤ " + l.limit(l.hi)
		lo, hi = l.hi*0.35, l.hi*0.88
	default:
		r.Limit = l.limit(l.lo) + "–" + l.limit(l.hi)
		lo, hi = l.lo+(l.hi-l.lo)*0.2, l.lo+(l.hi-l.lo)*0.7
	}
	if l.name == "Ceq" {
		lo = 0.44
	}
	places := l.places
	if l.unit == "%" && l.group == "mechanical" {
		places = 1
	}
	r.Value = dec(between(lo, hi, places, sku, l.name), places)
	return r
}

// yieldRatio is what the "E" of a rebar grade asks for: Rm/ReL at least 1.25. The tensile
// strength is raised to meet it.
func yieldRatio(p product, rs []result) *result {
	if p.family != "rebar" {
		return nil
	}
	var re, rm *result
	for i := range rs {
		switch rs[i].Name {
		case "ReL":
			re = &rs[i]
		case "Rm":
			rm = &rs[i]
		}
	}
	if least := math.Ceil(num(re.Value) * 1.27); num(rm.Value) < least {
		rm.Value = dec(least, 0)
	}
	return &result{Group: "mechanical", Name: "Rm/ReL", Value: dec(math.Floor(num(rm.Value)/num(re.Value)*100)/100, 2), Limit: "≥ 1.25"}
}

package main

import (
	"fmt"
	"math"
	"strings"
)

// europeanSections: the source is in centimetres.
func europeanSections(src dir) ([]product, error) {
	rows, err := src.records("eu_i_sections.csv")
	if err != nil {
		return nil, err
	}
	var out []product
	for _, r := range rows {
		series := r["Section"][:3]
		size := r["Section"][3:]
		p := product{family: "european", category: strings.ToLower(series), code: series + size, kgm: num(r["m"]), length: 12, thick: num(r["tf"]) * 10}
		p.en, p.zh = "European beam "+series+" "+size, "欧标H型钢 "+series+" "+size
		if series == "IPE" {
			p.zh = "欧标工字钢 IPE " + size
		}
		p.also = series + size
		if series != "IPE" {
			p.also += ", HE " + size + " " + series[2:]
		}
		p.popular = (series == "HEB" || series == "HEA" || series == "IPE") && num(size) <= 300
		p.attrs = map[string]string{"standard": "EN 10365", "series": series, "h": mm(r["h"]), "b": mm(r["b"]), "tw": mm(r["tw"]), "tf": mm(r["tf"]), "surface": dec(num(r["P"]), 3)}
		out = append(out, expand(p, "S235JR", "S355J2")...)
	}
	return out, nil
}

func mm(cm string) string { return dec(num(cm)*10, 2) }

func hollowSections(src dir) ([]product, error) {
	var out []product
	for _, kind := range []struct{ file, code, en, zh string }{
		{"eu_chs_sections.csv", "CHS", "Circular hollow section", "圆形空心型钢"},
		{"eu_shs_sections.csv", "SHS", "Square hollow section", "方形空心型钢"},
		{"eu_rhs_sections.csv", "RHS", "Rectangular hollow section", "矩形空心型钢"},
	} {
		rows, err := src.records(kind.file)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			size := strings.ReplaceAll(strings.TrimPrefix(r["Section"], kind.code), "_", ".")
			p := product{family: "hollow", category: strings.ToLower(kind.code), code: kind.code + size, kgm: num(r["m"]), length: 12, thick: num(r["tw"]) * 10}
			x := strings.ReplaceAll(size, "x", "×")
			p.en, p.zh, p.also = kind.en+" "+kind.code+" "+x, kind.zh+" "+kind.code+" "+x, kind.code+size
			p.attrs = map[string]string{"standard": "EN 10210", "t": mm(r["tw"]), "surface": dec(num(r["P"]), 3)}
			if kind.code == "CHS" {
				p.attrs["d"] = mm(r["h"])
			} else {
				p.attrs["h"], p.attrs["b"] = mm(r["h"]), mm(r["b"])
				p.zh = strings.Replace(p.zh, "型钢", "型钢（方矩管）", 1)
			}
			p.popular = p.thick >= 4 && p.thick <= 8 && num(r["h"]) <= 20
			if num(r["h"]) < 6 {
				p.length = 6
			}
			out = append(out, expand(p, "S355J2H")...)
		}
	}
	return out, nil
}

// rebarMass is the nominal mass per metre of GB/T 1499.2, table 2.
var rebarMass = []struct{ d, kgm float64 }{
	{6, 0.222},
	{8, 0.395},
	{10, 0.617},
	{12, 0.888},
	{14, 1.21},
	{16, 1.58},
	{18, 2.00},
	{20, 2.47},
	{22, 2.98},
	{25, 3.85},
	{28, 4.83},
	{32, 6.31},
	{36, 7.99},
	{40, 9.87},
	{50, 15.42},
}

// bars: GB/T 1499.2 rebar; GB/T 702 round and flat bar at 7.85 t/m³.
func bars() []product {
	var out []product
	for _, r := range rebarMass {
		d := dec(r.d, 0)
		for _, l := range []float64{9, 12} {
			p := product{
				family: "rebar", category: "rebar", code: "RB" + d, en: "Ribbed rebar Φ" + d, zh: "热轧带肋钢筋 螺纹钢 Φ" + d, kgm: r.kgm, length: l, thick: r.d,
				popular: r.d >= 12 && r.d <= 25, also: "螺纹" + d + ", D" + d + ", ф" + d, attrs: map[string]string{"standard": "GB/T 1499.2", "d": d},
			}
			out = append(out, expand(p, "HRB400E", "HRB500E")...)
		}
	}
	for _, d := range []float64{8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 30, 32, 35, 38, 40, 42, 45, 48, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 220, 250} {
		s := dec(d, 0)
		p := product{
			family: "round-bar", category: "round-bars", code: "RD" + s, en: "Round bar Φ" + s, zh: "圆钢 Φ" + s, kgm: math.Round(d*d*math.Pi/4*7.85) / 1000,
			length: 6, thick: d, popular: d >= 16 && d <= 100, also: "圆" + s + ", D" + s, attrs: map[string]string{"standard": "GB/T 702", "d": s},
		}
		out = append(out, expand(p, "Q235B", "45#")...)
	}
	for _, f := range [][2]float64{{20, 4}, {25, 4}, {30, 4}, {30, 5}, {40, 4}, {40, 5}, {40, 6}, {50, 5}, {50, 6}, {50, 8}, {60, 6}, {60, 8}, {70, 8}, {80, 8}, {80, 10}, {100, 8}, {100, 10}, {100, 12}, {120, 10}, {120, 12}, {150, 12}, {150, 16}} {
		b, t := dec(f[0], 0), dec(f[1], 0)
		p := product{
			family: "flat-bar", category: "flat-bars", code: "FB" + b + "x" + t, en: "Flat bar " + b + "×" + t, zh: "热轧扁钢 " + b + "×" + t,
			kgm: math.Round(f[0]*f[1]*7.85) / 1000, length: 6, thick: f[1], also: b + "x" + t, attrs: map[string]string{"standard": "GB/T 702", "b": b, "t": t},
		}
		out = append(out, expand(p, "Q235B")...)
	}
	return out
}

// pipes: seamless sizes of GB/T 17395, welded ones of GB/T 3091; 0.0246615·(D−t)·t kg/m.
func pipes() []product {
	var out []product
	for _, d := range []float64{25, 32, 38, 42, 45, 48, 51, 57, 60, 63.5, 70, 76, 83, 89, 95, 102, 108, 114, 121, 127, 133, 140, 146, 152, 159, 168, 180, 194, 203, 219, 245, 273, 299, 325, 351, 377, 402, 426, 450, 480, 530} {
		for _, t := range walls(d) {
			ds, ts := dec(d, 1), dec(t, 1)
			p := product{
				family: "seamless-pipe", category: "seamless-pipes", code: "SP" + ds + "x" + ts, en: "Seamless pipe " + ds + "×" + ts, zh: "无缝钢管 " + ds + "×" + ts,
				kgm: pipeMass(d, t), length: 9, thick: t, popular: d >= 57 && d <= 219, also: "Φ" + ds + "x" + ts, attrs: map[string]string{"standard": "GB/T 8163", "d": ds, "t": ts},
			}
			out = append(out, expand(p, "20#")...)
		}
	}
	for _, w := range []struct{ dn, d, t float64 }{{15, 21.3, 2.8}, {20, 26.9, 2.8}, {25, 33.7, 3.2}, {32, 42.4, 3.5}, {40, 48.3, 3.5}, {50, 60.3, 3.8}, {65, 76.1, 4}, {80, 88.9, 4}, {100, 114.3, 4}, {125, 139.7, 4}, {150, 165.1, 4.5}, {200, 219.1, 6}, {250, 273.1, 6}, {300, 323.9, 7}} {
		dn := dec(w.dn, 0)
		p := product{
			family: "welded-pipe", category: "welded-pipes", kgm: pipeMass(w.d, w.t), length: 6, thick: w.t, popular: w.dn <= 150, also: fmt.Sprintf("%s×%s", dec(w.d, 1), dec(w.t, 1)),
			attrs: map[string]string{"standard": "GB/T 3091", "d": dec(w.d, 1), "t": dec(w.t, 1), "dn": "DN" + dn},
		}
		for _, f := range [][3]string{{"black", "Welded pipe DN", "焊接钢管 DN"}, {"galvanised", "Galvanised pipe DN", "热镀锌钢管 DN"}} {
			q := p
			q.code = "WP" + dn + strings.ToUpper(f[0][:1])
			q.en, q.zh = f[1]+dn, f[2]+dn
			q.attrs["finish"] = f[0]
			out = append(out, expand(q, "Q235B")...)
		}
	}
	return out
}

func walls(d float64) []float64 {
	switch {
	case d < 50:
		return []float64{3, 4, 5}
	case d < 100:
		return []float64{4, 5, 6}
	case d < 200:
		return []float64{5, 6, 8}
	case d < 300:
		return []float64{7, 8, 10}
	}
	return []float64{8, 10, 12}
}

func pipeMass(d, t float64) float64 { return math.Round(0.0246615*(d-t)*t*1000) / 1000 }

// plates: GB/T 709 sizes at 7.85 t/m³.
func plates() []product {
	var out []product
	for _, t := range []float64{6, 8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 30, 35, 40, 50, 60} {
		for _, wl := range [][2]float64{{1500, 6}, {2000, 8}, {2200, 12}} {
			ts, w := dec(t, 0), dec(wl[0], 0)
			size := fmt.Sprintf("%s×%s×%s", ts, w, dec(wl[1]*1000, 0))
			p := product{
				family: "plate", category: "medium-plates", code: "PL" + ts + "x" + w, en: "Hot-rolled plate " + size, zh: "热轧中厚板 " + size,
				length: wl[1], kg: math.Round(t*wl[0]*wl[1]*7.85) / 1000, thick: t, popular: wl[0] == 2000 && t <= 30, also: strings.ReplaceAll(size, "×", "x"),
				attrs: map[string]string{"standard": "GB/T 709", "t": ts, "width": w},
			}
			out = append(out, expand(p, "Q235B", "Q355B")...)
		}
	}
	return out
}

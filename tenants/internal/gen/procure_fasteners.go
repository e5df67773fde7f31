package main

import (
	"fmt"
	"math"
	"strings"
)

// threads: width across flats s and head height k of ISO 4017, nut height m of ISO 4032,
// washer bore, diameter and thickness of ISO 7089, socket head diameter of ISO 4762.
var threads = []struct {
	d, s, k, m, hole, washer, thick, socket float64
	from, to                                float64 // usual lengths
}{
	{4, 7, 2.8, 3.2, 4.3, 9, 0.8, 7, 8, 40},
	{5, 8, 3.5, 4.7, 5.3, 10, 1, 8.5, 10, 50},
	{6, 10, 4, 5.2, 6.4, 12, 1.6, 10, 12, 60},
	{8, 13, 5.3, 6.8, 8.4, 16, 1.6, 13, 16, 80},
	{10, 16, 6.4, 8.4, 10.5, 20, 2, 16, 20, 100},
	{12, 18, 7.5, 10.8, 13, 24, 2.5, 18, 25, 120},
	{16, 24, 10, 14.8, 17, 30, 3, 24, 30, 150},
	{20, 30, 12.5, 18, 21, 37, 3, 30, 40, 150},
}

var screwLengths = []float64{8, 10, 12, 16, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 100, 120, 150}

var fastenerMaterials = []struct{ class, en, zh, material, code string }{
	{"8.8", "8.8 zinc plated", "8.8级 镀锌", "steel-zinc", "88Z"}, {"A2-70", "stainless A2-70", "A2-70 不锈钢", "stainless-a2", "A2"},
}

func (t *procureTrade) fasteners() {
	for _, x := range threads {
		m := dec(x.d, 0)
		for _, mat := range fastenerMaterials {
			for _, l := range screwLengths {
				if l < x.from || l > x.to {
					continue
				}
				shank := math.Pi / 4 * x.d * x.d * l
				t.screw("4017", "HEX", "Hexagon head screw", "六角头螺栓", "hex-screws", m, dec(x.s, 1), dec(l, 0), mat, (shank*0.85+0.866*x.s*x.s*x.k)*7.85e-6)
				t.screw("4762", "CAP", "Hexagon socket head cap screw", "内六角圆柱头螺钉", "socket-screws", m, "", dec(l, 0), mat, (shank*0.85+math.Pi/4*x.socket*x.socket*x.d*0.8)*7.85e-6)
			}
			t.nutAndWasher(m, x.s, x.m, x.hole, x.washer, x.thick, x.d, mat)
		}
	}
}

type fastenerMaterial = struct{ class, en, zh, material, code string }

func (t *procureTrade) screw(iso, code, en, zh, category, m, wrench, l string, mat fastenerMaterial, kg float64) {
	p := part{
		sku: fmt.Sprintf("%s-M%sX%s-%s", code, m, l, mat.code), category: category, kg: math.Round(kg*1e4) / 1e4,
		en: fmt.Sprintf("%s ISO %s M%s×%s, %s", en, iso, m, l, mat.en), zh: fmt.Sprintf("%s ISO %s M%s×%s %s", zh, iso, m, l, mat.zh),
		textEN: fmt.Sprintf("Full thread, also written M%sx%s. Sold in hundreds.", m, l), textZH: fmt.Sprintf("全螺纹，又写作 M%sx%s。按百件出售。", m, l),
		attrs: map[string]string{"standard": "ISO " + iso, "thread": "M" + m, "length": l, "strength_class": mat.class, "material": mat.material, "wrench": wrench},
	}
	t.fastener(p, kg, mat)
}

func (t *procureTrade) nutAndWasher(m string, s, height, hole, outer, thick, d float64, mat fastenerMaterial) {
	kg := (0.866*s*s - math.Pi/4*d*d) * height * 7.85e-6
	nut := part{
		sku: "NUT-M" + m + "-" + mat.code, category: "nuts", kg: math.Round(kg*1e4) / 1e4, en: "Hexagon nut ISO 4032 M" + m + ", " + strings.Replace(mat.en, "8.8", "8", 1),
		zh: "六角螺母 ISO 4032 M" + m + " " + strings.Replace(mat.zh, "8.8级", "8级", 1), attrs: map[string]string{"standard": "ISO 4032", "thread": "M" + m, "material": mat.material, "wrench": dec(s, 1)},
	}
	t.fastener(nut, kg, mat)
	kg = math.Pi / 4 * (outer*outer - hole*hole) * thick * 7.85e-6
	size := fmt.Sprintf("%s×%s×%s", dec(hole, 1), dec(outer, 1), dec(thick, 1))
	washer := part{
		sku: "WSH-M" + m + "-" + mat.code, category: "washers", kg: math.Round(kg*1e4) / 1e4, en: "Plain washer ISO 7089 M" + m + ", " + size + ", " + strings.TrimPrefix(mat.en, "8.8 "),
		zh: "平垫圈 ISO 7089 M" + m + " " + size + " " + strings.TrimPrefix(mat.zh, "8.8级 "), attrs: map[string]string{"standard": "ISO 7089", "thread": "M" + m, "material": mat.material, "outer": dec(outer, 1)},
	}
	t.fastener(washer, kg, mat)
}

func (t *procureTrade) fastener(p part, kg float64, mat fastenerMaterial) {
	if !t.item(p) {
		return
	}
	price := 0.018 + kg*4.8
	if mat.code == "A2" {
		price *= 2.1
	}
	t.offer(terms{seller: "sieveking", sku: "SVK-" + p.sku, item: p.sku, store: "HH1", price: price, moq: 100, step: 100, lead: 1, breaks: []float64{5, 20}})
	if pick(0, 1, p.sku, "second") == 0 {
		t.offer(terms{seller: "visserie", sku: "VR" + p.sku, item: p.sku, store: "LY1", price: price * 0.95, moq: 500, step: 100, lead: 4, breaks: []float64{4}})
	}
}

package main

import (
	"fmt"
	"math"
	"strings"
)

// product is a steel item before it is written.
type product struct {
	family   string // decides base price and sellers
	category string
	code     string // "HW200x200x8x12"
	en, zh   string // without grade and length
	grade    string
	length   float64 // m
	kgm      float64 // 0 for plates
	kg       float64 // of a piece
	thick    float64 // the thickness that decides the yield limit
	popular  bool
	also     string // other ways to write the size
	attrs    map[string]string
}

func (p product) sku() string {
	return p.code + "-" + strings.TrimSuffix(p.grade, "#") + "-" + dec(p.length, 1)
}

var steelAttrs = []string{"standard", "series", "grade", "h", "b", "tw", "tf", "t", "d", "dn", "finish", "width", "length", "kgm", "surface"}

func steel(src, dst dir) error {
	products, err := steelProducts(src)
	if err != nil {
		return err
	}
	cols := []string{"sku", "category", "name:en", "name:zh-CN", "text:en", "text:zh-CN", "brand", "unit", "kg_per_unit", "regulated", "picture"}
	for _, a := range steelAttrs {
		cols = append(cols, "a:"+a)
	}
	items := dst.table("items.csv.gz", cols...)
	trade := newSteelTrade(dst)
	seen := map[string]bool{}
	for _, p := range products {
		if seen[p.sku()] {
			continue
		}
		seen[p.sku()] = true
		writeSteelItem(items, p)
		trade.offer(p)
	}
	fmt.Println("steel items", items.n, trade)
	if err := items.close(); err != nil {
		return err
	}
	if err := trade.close(); err != nil {
		return err
	}
	return steelIndices(dst)
}

func writeSteelItem(t *table, p product) {
	length := dec(p.length, 1)
	en := fmt.Sprintf("%s, %s, %s m", p.en, p.grade, length)
	zh := fmt.Sprintf("%s %s %sm", p.zh, p.grade, length)
	each := dec(p.kg, 1)
	textEN := fmt.Sprintf("%s to %s, grade %s, length %s m, %s kg a piece.", p.en, p.attrs["standard"], p.grade, length, each)
	textZH := fmt.Sprintf("%s，执行标准 %s，材质 %s，定尺 %s 米，理论单支重 %s kg。", p.zh, p.attrs["standard"], p.grade, length, each)
	if p.kgm == 0 {
		textZH = strings.ReplaceAll(textZH, "单支", "单张")
	}
	if p.also != "" {
		textEN += " Also written " + p.also + "."
		textZH += "又写作 " + p.also + "。"
	}
	row := []string{p.sku(), p.category, en, zh, textEN, textZH, "", "H87", dec(p.kg, 3), "", ""}
	p.attrs["grade"], p.attrs["length"] = p.grade, length
	if p.kgm > 0 {
		p.attrs["kgm"] = dec(p.kgm, 3)
	}
	for _, a := range steelAttrs {
		row = append(row, p.attrs[a])
	}
	t.row(row...)
}

// expand makes a product per grade; the mass of a piece is that of the standard's metre.
func expand(p product, grades ...string) []product {
	var out []product
	for _, g := range grades {
		q := p
		q.grade = g
		q.attrs = map[string]string{}
		for k, v := range p.attrs {
			q.attrs[k] = v
		}
		if q.kg == 0 {
			q.kg = math.Round(p.kgm*p.length*1000) / 1000
		}
		out = append(out, q)
	}
	return out
}

func steelProducts(src dir) ([]product, error) {
	var all []product
	for _, read := range []func(dir) ([]product, error){chineseSections, europeanSections, hollowSections} {
		ps, err := read(src.in("steel"))
		if err != nil {
			return nil, err
		}
		all = append(all, ps...)
	}
	all = append(all, bars()...)
	all = append(all, pipes()...)
	return append(all, plates()...), nil
}

var hBeamNames = map[string][2]string{
	"HW": {"Wide-flange H-beam", "宽翼缘热轧H型钢"}, "HM": {"Medium-flange H-beam", "中翼缘热轧H型钢"},
	"HN": {"Narrow-flange H-beam", "窄翼缘热轧H型钢"}, "HT": {"Thin-wall H-beam", "薄壁热轧H型钢"},
}

// chineseSections restates GB/T 11263 and GB/T 706. L 150×90×15 is 26.7 kg/m: the table
// at hand says 25.7, which its own dimensions contradict.
func chineseSections(src dir) ([]product, error) {
	rows, err := src.records("gb_hot_rolled_sections.csv")
	if err != nil {
		return nil, err
	}
	var out []product
	for _, r := range rows {
		h, b, w, f := r["h_or_d_mm"], r["b_mm"], r["web_or_lip_mm"], r["flange_or_wall_mm"]
		p := product{kgm: num(r["mass_kg_per_m"]), length: 12, attrs: map[string]string{
			"standard": r["standard"], "h": h, "b": b, "surface": r["surface_m2_per_m"],
		}}
		switch s := r["shape"]; s {
		case "HW", "HM", "HN", "HT":
			hBeam(&p, s, r["designation"], h, b, w, f)
		case "I":
			rolled(&p, "i-beam", "i-beams", "I", "I-beam", "热轧工字钢 ", r["designation"], w, f)
		case "C":
			rolled(&p, "channel", "channels", "C", "Channel", "热轧槽钢 ", r["designation"], w, f)
		case "L":
			angle(&p, h, b, f)
		}
		out = append(out, expand(p, "Q235B", "Q355B")...)
	}
	return out, nil
}

func hBeam(p *product, series, nominal, h, b, w, f string) {
	size := strings.Join([]string{h, b, w, f}, "×")
	p.family, p.category, p.thick = "h-beam", strings.ToLower(series), num(f)
	p.code = series + strings.ReplaceAll(size, "×", "x")
	p.en = fmt.Sprintf("%s %s %s", hBeamNames[series][0], series, size)
	p.zh = fmt.Sprintf("%s %s%s", hBeamNames[series][1], series, size)
	p.also = fmt.Sprintf("%s %s, H%s×%s", series, strings.ReplaceAll(size, "×", "x"), h, b)
	if nominal != "" {
		p.popular = series != "HT" && num(h) <= 500
		if n := strings.ReplaceAll(nominal, "*", "×"); n != h+"×"+b {
			p.also += ", " + series + " " + n
		}
	}
	p.attrs["series"], p.attrs["tw"], p.attrs["tf"] = series, w, f
}

func rolled(p *product, family, category, letter, en, zh, size, w, f string) {
	p.family, p.category, p.thick = family, category, num(f)
	p.code = letter + size
	p.en, p.zh = en+" "+size+"#", zh+size+"#"
	p.also = letter + size + ", " + letter + " " + size + ", " + size + "号"
	p.attrs["tw"], p.attrs["tf"] = w, f
	p.popular = strings.HasSuffix(size, "a") || !strings.ContainsAny(size, "bc.")
	if num(p.attrs["h"]) < 100 {
		p.length = 6
	}
}

func angle(p *product, h, b, t string) {
	size := strings.Join([]string{h, b, t}, "×")
	p.family, p.thick = "angle", num(t)
	p.category, p.en, p.zh = "equal-angles", "Equal angle L "+size, "等边角钢 L"+size
	if h != b {
		p.category, p.en, p.zh = "unequal-angles", "Unequal angle L "+size, "不等边角钢 L"+size
	}
	p.code = "L" + strings.ReplaceAll(size, "×", "x")
	p.also = "L " + strings.ReplaceAll(size, "×", "x") + ", ∠" + h + "×" + t
	p.attrs["t"] = t
	p.popular = h == b && num(h) <= 100
	p.length = 6
	if num(h) >= 100 {
		p.length = 12
	}
	if size == "150×90×15" {
		p.kgm = 26.7
	}
}

package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
)

// e24 and e6 are the preferred numbers of IEC 60063.
var (
	e24 = []float64{1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1}
	e6  = []float64{1.0, 1.5, 2.2, 3.3, 4.7, 6.8}
)

// components are chip resistors and capacitors by value. Their minimum and attrition
// quantities are pairs that an assembler really asks for, taken in the order of its list.
func (t *procureTrade) components(src dir) error {
	rules, err := src.records("electronics_mro/jlc_assembly_terms.csv")
	if err != nil {
		return err
	}
	next := 0
	rule := func() (moq float64, note string) {
		r := rules[next*7%len(rules)]
		next++
		return math.Max(1, num(r["Min Order Qty"])), "Attrition per assembly run: " + r["Attrition Qty"] + " pcs"
	}
	for _, pkg := range []string{"0603", "0805"} {
		for decade := 10.0; decade < 1e6; decade *= 10 {
			for _, v := range e24 {
				moq, note := rule()
				t.resistor(pkg, v*decade, moq, note)
			}
		}
		for decade := 10e-12; decade < 5e-6; decade *= 10 {
			for _, v := range e6 {
				moq, note := rule()
				t.capacitor(pkg, v*decade, moq, note)
			}
		}
	}
	return nil
}

func (t *procureTrade) resistor(pkg string, ohm, moq float64, note string) {
	value := dec(ohm, 1) + " Ω"
	if ohm >= 1e3 {
		value = dec(ohm/1e3, 2) + " kΩ"
	}
	p := part{
		sku: "RES-" + pkg + "-" + strings.NewReplacer(" kΩ", "K", " Ω", "R").Replace(value), category: "resistors", kg: 0,
		en: "Chip resistor " + value + " ±1 % " + pkg, zh: "贴片电阻 " + value + " ±1% " + pkg,
		attrs: map[string]string{"resistance": dec(ohm, 1), "tolerance": "±1 %", "package": pkg},
	}
	t.chip(p, map[string]float64{"0603": 0.0042, "0805": 0.0061}[pkg], moq, note)
}

func (t *procureTrade) capacitor(pkg string, farad, moq float64, note string) {
	pf := math.Round(farad*1e13) / 10
	value := dec(pf, 1) + " pF"
	switch {
	case pf >= 1e6:
		value = dec(pf/1e6, 2) + " µF"
	case pf >= 1e3:
		value = dec(pf/1e3, 2) + " nF"
	}
	kind, tol := "C0G", "±5 %"
	if pf >= 10000 {
		kind, tol = "X7R", "±10 %"
	}
	p := part{
		sku: "CAP-" + pkg + "-" + strings.NewReplacer(" ", "", "µ", "u").Replace(value), category: "capacitors",
		en: "Ceramic capacitor " + value + " " + kind + " 50 V " + pkg, zh: "贴片陶瓷电容 " + value + " " + kind + " 50V " + pkg,
		attrs: map[string]string{"capacitance": dec(pf, 1), "tolerance": tol, "package": pkg, "voltage": "50"},
	}
	t.chip(p, 0.009+math.Log10(pf+1)*0.003, moq, note)
}

func (t *procureTrade) chip(p part, price, moq float64, note string) {
	if t.item(p) {
		t.offer(terms{seller: "vandermeer", sku: "VDM-" + p.sku, item: p.sku, store: "EI1", note: note, price: price, moq: moq, step: 1, lead: 3, breaks: []float64{50, 250}})
	}
}

type device struct {
	Name, Description, Brand string
	Categories               []string
	Price                    float64
}

// shelves places a device; the first word that its category path contains decides. What is
// a service (minutes, SIM cards) is not sold here.
var shelves = []struct{ word, category, zh string }{
	{"Minutes", "", ""},
	{"SIM", "", ""},
	{"Cases & Clips", "phone-cases", "手机保护壳"},
	{"Screen Protectors", "phone-cases", "屏幕保护膜"},
	{"Data Cables", "cables-chargers", "数据线"},
	{"Chargers", "cables-chargers", "充电器"},
	{"Charging", "cables-chargers", "充电器"},
	{"Adapters", "cables-chargers", "转接头"},
	{"Headsets", "audio", "耳机"},
	{"Smartwatches", "wearables", "智能手表"},
	{"Tracker", "wearables", "定位器"},
	{"iPhone Accessories", "phone-cases", "苹果手机配件"},
	{"Unlocked", "phones", "无锁手机"},
	{"All Prepaid Phones", "phones", "手机"},
	{"Plans", "phones", "手机"},
	{"iPhone", "phones", "苹果手机"},
}

const devicesPerShelf = 90

// devices takes the most popular of an open product list, without its remote pictures.
func (t *procureTrade) devices(src dir) error {
	f, err := os.Open(src.file("electronics_mro/bestbuy_products.jsonl.gz"))
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	per, names := map[string]int{}, map[string]bool{}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var d device
		if err := json.Unmarshal(s.Bytes(), &d); err != nil {
			return err
		}
		category, zh := shelf(strings.Join(d.Categories, " > "))
		if category == "" || d.Price < 1 || names[d.Name] || per[category] >= devicesPerShelf {
			continue
		}
		names[d.Name] = true
		per[category]++
		t.device(d, category, zh)
	}
	return s.Err()
}

func shelf(path string) (string, string) {
	for _, s := range shelves {
		if strings.Contains(path, s.word) {
			return s.category, s.zh
		}
	}
	return "", ""
}

func (t *procureTrade) device(d device, category, zh string) {
	sku := fmt.Sprintf("IT-%05d", mix(d.Name)%100000)
	for t.seen[sku] {
		sku += "A"
	}
	p := part{
		sku: sku, category: category, en: shorten(d.Name, 120), zh: zh + " " + shorten(d.Name, 100), brand: d.Brand,
		textEN: shorten(d.Description, 260), textZH: zh + "，品牌 " + d.Brand + "。",
	}
	if d.Brand == "" {
		p.textZH = zh + "。"
	}
	if p.textEN == "" {
		p.textZH = ""
	}
	t.item(p)
	price := math.Round(d.Price*dollar*0.93*100) / 100
	t.offer(terms{seller: "ibericos", sku: "CIE" + sku[3:], item: sku, store: "VA1", price: price, moq: 1, step: 1, lead: pick(2, 6, sku), breaks: []float64{10}})
	if pick(0, 2, sku, "second") == 0 {
		t.offer(terms{seller: "vandermeer", sku: "VDM-" + sku, item: sku, store: "EI1", price: price * 1.03, moq: 1, step: 1, lead: 2, breaks: []float64{20}})
	}
}

// shorten cuts at a sentence or a word.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	cut := string(r[:n])
	if i := strings.LastIndex(cut, ". "); i > n/2 {
		return cut[:i+1]
	}
	if i := strings.LastIndex(cut, " "); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}

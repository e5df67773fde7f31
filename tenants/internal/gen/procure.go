package main

import (
	"fmt"
	"math"
	"strings"
)

// part is an MRO item before it is written.
type part struct {
	sku, category, en, zh string
	textEN, textZH        string
	brand, picture, unit  string
	kg                    float64
	attrs                 map[string]string
}

var partAttrs = []string{
	"standard", "bore", "outer", "width", "seal", "clearance", "thread", "length", "strength_class", "material", "wrench",
	"colour", "size", "style", "resistance", "capacitance", "tolerance", "package", "voltage",
}

// dollar is how the sources' US prices are restated in euros.
const dollar = 0.92

type procureTrade struct {
	items, offers, contracts, stock *table
	seen                            map[string]bool
}

func procure(src, dst dir) error {
	cols := []string{"sku", "category", "name:en", "name:zh-CN", "text:en", "text:zh-CN", "brand", "unit", "kg_per_unit", "regulated", "picture"}
	for _, a := range partAttrs {
		cols = append(cols, "a:"+a)
	}
	t := &procureTrade{
		items:     dst.table("items.csv.gz", cols...),
		offers:    dst.table("offers.csv.gz", "seller", "seller_sku", "item", "unit", "moq", "step", "lead_days", "incoterm", "basis", "note", "tiers"),
		contracts: dst.table("contracts.csv.gz", "seller", "seller_sku", "buyer", "from", "to", "tiers"),
		stock:     dst.table("stock.csv.gz", "seller", "seller_sku", "warehouse", "lot", "on_hand"),
		seen:      map[string]bool{},
	}
	t.bearings()
	t.fasteners()
	if err := t.components(src); err != nil {
		return err
	}
	if err := t.devices(src); err != nil {
		return err
	}
	vendors, err := t.adventureWorks(src, dst)
	if err != nil {
		return err
	}
	fmt.Println("procure items", t.items.n, "offers", t.offers.n, "contracts", t.contracts.n, "stock", t.stock.n, "vendors", len(vendors))
	return closeAll(t.items, t.offers, t.contracts, t.stock)
}

func (t *procureTrade) item(p part) bool {
	if t.seen[p.sku] {
		return false
	}
	t.seen[p.sku] = true
	if p.unit == "" {
		p.unit = "H87"
	}
	row := []string{p.sku, p.category, p.en, p.zh, p.textEN, p.textZH, p.brand, p.unit, dec(p.kg, 4), "", p.picture}
	for _, a := range partAttrs {
		row = append(row, p.attrs[a])
	}
	t.items.row(row...)
	return true
}

// terms is an offer to the portal: list prices and, for the enterprise, a contract 4–12 %
// below them.
type terms struct {
	seller, sku, item, unit, store, note string
	price, moq, step                     float64
	lead                                 int
	breaks                               []float64 // multiples of the minimum
}

func (t *procureTrade) offer(o terms) {
	places, step := 2, 0.01
	if o.price < 2 {
		places, step = 4, 0.0001
	}
	if o.unit == "" {
		o.unit = "H87"
	}
	at, off := []float64{o.moq}, []float64{0}
	for i, b := range o.breaks {
		at, off = append(at, o.moq*b), append(off, 0.05*float64(i+1))
	}
	t.offers.row(o.seller, o.sku, o.item, o.unit, dec(o.moq, 3), dec(o.step, 3), fmt.Sprint(o.lead), "DAP", "piece", o.note, tiers(o.price, step, places, at, off))
	rebate := between(0.04, 0.12, 3, o.seller, "contract")
	t.contracts.row(o.seller, o.sku, "nordwerk", "2026-01-01", "2028-12-31", tiers(o.price*(1-rebate), step, places, at, off))
	deep := math.Min(50, math.Max(1, math.Ceil(25/o.price))) // of what is cheap there is more
	t.stock.row(o.seller, o.sku, o.store, "", dec(math.Max(o.moq, o.step)*deep*float64(pick(8, 240, o.sku, o.seller, "stock")), 3))
}

// bearingSizes are boundary dimensions of ISO 15: bore, outside diameter, width.
var bearingSizes = []struct {
	code    string
	d, o, b float64
}{
	{"608", 8, 22, 7},
	{"625", 5, 16, 5},
	{"626", 6, 19, 6},
	{"627", 7, 22, 7},
	{"629", 9, 26, 8},
	{"6000", 10, 26, 8},
	{"6001", 12, 28, 8},
	{"6002", 15, 32, 9},
	{"6003", 17, 35, 10},
	{"6004", 20, 42, 12},
	{"6005", 25, 47, 12},
	{"6006", 30, 55, 13},
	{"6007", 35, 62, 14},
	{"6008", 40, 68, 15},
	{"6009", 45, 75, 16},
	{"6010", 50, 80, 16},
	{"6011", 55, 90, 18},
	{"6012", 60, 95, 18},
	{"6200", 10, 30, 9},
	{"6201", 12, 32, 10},
	{"6202", 15, 35, 11},
	{"6203", 17, 40, 12},
	{"6204", 20, 47, 14},
	{"6205", 25, 52, 15},
	{"6206", 30, 62, 16},
	{"6207", 35, 72, 17},
	{"6208", 40, 80, 18},
	{"6209", 45, 85, 19},
	{"6210", 50, 90, 20},
	{"6211", 55, 100, 21},
	{"6212", 60, 110, 22},
	{"6300", 10, 35, 11},
	{"6301", 12, 37, 12},
	{"6302", 15, 42, 13},
	{"6303", 17, 47, 14},
	{"6304", 20, 52, 15},
	{"6305", 25, 62, 17},
	{"6306", 30, 72, 19},
	{"6307", 35, 80, 21},
	{"6308", 40, 90, 23},
	{"6309", 45, 100, 25},
	{"6310", 50, 110, 27},
	{"6311", 55, 120, 29},
	{"6312", 60, 130, 31},
}

func (t *procureTrade) bearings() {
	for _, s := range bearingSizes {
		for _, v := range []struct{ suffix, seal, clearance, en, zh string }{
			{"", "open", "CN", "open", "开式"},
			{"-2RS", "2RS", "CN", "rubber seals both sides", "双面橡胶密封"},
			{"-2Z", "2Z", "CN", "metal shields both sides", "双面防尘盖"},
			{"-2RS-C3", "2RS", "C3", "rubber seals, C3 clearance", "双面密封 C3 游隙"},
		} {
			code := s.code + v.suffix
			size := fmt.Sprintf("%s×%s×%s", dec(s.d, 0), dec(s.o, 0), dec(s.b, 0))
			ring := math.Pi / 4 * (s.o*s.o - s.d*s.d) * s.b * 7.85e-6
			p := part{
				sku: "BRG-" + code, category: "deep-groove-bearings", en: fmt.Sprintf("Deep groove ball bearing %s, %s mm, %s", code, size, v.en),
				zh: fmt.Sprintf("深沟球轴承 %s %s mm %s", code, size, v.zh), kg: math.Round(ring*0.68*1000) / 1000,
			}
			p.textEN = fmt.Sprintf("Single row deep groove ball bearing with the boundary dimensions of ISO 15: bore %s mm, outside diameter %s mm, width %s mm. Mass is approximate.", dec(s.d, 0), dec(s.o, 0), dec(s.b, 0))
			p.textZH = fmt.Sprintf("单列深沟球轴承，外形尺寸符合 ISO 15：内径 %s mm，外径 %s mm，宽度 %s mm。重量为近似值。", dec(s.d, 0), dec(s.o, 0), dec(s.b, 0))
			p.attrs = map[string]string{"standard": "ISO 15", "bore": dec(s.d, 0), "outer": dec(s.o, 0), "width": dec(s.b, 0), "seal": v.seal, "clearance": v.clearance}
			t.item(p)
			price := (1.1 + ring*6.5) * map[string]float64{"open": 1, "2RS": 1.22, "2Z": 1.12}[v.seal]
			if v.clearance == "C3" {
				price *= 1.05
			}
			t.offer(terms{seller: "ostermann", sku: "OL-" + code, item: p.sku, store: "SW1", price: price, moq: 1, step: 1, lead: 2, breaks: []float64{10, 50}})
			if !strings.HasPrefix(s.code, "60") {
				t.offer(terms{seller: "sieveking", sku: "40" + s.code + v.seal + v.clearance, item: p.sku, store: "HH1", price: price * 1.06, moq: 1, step: 1, lead: 1, breaks: []float64{25}})
			}
		}
	}
}

package main

import (
	"fmt"
	"math"
	"strings"
)

// steelPrice is the level of a family's ordinary grade in CNY a tonne before tax, close to
// what the Chinese market paid in 2025.
var steelPrice = map[string]float64{
	"h-beam": 3050, "i-beam": 3180, "channel": 3120, "angle": 3150, "european": 4350, "hollow": 4550, "rebar": 2880,
	"round-bar": 3080, "flat-bar": 3120, "seamless-pipe": 3850, "welded-pipe": 3160, "plate": 3060,
}

// gradeExtra is added for better steel.
var gradeExtra = map[string]float64{"Q355B": 130, "S355J2": 220, "HRB500E": 150, "45#": 260}

// steelSellers offer a family, the specialist first.
var steelSellers = map[string][]string{
	"h-beam": {"lanqiao", "huheng", "yuetuo", "chujun"}, "i-beam": {"lanqiao", "huheng", "chujun"}, "channel": {"chujun", "huheng", "yuetuo"},
	"angle": {"chujun", "yuetuo", "lanqiao"}, "european": {"oubiao", "huheng"}, "hollow": {"oubiao", "jingao"}, "rebar": {"shuyuan", "yuetuo", "chujun", "lanqiao"},
	"round-bar": {"xiliang", "shuyuan"}, "flat-bar": {"xiliang", "yuetuo"}, "seamless-pipe": {"xiliang", "jingao"}, "welded-pipe": {"jingao", "yuetuo"},
	"plate": {"huheng", "chujun", "lanqiao"},
}

var steelYards = map[string][]string{
	"lanqiao": {"TS1", "TJ1"}, "huheng": {"SH1", "SZ1"}, "jingao": {"TJ1"}, "xiliang": {"WX1"}, "yuetuo": {"FS1"},
	"chujun": {"WH1"}, "oubiao": {"NB1", "SH1"}, "shuyuan": {"CD1"},
}

type steelTrade struct{ offers, contracts, lots, stock, documents *table }

func newSteelTrade(dst dir) *steelTrade {
	return &steelTrade{
		offers:    dst.table("offers.csv.gz", "seller", "seller_sku", "item", "unit", "moq", "step", "lead_days", "incoterm", "basis", "note", "tiers"),
		contracts: dst.table("contracts.csv.gz", "seller", "seller_sku", "buyer", "from", "to", "tiers"),
		lots:      dst.table("lots.csv.gz", "seller", "seller_sku", "lot", "made_on", "expires_on"),
		stock:     dst.table("stock.csv.gz", "seller", "seller_sku", "warehouse", "lot", "on_hand"),
		documents: dst.table("documents.csv.gz", "seller", "seller_sku", "kind", "title", "number", "lot", "issued_on", "valid_to", "producer", "standard", "results"),
	}
}

func (t *steelTrade) close() error {
	return closeAll(t.offers, t.contracts, t.lots, t.stock, t.documents)
}

func (t *steelTrade) String() string {
	return fmt.Sprint("offers ", t.offers.n, " contracts ", t.contracts.n, " lots ", t.lots.n, " stock ", t.stock.n, " documents ", t.documents.n)
}

// offer lets every seller of the family offer a popular size and one or two the others.
// Everybody sells by the tonne; the specialist and some others by the piece as well.
func (t *steelTrade) offer(p product) {
	sellers := steelSellers[p.family]
	if !p.popular {
		first := pick(0, len(sellers)-1, p.code, "first")
		sellers = []string{sellers[first]}
	}
	for i, s := range sellers {
		base := steelBase(p, s)
		t.byTonne(p, s, base, i)
		if i == 0 || pick(0, 3, p.sku(), s, "piece") == 0 {
			t.byPiece(p, s, base)
		}
	}
}

func steelBase(p product, seller string) float64 {
	base := steelPrice[p.family] + gradeExtra[p.grade]
	if p.attrs["finish"] == "galvanised" {
		base += 620
	}
	switch { // light sizes cost more to roll
	case p.kgm > 0 && p.kgm < 3 && p.family != "rebar":
		base += 160
	case p.kgm > 150:
		base += 90
	case p.family == "rebar" && p.kgm < 0.9:
		base += 120
	}
	return base * between(0.985, 1.025, 4, p.family, p.grade, seller) * between(0.995, 1.005, 4, p.sku(), seller)
}

// weighed reports whether the trade settles the family by the weighbridge as a habit.
func weighed(p product, seller string) bool {
	switch p.family {
	case "rebar", "plate", "seamless-pipe":
		return pick(0, 2, p.sku(), seller, "basis") > 0
	}
	return pick(0, 5, p.sku(), seller, "basis") == 0
}

func (t *steelTrade) byTonne(p product, seller string, base float64, rank int) {
	sku := p.sku() + "-T"
	basis := "theoretical"
	if weighed(p, seller) {
		basis = "weighed"
		base *= 1.006 // the weighbridge shows less than the table
	}
	moq := []float64{1, 2, 5}[pick(0, 2, sku, seller, "moq")]
	if p.popular {
		moq = 1
	}
	// A single thick piece may weigh more than a tonne.
	moq = math.Max(moq, math.Ceil(p.kg/1000))
	at := []float64{moq, moq * 20, moq * 100}
	list := tiers(base, 5, 2, at, []float64{0, 0.010, 0.024})
	t.offers.row(seller, sku, p.sku(), "TNE", dec(moq, 3), "0.1", dec(float64(pick(1, 5, seller, p.family)), 0), "EXW", basis, "", list)
	if p.popular && (seller == "lanqiao" || seller == "huheng" || seller == "shuyuan") {
		t.contracts.row(seller, sku, "hengyuan", "2026-01-01", "2028-12-31", tiers(base*0.972, 5, 2, at[:2], []float64{0, 0.012}))
	}
	lot := ""
	if p.popular && rank == 0 && certified(p) {
		lot = t.certificate(p, seller, sku)
	}
	t.keep(seller, sku, lot, float64(stockTonnes(p, seller)), 1)
}

func stockTonnes(p product, seller string) int {
	if p.popular {
		return pick(120, 900, p.sku(), seller, "stock")
	}
	return pick(8, 120, p.sku(), seller, "stock") + int(p.kg/1000)*4
}

func (t *steelTrade) byPiece(p product, seller string, base float64) {
	sku := p.sku() + "-P"
	each := base * 1.018 * p.kg / 1000
	list := tiers(each, 0.01, 2, []float64{1, 20, 100}, []float64{0, 0.008, 0.018})
	t.offers.row(seller, sku, p.sku(), "H87", "1", "1", dec(float64(pick(1, 4, seller, p.family, "p")), 0), "EXW", "piece", "", list)
	n := float64(pick(20, 400, sku, seller, "stock"))
	if p.kg < 50 {
		n *= 4
	}
	t.keep(seller, sku, "", n, 1)
}

// keep puts stock into the seller's yards: all in the first, or split by two to one.
func (t *steelTrade) keep(seller, sku, lot string, n, step float64) {
	yards := steelYards[seller]
	if len(yards) == 2 && lot == "" && n > 30 && pick(0, 1, seller, sku, "yard") == 0 {
		second := math.Floor(n/3/step) * step
		t.stock.row(seller, sku, yards[1], "", dec(second, 3))
		n -= second
	}
	t.stock.row(seller, sku, yards[0], lot, dec(n, 3))
}

var boardNames = []struct {
	key, family, grade, en, zh string
}{
	{"rebar", "rebar", "HRB400E", "Rebar HRB400E Φ20", "螺纹钢 HRB400E Φ20"},
	{"h-beam", "h-beam", "Q235B", "H-beam Q235B 200×200", "H型钢 Q235B 200×200"},
	{"i-beam", "i-beam", "Q235B", "I-beam Q235B 25#", "工字钢 Q235B 25#"},
	{"channel", "channel", "Q235B", "Channel Q235B 16#", "槽钢 Q235B 16#"},
	{"angle", "angle", "Q235B", "Angle Q235B 50×5", "角钢 Q235B 50×5"},
	{"plate", "plate", "Q235B", "Plate Q235B 20 mm", "中厚板 Q235B 20mm"},
	{"seamless-pipe", "seamless-pipe", "20#", "Seamless pipe 20# 108×5", "无缝管 20# 108×5"},
	{"round-bar", "round-bar", "45#", "Round bar 45# Φ50", "圆钢 45# Φ50"},
}

// steelIndices walks back from today's level by at most 0.6 % a day.
func steelIndices(dst dir) error {
	t := dst.table("indices.csv", "key", "name:en", "name:zh-CN", "unit", "days_ago", "price", "source")
	for _, b := range boardNames {
		level := steelPrice[b.family] + gradeExtra[b.grade]
		for day := range 30 {
			t.row(b.key, b.en, b.zh, "TNE", fmt.Sprint(day), dec(math.Round(level/5)*5, 2), "demo")
			level *= 1 + between(-0.006, 0.006, 5, b.key, strings.Repeat("d", day))
		}
	}
	return t.close()
}

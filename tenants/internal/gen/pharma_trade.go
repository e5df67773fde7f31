package main

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strings"
)

// distributors are fictional (seed/orgs.yaml) and carry the popular substances of all labelers.
var distributors = []struct{ key, store, country, city, code string }{
	{"meridian", "Newark distribution centre", "US", "Newark", "MIS"},
	{"harborline", "Tampa distribution centre", "US", "Tampa", "HCS"},
	{"rheinufer", "Pharmalager Köln-Niehl", "DE", "Köln", "RPH"},
}

type pharmaTrade struct {
	offers, contracts, lots, stock, documents *table
	popular                                   map[string]bool
}

func newPharmaTrade(dst dir, drugs []drug) *pharmaTrade {
	count := map[string]int{}
	for _, d := range drugs {
		count[d.substances]++
	}
	names := make([]string, 0, len(count))
	for n := range count {
		if n != "" {
			names = append(names, n)
		}
	}
	sort.Slice(names, func(a, b int) bool {
		if count[names[a]] != count[names[b]] {
			return count[names[a]] > count[names[b]]
		}
		return names[a] < names[b]
	})
	t := &pharmaTrade{
		offers:    dst.table("offers.csv.gz", "seller", "seller_sku", "item", "unit", "moq", "step", "lead_days", "incoterm", "basis", "note", "tiers"),
		contracts: dst.table("contracts.csv.gz", "seller", "seller_sku", "buyer", "from", "to", "tiers"),
		lots:      dst.table("lots.csv.gz", "seller", "seller_sku", "lot", "made_on", "expires_on"),
		stock:     dst.table("stock.csv.gz", "seller", "seller_sku", "warehouse", "lot", "on_hand"),
		documents: dst.table("documents.csv.gz", "seller", "seller_sku", "kind", "title", "number", "lot", "issued_on", "valid_to", "producer", "standard", "results"),
		popular:   map[string]bool{},
	}
	for _, n := range names[:popularSubstances] {
		t.popular[n] = true
	}
	return t
}

func (t *pharmaTrade) close() error {
	return closeAll(t.offers, t.contracts, t.lots, t.stock, t.documents)
}

func (t *pharmaTrade) String() string {
	return fmt.Sprint("offers ", t.offers.n, " contracts ", t.contracts.n, " lots ", t.lots.n, " stock ", t.stock.n, " documents ", t.documents.n)
}

// trade writes the labeler's offers, of a popular substance in a small and a large package,
// and those of distributors who stock it.
func (t *pharmaTrade) trade(d drug) {
	packs := d.packs
	if !t.popular[d.substances] {
		packs = packs[:1]
	}
	for _, p := range packs {
		t.offer(d, p, d.seller, p.code, "US1", 1)
	}
	if !t.popular[d.substances] {
		return
	}
	for i, x := range distributors {
		// A bonded warehouse abroad takes no controlled substances.
		if pick(0, 3, d.ndc, x.key) != 0 || x.country != "US" && d.schedule != "" {
			continue
		}
		p := d.packs[0]
		t.offer(d, p, x.key, x.code+"-"+p.code, "MAIN", 1.06+0.03*float64(i))
	}
}

// perUnit is the price of a kilogram, litre or piece in packages of this size: small ones
// cost more to fill and to test.
func (d drug) perUnit(p pack) float64 {
	v := d.usd * between(0.9, 1.15, 3, d.ndc, "price")
	switch p.kind {
	case "H87": // a dose holds milligrams of the substance
		return math.Max(0.015, math.Min(v/1000*0.35, 60)) * math.Pow(p.total+10, -0.04)
	case "LTR":
		return math.Max(3, v*0.18) * math.Pow(math.Max(p.total, 0.05)/20, -0.3)
	}
	return v * math.Pow(math.Max(p.total, 0.001)/25, -0.22)
}

func (t *pharmaTrade) offer(d drug, p pack, seller, sku, store string, markup float64) {
	unit, each := p.inUnit()
	price := d.perUnit(p) * markup
	step, places := 0.01, 2
	if unit == "GRM" {
		price /= 1000
	}
	if price < 5 {
		step, places = 0.0001, 4
	}
	q := dec(each, 6)
	list := tiers(price, step, places, []float64{each, each * 5, each * 20}, []float64{0, 0.035, 0.08})
	lead := pick(2, 14, sku, seller, "lead")
	t.offers.row(seller, sku, "NDC-"+d.ndc, unit, q, q, fmt.Sprint(lead), "DAP", "piece", p.text, list)
	if seller == "meridian" && d.schedule == "" {
		t.contracts.row(seller, sku, "cedarhollow", "2026-01-01", "2028-12-31", tiers(price*0.93, step, places, []float64{each, each * 5}, []float64{0, 0.03}))
	}
	n := 1
	if pick(0, 6, sku, seller, "lots") == 0 || t.popular[d.substances] && markup > 1 {
		n = 2
	}
	for i := range n {
		t.lot(d, seller, sku, store, each, i, p)
	}
}

// lot makes a batch between January 2025 and October 2026 with two to five years to the
// retest or expiry date; one batch in forty is about to expire or has just done so.
func (t *pharmaTrade) lot(d drug, seller, sku, store string, each float64, i int, p pack) {
	seed := fmt.Sprint(sku, seller, i)
	month := pick(0, 21, seed, "month")
	year, day := 2025+month/12, pick(1, 28, seed, "day")
	made := fmt.Sprintf("%d-%02d-%02d", year, month%12+1, day)
	expires := fmt.Sprintf("%d-%02d-%02d", year+pick(2, 5, seed, "life"), month%12+1, day)
	if i == 0 && pick(0, 39, seed, "old") == 0 {
		made, expires = "2023-11-05", []string{"2026-11-04", "2026-12-31", "2027-01-31"}[pick(0, 2, seed, "end")]
	}
	number := fmt.Sprintf("%s%02d%05d", strings.ToUpper(d.name[:1]), year%100, pick(0, 99999, seed, "number"))
	if i > 0 {
		number += "B"
	}
	t.lots.row(seller, sku, number, made, expires)
	most := 60
	if p.kind == "KGM" && d.usd > 50000 || p.total > 500 {
		most = 12
	}
	t.stock.row(seller, sku, store, number, dec(each*float64(pick(6, most, seed, "packs")), 6))
	if seller == "meridian" && i == 0 && pick(0, 3, sku, "coa") == 0 {
		t.analysis(d, seller, sku, number, made, expires)
	}
}

// analysis is a certificate with the tests that any bulk substance has. Values are made up
// and inside their limits.
func (t *pharmaTrade) analysis(d drug, seller, sku, lot, made, expires string) {
	v := func(lo, hi float64, places int, what string) string {
		return dec(between(lo, hi, places, sku, what), places)
	}
	rs := []result{
		{"description", "Appearance", "complies", "", "as described"},
		{"identity", "Identification (IR)", "complies", "", "conforms to reference"},
		{"assay", "Assay", v(99.0, 100.8, 1, "assay"), "%", "98.0–102.0"},
		{"purity", "Loss on drying", v(0.05, 0.40, 2, "lod"), "%", "≤ 0.50"},
		{"purity", "Residue on ignition", v(0.01, 0.08, 2, "ash"), "%", "≤ 0.10"},
		{"purity", "Total impurities", v(0.05, 0.60, 2, "imp"), "%", "≤ 1.0"},
		{"elements", "Lead (ICH Q3D)", v(0.01, 0.30, 2, "pb"), "ppm", "≤ 0.5"},
	}
	text, _ := json.Marshal(rs)
	t.documents.row(seller, sku, "coa", "Certificate of analysis · "+d.name+" · lot "+lot, "COA-"+lot+"-"+d.ndc, lot, made, expires, d.labeler, "demonstration specification", string(text))
}

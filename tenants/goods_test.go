package tenants_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/tenants"
)

func TestASteelPieceWeighsItsLengthTimesItsMetre(t *testing.T) {
	t.Parallel()
	b := load(t, "steel")
	for i, err := range b.Items() {
		if err != nil {
			t.Fatal(err)
		}
		var kgm, length tenants.Micro
		if i.Attributes["kgm"] == "" {
			continue // plates have no metre
		}
		if kgm.UnmarshalText([]byte(i.Attributes["kgm"])) != nil || length.UnmarshalText([]byte(i.Attributes["length"])) != nil {
			t.Fatalf("%s: %v", i.SKU, i.Attributes)
		}
		want := float64(kgm) * float64(length) / 1e6
		if math.Abs(float64(i.KgPerUnit)-want) > 1000 { // a gram
			t.Errorf("%s weighs %d, not %f", i.SKU, i.KgPerUnit, want)
		}
	}
}

func TestSteelIsFoundUnderTheNamesOfTheTrade(t *testing.T) {
	t.Parallel()
	b := load(t, "steel")
	for _, want := range []struct{ sku, zh, en string }{
		{"HW200x200x8x12-Q355B-12", "H型钢", "HW 200"}, {"HEB200-S355J2-12", "HEB 200", "HEB 200"}, {"RB20-HRB400E-12", "螺纹钢", "rebar"}, {"I25a-Q235B-12", "工字钢", "I-beam"},
	} {
		i := find(t, b, want.sku)
		if !strings.Contains(i.Names["zh-CN"], want.zh) || !strings.Contains(strings.ToLower(i.Names["en"]), strings.ToLower(want.en)) {
			t.Errorf("%s is called %v", want.sku, i.Names)
		}
	}
}

func find(t *testing.T, b tenants.Blueprint, sku string) tenants.Item {
	t.Helper()
	for i, err := range b.Items() {
		if err != nil {
			t.Fatal(err)
		}
		if i.SKU == sku {
			return i
		}
	}
	t.Fatalf("there is no %s", sku)
	return tenants.Item{}
}

func TestPopularSteelIsOfferedByPieceAndByTonneByRivals(t *testing.T) {
	t.Parallel()
	units, sellers, bases := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, o := range all(t, load(t, "steel").Offers()) {
		bases[o.Basis] = true
		if o.Item == "HW200x200x8x12-Q355B-12" {
			units[o.Unit]++
			sellers[o.Seller] = true
			if len(o.Tiers) < 3 {
				t.Errorf("%s %s has %d tiers", o.Seller, o.SKU, len(o.Tiers))
			}
		}
	}
	if units["H87"] < 1 || units["TNE"] < 3 || len(sellers) < 3 {
		t.Errorf("offers by unit %v of %v", units, sellers)
	}
	if !bases["piece"] || !bases["theoretical"] || !bases["weighed"] {
		t.Errorf("bases %v", bases)
	}
}

func TestMeasuredValuesStayWithinTheirGrade(t *testing.T) {
	t.Parallel()
	docs := all(t, load(t, "steel").Documents())
	if len(docs) < 100 {
		t.Fatalf("%d certificates", len(docs))
	}
	for _, d := range docs {
		for _, r := range d.Results {
			if !within(t, r) {
				t.Errorf("%s: %s is %s, limit %s", d.Number, r.Name, r.Value, r.Limit)
			}
		}
	}
}

func within(t *testing.T, r tenants.Result) bool {
	t.Helper()
	v := micro(t, r.Value)
	if s, ok := strings.CutPrefix(r.Limit, "≤ "); ok {
		return v <= micro(t, s)
	}
	if s, ok := strings.CutPrefix(r.Limit, "≥ "); ok {
		return v >= micro(t, s)
	}
	lo, hi, ok := strings.Cut(r.Limit, "–")
	return ok && v >= micro(t, lo) && v <= micro(t, hi)
}

func micro(t *testing.T, s string) (m tenants.Micro) {
	t.Helper()
	if err := m.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestThePriceBoardHasThirtyDaysOfEveryFamily(t *testing.T) {
	t.Parallel()
	b := load(t, "steel")
	days := map[string]map[int]bool{}
	for _, x := range b.Indices {
		if x.Source != "demo" {
			t.Errorf("%s does not say that it is made up", x.Key)
		}
		if days[x.Key] == nil {
			days[x.Key] = map[int]bool{}
		}
		days[x.Key][x.DaysAgo] = true
	}
	for _, key := range b.Tenant.Board {
		if len(days[key]) != 30 || !days[key][0] || !days[key][29] {
			t.Errorf("%s has %d days", key, len(days[key]))
		}
	}
}

func TestWhoeverSellsAControlledSubstanceIsLicensedForIt(t *testing.T) {
	t.Parallel()
	b := load(t, "pharma")
	schedule := map[string]string{}
	for _, i := range all(t, b.Items()) {
		schedule[i.SKU] = i.Regulated
	}
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	good := map[string]bool{}
	for _, l := range b.Licences {
		for _, s := range l.Scope {
			good[l.Org+" "+s] = good[l.Org+" "+s] || l.State == "valid" && !l.To.Before(today)
		}
	}
	controlled := 0
	for _, o := range all(t, b.Offers()) {
		if s := schedule[o.Item]; s != "" {
			if controlled++; !good[o.Seller+" "+s] {
				t.Errorf("%s has no licence for %s (%s)", o.Seller, o.Item, s)
			}
		}
	}
	if controlled < 300 {
		t.Errorf("only %d offers of controlled substances", controlled)
	}
	if !good["cedarhollow CII"] || good["bluestem CII"] || good["lakeshore CII"] {
		t.Error("the three buyers must differ: licensed, without, expired")
	}
}

func TestEveryPharmaOfferHasALotWithAnExpiryDate(t *testing.T) {
	t.Parallel()
	b := load(t, "pharma")
	expires := map[tenants.OfferKey]bool{}
	soon := 0
	for _, l := range all(t, b.Lots()) {
		expires[l.OfferKey] = !l.ExpiresOn.IsZero()
		if l.ExpiresOn.Year() < 2027 {
			soon++
		}
	}
	for _, o := range all(t, b.Offers()) {
		if !expires[o.OfferKey] {
			t.Errorf("%s %s has no lot", o.Seller, o.SKU)
		}
	}
	if soon == 0 {
		t.Error("no lot is about to expire: nothing would show the warning")
	}
}

func TestCommonSubstancesHaveTheirChineseNames(t *testing.T) {
	t.Parallel()
	words := map[string]int{"对乙酰氨基酚": 0, "黄体酮": 0, "盐酸羟考酮": 0, "盐酸二甲双胍": 0, "双氯芬酸钠": 0}
	chinese, total := 0, 0
	for _, i := range all(t, load(t, "pharma").Items()) {
		total++
		for w := range words {
			if strings.Contains(i.Names["zh-CN"], w) {
				words[w]++
			}
		}
		if !strings.HasPrefix(i.Names["zh-CN"], i.Names["en"][:1]) {
			chinese++
		}
	}
	for w, n := range words {
		if n == 0 {
			t.Errorf("nothing is called %s", w)
		}
	}
	if chinese*2 < total {
		t.Errorf("%d of %d names are translated", chinese, total)
	}
}

func TestThePortalFindsABearingAndHasPicturesLimitsAndHistory(t *testing.T) {
	t.Parallel()
	b := load(t, "procure")
	i := find(t, b, "BRG-6204-2RS")
	if !strings.Contains(i.Names["en"], "bearing") || i.Attributes["bore"] != "20" || i.Attributes["outer"] != "47" || i.Attributes["width"] != "14" {
		t.Errorf("%v %v", i.Names, i.Attributes)
	}
	pictured := 0
	for _, i := range all(t, b.Items()) {
		if i.Picture == "" {
			t.Errorf("%s has no picture at all", i.SKU)
		}
		if kind, _ := tenants.Picture(i.Picture); kind == "file" {
			pictured++
		}
	}
	if pictured < 100 {
		t.Errorf("%d items have a photograph", pictured)
	}
	limits := 0
	for _, p := range b.People {
		for _, m := range p.Members {
			if m.Limit != nil {
				limits++
			}
		}
	}
	if limits < 3 || len(b.Orgs[0].Centres) < 3 || !b.Tenant.LoginRequired {
		t.Errorf("%d limits, %d cost centres, sign-in %v", limits, len(b.Orgs[0].Centres), b.Tenant.LoginRequired)
	}
}

func TestPastOrdersAddUp(t *testing.T) {
	t.Parallel()
	orders := all(t, load(t, "procure").History())
	if len(orders) != 4012 {
		t.Fatalf("%d orders", len(orders))
	}
	lines := 0
	for i, o := range orders {
		var net int64
		for _, l := range o.Lines {
			net += (int64(l.Ordered)/1e6*int64(l.Price) + 5000) / 10000 // whole pieces; micro to cents
			lines++
		}
		if net != int64(o.Net) {
			t.Errorf("%s: lines come to %d, the order says %d", o.Number, net, o.Net)
		}
		if i > 0 && o.Number <= orders[i-1].Number {
			t.Errorf("%s comes after %s", o.Number, orders[i-1].Number)
		}
	}
	if lines != 8845 {
		t.Errorf("%d lines", lines)
	}
}

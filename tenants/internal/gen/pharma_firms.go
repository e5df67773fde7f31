package main

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// firm is a labeler: one company, however often it spells its name or renews its code.
type firm struct {
	key, code, name, country string
	lists                    int
	schedules                []string
}

func ndcLabeler(ndc string) string {
	code, _, _ := strings.Cut(ndc, "-")
	return code
}

var notLetter = regexp.MustCompile(`[^a-z0-9]+`)

// groupFirms joins labeler codes whose names are spelt alike. The most frequent spelling
// names the firm, the smallest code identifies it.
func groupFirms(rows []map[string]string) map[string]*firm {
	spelt := map[string]map[string]int{} // code -> name -> listings
	for _, r := range rows {
		code := ndcLabeler(r["PRODUCTNDC"])
		if spelt[code] == nil {
			spelt[code] = map[string]int{}
		}
		spelt[code][r["LABELERNAME"]]++
	}
	codes := make([]string, 0, len(spelt))
	for c := range spelt {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	byName, out := map[string]*firm{}, map[string]*firm{}
	for _, c := range codes {
		name := mostFrequent(spelt[c])
		alike := notLetter.ReplaceAllString(strings.ToLower(name), "")
		f := byName[alike]
		if f == nil {
			f = &firm{key: "ndc-" + c, code: c, name: tidyName(name), country: countryOf(name)}
			byName[alike] = f
		}
		out[c] = f
	}
	return out
}

func mostFrequent(names map[string]int) string {
	best := ""
	for n, times := range names {
		if best == "" || times > names[best] || times == names[best] && n < best {
			best = n
		}
	}
	return best
}

// legalForms guess a labeler's country from its legal form: the directory has no address.
var legalForms = []struct {
	form    *regexp.Regexp
	country string
}{
	{regexp.MustCompile(`(?i)\b(private|pvt)\b|\bindia\b|lab(oratorie)?s limited`), "IN"},
	{regexp.MustCompile(`(?i)s\.?\s?p\.?\s?a\.?$|s\.?r\.?l\.?$`), "IT"},
	{regexp.MustCompile(`(?i)\bgmbh\b|kgaa`), "DE"},
	{regexp.MustCompile(`(?i)\bag$`), "CH"},
	{regexp.MustCompile(`(?i)\bb\.?v\.?$`), "NL"},
	{regexp.MustCompile(`(?i)\bn\.?v\.?$`), "BE"},
	{regexp.MustCompile(`(?i)\bs\.?a\.?s\.?$`), "FR"},
	{regexp.MustCompile(`(?i)\bs\.?a\.?u\.?$|\bs\.?l\.?\)?$`), "ES"},
	{regexp.MustCompile(`(?i)\ba/s$|\baps$`), "DK"},
	{regexp.MustCompile(`(?i)\boy$`), "FI"},
	{regexp.MustCompile(`(?i)bhd\.?$`), "MY"},
	{regexp.MustCompile(`(?i)\bltda\.?$`), "BR"},
	{regexp.MustCompile(`(?i)co\.?,? ?ltd\.?$|zhejiang|shanghai|jiangsu|hunan|hubei|henan|shandong|sichuan`), "CN"},
	{regexp.MustCompile(`(?i)\b(limited|ltd\.?)$`), "IN"},
}

func countryOf(name string) string {
	for _, l := range legalForms {
		if l.form.MatchString(strings.TrimSpace(name)) {
			return l.country
		}
	}
	return "US"
}

var stockCities = []string{"Newark", "New Brunswick", "Philadelphia", "Memphis", "Louisville", "Columbus", "Chicago", "Dallas", "Atlanta", "Indianapolis", "Richmond", "Wilmington"}

// writeFirms writes the companies with their stock in the United States and, where they
// list controlled substances, a registration that covers them.
func writeFirms(dst dir, firms map[string]*firm, t *pharmaTrade) error {
	orgs := dst.table("orgs.csv.gz", "key", "name", "country", "reg_kind", "reg_no", "city", "email", "buys", "sells", "iban")
	stores := dst.table("warehouses.csv.gz", "org", "code", "name", "country", "city")
	licences := dst.table("licences.csv.gz", "org", "kind", "number", "scope", "from", "to")
	keys := make([]string, 0, len(firms))
	for k := range firms {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for i, k := range keys {
		f := firms[k]
		orgs.row(f.key, f.name, f.country, "other", "FDA labeler "+f.code, "", "trade@labeler-"+f.code+".example", "0", "1", iban(7000000+i*37))
		city := stockCities[pick(0, len(stockCities)-1, k, "city")]
		stores.row(f.key, "US1", "Third-party warehouse "+city, "US", city)
		if len(f.schedules) > 0 {
			licences.row(f.key, "dea_registration", deaNumber(f.name, k), strings.Join(f.schedules, " "), "2025-01-01", "2029-12-31")
		}
	}
	for _, d := range distributors {
		stores.row(d.key, "MAIN", d.store, d.country, d.city)
	}
	return closeAll(orgs, stores, licences)
}

// iban is an account at the demo bank, whose German bank code belongs to nobody.
func iban(account int) string {
	bban := fmt.Sprintf("99900000%010d", account)
	rest := 0
	for _, r := range bban + "131400" { // D is 13, E is 14
		rest = (rest*10 + int(r-'0')) % 97
	}
	return fmt.Sprintf("DE%02d%s", 98-rest, bban)
}

// deaNumber has the form of a registration: type letter, initial, six digits and their
// check digit, (1st+3rd+5th) + 2×(2nd+4th+6th).
func deaNumber(name, key string) string {
	d := fmt.Sprintf("%06d", pick(0, 999999, key, "dea"))
	sum := 0
	for i, r := range d {
		sum += int(r-'0') * (1 + i%2)
	}
	return "R" + strings.ToUpper(name[:1]) + d + fmt.Sprint(sum%10)
}

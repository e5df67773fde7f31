package main

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
)

// drug is a product of the NDC directory with what the market needs to know of it.
type drug struct {
	ndc, seller, labeler string
	name, nameZH         string
	form, category       string
	class, schedule      string
	substances, strength string
	marketing            string
	listed               string
	unit                 string // of the item: KGM, LTR or H87
	usd                  float64
	packs                []pack
}

// popularSubstances is how many of the most listed substances the distributors carry.
const popularSubstances = 150

func pharma(src, dst dir) error {
	drugs, firms, err := readDrugs(src.in("pharma"))
	if err != nil {
		return err
	}
	if err := writeForms(dst); err != nil {
		return err
	}
	cols := append([]string{"sku", "category", "name:en", "name:zh-CN", "brand", "unit", "kg_per_unit", "regulated", "picture"}, drugColumns...)
	items := dst.table("items.csv.gz", cols...)
	t := newPharmaTrade(dst, drugs)
	for _, d := range drugs {
		writeDrug(items, d)
		t.trade(d)
	}
	if err := items.close(); err != nil {
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	fmt.Println("pharma items", items.n, "firms", len(firms), t)
	return writeFirms(dst, firms, t)
}

var drugColumns = []string{"a:ndc", "a:substance", "a:form", "a:class", "a:schedule", "a:strength", "a:listing", "a:listed_on"}

func writeDrug(t *table, d drug) {
	en := d.name + ", " + strings.ToLower(d.form)
	zh := d.nameZH + " " + formZH(d.form)
	if d.unit == "H87" && d.strength != "" {
		en += ", " + d.strength
		zh += " " + d.strength
	}
	kg := "0"
	if d.unit == "KGM" {
		kg = "1"
	}
	schedule := d.schedule
	if schedule == "" {
		schedule = "none"
	}
	t.row("NDC-"+d.ndc, d.category, en, zh, d.labeler, d.unit, kg, d.schedule, "",
		d.ndc, d.substances, formKey(d.form), d.class, schedule, d.strength, d.marketing, d.listed)
}

// readDrugs takes every product whose packages can be understood, of labelers with at
// least three of them. Homeopathic preparations are left out: their strength is no amount.
func readDrugs(src dir) ([]drug, map[string]*firm, error) {
	rows, err := src.records("fda_ndc_unfinished_product.tsv.gz")
	if err != nil {
		return nil, nil, err
	}
	packs, err := readPacks(src)
	if err != nil {
		return nil, nil, err
	}
	book, err := readSubstances(src)
	if err != nil {
		return nil, nil, err
	}
	firms := groupFirms(rows)
	seen, per := map[string]bool{}, map[string][]drug{}
	for _, r := range rows {
		ndc := r["PRODUCTNDC"]
		if seen[ndc] || strings.Contains(r["ACTIVE_INGRED_UNIT"], "[hp_") || r["NONPROPRIETARYNAME"] == "" {
			continue
		}
		d := drug{ndc: ndc, form: r["DOSAGEFORMNAME"], schedule: r["DEASCHEDULE"], marketing: listing(r["MARKETINGCATEGORYNAME"])}
		if d.packs = choosePacks(packs[r["PRODUCTID"]]); len(d.packs) == 0 {
			continue
		}
		seen[ndc] = true
		f := firms[ndcLabeler(ndc)]
		d.seller, d.labeler, d.unit = f.key, f.name, d.packs[0].kind
		if s := r["STARTMARKETINGDATE"]; len(s) == 8 {
			d.listed = s[:4] + "-" + s[4:6] + "-" + s[6:]
		}
		d.name = tidyName(r["NONPROPRIETARYNAME"])
		book.describe(&d, r)
		d.category = drugCategory(d)
		per[d.seller] = append(per[d.seller], d)
	}
	return keepTraders(per, firms)
}

func keepTraders(per map[string][]drug, firms map[string]*firm) ([]drug, map[string]*firm, error) {
	kept, out := map[string]*firm{}, []drug{}
	for _, f := range firms {
		if ds := per[f.key]; len(ds) >= 3 && kept[f.key] == nil {
			kept[f.key] = f
			f.lists = len(ds)
			for _, d := range ds {
				f.schedules = addSchedule(f.schedules, d.schedule)
			}
			out = append(out, ds...)
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a].ndc < out[b].ndc })
	return out, kept, nil
}

func addSchedule(to []string, s string) []string {
	if s == "" {
		return to
	}
	for _, have := range to {
		if have == s {
			return to
		}
	}
	to = append(to, s)
	sort.Slice(to, func(a, b int) bool { return scheduleOrder[to[a]] < scheduleOrder[to[b]] })
	return to
}

var scheduleOrder = map[string]int{"CI": 1, "CII": 2, "CIII": 3, "CIV": 4, "CV": 5}

func listing(category string) string {
	switch category {
	case "BULK INGREDIENT FOR HUMAN PRESCRIPTION COMPOUNDING":
		return "compounding"
	case "BULK INGREDIENT FOR ANIMAL DRUG COMPOUNDING":
		return "veterinary"
	case "DRUG FOR FURTHER PROCESSING":
		return "processing"
	case "EXPORT ONLY":
		return "export"
	}
	return "bulk"
}

// drugCategory puts a product on one shelf: how it is traded first, then its form.
func drugCategory(d drug) string {
	f := d.form
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(f, w) {
				return true
			}
		}
		return false
	}
	switch {
	case d.marketing == "veterinary":
		return "veterinary-compounding"
	case d.marketing == "compounding":
		return "human-compounding"
	case has("INJECTION"):
		return "injectables"
	case has("TABLET"):
		return "tablets"
	case has("CAPSULE"):
		return "capsules"
	case has("CREAM", "GEL", "OINTMENT", "LOTION", "PASTE", "LIPSTICK", "PATCH"):
		return "topicals"
	case has("POWDER"):
		return "powders"
	case has("CRYSTAL", "GRANULE", "PELLET", "BEAD", "FLAKE"):
		return "crystals-granules"
	case has("LIQUID", "SOLUTION", "OIL", "TINCTURE", "SUSPENSION", "EMULSION", "CONCENTRATE", "SYRUP", "SPRAY"):
		return "liquids"
	}
	return "other-forms"
}

// tidyName writes a name in capitals as words, and cuts the long lists.
func tidyName(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if s == strings.ToUpper(s) {
		s = titleCase(s)
	}
	r := []rune(s)
	if len(r) > 1 && !unicode.IsUpper(r[1]) {
		r[0] = unicode.ToUpper(r[0])
		s = string(r)
	}
	if len(r) > 110 {
		s = strings.TrimRight(string(r[:108]), " ,;") + " …"
	}
	return s
}

var keepUpper = map[string]bool{
	"USP": true, "NF": true, "EP": true, "BP": true, "HCL": true, "LLC": true, "LP": true, "USA": true, "API": true, "DBA": true,
	"GMBH": true, "AG": true, "SA": true, "BV": true, "NV": true, "II": true, "III": true, "S.A.": true, "S.P.A.": true, "B.V.": true, "AX": true, "MSN": true, "USV": true,
}

func titleCase(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if keepUpper[strings.Trim(w, "(),")] || len(w) < 2 {
			continue
		}
		r := []rune(strings.ToLower(w))
		for j := range r {
			if j == 0 || r[j-1] == '-' || r[j-1] == '(' || r[j-1] == '/' {
				r[j] = []rune(strings.ToUpper(string(r[j])))[0]
			}
		}
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}

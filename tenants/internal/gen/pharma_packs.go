package main

import (
	"regexp"
	"sort"
	"strings"
)

// pack is a package of a product: how much is in it altogether.
type pack struct {
	code, text string
	kind       string  // KGM, LTR or H87: how the content is counted
	total      float64 // kilograms, litres or pieces
}

var (
	packStep = regexp.MustCompile(`^([\d.,]+) (.+?) in 1 (.+?)(?: \([\d-]+\))?$`)
	packCode = regexp.MustCompile(` ?\([\d-]+\)`)
)

// content reads "4 BOTTLE in 1 CONTAINER (0002-0485-04)  > 2000 g in 1 BOTTLE": counts
// multiply down to the innermost unit.
func content(text string) (kind string, total float64) {
	total = 1
	unit := ""
	for step := range strings.SplitSeq(text, ">") {
		m := packStep.FindStringSubmatch(strings.TrimSpace(step))
		if m == nil {
			return "", 0
		}
		total *= num(m[1])
		unit = m[2]
	}
	switch unit {
	case "kg":
		return "KGM", total
	case "g":
		return "KGM", total / 1e3
	case "mg":
		return "KGM", total / 1e6
	case "ug":
		return "KGM", total / 1e9
	case "L":
		return "LTR", total
	case "mL":
		return "LTR", total / 1e3
	}
	if strings.HasPrefix(unit, "[") || strings.Contains(unit, "Ci") || unit == "KIT" {
		return "", 0
	}
	return "H87", total
}

func readPacks(src dir) (map[string][]pack, error) {
	rows, err := src.records("fda_ndc_unfinished_package.tsv.gz")
	if err != nil {
		return nil, err
	}
	out := map[string][]pack{}
	for _, r := range rows {
		kind, total := content(r["PACKAGEDESCRIPTION"])
		// Less than a gram or a millilitre, or more than a tank wagon, is a slip of the pen.
		if kind == "" || total < 1e-3 || total > 5e6 || kind != "H87" && total > 25000 {
			continue
		}
		text := strings.Join(strings.Fields(packCode.ReplaceAllString(r["PACKAGEDESCRIPTION"], "")), " ")
		out[r["PRODUCTID"]] = append(out[r["PRODUCTID"]], pack{r["NDCPACKAGECODE"], text, kind, total})
	}
	return out, nil
}

// choosePacks keeps the smallest and the largest package of the first kind of content.
func choosePacks(ps []pack) []pack {
	if len(ps) == 0 {
		return nil
	}
	var same []pack
	for _, p := range ps {
		if p.kind == ps[0].kind {
			same = append(same, p)
		}
	}
	sort.SliceStable(same, func(a, b int) bool { return same[a].total < same[b].total })
	first, last := same[0], same[len(same)-1]
	if last.total <= first.total*1.5 {
		return []pack{first}
	}
	return []pack{first, last}
}

// inUnit is a quantity as it is ordered: kilograms, grams below one kilogram, litres, pieces.
func (p pack) inUnit() (unit string, quantity float64) {
	if p.kind == "KGM" && p.total < 1 {
		return "GRM", p.total * 1000
	}
	return p.kind, p.total
}

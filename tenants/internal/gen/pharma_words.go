package main

import (
	_ "embed"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
)

//go:embed substances.tsv
var substancesTSV string

//go:embed salts.tsv
var saltsTSV string

type substance struct {
	zh, class string
	usd       float64
}

// book knows substances: their Chinese names, classes, price levels and schedules.
type book struct {
	known    map[string]substance
	salts    []map[string]string // longest first
	schedule map[string]string
	listed   map[string]int
}

func readSubstances(src dir) (*book, error) {
	b := &book{known: map[string]substance{}, schedule: map[string]string{}, listed: map[string]int{}}
	rows, _ := tabbed(strings.NewReader(substancesTSV))
	for _, r := range rows {
		b.known[r["substance"]] = substance{r["zh"], r["class"], num(r["usd_per_kg"])}
	}
	b.salts, _ = tabbed(strings.NewReader(saltsTSV))
	slices.SortFunc(b.salts, func(x, y map[string]string) int { return len(y["salt"]) - len(x["salt"]) })
	rows, err := src.records("dea_schedule_by_substance.csv")
	if err != nil {
		return nil, err
	}
	best := map[string]float64{}
	for _, r := range rows {
		s := r["substance"]
		b.listed[s] += int(num(r["listings"]))
		if n := num(r["listings"]); s != "" && n >= 2 && n > best[s] {
			best[s], b.schedule[s] = n, r["dea_schedule"]
		}
	}
	return b, nil
}

// find is a substance by its own name, or by its base with a salt: "X HYDROCHLORIDE".
func (b *book) find(name string) (substance, bool) {
	if s, ok := b.known[name]; ok {
		return s, true
	}
	for _, salt := range b.salts {
		base, ok := strings.CutSuffix(name, " "+salt["salt"])
		if !ok {
			continue
		}
		if s, ok := b.known[base]; ok {
			s.zh = salt["before"] + s.zh + salt["after"]
			return s, true
		}
	}
	return substance{}, false
}

// describe fills in what follows from a listing's substances.
func (b *book) describe(d *drug, r map[string]string) {
	var names []string
	for n := range strings.SplitSeq(strings.ToUpper(r["SUBSTANCENAME"]), ";") {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	d.substances = tidyName(strings.Join(names, "; "))
	d.nameZH, d.class = d.name, "other"
	d.usd = math.Pow(10, between(1.3, 3.2, 3, d.substances, "usd"))
	if len(names) == 0 {
		return
	}
	if d.schedule == "" && len(names) == 1 && names[0] != "TOPIRAMATE" {
		// Some labelers leave the schedule out of a substance that others declare. Topiramate
		// is declared only as a part of a combination with phentermine: alone it is free.
		d.schedule = b.schedule[names[0]]
	}
	zh := make([]string, 0, len(names))
	for _, n := range names {
		if s, ok := b.find(n); ok {
			zh = append(zh, s.zh)
		}
	}
	if first, ok := b.find(names[0]); ok {
		d.class, d.usd = first.class, first.usd
	} else if d.schedule != "" {
		d.usd = between(800, 6000, 0, d.substances, "usd")
	}
	if len(zh) == len(names) && len(zh) <= 4 {
		d.nameZH = strings.Join(zh, "、")
		if len(d.name) <= 60 {
			d.nameZH += "（" + d.name + "）"
		}
	}
	if d.schedule == "CII" && !slices.Contains([]string{"opioid", "cns", "anaesthetic"}, d.class) {
		d.class = "controlled"
	}
	d.strength = strength(r["ACTIVE_NUMERATOR_STRENGTH"], r["ACTIVE_INGRED_UNIT"])
}

// pure reports whether n units per so many are the substance itself: 1 kg/kg, 50 kg/50kg.
func pure(n, unit string) bool {
	up, per, _ := strings.Cut(unit, "/")
	per = strings.TrimSuffix(per, up)
	if per == "" {
		per = "1"
	}
	return num(n) == num(per)
}

// strength writes "25; 5" and "mg/1; mg/1" as "25 mg; 5 mg". Pure substance has none.
func strength(numbers, units string) string {
	ns, us := strings.Split(numbers, ";"), strings.Split(units, ";")
	if len(ns) != len(us) || len(ns) > 3 {
		return ""
	}
	var out []string
	for i := range ns {
		n, u := strings.TrimSpace(ns[i]), strings.TrimSpace(us[i])
		if n == "" || u == "" || pure(n, u) {
			return ""
		}
		u = strings.TrimSuffix(u, "/1")
		if strings.HasPrefix(n, ".") {
			n = "0" + n
		}
		out = append(out, n+" "+u)
	}
	return strings.Join(out, "; ")
}

// forms in the order of the facet; what is not here is "other".
var forms = [][2]string{
	{"POWDER", "粉末"},
	{"LIQUID", "液体"},
	{"TABLET", "片剂"},
	{"TABLET, FILM COATED", "薄膜衣片"},
	{"CAPSULE", "胶囊"},
	{"CRYSTAL", "结晶"},
	{"CAPSULE, LIQUID FILLED", "软胶囊"},
	{"SOLUTION", "溶液"},
	{"GRANULE", "颗粒"},
	{"CREAM", "乳膏"},
	{"GEL", "凝胶"},
	{"TABLET, COATED", "包衣片"},
	{"INJECTION, SOLUTION", "注射液"},
	{"CAPSULE, DELAYED RELEASE", "肠溶胶囊"},
	{"TABLET, FILM COATED, EXTENDED RELEASE", "薄膜衣缓释片"},
	{"TINCTURE", "酊剂"},
	{"CAPSULE, GELATIN COATED", "明胶胶囊"},
	{"POWDER, FOR SUSPENSION", "混悬用粉"},
	{"INJECTION", "注射剂"},
	{"TABLET, ORALLY DISINTEGRATING", "口崩片"},
	{"INJECTION, POWDER, LYOPHILIZED, FOR SOLUTION", "注射用冻干粉"},
	{"TABLET, EXTENDED RELEASE", "缓释片"},
	{"SUSPENSION", "混悬液"},
	{"CAPSULE, EXTENDED RELEASE", "缓释胶囊"},
	{"OIL", "油"},
	{"OINTMENT", "软膏"},
	{"SOLUTION/ DROPS", "滴剂"},
	{"LOTION", "洗剂"},
	{"TABLET, CHEWABLE", "咀嚼片"},
	{"EMULSION", "乳剂"},
	{"CONCENTRATE", "浓缩液"},
	{"PELLET", "微丸"},
	{"TABLET, DELAYED RELEASE", "肠溶片"},
	{"BEAD", "小丸"},
	{"TABLET, MULTILAYER, EXTENDED RELEASE", "多层缓释片"},
	{"SPRAY", "喷雾剂"},
	{"POWDER, FOR SOLUTION", "溶液用粉"},
	{"SYRUP", "糖浆"},
	{"PASTE", "糊剂"},
	{"PATCH", "贴剂"},
}

func formZH(form string) string {
	for _, f := range forms {
		if f[0] == form {
			return f[1]
		}
	}
	return "其他剂型"
}

func formKey(form string) string {
	for _, f := range forms {
		if f[0] == form {
			return strings.NewReplacer(", ", "-", "/ ", "-", " ", "-").Replace(strings.ToLower(form))
		}
	}
	return "other"
}

type option struct {
	Value string            `json:"value"`
	Names map[string]string `json:"names"`
}

// writeForms makes attributes/form.json, so that the list above is the only one.
func writeForms(seed dir) error {
	var opts []option
	for _, f := range forms {
		en := strings.ToLower(f[0])
		opts = append(opts, option{formKey(f[0]), map[string]string{"en": strings.ToUpper(en[:1]) + strings.ReplaceAll(en[1:], "/ ", " / "), "zh-CN": f[1]}})
	}
	opts = append(opts, option{"other", map[string]string{"en": "Other form", "zh-CN": "其他剂型"}})
	text, err := json.MarshalIndent([]any{map[string]any{"key": "form", "names": map[string]string{"en": "Dosage form", "zh-CN": "剂型"}, "type": "enum", "facet": "terms", "options": opts}}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(seed.in("../attributes").file("form.json"), append(text, '\n'), 0o644)
}

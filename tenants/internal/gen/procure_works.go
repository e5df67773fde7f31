package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// adventureWorks turns the sample company's purchasing into the portal's: its vendors are
// approved suppliers, what it bought from them is the catalogue, its purchase orders are
// the history.
func (t *procureTrade) adventureWorks(src, dst dir) (map[string]string, error) {
	works := src.in("transactions/adventureworks")
	vendors, err := worksVendors(works, dst)
	if err != nil {
		return nil, err
	}
	products, err := src.records("electronics_mro/adventureworks_Product.csv")
	if err != nil {
		return nil, err
	}
	terms, err := works.records("ProductVendor.csv")
	if err != nil {
		return nil, err
	}
	pictures, err := worksPictures(src, dst)
	if err != nil {
		return nil, err
	}
	shelves, err := works.records("ProductSubcategory.csv")
	if err != nil {
		return nil, err
	}
	shelfName := map[string]string{}
	for _, s := range shelves {
		shelfName[s["ProductSubcategoryID"]] = s["Name"]
	}
	sold := map[string][]map[string]string{}
	for _, v := range terms {
		sold[v["ProductID"]] = append(sold[v["ProductID"]], v)
	}
	skus := map[string]string{}
	for _, p := range products {
		id := p["ProductID"]
		if len(sold[id]) == 0 && num(p["ListPrice"]) == 0 {
			continue // made and used inside the company: nobody offers it
		}
		skus[id] = p["ProductNumber"]
		t.worksItem(p, shelfName[p["ProductSubcategoryID"]], pictures[id], sold[id])
		t.worksOffers(p, sold[id], vendors)
	}
	return vendors, worksHistory(works, dst, vendors, skus)
}

// worksStores is where vendors from overseas keep consignment stock.
var worksStores = []struct{ country, city string }{{"DE", "Hamburg"}, {"DE", "Duisburg"}, {"DE", "Bremen"}, {"BE", "Antwerpen"}, {"BE", "Gent"}, {"DE", "Frankfurt am Main"}}

// worksVendors writes the vendors as companies; their numbers have the form of a US
// employer's (EIN).
func worksVendors(works, dst dir) (map[string]string, error) {
	rows, err := works.records("Vendor.csv")
	if err != nil {
		return nil, err
	}
	orgs := dst.table("orgs.csv.gz", "key", "name", "country", "reg_kind", "reg_no", "city", "email", "buys", "sells", "iban")
	stores := dst.table("warehouses.csv.gz", "org", "code", "name", "country", "city")
	keys := map[string]string{}
	for i, r := range rows {
		key := "v-" + strings.NewReplacer("&", "").Replace(strings.ToLower(r["AccountNumber"]))
		keys[r["BusinessEntityID"]] = key
		ein := fmt.Sprintf("%02d-%07d", []int{20, 26, 27, 36, 45, 47, 81, 91}[i%8], 1000000+mix(key, "ein")%8999999)
		orgs.row(key, titleIfLoud(r["Name"]), "US", "ein", ein, "", "orders@"+key+".example", "0", "1", iban(8000000+i*37))
		s := worksStores[pick(0, len(worksStores)-1, key, "store")]
		stores.row(key, "EU1", "Consignment store "+s.city, s.country, s.city)
	}
	orgs.row("adventure-works", "Adventure Works Cycles", "US", "ein", "91-4820173", "", "orders@adventure-works.example", "0", "1", iban(8009000))
	stores.row("adventure-works", "EU1", "Bicycle warehouse Bremen", "DE", "Bremen")
	for _, s := range [][5]string{
		{"ostermann", "SW1", "Zentrallager Schweinfurt", "DE", "Schweinfurt"},
		{"sieveking", "HH1", "Lager Hamburg-Billbrook", "DE", "Hamburg"},
		{"visserie", "LY1", "Entrepôt Lyon-Corbas", "FR", "Lyon"},
		{"vandermeer", "EI1", "Magazijn Eindhoven", "NL", "Eindhoven"},
		{"ibericos", "VA1", "Almacén Valencia", "ES", "Valencia"},
		{"polteka", "WR1", "Magazyn Wrocław", "PL", "Wrocław"},
	} {
		stores.row(s[:]...)
	}
	return keys, closeAll(orgs, stores)
}

func titleIfLoud(s string) string {
	if s == strings.ToUpper(s) {
		return titleCase(s)
	}
	return s
}

// worksPictures copies the photographs there are and says which product each shows.
func worksPictures(src, dst dir) (map[string]string, error) {
	files, err := filepath.Glob(src.file("electronics_mro/images/*.gif"))
	if err != nil {
		return nil, err
	}
	byPhoto := map[string]string{}
	if err := os.MkdirAll(dst.in("../pictures").file(""), 0o755); err != nil {
		return nil, err
	}
	rows, err := src.records("electronics_mro/adventureworks_ProductProductPhoto.csv")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		photo, name, _ := strings.Cut(filepath.Base(f), "_")
		if photo != "1" { // "no image available"
			byPhoto[photo] = strings.TrimSuffix(name, "_large.gif") + ".gif"
		}
	}
	out, used := map[string]string{}, map[string]bool{}
	for _, r := range rows {
		if n := byPhoto[r["ProductPhotoID"]]; n != "" {
			out[r["ProductID"]] = n
			used[r["ProductPhotoID"]] = true
		}
	}
	for _, f := range files {
		photo, _, _ := strings.Cut(filepath.Base(f), "_")
		n := byPhoto[photo]
		if n == "" || !used[photo] && !slices.ContainsFunc(stills, func(s still) bool { return s.file == n }) {
			continue
		}
		if err := copyFile(f, dst.in("../pictures").file(n)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// still is a photograph of the set that shows a kind of product, of a colour if one is named.
type still struct{ file, shelf, colour string }

// stills stand in for products whose own photograph is not in the set.
var stills = []still{
	{"superlight_black_f.gif", "Mountain Bikes", "black"},
	{"hotrodbike_f_silver.gif", "Mountain Bikes", "silver"},
	{"racer_black.gif", "Road Bikes", "black"},
	{"racer_yellow.gif", "Road Bikes", "yellow"},
	{"julianax_r_02_red.gif", "Road Bikes", "red"},
	{"julianax_r_02_f_blue.gif", "Touring Bikes", "blue"},
	{"roadster_yellow_f.gif", "Touring Bikes", "yellow"},
	{"chain.gif", "Chains", ""},
	{"bike_shorts_female.gif", "Shorts", ""},
	{"awc_jersey_female.gif", "Jerseys", ""},
	{"handlebar.gif", "Handlebars", ""},
	{"saddle.gif", "Saddles", ""},
	{"innertube.gif", "Tires and Tubes", ""},
	{"double_headlight.gif", "Lights", ""},
	{"frame.gif", "Touring Frames", "yellow"},
	{"frame.gif", "Road Frames", "yellow"},
}

func stillOf(shelf, colour string) string {
	for _, s := range stills {
		if s.shelf == shelf && (s.colour == "" || s.colour == colour) {
			return s.file
		}
	}
	return ""
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

var worksUnits = map[string]string{"EA": "H87", "CAN": "H87", "GAL": "H87", "CTN": "BX", "CS": "BX", "PAK": "PK", "DZ": "PK"}

var worksPacks = map[string]string{"CAN": "per can", "GAL": "per gallon can", "CTN": "per carton", "CS": "per case", "PAK": "per pack", "DZ": "per dozen"}

func (t *procureTrade) worksItem(p map[string]string, shelf, picture string, sold []map[string]string) {
	if picture == "" {
		picture = stillOf(shelf, colour(p["Color"]))
	}
	if picture != "" {
		picture = "file:" + picture
	}
	unit := "H87"
	if len(sold) > 0 {
		unit = worksUnits[sold[0]["UnitMeasureCode"]]
	}
	kg := num(p["Weight"])
	switch p["WeightUnitMeasureCode"] {
	case "LB":
		kg *= 0.45359237
	case "G":
		kg /= 1000
	}
	category := worksCategory(p["Name"], shelf)
	t.item(part{
		sku: p["ProductNumber"], category: category, en: p["Name"], zh: worksZH(p["Name"]), brand: "", unit: unit, picture: picture, kg: math.Round(kg*1000) / 1000,
		attrs: map[string]string{"colour": colour(p["Color"]), "size": p["Size"], "style": map[string]string{"M": "men", "W": "women", "U": "unisex"}[p["Style"]]},
	})
}

func colour(c string) string {
	return strings.ReplaceAll(strings.ToLower(c), "/", "-")
}

func (t *procureTrade) worksOffers(p map[string]string, sold []map[string]string, vendors map[string]string) {
	sku := p["ProductNumber"]
	if len(sold) == 0 {
		t.offer(terms{seller: "adventure-works", sku: "AWC-" + sku, item: sku, store: "EU1", price: num(p["ListPrice"]) * dollar * 0.8, moq: 1, step: 1, lead: pick(5, 20, sku), breaks: []float64{10}})
		return
	}
	unit := worksUnits[sold[0]["UnitMeasureCode"]]
	for _, v := range sold {
		if worksUnits[v["UnitMeasureCode"]] != unit {
			continue // one vendor sells it in other units than the rest
		}
		moq := math.Max(1, num(v["MinOrderQty"]))
		t.offer(terms{
			seller: vendors[v["BusinessEntityID"]], sku: "A-" + sku, item: sku, unit: unit, store: "EU1", note: worksPacks[v["UnitMeasureCode"]],
			price: num(v["StandardPrice"]) * dollar, moq: moq, step: 1, lead: int(num(v["AverageLeadTime"])), breaks: []float64{10},
		})
	}
}

package tenants_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kontorhq/kontor/tenants"
)

// copyOf is a built-in blueprint in memory, to be spoilt.
func copyOf(t *testing.T, slug string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(tenants.FS, slug, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(tenants.FS, path)
		m[path] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAFaultyBlueprintIsRefusedWithTheReason(t *testing.T) {
	for _, c := range []struct{ name, file, from, to, says string }{
		{"a misspelt key", "steel/tenant.yaml", "release_limit:", "releese_limit:", "releese_limit"},
		{"a folder of another name", "steel/tenant.yaml", "slug: steel", "slug: stele", "not the folder's name"},
		{"two canonical hosts", "steel/tenant.yaml", "canonical: true}", "canonical: true}\n  - {host: s.localhost, canonical: true}", "not 2"},
		{"a rate above one half", "steel/tenant.yaml", `tax_rate: "0.13"`, `tax_rate: "13"`, "between 0 and 0.5"},
		{"a missing translation", "steel/categories.yaml", "{zh-CN: 型钢, en: Sections}", "{zh-CN: 型钢}", "no text in en"},
		{"a category twice", "steel/categories.yaml", "slug: hm,", "slug: hw,", "declared twice"},
		{"an unknown attribute", "steel/categories.yaml", "[standard, grade, d, kgm, length]", "[standard, grade, dd, kgm, length]", `attribute "dd"`},
		{"a range of words", "steel/attributes/quality.json", `"type": "text", "facet": "terms"`, `"type": "text", "facet": "range"`, "only numbers"},
		{"a wrong check character", "steel/seed/orgs.yaml", "91130203MA0KQ4T7XU", "91130203MA0KQ4T7XW", "cn.uscc: checksum"},
		{"a wrong organisation code", "steel/seed/orgs.yaml", "91310113MA1GLX5N8N", "91310113MA1GLX5N9R", "cn.uscc: checksum"},
		{"a wrong IBAN", "steel/seed/orgs.yaml", "DE64999000000004200037", "DE65999000000004200037", "iban: checksum"},
		{"an unknown company", "steel/seed/people.yaml", "{org: lanqiao,", "{org: lanqia,", `company "lanqia"`},
		{"an unknown role", "steel/seed/people.yaml", "roles: [buyer]", "roles: [byer]", `role "byer"`},
		{"an unknown department", "steel/seed/people.yaml", "unit: PUR", "unit: PUT", `department "PUT"`},
		{"a warehouse of a buyer", "steel/seed/warehouses.csv", "shuyuan,CD1", "hengyuan,CD1", "belongs to no seller"},
		{"a text without its translation", "steel/locales/en.json", "tenant.footer", "tenant.foot", "tenant.foot"},
		{"a featured item that is not there", "steel/tenant.yaml", "- HEB200-S355J2-12", "- HEB201-S355J2-12", "HEB201"},
		{"an unknown column", "steel/seed/indices.csv", "days_ago", "days", `unknown column "days"`},
		{"a price that is no number", "steel/seed/indices.csv", ",2880,demo", ",2.880.0,demo", "not a decimal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := copyOf(t, "steel")
			old := string(m[c.file].Data)
			m[c.file].Data = []byte(strings.Replace(old, c.from, c.to, 1))
			if old == string(m[c.file].Data) {
				t.Fatalf("%q is not in %s", c.from, c.file)
			}
			_, err := tenants.Load(m, "steel")
			var p *tenants.Problems
			if !errors.As(err, &p) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want something about %q", err, c.says)
			}
		})
	}
}

func TestGoodsThatDoNotFitAreRefusedRowByRow(t *testing.T) {
	head := "seller,seller_sku,item,unit,moq,step,lead_days,incoterm,basis,note,tiers\n"
	for _, c := range []struct{ name, row, says string }{
		{"a seller nobody knows", "nobody,1,HW200x200x8x12-Q355B-12,TNE,1,1,1,,theoretical,,1:10", "seller is unknown"},
		{"an item nobody knows", "lanqiao,1,NONE,TNE,1,1,1,,theoretical,,1:10", `item "NONE"`},
		{"rising prices", "lanqiao,1,HW200x200x8x12-Q355B-12,TNE,1,1,1,,theoretical,,1:10;5:11", "fall in price"},
		{"no price for the smallest order", "lanqiao,1,HW200x200x8x12-Q355B-12,TNE,1,1,1,,theoretical,,2:10", "smallest order"},
		{"a price of nothing", "lanqiao,1,HW200x200x8x12-Q355B-12,TNE,1,1,1,,theoretical,,1:0", "no price"},
		{"a unit nobody knows", "lanqiao,1,HW200x200x8x12-Q355B-12,STONE,1,1,1,,theoretical,,1:10", `unit "STONE"`},
		{"too few fields", "lanqiao,1", "wrong number of fields"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := copyOf(t, "steel")
			for _, f := range []string{"offers", "contracts", "lots", "stock", "documents"} {
				delete(m, "steel/seed/"+f+".csv.gz")
			}
			m["steel/seed/offers.csv"] = &fstest.MapFile{Data: []byte(head + c.row + "\n")}
			if _, err := tenants.Load(m, "steel"); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want something about %q", err, c.says)
			}
		})
	}
}

func TestAllProblemsAreListedAtOnce(t *testing.T) {
	m := copyOf(t, "steel")
	text := strings.NewReplacer("currency: CNY", "currency: yuan", "country: CN", "country: China", "theme: steel", "theme: Steel!").Replace(string(m["steel/tenant.yaml"].Data))
	m["steel/tenant.yaml"].Data = []byte(text)
	_, err := tenants.Load(m, "steel")
	var p *tenants.Problems
	if !errors.As(err, &p) || len(p.Found) != 3 {
		t.Fatalf("got %v", err)
	}
}

func TestAnUnknownSlugIsSaidToBeUnknown(t *testing.T) {
	if _, err := tenants.Load(tenants.FS, "../steel"); !errors.Is(err, tenants.ErrUnknown) {
		t.Errorf("got %v", err)
	}
	if _, err := tenants.Hash(tenants.FS, "copper"); !errors.Is(err, tenants.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

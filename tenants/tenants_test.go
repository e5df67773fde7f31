package tenants_test

import (
	"io/fs"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/tenants"
)

// load reads a built-in blueprint; that alone proves every reference, name, price list,
// picture, check character and SOURCES.md in it (see the refusals in refusals_test.go).
func load(t *testing.T, slug string) tenants.Blueprint {
	t.Helper()
	b, err := tenants.Load(tenants.FS, slug)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// all gathers a stream, for tests that look at the whole of it.
func all[T any](t *testing.T, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var out []T
	for v, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func TestFourBlueprintsAreBuiltInAndLoad(t *testing.T) {
	slugs, err := tenants.Slugs(tenants.FS)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"pharma", "platform", "procure", "steel"}, slugs); diff != "" {
		t.Fatal(diff)
	}
	for _, slug := range slugs {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			if b := load(t, slug); b.Tenant.Slug != slug || len(b.Hash()) != 64 {
				t.Errorf("loaded %q with hash %q", b.Tenant.Slug, b.Hash())
			}
		})
	}
}

func TestEachMarketHasTheGoodsItPromises(t *testing.T) {
	for _, want := range []struct {
		slug                  string
		items, sellers, picks int
	}{{"steel", 1000, 6, 6}, {"pharma", 10000, 200, 6}, {"procure", 1000, 80, 6}} {
		t.Run(want.slug, func(t *testing.T) {
			t.Parallel()
			b := load(t, want.slug)
			items := all(t, b.Items())
			sellers := map[string]bool{}
			offered := map[string]bool{}
			for _, o := range all(t, b.Offers()) {
				sellers[o.Seller], offered[o.Item] = true, true
			}
			if len(items) < want.items || len(sellers) < want.sellers || len(b.Tenant.Featured) < want.picks {
				t.Errorf("%d items of %d sellers, %d on the home page", len(items), len(sellers), len(b.Tenant.Featured))
			}
			for _, i := range items {
				if !offered[i.SKU] {
					t.Errorf("nobody offers %s", i.SKU)
				}
			}
		})
	}
}

func TestNoTwoTenantsShareAHost(t *testing.T) {
	slugs, _ := tenants.Slugs(tenants.FS)
	owner := map[string]string{}
	for _, slug := range slugs {
		for _, h := range load(t, slug).Tenant.Hosts {
			if other := owner[h.Name]; other != "" {
				t.Errorf("%s belongs to %s and %s", h.Name, other, slug)
			}
			owner[h.Name] = slug
		}
	}
	if owner["steel.localhost"] != "steel" || owner["pharma.localhost"] != "pharma" || owner["procure.localhost"] != "procure" {
		t.Error(owner)
	}
}

func TestEveryMarketCanPlayTheWholeStory(t *testing.T) {
	for _, slug := range []string{"steel", "pharma", "procure"} {
		b := load(t, slug)
		roles, operators, waiting := map[string]int{}, 0, 0
		for _, p := range b.People {
			if p.Staff == "operator" {
				operators++
			}
			for _, m := range p.Members {
				for _, r := range m.Roles {
					roles[r]++
				}
			}
		}
		for _, o := range b.Orgs {
			if o.State == "submitted" {
				waiting++
			}
		}
		if slug == "procure" { // a head of department is both
			roles["buyer"] += roles["department_head"]
			roles["approver"] += roles["department_head"]
		}
		if roles["buyer"] < 2 || roles["approver"] < 1 || roles["seller"] < 2 || operators < 2 || waiting < 1 {
			t.Errorf("%s: roles %v, %d operators, %d companies waiting", slug, roles, operators, waiting)
		}
	}
}

func TestAnyChangedByteChangesTheHash(t *testing.T) {
	before, err := tenants.Hash(tenants.FS, "platform")
	if err != nil {
		t.Fatal(err)
	}
	changed := copyOf(t, "platform")
	same, _ := tenants.Hash(changed, "platform")
	changed["platform/locales/en.json"].Data = append(changed["platform/locales/en.json"].Data, '\n')
	after, _ := tenants.Hash(changed, "platform")
	if before != same || before == after {
		t.Errorf("embedded %s, copied %s, changed %s", before, same, after)
	}
}

func TestSeedFilesAreSmallAndNameTheirSources(t *testing.T) {
	err := fs.WalkDir(tenants.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > 1_500_000 {
			t.Errorf("%s has %d bytes", path, info.Size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for slug, words := range map[string][]string{
		"steel": {"GB/T 11263", "eurocodepy", "MIT"}, "pharma": {"openfda", "CC0"}, "procure": {"AdventureWorks", "MIT", "BestBuyAPIs", "CC0"},
	} {
		text, err := fs.ReadFile(tenants.FS, slug+"/seed/SOURCES.md")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s does not name %s", slug, w)
			}
		}
	}
}

func TestReadingCanStopEarly(t *testing.T) {
	b := load(t, "pharma")
	n := 0
	for _, err := range b.Items() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10 {
			break
		}
	}
	for range b.History() {
		t.Fatal("pharma has no history")
	}
	if n != 10 {
		t.Errorf("read %d", n)
	}
}

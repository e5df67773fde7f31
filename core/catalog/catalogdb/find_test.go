package catalogdb_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogtest"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/quantity"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// shop is a market in which words of both languages can be looked for.
func shop(t *testing.T) *catalogtest.Market {
	m := catalogtest.New(t, pgtest.New(t))
	seller := m.Sellers[0]
	tube := catalog.Entry{Path: "tubes", Item: catalog.Item{
		SKU: "T-316L-50", Names: catalog.Names{"zh-CN": "不锈钢无缝管 50×3", "en": "Stainless seamless tube 50x3"}, Attributes: map[string]string{"grade": "316L"},
		Unit: quantity.Metre, State: catalog.Published,
	}}
	bearing := catalog.Entry{Path: "bearings", Item: catalog.Item{
		SKU: "6204-2RS", Names: catalog.Names{"zh-CN": "深沟球轴承", "en": "Deep groove ball bearing"}, Brand: "Acme", Unit: quantity.Piece, State: catalog.Published,
	}}
	draft := catalogtest.Beam("HW-DRAFT", "热轧H型钢 HW900×900", "Hot rolled H-beam HW900x900", "900", "Q235B", 100, seller)
	draft.Item.State = catalog.Draft
	m.Put(t,
		catalogtest.Beam("HW200", "热轧H型钢 HW200×200×8×12", "Hot rolled H-beam HW200x200", "200", "Q235B", 605, seller),
		catalogtest.Beam("HW300", "热轧H型钢 HW300×300×10×15", "Hot rolled H-beam HW300x300", "300", "Q355B", 1130, seller),
		catalogtest.Beam("HN400", "热轧H型钢 HN400×200×8×13", "Hot rolled H-beam HN400x200", "400", "Q355B", 790, m.Sellers[1]),
		tube, bearing, draft)
	return m
}

func find(t *testing.T, m *catalogtest.Market, a catalog.Ask) ([]string, *catalog.Result) {
	t.Helper()
	r, err := m.Catalog.Search(m.Ctx, a)
	if err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	cards, err := m.Catalog.Cards(m.Ctx, r.Items())
	if err != nil {
		t.Fatal(err)
	}
	var skus []string
	for _, c := range cards {
		skus = append(skus, c.Item.SKU)
	}
	return skus, r
}

func TestSearchFindsWhatPeopleType(t *testing.T) {
	t.Parallel()
	m := shop(t)
	for _, c := range []struct {
		name, typed string
		want        []string
	}{
		{"a Chinese word", "型钢", []string{"HN400", "HW200", "HW300"}},
		{"a letter with its character", "H型钢", []string{"HN400", "HW200", "HW300"}},
		{"a designation with a space", "HW 200", []string{"HW200"}},
		{"without", "HW200", []string{"HW200"}},
		{"in small letters, whole", "hw200x200", []string{"HW200"}},
		{"its second half", "200×200", []string{"HW200"}},
		{"its beginning", "stainl", []string{"T-316L-50"}},
		{"a part number", "6204-2rs", []string{"6204-2RS"}},
		{"a part number without its dash", "62042RS", []string{"6204-2RS"}},
		{"a grade", "q355b", []string{"HN400", "HW300"}},
		{"a category's name", "轴承", []string{"6204-2RS"}},
		{"a seller's part number", "HW300-O", []string{"HW300"}},
		{"two words in any order", "无缝 不锈钢", []string{"T-316L-50"}},
		{"words of two fields", "H型钢 q235b", []string{"HW200"}},
		{"nothing that is here", "氧化铝", nil},
		{"signs alone", "!!! '", nil},
	} {
		got, _ := find(t, m, catalog.Ask{Text: c.typed})
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s, %q (-want +got):\n%s", c.name, c.typed, d)
		}
	}
}

func TestWhenNothingHasAllWordsSomeHaveAny(t *testing.T) {
	t.Parallel()
	m := shop(t)
	got, r := find(t, m, catalog.Ask{Text: "bearing titanium"})
	if !r.Loose || !slices.Equal(got, []string{"6204-2RS"}) {
		t.Fatalf("got %v, loose %v", got, r.Loose)
	}
}

func TestAnItemWithTheWordInItsCodeComesFirst(t *testing.T) {
	t.Parallel()
	m := catalogtest.New(t, pgtest.New(t))
	a := catalogtest.Beam("X1", "", "Clamp for 6204 rings", "1", "Q235B", 1, m.Sellers[0])
	b := catalogtest.Beam("6204", "", "A bearing with a name that is very much longer than the other's", "1", "Q235B", 1, m.Sellers[0])
	m.Put(t, a, b)
	if got, _ := find(t, m, catalog.Ask{Text: "6204"}); !slices.Equal(got, []string{"6204", "X1"}) {
		t.Fatalf("got %v", got)
	}
}

func TestListsNarrowByCategoryValuesAndRanges(t *testing.T) {
	t.Parallel()
	m := shop(t)
	sh, err := m.Catalog.Shelf(m.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	filter := func(key string, raw ...string) catalog.Filter {
		f, err := catalog.ParseFilter(sh.Attributes[key], raw)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, c := range []struct {
		name string
		ask  catalog.Ask
		want []string
	}{
		{"a category with what is below it", catalog.Ask{Category: "sections"}, []string{"HN400", "HW200", "HW300"}},
		{"any of two values", catalog.Ask{Filters: []catalog.Filter{filter("grade", "Q235B", "316L")}}, []string{"HW200", "T-316L-50"}},
		{"a range, ends included", catalog.Ask{Filters: []catalog.Filter{filter("h", "200..300")}}, []string{"HW200", "HW300"}},
		{"a range in inches", catalog.Ask{Filters: []catalog.Filter{filter("h", "11in..12in")}}, []string{"HW300"}},
		{"value and range and words", catalog.Ask{Text: "型钢", Filters: []catalog.Filter{filter("grade", "Q355B"), filter("h", "350..")}}, []string{"HN400"}},
		{"a seller's goods", catalog.Ask{Seller: m.Sellers[1]}, []string{"HN400"}},
		{"a brand", catalog.Ask{Filters: []catalog.Filter{filter("brand", "Acme")}}, []string{"6204-2RS"}},
	} {
		got, r := find(t, m, c.ask)
		slices.Sort(got)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
		if r.Total != len(c.want) || r.More {
			t.Errorf("%s: total %d, more %v, want %d", c.name, r.Total, r.More, len(c.want))
		}
	}
}

// Who chose a grade sees how many there are of the others; who did not, how many of each.
func TestCountsLeaveOutTheirOwnChoice(t *testing.T) {
	t.Parallel()
	m := shop(t)
	sh, _ := m.Catalog.Shelf(m.Ctx)
	f, err := catalog.ParseFilter(sh.Attributes["grade"], []string{"Q355B"})
	if err != nil {
		t.Fatal(err)
	}
	_, r := find(t, m, catalog.Ask{Category: "sections/h-beams", Filters: []catalog.Filter{f}})
	want := []catalog.Count{
		{Key: "@", Term: "sections", Items: 2},
		{Key: "@", Term: "sections/h-beams", Items: 2},
		{Key: "brand", Term: "Rizhao", Items: 2},
		{Key: "grade", Term: "Q355B", Items: 2},
		{Key: "grade", Term: "Q235B", Items: 1},
		{Key: "h", Items: 2, Low: 300 * quantity.Scale, High: 400 * quantity.Scale},
	}
	if d := cmp.Diff(want, r.Counts); d != "" {
		t.Fatalf("counts (-want +got):\n%s", d)
	}
}

func TestPagesFollowEachOtherInEveryOrder(t *testing.T) {
	t.Parallel()
	m := catalogtest.New(t, pgtest.New(t))
	var es []catalog.Entry
	for _, n := range strings.Split("abcdefghij", "") {
		es = append(es, catalogtest.Beam("P"+n, "型钢"+n, "beam "+n, "1", "Q235B", 1, m.Sellers[0]))
	}
	m.Put(t, es...)
	for _, order := range []catalog.Sort{catalog.ByNewest, catalog.ByName, catalog.ByPrice, catalog.ByPriceDesc, catalog.ByRelevance} {
		a := catalog.Ask{Sort: order, Page: page.Request{Limit: 3}}
		if order == catalog.ByRelevance {
			a.Text = "型钢"
		}
		seen := map[string]bool{}
		for pages := 0; pages < 5; pages++ {
			got, r := find(t, m, a)
			for _, s := range got {
				if seen[s] {
					t.Errorf("%s: %s twice", order, s)
				}
				seen[s] = true
			}
			if a.Page.After = r.Next; r.Next == "" {
				break
			}
		}
		if len(seen) != 10 {
			t.Errorf("%s: saw %d of 10", order, len(seen))
		}
	}
	if _, err := m.Catalog.Search(m.Ctx, catalog.Ask{Page: page.Request{After: "bm9uc2Vuc2U"}}); err == nil {
		t.Error("a foreign cursor was taken")
	}
}

// Another tenant's goods are in the same index and are never found, whoever asks.
func TestSearchNeverCrossesTenants(t *testing.T) {
	t.Parallel()
	a, b := shop(t), shop(t)
	ours, _ := find(t, a, catalog.Ask{Text: "型钢"})
	if len(ours) != 3 {
		t.Fatalf("found %d, want our 3", len(ours))
	}
	ra, _ := a.Catalog.Search(a.Ctx, catalog.Ask{})
	rb, _ := b.Catalog.Search(b.Ctx, catalog.Ask{})
	for _, i := range ra.Items() {
		if slices.Contains(rb.Items(), i) {
			t.Fatalf("%s is in both tenants", i)
		}
	}
	cards, err := a.Catalog.Cards(a.Ctx, rb.Items())
	if err != nil || len(cards) != 0 {
		t.Fatalf("a neighbour's items gave %d cards, %v", len(cards), err)
	}
}

// The search functions see past row-level security; without a tenant they must fail, and
// nobody but the application may call them.
func TestSearchFunctionsNeedATenantAndTheApplicationsRole(t *testing.T) {
	t.Parallel()
	m := shop(t)
	if _, err := m.DB.Pool().Exec(m.Ctx, `SELECT * FROM srch.catalog_items('''=all:''', '', '', NULL, 'newest', NULL, NULL, NULL, 5, 0)`); err == nil {
		t.Error("the search answered without a tenant")
	}
	var open int
	err := m.DB.Ops(t).QueryRow(m.Ctx, `SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname = 'srch' AND (NOT p.prosecdef OR p.proconfig IS NULL OR has_function_privilege('kontor_control', p.oid, 'EXECUTE')
			OR EXISTS (SELECT 1 FROM unnest(p.proargnames) a WHERE a ILIKE '%tenant%'))`).Scan(&open)
	if err != nil || open != 0 {
		t.Errorf("%d search functions are open to others, without a fixed path or take a tenant (%v)", open, err)
	}
}

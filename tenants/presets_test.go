package tenants

import (
	"slices"
	"testing"
)

// Every kind in every pack that goes with it and in every region is a whole market.
func TestEveryMarketThatCanBeOrderedIsWhole(t *testing.T) {
	t.Parallel()
	p, err := LoadPresets()
	if err != nil {
		t.Fatal(err)
	}
	names := Names{"en": "Test", "zh-CN": "测试"}
	made := map[string]bool{}
	for _, pack := range p.Packs {
		for _, l := range []string{"en", "zh-CN"} {
			if pack.Names[l] == "" {
				t.Errorf("pack %s has no name in %s", pack.Key, l)
			}
		}
		for _, kind := range pack.Kinds {
			for _, r := range p.Regions {
				b, err := p.Make(Order{Slug: "new-market", Kind: kind, Pack: pack.Key, Region: r.Key, Names: names, Host: "new-market.example", Contact: "op@new.example"})
				if err != nil {
					t.Fatal(err)
				}
				b.Tenant.Taglines = names // an operator's own words, not a preset's
				var found Problems
				c := checker{Blueprint: &b, Problems: &found, categories: map[string]*Category{}, attributes: map[string]*Attribute{}, roles: map[string]bool{}, orgs: map[string]*Org{}}
				c.tenant("new-market")
				c.vocabulary()
				c.tree()
				c.roleLines()
				if len(found.Found) > 0 {
					t.Errorf("%s, %s, %s: %v", kind, pack.Key, r.Key, found.Found)
				}
				if len(b.Categories) == 0 || len(b.Orgs)+len(b.People)+len(b.Licences) > 0 || len(b.Texts) > 0 {
					t.Errorf("%s, %s: %d categories, or somebody else's people", kind, pack.Key, len(b.Categories))
				}
				made[kind] = true
			}
		}
	}
	for _, kind := range kinds {
		if kind != "platform" && !made[kind] {
			t.Errorf("nothing can be ordered of kind %s", kind)
		}
	}
	if _, err := p.Make(Order{Kind: "open", Pack: "pharma", Region: "cn"}); err == nil {
		t.Error("ingredients are sold on an open market")
	}
	if slices.Contains(kinds, "") {
		t.Error("a kind has no name")
	}
}

package catalog

import (
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/search"
	"github.com/kontorhq/kontor/core/quantity"
)

// Listing is what a published item can be found and sorted by.
type Listing struct {
	Item    id.Item
	Name    string
	Newness int64 // minus microseconds, so that the newest sort first
	Vector  string
	Facets  []FacetValue
}

// FacetValue is one value of an item that lists can be narrowed by.
type FacetValue struct {
	Key   string
	Term  string
	Micro *int64 // for ranges
}

// listing makes an item's listing: the only place that knows what an item is found by.
func (sh *Shelf) listing(i Item, sellers []id.Org, sellerSKUs []string, at time.Time) Listing {
	path := ""
	var fields []search.Field
	for _, n := range i.Names {
		fields = append(fields, search.Field{Text: n, Weight: search.InName})
	}
	fields = append(fields, search.Field{Text: i.SKU, Weight: search.InCode}, search.Field{Text: i.Brand, Weight: search.InCode})
	for _, s := range sellerSKUs {
		fields = append(fields, search.Field{Text: s, Weight: search.InCode})
	}
	if c, ok := sh.Tree.ByID(i.Category); ok {
		path = c.Path
		for _, up := range sh.Tree.Trail(path) {
			for _, n := range up.Names {
				fields = append(fields, search.Field{Text: n, Weight: search.InCategory})
			}
		}
	}
	for k, v := range i.Attributes {
		text := v
		if a, ok := sh.Attributes[k]; ok && len(a.Options) > 0 {
			for _, o := range a.Options {
				if o.Value == v {
					text += " " + strings.Join(values(o.Names), " ")
				}
			}
		}
		fields = append(fields, search.Field{Text: text, Weight: search.InProperty})
	}
	facets := sh.facets(i, path)
	terms := []string{everything}
	for _, f := range facets {
		if f.Micro == nil { // ranges are looked up by number
			terms = append(terms, search.Term(f.Key, f.Term))
		}
	}
	for _, s := range sellers {
		terms = append(terms, search.Term("#", s.String()))
	}
	return Listing{
		Item: i.ID, Name: strings.ToLower(i.Names.In("en")), Newness: -at.UnixMicro(),
		Vector: search.Vector(fields, terms...), Facets: facets,
	}
}

func values(n Names) []string {
	out := make([]string, 0, len(n))
	for _, v := range n {
		out = append(out, v)
	}
	return out
}

// facets are the values that lists count and narrow by.
func (sh *Shelf) facets(i Item, path string) []FacetValue {
	var out []FacetValue
	for _, p := range Chain(path) {
		out = append(out, FacetValue{Key: "@", Term: p})
	}
	if i.Brand != "" {
		out = append(out, FacetValue{Key: Brand.Key, Term: i.Brand})
	}
	for k, v := range i.Attributes {
		a, ok := sh.Attributes[k]
		switch {
		case !ok || v == "" || k == Brand.Key:
		case a.Facet == TermsFacet:
			out = append(out, FacetValue{Key: k, Term: v})
		case a.Facet == RangeFacet:
			if m, err := quantity.ParseMicro(v); err == nil {
				out = append(out, FacetValue{Key: k, Term: v, Micro: &m})
			}
		}
	}
	return out
}

package catalog

import (
	"cmp"
	"slices"
	"sync"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/search"
)

// Shelf is what all of a tenant's pages share and nobody's rights change: the category
// tree, the attributes, and the words that both are made of.
type Shelf struct {
	Tree       *Tree
	Attributes map[string]Attribute
	Ordered    []Attribute // by position
	words      search.Lexicon
	orders     sync.Map // category's path → []*Attribute
}

// NewShelf puts a tenant's categories and attributes in order.
func NewShelf(cs []Category, as []Attribute) *Shelf {
	sh := &Shelf{Tree: NewTree(cs), Attributes: map[string]Attribute{}, words: search.Lexicon{}}
	for _, a := range as {
		sh.Attributes[a.Key] = a
		for _, o := range a.Options {
			sh.words.Learn(o.Value)
			for _, n := range o.Names {
				sh.words.Learn(n)
			}
		}
	}
	if _, ok := sh.Attributes[Brand.Key]; !ok {
		sh.Attributes[Brand.Key] = Brand
	}
	for _, a := range sh.Attributes {
		sh.Ordered = append(sh.Ordered, a)
	}
	slices.SortFunc(sh.Ordered, func(a, b Attribute) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Key, b.Key))
	})
	for _, c := range cs {
		for _, n := range c.Names {
			sh.words.Learn(n)
		}
	}
	return sh
}

// maxFacets is how many facets a list counts.
const maxFacets = 12

// FacetKeys are the facets worth counting at a place in the tree: those of the category's
// attributes, or of all where it names none, and the brand.
func (sh *Shelf) FacetKeys(path string) []string {
	var own []string
	if path != "" {
		own = sh.Tree.AttributesOf(path)
	}
	var out []string
	for _, a := range sh.Ordered {
		if a.Facet == NoFacet || (len(own) > 0 && a.Key != Brand.Key && !slices.Contains(own, a.Key)) {
			continue
		}
		if len(out) < maxFacets {
			out = append(out, a.Key)
		}
	}
	return out
}

// Specs is an item's specification table in a locale: its category's attributes in order,
// then whatever else it has.
func (sh *Shelf) Specs(i Item, locale string) []Spec {
	out := make([]Spec, 0, len(i.Attributes))
	for _, a := range sh.specOrder(i.Category) {
		if v := i.Attributes[a.Key]; v != "" {
			out = append(out, Spec{Key: a.Key, Name: cmp.Or(a.Names.In(locale), a.Key), Value: a.Label(v, locale), Unit: a.Unit})
		}
	}
	return out
}

// specOrder is every attribute in the order of a category's table, worked out once: a list
// shows the table of each item.
func (sh *Shelf) specOrder(in id.Category) []*Attribute {
	path := ""
	if c, ok := sh.Tree.ByID(in); ok {
		path = c.Path
	}
	if known, ok := sh.orders.Load(path); ok {
		return known.([]*Attribute)
	}
	var out []*Attribute
	own := sh.Tree.AttributesOf(path)
	for _, k := range own {
		if a, ok := sh.Attributes[k]; ok {
			out = append(out, &a)
		}
	}
	for _, a := range sh.Ordered {
		if !slices.Contains(own, a.Key) {
			out = append(out, &a)
		}
	}
	sh.orders.Store(path, out)
	return out
}

// Normal checks an item's values against the attributes and gives them their one spelling.
func (sh *Shelf) Normal(values map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(values))
	for k, v := range values {
		a, ok := sh.Attributes[k]
		if !ok || k == Brand.Key {
			return nil, ErrAttributeUnknown.With("key", clip(k, 40))
		}
		n, err := a.Normal(v)
		if err != nil {
			return nil, err
		}
		out[k] = n
	}
	return out, nil
}

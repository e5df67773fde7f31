package storefront

import (
	"net/url"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/reads"
)

// columns are the attributes that most of the items have, in the shelf's order: those in
// which the items differ, and others only where few do.
func (e eye) columns(sh *catalog.Shelf, path string, rows []reads.Row) []ListColumn {
	keys := sh.Tree.AttributesOf(path)
	if len(keys) == 0 {
		for _, a := range sh.Ordered {
			keys = append(keys, a.Key)
		}
	}
	var out, same []ListColumn
	for _, k := range keys {
		a, ok := sh.Attributes[k]
		have, differ := spread(rows, k)
		plain := a.Facet == catalog.NoFacet && a.Type != catalog.Number // a number of a paper, a day: for the item's own page
		if !ok || k == catalog.Brand.Key || plain || have == 0 || have*2 < len(rows) {
			continue
		}
		c := ListColumn{Key: k, Name: a.Names.In(e.Locale()), Unit: a.Unit, Num: a.Type == catalog.Number}
		if differ {
			out = append(out, c)
		} else {
			same = append(same, c)
		}
	}
	for len(out) < 3 && len(same) > 0 {
		out, same = append(out, same[0]), same[1:]
	}
	return out[:min(len(out), maxColumns)]
}

// spread is how many of the rows have an attribute, and whether it differs among them.
func spread(rows []reads.Row, key string) (have int, differ bool) {
	first := ""
	for _, r := range rows {
		v := r.Card.Item.Attributes[key]
		if v == "" {
			continue
		}
		if have == 0 {
			first = v
		}
		differ = differ || v != first
		have++
	}
	return have, differ
}

// childLinks lead deeper into the tree, with the words kept and the filters dropped.
func (e eye) childLinks(sh *catalog.Shelf, path string, counts *catalog.Result, q url.Values) []theme.Link {
	items := map[string]int64{}
	for _, c := range counts.Counts {
		if c.Key == "@" {
			items[c.Term] = c.Items
		}
	}
	var out []theme.Link
	for _, c := range sh.Tree.Children(path) {
		if items[c.Path] > 0 {
			out = append(out, theme.Link{Text: c.Names.In(e.Locale()), URL: address("/c/"+c.Path, keeping(q, "q", "view")), Count: int(items[c.Path])})
		}
	}
	return out
}

package storefront

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

// How much of a facet and of an item one sees at a glance.
const (
	maxTerms   = 14
	maxColumns = 6
)

// listOf is the view of one page.
func (e eye) listOf(base string, q url.Values, ask catalog.Ask, l reads.List, first *catalog.Result) *List {
	q = tidy(q)
	m := &List{Query: ask.Text, Total: first.Total, Exact: !first.More, Loose: first.Loose, Private: e.site.LoginRequired, MayCompare: len(l.Rows) > 1, View: q.Get("view"), Sort: q.Get("sort")}
	m.Frame.Query = ask.Text
	if m.View != "grid" && m.View != "table" {
		m.View = "table"
		if e.site.LoginRequired {
			m.View = "grid"
		}
	}
	if n := counted(l.Shelf.Tree, ask.Category, first); first.More && n > 0 {
		m.Total, m.Exact = n, true
	}
	m.URL = address(base, q)
	m.Cards = e.cards(l.Shelf, l.Rows)
	for _, c := range m.Cards {
		m.HasLots, m.HasSchedule, m.HasBrand = m.HasLots || !c.NextExpiry.IsZero(), m.HasSchedule || c.Schedule != "", m.HasBrand || c.Brand != ""
	}
	m.Columns = e.columns(l.Shelf, ask.Category, l.Rows)
	m.Facets = e.facets(l.Shelf, ask, first.Counts)
	m.Chips = e.chips(base, q, l.Shelf, ask)
	m.Children = e.childLinks(l.Shelf, ask.Category, first, q)
	m.GridURL, m.TableURL = address(base, with(q, "view", "grid")), address(base, with(q, "view", "table"))
	if len(m.Chips) > 0 {
		m.ClearURL = address(base, keeping(q, "q", "sort", "view"))
	}
	for _, k := range []string{"q", "sort", "view", "seller"} {
		if x := q.Get(k); x != "" {
			m.Keep = append(m.Keep, theme.Choice{Value: k, Label: x})
		}
	}
	e.sorts(m, ask)
	if l.Result.Next != "" {
		m.Next = address(base, with(q, "after", l.Result.Next))
	}
	if ask.Page.After != "" {
		m.First = address(base, q)
	}
	return m
}

// counted is how many items a list has by its shelves' counts, which go further than the
// list's own.
func counted(t *catalog.Tree, path string, r *catalog.Result) int {
	n := int64(0)
	for _, c := range r.Counts {
		if c.Key == "@" && (c.Term == path || (path == "" && catalog.Above(c.Term) == "" && len(t.Children("")) > 0)) {
			n += c.Items
		}
	}
	return int(n)
}

// tidy is the query without what belongs to one page or says nothing.
func tidy(q url.Values) url.Values {
	out := url.Values{}
	for k, vs := range q {
		if k == "after" || k == "lang" {
			continue
		}
		for _, x := range vs {
			if strings.TrimSpace(x) != "" {
				out[k] = append(out[k], x)
			}
		}
	}
	return out
}

func with(q url.Values, key, value string) url.Values {
	out := url.Values{}
	for k, vs := range q {
		out[k] = vs
	}
	out.Set(key, value)
	return out
}

func keeping(q url.Values, keys ...string) url.Values {
	out := url.Values{}
	for _, k := range keys {
		if vs := q[k]; len(vs) > 0 {
			out[k] = vs
		}
	}
	return out
}

func without(q url.Values, key, value string) url.Values {
	out := url.Values{}
	for k, vs := range q {
		for _, x := range vs {
			if k != key || (value != "" && x != value) {
				out[k] = append(out[k], x)
			}
		}
	}
	return out
}

func address(base string, q url.Values) string {
	if s := q.Encode(); s != "" {
		return base + "?" + s
	}
	return base
}

func (e eye) sorts(m *List, ask catalog.Ask) {
	if ask.Text != "" {
		m.Sorts = append(m.Sorts, theme.Choice{Value: "relevance", Label: e.T("list.by_relevance")})
	}
	for _, s := range []string{"newest", "name", "price", "-price"} {
		m.Sorts = append(m.Sorts, theme.Choice{Value: s, Label: e.T("list.by_" + strings.TrimPrefix(s, "-") + map[bool]string{true: "_desc"}[s[0] == '-'])})
	}
	if m.Sort == "" && len(m.Sorts) > 0 {
		m.Sort = m.Sorts[0].Value
	}
}

// facets are the filters with their counts.
func (e eye) facets(sh *catalog.Shelf, ask catalog.Ask, counts []catalog.Count) []theme.Facet {
	var out []theme.Facet
	for _, key := range sh.FacetKeys(ask.Category) {
		a := sh.Attributes[key]
		f := theme.Facet{Key: key, Name: a.Names.In(e.Locale()), Unit: a.Unit}
		chosen, on := filterFor(ask, key)
		f.Open = on
		for _, c := range counts {
			if c.Key != key {
				continue
			}
			if a.Facet == catalog.RangeFacet {
				f.Range, f.Min, f.Max = true, quantity.FormatMicro(c.Low), quantity.FormatMicro(c.High)
				if c.Low == c.High && !on {
					f.Range = false
				}
				continue
			}
			f.Terms = append(f.Terms, theme.FacetTerm{Value: c.Term, Label: a.Label(c.Term, e.Locale()), Count: int(c.Items), On: slices.Contains(chosen.Terms, c.Term)})
		}
		if a.Facet == catalog.RangeFacet && on {
			f.Range, f.From, f.To = true, end(chosen.Low), end(chosen.High)
		}
		f.Terms = shorten(a, e, f.Terms, chosen)
		if f.Range || len(f.Terms) > 1 || (on && len(f.Terms) > 0) {
			out = append(out, f)
		}
	}
	if ask.Category == "" {
		return widest(out)
	}
	return out
}

// widest keeps, where all shelves are shown at once, the filters that say something about
// most of them.
func widest(fs []theme.Facet) []theme.Facet {
	covers := func(f theme.Facet) int {
		n := 0
		for _, t := range f.Terms {
			n += t.Count
		}
		return n
	}
	fs = slices.DeleteFunc(fs, func(f theme.Facet) bool { return f.Range && !f.Open })
	slices.SortStableFunc(fs, func(a, b theme.Facet) int {
		if a.Open != b.Open {
			return map[bool]int{true: -1, false: 1}[a.Open]
		}
		return cmp.Compare(covers(b), covers(a))
	})
	return fs[:min(len(fs), 7)]
}

// shorten keeps the most frequent values and whatever is chosen.
func shorten(a catalog.Attribute, e eye, terms []theme.FacetTerm, chosen catalog.Filter) []theme.FacetTerm {
	slices.SortStableFunc(terms, func(a, b theme.FacetTerm) int {
		if a.On != b.On {
			return map[bool]int{true: -1, false: 1}[a.On]
		}
		return cmp.Compare(b.Count, a.Count)
	})
	if len(terms) > maxTerms {
		terms = terms[:maxTerms]
	}
	for _, t := range chosen.Terms {
		if !slices.ContainsFunc(terms, func(x theme.FacetTerm) bool { return x.Value == t }) {
			terms = append(terms, theme.FacetTerm{Value: t, Label: a.Label(t, e.Locale()), On: true})
		}
	}
	return terms
}

func filterFor(ask catalog.Ask, key string) (catalog.Filter, bool) {
	for _, f := range ask.Filters {
		if f.Key == key {
			return f, true
		}
	}
	return catalog.Filter{}, false
}

// end writes one end of a range; an open end is nothing.
func end(micro int64) string {
	if micro == -1<<63 || micro == 1<<63-1 {
		return ""
	}
	return quantity.FormatMicro(micro)
}

func (e eye) chips(base string, q url.Values, sh *catalog.Shelf, ask catalog.Ask) []theme.Chip {
	var out []theme.Chip
	for _, f := range ask.Filters {
		a := sh.Attributes[f.Key]
		name := a.Names.In(e.Locale())
		if f.Range {
			text := name + " " + end(f.Low) + "–" + end(f.High)
			if a.Unit != "" {
				text += "\u00a0" + e.Unit(a.Unit)
			}
			rest := without(without(without(q, f.Key+".min", ""), f.Key+".max", ""), f.Key, "")
			out = append(out, theme.Chip{Text: text, URL: address(base, rest), On: true})
			continue
		}
		for _, t := range f.Terms {
			out = append(out, theme.Chip{Text: name + " " + a.Label(t, e.Locale()), URL: address(base, without(q, f.Key, t)), On: true})
		}
	}
	return out
}

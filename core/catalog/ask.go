package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/search"
)

// Sort is the order of a list.
type Sort string

// The orders of lists. The zero value is relevance where something was typed and newest
// where not.
const (
	ByRelevance Sort = "relevance"
	ByNewest    Sort = "newest"
	ByName      Sort = "name"
	ByPrice     Sort = "price"
	ByPriceDesc Sort = "price_desc"
)

// Ask is what a person wants to see of the catalogue.
type Ask struct {
	Text     string
	Category string // path
	Seller   id.Org
	Filters  []Filter
	Sort     Sort
	Page     page.Request
}

// everything is the term that every listing has.
const everything = "=all:"

// Place is a row's place in a list: what a cursor holds.
type Place struct {
	N  int64  `json:"n"`
	S  string `json:"s"`
	ID string `json:"i"`
}

// Find is an Ask in the search functions' terms.
type Find struct {
	Wanted  string // tsquery
	InName  string
	InCodes string
	Ranges  string // JSON, "" for none
	Sort    Sort
	After   *Place
	Limit   int
	Counted []string // keys to count among all that is found; nil for no counts
	Apart   []Apart
}

// Apart is a facet that the person has chosen from: it is counted without that choice, so
// that he can widen it.
type Apart struct {
	Key    string
	Wanted string
	Ranges string
}

type rangeJSON struct {
	Key  string `json:"key"`
	Low  int64  `json:"low"`
	High int64  `json:"high"`
}

// find turns an ask into the terms of the search functions.
func (a Ask) find(q search.Query, words string) (Find, error) {
	f := Find{Wanted: a.wanted(words, ""), Ranges: a.ranges(""), Limit: a.Page.Size() + 1}
	var err error
	if f.Sort, err = a.order(); err != nil {
		return Find{}, err
	}
	if f.Sort == ByRelevance && words != "" {
		f.InName, f.InCodes = q.Weighted("A"), q.Weighted("B")
	}
	if a.Page.After != "" {
		f.After = &Place{}
		if err := page.Decode(a.Page.After, f.After); err != nil {
			return Find{}, err
		}
		if i, err := id.Parse[struct{}](f.After.ID); err != nil || i.IsZero() {
			return Find{}, page.ErrCursor
		}
		if strings.ContainsRune(f.After.S, 0) {
			return Find{}, page.ErrCursor
		}
	}
	return f, nil
}

func (a Ask) order() (Sort, error) {
	switch a.Sort {
	case "", ByRelevance:
		if a.Text == "" {
			return ByNewest, nil
		}
		return ByRelevance, nil
	case ByNewest, ByName, ByPrice, ByPriceDesc:
		return a.Sort, nil
	}
	return "", ErrSort
}

// wanted is the tsquery of everything but ranges; the filter on key without is left out,
// so that its facet can be counted for those who want to widen it.
func (a Ask) wanted(words, without string) string {
	groups := [][]string{{everything}}
	if a.Category != "" {
		groups[0] = []string{search.Term("@", a.Category)}
	}
	if !a.Seller.IsZero() {
		groups = append(groups, []string{search.Term("#", a.Seller.String())})
	}
	for _, f := range a.Filters {
		if f.Key != without {
			groups = append(groups, f.group())
		}
	}
	if words == "" && len(groups) == 1 && a.Category == "" {
		return "'" + everything + "'" // the spelling that the search function knows as "all of it"
	}
	if words != "" && a.Category == "" {
		groups = groups[1:] // words narrow enough
	}
	return search.And(words, groups...)
}

func (a Ask) ranges(without string) string {
	var rs []rangeJSON
	for _, f := range a.Filters {
		if f.Range && f.Key != without {
			rs = append(rs, rangeJSON{f.Key, f.Low, f.High})
		}
	}
	if rs == nil {
		return ""
	}
	b, _ := json.Marshal(rs) // numbers and keys only
	return string(b)
}

// count makes f count: the open keys once, and each chosen one by itself.
func (a Ask) count(f *Find, words string, keys []string) {
	f.Counted = []string{"@"}
	for _, k := range keys {
		if !slices.ContainsFunc(a.Filters, func(f Filter) bool { return f.Key == k }) {
			f.Counted = append(f.Counted, k)
		}
	}
	for _, c := range a.Filters {
		if slices.Contains(keys, c.Key) {
			f.Apart = append(f.Apart, Apart{c.Key, a.wanted(words, c.Key), a.ranges(c.Key)})
		}
	}
}

// key is one spelling of the ask without its page, for caches. It holds nothing of the
// person who asks.
func (a Ask) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %s %s", a.Text, a.Category, a.Seller, a.Sort)
	for _, f := range a.Filters {
		fmt.Fprintf(&b, " %s=%q %d %d", f.Key, f.Terms, f.Low, f.High)
	}
	return b.String()
}

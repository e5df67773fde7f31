package cataloghttp

import (
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

type categoryView struct {
	ID         id.Category `json:"id"`
	Parent     id.Category `json:"parent_id,omitempty"`
	Path       string      `json:"path"`
	Name       string      `json:"name"`
	Attributes []string    `json:"attributes"`
	Picture    string      `json:"picture,omitempty"`
}

type attributeView struct {
	Key     string       `json:"key"`
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Unit    string       `json:"unit,omitempty"`
	Facet   string       `json:"facet"`
	Options []optionView `json:"options"`
}

type optionView struct {
	Value string `json:"value"`
	Name  string `json:"name"`
}

type treeView struct {
	Categories []categoryView  `json:"categories"`
	Attributes []attributeView `json:"attributes"`
}

func viewTree(sh *catalog.Shelf, locale string) treeView {
	v := treeView{[]categoryView{}, []attributeView{}}
	for _, c := range sh.Tree.All() {
		v.Categories = append(v.Categories, categoryView{c.ID, c.Parent, c.Path, c.Names.In(locale), append([]string{}, sh.Tree.AttributesOf(c.Path)...), c.Picture})
	}
	for _, a := range sh.Ordered {
		o := attributeView{a.Key, a.Names.In(locale), string(a.Type), a.Unit, string(a.Facet), []optionView{}}
		for _, x := range a.Options {
			o.Options = append(o.Options, optionView{x.Value, a.Label(x.Value, locale)})
		}
		v.Attributes = append(v.Attributes, o)
	}
	return v
}

// Card is an item in a list. It is exported because larger views hold it inline, and the
// API document describes exported fields alone.
type Card struct {
	ID        id.Item           `json:"id"`
	SKU       string            `json:"sku"`
	Name      string            `json:"name"`
	Brand     string            `json:"brand,omitempty"`
	Category  string            `json:"category"`
	Picture   string            `json:"picture,omitempty"`
	Regulated string            `json:"regulated,omitempty"`
	Specs     []specView        `json:"specs"`
	From      *fromView         `json:"price_from,omitempty" doc:"lowest price in the reader's reach; left out is on request"`
	Free      quantity.Quantity `json:"free"`
	Sellers   int               `json:"sellers"`
}

type fromView struct {
	Price    money.Price `json:"price"`
	Contract bool        `json:"contract"`
	Offer    id.Offer    `json:"offer_id"`
}

type specView struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	Value string `json:"value"`
	Unit  string `json:"unit,omitempty"`
}

func viewCard(sh *catalog.Shelf, c *catalog.Card, locale string) Card {
	i := c.Item
	v := Card{
		ID: i.ID, SKU: i.SKU, Name: i.Names.In(locale), Brand: i.Brand, Category: c.Path, Picture: i.Picture, Regulated: i.Regulated,
		Specs: []specView{}, Free: quantity.Quantity{Unit: i.Unit}, Sellers: c.Sellers(),
	}
	if sh != nil {
		for _, s := range sh.Specs(i, locale) {
			v.Specs = append(v.Specs, specView(s))
		}
	}
	return v
}

type countView struct {
	Term  string `json:"value"`
	Name  string `json:"name"`
	Items int64  `json:"items"`
}

type facetView struct {
	Key    string      `json:"key"`
	Name   string      `json:"name"`
	Unit   string      `json:"unit,omitempty"`
	Values []countView `json:"values,omitempty"`
	Low    string      `json:"low,omitempty" doc:"of a range: the smallest number there is"`
	High   string      `json:"high,omitempty"`
}

type listView struct {
	Items      []Card      `json:"items"`
	Next       string      `json:"next,omitempty"`
	Total      *int        `json:"total,omitempty" doc:"on the first page; exact up to 1,000"`
	More       bool        `json:"total_is_more,omitempty" doc:"there are more than total"`
	Loose      bool        `json:"loose,omitempty" doc:"nothing had all the words; these have some"`
	Facets     []facetView `json:"facets,omitempty"`
	Categories []countView `json:"categories,omitempty"`
}

func viewList(l reads.List, locale string) listView {
	v := listView{Items: []Card{}, Next: l.Result.Next, More: l.Result.More, Loose: l.Result.Loose}
	for _, r := range l.Rows {
		c := viewCard(l.Shelf, r.Card, locale)
		c.Free = r.Free
		if r.From != nil {
			c.From = &fromView{r.From.Price, r.From.Contract, r.From.Offer}
		}
		v.Items = append(v.Items, c)
	}
	if l.Result.Counts == nil && l.Result.Total == 0 && len(v.Items) > 0 {
		return v // a later page
	}
	v.Total = &l.Result.Total
	v.Facets, v.Categories = viewCounts(l, locale)
	return v
}

func viewCounts(l reads.List, locale string) (facets []facetView, categories []countView) {
	byKey := map[string]*facetView{}
	for _, c := range l.Result.Counts {
		if c.Key == "@" {
			if cat, ok := l.Shelf.Tree.At(c.Term); ok {
				categories = append(categories, countView{c.Term, cat.Names.In(locale), c.Items})
			}
			continue
		}
		a := l.Shelf.Attributes[c.Key]
		f := byKey[c.Key]
		if f == nil {
			f = &facetView{Key: c.Key, Name: a.Names.In(locale), Unit: a.Unit}
			byKey[c.Key] = f
		}
		if a.Facet == catalog.RangeFacet {
			f.Low, f.High = quantity.FormatMicro(c.Low), quantity.FormatMicro(c.High)
		} else {
			f.Values = append(f.Values, countView{c.Term, a.Label(c.Term, locale), c.Items})
		}
	}
	for _, a := range l.Shelf.Ordered {
		if f := byKey[a.Key]; f != nil {
			facets = append(facets, *f)
		}
	}
	return facets, categories
}

type documentView struct {
	ID      id.Document `json:"id"`
	Kind    string      `json:"kind"`
	Title   string      `json:"title"`
	Blob    id.Blob     `json:"file_id"`
	Offer   id.Offer    `json:"offer_id,omitempty"`
	Lot     string      `json:"lot,omitempty"`
	ValidTo string      `json:"valid_to,omitempty"`
}

func viewDocument(d catalog.Document) documentView {
	return documentView{d.ID, d.Kind, d.Title, d.Blob, d.Offer, d.Lot, day(d.ValidTo)}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

type itemView struct {
	Card
	Description string            `json:"description,omitempty"`
	Unit        quantity.Unit     `json:"unit"`
	KgPerUnit   string            `json:"kg_per_unit,omitempty"`
	Attributes  map[string]string `json:"attributes"`
	Offers      []offerView       `json:"offers"`
	Documents   []documentView    `json:"documents"`
}

func viewItem(it reads.Item, locale string) itemView {
	i := it.Card.Item
	v := itemView{Card: viewCard(it.Shelf, it.Card, locale), Description: i.Descriptions.In(locale), Unit: i.Unit, Attributes: i.Attributes, Offers: viewOffers(it.Offers), Documents: []documentView{}}
	if i.KgPerUnitMicro > 0 {
		v.KgPerUnit = quantity.FormatMicro(i.KgPerUnitMicro)
	}
	for _, d := range it.Card.Documents {
		v.Documents = append(v.Documents, viewDocument(d))
	}
	v.Free = it.Free()
	return v
}

type suggestionsView struct {
	Categories []categoryView `json:"categories"`
	Items      []Card         `json:"items"`
}

func viewSuggestions(s catalog.Suggestion, locale string) suggestionsView {
	v := suggestionsView{[]categoryView{}, []Card{}}
	for _, c := range s.Categories {
		v.Categories = append(v.Categories, categoryView{c.ID, c.Parent, c.Path, c.Names.In(locale), append([]string{}, c.Attributes...), c.Picture})
	}
	for _, c := range s.Items {
		v.Items = append(v.Items, viewCard(nil, c, locale))
	}
	return v
}

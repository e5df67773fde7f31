package storefront

import (
	"context"
	"net/url"
	"strings"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Compare is up to six items side by side.
type Compare struct {
	frame.Frame
	Cards []Card
	Drop  []string // addresses of this page without each card
	Rows  []CompareRow
}

// CompareRow is one attribute of all; Differs where they are not all the same.
type CompareRow struct {
	Name    string
	Values  []string
	Differs bool
}

const maxCompared = 6

func (s shop) compare(ctx context.Context, v *web.Visit) (web.Answer, error) {
	e := s.eye(v)
	var ids []id.Item
	for _, raw := range v.Queries()["ids"] {
		for _, one := range strings.Split(raw, ",") {
			var i id.Item
			if i.UnmarshalText([]byte(strings.TrimSpace(one))) == nil && !i.IsZero() && len(ids) < maxCompared {
				ids = append(ids, i)
			}
		}
	}
	sh, err := s.Catalog.Shelf(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	rows, err := s.Reads.Rows(ctx, ids)
	if err != nil {
		return web.Answer{}, err
	}
	m := &Compare{Frame: frame.Frame{TitleKey: "compare.title", NoIndex: true}, Cards: e.cards(sh, rows)}
	for i := range rows {
		rest := url.Values{}
		for j, r := range rows {
			if j != i {
				rest.Add("ids", r.Card.Item.ID.String())
			}
		}
		m.Drop = append(m.Drop, address("/compare", rest))
	}
	m.Rows = e.compared(sh, rows)
	return web.Render("storefront/compare", m), nil
}

// compared are the attributes that any of the items has, in the shelf's order.
func (e eye) compared(sh *catalog.Shelf, rows []reads.Row) []CompareRow {
	var out []CompareRow
	at := map[string]int{}
	for n, r := range rows {
		for _, sp := range sh.Specs(r.Card.Item, e.Locale()) {
			i, ok := at[sp.Key]
			if !ok {
				i = len(out)
				at[sp.Key] = i
				out = append(out, CompareRow{Name: sp.Name, Values: make([]string, len(rows))})
			}
			out[i].Values[n] = e.spec(sp).Value
		}
	}
	for i := range out {
		for _, x := range out[i].Values {
			out[i].Differs = out[i].Differs || x != out[i].Values[0]
		}
	}
	return out
}

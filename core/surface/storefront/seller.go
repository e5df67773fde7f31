package storefront

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Seller is a company that sells here, with what it sells.
type Seller struct {
	frame.Frame
	Name, Other   string
	City, Country string
	About         string
	RegKind       string
	RegNo         string
	Since         time.Time
	Verified      bool
	List          *List
	QuoteURL      string
}

// seller answers /s/<id>.
func (s shop) seller(ctx context.Context, v *web.Visit) (web.Answer, error) {
	e := s.eye(v)
	var which id.Org
	if which.UnmarshalText([]byte(v.Path("seller"))) != nil || which.IsZero() {
		return web.Answer{}, parties.ErrNotFound
	}
	o, err := s.Parties.Get(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	if o, err = o.Public(); err != nil {
		return web.Answer{}, err
	}
	if !o.Sells {
		return web.Answer{}, parties.ErrNotFound
	}
	sh, err := s.Catalog.Shelf(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	q := v.Queries()
	ask, _ := s.ask(keeping(q, "q", "sort", "after"), sh, catalog.Ask{})
	ask.Seller = which
	l, first, err := s.page(ctx, ask)
	if err != nil {
		return web.Answer{}, err
	}
	base := "/s/" + which.String()
	m := &Seller{
		Name: e.company(o.Name, o.NameLocal), City: o.City, Country: e.country(o.Country), About: catalog.Names(o.About).In(v.Locale()), RegKind: o.RegKind, RegNo: o.RegNo,
		Since: o.CreatedAt, Verified: o.State == parties.Approved, List: e.listOf(base, keeping(q, "q", "sort", "view", "after"), ask, l, first), QuoteURL: "/rfqs/new?seller=" + which.String(),
	}
	if m.Other = o.Name; m.Other == m.Name {
		m.Other = o.NameLocal
	}
	m.List.Children = e.shelvesOf(sh, first, which)
	m.Frame = frame.Frame{Title: m.Name, Description: clip(m.About, 200), Canonical: base, Crumbs: []frame.Crumb{{Key: "vendor.crumb", URL: "/search"}, {Text: m.Name}}}
	return web.Render("storefront/seller", m), nil
}

// shelvesOf are the top shelves on which a seller has goods.
func (e eye) shelvesOf(sh *catalog.Shelf, r *catalog.Result, seller id.Org) []theme.Link {
	var out []theme.Link
	for _, c := range sh.Tree.Children("") {
		for _, n := range r.Counts {
			if n.Key == "@" && n.Term == c.Path {
				out = append(out, theme.Link{Text: c.Names.In(e.Locale()), URL: "/c/" + c.Path + "?seller=" + seller.String(), Count: int(n.Items)})
			}
		}
	}
	return out
}

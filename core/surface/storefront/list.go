package storefront

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// category answers /c/<path>.
func (s shop) category(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var parts []string
	for _, name := range []string{"a", "b", "c", "d"} {
		if p := v.Path(name); p != "" {
			parts = append(parts, p)
		}
	}
	return s.list(ctx, v, catalog.Ask{Category: strings.Join(parts, "/")}, "/c/"+strings.Join(parts, "/"))
}

// search answers /search, which with no words shows everything.
func (s shop) search(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return s.list(ctx, v, catalog.Ask{}, "/search")
}

// list is one page of a list, narrowed as the address says.
func (s shop) list(ctx context.Context, v *web.Visit, ask catalog.Ask, base string) (web.Answer, error) {
	e := s.eye(v)
	sh, err := s.Catalog.Shelf(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	here, known := sh.Tree.At(ask.Category)
	if ask.Category != "" && !known {
		return web.Answer{}, catalog.ErrCategoryNotFound
	}
	q := v.Queries()
	ask, refused := s.ask(q, sh, ask)
	l, counts, err := s.page(ctx, ask)
	if fault.KindOf(err) == fault.Invalid { // a cursor or an order that this list never gave out
		refused, ask.Page, ask.Sort = err, page.Request{}, ""
		l, counts, err = s.page(ctx, ask)
	}
	if err != nil {
		return web.Answer{}, err
	}
	m := e.listOf(base, q, ask, l, counts)
	if known {
		e.onShelf(m, sh, here)
	} else {
		m.TitleKey, m.NoIndex = "list.search", true
		m.Children = e.childLinks(sh, ask.Category, counts, q)
	}
	if len(m.Cards) == 0 {
		if m.Suggested, err = s.tips(ctx, e, sh); err != nil {
			return web.Answer{}, err
		}
	}
	if refused != nil {
		return web.Again("storefront/list", m, refused)
	}
	return web.Render("storefront/list", m), nil
}

// page reads one page and the first one's counts: later pages are not counted again.
func (s shop) page(ctx context.Context, ask catalog.Ask) (reads.List, *catalog.Result, error) {
	l, err := s.Reads.List(ctx, ask)
	if err != nil || ask.Page.After == "" {
		return l, l.Result, err
	}
	ask.Page.After = ""
	first, err := s.Catalog.Search(ctx, ask)
	return l, first, err
}

// ask reads what the address says. What makes no sense is left out and told.
func (s shop) ask(q url.Values, sh *catalog.Shelf, a catalog.Ask) (catalog.Ask, error) {
	a.Text, a.Page.After = strings.TrimSpace(q.Get("q")), q.Get("after")
	switch sort := q.Get("sort"); sort {
	case "-price":
		a.Sort = catalog.ByPriceDesc
	case "":
	default:
		a.Sort = catalog.Sort(sort)
	}
	if seller := q.Get("seller"); seller != "" {
		_ = a.Seller.UnmarshalText([]byte(seller)) // a seller that is none narrows nothing
	}
	var bad []fault.Field
	for _, at := range sh.Ordered {
		f, given, err := filterOf(at, q)
		switch {
		case err != nil:
			path := at.Key
			if at.Facet == catalog.RangeFacet {
				path += ".min"
			}
			bad = append(bad, fault.Field{Path: path, Reason: "malformed"})
		case given:
			a.Filters = append(a.Filters, f)
		}
	}
	if len(bad) > 0 {
		return a, errFilters.At(bad...)
	}
	return a, nil
}

var errFilters = fault.New(fault.Invalid, "shop.filters", "Some filters could not be read and were left out.")

// filterOf reads one attribute's filter: values, or a range's two ends.
func filterOf(a catalog.Attribute, q url.Values) (catalog.Filter, bool, error) {
	raw := slices.DeleteFunc(slices.Clone(q[a.Key]), func(s string) bool { return strings.TrimSpace(s) == "" })
	if a.Facet == catalog.RangeFacet {
		low, high := strings.TrimSpace(q.Get(a.Key+".min")), strings.TrimSpace(q.Get(a.Key+".max"))
		if low != "" || high != "" {
			raw = []string{low + ".." + high}
		}
	}
	if len(raw) == 0 || a.Facet == catalog.NoFacet {
		return catalog.Filter{}, false, nil
	}
	f, err := catalog.ParseFilter(a, raw)
	return f, err == nil, err
}

// onShelf adds what only a category's page has.
func (e eye) onShelf(m *List, sh *catalog.Shelf, here *catalog.Category) {
	m.Title = here.Names.In(e.Locale())
	m.Frame.Title, m.Canonical = m.Title, "/c/"+here.Path
	m.Description = e.T("list.description", "what", m.Title, "n", m.Total, "site", e.site.Title(e.Locale()))
	for _, c := range sh.Tree.Trail(here.Path) {
		cr := frame.Crumb{Text: c.Names.In(e.Locale()), URL: "/c/" + c.Path}
		if c.Path == here.Path {
			cr.URL = ""
		}
		m.Crumbs = append(m.Crumbs, cr)
	}
}

// tips help where nothing was found.
func (s shop) tips(ctx context.Context, e eye, sh *catalog.Shelf) ([]theme.Link, error) {
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	var out []theme.Link
	for _, w := range t.Settings.Searches[e.Locale()] {
		out = append(out, theme.Link{Text: w, URL: "/search?q=" + url.QueryEscape(w), Icon: "search"})
	}
	for _, c := range sh.Tree.Children("") {
		out = append(out, theme.Link{Text: c.Names.In(e.Locale()), URL: "/c/" + c.Path, Icon: "folder-tree"})
	}
	return out, nil
}

// suggest answers the search field while somebody types.
func (s shop) suggest(ctx context.Context, v *web.Visit) (web.Answer, error) {
	e := s.eye(v)
	got, err := s.Catalog.Suggest(ctx, v.Query("q"))
	if err != nil {
		return web.Answer{}, err
	}
	m := &List{Query: v.Query("q")}
	for _, c := range got.Categories {
		m.Children = append(m.Children, theme.Link{Text: c.Names.In(e.Locale()), URL: "/c/" + c.Path})
	}
	for _, c := range got.Items {
		m.Suggested = append(m.Suggested, theme.Link{Text: c.Item.Names.In(e.Locale()), URL: itemURL(c.Item.SKU)})
	}
	return web.RenderPart("storefront/suggest", m), nil
}

// askForQuote sends whoever wants a quote to where requests are written.
func (s shop) askForQuote(_ context.Context, v *web.Visit) (web.Answer, error) {
	to := "/buyer/rfqs/new"
	if q := v.Queries().Encode(); q != "" {
		to += "?" + q
	}
	return web.Redirect(to), nil
}

package storefront

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

func (s shop) home(ctx context.Context, v *web.Visit) (web.Answer, error) {
	e := s.eye(v)
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	h, err := s.Reads.Home(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	m := &Home{
		Frame: frame.Frame{Description: t.Settings.Taglines[v.Locale()], Canonical: "/"},
		Intro: t.Settings.Texts[v.Locale()]["tenant.hero_text"], Offers: h.Offers, Sellers: h.Sellers,
	}
	for _, top := range h.Shelf.Tree.Children("") {
		m.Items += int(h.Counts[top.Path])
	}
	e.board(m, h, t)
	m.Categories = e.tiles(h)
	e.words(m, t)
	for _, x := range h.Makers {
		m.Companies = append(m.Companies, SellerTile{Name: e.company(x.Name, x.Native), URL: "/s/" + x.ID.String(), City: x.City, Offers: x.Offers, Verified: true})
	}
	if m.Featured, err = s.featured(ctx, e, h, t.Settings.Featured); err != nil {
		return web.Answer{}, err
	}
	if err := s.personal(ctx, e, m, h.Shelf, t); err != nil {
		return web.Answer{}, err
	}
	return web.Render("storefront/home", m), nil
}

// company is the name that the reader can read.
func (e eye) company(name, native string) string {
	if native != "" && strings.HasPrefix(e.Locale(), "zh") {
		return native
	}
	return name
}

// words are what the operator says to everybody.
func (e eye) words(m *Home, t tenancy.Tenant) {
	for _, n := range t.Settings.Notices {
		tone := "info"
		if n.Level == "warning" {
			tone = "warn"
		}
		m.Notices = append(m.Notices, Notice{Title: e.Name(n.Texts), At: t.CreatedAt, Tone: tone})
	}
	for _, w := range t.Settings.Searches[e.Locale()] {
		m.Popular = append(m.Popular, theme.Link{Text: w, URL: "/search?q=" + url.QueryEscape(w)})
	}
}

// tiles are the entrances to the catalogue: the top shelves, or what stands on them where
// there are few.
func (e eye) tiles(h reads.Home) []CategoryTile {
	tree := h.Shelf.Tree
	show := tree.Children("")
	if len(show) < 7 {
		var below []*catalog.Category
		for _, c := range show {
			if kids := tree.Children(c.Path); len(kids) > 0 {
				below = append(below, kids...)
			} else {
				below = append(below, c)
			}
		}
		show = below
	}
	var out []CategoryTile
	for _, c := range show {
		if h.Counts[c.Path] == 0 {
			continue
		}
		tile := CategoryTile{Name: c.Names.In(e.Locale()), URL: "/c/" + c.Path, Count: int(h.Counts[c.Path]), Draw: drawing(h.Shelf, c.Path)}
		for _, k := range tree.Children(c.Path) {
			tile.Children = append(tile.Children, theme.Link{Text: k.Names.In(e.Locale()), URL: "/c/" + k.Path, Count: int(h.Counts[k.Path])})
		}
		out = append(out, tile)
	}
	return out
}

// board writes the price board in the order that the tenant chose.
func (e eye) board(m *Home, h reads.Home, t tenancy.Tenant) {
	for _, key := range t.Settings.Board {
		at := slices.IndexFunc(h.Board, func(b reads.Board) bool { return b.Key == key })
		if at < 0 {
			continue
		}
		b := h.Board[at]
		row := BoardRow{Key: key, Name: key, Spec: t.Settings.Texts[e.Locale()]["tenant.board."+key], URL: "/search?q=" + url.QueryEscape(key), Price: b.Last().Price, Draw: "draw:" + key}
		if c := family(h.Shelf.Tree, key); c != nil {
			row.Name, row.URL, row.Draw = c.Names.In(e.Locale()), "/c/"+c.Path, drawing(h.Shelf, c.Path)
		}
		e.move(&row, b)
		m.Board = append(m.Board, row)
		if b.Last().On.After(m.BoardDay) {
			m.BoardDay = b.Last().On
		}
	}
}

// family is the shelf that a line of the price board is about: "h-beam" is "h-beams",
// "plate" is "medium-plates".
func family(t *catalog.Tree, key string) *catalog.Category {
	var near *catalog.Category
	for _, c := range t.All() {
		if c.Slug == key || c.Slug == key+"s" {
			return c
		}
		if near == nil && strings.HasSuffix(c.Slug, "-"+key+"s") {
			near = c
		}
	}
	return near
}

func (e eye) move(row *BoardRow, b reads.Board) {
	low, high := b.Last().Price.Micro, b.Last().Price.Micro
	for _, d := range b.Days {
		row.Line = append(row.Line, d.Price.Micro)
		low, high = min(low, d.Price.Micro), max(high, d.Price.Micro)
	}
	row.Low, row.High = e.Micro(low), e.Micro(high)
	var was int64
	if n := len(b.Days); n > 1 {
		was = b.Days[n-2].Price.Micro
	} else {
		was = b.Last().Price.Micro
	}
	diff := b.Last().Price.Micro - was
	row.Delta = e.Micro(max(diff, -diff))
	const bp = quantity.Scale / 10_000 // a hundredth of a percent
	c := b.Change()
	switch {
	case diff > 0:
		row.Up, row.DeltaPct = 1, "+"+e.Percent((c+bp/2)/bp*bp)
	case diff < 0:
		row.Up, row.DeltaPct = -1, e.Percent((c-bp/2)/bp*bp)
	default:
		row.DeltaPct = e.Percent(0)
	}
}

// featured are the items that the tenant chose to show, or the newest.
func (s shop) featured(ctx context.Context, e eye, h reads.Home, chosen []string) ([]Card, error) {
	if len(chosen) == 0 {
		return e.cards(h.Shelf, h.New), nil
	}
	found, err := s.Reads.BySKU(ctx, chosen...)
	if err != nil {
		return nil, err
	}
	var ids []id.Item
	for _, sku := range chosen {
		if i, ok := found[sku]; ok {
			ids = append(ids, i)
		}
	}
	rows, err := s.Reads.Rows(ctx, ids)
	return e.cards(h.Shelf, rows), err
}

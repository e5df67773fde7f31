package storefront

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// item answers /i/<part number or id>.
func (s shop) item(ctx context.Context, v *web.Visit) (web.Answer, error) {
	e := s.eye(v)
	it, err := s.find(ctx, v.Path("item"))
	if err != nil {
		return web.Answer{}, err
	}
	m, err := s.itemView(ctx, e, it)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("storefront/item", m), nil
}

// find reads an item by its part number or, where none is that, its identifier.
func (s shop) find(ctx context.Context, key string) (reads.Item, error) {
	if len(key) > 200 {
		return reads.Item{}, catalog.ErrItemNotFound
	}
	it, ok, err := s.Reads.ItemBySKU(ctx, key)
	if ok || err != nil {
		return it, err
	}
	var want id.Item
	if want.UnmarshalText([]byte(key)) != nil || want.IsZero() {
		return reads.Item{}, catalog.ErrItemNotFound
	}
	return s.Reads.Item(ctx, want)
}

func (s shop) itemView(ctx context.Context, e eye, it reads.Item) (*Item, error) {
	i := it.Card.Item
	name := i.Names.In(e.Locale())
	m := &Item{
		ID: i.ID.String(), SKU: i.SKU, Name: name, URL: itemURL(i.SKU), Brand: i.Brand, Description: i.Descriptions.In(e.Locale()), Schedule: i.Regulated,
		Picture: picture(it.Shelf, i), Attrs: i.Attributes, Unit: string(i.Unit), MassKgMicro: massOf(i), Free: whole(it.Free()),
		Buys: e.buys(), SignedIn: e.who.SignedIn(), SignInURL: "/sign-in?next=" + url.QueryEscape(itemURL(i.SKU)),
		QuoteURL: "/rfqs/new?item=" + i.ID.String(), CompareURL: "/compare?ids=" + i.ID.String(),
	}
	m.Frame = frame.Frame{Title: name, Description: clip(m.Description, 200), Canonical: m.URL}
	for _, c := range it.Shelf.Tree.Trail(it.Card.Path) {
		m.Category, m.CategoryURL = c.Names.In(e.Locale()), "/c/"+c.Path
		m.Crumbs = append(m.Crumbs, frame.Crumb{Text: m.Category, URL: m.CategoryURL})
	}
	m.Crumbs = append(m.Crumbs, frame.Crumb{Text: name})
	for _, sp := range it.Shelf.Specs(i, e.Locale()) {
		m.Specs = append(m.Specs, e.spec(sp))
	}
	for _, d := range it.Card.Documents {
		if d.Offer.IsZero() {
			m.Papers = append(m.Papers, paper(d))
		}
	}
	for _, o := range byPrice(it) {
		m.Offers = append(m.Offers, e.offer(it.Card, o, s.Now()))
	}
	m.pickBest()
	m.JSONLD = structured(m, e)
	return m, s.similar(ctx, e, m, it)
}

func (e eye) offer(c *catalog.Card, o reads.Offer, now time.Time) OfferView {
	q := func(micro int64) quantity.Quantity { return quantity.Quantity{Micro: micro, Unit: o.Unit} }
	v := OfferView{
		ID: o.ID.String(), Seller: e.company(o.SellerName, o.SellerNative), SellerURL: "/s/" + o.Seller.String(), Place: oneLine(o.SellerCity, e.country(o.SellerCountry)),
		SKU: o.SellerSKU, Basis: string(o.Basis), Incoterm: o.Incoterm, Note: o.Note, LeadDays: o.LeadDays, MOQ: q(o.MOQMicro), Step: q(o.StepMicro), Unit: string(o.Unit),
		Contract: o.Contract(), Own: !e.who.Org.IsZero() && e.who.Org == o.Seller, Free: q(o.Free), Quantity: quantity.FormatMicro(max(o.MOQMicro, o.StepMicro)),
	}
	v.Units = units(o.Unit, c.Item)
	v.Stock = stockWord(o.Free, o.MOQMicro)
	for _, t := range o.Tiers {
		row := TierRow{From: quantity.Quantity{Micro: t.MinMicro, Unit: t.Unit}, Price: t.Money()}
		if second, ok := otherUnit(row.Price, c); ok {
			row.Second = &second
		}
		v.Tiers = append(v.Tiers, row)
		v.Steps = append(v.Steps, e.step(row))
	}
	for _, p := range o.Stock {
		v.Places = append(v.Places, PlaceRow{
			Name: p.Name, City: p.City, Lot: p.Lot, ExpiresOn: p.ExpiresOn, Free: q(p.Free),
			Soon: !p.ExpiresOn.IsZero() && p.ExpiresOn.Before(now.AddDate(0, 6, 0)),
		})
	}
	for _, d := range c.Documents {
		if d.Offer == o.ID {
			v.Papers = append(v.Papers, paper(d))
		}
	}
	return v
}

// byPrice orders offers as a buyer would: the lowest first price per unit of the item
// first, those without goods behind, those without a price last.
func byPrice(it reads.Item) []reads.Offer {
	rank := func(o reads.Offer) int64 {
		if len(o.Tiers) == 0 {
			return math.MaxInt64
		}
		p := o.Tiers[0].Money()
		one, err := quantity.Of(1, it.Card.Item.Unit).In(p.Per, it.Card.Item.KgPerUnitMicro)
		if err != nil {
			return p.Micro
		}
		r, err := quantity.MulDiv(p.Micro, one.Micro, quantity.Scale)
		if err != nil {
			return math.MaxInt64 - 1
		}
		return r
	}
	out := slices.Clone(it.Offers)
	slices.SortStableFunc(out, func(a, b reads.Offer) int {
		if (a.Free > 0) != (b.Free > 0) {
			return map[bool]int{true: -1, false: 1}[a.Free > 0]
		}
		return cmp.Compare(rank(a), rank(b))
	})
	return out
}

// units are what a quantity of an offer may be given in: its own, and those of mass or
// count that the item's weight relates to it.
func units(own quantity.Unit, i catalog.Item) []string {
	out := []string{string(own)}
	for _, u := range []quantity.Unit{i.Unit, quantity.Tonne, quantity.Kilogram} {
		_, err := quantity.Of(1, u).In(own, i.KgPerUnitMicro)
		if err == nil && u != own && (u != quantity.Kilogram || i.KgPerUnitMicro < 1000*quantity.Scale) && string(u) != out[len(out)-1] {
			out = append(out, string(u))
		}
	}
	return out
}

// pickBest marks the first offer that has goods and a price: they come in that order.
func (m *Item) pickBest() {
	for i, o := range m.Offers {
		if len(o.Tiers) == 0 {
			continue
		}
		if m.From == nil {
			m.From = &m.Offers[i].Tiers[0].Price
			m.Offers[i].Best = o.Free.Micro > 0 && len(m.Offers) > 1
		}
	}
}

// massOf is what one unit weighs, where that says anything.
func massOf(i catalog.Item) int64 {
	if _, err := quantity.Of(1, i.Unit).In(quantity.Kilogram, 0); err == nil {
		return 0 // it is sold by mass
	}
	return i.KgPerUnitMicro
}

func paper(d catalog.Document) Paper {
	return Paper{Kind: d.Kind, Title: d.Title, Lot: d.Lot, ValidTo: d.ValidTo, URL: "/documents/" + d.ID.String()}
}

// similar are neighbours on the same shelf, by name and picture alone: all that can be
// shown of them without asking the database.
func (s shop) similar(ctx context.Context, e eye, m *Item, it reads.Item) error {
	r, err := s.Catalog.Search(ctx, catalog.Ask{Category: it.Card.Path, Page: page.Request{Limit: 7}})
	if err != nil {
		return err
	}
	near, err := s.Catalog.Cards(ctx, r.Items())
	if err != nil {
		return err
	}
	for _, c := range near {
		if c.Item.ID != it.Card.Item.ID && len(m.Similar) < 6 {
			m.Similar = append(m.Similar, Card{Name: c.Item.Names.In(e.Locale()), SKU: c.Item.SKU, URL: itemURL(c.Item.SKU), Picture: picture(it.Shelf, c.Item), Attrs: c.Item.Attributes})
		}
	}
	return nil
}

func clip(text string, n int) string {
	r := []rune(text)
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}

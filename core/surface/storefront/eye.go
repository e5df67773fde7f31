package storefront

import (
	"net/url"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

// eye is the reader's: his language, his site, his rights to buy.
type eye struct {
	*theme.Printer
	site web.Site
	who  caller.Caller
}

func (s shop) eye(v *web.Visit) eye {
	site := v.Site()
	return eye{s.Texts.Printer(site.Theme, v.Locale(), site.TimeZone), site, v.Caller()}
}

// buys reports whether the reader has a company and a role that orders.
func (e eye) buys() bool {
	return !e.who.Org.IsZero() && (e.who.Has(caller.RoleBuyer) || e.who.Has(parties.ScopeOrder))
}

func itemURL(sku string) string { return "/i/" + url.PathEscape(sku) }

// picture is an item's own, or its shelf's: nothing is shown without one.
func picture(sh *catalog.Shelf, i catalog.Item) string {
	if i.Picture != "" {
		return pictureURL(i.Picture)
	}
	c, ok := sh.Tree.ByID(i.Category)
	if !ok {
		return "draw:box"
	}
	return drawing(sh, c.Path)
}

// drawing is the picture of a category or the nearest one above that has one.
func drawing(sh *catalog.Shelf, path string) string {
	for p := path; p != ""; p = catalog.Above(p) {
		if c, ok := sh.Tree.At(p); ok && c.Picture != "" {
			return pictureURL(c.Picture)
		}
	}
	return "draw:box"
}

func pictureURL(p string) string {
	if name, ok := strings.CutPrefix(p, "file:"); ok {
		return "/pictures/" + url.PathEscape(name)
	}
	return p
}

// card is an item in a list.
func (e eye) card(sh *catalog.Shelf, r reads.Row) Card {
	i := r.Card.Item
	c := Card{
		ID: i.ID.String(), SKU: i.SKU, Name: i.Names.In(e.Locale()), URL: itemURL(i.SKU), Brand: i.Brand, Picture: picture(sh, i), Attrs: i.Attributes,
		Sellers: r.Card.Sellers(), Schedule: i.Regulated, Lots: r.Lots, NextExpiry: r.Next,
	}
	if at, ok := sh.Tree.ByID(i.Category); ok {
		c.Category = at.Names.In(e.Locale())
	}
	c.Cells = make(map[string]string, len(i.Attributes))
	for _, sp := range sh.Specs(i, e.Locale()) {
		c.Cells[sp.Key] = sp.Value
		if len(c.Specs) < 3 && sp.Key != "ndc" {
			c.Specs = append(c.Specs, e.spec(sp))
		}
	}
	if ndc := i.Attributes["ndc"]; ndc != "" {
		c.SKU = ndc
	}
	e.price(&c, r)
	e.stock(&c, r)
	return c
}

func (e eye) spec(s catalog.Spec) Spec {
	if s.Unit == "" {
		return Spec{s.Name, s.Value}
	}
	return Spec{s.Name, s.Value + "\u00a0" + e.Unit(s.Unit)}
}

func (e eye) price(c *Card, r reads.Row) {
	if r.From == nil {
		return
	}
	p := r.From.Price
	c.Price, c.Contract, c.OfferID = &p, r.From.Contract, r.From.Offer.String()
	if c.Contract {
		c.PriceNote = e.T("shop.your_price")
	} else {
		c.PriceNote = e.T("shop.from_price")
	}
	if second, ok := otherUnit(p, r.Card); ok {
		c.SecondPrice = &second
	}
}

// otherUnit is the same price per tonne or per piece, where the goods are traded by mass.
func otherUnit(p money.Price, c *catalog.Card) (money.Price, bool) {
	kg := c.Item.KgPerUnitMicro
	byMass := false
	for _, o := range c.Offers {
		byMass = byMass || o.Basis != catalog.ByPiece
	}
	if kg <= 0 || !byMass {
		return p, false
	}
	const tonne = 1000 * quantity.Scale
	var micro int64
	var err error
	to := quantity.Tonne
	switch p.Per {
	case c.Item.Unit:
		micro, err = quantity.MulDiv(p.Micro, tonne, kg)
	case quantity.Tonne:
		to = c.Item.Unit
		micro, err = quantity.MulDiv(p.Micro, kg, tonne)
	default:
		return p, false
	}
	const cent = quantity.Scale / 100
	return money.Price{Micro: (micro + cent/2) / cent * cent, Currency: p.Currency, Per: to}, err == nil
}

// stock says in one word whether goods are there. Low is less than five smallest orders.
func (e eye) stock(c *Card, r reads.Row) {
	least := int64(0)
	for i, o := range r.Card.Offers {
		if i == 0 || o.LeadDays < c.LeadDays {
			c.LeadDays = o.LeadDays
		}
		if q, err := (quantity.Quantity{Micro: o.MOQMicro, Unit: o.Unit}).In(r.Card.Item.Unit, r.Card.Item.KgPerUnitMicro); err == nil && (least == 0 || q.Micro < least) {
			least = q.Micro
			moq := quantity.Quantity{Micro: o.MOQMicro, Unit: o.Unit}
			c.MOQ = &moq
		}
	}
	c.Stock = stockWord(r.Free.Micro, least)
	if free := whole(r.Free); free.Micro > 0 {
		c.StockText = e.Qty(free)
	}
}

// whole rounds counted goods down: tonnes of a bar are no whole number of bars, and nobody
// sells a part of one.
func whole(q quantity.Quantity) quantity.Quantity {
	switch q.Unit {
	case quantity.Piece, quantity.Pack, quantity.Box, quantity.Drum:
		q.Micro -= q.Micro % quantity.Scale
	}
	return q
}

func stockWord(free, least int64) string {
	switch {
	case free <= 0:
		return "out"
	case free < 5*least:
		return "low"
	}
	return "in_stock"
}

func (e eye) cards(sh *catalog.Shelf, rows []reads.Row) []Card {
	out := make([]Card, len(rows))
	for i, r := range rows {
		out[i] = e.card(sh, r)
	}
	return out
}

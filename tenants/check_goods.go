package tenants

import (
	"iter"
	"strings"
)

// each runs f over a stream until there is more wrong than anybody reads.
func each[T any](c *checker, where string, rows iter.Seq2[T, error], f func(T)) {
	for v, err := range rows {
		if err != nil {
			c.add(where, "%v", err)
			return
		}
		if f(v); len(c.Found) > 10*most {
			return
		}
	}
}

func (c *checker) goods() {
	each(c, "seed/items", c.Items(), c.item)
	each(c, "seed/offers", c.Offers(), c.offer)
	each(c, "seed/contracts", c.Contracts(), c.contract)
	each(c, "seed/lots", c.Lots(), c.lot)
	each(c, "seed/stock", c.Stock(), c.stock)
	each(c, "seed/documents", c.Documents(), c.document)
	each(c, "seed/history", c.History(), c.pastOrder)
}

func (c *checker) item(i Item) {
	at := "item " + i.SKU
	if _, again := c.items[i.SKU]; again || i.SKU == "" {
		c.add(at, "is repeated or has no number")
	}
	c.items[i.SKU] = i.Category
	c.names(at, i.Names)
	if len(i.Descriptions) > 0 {
		c.names(at+" description", i.Descriptions)
	}
	c.oneOf(at, "unit", i.Unit, units)
	c.picture(at, i.Picture)
	if i.KgPerUnit < 0 {
		c.add(at, "weighs less than nothing")
	}
	cat := c.categories[i.Category]
	if cat == nil {
		c.add(at, "category %q is unknown", i.Category)
	}
	for key, v := range i.Attributes {
		c.value(at, key, v)
	}
}

func (c *checker) value(at, key, v string) {
	a := c.attributes[key]
	if a == nil {
		c.add(at, "attribute %q is not declared", key)
		return
	}
	switch a.Type {
	case "number":
		if _, err := decimal(v, 6); err != nil {
			c.add(at, "%s: %v", key, err)
		}
	case "enum":
		for _, o := range a.Options {
			if o.Value == v {
				return
			}
		}
		c.add(at, "%s: %q is no option", key, v)
	case "bool":
		c.oneOf(at, key, v, []string{"true", "false"})
	case "date":
		c.check(at, new(Day).UnmarshalText([]byte(v)))
	}
}

func (c *checker) offer(o Offer) {
	at := "offer " + o.Seller + " " + o.SKU
	if _, again := c.offers[o.OfferKey]; again || o.SKU == "" {
		c.add(at, "is repeated or has no number")
	}
	c.offers[o.OfferKey] = o.Unit
	if s := c.orgs[o.Seller]; s == nil || !s.Sells {
		c.add(at, "the seller is unknown, or sells nothing")
	}
	if _, ok := c.items[o.Item]; !ok {
		c.add(at, "item %q is unknown", o.Item)
	}
	c.oneOf(at, "unit", o.Unit, units)
	c.oneOf(at, "basis", o.Basis, bases)
	if o.MOQ <= 0 || o.Step <= 0 || o.LeadDays < 0 {
		c.add(at, "minimum and step are positive, lead time is not negative")
	}
	c.tiers(at, o.Tiers)
	if len(o.Tiers) > 0 && o.Tiers[0].From > o.MOQ {
		c.add(at, "has no price for the smallest order")
	}
}

func (c *checker) tiers(at string, tiers []Tier) {
	for i, t := range tiers {
		if t.From <= 0 || t.Price <= 0 {
			c.add(at, "a tier has no quantity or no price")
		}
		if i > 0 && (t.From <= tiers[i-1].From || t.Price >= tiers[i-1].Price) {
			c.add(at, "tiers must rise in quantity and fall in price")
		}
	}
	if len(tiers) == 0 {
		c.add(at, "has no price")
	}
}

// known reports whether there is such an offer.
func (c *checker) known(at string, k OfferKey) {
	if _, ok := c.offers[k]; !ok {
		c.add(at, "there is no offer %s %s", k.Seller, k.SKU)
	}
}

func (c *checker) contract(p ContractPrice) {
	at := "contract " + p.Seller + " " + p.SKU
	c.known(at, p.OfferKey)
	if b := c.orgs[p.Buyer]; b == nil || !b.Buys {
		c.add(at, "buyer %q is unknown", p.Buyer)
	}
	if p.From.IsZero() || !p.To.After(p.From.Time) {
		c.add(at, "ends before it begins")
	}
	c.tiers(at, p.Tiers)
}

func lotKey(k OfferKey, lot string) string { return k.Seller + "\x00" + k.SKU + "\x00" + lot }

func (c *checker) lot(l Lot) {
	at := "lot " + l.Number
	c.known(at, l.OfferKey)
	if l.Number == "" || c.lots[lotKey(l.OfferKey, l.Number)] {
		c.add(at, "is repeated or has no number")
	}
	if !l.ExpiresOn.IsZero() && !l.ExpiresOn.After(l.MadeOn.Time) {
		c.add(at, "expires before it is made")
	}
	c.lots[lotKey(l.OfferKey, l.Number)] = true
}

func (c *checker) stock(s Stock) {
	at := "stock " + s.Seller + " " + s.SKU
	c.known(at, s.OfferKey)
	if !c.warehouses[[2]string{s.Seller, s.Warehouse}] {
		c.add(at, "warehouse %q is unknown", s.Warehouse)
	}
	if s.Lot != "" && !c.lots[lotKey(s.OfferKey, s.Lot)] {
		c.add(at, "lot %q is unknown", s.Lot)
	}
	if s.OnHand < 0 {
		c.add(at, "is negative")
	}
}

func (c *checker) document(d Document) {
	at := "document " + d.Number
	c.known(at, d.OfferKey)
	c.oneOf(at, "kind", d.Kind, []string{"mill_certificate", "coa"})
	if d.Title == "" || d.Number == "" || d.IssuedOn.IsZero() || len(d.Results) == 0 {
		c.add(at, "has no title, number, day or results")
	}
	if d.Lot != "" && !c.lots[lotKey(d.OfferKey, d.Lot)] {
		c.add(at, "lot %q is unknown", d.Lot)
	}
}

func (c *checker) pastOrder(o PastOrder) {
	at := "past order " + o.Number
	if c.orgs[o.Seller] == nil || c.orgs[o.Buyer] == nil {
		c.add(at, "seller or buyer is unknown")
	}
	c.oneOf(at, "state", o.State, []string{"pending", "approved", "rejected", "complete"})
	for _, l := range o.Lines {
		if _, ok := c.items[l.Item]; !ok {
			c.add(at, "item %q is unknown", l.Item)
		}
		if l.Ordered <= 0 || l.Price <= 0 || l.Rejected > l.Received {
			c.add(at, "line %s has no quantity or price, or more rejected than received", l.Item)
		}
	}
}

// references checks what tenant.yaml says about goods.
func (c *checker) references() {
	for _, sku := range c.Tenant.Featured {
		if _, ok := c.items[sku]; !ok {
			c.add("tenant.yaml", "featured: there is no item %q", sku)
		}
	}
	for _, n := range c.Categories {
		if strings.Count(n.Path, "/") > 4 {
			c.add("category "+n.Slug, "is deeper than five levels")
		}
	}
}

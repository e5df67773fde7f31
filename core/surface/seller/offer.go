package seller

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// offerPage is one offer: terms, tier prices, stock, papers.
type offerPage struct {
	frame.Frame
	consoles.OfferPage
	Tiers      []tierRow
	Chart      []theme.Tier
	PriceUnits []string
	Warehouses []theme.Choice
	Bases      []theme.Choice
	Incoterms  []theme.Choice
	Kinds      []theme.Choice
	OnHand     int64
	Reserved   int64
	Reasons    []fault.Reason // why it may not be published
}

// tierRow is one line of the price list's form; the last ones are blank.
type tierRow struct{ From, Price, Unit string }

// blankTiers is how many empty lines the form offers beyond the list, for those without
// script.
const blankTiers = 2

func (p pages) offer(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.offerPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/offer", page), nil
}

func (p pages) offerPage(ctx context.Context, v *web.Visit) (*offerPage, error) {
	var oid id.Offer
	if err := console.ReadID(v.Path("id"), &oid, catalog.ErrOfferNotFound); err != nil {
		return nil, err
	}
	read, err := p.Reads.Offer(ctx, oid)
	if err == nil && !read.Found {
		err = catalog.ErrOfferNotFound
	}
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &offerPage{Frame: p.thing(ctx, "offers", "nav.offers", "/seller/offers", read.Offer.SellerSKU), OfferPage: read, Bases: offerBases(w), Incoterms: incoterms()}
	page.PriceUnits = offerUnits(read.Offer.Unit, read.KgPerUnit)
	for _, k := range catalog.DocumentKinds {
		page.Kinds = append(page.Kinds, theme.Choice{Value: k, Label: w.T("paper." + k)})
	}
	for _, s := range read.Stock {
		page.OnHand, page.Reserved = page.OnHand+s.OnHand, page.Reserved+s.Reserved
	}
	houses, err := p.Inventory.Warehouses(ctx, v.Caller().Org)
	if err != nil {
		return nil, err
	}
	for _, h := range houses {
		page.Warehouses = append(page.Warehouses, theme.Choice{Value: h.ID.String(), Label: h.Name + " · " + h.City})
	}
	return page, p.tiers(ctx, w, page)
}

// tiers reads the public prices in force.
func (p pages) tiers(ctx context.Context, w *theme.Printer, page *offerPage) error {
	prices, err := p.Pricing.Resolve(ctx, id.Org{}, []id.Offer{page.Offer.ID})
	if err != nil {
		return err
	}
	for _, t := range pricing.InForce(prices[page.Offer.ID], p.Now()) {
		page.Tiers = append(page.Tiers, tierRow{quantity.FormatMicro(t.MinMicro), t.Money().Decimal(), string(t.Unit)})
		page.Chart = append(page.Chart, theme.Tier{From: t.MinMicro, FromTxt: w.Qty(t.MinMicro, string(t.Unit)), Price: t.Micro, Text: w.Money(t.Money())})
	}
	unit := string(page.Offer.Unit)
	if len(page.Tiers) > 0 {
		unit = page.Tiers[0].Unit
	}
	for range blankTiers {
		page.Tiers = append(page.Tiers, tierRow{Unit: unit})
	}
	return nil
}

// onOffer does something to an offer and goes back to its page; a refusal is shown there.
func (p pages) onOffer(ctx context.Context, v *web.Visit, flash string, do func(*offerPage) error) (web.Answer, error) {
	page, err := p.offerPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := do(page); err != nil {
		page.Reasons = fault.From(err).Reasons
		return web.Again("seller/offer", page, err)
	}
	return web.Redirect("/seller/offers/"+page.Offer.ID.String()).Flash(flash, "sku", page.Offer.SellerSKU), nil
}

func (p pages) saveTerms(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOffer(ctx, v, "seller.terms_saved", func(page *offerPage) error {
		o := page.Offer
		readTerms(v, &o)
		o.Version = int64(console.Number(v.Form().Get("version")))
		_, err := p.Catalog.WriteOffer(ctx, o)
		return err
	})
}

func (p pages) savePrices(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOffer(ctx, v, "seller.prices_saved", func(page *offerPage) error {
		var tiers []pricing.Price
		var given []console.Row
		for _, row := range console.Rows(v.Form(), "prices") {
			if row.Blank("unit") {
				continue
			}
			tiers = append(tiers, pricing.Price{MinMicro: max(micro(orZero(row.Get("min_qty"))), -1), Micro: micro(row.Get("price")), Unit: quantity.Unit(row.Get("unit")), Currency: page.Offer.Currency})
			given = append(given, row)
		}
		if len(tiers) == 0 {
			return pricing.ErrPriceInvalid.At(fault.Field{Path: "prices[0].price", Reason: "required"})
		}
		_, err := p.Pricing.ReplacePrices(ctx, page.Offer.ID, id.Org{}, tiers)
		return console.Aimed(err, "prices", given)
	})
}

func orZero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

func (p pages) moveOffer(ctx context.Context, v *web.Visit) (web.Answer, error) {
	to := console.OneOf(v.Form().Get("to"), "published", "paused", "withdrawn")
	return p.onOffer(ctx, v, "seller.offer_"+to, func(page *offerPage) error {
		move := p.Catalog.WithdrawOffer
		switch to {
		case "published":
			move = p.Catalog.PublishOffer
		case "paused":
			move = p.Catalog.PauseOffer
		case "":
			return catalog.ErrOfferState
		}
		_, err := move(ctx, page.Offer.ID)
		return err
	})
}

func (p pages) receiveStock(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOffer(ctx, v, "seller.stock_received", func(page *offerPage) error {
		f := v.Form()
		a := inventory.Arrival{Offer: page.Offer.ID, Micro: micro(f.Get("quantity")), Lot: inventory.Lot{Number: f.Get("lot")}}
		var bad []fault.Field
		if err := console.ReadID(f.Get("warehouse"), &a.Warehouse, inventory.ErrWarehouseNotFound); err != nil {
			bad = append(bad, fault.Field{Path: "warehouse", Reason: "required"})
		}
		a.Lot.MadeOn, bad = day(f.Get("made_on"), "made_on", bad)
		a.Lot.ExpiresOn, bad = day(f.Get("expires_on"), "expires_on", bad)
		if len(bad) > 0 {
			return inventory.ErrLot.At(bad...)
		}
		return unnumbered(p.Inventory.Receive(ctx, []inventory.Arrival{a}), "arrivals[0].")
	})
}

func day(text, path string, bad []fault.Field) (time.Time, []fault.Field) {
	if text == "" {
		return time.Time{}, bad
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		bad = append(bad, fault.Field{Path: path, Reason: "malformed"})
	}
	return t, bad
}

// unnumbered points a fault about the only row of a list at the form's plain fields.
func unnumbered(err error, prefix string) error {
	f := fault.From(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	c := f.Because(err)
	for i := range c.Fields {
		if len(c.Fields[i].Path) > len(prefix) && c.Fields[i].Path[:len(prefix)] == prefix {
			c.Fields[i].Path = c.Fields[i].Path[len(prefix):]
		}
	}
	return c
}

func (p pages) correctStock(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOffer(ctx, v, "seller.stock_corrected", func(page *offerPage) error {
		f := v.Form()
		delta, err := quantity.ParseMicro(f.Get("delta"))
		if err != nil {
			return fault.From(err).At(fault.Field{Path: "delta", Reason: "malformed"})
		}
		for _, s := range page.Stock {
			if s.Warehouse.String()+"/"+s.Lot.String() == f.Get("shelf") {
				return p.Inventory.Correct(ctx, inventory.Correction{Stock: inventory.Stock{Offer: page.Offer.ID, Warehouse: s.Warehouse, Lot: s.Lot}, Delta: delta, Why: f.Get("why")})
			}
		}
		return inventory.ErrWarehouseNotFound.At(fault.Field{Path: "shelf", Reason: "unknown"})
	})
}

// Free is what can still be promised, over all shelves.
func (page *offerPage) Free() int64 { return page.OnHand - page.Reserved }

// MOQ is the smallest order as a number.
func (page *offerPage) MOQ() string { return quantity.FormatMicro(page.Offer.MOQMicro) }

// Step is what quantities are multiples of, as a number.
func (page *offerPage) Step() string { return quantity.FormatMicro(page.Offer.StepMicro) }

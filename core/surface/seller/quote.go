package seller

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
)

// quoteForm is the form as it is first shown: the last version's figures, else the
// seller's own list.
type quoteForm struct {
	Lines       []quoteRow
	Freight     string
	TaxRate     string
	PaymentDays string
	ValidUntil  string
	Note        string
}

// quoteRow is one line of the form. Its fields are lines[i].price and so on.
type quoteRow struct {
	Line      sourcing.Line
	Item      sourcing.Item
	Qty       string
	Price     string
	PriceUnit string
	Units     []string
	Basis     string
	ByMass    bool // counted goods that may be priced by weight
	LeadDays  string
	Offer     string
	Offers    []theme.Choice
	Own       *consoles.OwnOffer
	OwnPrice  *money.Price
}

// validFor is how long a quote holds beyond the closing time unless the seller says else.
const validFor = 14 * 24 * time.Hour

func (p pages) quoteForm(ctx context.Context, page *rfqPage, site web.Site) (quoteForm, error) {
	usual, _ := site.Settings["tax_rate_micro"].(int64)
	f := quoteForm{TaxRate: quantity.FormatMicro(usual * 100), PaymentDays: "0", Freight: "0", ValidUntil: page.RFQ.ClosesAt.Add(validFor).Format(time.DateOnly)}
	var items []id.Item
	for _, l := range page.RFQ.Lines {
		if !l.Item.IsZero() {
			items = append(items, l.Item)
		}
	}
	own, err := p.Reads.OwnOffers(ctx, items)
	if err != nil {
		return f, err
	}
	var last *sourcing.Quote
	if len(page.Versions) > 0 {
		last = &page.Versions[0].Quote
		f.Freight, f.TaxRate, f.Note = last.Freight.Decimal(), quantity.FormatMicro(last.TaxRateMicro*100), last.Note
		f.PaymentDays = quantity.FormatMicro(int64(last.PaymentDays) * quantity.Scale)
		if last.ValidUntil.After(page.RFQ.ClosesAt) {
			f.ValidUntil = last.ValidUntil.Format(time.DateOnly)
		}
	}
	for _, l := range page.RFQ.Lines {
		f.Lines = append(f.Lines, quoteLineForm(l, page.Items[l.Item], own[l.Item], last))
	}
	return f, nil
}

func quoteLineForm(l sourcing.Line, item sourcing.Item, own []consoles.OwnOffer, last *sourcing.Quote) quoteRow {
	r := quoteRow{Line: l, Item: item, Qty: l.Qty.Value(), PriceUnit: string(l.Qty.Unit), Units: priceUnits(l, item), LeadDays: "7"}
	r.ByMass = len(r.Units) > 1 && !weighs(l.Qty.Unit)
	for _, o := range own {
		r.Offers = append(r.Offers, theme.Choice{Value: o.Offer.String(), Label: o.SellerSKU})
	}
	if len(own) > 0 {
		o := own[max(0, slices.IndexFunc(own, func(o consoles.OwnOffer) bool { return o.Unit == string(l.Qty.Unit) }))] // who asks for tonnes is offered tonnes
		r.Own, r.Offer, r.LeadDays = &o, o.Offer.String(), quantity.FormatMicro(int64(o.LeadDays)*quantity.Scale)
		if o.Price > 0 {
			r.OwnPrice = &money.Price{Micro: o.Price, Per: quantity.Unit(o.PriceUnit)}
			if slices.Contains(r.Units, o.PriceUnit) {
				r.PriceUnit = o.PriceUnit
			}
		}
	}
	if last == nil {
		return r
	}
	if q, ok := last.Line(l.ID); ok {
		r.Qty, r.Price, r.PriceUnit, r.Basis, r.Offer = q.Qty.Value(), q.Price.Decimal(), string(q.Price.Per), string(q.Basis), q.Offer.String()
		r.LeadDays = quantity.FormatMicro(int64(q.LeadDays) * quantity.Scale)
	}
	return r
}

// submitQuote reads the form. A line without a price is not quoted.
func (p pages) submitQuote(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in := sourcing.QuoteInput{
		Freight: f.Get("freight"), TaxRate: percent(f.Get("tax_rate")), PaymentDays: console.Number(f.Get("payment_days")),
		Note: f.Get("note"), ValidUntil: endOfDay(f.Get("valid_until"), v.Site().TimeZone),
	}
	var given []console.Row
	for _, row := range console.Rows(f, "lines") {
		if row.Get("price") == "" {
			continue
		}
		l := sourcing.QuoteLineInput{Qty: row.Get("qty"), Price: row.Get("price"), PriceUnit: row.Get("price_unit"), Basis: row.Get("basis"), LeadDays: console.Number(row.Get("lead_days"))}
		if err := console.ReadID(row.Get("line"), &l.Line, sourcing.ErrNotFound); err != nil {
			return web.Answer{}, err
		}
		if o := row.Get("offer"); o != "" {
			if err := console.ReadID(o, &l.Offer, sourcing.ErrNotFound); err != nil {
				return web.Answer{}, err
			}
		}
		in.Lines, given = append(in.Lines, l), append(given, row)
	}
	return p.onRFQ(ctx, v, "seller.quote_submitted", func(r id.RFQ) error {
		_, err := p.Sourcing.SubmitQuote(ctx, r, in)
		return console.Aimed(err, "lines", given)
	})
}

// percent turns "13" into the rate 0.13; what is no number goes on as it is, so that the
// service names it.
func percent(text string) string {
	if text == "" {
		return ""
	}
	m, err := quantity.ParseMicro(text)
	if err != nil || m%100 != 0 {
		return text
	}
	return quantity.FormatMicro(m / 100)
}

// endOfDay is the last second of a day in the market's time zone.
func endOfDay(day, zone string) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	t, err := time.ParseInLocation(time.DateOnly, day, loc)
	if err != nil {
		return time.Time{}
	}
	return t.Add(24*time.Hour - time.Second)
}

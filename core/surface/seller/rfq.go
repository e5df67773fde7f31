package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// rfqPage is one request: what is asked, the seller's own quotes, and the form for the next.
type rfqPage struct {
	frame.Frame
	RFQ        sourcing.RFQ
	Buyer      sourcing.Company
	Invitation sourcing.Invitation
	Items      map[id.Item]sourcing.Item
	Files      []rfqFile
	Open       bool
	Live       *quoted // the version in force
	Versions   []quoted
	Form       quoteForm
}

type rfqFile struct {
	sourcing.File
	URL string
}

// quoted is a version of the seller's quote with what it comes to.
type quoted struct {
	sourcing.Quote
	Sum      money.Money
	Goods    money.Money
	Tax      money.Money
	Lines    []quotedLine
	Withdraw bool
}

type quotedLine struct {
	sourcing.QuoteLine
	Asked  sourcing.Line
	Landed money.Money
}

func (p pages) rfq(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/rfq", page), nil
}

func (p pages) rfqPage(ctx context.Context, v *web.Visit) (*rfqPage, error) {
	var rid id.RFQ
	if err := console.ReadID(v.Path("id"), &rid, sourcing.ErrNotFound); err != nil {
		return nil, err
	}
	seen, quotes, err := p.Sourcing.Quotes(ctx, rid)
	if err == nil && seen.As != sourcing.AsSeller {
		err = sourcing.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	r := seen.RFQ
	page := &rfqPage{
		Frame: p.thing(ctx, "rfqs", "nav.rfqs", "/seller/rfqs", r.Number+" "+r.Title), RFQ: r, Buyer: seen.Companies[r.Buyer],
		Invitation: r.Sellers[0], Items: seen.Items, Open: r.Open(p.Now()),
	}
	page.Scripts = []string{"js/quote.js"}
	for f, file := range seen.Files {
		page.Files = append(page.Files, rfqFile{file, "/seller/rfqs/" + r.ID.String() + "/files/" + f.String()})
	}
	for _, q := range quotes {
		made, err := page.quoted(q)
		if err != nil {
			return nil, err
		}
		page.Versions = append(page.Versions, made)
	}
	if n := page.Versions; len(n) > 0 && n[0].State != sourcing.Withdrawn {
		page.Live = &n[0]
		page.Live.Withdraw = page.Open && n[0].State == sourcing.Submitted
	}
	page.Form, err = p.quoteForm(ctx, page, v.Site())
	return page, err
}

func (page *rfqPage) quoted(q sourcing.Quote) (quoted, error) {
	lines, sum, err := q.Landed()
	if err != nil {
		return quoted{}, err
	}
	out := quoted{Quote: q, Sum: sum.Total, Goods: sum.Goods, Tax: sum.Tax}
	for i, l := range q.Lines {
		asked, _ := page.RFQ.Line(l.Line)
		out.Lines = append(out.Lines, quotedLine{l, asked, lines[i].Total})
	}
	return out, nil
}

// rfqFile hands out what the buyer attached, to whom he asked.
func (p pages) rfqFile(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var rid id.RFQ
	if err := console.ReadID(v.Path("id"), &rid, sourcing.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	seen, err := p.Sourcing.View(ctx, rid)
	if err != nil {
		return web.Answer{}, err
	}
	for f := range seen.Files {
		if f.String() != v.Path("file") {
			continue
		}
		body, o, err := p.Blobs.Open(ctx, f)
		if err != nil {
			return web.Answer{}, err
		}
		return web.File(o.Name, o.MediaType, body, o.Size), nil
	}
	return web.Answer{}, sourcing.ErrNotFound
}

func (p pages) declineRFQ(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onRFQ(ctx, v, "seller.rfq_declined", func(r id.RFQ) error {
		_, err := p.Sourcing.Decline(ctx, r, v.Form().Get("note"))
		return err
	})
}

func (p pages) withdrawQuote(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onRFQ(ctx, v, "seller.quote_withdrawn", func(id.RFQ) error {
		var q id.Quote
		if err := console.ReadID(v.Form().Get("quote"), &q, sourcing.ErrQuoteNotFound); err != nil {
			return err
		}
		_, err := p.Sourcing.WithdrawQuote(ctx, q)
		return err
	})
}

// onRFQ does something to a request and goes back to its page; a refusal is shown there.
func (p pages) onRFQ(ctx context.Context, v *web.Visit, flash string, do func(id.RFQ) error) (web.Answer, error) {
	var rid id.RFQ
	if err := console.ReadID(v.Path("id"), &rid, sourcing.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	if err := do(rid); err != nil {
		return p.rfqAgain(ctx, v, err)
	}
	return web.Redirect("/seller/rfqs/" + rid.String()).Flash(flash), nil
}

func (p pages) rfqAgain(ctx context.Context, v *web.Visit, why error) (web.Answer, error) {
	if k := fault.KindOf(why); k == fault.NotFound || k == fault.Internal {
		return web.Answer{}, why
	}
	page, err := p.rfqPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Again("seller/rfq", page, why)
}

// priceUnits are the units that a price for the line may be per.
func priceUnits(l sourcing.Line, item sourcing.Item) []string {
	units := []string{string(l.Qty.Unit)}
	add := func(us ...quantity.Unit) {
		for _, u := range us {
			if u != l.Qty.Unit {
				units = append(units, string(u))
			}
		}
	}
	byMass := weighs(l.Qty.Unit)
	switch {
	case byMass:
		add(quantity.Tonne, quantity.Kilogram)
		if item.KgPerUnitMicro > 0 && !weighs(item.Unit) {
			add(item.Unit)
		}
	case item.KgPerUnitMicro > 0 && l.Qty.Unit == item.Unit:
		add(quantity.Tonne, quantity.Kilogram)
	}
	return units
}

func weighs(u quantity.Unit) bool {
	return u == quantity.Tonne || u == quantity.Kilogram || u == quantity.Gram
}

package sourcingtest

import (
	"context"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/sourcing"
)

// AsBuyer, AsMill and AsTrader are people of the companies.
func (w *World) AsBuyer() context.Context  { return w.As(w.Buyer, caller.RoleBuyer) }
func (w *World) AsMill() context.Context   { return w.As(w.Mill, caller.RoleSeller) }
func (w *World) AsTrader() context.Context { return w.As(w.Trader, caller.RoleSeller) }

// Wish is a request for ten beams and a line in words, to the mill and the trader.
func (w *World) Wish() sourcing.DraftInput {
	return sourcing.DraftInput{
		Title: "Beams for the bridge", Currency: "CNY", Incoterm: "DAP", ClosesAt: w.Now().Add(24 * time.Hour),
		ShipTo: sourcing.Address{Country: "CN", City: "Hangzhou", Street: "1 Xihu Road"}, Sellers: []id.Org{w.Mill, w.Trader}, Files: []id.Blob{w.Drawing},
		Lines: []sourcing.LineInput{
			{Item: w.Beam, Qty: "10", Unit: "H87", Target: "2400", NeedBy: "2026-12-24"},
			{Description: "Anchor bolts M24, galvanised", Qty: "120.5", Unit: "KGM"},
		},
	}
}

// Publish drafts and publishes the wish.
func (w *World) Publish(t testing.TB) sourcing.RFQ {
	t.Helper()
	r, err := w.Service.Draft(w.AsBuyer(), w.Wish())
	if err != nil {
		t.Fatal(err)
	}
	if r, err = w.Service.Publish(w.AsBuyer(), r.ID); err != nil {
		t.Fatal(err)
	}
	return r
}

// Answer is a quote on both lines: beams by the tonne, bolts by the kilogram.
func (w *World) Answer(r sourcing.RFQ, tonne, bolts string) sourcing.QuoteInput {
	return sourcing.QuoteInput{Freight: "800", TaxRate: "0.13", PaymentDays: 30, ValidUntil: r.ClosesAt.Add(240 * time.Hour), Lines: []sourcing.QuoteLineInput{
		{Line: r.Lines[0].ID, Price: tonne, PriceUnit: "TNE", Basis: "weighed", LeadDays: 7},
		{Line: r.Lines[1].ID, Price: bolts, LeadDays: 3},
	}}
}

// Quote submits an answer.
func (w *World) Quote(t testing.TB, as context.Context, r sourcing.RFQ, tonne, bolts string) sourcing.Quote {
	t.Helper()
	q, err := w.SubmitQuote(as, r.ID, w.Answer(r, tonne, bolts))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// Choose takes whole quotes, line by line.
func Choose(r sourcing.RFQ, quotes ...sourcing.Quote) sourcing.AwardInput {
	var in sourcing.AwardInput
	for i, q := range quotes {
		in.Lines = append(in.Lines, sourcing.AwardLineInput{Line: r.Lines[i].ID, Quote: q.ID})
	}
	return in
}

package app

import (
	"bytes"
	"context"
	"io"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/invoicing/invoicingdb"
	"github.com/kontorhq/kontor/core/invoicing/invoicingpdf"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/tenancy"
)

func (h *House) makeInvoicing() {
	h.Invoicing = invoicing.New(invoicing.Needs{
		Store: invoicingdb.New(h.DB), Unit: h.DB, Gate: h.Gate, Events: h.Queue, Now: h.Now,
		Orders: settledOrders{h}, Parties: paperParties{h}, Printer: invoicingpdf.Printer{}, Files: paperFiles{h}, Site: letterhead{h}, Numbers: h.Tenancy.Numbers(),
	})
}

type settledOrders struct{ *House }

// Settled implements invoicing.Orders.
func (h settledOrders) Settled(ctx context.Context, oid id.Order) (invoicing.Settled, event.OrderParties, error) {
	o, err := h.Ordering.ForSystem(ctx, oid, true)
	if err != nil {
		return invoicing.Settled{}, event.OrderParties{}, err
	}
	due, err := o.SettledTotal()
	if err != nil {
		return invoicing.Settled{}, event.OrderParties{}, err
	}
	s := invoicing.Settled{
		Order: o.ID, Number: o.Number, PONumber: o.PONumber, Seller: o.Seller, Buyer: o.Buyer, Currency: o.Currency,
		Freight: o.Freight, Discount: o.Discount, TaxRate: o.TaxRateMicro, Total: due, Completed: o.State == ordering.Completed,
	}
	for _, l := range o.Lines {
		qty, sum := l.PricedQty, l.Goods
		if l.SettledQty != nil {
			qty = *l.SettledQty
			if l.SettledSum.Minor < sum.Minor {
				sum = *l.SettledSum
			}
		}
		s.Lines = append(s.Lines, invoicing.Line{SKU: l.SKU, Names: l.Names, Qty: quantity.FormatMicro(qty.Micro), Unit: string(qty.Unit), Price: l.Price.Decimal(), Sum: sum})
	}
	return s, ordering.Head(o), nil
}

type paperParties struct{ *House }

// Party implements invoicing.Parties.
func (h paperParties) Party(ctx context.Context, org id.Org) (invoicing.Party, error) {
	p, err := h.org(ctx, org)
	if err != nil {
		return invoicing.Party{}, err
	}
	iban, _, err := h.Parties.BankAccount(ctx, org) // whoever pays an invoice has to read it there
	return invoicing.Party{Name: p.Name, NameLocal: p.NameLocal, RegKind: p.RegKind, RegNo: p.RegNo, Address: p.Address, City: p.City, Country: p.Country, IBAN: iban}, err
}

type paperFiles struct{ *House }

// Put and Open implement invoicing.Files.
func (h paperFiles) Put(ctx context.Context, name, media string, body []byte) (id.Blob, error) {
	return h.keep(ctx, name, media, bytes.NewReader(body))
}

func (h paperFiles) Open(ctx context.Context, bid id.Blob) (io.ReadCloser, int64, error) {
	return h.open(ctx, bid)
}

type letterhead struct{ *House }

// Letterhead implements invoicing.Site.
func (h letterhead) Letterhead(ctx context.Context) (invoicing.Letterhead, error) {
	t, err := h.Tenancy.Current(ctx)
	if err != nil {
		return invoicing.Letterhead{}, err
	}
	b := h.branded(t)
	out := invoicing.Letterhead{
		Market: t.Name[t.Settings.DefaultLocale], Accent: b.Accent,
		Address: everyTongue(t, func(w tenancy.Words) string { return w.PaperAddress }, "\n"),
		Footer:  everyTongue(t, func(w tenancy.Words) string { return w.PaperFooter }, "  ·  "),
	}
	if b.Logo.IsZero() {
		return out, nil
	}
	body, _, err := h.open(ctx, b.Logo)
	if err != nil {
		h.Log.WarnContext(ctx, "a paper is printed without its logo", "err", err) // an invoice is due whatever became of a picture
		return out, nil
	}
	defer func() { _ = body.Close() }()
	out.Logo, err = io.ReadAll(body)
	return out, err
}

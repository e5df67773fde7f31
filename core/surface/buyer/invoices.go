package buyer

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/console"
)

type invoicesPage struct {
	screen
	Rows  []reads.InvoiceRow
	Text  string
	Pager console.Pager
}

func (c desk) invoices(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "invoices", "nav.invoices")
	if err != nil {
		return web.Answer{}, err
	}
	m := &invoicesPage{screen: s, Text: strings.TrimSpace(v.Query("q"))}
	list, err := c.Reads.Invoices(ctx, m.Text, console.Ask(v, listSize))
	if err != nil {
		return web.Answer{}, err
	}
	m.Rows, m.Pager = list.Items, console.Pages(v, list.Next)
	return web.Render("buyer/invoices", m), nil
}

// invoicePDF shows an invoice's document; what belongs to others is not there.
func (c desk) invoicePDF(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var iid id.Invoice
	if err := pathID(v, "id", &iid, invoicing.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	inv, body, size, err := c.Invoicing.PDF(ctx, iid)
	if err != nil {
		return web.Answer{}, err
	}
	return web.File(inv.Number+".pdf", "application/pdf", body, size).Inline(), nil
}

func pageOf(n int) page.Request { return page.Request{Limit: n} }

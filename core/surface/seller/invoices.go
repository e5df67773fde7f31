package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// invoicesPage is the list of invoices that the seller has issued.
type invoicesPage struct {
	frame.Frame
	Rows  []invoicing.Invoice
	Names map[id.Org]parties.Org
	Pager console.Pager
}

func (p pages) invoices(ctx context.Context, v *web.Visit) (web.Answer, error) {
	list, err := p.Invoicing.Invoices(ctx, true, console.Ask(v, 30))
	if err != nil {
		return web.Answer{}, err
	}
	var orgs []id.Org
	for _, i := range list.Items {
		orgs = append(orgs, i.Buyer)
	}
	names, err := p.Parties.Companies(ctx, orgs)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/invoices", &invoicesPage{Frame: p.screen(ctx, "invoices", "nav.invoices"), Rows: list.Items, Names: names, Pager: console.Pages(v, list.Next)}), nil
}

func (p pages) invoicePDF(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var iid id.Invoice
	if err := console.ReadID(v.Path("id"), &iid, invoicing.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	inv, body, size, err := p.Invoicing.PDF(ctx, iid)
	if err != nil {
		return web.Answer{}, err
	}
	return web.File(inv.Number+".pdf", "application/pdf", body, size).Inline(), nil
}

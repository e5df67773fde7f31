// Package invoicinghttp is invoicing's part of the API.
package invoicinghttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Routes is invoicing's API; the PDF itself is a download beside it.
func Routes(s *invoicing.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Invoicing")
	return []web.Route{
		web.Get("/invoices", invoicing.ActionRead, h.list, tag, web.Summary("Invoices, newest first")),
		web.Get("/invoices/{id}", invoicing.ActionRead, h.one, tag, web.Summary("One invoice")),
		web.Get("/orders/{id}/invoice", invoicing.ActionRead, h.ofOrder, tag, web.Summary("An order's invoice")),
		web.Page("GET", "/invoices/{id}/pdf", invoicing.ActionRead, h.pdf, web.Summary("The invoice as PDF")),
	}
}

type handlers struct{ s *invoicing.Service }

type invoiceView struct {
	ID       id.Invoice       `json:"id"`
	Number   string           `json:"number"`
	Order    id.Order         `json:"order_id"`
	Seller   id.Org           `json:"seller_id"`
	Buyer    id.Org           `json:"buyer_id"`
	Lines    []invoicing.Line `json:"lines"`
	Net      money.Money      `json:"net"`
	Tax      money.Money      `json:"tax"`
	Total    money.Money      `json:"total"`
	IssuedAt time.Time        `json:"issued_at"`
	PDF      string           `json:"pdf_url"`
}

func view(i invoicing.Invoice) invoiceView {
	return invoiceView{i.ID, i.Number, i.Order, i.Seller, i.Buyer, i.Lines, i.Net, i.Tax, i.Total, i.IssuedAt, "/invoices/" + i.ID.String() + "/pdf"}
}

type list struct {
	Side  string `query:"side" enum:"buyer,seller" default:"buyer"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

func (h handlers) list(ctx context.Context, in *list) (page.List[invoiceView], error) {
	l, err := h.s.Invoices(ctx, in.Side == "seller", page.Request{After: in.After, Limit: in.Limit})
	out := page.List[invoiceView]{Items: []invoiceView{}, Next: l.Next}
	for _, i := range l.Items {
		out.Items = append(out.Items, view(i))
	}
	return out, err
}

func (h handlers) one(ctx context.Context, in *struct {
	ID id.Invoice `path:"id"`
},
) (invoiceView, error) {
	i, err := h.s.Invoice(ctx, in.ID)
	return view(i), err
}

func (h handlers) ofOrder(ctx context.Context, in *struct {
	ID id.Order `path:"id"`
},
) (invoiceView, error) {
	i, err := h.s.OfOrder(ctx, in.ID)
	return view(i), err
}

func (h handlers) pdf(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var iid id.Invoice
	if err := iid.UnmarshalText([]byte(v.Path("id"))); err != nil || iid.IsZero() {
		return web.Answer{}, invoicing.ErrNotFound
	}
	inv, body, size, err := h.s.PDF(ctx, iid)
	if err != nil {
		return web.Answer{}, err
	}
	return web.File(inv.Number+".pdf", "application/pdf", body, size).Inline(), nil
}

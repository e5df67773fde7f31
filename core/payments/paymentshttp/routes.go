// Package paymentshttp is payments' part of the API, and the door for its providers.
package paymentshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Routes is payments' API.
func Routes(s *payments.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Payments")
	return []web.Route{
		web.Post("/orders/{id}/pay", payments.ActionPay, h.pay, tag, web.Summary("How to pay an order into escrow"), web.Phased()),
		web.Get("/orders/{id}/escrow", payments.ActionRead, h.escrow, tag, web.Summary("An order's escrow")),
		web.Post("/orders/{id}/release", payments.ActionRelease, h.release, tag, web.InPerson(), web.Summary("Ask for the seller to be paid"), web.Phased()),
		web.Get("/releases", payments.ActionApprove, h.releases, tag, web.Summary("Releases waiting for a second person")),
		web.Post("/releases/{id}/decide", payments.ActionApprove, h.decide, tag, web.InPerson(), web.Summary("A second person's word on a release"), web.Phased()),
		web.Get("/balance", payments.ActionBalance, h.balance, tag, web.Summary("The seller's balance")),
		web.Get("/payouts", payments.ActionPayouts, h.payouts, tag, web.Summary("Payouts, newest first")),
		web.Post("/payouts", payments.ActionPayout, h.payout, tag, web.Summary("Send balance to the company's bank account"), web.Status(201), web.Phased(), web.Fresh()),
		web.Page("POST", "/hooks/payments/{installation}", "payments.hook.receive", h.hook, web.Hook(), web.Summary("A payment provider's signed message")),
	}
}

type handlers struct{ s *payments.Service }

type byOrder struct {
	ID id.Order `path:"id"`
}

type escrowView struct {
	Order        id.Order          `json:"order_id"`
	State        string            `json:"state"`
	Amount       money.Money       `json:"amount"`
	Held         money.Money       `json:"held"`
	Missing      money.Money       `json:"missing"`
	Overpaid     money.Money       `json:"overpaid"`
	ToSeller     money.Money       `json:"to_seller"`
	ToBuyer      money.Money       `json:"to_buyer"`
	Commission   money.Money       `json:"commission"`
	Instructions map[string]string `json:"instructions,omitempty"`
}

func view(e payments.Escrow) escrowView {
	return escrowView{e.Order, string(e.State), e.Amount, e.Held, e.Missing(), e.Overpaid, e.ToSeller, e.ToBuyer, e.Commission, e.Instructions}
}

func (h handlers) pay(ctx context.Context, in *byOrder) (escrowView, error) {
	e, err := h.s.Pay(ctx, in.ID)
	return view(e), err
}

func (h handlers) escrow(ctx context.Context, in *byOrder) (escrowView, error) {
	e, err := h.s.Of(ctx, in.ID)
	return view(e), err
}

type releaseView struct {
	ID          id.Release  `json:"id"`
	State       string      `json:"state"`
	ToSeller    money.Money `json:"to_seller"`
	ToBuyer     money.Money `json:"to_buyer"`
	Commission  money.Money `json:"commission"`
	RequestedBy string      `json:"requested_by"`
	RequestedAt time.Time   `json:"requested_at"`
	ApprovedBy  string      `json:"approved_by,omitempty"`
}

func viewRelease(r payments.Release) releaseView {
	return releaseView{r.ID, string(r.State), r.Split.ToSeller, r.Split.ToBuyer, r.Split.Commission, r.RequestedBy, r.RequestedAt, r.ApprovedBy}
}

func (h handlers) release(ctx context.Context, in *byOrder) (releaseView, error) {
	r, err := h.s.AskRelease(ctx, in.ID)
	return viewRelease(r), err
}

type paged struct {
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

func (h handlers) releases(ctx context.Context, in *paged) (page.List[releaseView], error) {
	l, err := h.s.Releases(ctx, payments.ReleaseRequested, page.Request{After: in.After, Limit: in.Limit})
	out := page.List[releaseView]{Items: []releaseView{}, Next: l.Next}
	for _, r := range l.Items {
		out.Items = append(out.Items, viewRelease(r))
	}
	return out, err
}

type decide struct {
	ID   id.Release `path:"id"`
	Body struct {
		Approve bool   `json:"approve"`
		Reason  string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (h handlers) decide(ctx context.Context, in *decide) (releaseView, error) {
	r, err := h.s.ApproveRelease(ctx, in.ID, in.Body.Approve, in.Body.Reason)
	return viewRelease(r), err
}

type balance struct {
	Currency string `query:"currency" minLength:"3" maxLength:"3" required:"true"`
}

type balanceView struct {
	Balance money.Money `json:"balance"`
}

func (h handlers) balance(ctx context.Context, in *balance) (balanceView, error) {
	cur := money.Currency(in.Currency)
	if !cur.Known() {
		return balanceView{}, money.ErrCurrency.With("currency", in.Currency)
	}
	m, err := h.s.Balance(ctx, cur)
	return balanceView{m}, err
}

type payoutView struct {
	ID        id.Payout   `json:"id"`
	Amount    money.Money `json:"amount"`
	State     string      `json:"state"`
	IBAN      string      `json:"iban"`
	CreatedAt time.Time   `json:"created_at"`
}

func viewPayout(p payments.Payout) payoutView {
	return payoutView{p.ID, p.Amount, string(p.State), p.IBAN, p.CreatedAt}
}

func (h handlers) payouts(ctx context.Context, in *paged) (page.List[payoutView], error) {
	l, err := h.s.Payouts(ctx, page.Request{After: in.After, Limit: in.Limit})
	out := page.List[payoutView]{Items: []payoutView{}, Next: l.Next}
	for _, p := range l.Items {
		out.Items = append(out.Items, viewPayout(p))
	}
	return out, err
}

type askPayout struct {
	Body struct {
		Amount money.Money `json:"amount"`
	}
}

func (h handlers) payout(ctx context.Context, in *askPayout) (payoutView, error) {
	p, err := h.s.RequestPayout(ctx, in.Body.Amount)
	return viewPayout(p), err
}

// hook hands a provider's message to the plugin as it came; the acknowledgement is sent
// only when what it says is committed.
func (h handlers) hook(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var inst id.Installation
	if err := inst.UnmarshalText([]byte(v.Path("installation"))); err != nil {
		return web.Answer{}, payments.ErrNotFound
	}
	headers := map[string]string{}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature", "content-type"} {
		headers[name] = v.Header(name)
	}
	if err := h.s.Hear(ctx, inst, payments.Hook{Headers: headers, Query: v.URL().RawQuery, Body: v.Body()}); err != nil {
		return web.Answer{}, err
	}
	return web.NoContent(), nil
}

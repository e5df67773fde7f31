// Package aftersaleshttp is aftersales' API.
package aftersaleshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
)

// Routes lists aftersales' API.
func Routes(s *aftersales.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Aftersales")
	return []web.Route{
		web.Get("/claims", aftersales.ActionRead, h.list, tag, web.Summary("Claims made, or to answer")),
		web.Get("/claims/{id}", aftersales.ActionRead, h.claim, tag, web.Summary("One claim")),
		web.Get("/orders/{id}/claims", aftersales.ActionRead, h.ofOrder, tag, web.Summary("The order's claims")),
		web.Post("/orders/{id}/claims", aftersales.ActionOpen, h.open, tag, web.Status(201), web.Summary("Claim what the receipt did not show")),
		web.Post("/claims/{id}/accept", aftersales.ActionDecide, h.accept, tag, web.Summary("Grant a claim")),
		web.Post("/claims/{id}/reject", aftersales.ActionDecide, h.reject, tag, web.Summary("Refuse a claim")),
		web.Post("/claims/{id}/withdraw", aftersales.ActionWithdraw, h.withdraw, tag, web.Summary("Give in")),
	}
}

type handlers struct{ aftersales *aftersales.Service }

type byClaim struct {
	ID id.Claim `path:"id"`
}

type byOrder struct {
	ID id.Order `path:"id"`
}

type listInput struct {
	As    string `query:"as" enum:"buyer,seller" doc:"Claims one makes, or claims one has to answer."`
	State string `query:"state" enum:"open,contested,accepted,rejected,withdrawn"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

type openInput struct {
	ID   id.Order `path:"id"`
	Body struct {
		Line   id.OrderLine `json:"line"`
		Kind   string       `json:"kind" doc:"short, damaged, wrong or weight."`
		Actual string       `json:"actual" doc:"How much is as agreed."`
		Unit   string       `json:"unit,omitempty" doc:"The line's unit when left out."`
		Amount string       `json:"amount,omitempty" doc:"What you want to pay less; the value of the rest when left out."`
		Note   string       `json:"note"`
	}
}

type answerInput struct {
	ID   id.Claim `path:"id"`
	Body struct {
		Answer string `json:"answer"`
	}
}

type claimView struct {
	ID        string     `json:"id"`
	Number    string     `json:"number"`
	Order     string     `json:"order"`
	Line      string     `json:"line"`
	Buyer     string     `json:"buyer"`
	Seller    string     `json:"seller"`
	Kind      string     `json:"kind"`
	Expected  qtyView    `json:"expected"`
	Actual    qtyView    `json:"actual"`
	Amount    amountView `json:"amount"`
	State     string     `json:"state"`
	Note      string     `json:"note"`
	Answer    string     `json:"answer"`
	OpenedAt  time.Time  `json:"opened_at"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
	Version   int64      `json:"version"`
}

type qtyView struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

type amountView struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func viewOf(c aftersales.Claim) claimView {
	qty := func(q quantity.Quantity) qtyView { return qtyView{q.Value(), string(q.Unit)} }
	v := claimView{
		ID: c.ID.String(), Number: c.Number, Order: c.Order.String(), Line: c.Line.String(), Buyer: c.Buyer.String(), Seller: c.Seller.String(),
		Kind: string(c.Kind), Expected: qty(c.Expected), Actual: qty(c.Actual), Amount: amountView{c.Amount.Decimal(), string(c.Amount.Currency)},
		State: string(c.State), Note: c.Note, Answer: c.Answer, OpenedAt: c.OpenedAt, Version: c.Version,
	}
	if !c.DecidedAt.IsZero() {
		v.DecidedAt = &c.DecidedAt
	}
	return v
}

func views(cs []aftersales.Claim, next string) page.List[claimView] {
	out := page.List[claimView]{Items: make([]claimView, 0, len(cs)), Next: next}
	for _, c := range cs {
		out.Items = append(out.Items, viewOf(c))
	}
	return out
}

func (h handlers) list(ctx context.Context, in *listInput) (page.List[claimView], error) {
	l, err := h.aftersales.List(ctx, in.As == "seller", aftersales.State(in.State), page.Request{After: in.After, Limit: in.Limit})
	return views(l.Items, l.Next), err
}

func (h handlers) claim(ctx context.Context, in *byClaim) (claimView, error) {
	c, err := h.aftersales.Claim(ctx, in.ID)
	return viewOf(c), err
}

func (h handlers) ofOrder(ctx context.Context, in *byOrder) (page.List[claimView], error) {
	cs, err := h.aftersales.OfOrder(ctx, in.ID)
	return views(cs, ""), err
}

func (h handlers) open(ctx context.Context, in *openInput) (claimView, error) {
	b := in.Body
	c, err := h.aftersales.Open(ctx, in.ID, aftersales.OpenInput{Line: b.Line, Kind: aftersales.Kind(b.Kind), Actual: b.Actual, Unit: b.Unit, Amount: b.Amount, Note: b.Note})
	return viewOf(c), err
}

func (h handlers) accept(ctx context.Context, in *answerInput) (claimView, error) {
	c, err := h.aftersales.Accept(ctx, in.ID, in.Body.Answer)
	return viewOf(c), err
}

func (h handlers) reject(ctx context.Context, in *answerInput) (claimView, error) {
	c, err := h.aftersales.Reject(ctx, in.ID, in.Body.Answer)
	return viewOf(c), err
}

func (h handlers) withdraw(ctx context.Context, in *byClaim) (claimView, error) {
	c, err := h.aftersales.Withdraw(ctx, in.ID)
	return viewOf(c), err
}

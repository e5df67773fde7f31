package sourcinghttp

import (
	"context"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/sourcing"
)

type handlers struct{ sourcing *sourcing.Service }

func (h handlers) draft(ctx context.Context, in *draftInput) (rfqView, error) {
	r, err := h.sourcing.Draft(ctx, in.input())
	if err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, byRFQ{r.ID})
}

func (h handlers) seen(ctx context.Context, in byRFQ) (rfqView, error) {
	s, err := h.sourcing.View(ctx, in.ID)
	if err != nil {
		return rfqView{}, err
	}
	return viewOf(s), nil
}

func (h handlers) view(ctx context.Context, in *byRFQ) (rfqView, error) { return h.seen(ctx, *in) }

func (h handlers) list(ctx context.Context, in *listInput) (page.List[summaryView], error) {
	list, names, err := h.sourcing.List(ctx, sourcing.Listing{As: sourcing.Audience(in.As), State: sourcing.State(in.State)}, page.Request{After: in.After, Limit: in.Limit})
	if err != nil {
		return page.List[summaryView]{}, err
	}
	out := page.List[summaryView]{Items: make([]summaryView, 0, len(list.Items)), Next: list.Next}
	for _, l := range list.Items {
		out.Items = append(out.Items, summaryOf(l, names[l.Buyer]))
	}
	return out, nil
}

func (h handlers) edit(ctx context.Context, in *editInput) (rfqView, error) {
	if _, err := h.sourcing.Edit(ctx, in.ID, in.changes()); err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, byRFQ{in.ID})
}

func (h handlers) publish(ctx context.Context, in *byRFQ) (rfqView, error) {
	if _, err := h.sourcing.Publish(ctx, in.ID); err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, *in)
}

func (h handlers) close(ctx context.Context, in *byRFQ) (rfqView, error) {
	if _, err := h.sourcing.Close(ctx, in.ID); err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, *in)
}

func (h handlers) cancel(ctx context.Context, in *reasonInput) (rfqView, error) {
	if _, err := h.sourcing.Cancel(ctx, in.ID, in.Body.Reason); err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, byRFQ{in.ID})
}

func (h handlers) decline(ctx context.Context, in *noteInput) (rfqView, error) {
	if _, err := h.sourcing.Decline(ctx, in.ID, in.Body.Note); err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, byRFQ{in.ID})
}

func (h handlers) award(ctx context.Context, in *awardInput) (rfqView, error) {
	if _, _, err := h.sourcing.Award(ctx, in.ID, in.input()); err != nil {
		return rfqView{}, err
	}
	return h.seen(ctx, byRFQ{in.ID})
}

func (h handlers) compare(ctx context.Context, in *byRFQ) (comparisonView, error) {
	c, err := h.sourcing.Compare(ctx, in.ID)
	if err != nil {
		return comparisonView{}, err
	}
	return comparisonOf(c), nil
}

func (h handlers) quote(ctx context.Context, in *quoteInput) (quoteView, error) {
	q, err := h.sourcing.SubmitQuote(ctx, in.ID, in.input())
	if err != nil {
		return quoteView{}, err
	}
	return quoteOf(q, nil), nil
}

func (h handlers) quotes(ctx context.Context, in *byRFQ) (page.List[quoteView], error) {
	seen, quotes, err := h.sourcing.Quotes(ctx, in.ID)
	if err != nil {
		return page.List[quoteView]{}, err
	}
	return page.List[quoteView]{Items: quotesOf(quotes, seen.Companies)}, nil
}

func (h handlers) withdraw(ctx context.Context, in *byQuote) (quoteView, error) {
	q, err := h.sourcing.WithdrawQuote(ctx, in.ID)
	if err != nil {
		return quoteView{}, err
	}
	return quoteOf(q, nil), nil
}

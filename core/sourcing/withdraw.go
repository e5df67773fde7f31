package sourcing

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// WithdrawQuote takes a quote back while the request is still open. After that it binds
// until its validity ends: the buyer may be counting on it.
func (s *Service) WithdrawQuote(ctx context.Context, quote id.Quote) (Quote, error) {
	var q Quote
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if q, err = s.n.Store.Quote(ctx, quote); err != nil {
			return err
		}
		if c.Org.IsZero() || q.Seller != c.Org {
			return ErrQuoteNotFound
		}
		r, v, _, err := s.asked(ctx, q.RFQ)
		if err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionWithdrawQuote, nil); err != nil {
			return err
		}
		if !r.Open(s.n.Now()) {
			return ErrClosed
		}
		if err := q.move(Withdrawn); err != nil {
			return err
		}
		if err := s.n.Store.SaveQuote(ctx, q); err != nil {
			return err
		}
		v.State = Viewed
		if err := s.n.Store.SaveInvitation(ctx, r.ID, v); err != nil {
			return err
		}
		names, err := s.n.Companies.Companies(ctx, []id.Org{c.Org})
		if err != nil {
			return err
		}
		return s.n.Events.Append(ctx, event.QuoteWithdrawn{
			RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String(),
			Quote: q.ID.String(), Seller: q.Seller.String(), SellerName: names[c.Org].Name,
		})
	})
	if err != nil {
		return Quote{}, fmt.Errorf("withdraw quote %s: %w", quote, err)
	}
	return q, nil
}

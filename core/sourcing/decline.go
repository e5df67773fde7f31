package sourcing

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Decline tells the buyer that no quote will come, so that he need not wait for it. The
// seller may still change his mind and quote.
func (s *Service) Decline(ctx context.Context, rfq id.RFQ, note string) (RFQ, error) {
	note = strings.TrimSpace(note)
	var r RFQ
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		var v Invitation
		got, v, c, err := s.asked(ctx, rfq)
		if err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionDecline, nil); err != nil {
			return err
		}
		var check fault.Check
		check.Text("note", note, 0, 1000)
		if err := check.Or(ErrInvalid); err != nil {
			return err
		}
		switch {
		case !got.Open(s.n.Now()):
			return ErrClosed
		case v.State == Quoted:
			return ErrHasQuote
		}
		v.State, v.Note = Declined, note
		if err := s.n.Store.SaveInvitation(ctx, got.ID, v); err != nil {
			return err
		}
		names, err := s.n.Companies.Companies(ctx, []id.Org{c.Org})
		if err != nil {
			return err
		}
		got.Sellers = []Invitation{v}
		r = got
		return s.n.Events.Append(ctx, event.RFQDeclined{
			RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String(),
			Seller: c.Org.String(), SellerName: names[c.Org].Name, Note: note,
		})
	})
	if err != nil {
		return RFQ{}, fmt.Errorf("decline rfq %s: %w", rfq, err)
	}
	return r, nil
}

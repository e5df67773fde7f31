package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/money"
)

// Speaker begins the name of a payment provider in the record; its plugin's follows.
const Speaker = "payments/"

// Hear takes a provider's message. The plugin verifies the signature over the raw bytes
// first; then each update is applied once, in a unit of its own. The provider gets its
// acknowledgement only after all of them are committed.
func (s *Service) Hear(ctx context.Context, installation id.Installation, h Hook) error {
	updates, err := s.Provider.Read(ctx, installation, h)
	if err != nil {
		return fmt.Errorf("read payment message: %w", err)
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	for _, u := range updates {
		// The signature was good: from here on it is the provider who speaks, and the record
		// names him, not some visitor.
		c := caller.Caller{Tenant: c.Tenant, Kind: caller.Plugin, Name: Speaker + u.Plugin, Locale: c.Locale, RequestID: c.RequestID, IP: c.IP}
		ctx := caller.With(ctx, c)
		if err := s.apply(ctx, u, h.Body); err != nil {
			return fmt.Errorf("apply payment message %s: %w", u.Dedupe, err)
		}
	}
	return nil
}

func (s *Service) apply(ctx context.Context, u Update, body []byte) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		fresh, err := s.Store.Seen(ctx, "payment", u.Dedupe, body)
		if err != nil || !fresh {
			return err
		}
		switch u.Kind {
		case "transfer_received":
			return s.take(ctx, u)
		case "paid_out":
			return s.paidOut(ctx, u)
		}
		return nil // releases and refunds were booked when we asked for them
	})
}

// take puts received money into the safe and on the books.
func (s *Service) take(ctx context.Context, u Update) error {
	e, err := s.Store.ByOperation(ctx, u.Operation)
	if err != nil {
		return err
	}
	if e, err = s.Store.ByID(ctx, e.ID, true); err != nil {
		return err
	}
	o, err := s.Orders.Order(ctx, e.Order)
	if err != nil {
		return err
	}
	was := e.State
	into, beyond, err := e.Take(u.Captured, s.Now())
	if errors.Is(err, ErrClosed) {
		return s.late(ctx, e, u)
	}
	if err != nil || into.Minor+beyond.Minor == 0 {
		return err
	}
	if err := s.Store.Save(ctx, e); err != nil {
		return err
	}
	if err := s.Books.Post(ctx, received(e, u.Dedupe, into, beyond)); err != nil {
		return err
	}
	if e.State != Funded || was == Funded {
		return s.Events.Append(ctx, event.EscrowPartlyFunded{OrderParties: o.OrderParties, Held: e.Held, Missing: e.Missing()})
	}
	if !o.Ended {
		if err := s.Books.Post(ctx, committed(e.Order, e.Buyer, e.Amount, o.Number).Reverse("order_commitment_met", o.Number)); err != nil {
			return err
		}
		if err := s.Orders.MarkFunded(ctx, e.Order); err != nil {
			return err
		}
	}
	return s.Events.Append(ctx, event.EscrowFunded{OrderParties: o.OrderParties, Held: e.Held, Overpaid: e.Overpaid})
}

// late books money that came after the safe was closed: it is the buyer's.
func (s *Service) late(ctx context.Context, e Escrow, u Update) error {
	more := money.Of(u.Captured.Minor-e.Held.Minor-e.Overpaid.Minor, e.Amount.Currency)
	e.Overpaid.Minor += more.Minor
	if err := s.Store.Save(ctx, e); err != nil {
		return err
	}
	return s.Books.Post(ctx, received(e, u.Dedupe, money.Zero(more.Currency), more))
}

func received(e Escrow, dedupe string, into, beyond money.Money) ledger.Entry {
	total := money.Of(into.Minor+beyond.Minor, into.Currency)
	out := ledger.Entry{
		Kind: "escrow_received", Ref: ledger.Ref{Kind: "payment_message", ID: dedupe}, Memo: e.Order.String(),
		Postings: []ledger.Posting{ledger.Debit(ledger.Bank, total)},
	}
	if into.Minor > 0 {
		out.Postings = append(out.Postings, ledger.Credit(ledger.Escrow, into))
	}
	if beyond.Minor > 0 {
		out.Postings = append(out.Postings, ledger.Credit(ledger.Buyer(e.Buyer), beyond))
	}
	return out
}

// paidOut notes that a payout has arrived. The message may overtake the provider's answer
// to our own call, so that the operation is not known yet: then it is refused, nothing of
// it is kept, and the provider says it again.
func (s *Service) paidOut(ctx context.Context, u Update) error {
	p, ok, err := s.Store.PayoutByOperation(ctx, u.Operation)
	if err == nil && !ok {
		err = ErrNotFound
	}
	if err != nil || p.State == PayoutPaid {
		return err
	}
	p.State, p.PaidAt = PayoutPaid, s.Now()
	return s.Store.SavePayout(ctx, p)
}

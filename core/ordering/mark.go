package ordering

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// What payments, fulfilment and aftersales tell ordering. Each has asked its own gate
// and says its own news; here only the order's axes move.

// MarkPaymentBegun notes that the buyer was told how to pay.
func (s *Service) MarkPaymentBegun(ctx context.Context, oid id.Order) error {
	return s.mark(ctx, oid, (*Order).PaymentBegun)
}

// MarkFunded notes that escrow holds the total.
func (s *Service) MarkFunded(ctx context.Context, oid id.Order) error {
	return s.mark(ctx, oid, (*Order).Funded)
}

// MarkRefunded notes that escrow went back to the buyer.
func (s *Service) MarkRefunded(ctx context.Context, oid id.Order) error {
	return s.mark(ctx, oid, (*Order).Refunded)
}

// MarkShipped notes a shipment; whole when nothing is left to send.
func (s *Service) MarkShipped(ctx context.Context, oid id.Order, whole bool) error {
	return s.mark(ctx, oid, func(o *Order) error { return o.Ship(whole) })
}

// MarkClaimed and MarkSettled move the aftersale axis.
func (s *Service) MarkClaimed(ctx context.Context, oid id.Order) error {
	return s.mark(ctx, oid, (*Order).Claim)
}

// MarkSettled notes that the last open claim was decided.
func (s *Service) MarkSettled(ctx context.Context, oid id.Order) error {
	return s.mark(ctx, oid, (*Order).Settle)
}

func (s *Service) mark(ctx context.Context, oid id.Order, move func(*Order) error) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.Store.Order(ctx, oid, true)
		if err != nil {
			return err
		}
		if err := move(&o); err != nil {
			return err
		}
		return s.Store.SaveMoves(ctx, o)
	})
	if err != nil {
		return fmt.Errorf("mark order %s: %w", oid, err)
	}
	return nil
}

// Settlement is what a line came to on receipt: quantity in the price's unit and sum.
type Settlement struct {
	Line id.OrderLine
	Qty  quantity.Quantity
	Sum  money.Money
}

// MarkReceived notes what arrived; last when nothing is outstanding any more.
func (s *Service) MarkReceived(ctx context.Context, oid id.Order, lines []Settlement, last bool) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.Store.Order(ctx, oid, true)
		if err != nil {
			return err
		}
		if err := o.Receive(last); err != nil {
			return err
		}
		for _, st := range lines {
			if err := o.settle(st); err != nil {
				return err
			}
		}
		if err := s.Store.SaveMoves(ctx, o); err != nil {
			return err
		}
		if err := s.Store.SaveSettlement(ctx, o); err != nil {
			return err
		}
		if !last {
			return nil
		}
		due, err := o.SettledTotal()
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, event.OrderReceived{OrderParties: Head(o), Settled: due})
	})
	if err != nil {
		return fmt.Errorf("mark order %s received: %w", oid, err)
	}
	return nil
}

// Resettle changes what a line came to, after a claim was decided.
func (s *Service) Resettle(ctx context.Context, oid id.Order, st Settlement) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.Store.Order(ctx, oid, true)
		if err != nil {
			return err
		}
		for i := range o.Lines {
			if o.Lines[i].ID == st.Line {
				o.Lines[i].SettledQty, o.Lines[i].SettledSum = &st.Qty, &st.Sum
				return s.Store.SaveSettlement(ctx, o)
			}
		}
		return ErrNotFound
	})
}

// settle adds a partial receipt to what the line came to so far.
func (o *Order) settle(st Settlement) error {
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.ID != st.Line {
			continue
		}
		qty, sum := st.Qty, st.Sum
		if l.SettledQty != nil {
			qty.Micro += l.SettledQty.Micro
			var err error
			if sum, err = sum.Add(*l.SettledSum); err != nil {
				return err
			}
		}
		l.SettledQty, l.SettledSum = &qty, &sum
		return nil
	}
	return ErrNotFound
}

// MarkReleased ends the order: the seller has his money.
func (s *Service) MarkReleased(ctx context.Context, oid id.Order) error {
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.Store.Order(ctx, oid, true)
		if err != nil {
			return err
		}
		if err := o.Release(s.Now()); err != nil {
			return err
		}
		if err := s.Store.SaveMoves(ctx, o); err != nil {
			return err
		}
		due, err := o.SettledTotal()
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, event.OrderCompleted{OrderParties: Head(o), Settled: due})
	})
	if err != nil {
		return fmt.Errorf("complete order %s: %w", oid, err)
	}
	return nil
}

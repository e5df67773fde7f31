package payments

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Needs is everything payments asks of the rest of the house.
type Needs struct {
	Store    Store
	Unit     work.Unit
	Gate     policy.Gate
	Judge    Judge
	Events   event.Log
	Now      clock.Now
	Orders   Orders
	Claims   Claims
	Books    Books
	Accounts Accounts
	Vault    Vault
	Terms    Terms
	Provider Provider
}

// Service is payments' use cases.
type Service struct{ Needs }

// New wires payments.
func New(n Needs) *Service { return &Service{n} }

var (
	escrow0  id.Escrow
	release0 id.Release
	payout0  id.Payout
)

// Open makes the safe for an order and books the buyer's commitment, in the order's unit.
func (s *Service) Open(ctx context.Context, o Order) error {
	if o.Total.Minor == 0 {
		return nil // nothing to hold
	}
	zero := money.Zero(o.Total.Currency)
	e := Escrow{
		ID: escrow0.New(), Order: o.ID, Buyer: o.Buyer, Seller: o.Seller, Amount: o.Total, Held: zero, Overpaid: zero,
		ToSeller: zero, ToBuyer: zero, Commission: zero, State: Pending, CreatedAt: s.Now(), Version: 1,
	}
	if err := s.Store.Add(ctx, e); err != nil {
		return fmt.Errorf("open escrow for %s: %w", o.Number, err)
	}
	return s.Books.Post(ctx, committed(o.ID, o.Buyer, o.Total, o.Number))
}

func committed(oid id.Order, buyer id.Org, m money.Money, number string) ledger.Entry {
	return ledger.Entry{
		Kind: "order_committed", Ref: ledger.Ref{Kind: "order", ID: oid.String()}, Memo: number,
		Postings: []ledger.Posting{ledger.Debit(ledger.Commitments, m), ledger.Credit(ledger.BuyerCommitment(buyer), m)},
	}
}

// Abandon closes the safe of an order that ended early. An empty one is removed; money in
// it goes back, which RefundEnded does once the order's change is committed.
func (s *Service) Abandon(ctx context.Context, o Order) error {
	e, err := s.Store.ByOrder(ctx, o.ID, true)
	if err != nil {
		return err
	}
	if e.State == Funded { // the commitment was met when the money came
		return nil
	}
	if err := s.Books.Post(ctx, committed(o.ID, o.Buyer, o.Total, o.Number).Reverse("order_uncommitted", o.Number)); err != nil {
		return err
	}
	if e.Held.Minor > 0 {
		return nil
	}
	return s.Store.Remove(ctx, e.ID)
}

// Pay tells the buyer how to pay, asking the provider for an account and a reference the
// first time. Asking again gives the same answer.
func (s *Service) Pay(ctx context.Context, oid id.Order) (Escrow, error) {
	var (
		e Escrow
		o Order
	)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if o, err = s.Orders.Order(ctx, oid); err != nil {
			return err
		}
		if o.Buyer != c.Org && c.Named() {
			return ErrNotFound
		}
		if err := s.Gate.Allow(ctx, ActionPay, nil); err != nil {
			return err
		}
		if e, err = s.Store.ByOrder(ctx, oid, false); err != nil {
			return err
		}
		switch {
		case e.State != Pending:
			return ErrPaid
		case !o.OpenToPay:
			return ErrNotOut
		}
		return nil
	})
	if err != nil || e.Operation != "" {
		return e, err
	}
	op, err := s.Provider.Begin(ctx, "begin:"+e.ID.String(), BeginAsk{Order: oid, Reference: o.Number, Amount: e.Amount, Payer: e.Buyer, PayerName: o.PayerName, Country: o.PayerCountry})
	if err != nil {
		return Escrow{}, fmt.Errorf("begin payment of %s: %w", o.Number, err)
	}
	return s.instructed(ctx, oid, op)
}

// instructed keeps what the provider answered; of two at once both keep the same.
func (s *Service) instructed(ctx context.Context, oid id.Order, op Operation) (Escrow, error) {
	var e Escrow
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if e, err = s.Store.ByOrder(ctx, oid, true); err != nil || e.Operation != "" {
			return err
		}
		o, err := s.Orders.Order(ctx, oid)
		if err != nil {
			return err
		}
		e.Plugin, e.Operation, e.Instructions = op.Plugin, op.ID, op.Instructions
		if err := s.Store.Save(ctx, e); err != nil {
			return err
		}
		if err := s.Orders.MarkPaymentBegun(ctx, oid); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.PaymentInstructed{OrderParties: o.OrderParties, Reference: op.Instructions["reference"]})
	})
	return e, err
}

// Of is an order's escrow, to its buyer, its seller and the operator.
func (s *Service) Of(ctx context.Context, oid id.Order) (Escrow, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Escrow{}, err
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Escrow{}, err
	}
	e, err := s.Store.ByOrder(ctx, oid, false)
	if err != nil {
		return Escrow{}, err
	}
	if e.Buyer != c.Org && e.Seller != c.Org && !c.Has(caller.RoleOperator) && !c.Has(caller.RoleSystem) {
		return Escrow{}, ErrNotFound
	}
	if e.Seller == c.Org {
		e.Instructions = nil // how the buyer pays is his affair
	}
	return e, nil
}

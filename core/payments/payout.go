package payments

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identifier"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/work"
)

// Balance is what the marketplace owes the caller's company as a seller.
func (s *Service) Balance(ctx context.Context, cur money.Currency) (money.Money, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return money.Money{}, err
	}
	var m money.Money
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionBalance, nil); err != nil {
			return err
		}
		m, err = s.Books.Balance(ctx, ledger.Seller(c.Org), cur)
		return err
	})
	return m, err
}

// RequestPayout books the amount out of the seller's balance, then asks the provider to
// send it. Two requests at once cannot spend the same balance.
func (s *Service) RequestPayout(ctx context.Context, amount money.Money) (Payout, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Payout{}, err
	}
	if amount.Minor <= 0 {
		return Payout{}, ErrAmount
	}
	if was := work.Begun(ctx); was != "" {
		return s.payoutBegun(ctx, was)
	}
	p := Payout{ID: payout0.New(), Seller: c.Org, Amount: amount, State: PayoutPending, CreatedBy: c.Person, CreatedAt: s.Now(), Version: 1}
	var iban, holder string
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionPayout, nil); err != nil {
			return err
		}
		if iban, holder, err = s.Accounts.BankAccount(ctx, c.Org); err != nil {
			return err
		}
		if iban == "" {
			return ErrIBAN
		}
		p.IBAN = identifier.Shown(iban)
		if p.Sealed, err = s.Vault.Seal(ctx, payoutTable, payoutColumn, p.ID.String(), []byte(iban)); err != nil {
			return err
		}
		if err := s.Store.LockSeller(ctx, c.Org); err != nil {
			return err
		}
		have, err := s.Books.Balance(ctx, ledger.Seller(c.Org), amount.Currency)
		if err != nil {
			return err
		}
		if have.Minor < amount.Minor {
			return ErrBalance.With("balance", have)
		}
		if err := s.Store.AddPayout(ctx, p); err != nil {
			return err
		}
		if err := work.Begin(ctx, p.ID.String()); err != nil {
			return err
		}
		return s.Books.Post(ctx, ledger.Entry{
			Kind: "payout", Ref: ledger.Ref{Kind: "payout", ID: p.ID.String()},
			Postings: []ledger.Posting{ledger.Debit(ledger.Seller(c.Org), amount), ledger.Credit(ledger.Bank, amount)},
		})
	})
	if err != nil {
		return Payout{}, fmt.Errorf("request payout: %w", err)
	}
	return s.send(ctx, p, iban, holder)
}

// payoutBegun goes on with what this same request has booked before: repeating it because
// the provider was not to be reached must not send the money twice.
func (s *Service) payoutBegun(ctx context.Context, which string) (Payout, error) {
	var pid id.Payout
	if err := pid.UnmarshalText([]byte(which)); err != nil {
		return Payout{}, err
	}
	var p Payout
	var iban, holder string
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if p, err = s.Store.Payout(ctx, pid, false); err != nil {
			return err
		}
		if _, holder, err = s.Accounts.BankAccount(ctx, p.Seller); err != nil {
			return err
		}
		iban, err = s.account(ctx, p)
		return err
	})
	if err != nil || p.State != PayoutPending {
		return p, err
	}
	return s.send(ctx, p, iban, holder)
}

// Where a payout's account lies.
const (
	payoutTable  = "payments_payouts"
	payoutColumn = "account_sealed"
)

// account is where a payout goes, as it was when it was asked for.
func (s *Service) account(ctx context.Context, p Payout) (string, error) {
	if p.Sealed == nil {
		return p.IBAN, nil
	}
	b, err := s.Vault.Open(ctx, payoutTable, payoutColumn, p.ID.String(), p.Sealed)
	return string(b), err
}

// send asks the provider; until it answers the payout stays pending and a job asks again.
func (s *Service) send(ctx context.Context, p Payout, iban, holder string) (Payout, error) {
	op, err := s.Provider.Payout(ctx, "payout:"+p.ID.String(), PayoutAsk{Party: p.Seller, Amount: p.Amount, IBAN: iban, Holder: holder, Reference: p.ID.String()})
	if err != nil {
		return p, fmt.Errorf("send payout %s: %w", p.ID, err)
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if p, err = s.Store.Payout(ctx, p.ID, true); err != nil || p.State != PayoutPending {
			return err
		}
		p.State, p.Operation = PayoutSent, op.ID
		if op.Done {
			p.State, p.PaidAt = PayoutPaid, s.Now()
		}
		if err := s.Store.SavePayout(ctx, p); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.PayoutSent{Payout: p.ID.String(), Seller: p.Seller.String(), Amount: p.Amount})
	})
	return p, err
}

// Payouts lists the caller's company's payouts, newest first.
func (s *Service) Payouts(ctx context.Context, p page.Request) (page.List[Payout], error) {
	c, err := caller.From(ctx)
	if err != nil {
		return page.List[Payout]{}, err
	}
	var out page.List[Payout]
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionPayouts, nil); err != nil {
			return err
		}
		out, err = s.Store.Payouts(ctx, c.Org, p)
		return err
	})
	return out, err
}

// Releases lists releases in a state, for those who approve them.
func (s *Service) Releases(ctx context.Context, state ReleaseState, p page.Request) (page.List[Release], error) {
	c, err := caller.From(ctx)
	if err != nil {
		return page.List[Release]{}, err
	}
	if !c.Has(caller.RoleOperator) && !c.Has(caller.RoleSystem) {
		return page.List[Release]{}, ErrRelease
	}
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Release]{}, err
	}
	return s.Store.Releases(ctx, state, p)
}

// Unfinished carries on what a crash or a silent provider left undone: approved releases
// and pending payouts. A job calls it; every effect has its own key, so nothing moves twice.
func (s *Service) Unfinished(ctx context.Context) error {
	var rs []Release
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		list, err := s.Store.Releases(ctx, ReleaseApproved, page.Request{Limit: page.Max})
		rs = list.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range rs {
		if _, err := s.Carry(ctx, r.ID); err != nil {
			return err
		}
	}
	return nil
}

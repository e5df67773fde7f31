// Package ledger is double-entry bookkeeping, append only. It knows accounts and
// entries, not orders: whoever posts says what the entry is about. A mistake is
// reversed by another entry, never edited.
package ledger

import (
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Kind says on which side of the balance sheet an account stands. Memo accounts record
// commitments that are not yet money.
type Kind string

// Kinds of accounts.
const (
	Asset     Kind = "asset"
	Liability Kind = "liability"
	Revenue   Kind = "revenue"
	Expense   Kind = "expense"
	Memo      Kind = "memo"
)

// Account is named by a key: "bank", "escrow", "commission", "seller:<org>". Its
// identifier follows from tenant, key and currency, so that posting needs no look-up.
type Account struct {
	Key  string
	Kind Kind
}

// The accounts of a marketplace.
var (
	Bank        = Account{"bank", Asset}         // what the escrow bank holds for us
	Escrow      = Account{"escrow", Liability}   // owed to whoever the trade says
	Commission  = Account{"commission", Revenue} // what the marketplace earned
	Commitments = Account{"commitments", Memo}   // orders placed and not yet paid
)

// Seller is what the marketplace owes a seller.
func Seller(org id.Org) Account { return Account{"seller:" + org.String(), Liability} }

// Buyer is what the marketplace owes a buyer: refunds and overpayments.
func Buyer(org id.Org) Account { return Account{"buyer:" + org.String(), Liability} }

// BuyerCommitment is what a buyer has ordered and not yet paid.
func BuyerCommitment(org id.Org) Account { return Account{"commitment:" + org.String(), Memo} }

// ID is the account's identifier in a tenant.
func (a Account) ID(tenant id.Tenant, c money.Currency) id.Account {
	return id.Account(id.Named[struct{}]("ledger", tenant.String(), a.Key, string(c)))
}

// Ref names what an entry is about; with the entry's kind it is unique, so posting the
// same fact twice is refused instead of doubled.
type Ref struct {
	Kind string
	ID   string
}

// Posting moves an amount on one account: positive is a debit, negative a credit.
type Posting struct {
	Account Account
	Amount  money.Money
}

// Debit and Credit read better than signs.
func Debit(a Account, m money.Money) Posting { return Posting{a, m} }

// Credit is the other side of Debit.
func Credit(a Account, m money.Money) Posting {
	return Posting{a, money.Of(-m.Minor, m.Currency)}
}

// Entry is a balanced set of postings.
type Entry struct {
	ID       id.Entry
	Kind     string // "order_committed", "escrow_funded", "escrow_released" …
	Ref      Ref
	Memo     string
	At       time.Time
	By       string
	Postings []Posting
}

// What can go wrong.
var (
	ErrUnbalanced = fault.New(fault.Internal, "ledger.unbalanced", "Something went wrong on our side.")
	ErrPosted     = fault.New(fault.Conflict, "ledger.already_posted", "That has been booked already.")
)

// Check refuses an entry whose postings do not add up to zero in every currency, or
// that moves nothing.
func (e Entry) Check() error {
	sums := map[money.Currency]int64{}
	for _, p := range e.Postings {
		if p.Amount.Minor == 0 {
			return ErrUnbalanced
		}
		sums[p.Amount.Currency] += p.Amount.Minor
	}
	if len(e.Postings) < 2 {
		return ErrUnbalanced
	}
	for _, s := range sums {
		if s != 0 {
			return ErrUnbalanced
		}
	}
	return nil
}

// Reverse is the entry that undoes e, about the same thing, under another kind.
func (e Entry) Reverse(kind, memo string) Entry {
	r := Entry{Kind: kind, Ref: e.Ref, Memo: memo}
	for _, p := range e.Postings {
		r.Postings = append(r.Postings, Posting{p.Account, money.Of(-p.Amount.Minor, p.Amount.Currency)})
	}
	return r
}

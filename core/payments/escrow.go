// Package payments holds a buyer's money until the goods have come, and then pays the
// seller. The money itself lies at an outside party, behind a plugin; this package knows
// what it is for, and the ledger says where every cent of it stands.
package payments

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// State of an escrow.
type State string

// States of an escrow.
const (
	Pending        State = "pending"
	Funded         State = "funded"
	PartlyReleased State = "partly_released"
	Released       State = "released"
	Refunded       State = "refunded"
	Disputed       State = "disputed"
)

// Escrow is the safe of one order.
type Escrow struct {
	ID           id.Escrow
	Order        id.Order
	Buyer        id.Org
	Seller       id.Org
	Amount       money.Money // the order's total
	Held         money.Money // of it, received
	Overpaid     money.Money // received beyond it
	ToSeller     money.Money
	ToBuyer      money.Money
	Commission   money.Money
	State        State
	Plugin       string
	Operation    string // at the provider
	Instructions map[string]string
	CreatedAt    time.Time
	FundedAt     time.Time
	ClosedAt     time.Time
	Version      int64
}

// Take notes that the provider has received sum in all. It answers what is new of it: the
// part that went into the safe and the part beyond the total. Messages may come twice, late
// or out of order; a smaller sum than is known already is old news.
func (e *Escrow) Take(sum money.Money, now time.Time) (into, beyond money.Money, err error) {
	zero := money.Zero(e.Amount.Currency)
	if sum.Currency != e.Amount.Currency {
		return zero, zero, ErrCurrency
	}
	known := e.Held.Minor + e.Overpaid.Minor
	if sum.Minor <= known {
		return zero, zero, nil
	}
	if e.State != Pending && e.State != Funded {
		return zero, zero, ErrClosed
	}
	held := min(sum.Minor, e.Amount.Minor)
	into = money.Of(held-e.Held.Minor, e.Amount.Currency)
	beyond = money.Of(sum.Minor-held-e.Overpaid.Minor, e.Amount.Currency)
	e.Held.Minor, e.Overpaid.Minor = held, sum.Minor-held
	if e.Held.Minor == e.Amount.Minor && e.State == Pending {
		e.State, e.FundedAt = Funded, now
	}
	return into, beyond, nil
}

// Missing is what is still to be paid.
func (e Escrow) Missing() money.Money {
	return money.Of(e.Amount.Minor-e.Held.Minor, e.Amount.Currency)
}

// Split is who gets what of the held money; the parts add up to it exactly.
type Split struct {
	ToSeller, ToBuyer, Commission money.Money
}

// Divide splits the held money when the buyer owes due: the rest goes back to him, and of
// what the seller earned the marketplace keeps its commission (rate in millionths).
func (e Escrow) Divide(due money.Money, rateMicro int64) (Split, error) {
	if due.Currency != e.Amount.Currency {
		return Split{}, ErrCurrency
	}
	if due.Minor > e.Held.Minor {
		due.Minor = e.Held.Minor
	}
	fee, err := due.Share(rateMicro)
	if err != nil {
		return Split{}, err
	}
	return Split{
		ToSeller:   money.Of(due.Minor-fee.Minor, due.Currency),
		ToBuyer:    money.Of(e.Held.Minor-due.Minor, due.Currency),
		Commission: fee,
	}, nil
}

// Close notes that the safe was emptied.
func (e *Escrow) Close(s Split, now time.Time) error {
	if e.State != Funded {
		return ErrNotFunded
	}
	if s.ToSeller.Minor+s.ToBuyer.Minor+s.Commission.Minor != e.Held.Minor {
		return ErrSplit
	}
	e.ToSeller, e.ToBuyer, e.Commission, e.ClosedAt = s.ToSeller, s.ToBuyer, s.Commission, now
	e.State = Released
	if s.ToSeller.Minor == 0 && s.Commission.Minor == 0 {
		e.State = Refunded
	}
	return nil
}

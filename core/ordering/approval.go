package ordering

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Decision on an approval.
type Decision string

// States of an approval.
const (
	Pending   Decision = "pending"
	Approved  Decision = "approved"
	Rejected  Decision = "rejected"
	Withdrawn Decision = "withdrawn"
)

// Approval is one tier of a company's own consent to an order. The rule is kept in words
// as it was when the order was submitted.
type Approval struct {
	ID          id.Approval
	Order       id.Order
	Tier        int
	Rule        string
	Amount      money.Money
	State       Decision
	RequestedBy id.Person
	RequestedAt time.Time
	DecidedBy   id.Person
	DecidedAt   time.Time
	Note        string
	Version     int64
}

// Decide records one person's word. limit is the most he may approve; nil is no limit.
func (a *Approval) Decide(by id.Person, yes bool, limit *int64, note string, now time.Time) error {
	switch {
	case a.State != Pending:
		return ErrDecided
	case by == a.RequestedBy:
		return ErrOwnApproval
	case yes && limit != nil && *limit < a.Amount.Minor:
		return ErrApproveLimit.With("amount", a.Amount).With("limit", money.Of(*limit, a.Amount.Currency))
	case !yes && note == "":
		return ErrNote
	}
	a.State = Rejected
	if yes {
		a.State = Approved
	}
	a.DecidedBy, a.DecidedAt, a.Note = by, now, note
	return nil
}

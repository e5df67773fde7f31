package payments

import (
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// ReleaseState is where a release stands.
type ReleaseState string

// States of a release.
const (
	ReleaseRequested ReleaseState = "requested"
	ReleaseApproved  ReleaseState = "approved" // decided; the provider is being asked
	ReleaseDone      ReleaseState = "done"
	ReleaseRefused   ReleaseState = "refused"
)

// Release is one decision to empty a safe. Persons are caller subjects.
type Release struct {
	ID          id.Release
	Escrow      id.Escrow
	Split       Split
	State       ReleaseState
	RequestedBy string
	RequestedAt time.Time
	ApprovedBy  string
	ApprovedAt  time.Time
	Why         string
	Version     int64
}

// approvers is who has agreed beside the one who asked.
func (r Release) approvers() []string {
	if r.ApprovedBy == "" {
		return []string{}
	}
	return []string{r.ApprovedBy}
}

// Approve records a second person.
func (r *Release) Approve(by string, now time.Time) error {
	if r.State != ReleaseRequested {
		return ErrReleaseDecided
	}
	if by == r.RequestedBy || slices.Contains(r.approvers(), by) {
		return ErrSamePerson
	}
	r.ApprovedBy, r.ApprovedAt = by, now
	return nil
}

// PayoutState is where a payout stands.
type PayoutState string

// States of a payout.
const (
	PayoutPending PayoutState = "pending"
	PayoutSent    PayoutState = "sent"
	PayoutPaid    PayoutState = "paid"
	PayoutFailed  PayoutState = "failed"
)

// Payout sends part of a seller's balance to his own bank account.
type Payout struct {
	ID        id.Payout
	Seller    id.Org
	Amount    money.Money
	IBAN      string // as much of it as is shown
	Sealed    []byte // the account; none of a payout that an earlier version asked for, whose IBAN is whole
	State     PayoutState
	Operation string
	CreatedBy id.Person
	CreatedAt time.Time
	PaidAt    time.Time
	Version   int64
}

// Package aftersales is what follows when an order did not bring what was agreed: a
// buyer's claims, the seller's answers, and the operator's word where they cannot agree.
//
// A claim asks for a reduction of one line. While any claim of an order is undecided,
// its escrow is not released.
package aftersales

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Kind says what is wrong.
type Kind string

// The kinds of claim.
const (
	Short   Kind = "short"
	Over    Kind = "over" // more came than was sent: nothing is asked, but somebody must look
	Damaged Kind = "damaged"
	Wrong   Kind = "wrong"
	Weight  Kind = "weight" // the weighbridge disagrees beyond the tolerance
)

// Kinds that a buyer may claim by hand; a surplus is found by counting alone.
var claimable = map[Kind]bool{Short: true, Damaged: true, Wrong: true, Weight: true}

// State is where a claim stands.
type State string

// The states of a claim. Contested means that the seller refused.
const (
	Open      State = "open"
	Contested State = "contested"
	Accepted  State = "accepted"
	Rejected  State = "rejected"
	Withdrawn State = "withdrawn"
)

// Claim is one complaint about one line of an order.
type Claim struct {
	ID        id.Claim
	Number    string
	Order     id.Order
	Line      id.OrderLine
	Buyer     id.Org
	Seller    id.Org
	Kind      Kind
	Expected  quantity.Quantity
	Actual    quantity.Quantity
	Amount    money.Money // that the buyer wants to pay less
	State     State
	OpenedBy  string
	OpenedAt  time.Time
	DecidedBy string
	DecidedAt time.Time
	Note      string
	Answer    string
	Version   int64
}

// Undecided reports whether escrow has to wait for it.
func (c Claim) Undecided() bool { return c.State == Open || c.State == Contested }

// Accept grants the reduction: the seller at any time, the operator once it is contested.
func (c *Claim) Accept(by, answer string, now time.Time) error {
	return c.decide(Accepted, by, answer, now)
}

// Refuse is the seller's no. It ends nothing: the buyer may give in or the operator decide.
func (c *Claim) Refuse(by, answer string, now time.Time) error {
	if c.State != Open {
		return ErrDecided
	}
	return c.decide(Contested, by, answer, now)
}

// Reject is the operator's no, and final.
func (c *Claim) Reject(by, answer string, now time.Time) error {
	return c.decide(Rejected, by, answer, now)
}

// Withdraw is the buyer's giving in.
func (c *Claim) Withdraw(by string, now time.Time) error {
	return c.decide(Withdrawn, by, c.Answer, now)
}

func (c *Claim) decide(to State, by, answer string, now time.Time) error {
	if !c.Undecided() {
		return ErrDecided
	}
	c.State, c.DecidedBy, c.Answer, c.DecidedAt = to, by, answer, now
	return nil
}

// reduced is what the order's line comes to once the claim is granted. Missing goods
// leave the quantity; damaged and wrong ones are there, only worth less.
func (c Claim) reduced(l OrderLine) (quantity.Quantity, money.Money, error) {
	qty, sum := l.standing()
	sum, err := sum.Sub(c.Amount)
	if err != nil {
		return qty, sum, err
	}
	if sum.Minor < 0 {
		sum = money.Zero(sum.Currency)
	}
	missing := c.Expected.Micro - c.Actual.Micro
	switch {
	case missing <= 0:
	case c.Kind == Weight && c.Expected.Unit == qty.Unit:
		qty.Micro -= missing
	case c.Kind == Short:
		less, err := quantity.MulDiv(l.PricedQty.Micro, missing, l.Qty.Micro)
		if err != nil {
			return qty, sum, err
		}
		qty.Micro -= less
	}
	qty.Micro = max(qty.Micro, 0)
	return qty, sum, nil
}

package event

import "github.com/kontorhq/kontor/core/money"

// What follows when an order did not bring what was agreed; all on the order's timeline.

// ClaimParties is on every event of a claim.
type ClaimParties struct {
	Order       string      `json:"order"`
	OrderNumber string      `json:"order_number"`
	Buyer       string      `json:"buyer"`
	Seller      string      `json:"seller"`
	Claim       string      `json:"claim"`
	ClaimNumber string      `json:"claim_number"`
	Kind        string      `json:"kind"`
	Amount      money.Money `json:"amount"`
}

// Subject puts the event on the order's timeline.
func (e ClaimParties) Subject() Subject { return Subject{"order", e.Order} }

// ClaimOpened: the buyer wants a reduction.
type ClaimOpened struct {
	ClaimParties
	Note string `json:"note"`
}

// EventName names the event.
func (ClaimOpened) EventName() string { return "aftersales.claim_opened.v1" }

// ClaimContested: the seller refused; the buyer may give in or the operator decide.
type ClaimContested struct {
	ClaimParties
	Answer string `json:"answer"`
}

// EventName names the event.
func (ClaimContested) EventName() string { return "aftersales.claim_contested.v1" }

// ClaimAccepted: the line stands lower by the amount.
type ClaimAccepted struct {
	ClaimParties
	Answer string `json:"answer"`
}

// EventName names the event.
func (ClaimAccepted) EventName() string { return "aftersales.claim_accepted.v1" }

// ClaimRejected: the operator found for the seller.
type ClaimRejected struct {
	ClaimParties
	Answer string `json:"answer"`
}

// EventName names the event.
func (ClaimRejected) EventName() string { return "aftersales.claim_rejected.v1" }

// ClaimWithdrawn: the buyer gave in.
type ClaimWithdrawn struct{ ClaimParties }

// EventName names the event.
func (ClaimWithdrawn) EventName() string { return "aftersales.claim_withdrawn.v1" }

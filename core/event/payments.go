package event

import "github.com/kontorhq/kontor/core/money"

// PaymentInstructed: the buyer was told how to pay into escrow.
type PaymentInstructed struct {
	OrderParties
	Reference string `json:"reference"`
}

// EventName names the event.
func (PaymentInstructed) EventName() string { return "payments.payment_instructed.v1" }

// EscrowPartlyFunded: money came, but not all of it.
type EscrowPartlyFunded struct {
	OrderParties
	Held    money.Money `json:"held"`
	Missing money.Money `json:"missing"`
}

// EventName names the event.
func (EscrowPartlyFunded) EventName() string { return "payments.escrow_partly_funded.v1" }

// EscrowFunded: the whole total is held.
type EscrowFunded struct {
	OrderParties
	Held     money.Money `json:"held"`
	Overpaid money.Money `json:"overpaid"`
}

// EventName names the event.
func (EscrowFunded) EventName() string { return "payments.escrow_funded.v1" }

// ReleaseRequested: a second person must agree before the seller is paid.
type ReleaseRequested struct {
	OrderParties
	Release string      `json:"release"`
	Amount  money.Money `json:"amount"`
	Why     string      `json:"why"`
}

// EventName names the event.
func (ReleaseRequested) EventName() string { return "payments.release_requested.v1" }

// EscrowReleased: the seller's balance, the commission and what goes back to the buyer.
type EscrowReleased struct {
	OrderParties
	ToSeller   money.Money `json:"to_seller"`
	ToBuyer    money.Money `json:"to_buyer"`
	Commission money.Money `json:"commission"`
}

// EventName names the event.
func (EscrowReleased) EventName() string { return "payments.escrow_released.v1" }

// EscrowRefunded: the order ended early and the buyer has his money back.
type EscrowRefunded struct {
	OrderParties
	Amount money.Money `json:"amount"`
}

// EventName names the event.
func (EscrowRefunded) EventName() string { return "payments.escrow_refunded.v1" }

// PayoutSent: a seller asked for his balance and the bank took the order.
type PayoutSent struct {
	Payout string      `json:"payout"`
	Seller string      `json:"seller"`
	Amount money.Money `json:"amount"`
}

// EventName names the event.
func (PayoutSent) EventName() string { return "payments.payout_sent.v1" }

// Subject puts it on the company's timeline.
func (e PayoutSent) Subject() Subject { return Subject{"org", e.Seller} }

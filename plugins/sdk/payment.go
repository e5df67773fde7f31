package sdk

import (
	"context"
	"time"
)

// PaymentProvider takes a buyer's money. Begin has an effect: the same key is the same
// operation, and Operation finds it by that key when an answer was lost. ParseWebhook
// checks the signature over the raw body before it reads a byte of it.
type PaymentProvider interface {
	Begin(context.Context, BeginRequest) (Operation, error)
	Operation(context.Context, OperationRequest) (Operation, error)
	ParseWebhook(context.Context, WebhookRequest) (WebhookReply, error)
}

// EscrowProvider holds the money until it is released or given back.
type EscrowProvider interface {
	ReleaseEscrow(context.Context, ReleaseRequest) (Operation, error)
	RefundEscrow(context.Context, RefundRequest) (Operation, error)
}

// PayoutProvider sends a balance to a bank account.
type PayoutProvider interface {
	Payout(context.Context, PayoutRequest) (Operation, error)
}

// OpKind is what an operation does.
type OpKind int

// The kinds of operation.
const (
	OpCharge OpKind = iota + 1
	OpEscrow
	OpRelease
	OpRefund
	OpPayout
)

// OpState is how far an operation is.
type OpState int

// The states of an operation.
const (
	OpPending OpState = iota + 1
	OpRequiresAction
	OpAuthorized
	OpCaptured
	OpHeld
	OpReleased
	OpRefunded
	OpVoided
	OpFailed
	OpUnknown
)

// Operation is one movement of money.
type Operation struct {
	OpID        string
	Kind        OpKind
	State       OpState
	Amount      Money
	Captured    Money // received or held so far
	Refunded    Money
	Next        NextAction
	UpstreamRef string
	ExpiresAt   time.Time
	Problems    []Problem
}

// NextKind is what the payer has to do.
type NextKind int

// What a payer may have to do.
const (
	NextNone NextKind = iota + 1
	NextRedirect
	NextShowIBAN
	NextQR
)

// NextAction is what to show the payer. No field may carry a card number.
type NextAction struct {
	Kind   NextKind
	URL    string
	Fields map[string]string // iban, account_name, bank, reference
}

// Party is who pays.
type Party struct{ ID, Name, Country string }

// BeginRequest starts taking money for an order.
type BeginRequest struct {
	Call      Call
	Order     Ref
	Amount    Money
	Method    string
	Payer     Party
	Fields    map[string]string
	ReturnURL string
	NotifyURL string // where the provider's messages reach the host
}

// OperationRequest finds an operation by its id, or by the key it was asked with.
type OperationRequest struct {
	Call Call
	OpID string
	Key  string
}

// WebhookRequest is a provider's message exactly as received. Header names are lower case.
type WebhookRequest struct {
	Call       Call
	Headers    map[string]string
	Body       []byte
	Query      string
	ReceivedAt time.Time
}

// WebhookReply is what the message says.
type WebhookReply struct{ Updates []PaymentUpdate }

// Kinds of update.
const (
	TransferReceived = "transfer_received"
	Released         = "released"
	Refunded         = "refunded"
	PaidOut          = "paid_out"
	PaymentFailed    = "failed"
)

// PaymentUpdate is one thing that happened at the provider; DedupeID is the same whenever
// it is told again.
type PaymentUpdate struct {
	DedupeID    string
	OpID        string
	Kind        string
	State       OpState
	Amount      Money
	Captured    Money
	At          time.Time
	UpstreamRef string
}

// Split is one receiver's part of an escrow.
type Split struct {
	Party  string // an organisation's id, or "platform"
	Kind   string // "seller", "commission"
	Amount Money
}

// ReleaseRequest ends an escrow. Splits add up to what is held, to the last cent.
type ReleaseRequest struct {
	Call     Call
	OpID     string
	Splits   []Split
	Evidence []Ref
}

// RefundRequest gives part or all of what is held back to the payer.
type RefundRequest struct {
	Call   Call
	OpID   string
	Amount Money
	Reason string
}

// PayoutRequest sends part of a party's balance to its bank account.
type PayoutRequest struct {
	Call        Call
	Party       string
	Amount      Money
	IBAN        string
	AccountName string
	Reference   string
}

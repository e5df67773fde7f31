package event

import "github.com/kontorhq/kontor/core/money"

// InvoiceIssued: the seller's invoice for a settled order exists as a document.
type InvoiceIssued struct {
	OrderParties
	Invoice string      `json:"invoice"`
	No      string      `json:"invoice_number"`
	Amount  money.Money `json:"amount"`
}

// EventName names the event.
func (InvoiceIssued) EventName() string { return "invoicing.invoice_issued.v1" }

package event

import "github.com/kontorhq/kontor/core/money"

// OrderParties is on every event of an order: who must hear of it, and its number.
type OrderParties struct {
	Order  string      `json:"order"`
	Number string      `json:"number"`
	Buyer  string      `json:"buyer"`
	Seller string      `json:"seller"`
	Total  money.Money `json:"total"`
	By     string      `json:"by"` // the person who placed the order
}

// Subject puts the event on the order's timeline.
func (e OrderParties) Subject() Subject { return Subject{"order", e.Order} }

// OrderPlaced: the order is out to the seller.
type OrderPlaced struct {
	OrderParties
	Group  string `json:"group"`
	Source string `json:"source"`
}

// EventName names the event.
func (OrderPlaced) EventName() string { return "ordering.order_placed.v1" }

// ApprovalRequested: the buyer's own company must consent before the order goes out.
type ApprovalRequested struct {
	OrderParties
	Approval string `json:"approval"`
	Rule     string `json:"rule"`
}

// EventName names the event.
func (ApprovalRequested) EventName() string { return "ordering.approval_requested.v1" }

// ApprovalDecided: someone consented or refused.
type ApprovalDecided struct {
	OrderParties
	Approval string `json:"approval"`
	Approved bool   `json:"approved"`
	Note     string `json:"note,omitempty"`
}

// EventName names the event.
func (ApprovalDecided) EventName() string { return "ordering.approval_decided.v1" }

// OrderAccepted: the seller is bound.
type OrderAccepted struct{ OrderParties }

// EventName names the event.
func (OrderAccepted) EventName() string { return "ordering.order_accepted.v1" }

// OrderDeclined: the seller will not fill it.
type OrderDeclined struct {
	OrderParties
	Reason string `json:"reason"`
}

// EventName names the event.
func (OrderDeclined) EventName() string { return "ordering.order_declined.v1" }

// OrderCancelled: withdrawn before the seller was bound.
type OrderCancelled struct {
	OrderParties
	Reason string `json:"reason"`
}

// EventName names the event.
func (OrderCancelled) EventName() string { return "ordering.order_cancelled.v1" }

// OrderReceived: everything has arrived; Settled is what the buyer owes for it.
type OrderReceived struct {
	OrderParties
	Settled money.Money `json:"settled"`
}

// EventName names the event.
func (OrderReceived) EventName() string { return "ordering.order_received.v1" }

// OrderCompleted: goods received, seller paid.
type OrderCompleted struct {
	OrderParties
	Settled money.Money `json:"settled"`
}

// EventName names the event.
func (OrderCompleted) EventName() string { return "ordering.order_completed.v1" }

// OrdersImported: past orders were taken over from an earlier system.
type OrdersImported struct {
	Count int `json:"count"`
}

// EventName names the event.
func (OrdersImported) EventName() string { return "ordering.orders_imported.v1" }

// Subject is the import as a whole.
func (OrdersImported) Subject() Subject { return Subject{"import", "orders"} }

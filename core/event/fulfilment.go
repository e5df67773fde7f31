package event

// What happens to the goods of an order. All belong on the order's timeline.

// Consignment is on every event of a shipment: what it is and who must hear of it.
type Consignment struct {
	Order          string `json:"order"`
	OrderNumber    string `json:"order_number"`
	Buyer          string `json:"buyer"`
	Seller         string `json:"seller"`
	Shipment       string `json:"shipment"`
	ShipmentNumber string `json:"shipment_number"`
}

// Subject puts the event on the order's timeline.
func (e Consignment) Subject() Subject { return Subject{"order", e.Order} }

// ShipmentPrepared: goods are set aside while a carrier is asked.
type ShipmentPrepared struct{ Consignment }

// EventName names the event.
func (ShipmentPrepared) EventName() string { return "fulfilment.shipment_prepared.v1" }

// ShipmentSent: goods are on their way.
type ShipmentSent struct {
	Consignment
	Carrier  string `json:"carrier"`
	Tracking string `json:"tracking"`
	Vehicle  string `json:"vehicle"`
	Whole    bool   `json:"whole"` // nothing of the order is left to send
}

// EventName names the event.
func (ShipmentSent) EventName() string { return "fulfilment.shipment_sent.v1" }

// ShipmentAbandoned: the carrier refused; the goods are free again.
type ShipmentAbandoned struct {
	Consignment
	Reason string `json:"reason"`
}

// EventName names the event.
func (ShipmentAbandoned) EventName() string { return "fulfilment.shipment_abandoned.v1" }

// ShipmentReceived: the buyer has counted and weighed a load.
type ShipmentReceived struct {
	Consignment
	Receipt       string `json:"receipt"`
	ReceiptNumber string `json:"receipt_number"`
	Differences   int    `json:"differences"` // that became claims
	Last          bool   `json:"last"`        // nothing is outstanding any more
}

// EventName names the event.
func (ShipmentReceived) EventName() string { return "fulfilment.shipment_received.v1" }

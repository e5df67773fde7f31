package fulfilment

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong between warehouse and gate.
var (
	ErrOrderNotFound    = fault.New(fault.NotFound, "fulfilment.order_not_found", "There is no such order.")
	ErrNotFound         = fault.New(fault.NotFound, "fulfilment.shipment_not_found", "There is no such shipment.")
	ErrShipInvalid      = fault.New(fault.Invalid, "fulfilment.shipment_invalid", "The shipment has something to correct.").Then("Correct the fields named and send it again.")
	ErrReceiptInvalid   = fault.New(fault.Invalid, "fulfilment.receipt_invalid", "The receipt has something to correct.").Then("Correct the fields named and send it again.")
	ErrNotShippable     = fault.New(fault.Conflict, "fulfilment.order_not_shippable", "This order cannot be shipped now.").Then("It must be accepted, paid into escrow, and have something left to send.")
	ErrNotShipped       = fault.New(fault.Conflict, "fulfilment.shipment_not_shipped", "This shipment is not on its way.")
	ErrAlreadyReceived  = fault.New(fault.Conflict, "fulfilment.shipment_already_received", "This shipment has already been received.")
	ErrNotPreparing     = fault.New(fault.Conflict, "fulfilment.shipment_not_preparing", "This shipment is no longer being prepared.")
	ErrStale            = fault.New(fault.Conflict, "fulfilment.shipment_stale", "Someone else changed this shipment meanwhile.").Then("Load it again.")
	ErrMassUnknown      = fault.New(fault.Invalid, "fulfilment.mass_unknown", "The weight of these goods is not known.").At(fault.Field{Path: "mass_kg", Reason: "required"}).Then("State the mass of the load in kilograms.")
	ErrCarrierRefused   = fault.New(fault.Conflict, "fulfilment.carrier_refused", "The carrier did not take this shipment.").Then("Ask for new freight offers and choose another.")
	ErrCarrierUndecided = fault.New(fault.Unavailable, "fulfilment.carrier_undecided", "The carrier has not answered; the goods stay set aside and we keep asking.").Then("Look at the order again in a minute.")
)

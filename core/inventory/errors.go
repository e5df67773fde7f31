package inventory

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with stock.
var (
	ErrWarehouseInvalid  = fault.New(fault.Invalid, "inventory.warehouse_invalid", "Some of the warehouse's details need another look.")
	ErrWarehouseNotFound = fault.New(fault.NotFound, "inventory.warehouse_not_found", "There is no such warehouse here.")
	ErrWarehouseTaken    = fault.New(fault.Conflict, "inventory.warehouse_taken", "You already have a warehouse {code}.")
	ErrOfferNotFound     = fault.New(fault.NotFound, "inventory.offer_not_found", "There is no such offer here.")
	ErrQuantity          = fault.New(fault.Invalid, "inventory.quantity_invalid", "That is not a quantity of stock.")
	ErrLot               = fault.New(fault.Invalid, "inventory.lot_invalid", "The lot needs a number, and must not expire before it was made.")
	ErrShort             = fault.New(fault.Conflict, "inventory.stock_short", "There is not enough in stock: {free} is left.").Then("Ask for less, or ask the seller when more will come.")
	ErrNotHeld           = fault.New(fault.Conflict, "inventory.not_held", "These goods are not set aside any more.")
	ErrBelowZero         = fault.New(fault.Conflict, "inventory.below_reserved", "That is less than what is already promised.")
	ErrTooMany           = fault.New(fault.TooLarge, "inventory.too_many", "Send at most {max} at once.")
)

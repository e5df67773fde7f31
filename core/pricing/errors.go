package pricing

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with prices.
var (
	ErrPriceInvalid  = fault.New(fault.Invalid, "pricing.price_invalid", "Some of the price's details need another look.")
	ErrNoPrice       = fault.New(fault.Conflict, "pricing.no_price", "There is no price for {sku} in that quantity.").Then("Ask the seller with a request for quotation.")
	ErrOfferUnknown  = fault.New(fault.NotFound, "pricing.offer_not_found", "There is no such offer here.")
	ErrPriceUnit     = fault.New(fault.Invalid, "pricing.unit_mismatch", "A price by {unit} cannot be charged for what is sold by {offer}: its weight per unit is unknown.")
	ErrPriceCurrency = fault.New(fault.Invalid, "pricing.currency_mismatch", "This offer is in {currency}.")
	ErrTooMany       = fault.New(fault.TooLarge, "pricing.too_many", "Send at most {max} at once.")
	ErrCalculator    = fault.New(fault.Unavailable, "pricing.calculator_answer", "The price could not be calculated.").Then("Try again in a moment, or ask for a quotation.")
	ErrInUnit        = fault.New(fault.Internal, "pricing.quote_in_unit", "Something went wrong on our side.")
	ErrIndexInvalid  = fault.New(fault.Invalid, "pricing.index_invalid", "An index has a key, a day, a price and where it comes from.")
)

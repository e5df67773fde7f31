package ordering

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong while ordering, in words a buyer understands.
var (
	ErrNotFound     = fault.New(fault.NotFound, "ordering.order_not_found", "There is no such order.")
	ErrMove         = fault.New(fault.Conflict, "ordering.move_not_allowed", "This order cannot {move} now: it is {state}, payment {payment}, goods {fulfilment}.").Then("Reload the order to see where it stands.")
	ErrStale        = fault.New(fault.Conflict, "ordering.order_stale", "Someone else has just changed this order.").Then("Reload the order and try again.")
	ErrCartEmpty    = fault.New(fault.Invalid, "ordering.cart_empty", "The cart is empty.").Then("Add an offer first.")
	ErrCartFull     = fault.New(fault.Invalid, "ordering.cart_full", "A cart holds at most {max} lines.").Then("Check out, then start another.")
	ErrNoCompany    = fault.New(fault.Denied, "ordering.no_company", "Only a company can order.").Then("Register your company, or switch to it.")
	ErrOffer        = fault.New(fault.NotFound, "ordering.offer_not_found", "That offer is not on sale.").Then("Choose another offer of the same item.")
	ErrOwnGoods     = fault.New(fault.Invalid, "ordering.own_goods", "A company cannot buy from itself.")
	ErrCheckout     = fault.New(fault.NotFound, "ordering.checkout_not_found", "There is no such checkout.").Then("Go back to the cart and check out again.")
	ErrCheckoutOld  = fault.New(fault.Gone, "ordering.checkout_expired", "These prices have expired, or the cart has changed since.").Then("Go back to the cart and check out again.")
	ErrCheckoutUsed = fault.New(fault.Conflict, "ordering.checkout_used", "This checkout has already become orders.").Then("Look under your orders.")
	ErrDestination  = fault.New(fault.Conflict, "ordering.destination_changed", "Freight was rated for another place than the goods shall go to.").Then("Ask for freight to the new address, or collect the goods.")
	ErrFreight      = fault.New(fault.Invalid, "ordering.freight_unknown", "That freight service was not offered.").Then("Choose one of the services shown.")
	ErrAddress      = fault.New(fault.Invalid, "ordering.address_incomplete", "Say where the goods should go.")
	ErrCostCentre   = fault.New(fault.Invalid, "ordering.cost_centre_unknown", "Choose one of your company's cost centres.")
	ErrMixed        = fault.New(fault.Invalid, "ordering.currencies_mixed", "One checkout is in one currency.")
	ErrNoApprover   = fault.New(fault.Conflict, "ordering.no_approver", "Nobody in your company may approve {amount}.").Then("Ask your company's administrator to raise an approver's limit.")
	ErrApproval     = fault.New(fault.NotFound, "ordering.approval_not_found", "There is no such approval.")
	ErrDecided      = fault.New(fault.Conflict, "ordering.approval_decided", "That has been decided already.")
	ErrOwnApproval  = fault.New(fault.Denied, "ordering.approval_own", "Nobody approves his own order.").Then("Ask another approver of your company.")
	ErrApproveLimit = fault.New(fault.Denied, "ordering.approval_limit", "{amount} is above what you may approve ({limit}).").Then("Ask an approver with a higher limit.")
	ErrNote         = fault.New(fault.Invalid, "ordering.note_needed", "Say why.")
)

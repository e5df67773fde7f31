package payments

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with money, in words of those it belongs to.
var (
	ErrNotFound       = fault.New(fault.NotFound, "payments.escrow_not_found", "There is no escrow for that order.")
	ErrNotOut         = fault.New(fault.Conflict, "payments.order_not_placed", "This order is not ready to be paid.").Then("Reload the order to see where it stands.")
	ErrPaid           = fault.New(fault.Conflict, "payments.already_funded", "This order has been paid.")
	ErrNotFunded      = fault.New(fault.Conflict, "payments.not_funded", "The money is not in escrow, or has left it already.")
	ErrClosed         = fault.New(fault.Conflict, "payments.escrow_closed", "This escrow is closed.")
	ErrCurrency       = fault.New(fault.Conflict, "payments.currency_unlike_order", "That is not the order's currency.")
	ErrSplit          = fault.New(fault.Internal, "payments.split_unbalanced", "Something went wrong on our side.")
	ErrNotReceived    = fault.New(fault.Conflict, "payments.goods_not_received", "The goods have not all been received.").Then("Release follows receipt.")
	ErrStale          = fault.New(fault.Conflict, "payments.escrow_stale", "Someone else has just changed this.").Then("Reload and try again.")
	ErrRelease        = fault.New(fault.NotFound, "payments.release_not_found", "There is no such release.")
	ErrReleaseDecided = fault.New(fault.Conflict, "payments.release_decided", "That release has been decided already.")
	ErrReleaseOpen    = fault.New(fault.Conflict, "payments.release_waiting", "A release of this escrow is waiting for a second person.")
	ErrSamePerson     = fault.New(fault.Denied, "payments.release_same_person", "Who asks for a release may not approve it.").Then("Another person approves it.")
	ErrBalance        = fault.New(fault.Conflict, "payments.balance_too_low", "Your balance is {balance}.").Then("Ask for that much or less.")
	ErrAmount         = fault.New(fault.Invalid, "payments.amount_not_positive", "Ask for more than nothing.")
	ErrIBAN           = fault.New(fault.Conflict, "payments.no_bank_account", "Your company has no bank account on file.").Then("Add it under your company.")
	ErrNoProvider     = fault.New(fault.Unavailable, "payments.no_provider", "This marketplace takes no payments at the moment.").Then("Ask the operator.")
	ErrPayout         = fault.New(fault.NotFound, "payments.payout_not_found", "There is no such payout.")
)

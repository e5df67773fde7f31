package aftersales

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with a claim.
var (
	ErrOrderNotFound = fault.New(fault.NotFound, "aftersales.order_not_found", "There is no such order.")
	ErrNotFound      = fault.New(fault.NotFound, "aftersales.claim_not_found", "There is no such claim.")
	ErrInvalid       = fault.New(fault.Invalid, "aftersales.claim_invalid", "The claim has something to correct.").Then("Correct the fields named and send it again.")
	ErrTooLate       = fault.New(fault.Conflict, "aftersales.order_not_claimable", "This order takes no claims now.").Then("Goods must have been shipped, and the money must still be in escrow.")
	ErrAlready       = fault.New(fault.Conflict, "aftersales.claim_exists", "There is an undecided claim of this kind on this line.").Then("Wait for its decision, or withdraw it first.")
	ErrDecided       = fault.New(fault.Conflict, "aftersales.claim_decided", "This claim has already been decided.")
	ErrNotContested  = fault.New(fault.Conflict, "aftersales.claim_not_contested", "The seller has not answered yet.").Then("Wait for the seller's answer; you may decide what he refuses.")
	ErrStale         = fault.New(fault.Conflict, "aftersales.claim_stale", "Someone else changed this claim meanwhile.").Then("Load it again.")
)

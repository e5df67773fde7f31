package sourcing

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong while sourcing, in words a buyer or seller understands.
var (
	ErrNotFound      = fault.New(fault.NotFound, "sourcing.rfq_not_found", "There is no such request.")
	ErrInvalid       = fault.New(fault.Invalid, "sourcing.rfq_invalid", "The request has something to correct.").Then("Correct the fields named and send it again.")
	ErrNotDraft      = fault.New(fault.Conflict, "sourcing.rfq_not_draft", "Only a draft can be changed or published.")
	ErrNoLines       = fault.New(fault.Invalid, "sourcing.rfq_no_lines", "Add at least one line.").At(fault.Field{Path: "lines", Reason: "required"})
	ErrNoSellers     = fault.New(fault.Invalid, "sourcing.rfq_no_sellers", "Choose at least one seller to ask.").At(fault.Field{Path: "sellers", Reason: "required"})
	ErrClosesInPast  = fault.New(fault.Invalid, "sourcing.rfq_closes_in_past", "The closing time must lie in the future.").At(fault.Field{Path: "closes_at", Reason: "past"})
	ErrNotPublished  = fault.New(fault.Conflict, "sourcing.rfq_not_published", "Only a published request can be closed.")
	ErrNotEvaluating = fault.New(fault.Conflict, "sourcing.rfq_not_evaluating", "Close the request to quotes before you award it.")
	ErrEnded         = fault.New(fault.Conflict, "sourcing.rfq_ended", "This request has already ended.")
	ErrClosed        = fault.New(fault.Conflict, "sourcing.rfq_closed", "This request takes no more quotes.")
	ErrStale         = fault.New(fault.Conflict, "sourcing.rfq_stale", "Someone else changed this request meanwhile.").Then("Load it again and repeat your change.")
	ErrSealed        = fault.New(fault.Denied, "sourcing.rfq_sealed", "Quotes are sealed until the request is awarded.")
	ErrNotBuyer      = fault.New(fault.Denied, "sourcing.rfq_not_a_buyer", "Your company does not buy here.").Then("Ask the operator to admit your company as a buyer.")
	ErrHasQuote      = fault.New(fault.Conflict, "sourcing.rfq_already_quoted", "You have quoted already.").Then("Withdraw the quote first, then decline.")

	ErrQuoteNotFound   = fault.New(fault.NotFound, "sourcing.quote_not_found", "There is no such quote.")
	ErrQuoteInvalid    = fault.New(fault.Invalid, "sourcing.quote_invalid", "The quote has something to correct.").Then("Correct the fields named and send it again.")
	ErrQuoteNotCurrent = fault.New(fault.Conflict, "sourcing.quote_not_current", "This quote has been replaced, withdrawn or decided.")

	ErrAlreadyAwarded = fault.New(fault.Conflict, "sourcing.rfq_already_awarded", "This request has already been awarded.")
	ErrAwardInvalid   = fault.New(fault.Invalid, "sourcing.award_invalid", "The award has something to correct.").Then("Correct the fields named and send it again.")
	ErrReasonMissing  = fault.New(fault.Invalid, "sourcing.award_reason_missing", "Say why you did not choose the lowest landed cost.").At(fault.Field{Path: "reason", Reason: "required"})
)

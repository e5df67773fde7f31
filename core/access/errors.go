package access

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with keys.
var (
	// ErrKey is the one answer to a key that is unknown, of another marketplace, expired or
	// revoked: which of them it was is in the audit trail.
	ErrKey      = fault.New(fault.Unauthenticated, "access.key_wrong", "This API key is not valid here.").Then("Check that it is whole and of this marketplace, or ask its owner for a new one.")
	ErrAddress  = fault.New(fault.Denied, "access.address_refused", "This API key may not be used from {address}.").Then("Call from an address on the key's list, or have the address added to a new key.")
	ErrCompany  = fault.New(fault.Denied, "access.company_not_active", "The company of this API key is not admitted at present.").Then("Ask the marketplace's operator.")
	ErrNotFound = fault.New(fault.NotFound, "access.not_found", "There is no such service account or key.")
	ErrInvalid  = fault.New(fault.Invalid, "access.invalid", "Some details are missing or wrong.")
	ErrScope    = fault.New(fault.Denied, "access.scope_not_yours", "You cannot give a key the scope {scope}.").Then("Choose among what you and the service account may do.")
	ErrEnded    = fault.New(fault.Conflict, "access.ended", "This service account or key has ended.").Then("Make a new one.")
	ErrTooMany  = fault.New(fault.Conflict, "access.too_many", "There are too many of these already.").Then("End those that nobody uses.")
	ErrNobody   = fault.New(fault.Denied, "access.for_people", "Only people make service accounts and keys.").Then("Sign in as an administrator.")
)

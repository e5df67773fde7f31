package scim

import "github.com/kontorhq/kontor/core/fault"

// What a directory is told. scimhttp says which of the standard's words goes with which.
var (
	ErrNoDirectory = fault.New(fault.Denied, "scim.no_directory", "This key is not a directory's, or its connection has ended.").Then("Make a directory key on the connection's page.")
	ErrNotFound    = fault.New(fault.NotFound, "scim.not_found", "There is no such resource in this directory.")
	ErrSyntax      = fault.New(fault.Invalid, "scim.syntax", "The body is not a resource or request of SCIM: {why}.")
	ErrFilter      = fault.New(fault.Invalid, "scim.filter", "This filter is not answered here: {why}.").Then("Compare userName, externalId, emails, active, id or, of groups, displayName, externalId, members and id by eq, and join comparisons by and.")
	ErrPath        = fault.New(fault.Invalid, "scim.path", "There is nothing to change at the path {path}.")
	ErrTarget      = fault.New(fault.Invalid, "scim.target", "This change names no attribute.").Then("Give it a path, or remove what it should not change.")
	ErrValue       = fault.New(fault.Invalid, "scim.value", "The value of {attribute} cannot be used.")
	ErrFixed       = fault.New(fault.Invalid, "scim.fixed", "{attribute} cannot be changed.")
	ErrTaken       = fault.New(fault.Conflict, "scim.taken", "{attribute} belongs to another resource of this directory.")
	ErrStranger    = fault.New(fault.Conflict, "scim.stranger", "The address has an account here that is not your company's.").Then("Invite its owner into your company first.")
	ErrCustomer    = fault.New(fault.Conflict, "scim.customer", "The address has an account here that is not of the marketplace's staff.").Then("Give the person another address in the directory: a customer's account does not become staff.")
	ErrDomain      = fault.New(fault.Invalid, "scim.domain", "The address is in no domain that the connection has proved.").Then("Prove the domain on the connection's page.")
	ErrStale       = fault.New(fault.Conflict, "scim.stale", "The resource has changed since the version that was named.").Then("Read it again.")
	ErrTooMany     = fault.New(fault.Invalid, "scim.too_many", "This is more than is taken at once: {most} at most.").Then("Send less at once.")
	ErrMissing     = fault.New(fault.Unsupported, "scim.not_supported", "This part of SCIM is not offered here.").Then("ServiceProviderConfig says what is.")
)

package tenancy

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with marketplaces.
var (
	ErrNotFound = fault.New(fault.NotFound, "tenancy.tenant_not_found", "There is no such marketplace.")
	ErrStale    = fault.New(fault.Conflict, "tenancy.tenant_stale", "Somebody else changed this marketplace meanwhile.").Then("Load it again and repeat your change.")
	ErrState    = fault.New(fault.Invalid, "tenancy.state_unknown", "There is no such state.").At(fault.Field{Path: "state", Reason: "unknown"})
	ErrMove     = fault.New(fault.Conflict, "tenancy.state_unreachable", "A marketplace that is {from} cannot become {to}.")
	ErrOneself  = fault.New(fault.Conflict, "tenancy.platform_stays", "The platform itself stays open.")
	ErrNote     = fault.New(fault.Invalid, "tenancy.note_missing", "Say why.").At(fault.Field{Path: "note", Reason: "required"})
	ErrTaken    = fault.New(fault.Conflict, "tenancy.host_taken", "Another marketplace answers at {host}.")
	ErrSettings = fault.New(fault.Invalid, "tenancy.settings_invalid", "These settings cannot work.")

	ErrNoClaim       = fault.New(fault.NotFound, "tenancy.claim_not_found", "There is no such address among yours.")
	ErrClaimStale    = fault.New(fault.Conflict, "tenancy.claim_stale", "Somebody else changed this address meanwhile.").Then("Look at it again.")
	ErrTooManyClaims = fault.New(fault.Conflict, "tenancy.too_many_claims", "A marketplace may have {limit} addresses of its own, and this one has them.").Then("Give up one that you do not need.")
	ErrHostMalformed = fault.New(fault.Invalid, "tenancy.host_malformed", "This is no domain name that you can own.").At(fault.Field{Path: "host", Reason: "malformed"}).Then("Write it like shop.example.com, without https:// and without a port.")
	ErrHostReserved  = fault.New(fault.Invalid, "tenancy.host_reserved", "{host} belongs to the platform.").At(fault.Field{Path: "host", Reason: "reserved"}).Then("Choose a domain of your own.")
	ErrHostClaimed   = fault.New(fault.Conflict, "tenancy.host_claimed", "{host} is on your list already.").At(fault.Field{Path: "host", Reason: "taken"})
	ErrHostHeld      = fault.New(fault.Conflict, "tenancy.host_held", "{host} was another marketplace's until recently.").Then("It is free 30 days after it was given up.")
	ErrHostCanonical = fault.New(fault.Conflict, "tenancy.host_canonical", "{host} is your main address.").Then("Choose another main address first.")
	ErrHostUnproven  = fault.New(fault.Conflict, "tenancy.host_unproven", "It is not proven yet that {host} is yours.").Then("Write the TXT record and have it checked.")
	ErrDNS           = fault.New(fault.Unavailable, "tenancy.dns_silent", "The name servers of {name} did not answer.").Then("Try again in a few minutes.")

	ErrUnderway   = fault.New(fault.Conflict, "tenancy.run_underway", "This is being done already.").Then("Look at how far it is.")
	ErrNoRun      = fault.New(fault.NotFound, "tenancy.run_not_found", "There is no such work.")
	ErrRunLost    = fault.New(fault.Conflict, "tenancy.run_lost", "Somebody else went on with this work.")
	ErrRunRuns    = fault.New(fault.Conflict, "tenancy.run_not_failed", "This work has not failed.").Then("Only what has failed is tried again.")
	ErrMarket     = fault.New(fault.Invalid, "tenancy.market_invalid", "A marketplace cannot be made like that.").Then("Correct the fields named and send it again.")
	ErrSlugTaken  = fault.New(fault.Conflict, "tenancy.slug_taken", "There is, or was, a marketplace called {slug}.").At(fault.Field{Path: "slug", Reason: "taken"}).Then("Choose another short name.")
	ErrTyped      = fault.New(fault.Invalid, "tenancy.slug_not_typed", "Type {slug} to say that you mean it.").At(fault.Field{Path: "slug", Reason: "mismatch"})
	ErrNothing    = fault.New(fault.Conflict, "tenancy.nothing_to_export", "A marketplace that is {state} has no data to fetch.").Then("Export it while it is open or closing.")
	ErrNotClosing = fault.New(fault.Conflict, "tenancy.not_closing", "A marketplace that is {state} is not deleted.").Then("Close it first, so that its people can fetch their data.")

	ErrRolesStale    = fault.New(fault.Conflict, "tenancy.roles_stale", "Somebody else changed the roles meanwhile.").Then("Load them again and repeat your change.")
	ErrRoleInvalid   = fault.New(fault.Invalid, "tenancy.role_invalid", "This role cannot be made like that.")
	ErrRoleRefused   = fault.New(fault.Invalid, "tenancy.role_refused", "The gate does not accept these roles: somebody would be allowed what nobody of that role ever may.").Then("Take out the permission that reaches too far.")
	ErrRoleBeyond    = fault.New(fault.Denied, "tenancy.role_beyond", "You cannot give {permission} to the role {role}: you do not hold it yourself.").Then("Leave it out, or ask somebody who holds it.")
	ErrRoleBase      = fault.New(fault.Conflict, "tenancy.role_base", "The role {role} comes with the platform and stays as it is.").Then("Make a role of your own that inherits it.")
	ErrRoleUnknown   = fault.New(fault.NotFound, "tenancy.role_unknown", "There is no such role.")
	ErrRoleInherited = fault.New(fault.Conflict, "tenancy.role_inherited", "The role {role} inherits it.").Then("Change that role first.")
	ErrRoleSame      = fault.New(fault.Conflict, "tenancy.role_same", "This changes nothing.").Then("Change something, or leave it as it is.")
	ErrRoleFirst     = fault.New(fault.Conflict, "tenancy.role_first", "There is no edition to undo.").Then("The roles are as the blueprint made them.")
)

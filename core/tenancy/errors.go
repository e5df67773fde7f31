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
)

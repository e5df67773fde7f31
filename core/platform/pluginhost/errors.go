package pluginhost

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with a plugin, in words for the person whose work it interrupts.
var (
	// ErrInUnit is a bug: a plugin may be slow, and a transaction must not wait for it.
	ErrInUnit          = fault.New(fault.Internal, "plugin.called_in_unit", "Something went wrong on our side.")
	ErrUnavailable     = fault.New(fault.Unavailable, "plugin.unavailable", "The service {plugin} is not answering at the moment.").Then("Try again in a minute.")
	ErrTimeout         = fault.New(fault.Unavailable, "plugin.timeout", "The service {plugin} took too long to answer.").Then("Try again in a minute.")
	ErrInvalidResponse = fault.New(fault.Unavailable, "plugin.invalid_response", "The service {plugin} gave an answer that cannot be right, so it was not used.").Then("The operator has been told; try again later.")
	ErrPlugin          = fault.New(fault.Unavailable, "plugin.failed", "The service {plugin} failed.").Then("Try again later.")
	ErrUpstream        = fault.New(fault.Unavailable, "plugin.upstream", "The partner behind {plugin} did not do what was asked: {reason}.").Then("Try again later, or choose another partner.")
	ErrRefused         = fault.New(fault.Invalid, "plugin.refused", "{plugin} cannot do this: {reason}.")
	ErrBusy            = fault.New(fault.Throttled, "plugin.busy", "The service {plugin} has too much to do at the moment.").Then("Try again in a few seconds.")
	ErrSuspended       = fault.New(fault.Unavailable, "plugin.suspended", "The service {plugin} failed too often and is resting.").Then("Try again in a few minutes.")
	ErrMarketShut      = fault.New(fault.Unavailable, "plugin.market_shut", "This marketplace is {state}, so its services do nothing for it.").Then("It goes on when the marketplace is opened again.")
	ErrNotInstalled    = fault.New(fault.NotFound, "plugin.not_installed", "This marketplace has no service for that.")
	ErrMisconfigured   = fault.New(fault.Unavailable, "plugin.misconfigured", "The service {plugin} is not set up correctly.").Then("The operator has to correct its settings.")
	ErrKeyReused       = fault.New(fault.Conflict, "plugin.key_reused", "This was already asked with other details.")
	ErrInProgress      = fault.New(fault.Conflict, "plugin.in_progress", "This is being done already.").Then("Wait a moment and look again.")
	// ErrOutcomeUnknown is not a failure: it may have happened. The reconciler finds out.
	ErrOutcomeUnknown = fault.New(fault.Unavailable, "plugin.outcome_unknown", "We do not know yet whether {plugin} has done this.").Then("Nothing is lost: we ask again until we know.")
)

// Why a plugin folder is not used. Operators see these.
var (
	ErrManifest   = fault.New(fault.Invalid, "plugin.manifest_invalid", "The plugin's manifest cannot be used: {why}.")
	ErrDigest     = fault.New(fault.Invalid, "plugin.digest_differs", "{path} is not the file that the manifest names: expected {expected}, found {found}.").Then("Install the plugin again.")
	ErrTier       = fault.New(fault.Invalid, "plugin.tier_not_met", "This machine cannot hold the plugin as safely as it asks to be held ({tier}): {why}.").Then("kontor plugin doctor says what is missing here.")
	ErrOtherSelf  = fault.New(fault.Invalid, "plugin.describes_another", "The program says that it is {found}, its manifest that it is {expected}.")
	ErrQuarantine = fault.New(fault.Unavailable, "plugin.quarantined", "The plugin crashed too often and is not started again by itself.").Then("Look at its last error, then start it again or install another version.")
)

package plugins

import "github.com/kontorhq/kontor/core/fault"

// What can be refused.
var (
	ErrNotFound    = fault.New(fault.NotFound, "plugins.not_found", "There is no such plugin.")
	ErrNoPublisher = fault.New(fault.NotFound, "plugins.publisher_not_found", "There is no such publisher.")
	ErrStale       = fault.New(fault.Conflict, "plugins.stale", "Somebody has changed this meanwhile.").Then("Look at it again, then repeat your change.")
	ErrInvalid     = fault.New(fault.Invalid, "plugins.invalid", "Some of this cannot be taken as it is.").Then("Correct the fields that are marked.")
	ErrUnknown     = fault.New(fault.Invalid, "plugins.publisher_unknown", "The publisher {publisher} is not registered, so nobody vouches for this package.").Then("Register the publisher and its key first.")
	ErrTaken       = fault.New(fault.Conflict, "plugins.version_taken", "{plugin} {version} is here already, with other files.").Then("Give the new files a new version: one that is there never changes.")
	ErrOwn         = fault.New(fault.Conflict, "plugins.comes_with_program", "{plugin} comes with the program in version {version}.").Then("Give the package a higher version.")
	ErrStep        = fault.New(fault.Conflict, "plugins.step", "This cannot be done while it is {state}.").Then("Look at it again: it may have changed.")
	ErrFailed      = fault.New(fault.Conflict, "plugins.not_conformant", "The package does not keep the contract: {why}.").Then("Correct it and upload a new version.")
	ErrNotOffered  = fault.New(fault.Conflict, "plugins.not_offered", "This version may not be installed.").Then("Choose another version.")
	ErrConsent     = fault.New(fault.Conflict, "plugins.consent_needed", "This asks for more than was agreed to.").Then("Read what it asks for and agree to it, or stay with the version you have.")
	ErrDiffers     = fault.New(fault.Conflict, "plugins.consent_differs", "What it asks for is not what you were shown.").Then("Read it again.")
	ErrSettings    = fault.New(fault.Conflict, "plugins.settings_missing", "Its settings are missing or not right.").Then("Fill the settings in first.")
	ErrNoWayBack   = fault.New(fault.NotFound, "plugins.no_way_back", "There is nothing to go back to.")
	ErrHere        = fault.New(fault.Conflict, "plugins.installed_already", "This is installed already.")
)

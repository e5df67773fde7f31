package parties

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with companies.
var (
	ErrNotFound        = fault.New(fault.NotFound, "parties.company_not_found", "There is no such company.")
	ErrStale           = fault.New(fault.Conflict, "parties.company_stale", "Somebody else changed this company meanwhile.").Then("Load it again and repeat your change.")
	ErrInvalid         = fault.New(fault.Invalid, "parties.company_invalid", "Some details are missing or wrong.")
	ErrNumber          = fault.New(fault.Invalid, "parties.number_wrong", "This number cannot be right.").Then("Compare it with the certificate, character by character.")
	ErrDuplicate       = fault.New(fault.Conflict, "parties.company_registered", "A company with this number is registered already.").Then("Ask its administrator to add you.")
	ErrInvited         = fault.New(fault.Denied, "parties.sign_up_closed", "Companies join this marketplace by invitation.").Then("Write to the marketplace's operator.")
	ErrDecided         = fault.New(fault.Conflict, "parties.company_decided", "A company that is {state} cannot become {to}.")
	ErrNote            = fault.New(fault.Invalid, "parties.note_missing", "Say why; the company will read it.").At(fault.Field{Path: "note", Reason: "required"})
	ErrNoMember        = fault.New(fault.NotFound, "parties.member_not_found", "There is no such member.")
	ErrRole            = fault.New(fault.Invalid, "parties.role_not_grantable", "A company cannot give the role {role}.").At(fault.Field{Path: "roles", Reason: "unknown"})
	ErrLastAdmin       = fault.New(fault.Conflict, "parties.last_admin", "A company keeps at least one administrator.").Then("Make somebody else an administrator first.")
	ErrMember          = fault.New(fault.Conflict, "parties.already_member", "This person acts for the company already.").Then("Change what he may do on the list of members.").At(fault.Field{Path: "email", Reason: "taken"})
	ErrInvitation      = fault.New(fault.NotFound, "parties.invitation_dead", "This invitation is not valid any more.").Then("Ask whoever invited you to send it again.")
	ErrUnit            = fault.New(fault.NotFound, "parties.unit_not_found", "There is no such department.")
	ErrCode            = fault.New(fault.Invalid, "parties.code_invalid", "Give a code and a name.")
	ErrCostCentre      = fault.New(fault.NotFound, "parties.cost_centre_not_found", "There is no such cost centre.")
	ErrPeriod          = fault.New(fault.Invalid, "parties.period_invalid", "The last day is not before the first.")
	ErrLicence         = fault.New(fault.NotFound, "parties.licence_not_found", "There is no such licence.")
	ErrLicenceTaken    = fault.New(fault.Conflict, "parties.licence_taken", "A licence with this number is registered already.")
	ErrLicenceState    = fault.New(fault.Conflict, "parties.licence_decided", "A licence that is {state} cannot become {to}.")
	ErrAddress         = fault.New(fault.Invalid, "parties.address_invalid", "Give a label, a country, a city and a street.")
	ErrInvitationKnown = fault.New(fault.Conflict, "parties.invitation_account", "There is an account with the invited address.").Then("Sign in with it, and accept.")
	ErrInvitationOther = fault.New(fault.Conflict, "parties.invitation_of_another", "This invitation was sent to another address than yours.").Then("Sign out, open the link again and sign in with the invited address.")
	ErrNoInvitation    = fault.New(fault.NotFound, "parties.invitation_not_found", "There is no such invitation.")
	ErrInvitationEnded = fault.New(fault.Conflict, "parties.invitation_ended", "This invitation is {state}.").Then("Write a new one.")
	ErrNoAddress       = fault.New(fault.NotFound, "parties.address_not_found", "There is no such address.")
)

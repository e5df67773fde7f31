// Package partieshttp is the API of companies: registering, admission, and what a company
// keeps in order itself.
package partieshttp

import (
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/web"
)

type handlers struct{ parties *parties.Service }

// Routes is parties' API. "mine" is the company that the caller acts for.
func Routes(s *parties.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Companies")
	return []web.Route{
		web.Post("/registrations", parties.ActionRegister, h.register, tag, web.Open(), web.Phased(), web.Status(202), web.Summary("Register a company with its first person")),
		web.Post("/companies", parties.ActionOwn, h.found, tag, web.Phased(), web.Status(201), web.Summary("Register another company of yours")),
		web.Get("/companies", parties.ActionRead, h.list, tag, web.Summary("List companies; operators see those who wait")),
		web.Get("/companies/{id}", parties.ActionRead, h.get, tag, web.Summary("Show a company")),
		web.Put("/companies/{id}", parties.ActionManage, h.update, tag, web.Summary("Change what your company tells of itself")),
		web.Post("/companies/{id}/decision", parties.ActionDecide, h.decide, tag, web.Summary("Admit, reject or suspend a company")),

		web.Get("/companies/{id}/members", parties.ActionMemberRead, h.members, tag, web.Summary("List who acts for a company")),
		web.Post("/companies/{id}/members", parties.ActionMemberManage, h.invite, tag, web.Volatile(), web.Status(201), web.Summary("Ask a person to act for your company: he joins by accepting")),
		web.Put("/companies/{id}/members/{person}", parties.ActionMemberManage, h.putMember, tag, web.Summary("Change a member's roles and limit")),
		web.Delete("/companies/{id}/members/{person}", parties.ActionMemberManage, h.removeMember, tag, web.Summary("Remove a member")),

		web.Get("/companies/{id}/invitations", parties.ActionMemberManage, h.invitations, tag, web.Summary("List whom your company invited, and what became of it")),
		web.Post("/companies/{id}/invitations", parties.ActionMemberManage, h.invite, tag, web.Volatile(), web.Status(201), web.Summary("Invite a person to act for your company")),
		web.Post("/companies/{id}/invitations/{invitation}/resend", parties.ActionMemberManage, h.resend, tag, web.Volatile(), web.Summary("Send an invitation again, with a new link")),
		web.Delete("/companies/{id}/invitations/{invitation}", parties.ActionMemberManage, h.withdrawInvitation, tag, web.Summary("Withdraw an invitation")),
		web.Get("/representations", parties.ActionRepresentationRead, h.representations, tag, web.Summary("List the representatives and accounts that concern you")),
		web.Post("/representations", parties.ActionRepresent, h.represent, tag, web.InPerson(), web.Status(201), web.Summary("Assign one of your people to a company, and ask for its consent")),
		web.Post("/representations/{id}/consent", parties.ActionConsent, h.consent, tag, web.InPerson(), web.Summary("Let a representative act for your company, within a scope and until a day")),
		web.Delete("/representations/{id}", parties.ActionRepresentationRead, h.endRepresentation, tag, web.InPerson(), web.Summary("End a representation, from either side")),
		web.Post("/invitations/accept", parties.ActionAccept, h.accept, tag, web.Open(), web.Phased(), web.Summary("Accept an invitation, with your account or with a new one")),

		web.Get("/companies/{id}/units", parties.ActionMemberRead, h.units, tag, web.Summary("List units: divisions, locations, teams")),
		web.Post("/companies/{id}/units", parties.ActionUnitManage, h.putUnit, tag, web.Status(201), web.Summary("Add a unit, or change the one with its code")),
		web.Get("/companies/{id}/units/{unit}", parties.ActionMemberRead, h.unit, tag, web.Summary("Show a unit and the settings that hold for it, each with where it was set")),
		web.Get("/companies/{id}/units/{unit}/move", parties.ActionUnitManage, h.previewMove, tag, web.Summary("Show what moving a unit would change")),
		web.Post("/companies/{id}/units/{unit}/move", parties.ActionUnitManage, h.moveUnit, tag, web.Summary("Put a unit below another one, with everything under it")),
		web.Put("/companies/{id}/units/{unit}/settings/{key}", parties.ActionUnitManage, h.putSetting, tag, web.Summary("Set something for a unit and all below that set nothing")),
		web.Delete("/companies/{id}/units/{unit}/settings/{key}", parties.ActionUnitManage, h.resetSetting, tag, web.Summary("Let a unit's setting go: what stands above holds again")),
		web.Get("/companies/{id}/settings", parties.ActionMemberRead, h.companySettings, tag, web.Summary("Show what the company sets for all its units")),
		web.Put("/companies/{id}/settings/{key}", parties.ActionUnitManage, h.putCompanySetting, tag, web.Summary("Set something for the whole company")),
		web.Delete("/companies/{id}/settings/{key}", parties.ActionUnitManage, h.resetCompanySetting, tag, web.Summary("Let a setting of the whole company go")),
		web.Get("/companies/{id}/cost-centres", parties.ActionCentreRead, h.centres, tag, web.Summary("List cost centres")),
		web.Post("/companies/{id}/cost-centres", parties.ActionCentreManage, h.putCentre, tag, web.Status(201), web.Summary("Add a cost centre, or change the one with its code")),
		web.Get("/companies/{id}/addresses", parties.ActionAddressRead, h.addresses, tag, web.Summary("List addresses")),
		web.Post("/companies/{id}/addresses", parties.ActionAddressManage, h.putAddress, tag, web.Status(201), web.Summary("Add an address, or change the one with its label")),
		web.Delete("/companies/{id}/addresses/{address}", parties.ActionAddressManage, h.removeAddress, tag, web.Summary("Remove an address")),

		web.Get("/companies/{id}/licences", parties.ActionLicenceRead, h.licences, tag, web.Summary("List a company's licences")),
		web.Post("/companies/{id}/licences", parties.ActionLicenceSubmit, h.submitLicence, tag, web.Status(201), web.Summary("Hand in a licence")),
		web.Post("/licences/{id}/decision", parties.ActionLicenceVerify, h.verifyLicence, tag, web.Summary("Find a licence valid, or revoke it")),
	}
}

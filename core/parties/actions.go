package parties

import (
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/policy"
)

// What one may do here.
const (
	ActionRegister           policy.Action = "parties.org.register"
	ActionRead               policy.Action = "parties.org.read"
	ActionOwn                policy.Action = "parties.org.own"
	ActionManage             policy.Action = "parties.org.manage"
	ActionReview             policy.Action = "parties.org.review" // look at those who wait
	ActionDecide             policy.Action = "parties.org.decide"
	ActionMemberRead         policy.Action = "parties.member.read"
	ActionMemberManage       policy.Action = "parties.member.manage"
	ActionAccept             policy.Action = "parties.invitation.accept"
	ActionUnitManage         policy.Action = "parties.unit.manage"
	ActionCentreRead         policy.Action = "parties.cost_centre.read"
	ActionCentreManage       policy.Action = "parties.cost_centre.manage"
	ActionLicenceRead        policy.Action = "parties.licence.read"
	ActionLicenceSubmit      policy.Action = "parties.licence.submit"
	ActionLicenceVerify      policy.Action = "parties.licence.verify"
	ActionRepresentationRead policy.Action = "parties.representation.read"
	ActionRepresent          policy.Action = "parties.representation.assign"
	ActionConsent            policy.Action = "parties.representation.consent"
	ActionAddressRead        policy.Action = "parties.address.read"
	ActionAddressManage      policy.Action = "parties.address.manage"
)

// RoleAdmin is the company's own administrator: whoever registered it, at first.
const RoleAdmin = caller.RoleAdmin

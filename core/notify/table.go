package notify

// Where the links lead.
const (
	buyersRFQ     = "/buyer/rfqs/{rfq}"
	sellersRFQ    = "/seller/rfqs/{rfq}"
	buyersOrder   = "/buyer/orders/{order}"
	sellersOrder  = "/seller/orders/{order}"
	sellersMoney  = "/seller/balance"
	buyersClaim   = "/buyer/claims/{claim}"
	sellersClaim  = "/seller/claims/{claim}"
	toApprove     = "/buyer/approvals"
	toAdmit       = "/operator/companies/{org}"
	toDecide      = "/operator/disputes"
	toRelease     = "/operator/releases"
	toReview      = "/operator/catalogue"
	sellersOffers = "/seller/offers"
	home          = "/"
)

// Rules is whom every event concerns. An event is in here or in Silent, never in neither.
var Rules = []Rule{
	// sourcing
	{"sourcing.rfq_published.v1", []Target{{To: sellers("sellers"), Kind: "rfq_published", Link: sellersRFQ, Mail: true}}},
	{"sourcing.rfq_declined.v1", []Target{{To: buyers("buyer"), Kind: "rfq_declined", Link: buyersRFQ}}},
	{"sourcing.rfq_closed.v1", []Target{{To: buyers("buyer"), Kind: "rfq_closed", Link: buyersRFQ, Mail: true}}},
	{"sourcing.rfq_cancelled.v1", []Target{{To: sellers("sellers"), Kind: "rfq_cancelled", Link: sellersRFQ, Mail: true}}},
	{"sourcing.rfq_expired.v1", []Target{{To: buyers("buyer"), Kind: "rfq_expired", Link: buyersRFQ, Mail: true}}},
	{"sourcing.rfq_awarded.v1", []Target{{To: buyers("buyer"), Kind: "rfq_awarded", Link: buyersRFQ}}},
	{"sourcing.quote_submitted.v1", []Target{{To: buyers("buyer"), Kind: "quote_submitted", Link: buyersRFQ, Mail: true}}},
	{"sourcing.quote_withdrawn.v1", []Target{{To: buyers("buyer"), Kind: "quote_withdrawn", Link: buyersRFQ}}},
	{"sourcing.quote_awarded.v1", []Target{{To: sellers("seller"), Kind: "quote_awarded", Link: sellersOrder, Mail: true}}},
	{"sourcing.quote_lost.v1", []Target{{To: sellers("seller"), Kind: "quote_lost", Link: sellersRFQ, Mail: true}}},

	// ordering
	{"ordering.order_placed.v1", []Target{
		{To: sellers("seller"), Kind: "order_placed", Link: sellersOrder, Mail: true},
		{To: person("by"), Kind: "order_confirmed", Link: buyersOrder, Mail: true, Self: true},
	}},
	{"ordering.approval_requested.v1", []Target{{To: approvers("buyer"), Kind: "approval_requested", Link: toApprove, Mail: true}}},
	{"ordering.approval_decided.v1", []Target{{
		To: person("by"), Choose: granted("approved", "approval_granted", "approval_refused"),
		Kinds: []string{"approval_granted", "approval_refused"}, Link: buyersOrder, Mail: true,
	}}},
	{"ordering.order_accepted.v1", []Target{{To: buyers("buyer"), Kind: "order_accepted", Link: buyersOrder, Mail: true}}},
	{"ordering.order_declined.v1", []Target{{To: buyers("buyer"), Kind: "order_declined", Link: buyersOrder, Mail: true}}},
	{"ordering.order_cancelled.v1", []Target{
		{To: sellers("seller"), Kind: "order_cancelled", Link: sellersOrder, Mail: true},
		{To: buyers("buyer"), Kind: "order_cancelled", Link: buyersOrder},
	}},
	{"ordering.order_received.v1", []Target{{To: sellers("seller"), Kind: "order_received", Link: sellersOrder}}},
	{"ordering.order_completed.v1", []Target{
		{To: sellers("seller"), Kind: "order_completed", Link: sellersOrder},
		{To: buyers("buyer"), Kind: "order_completed", Link: buyersOrder},
	}},

	// payments and invoicing
	{"payments.escrow_partly_funded.v1", []Target{{To: buyers("buyer"), Kind: "escrow_partly_funded", Link: buyersOrder, Mail: true}}},
	{"payments.escrow_funded.v1", []Target{
		{To: sellers("seller"), Kind: "escrow_funded_seller", Link: sellersOrder, Mail: true},
		{To: buyers("buyer"), Kind: "escrow_funded_buyer", Link: buyersOrder},
	}},
	{"payments.release_requested.v1", []Target{
		{To: operators(), Kind: "release_requested", Link: toRelease, Mail: true},
		{To: approvers("buyer"), Kind: "release_requested", Link: buyersOrder, Mail: true},
	}},
	{"payments.escrow_released.v1", []Target{
		{To: sellers("seller"), Kind: "escrow_released_seller", Link: sellersMoney, Mail: true},
		{To: buyers("buyer"), Kind: "escrow_released_buyer", Link: buyersOrder},
	}},
	{"payments.escrow_refunded.v1", []Target{
		{To: buyers("buyer"), Kind: "escrow_refunded", Link: buyersOrder, Mail: true},
		{To: sellers("seller"), Kind: "escrow_refunded", Link: sellersOrder},
	}},
	{"payments.payout_sent.v1", []Target{{To: sellers("seller"), Kind: "payout_sent", Link: sellersMoney, Mail: true}}},
	{"invoicing.invoice_issued.v1", []Target{
		{To: buyers("buyer"), Kind: "invoice_issued", Link: buyersOrder, Mail: true},
		{To: sellers("seller"), Kind: "invoice_issued", Link: sellersOrder},
	}},

	// fulfilment and aftersales
	{"fulfilment.shipment_sent.v1", []Target{{To: buyers("buyer"), Kind: "shipment_sent", Link: buyersOrder, Mail: true}}},
	{"fulfilment.shipment_abandoned.v1", []Target{{To: sellers("seller"), Kind: "shipment_abandoned", Link: sellersOrder, Mail: true, Self: true}}},
	{"fulfilment.shipment_received.v1", []Target{{To: sellers("seller"), Kind: "shipment_received", Link: sellersOrder, Mail: true}}},
	{"aftersales.claim_opened.v1", []Target{{To: sellers("seller"), Kind: "claim_opened", Link: sellersClaim, Mail: true}}},
	{"aftersales.claim_contested.v1", []Target{
		{To: buyers("buyer"), Kind: "claim_contested", Link: buyersClaim, Mail: true},
		{To: operators(), Kind: "claim_contested", Link: toDecide, Mail: true},
	}},
	{"aftersales.claim_accepted.v1", []Target{
		{To: buyers("buyer"), Kind: "claim_accepted", Link: buyersClaim, Mail: true},
		{To: sellers("seller"), Kind: "claim_accepted", Link: sellersClaim},
	}},
	{"aftersales.claim_rejected.v1", []Target{
		{To: buyers("buyer"), Kind: "claim_rejected", Link: buyersClaim, Mail: true},
		{To: sellers("seller"), Kind: "claim_rejected", Link: sellersClaim},
	}},
	{"aftersales.claim_withdrawn.v1", []Target{{To: sellers("seller"), Kind: "claim_withdrawn", Link: sellersClaim}}},

	// parties, identity, catalog
	{"tenancy.brand_published.v1", []Target{{To: operators(), Kind: "brand_published", Link: "/operator/branding"}}},
	{"tenancy.host_lapsed.v1", []Target{{To: operators(), Kind: "host_lapsed", Link: "/operator/hosts", Mail: true}}},
	{"plans.limit_near.v1", []Target{{To: operators(), Choose: ofMetric("limit_near_"), Kinds: metricKinds("limit_near_"), Link: "/operator/usage", Mail: true}}},
	{"plans.limit_reached.v1", []Target{{To: operators(), Choose: ofMetric("limit_reached_"), Kinds: metricKinds("limit_reached_"), Link: "/operator/usage", Mail: true}}},
	{"parties.company_registered.v1", []Target{{To: operators(), Kind: "company_registered", Link: toAdmit, Mail: true}}},
	{"parties.company_decided.v1", []Target{{
		To: admins("org"), Choose: companyDecided,
		Kinds: []string{"company_approved", "company_rejected", "company_suspended"}, Link: home, Mail: true,
	}}},
	{"parties.licence_submitted.v1", []Target{{To: operators(), Kind: "licence_submitted", Link: toAdmit}}},
	{"parties.licence_verified.v1", []Target{{To: admins("org"), Choose: licenceVerified, Kinds: []string{"licence_valid", "licence_revoked"}, Link: home, Mail: true}}},
	{"access.key_made.v1", []Target{
		{To: admins("org"), Choose: ofCompany("key_made"), Kinds: []string{"key_made"}, Link: "/account/keys", Mail: true, Self: true},
		{To: operators(), Choose: ofMarket("key_made"), Kinds: []string{"key_made"}, Link: "/account/keys", Mail: true, Self: true},
	}},
	{"sso.connection_changed.v1", []Target{
		{To: admins("org"), Kinds: ssoKinds, Choose: ssoKind, Link: "/account/sso"},
		{To: operators(), Kinds: ssoKinds, Choose: ofNobody(ssoKind), Link: "/account/sso"},
	}},
	{"sso.domain_changed.v1", []Target{
		{To: admins("org"), Kinds: []string{"sso_lapsed"}, Choose: ssoLapsed, Link: "/account/sso", Mail: true},
		{To: operators(), Kinds: []string{"sso_lapsed"}, Choose: ofNobody(ssoLapsed), Link: "/account/sso", Mail: true},
	}},
	{"sso.emergency_used.v1", []Target{
		{To: admins("org"), Kind: "sso_emergency", Link: "/account/sso", Mail: true, Self: true},
		{To: operators(), Kinds: []string{"sso_emergency"}, Choose: ofNobody(func(Payload) string { return "sso_emergency" }), Link: "/account/sso", Mail: true, Self: true},
	}},
	{"plugins.installation_changed.v1", []Target{{
		To: operators(), Kinds: []string{"plugin_suspended", "plugin_put_back"}, Choose: pluginTrouble, Link: "/operator/plugins", Mail: true, Self: true,
	}}},
	{"access.key_expiring.v1", []Target{
		{To: admins("org"), Choose: ofCompany("key_expiring"), Kinds: []string{"key_expiring"}, Link: "/account/keys", Mail: true, Self: true},
		{To: operators(), Choose: ofMarket("key_expiring"), Kinds: []string{"key_expiring"}, Link: "/account/keys", Mail: true, Self: true},
	}},
	{"identity.person_signed_up.v1", []Target{{To: person("person"), Kind: "welcome", Link: home, Mail: true, Self: true}}},
	{"identity.sign_up_repeated.v1", []Target{{To: person("person"), Kind: "sign_up_repeated", Link: home, Mail: true, Self: true}}},
	{"identity.password_changed.v1", []Target{{To: person("person"), Kind: "password_changed", Link: "/forgot", Mail: true, Self: true}}},
	{"identity.staff_changed.v1", []Target{
		{To: operators(), Choose: only("role", "", "staff_left"), Kinds: []string{"staff_left"}, Link: "/operator/people", Mail: true},
		{To: operators(), Choose: only("role", "operator", "staff_joined"), Kinds: []string{"staff_joined"}, Link: "/operator/people", Mail: true},
	}},
	{"identity.impersonation_begun.v1", []Target{
		{To: operators(), Kind: "impersonated", Link: "/operator/people", Mail: true, Self: true},
		{To: person("person"), Kind: "impersonated", Link: home, Mail: true, Self: true},
	}},
	{"parties.join_asked.v1", []Target{{To: admins("org"), Kind: "join_asked", Link: "/company/invitations", Mail: true}}},
	{"parties.representation_asked.v1", []Target{{To: admins("org"), Kind: "representation_asked", Link: "/company/representatives", Mail: true}}},
	{"parties.representation_changed.v1", []Target{
		{To: person("person"), Choose: only("what", "agreed", "representation_agreed"), Kinds: []string{"representation_agreed"}, Link: "/company/representatives", Mail: true},
		{To: person("person"), Choose: only("what", "ended", "representation_ended"), Kinds: []string{"representation_ended"}, Link: "/company/representatives"},
	}},
	{"parties.invitation_accepted.v1", []Target{{To: admins("org"), Kind: "invitation_accepted", Link: "/company/invitations"}}},
	{"catalog.item_moved.v1", []Target{
		{To: operators(), Choose: only("to", "review", "item_to_review"), Kinds: []string{"item_to_review"}, Link: toReview},
		{To: sellers("seller"), Choose: only("to", "published", "item_published"), Kinds: []string{"item_published"}, Link: sellersOffers},
	}},
}

// Silent are the events that nobody is told of, and why.
var Silent = map[string]string{
	"sourcing.rfq_drafted.v1":         "only its author knows of a draft",
	"sourcing.rfq_viewed.v1":          "shown on the request; a message for each look would be noise",
	"ordering.orders_imported.v1":     "history brought along from another system",
	"payments.payment_instructed.v1":  "shown to the buyer on the page where he asked for it",
	"fulfilment.shipment_prepared.v1": "followed by sent or abandoned within moments",
	"identity.impersonation_ended.v1": "they were told when it began, and the record has its end",
	"cells.cell_added.v1":             "done by the operator's tool",
	"cells.tenant_frozen.v1":          "shown on the move's page",
	"cells.tenant_moved.v1":           "shown on the move's page",
	"cells.move_aborted.v1":           "shown on the move's page",
	"cells.leftovers_purged.v1":       "housekeeping; the record tells it",
	"tenancy.run_started.v1":          "shown step by step to whoever asked for it",
	"tenancy.run_ended.v1":            "shown step by step to whoever asked for it",
	"sso.person_linked.v1":            "kept in the audit trail; the person is told by his own provider",
	"scim.user_changed.v1":            "the directory's doing, by which his company tells him; kept in the audit trail",
	"scim.group_changed.v1":           "the directory's doing; kept in the audit trail",
	"access.account_made.v1":          "can do nothing before it has a key, of which the administrators are told",
	"access.account_ended.v1":         "the administrator's own doing; kept in the audit trail",
	"access.key_revoked.v1":           "the administrator's own doing; kept in the audit trail",
	"parties.company_updated.v1":      "by the company itself; kept in the audit trail",
	"parties.member_changed.v1":       "the person sees it at the next sign-in; kept in the audit trail",
	"parties.unit_changed.v1":         "the company's own doing; kept in the audit trail",
	"parties.unit_moved.v1":           "the company's own doing; kept in the audit trail",
	"parties.setting_changed.v1":      "the company's own doing; kept in the audit trail",
	"parties.member_invited.v1":       "the invited person has a letter; kept in the audit trail",
	"parties.invitation_withdrawn.v1": "by the company itself; the link says so to whoever opens it",
	"identity.second_factor_on.v1":    "the person did it himself, signed in",
	"identity.second_factor_off.v1":   "the person did it himself, freshly proved",
	"identity.passkey_added.v1":       "the person did it himself, freshly proved",
	"identity.passkey_renamed.v1":     "the person did it himself, freshly proved",
	"identity.passkey_removed.v1":     "the person did it himself, freshly proved",
	"identity.passkey_copied.v1":      "kept for the audit trail; whoever holds the copy could read a message too",
	"identity.recovery_codes_made.v1": "the person did it himself, freshly proved",
	"identity.recovery_code_used.v1":  "the security page says how many are left",
	"identity.second_step_blocked.v1": "kept for the audit trail; whoever holds the password could read a message too",
	"identity.person_disabled.v1":     "the person can no longer sign in to read it",
	"catalog.item_changed.v1":         "a correction of details; sellers watch their own pages",
	"catalog.offer_changed.v1":        "the seller's own doing",
	"catalog.document_attached.v1":    "shown on the item",
	"catalog.imported.v1":             "the importer is shown the outcome",
	"inventory.stock_received.v1":     "the seller's own doing",
	"inventory.stock_corrected.v1":    "the seller's own doing",
	"pricing.prices_written.v1":       "the seller's own doing",
	"pricing.indices_written.v1":      "shown on the price board",
	"plans.plan_published.v1":         "the platform's own doing",
	"plans.plan_assigned.v1":          "told in the platform's tenant, by its own administrator",
	"plans.exception_made.v1":         "the same; the operator sees it on the page of use",
	"plans.exception_ended.v1":        "the same as of one that was made",
	"plugins.publisher_changed.v1":    "the platform's own doing",
	"plugins.artifact_moved.v1":       "the platform's own doing; who uses a revoked one sees it on his plugins' page",
	"plugins.restart_asked.v1":        "the platform's own doing",
	"tenancy.host_claimed.v1":         "the operator's own doing",
	"tenancy.certificate_tried.v1":    "the operator's own doing, and shown to him at once",
	"tenancy.host_verified.v1":        "shown on the page of addresses",
	"tenancy.host_released.v1":        "the operator's own doing",
	"tenancy.host_made_canonical.v1":  "the operator's own doing",
	"tenancy.roles_changed.v1":        "shown on the roles' page and in the record",
	"tenancy.tenant_state_changed.v1": "shown to platform administrators, who did it",
}

// granted chooses by a yes or no of the payload.
func granted(field, yes, no string) func(Payload) string {
	return func(p Payload) string {
		if p.Values[field] == "true" {
			return yes
		}
		return no
	}
}

// ofCompany tells of a company's own, ofMarket of the marketplace's, which names none.
func ofCompany(kind string) func(Payload) string {
	return func(p Payload) string {
		if p.Values["org"] == "" {
			return ""
		}
		return kind
	}
}

func ofMarket(kind string) func(Payload) string {
	return func(p Payload) string {
		if p.Values["org"] != "" {
			return ""
		}
		return kind
	}
}

// only tells of one value and keeps quiet about the others.
func only(field, value, kind string) func(Payload) string {
	return func(p Payload) string {
		if p.Values[field] == value {
			return kind
		}
		return ""
	}
}

func companyDecided(p Payload) string {
	switch p.Values["to"] {
	case "approved":
		return "company_approved"
	case "rejected":
		return "company_rejected"
	case "suspended":
		return "company_suspended"
	}
	return ""
}

func licenceVerified(p Payload) string {
	if p.Values["state"] == "valid" {
		return "licence_valid"
	}
	return "licence_revoked"
}

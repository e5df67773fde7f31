package sso

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with connections, in the administrator's words.
var (
	ErrNotFound  = fault.New(fault.NotFound, "sso.not_found", "There is no such connection.")
	ErrInvalid   = fault.New(fault.Invalid, "sso.invalid", "This connection cannot work.")
	ErrStale     = fault.New(fault.Conflict, "sso.stale", "Somebody else changed this connection meanwhile.").Then("Load it again and repeat your change.")
	ErrTooMany   = fault.New(fault.Conflict, "sso.too_many", "There are too many of these already.").Then("Remove one that nobody uses.")
	ErrDomain    = fault.New(fault.Invalid, "sso.domain_malformed", "This is no domain of mail addresses that a company can own.").At(fault.Field{Path: "domain", Reason: "malformed"}).Then("Write it like example.com.")
	ErrListed    = fault.New(fault.Conflict, "sso.domain_listed", "{domain} is on the list already.").At(fault.Field{Path: "domain", Reason: "taken"})
	ErrTaken     = fault.New(fault.Conflict, "sso.domain_taken", "{domain} is proved by another connection of this marketplace.").Then("Have it removed there first.")
	ErrDNS       = fault.New(fault.Unavailable, "sso.dns_silent", "The name servers of {name} did not answer.").Then("Try again in a few minutes.")
	ErrUntested  = fault.New(fault.Conflict, "sso.untested", "This connection was not tested with what it says now.").Then("Test it first: you will be sent to your provider and back.")
	ErrUnproved  = fault.New(fault.Conflict, "sso.unproved", "No domain is proved yet.").Then("Write the TXT record of a domain and have it checked.")
	ErrNotOn     = fault.New(fault.Conflict, "sso.not_on", "This connection is not on.").Then("Turn it on first.")
	ErrEmergency = fault.New(fault.Conflict, "sso.emergency_missing", "Nobody could come in if your provider failed.").Then("Mark an administrator who has a second factor.").At(fault.Field{Path: "emergency", Reason: "required"})
	ErrMarked    = fault.New(fault.Invalid, "sso.emergency_unfit", "Only administrators of your own who have a second factor can be marked.").At(fault.Field{Path: "emergency", Reason: "unknown"})
	ErrNobody    = fault.New(fault.Denied, "sso.for_people", "Only people change connections.").Then("Sign in as an administrator.")
)

// What can go wrong on the way to a provider and back, in everybody's words.
var (
	ErrIssuer   = fault.New(fault.Invalid, "sso.issuer_refused", "This provider's address cannot be asked.").At(fault.Field{Path: "issuer", Reason: "malformed"}).Then("It must be https and on the public internet.")
	ErrProvider = fault.New(fault.Unavailable, "sso.provider_silent", "The provider did not describe itself as it should.").Then("Try again in a few minutes; if it stays so, your administrator has to look at the connection.")
	ErrToken    = fault.New(fault.Denied, "sso.token_refused", "What the provider sent back could not be believed.").Then("Start again from the sign-in page; if it stays so, tell your administrator.")
	ErrAttempt  = fault.New(fault.Denied, "sso.attempt_ended", "This sign-in was begun elsewhere, was used already or took too long.").Then("Start again from the sign-in page.")
	ErrDeclined = fault.New(fault.Denied, "sso.provider_declined", "The provider did not sign you in.").Then("Try again, or ask your administrator whether you may use this application.")
	ErrAddress  = fault.New(fault.Denied, "sso.address_refused", "The provider vouches for no verified address in a domain of its own.").Then("Ask your administrator to have the provider send your verified address.")
	ErrUnknown  = fault.New(fault.Denied, "sso.no_account", "You have no account here that this provider may open.").Then("Ask your company's administrator to add you.")
	ErrNoRole   = fault.New(fault.Denied, "sso.no_role", "Your company's directory gives you no role here.").Then("Ask your company's administrator for one.")
	ErrNoDomain = fault.New(fault.NotFound, "sso.no_connection", "No company signs its people in here with such an address.").Then("Sign in with your password.").At(fault.Field{Path: "email", Reason: "unknown"})
)

// What can go wrong with SAML metadata, in the administrator's words.
var (
	ErrMetadata     = fault.New(fault.Invalid, "sso.metadata_malformed", "This is no SAML metadata of one provider.").At(fault.Field{Path: "metadata", Reason: "malformed"}).Then("Paste the whole XML document that your provider offers as its metadata.")
	ErrNoMetadata   = fault.New(fault.Conflict, "sso.metadata_missing", "Your provider's metadata are not there yet.").Then("Add them first: they say where people are sent and whose signature counts.")
	ErrBinding      = fault.New(fault.Invalid, "sso.metadata_no_redirect", "These metadata name no https address that people can be sent to (HTTP-Redirect).").At(fault.Field{Path: "metadata", Reason: "malformed"}).Then("Have the provider offer single sign-on by HTTP-Redirect.")
	ErrCertificates = fault.New(fault.Invalid, "sso.metadata_no_certificate", "These metadata hold no signing certificate that can be believed now.").At(fault.Field{Path: "metadata", Reason: "malformed"}).Then("It takes one that has not expired, with RSA of 2048 bits or more, or ECDSA.")
	ErrNotSAML      = fault.New(fault.Conflict, "sso.not_saml", "This connection does not speak SAML.").Then("Make another connection for a provider that does.")
)

// Why a provider's SAML response is not believed: what the person tells his administrator.
var (
	ErrResponse    = fault.New(fault.Denied, "sso.saml_malformed", "What the provider sent back is not one plain SAML response.").Then("Start again from the sign-in page; if it stays so, tell your administrator.")
	ErrUnsigned    = fault.New(fault.Denied, "sso.saml_unsigned", "What the provider sent back is not signed.").Then("Tell your administrator: the provider must sign its assertions.")
	ErrSignature   = fault.New(fault.Denied, "sso.saml_signature", "What the provider sent back is not signed by a certificate of its metadata.").Then("Tell your administrator: if the provider has a new certificate, its metadata must be updated here.")
	ErrExpiredCert = fault.New(fault.Denied, "sso.saml_certificate_expired", "The provider's certificates have expired.").Then("Tell your administrator: the provider's metadata must be updated here.")
	ErrWeak        = fault.New(fault.Denied, "sso.saml_weak", "The provider signs in a way that is no longer safe (SHA-1).").Then("Tell your administrator: the provider must sign with SHA-256 or better.")
	ErrEncrypted   = fault.New(fault.Denied, "sso.saml_encrypted", "The provider encrypts what it sends, which is not supported.").Then("Tell your administrator: the provider must send signed assertions without encryption.")
	ErrElsewhere   = fault.New(fault.Denied, "sso.saml_elsewhere", "What the provider sent back is meant for another application or comes from another provider.").Then("Tell your administrator: entity id and reply address at the provider must be those shown here.")
	ErrClock       = fault.New(fault.Denied, "sso.saml_time", "What the provider sent back is not valid at this time.").Then("Start again from the sign-in page; if it stays so, the provider's clock may be wrong.")
	ErrTransient   = fault.New(fault.Denied, "sso.saml_transient", "The provider gives you another name each time, so that nobody knows you again.").Then("Tell your administrator: send a persistent NameID, or name the attribute that identifies people.")
)

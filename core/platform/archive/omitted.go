package archive

import "regexp"

// Omitted are the tables of a tenant that no export holds, and why.
var Omitted = map[string]string{
	"identity_sessions":       "whoever holds a session is signed in; people sign in again",
	"identity_tokens":         "links that stand for a password; people ask for a new one",
	"identity_pending":        "sign-ins that are half done",
	"identity_factors":        "seeds of second factors, sealed under a key that stays here; people set them up again",
	"identity_passkeys":       "keys of devices for addresses that lead here; people set them up again",
	"identity_ceremonies":     "sign-ins that are half done",
	"identity_recovery_codes": "stand for a second factor; people set it up again",
	"identity_attempts":       "counts of failed sign-ins, by hashes that mean something here alone",
	"parties_invitations":     "links that make somebody a member; whoever was invited is invited again",
	"identity_impersonations": "who of this platform acted in whose name; the record tells it",
	"parties_drafts":          "applications under way, opened by links that stay here",
	"access_keys":             "keys that open doors here; programs are given new ones",
	"sso_connections":         "trust in a provider, sealed under a key that stays here; the provider knows this address alone, so it is set up again",
	"sso_domains":             "proofs of domains for connections that stay here",
	"sso_links":               "whom a provider knows, through connections that stay here",
	"sso_emergency":           "who may pass by connections that stay here",
	"plugins_secrets":         "settings of plugins that nobody is shown, sealed under a key that stays here; they are set again",
	"scim_users":              "what a directory said through a connection that stays here; it says it again",
	"scim_groups":             "what a directory said through a connection that stays here; it says it again",
	"scim_members":            "what a directory said through a connection that stays here; it says it again",
	"sso_attempts":            "sign-ins that are half done",
	"tenancy_claims":          "proofs that a domain is this marketplace's; another proves its own",
	"tenancy_runs":            "work on this marketplace, such as the export itself",
	"tenancy_steps":           "work on this marketplace, such as the export itself",
	"tenancy_holds":           "what the law has kept of a deleted marketplace stays where it is kept",
	"tenancy_held":            "what the law has kept of a deleted marketplace stays where it is kept",
	"vault_keys":              "the key under which secrets are sealed here",
	"contact_walks":           "how far this installation has looked through tables of an earlier version",
	"web_idempotency":         "answers that are kept for a day in case a request is repeated",
	"event_consumed":          "who in this installation has heard of what",
	"event_failures":          "who in this installation could not hear of what",
}

// left are columns of other tables that no export holds, and why.
var left = map[string]string{
	"access_accounts.connection_id": "names a connection that stays here",

	"audit_entries.seq": chained, "audit_entries.prev_hash": chained, "audit_entries.hash": chained,
	"contact_phones.sealed": travels, "contact_phones.text_index": sealedHere, "contact_phones.digits_index": sealedHere,
	"parties_orgs.iban_sealed": travels, "parties_orgs.iban_index": sealedHere, "parties_orgs.iban_shown": sealedHere, "payments_payouts.account_sealed": travels,
	"ledger_entries.seq": chained, "ledger_entries.prev_hash": chained, "ledger_entries.hash": chained,
}

const (
	chained    = "the chain names the marketplace and is sealed anew where the rows arrive"
	travels    = "sealed under a key that stays here; the export holds what it says, under another name"
	sealedHere = "made anew, with the key of where the rows arrive"
	secret     = "a secret, or what one is checked by"
)

// secretive are names of columns that hold secrets. A column of such a name is left out
// unless it is known to be harmless: a table that is made tomorrow leaks nothing.
var secretive = regexp.MustCompile(`(^|_)(password|secret|secrets|token|tokens|sealed|keyset|seed|credential|credentials|private_key|api_key)(_|$)|(token|password|secret|code|key|ticket)_hash$`)

// Harmless are the columns that only sound like secrets.
var Harmless = map[string]string{}

// LeftOut is why an export does not hold a column, or "".
func LeftOut(table, column string) string {
	name := table + "." + column
	if why := left[name]; why != "" {
		return why
	}
	if secretive.MatchString(column) && Harmless[name] == "" {
		return secret
	}
	return ""
}

// arrivals are columns that arrive as something else than they left, as SQL over the row r:
// an import repeats nothing that was under way. Letters do not go out again, and nobody
// hears of old news.
var arrivals = map[string]string{
	"event_outbox.relayed_at": "coalesce(r.relayed_at, r.at)",
	"notify_mails.state":      "CASE WHEN r.state = 'queued' THEN 'failed'::mail_state ELSE r.state END",
	// A package that was uploaded elsewhere may not be here; somebody looks before it runs.
	"plugin_installations.state":   "CASE WHEN r.artifact <> '' AND r.state = 'enabled' THEN 'suspended' ELSE r.state END",
	"plugin_installations.enabled": "r.enabled AND r.artifact = ''",
}

// Filled are columns that must hold something although exports do not: whoever imports says
// what.
var Filled = []string{"identity_people.password_hash"}

// traces are tables that tell what people did, in their words; an anonymised clone does
// without.
var traces = map[string]bool{
	"audit_entries": true, "event_outbox": true, "policy_decisions": true, "notify_mails": true, "notify_messages": true,
	"plugin_operations": true, "payments_webhooks": true, "gate_role_versions": true,
	"plans_ledger": true, "plans_counters": true, "plans_notices": true,
}

package app_test

import (
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// objects says where an identifier in a route's path comes from: the first line that fits
// the path up to the parameter. A route that fits none fails the tests that are generated
// from the route table, so that no new noun escapes them.
var objects = []struct{ in, param, table, query string }{
	{"invitations/", "id", "parties_invitations", ""},
	{"invitations/", "invitation", "parties_invitations", ""},
	{"representations/", "id", "parties_representations", ""},
	{"representatives/", "id", "parties_representations", ""},
	{"sessions/", "id", "identity_sessions", ""},
	{"passkeys/", "id", "identity_passkeys", ""},
	{"service-accounts/", "id", "access_accounts", ""},
	{"account/keys/", "id", "access_accounts", ""},
	{"keys/", "key", "access_keys", ""},
	{"sso-connections/", "id", "sso_connections", ""},
	{"sso/", "id", "sso_connections", ""},
	{"saml/", "id", "sso_connections", ""},
	{"domains/", "domain", "sso_domains", ""},
	{"Users/", "id", "scim_users", ""},
	{"Groups/", "id", "scim_groups", ""},
	{"people/", "id", "identity_people", ""},
	{"members/", "person", "identity_people", ""},
	{"members/", "id", "identity_people", ""},
	{"addresses/", "id", "parties_addresses", ""},
	{"addresses/", "address", "parties_addresses", ""},
	{"companies/", "id", "parties_orgs", ""},
	{"/s/", "seller", "parties_orgs", ""},
	{"licences/", "id", "parties_licences", ""},
	{"items/", "id", "catalog_items", ""},
	{"item-drafts/", "id", "catalog_items", ""},
	{"catalogue/", "id", "catalog_items", ""},
	{"/i/", "item", "catalog_items", ""},
	{"offers/", "id", "catalog_offers", ""},
	{"lines/", "offer", "catalog_offers", ""},
	{"files/", "file", "blob_objects", ""},
	{"rfqs/", "id", "sourcing_rfqs", ""},
	{"quotes/", "id", "sourcing_quotes", ""},
	{"orders/", "id", "ordering_orders", `SELECT id::text FROM ordering_orders WHERE tenant_id = $1 AND order_state = 'completed' AND note <> 'imported' ORDER BY id LIMIT 1`},
	{"approvals/", "id", "ordering_approvals", ""},
	{"releases/", "id", "payments_releases", ""},
	{"payments/", "installation", "plugin_installations", ""},
	{"invoices/", "id", "invoicing_invoices", ""},
	{"shipments/", "id", "fulfilment_shipments", ""},
	{"loads/", "id", "fulfilment_shipments", ""},
	{"claims/", "id", "aftersales_claims", ""},
	{"disputes/", "id", "aftersales_claims", ""},
	{"messages/", "id", "notify_messages", ""},
	{"mail/", "id", "notify_mails", ""},
	{"documents/", "id", "catalog_documents", ""},
	{"checkout/", "checkout", "ordering_checkouts", ""},
	{"done/", "group", "ordering_groups", ""},
	{"groups/", "id", "ordering_groups", ""},
	{"decisions/", "id", "policy_decisions", ""},
	{"cost-centres/", "id", "parties_cost_centres", ""},
	{"units/", "id", "parties_units", ""},
	{"units/", "unit", "parties_units", ""},
	{"structure/", "unit", "parties_units", ""},
	{"hosts/", "id", "tenancy_claims", ""},
	{"impersonations/", "id", "identity_impersonations", ""},
	{"export/", "id", "tenancy_runs", ""},
	{"runs/", "id", "tenancy_runs", ""},
	{"moves/", "id", "tenancy_runs", ""},
	{"tenants/", "slug", "tenancy_tenants", `SELECT slug FROM tenancy_tenants WHERE id = $1`},
}

// named are parameters that are words on a public shelf and no identifiers: another
// marketplace's word means nothing here, or means something of here.
var named = map[string]bool{"a": true, "b": true, "c": true, "d": true, "name": true, "key": true, "plugin": true, "digest": true}

// inTenant are tables whose rows everybody of the marketplace may know of; letters, because
// the demonstration's mailbox is open to whoever tries the marketplace.
var inTenant = map[string]bool{"notify_mails": true, "parties_orgs": true, "catalog_items": true, "catalog_offers": true, "catalog_documents": true, "plugin_installations": true, "tenancy_tenants": true}

// param is one identifier in a path.
type param struct{ name, table, query string }

// params finds the identifiers of a path; ok is false when one is of no known noun.
func params(path string) (out []param, ok bool) {
	for at := 0; ; {
		i := strings.IndexByte(path[at:], '{')
		if i < 0 {
			return out, true
		}
		j := strings.IndexByte(path[at+i:], '}')
		before, name := path[:at+i], path[at+i+1:at+i+j]
		at += i + j + 1
		if named[name] {
			continue
		}
		found := false
		for _, o := range objects {
			if o.param == name && strings.HasSuffix(before, o.in) {
				out, found = append(out, param{name, o.table, o.query}), true
				break
			}
		}
		if !found {
			return nil, false
		}
	}
}

// owned is the path with a marketplace's own identifiers in it.
func owned(t *testing.T, h *apptest.House, tenant [16]byte, path string, ps []param) (string, []string) {
	t.Helper()
	var ids []string
	for _, p := range ps {
		query := p.query
		if query == "" {
			query = `SELECT id::text FROM ` + p.table + ` WHERE tenant_id = $1 ORDER BY id LIMIT 1`
		}
		var v string
		if err := h.DB.Ops(t).QueryRow(t.Context(), query, tenant).Scan(&v); err != nil {
			t.Fatalf("no row of %s to try %s with: %v", p.table, path, err)
		}
		path, ids = strings.Replace(path, "{"+p.name+"}", v, 1), append(ids, v)
	}
	return plainPath(path), ids
}

// plainPath puts a word where a path wants one.
func plainPath(path string) string {
	for {
		i := strings.IndexByte(path, '{')
		if i < 0 {
			return path
		}
		path = path[:i] + "word" + path[strings.IndexByte(path, '}')+1:]
	}
}

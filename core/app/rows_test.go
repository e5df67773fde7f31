package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/oapi-codegen/runtime/types"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/id"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// theHouses are tables in which requests leave a trace although nothing came of them: who
// was refused and why, who knocked, when somebody was last seen.
var theHouses = map[string]bool{
	"policy_decisions": true, "audit_entries": true, "identity_attempts": true, "identity_sessions": true, "web_idempotency": true, "contact_walks": true,
	"event_consumed": true, "event_failures": true, "plans_ledger": true, "plans_counters": true, "notify_mails": true,
}

// rows is a digest of everything that a marketplace holds, table by table, without what the
// house writes for itself. Zero is all marketplaces.
func rows(t *testing.T, h *apptest.House, tenant id.Tenant) string {
	t.Helper()
	q, err := h.DB.Ops(t).Query(t.Context(), `SELECT c.table_name::text FROM information_schema.columns c JOIN information_schema.tables b USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND b.table_type = 'BASE TABLE' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(q, pgx.RowTo[string])
	if err != nil || len(tables) < 40 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	var b strings.Builder
	for _, name := range tables {
		if theHouses[name] {
			continue
		}
		var n int
		var digest string
		err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*), coalesce(md5(string_agg(md5(x::text), '' ORDER BY md5(x::text))), '') FROM `+name+` x WHERE $1::uuid = '00000000-0000-0000-0000-000000000000' OR tenant_id = $1`, tenant.UUID()).Scan(&n, &digest)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d %.6s\n", name, n, digest)
	}
	return b.String()
}

var sold struct {
	once sync.Once
	sale *steelSale
}

// settled sells steel once, to the end, so that there is a row of everything; and leaves
// an approval and a cart's checkout, which that sale has no use for.
func settled(t *testing.T, h *apptest.House) *steelSale {
	t.Helper()
	sold.once.Do(func() {
		s := newSteelSale(t, h)
		s.request(t)
		s.quote(t)
		s.award(t)
		s.settleHuheng(t)
		beam := seller(t, itemBySKU(t, s.buyer, "HW200x200x8x12-Q355B-12"), "Lanqiao", "H87")
		put(t, s.buyer, beam, "1")
		checkOut(t, s.buyer, "苏州", "CN")
		mine := s.quoteLanqiao.Seller.Id
		r, err := s.lanqiao.PostCompaniesByIdLicencesWithResponse(t.Context(), mine, &kontor.PostCompaniesByIdLicencesParams{IdempotencyKey: apptest.Key()},
			kontor.PostCompaniesByIdLicencesRequest{Kind: "iso_9001", Number: "Q-1", Scope: []string{}, ValidFrom: types.Date{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, ValidTo: types.Date{Time: time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)}})
		if err != nil || r.StatusCode() != 201 {
			t.Fatalf("a licence for steel: %v %d %s", err, r.StatusCode(), r.Body)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `INSERT INTO ordering_approvals (tenant_id, id, order_id, tier, rule, amount_minor, currency, state, requested_by, requested_at)
			SELECT tenant_id, gen_random_uuid(), id, 1, 'test', total_minor, currency, 'pending', placed_by, placed_at FROM ordering_orders WHERE id = $1`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		own, err := h.Client(t, "steel", "operator@steel.example").PostHostsWithResponse(t.Context(), &kontor.PostHostsParams{IdempotencyKey: apptest.Key()}, kontor.PostHostsRequest{Host: "beams.example.org"})
		if err != nil || own.StatusCode() != 201 {
			t.Fatalf("an address of steel's own: %v %d %s", err, own.StatusCode(), own.Body)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `INSERT INTO parties_invitations (tenant_id, id, org_id, email, roles, currency, locale, token_hash, created_at, sent_at, expires_at)
			SELECT tenant_id, gen_random_uuid(), id, 'guest@steel.example', '{buyer}', 'CNY', 'en', sha256('of no letter'), now(), now(), now() + interval '3 days'
			FROM parties_orgs WHERE tenant_id = $1 ORDER BY id LIMIT 1`, tenantID(t, h, "steel").UUID())
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `WITH a AS (INSERT INTO access_accounts (tenant_id, id, org_id, name, roles, responsible, created_at)
				SELECT m.tenant_id, gen_random_uuid(), m.org_id, 'ERP', '{buyer}', m.person_id, now() FROM parties_members m JOIN ordering_orders o ON o.tenant_id = m.tenant_id AND o.buyer_id = m.org_id WHERE o.id = $1 LIMIT 1 RETURNING *)
			INSERT INTO access_keys (tenant_id, id, service_id, public_id, hash, scopes, made_by, created_at, expires_at)
				SELECT tenant_id, gen_random_uuid(), id, 'aaaaaaaaaaaaaaaa', sha256('nobody has it'), '{sourcing.rfq.read}', responsible, created_at, created_at + interval '90 days' FROM a`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `WITH c AS (INSERT INTO sso_connections (tenant_id, id, org_id, name, issuer, client_id, secret, state, created_at)
				SELECT tenant_id, gen_random_uuid(), buyer_id, 'Entra', 'https://login.example.org', 'kontor', 'sealed', 'draft', now() FROM ordering_orders WHERE id = $1 RETURNING *)
			, d AS (INSERT INTO sso_domains (tenant_id, id, connection_id, domain, token, created_at) SELECT tenant_id, gen_random_uuid(), id, 'steel.example.org', 'x', created_at FROM c)
			, u AS (INSERT INTO scim_users (tenant_id, id, connection_id, person_id, user_name, active, made, doc, created_at, changed_at)
				SELECT c.tenant_id, gen_random_uuid(), c.id, m.person_id, 'of steel', true, false, '{"userName":"of steel"}', now(), now() FROM c JOIN parties_members m ON m.tenant_id = c.tenant_id AND m.org_id = c.org_id LIMIT 1 RETURNING *)
			, g AS (INSERT INTO scim_groups (tenant_id, id, connection_id, name, created_at, changed_at) SELECT tenant_id, gen_random_uuid(), connection_id, 'Buyers', now(), now() FROM u RETURNING *)
			INSERT INTO scim_members (tenant_id, scim_group_id, scim_user_id) SELECT g.tenant_id, g.id, u.id FROM g JOIN u ON u.tenant_id = g.tenant_id`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `INSERT INTO parties_representations (tenant_id, id, person_id, company_id, employer_id, asked_at)
			SELECT m.tenant_id, gen_random_uuid(), m.person_id, o.buyer_id, m.org_id, o.placed_at FROM ordering_orders o
			JOIN parties_members m ON m.tenant_id = o.tenant_id AND m.org_id = o.seller_id WHERE o.id = $1 LIMIT 1`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `INSERT INTO identity_impersonations (tenant_id, id, person_id, by_name, reason, ticket_hash, ticket_until, created_at, until)
			SELECT tenant_id, gen_random_uuid(), placed_by, 'admin@platform.example', 'to see the rows', '\x00', placed_at, placed_at, placed_at FROM ordering_orders WHERE id = $1`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		// Of nobody whom other tests sign in as: his password alone would not do any more.
		_, err = h.DB.Ops(t).Exec(t.Context(), `WITH p AS (INSERT INTO identity_people (tenant_id, id, email, name, locale, password_hash, staff_role, state, created_at, version)
				SELECT tenant_id, gen_random_uuid(), 'left@steel.example', 'Left', 'en', '', '', 'disabled', placed_at, 1 FROM ordering_orders WHERE id = $1 RETURNING *)
			INSERT INTO identity_passkeys (tenant_id, id, person_id, credential_id, public_key, name, host, aaguid, transports, sign_count, backup_eligible, backed_up, created_at)
			SELECT tenant_id, gen_random_uuid(), id, '\x00', '\x00', 'To see the rows', 'steel.example', gen_random_uuid(), '{}', 0, false, false, created_at FROM p`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.DB.Ops(t).Exec(t.Context(), `INSERT INTO tenancy_runs (tenant_id, id, workflow, about, slug, state, started_by, started_at, ended_at, due_at)
			SELECT tenant_id, gen_random_uuid(), 'export', tenant_id, 'steel', 'done', 'test', placed_at, placed_at, placed_at FROM ordering_orders WHERE id = $1`, s.ofLanqiao.Id)
		if err != nil {
			t.Fatal(err)
		}
		sold.sale = s
	})
	if sold.sale == nil {
		t.Fatal("the sale that this test stands on failed")
	}
	// What follows from a sale in the background changes rows as well.
	until(t, "the house is at rest", func() (n int) {
		err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM event_outbox WHERE relayed_at IS NULL)
			+ (SELECT count(*) FROM ledger_entries WHERE hash IS NULL) + (SELECT count(*) FROM river.river_job WHERE state IN ('available', 'running'))`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}, func(n int) bool { return n == 0 })
	return sold.sale
}

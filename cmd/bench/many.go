package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Many marketplaces in the same tables: each gets a small part of the measured one's rows
// under its own tenant, and all rows of a table, the measured ones too, are written anew in
// random order, as they would lie after years of trade. What is measured is still the one
// marketplace, whose pages it now shares with ten thousand neighbours.

// neighbours is the share of each table that another marketplace gets a copy of: rows s of
// the measured one. The rows keep their identifiers; every key begins with the tenant.
var neighbours = []struct{ table, share string }{
	{"parties_orgs", "s.id IN (SELECT seller_id FROM picked_offers) OR s.id IN (SELECT org_id FROM picked_people)"},
	{"identity_people", "s.id IN (SELECT person_id FROM picked_people)"},
	{"parties_members", "s.person_id IN (SELECT person_id FROM picked_people)"},
	{"identity_sessions", "s.person_id IN (SELECT person_id FROM picked_people)"},
	{"catalog_categories", "s.path LIKE 'sections%'"},
	{"catalog_attributes", "true"},
	{"catalog_items", "s.id IN (SELECT id FROM picked_items)"},
	{"catalog_facets", "s.item_id IN (SELECT id FROM picked_items)"},
	{"catalog_listings", "s.item_id IN (SELECT id FROM picked_items)"},
	{"catalog_terms", "s.id IN (SELECT id FROM catalog_terms LIMIT 20)"},
	{"catalog_offers", "s.item_id IN (SELECT id FROM picked_items)"},
	{"pricing_prices", "s.offer_id IN (SELECT id FROM picked_offers)"},
	{"pricing_floors", "s.item_id IN (SELECT id FROM picked_items)"},
	{"inventory_warehouses", "s.org_id IN (SELECT seller_id FROM picked_offers)"},
	{"inventory_stock", "s.offer_id IN (SELECT id FROM picked_offers)"},
	{"inventory_movements", "s.offer_id IN (SELECT id FROM picked_offers)"},
	{"inventory_holds", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant LIMIT 5)"},
	{"ordering_carts", "s.person_id IN (SELECT person_id FROM picked_people)"},
	{"ordering_cart_lines", "(s.cart_id, s.offer_id) IN (SELECT cart_id, offer_id FROM own WHERE tenant_id = @tenant LIMIT 5)"},
	{"ordering_checkouts", "s.person_id IN (SELECT person_id FROM picked_people)"},
	{"ordering_groups", "s.id IN (SELECT group_id FROM picked_orders)"},
	{"ordering_orders", "s.id IN (SELECT id FROM picked_orders)"},
	{"ordering_order_lines", "s.order_id IN (SELECT id FROM picked_orders)"},
	{"payments_escrows", "s.order_id IN (SELECT id FROM picked_orders)"},
	{"ledger_accounts", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant LIMIT 5)"},
	{"ledger_entries", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant AND seq IS NOT NULL LIMIT 5)"},
	{"audit_entries", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant AND seq IS NOT NULL LIMIT 5)"},
	{"event_outbox", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant AND relayed_at IS NOT NULL LIMIT 5)"},
	{"notify_messages", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant LIMIT 5)"},
	{"policy_decisions", "s.id IN (SELECT id FROM own WHERE tenant_id = @tenant LIMIT 5)"},
}

// makeNeighbours brings the marketplaces up to about so many.
func makeNeighbours(ctx context.Context, conn *pgx.Conn, w *crowd, tenants int) error {
	args := pgx.NamedArgs{"tenant": w.tenant, "run": w.run, "n": tenants, "sku": skuPrefix}
	err := execAll(ctx, conn, args,
		`SET session_replication_role = replica`, // copies of sound rows are sound
		`SET synchronous_commit = off`,
		`SET work_mem = '256MB'`,
		`CREATE TEMP TABLE extra AS SELECT md5('bench tenant ' || n)::uuid AS id, n FROM generate_series(1, @n::int) n`,
		`INSERT INTO tenancy_tenants (id, slug, kind, state, name, settings, blueprint, blueprint_hash, policy_version, created_at, updated_at)
			SELECT e.id, 'bench-' || e.n, t.kind, t.state, t.name, t.settings, t.blueprint, t.blueprint_hash, t.policy_version, t.created_at, t.updated_at
			FROM tenancy_tenants t CROSS JOIN extra e WHERE t.id = @tenant`,
		`INSERT INTO tenancy_hosts (host, tenant_id, canonical) SELECT 'bench-' || n || '.localhost', id, true FROM extra`,
		`CREATE TEMP TABLE picked_items AS SELECT id FROM catalog_items WHERE tenant_id = @tenant AND sku LIKE @sku || '%' ORDER BY sku LIMIT 3`,
		`CREATE TEMP TABLE picked_offers AS SELECT id, seller_id FROM catalog_offers WHERE tenant_id = @tenant AND item_id IN (SELECT id FROM picked_items)`,
		`CREATE TEMP TABLE picked_people AS SELECT person_id, org_id FROM ordering_carts WHERE tenant_id = @tenant AND person_id IN
			(SELECT md5(@run || ' order ' || n)::uuid FROM generate_series(0, 2) n)`,
		`CREATE TEMP TABLE picked_orders AS SELECT id, group_id FROM ordering_orders WHERE tenant_id = @tenant LIMIT 3`)
	if err != nil {
		return err
	}
	for _, t := range neighbours {
		if err := interleave(ctx, conn, args, t.table, t.share); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	return execAll(ctx, conn, pgx.NamedArgs{}, `RESET session_replication_role`, `RESET synchronous_commit`)
}

// interleave writes a table anew, its own rows and the copies in random order.
func interleave(ctx context.Context, conn *pgx.Conn, args pgx.NamedArgs, table, share string) error {
	rows, err := conn.Query(ctx, `SELECT quote_ident(column_name::text) FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND column_name <> 'tenant_id' ORDER BY ordinal_position`, table)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	columns := strings.Join(names, ", ")
	return execAll(ctx, conn, args,
		`CREATE TEMP TABLE own AS SELECT * FROM `+table,
		`DELETE FROM `+table,
		`INSERT INTO `+table+` (tenant_id, `+columns+`)
			SELECT * FROM (SELECT tenant_id, `+columns+` FROM own UNION ALL
				SELECT e.id, `+of("s", names)+` FROM own s CROSS JOIN extra e WHERE s.tenant_id = @tenant AND (`+share+`)) x ORDER BY random()`,
		`DROP TABLE own`,
		`VACUUM ANALYZE `+table)
}

// of names columns of an alias.
func of(alias string, names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = alias + "." + n
	}
	return strings.Join(out, ", ")
}

// manyRounds is less than the first part's rounds: what changes is large or it is nothing.
const manyRounds = 2

// worst is how much slower a marketplace may be among many than among few.
const worst = 1.3

// many measures everything again among many marketplaces and holds it against few.
func (b *bench) many(ctx context.Context, few []figure) ([]figure, error) {
	b.kontor.stop()
	b.raw.stop()
	b.kontor, b.raw = nil, nil
	b.samples = map[string][]sample{}
	b.rounds = min(b.rounds, manyRounds)
	var err error
	if b.crowd, err = makeBuyers(ctx, b.cluster, b.orders(), b.say); err != nil {
		return nil, err
	}
	b.say(fmt.Sprintf("%d marketplaces, all rows in random order", b.tenants))
	conn, err := b.cluster.admin(ctx, database)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var have int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM tenancy_tenants WHERE slug LIKE 'bench-%'`).Scan(&have); err != nil {
		return nil, err
	}
	if have > 0 {
		return nil, fmt.Errorf("the data folder is from a run that ended with %d marketplaces: there are no few to hold them against; -tenants 0 measures as it is", have)
	}
	if err := makeNeighbours(ctx, conn, b.crowd, b.tenants); err != nil {
		return nil, fmt.Errorf("neighbours: %w", err)
	}
	if err := b.tidy(ctx, database); err != nil {
		return nil, err
	}
	starts, err := b.start(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.practise(ctx); err != nil {
		return nil, err
	}
	now, err := b.run(ctx, starts)
	if err != nil {
		return nil, err
	}
	before := map[string]figure{}
	for _, f := range few {
		before[f.Name] = f
	}
	var out []figure
	for _, f := range now {
		if f, ok := among(f, before[f.Name], b.tenants); ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// among holds a figure against the same among few: each as a share of its own baseline,
// which was measured in the same minutes.
func among(f, few figure, tenants int) (figure, bool) {
	switch {
	case few.Name == "" || f.Unit == "1/s" && f.Baseline == "":
		return f, false // the baseline's own
	case f.Baseline != "" && few.Ratio > 0:
		f.Ratio, f.Budget = f.Ratio/few.Ratio, 1/worst
		f.OK = f.Ratio >= f.Budget && f.Bad == 0
	case f.Name == "search_p95" && few.Value > 0:
		f.Ratio = few.Value / f.Value
	default:
		f.Budget, f.OK = 0, true // known, not promised
	}
	f.Baseline = few.Name
	f.Name += "_many"
	f.What = fmt.Sprintf("%s; %d marketplaces", f.What, tenants)
	return f, true
}

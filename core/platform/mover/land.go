package mover

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
)

// beside are the rows of tables that belong to no tenant and travel all the same, in an
// order in which each finds what it refers to. $1 is the tenant.
var beside = []struct {
	table string
	key   []string
	rows  string
	keep  bool // what is there already stays
}{
	{"tenancy_tenants", []string{"id"}, `id = $1`, false},
	{"tenancy_hosts", []string{"host"}, `tenant_id = $1`, false},
	{"plans_plans", []string{"code", "version"}, `(code, version) IN (SELECT plan, plan_version FROM plans_subscriptions WHERE tenant_id = $1)`, true},
	{"plans_subscriptions", []string{"tenant_id"}, `tenant_id = $1`, false},
	{"plans_overrides", []string{"tenant_id", "id"}, `tenant_id = $1`, false},
	{"plugins_publishers", []string{"name"}, `name IN (SELECT publisher FROM plugins_artifacts WHERE ` + artifacts + `)`, true},
	{"plugins_artifacts", []string{"digest"}, artifacts, true},
	{"plugins_bodies", []string{"digest"}, artifacts, true},
}

// artifacts are the versions of plugins that a marketplace runs, or may go back to.
const artifacts = `digest IN (SELECT artifact FROM plugin_installations WHERE tenant_id = $1 UNION SELECT wanted FROM plugin_installations WHERE tenant_id = $1 UNION SELECT artifact FROM plugins_revisions WHERE tenant_id = $1)`

// Beside are the tables without tenants of which rows travel; Behind those of which none do,
// and why.
func Beside() (out []string) {
	for _, b := range beside {
		out = append(out, b.table)
	}
	return append(out, "jobs_backlog")
}

// Behind are the tables without tenants that stay where they are.
var Behind = map[string]string{
	"cells_cells":       "kept in the control database alone",
	"cells_placements":  "kept in the control database alone",
	"cells_hosts":       "kept in the control database alone",
	"cells_moves":       "kept in the control database alone",
	"cells_fences":      "shuts the marketplace out of the database that it has left",
	"cells_arrivals":    "how far it has arrived; gone when it has",
	"certs_store":       "each cell that ends TLS has certificates of its own made",
	"certs_locks":       "work on certificates",
	"certs_hosts":       "how the certificates of a cell do",
	"certs_orders":      "what a cell ordered lately",
	"kontor_migrations": "the database's own",
	"plans_revision":    "counts on by itself",
	"plugins_wishes":    "work on the processes of a cell",
	"tally_sheets":      "what the processes of a cell tell each other",
	"tenancy_released":  "names that were given up are held back where that was",
}

// Land makes the tenant at home in the target: its own row, its addresses, its plan. Done
// once more it changes nothing.
func (m Move) Land(ctx context.Context) error {
	src, err := m.reader(ctx)
	if err != nil {
		return err
	}
	defer shut(src)
	var state string
	if err := src.QueryRow(ctx, `SELECT state FROM tenancy_tenants WHERE id = $1`, m.Tenant.UUID()).Scan(&state); err != nil || state == "moved" {
		return err // it has left already, which comes after it has landed
	}
	dst, err := m.target(ctx)
	if err != nil {
		return err
	}
	defer shut(dst)
	if err := owner(ctx, dst); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, dst, func(tx pgx.Tx) error {
		for _, sql := range []string{`DELETE FROM tenancy_hosts WHERE tenant_id = $1`, `DELETE FROM plans_overrides WHERE tenant_id = $1`, `DELETE FROM cells_fences WHERE tenant_id = $1`} {
			if _, err := tx.Exec(ctx, sql, m.Tenant.UUID()); err != nil {
				return err
			}
		}
		for _, b := range beside {
			if err := m.take(ctx, src, tx, b.table, b.key, b.rows, b.keep); err != nil {
				return fmt.Errorf("take %s: %w", b.table, err)
			}
		}
		for _, sql := range []string{
			`UPDATE tenancy_tenants SET policy_version = policy_version + 1 WHERE id = $1`,
			`UPDATE plugin_installations SET updated_at = now() WHERE tenant_id = $1`, // so that every process hears of them
			`INSERT INTO river.river_job (args, kind, max_attempts, queue, state, priority) VALUES (jsonb_build_object('tenant', $1::uuid), 'event_relay', 25, 'relay', 'available', 1)`,
			`DELETE FROM cells_arrivals WHERE tenant_id = $1`,
		} {
			if _, err := tx.Exec(ctx, sql, m.Tenant.UUID()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE plans_revision SET revision = revision + 1`)
		return err
	})
}

// take copies rows by their key.
func (m Move) take(ctx context.Context, src *pgx.Conn, tx pgx.Tx, table string, key []string, where string, keep bool) error {
	rows, err := src.Query(ctx, `SELECT row_to_json(x)::text FROM `+archive.Quote(table)+` x WHERE `+where, m.Tenant.UUID())
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, row := range all {
		var names map[string]json.RawMessage
		if err := json.Unmarshal([]byte(row), &names); err != nil {
			return err
		}
		var cols, sets []string
		for n := range names {
			cols = append(cols, archive.Quote(n))
			if !slices.Contains(key, n) {
				sets = append(sets, archive.Quote(n)+" = EXCLUDED."+archive.Quote(n))
			}
		}
		then := ` DO NOTHING`
		if !keep {
			then = ` DO UPDATE SET ` + strings.Join(sets, ", ")
			if table == "tenancy_hosts" {
				then += ` WHERE tenancy_hosts.tenant_id = EXCLUDED.tenant_id` // nobody's address is taken away
			}
		}
		list := strings.Join(cols, ", ")
		tag, err := tx.Exec(ctx, `INSERT INTO `+archive.Quote(table)+` (`+list+`) SELECT `+list+` FROM json_populate_record(NULL::`+archive.Quote(table)+`, $1::json) ON CONFLICT (`+strings.Join(key, ", ")+`)`+then, row)
		if err == nil && !keep && tag.RowsAffected() != 1 {
			err = ErrHostThere.With("host", table)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Leave marks the source: from here on it is nobody's home.
func (m Move) Leave(ctx context.Context) error {
	src, err := m.source(ctx)
	if err != nil {
		return err
	}
	defer shut(src)
	return pgx.BeginFunc(ctx, src, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE cells_fences SET moved_at = coalesce(moved_at, now()), shut_until = NULL WHERE tenant_id = $1`, m.Tenant.UUID()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE tenancy_tenants SET state = 'moved', updated_at = now(), version = version + 1, policy_version = policy_version + 1 WHERE id = $1 AND state <> 'moved'`, m.Tenant.UUID())
		return err
	})
}

// Home is the tenant's short name and its addresses, as the source has them.
func (m Move) Home(ctx context.Context) (slug string, hosts []string, err error) {
	src, err := m.source(ctx)
	if err != nil {
		return "", nil, err
	}
	defer shut(src)
	err = src.QueryRow(ctx, `SELECT slug, (SELECT coalesce(array_agg(host), '{}') FROM tenancy_hosts WHERE tenant_id = t.id) FROM tenancy_tenants t WHERE id = $1`, m.Tenant.UUID()).Scan(&slug, &hosts)
	return slug, hosts, err
}

// Files are those that were stored since a moment and whose rows have come over.
func (m Move) Files(ctx context.Context, since time.Time) ([]id.Blob, error) {
	dst, err := m.writer(ctx)
	if err != nil {
		return nil, err
	}
	defer shut(dst)
	rows, err := dst.Query(ctx, `SELECT id::text FROM blob_objects WHERE tenant_id = $1 AND created_at >= $2 ORDER BY id`, m.Tenant.UUID(), since)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (b id.Blob, err error) {
		var s string
		if err = r.Scan(&s); err == nil {
			err = b.UnmarshalText([]byte(s))
		}
		return b, err
	})
}

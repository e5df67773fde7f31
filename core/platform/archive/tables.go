package archive

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// Table is one that belongs to tenants.
type Table struct {
	Name    string
	Columns []string // all but tenant_id, in their order
	Key     []string // of the primary key, all but tenant_id
	Parents []string // tables that its rows refer to
	Self    []string // columns that refer to rows of the table itself
	Single  bool     // the tenant alone is its key: there is one row at most
}

// A tenant's table is one that row-level security binds to a tenant, whoever made it: the
// list is never written down anywhere.
const tables = `SELECT c.relname::text,
	(SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> 'tenant_id'),
	coalesce((SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
		WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname <> 'tenant_id'), '{}'),
	coalesce((SELECT array_agg(DISTINCT p.relname::text) FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid AND p.relforcerowsecurity), '{}'),
	coalesce((SELECT array_agg(DISTINCT a.attname::text) FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (f.conkey)
		WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid = c.oid AND a.attname <> 'tenant_id'), '{}'),
	EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1)
	FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relforcerowsecurity
	AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) ORDER BY c.relname`

// Tables are all that belong to tenants, those that others refer to first.
func Tables(ctx context.Context, db *pg.DB) ([]Table, error) {
	var all []Table
	err := db.Global(ctx, func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, scanTable)
		return err
	}, tables)
	if err != nil {
		return nil, err
	}
	return ordered(all)
}

// TablesOf is Tables for a connection of somebody's own.
func TablesOf(ctx context.Context, c *pgx.Conn) ([]Table, error) {
	rows, err := c.Query(ctx, tables)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, scanTable)
	if err != nil {
		return nil, err
	}
	return ordered(all)
}

func scanTable(r pgx.CollectableRow) (t Table, err error) {
	err = r.Scan(&t.Name, &t.Columns, &t.Key, &t.Parents, &t.Self, &t.Single)
	return t, err
}

// ordered puts parents before their children.
func ordered(all []Table) ([]Table, error) {
	out, placed := make([]Table, 0, len(all)), map[string]bool{}
	for len(out) < len(all) {
		before := len(out)
		for _, t := range all {
			if !placed[t.Name] && !slices.ContainsFunc(t.Parents, func(p string) bool { return !placed[p] }) {
				out, placed[t.Name] = append(out, t), true
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("archive: tables refer to each other in a circle; placed %d of %d", len(out), len(all))
		}
	}
	return out, nil
}

// taken are the columns that an export holds.
func (t Table) taken() []string {
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c string) bool { return LeftOut(t.Name, c) != "" })
}

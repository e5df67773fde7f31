package tenancydb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// fromBlueprint marks the role lines that a blueprint brought; lines from elsewhere are
// left alone when it is applied again.
const fromBlueprint = "blueprint"

// Roles implements tenancy.Store.
func (s Store) Roles(ctx context.Context) ([]tenancy.RoleLine, error) {
	var out []tenancy.RoleLine
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT ptype, v0, v1 FROM gate_rules WHERE source = $1 ORDER BY ptype, v0, v1`, fromBlueprint).Query(func(rows pgx.Rows) error {
			var err error
			out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[tenancy.RoleLine])
			return err
		})
	})
	return out, err
}

// PutRoles implements tenancy.Store.
func (s Store) PutRoles(ctx context.Context, remove, add []tenancy.RoleLine) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, l := range remove {
		b.Queue(`DELETE FROM gate_rules WHERE ptype = $1 AND v0 = $2 AND v1 = $3 AND source = $4`, l.Type, l.Role, l.Grants, fromBlueprint)
	}
	for _, l := range add {
		b.Queue(`INSERT INTO gate_rules (tenant_id, ptype, v0, v1, source) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, l.Type, l.Role, l.Grants, fromBlueprint)
	}
	if b.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, b).Close()
}

// Count implements tenancy.Store. The row stays locked until the unit ends: two documents
// never share a number, and a number that is rolled back is drawn again.
func (s Store) Count(ctx context.Context, year int, kinds ...string) ([]int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	b, out := &pgx.Batch{}, make([]int64, len(kinds))
	for i, kind := range kinds {
		b.Queue(`INSERT INTO numbering_counters AS n (tenant_id, kind, year, value) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, 1)
			ON CONFLICT (tenant_id, kind, year) DO UPDATE SET value = n.value + 1 RETURNING value`, kind, year).QueryRow(func(r pgx.Row) error { return r.Scan(&out[i]) })
	}
	err = tx.SendBatch(ctx, b).Close()
	return out, err
}

// CountAhead implements tenancy.Store.
func (s Store) CountAhead(ctx context.Context, year int, kind string, n int64) (last int64, err error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO numbering_counters AS n (tenant_id, kind, year, value) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3)
		ON CONFLICT (tenant_id, kind, year) DO UPDATE SET value = n.value + $3 RETURNING value`, kind, year, n).Scan(&last)
	return last, err
}

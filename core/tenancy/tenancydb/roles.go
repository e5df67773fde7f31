package tenancydb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// fromOperator marks the lines that were edited here.
const fromOperator = "operator"

// RoleState implements tenancy.Store.
func (s Store) RoleState(ctx context.Context) (tenancy.RoleState, error) {
	var out tenancy.RoleState
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT coalesce(max(version), 0) FROM gate_role_versions`).QueryRow(func(r pgx.Row) error { return r.Scan(&out.Version) })
		b.Queue(`SELECT ptype, v0, v1 FROM gate_rules ORDER BY ptype, v0, v1`).Query(func(rows pgx.Rows) (err error) {
			out.Lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[tenancy.RoleLine])
			return err
		})
	})
	return out, err
}

// RoleHistory implements tenancy.Store.
func (s Store) RoleHistory(ctx context.Context, limit int) ([]tenancy.RoleVersion, error) {
	var out []tenancy.RoleVersion
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT version, at, actor, actor_name, role, note, before, after FROM gate_role_versions ORDER BY version DESC LIMIT $1`, limit).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (v tenancy.RoleVersion, err error) {
				var before, after []byte
				err = r.Scan(&v.Version, &v.At, &v.Actor, &v.ActorName, &v.Role, &v.Note, &before, &after)
				return v, errors.Join(err, json.Unmarshal(before, &v.Before), json.Unmarshal(after, &v.After))
			})
			return err
		})
	})
	return out, err
}

// PutRoleVersion implements tenancy.Store. Of two editors the key lets the first pass.
func (s Store) PutRoleVersion(ctx context.Context, c tenancy.RoleChange, note string, at time.Time) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	before, err := json.Marshal(lines(c.Before))
	after, err2 := json.Marshal(lines(c.After))
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO gate_role_versions (tenant_id, version, at, actor, actor_name, role, note, before, after)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8)`, c.Version+1, at, who.Subject(), who.Name, c.Role, note, before, after)
	for _, l := range c.Removed {
		b.Queue(`DELETE FROM gate_rules WHERE ptype = $1 AND v0 = $2 AND v1 = $3`, l.Type, l.Role, l.Grants)
	}
	for _, l := range c.Added {
		b.Queue(`INSERT INTO gate_rules (tenant_id, ptype, v0, v1, source) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4)`, l.Type, l.Role, l.Grants, fromOperator)
	}
	b.Queue(`SELECT srch.policy_changed()`)
	err = tx.SendBatch(ctx, b).Close()
	if name, ok := pg.Violated(err); ok && name == "gate_role_versions_pkey" {
		return tenancy.ErrRolesStale
	}
	return err
}

// lines is never null in JSON.
func lines(in []tenancy.RoleLine) []tenancy.RoleLine { return append([]tenancy.RoleLine{}, in...) }

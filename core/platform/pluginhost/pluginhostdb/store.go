// Package pluginhostdb keeps what the plugin host remembers: installations and the effects
// that were asked of plugins.
package pluginhostdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// Store implements the host's ports on PostgreSQL.
type Store struct{ db *pg.DB }

// New keeps things in db.
func New(db *pg.DB) *Store { return &Store{db} }

var (
	_ pluginhost.Installations = (*Store)(nil)
	_ pluginhost.Wishes        = (*Store)(nil)
	_ pluginhost.Operations    = (*Store)(nil)
)

// Changed implements pluginhost.Installations.
func (s *Store) Changed(ctx context.Context, since time.Time) ([]pluginhost.Installation, error) {
	var out []pluginhost.Installation
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		out = nil
		rows, err := tx.Query(ctx, `SELECT tenant_id, id, plugin, version, config, revision, enabled, updated_at, artifact, alone, revoked, secret FROM plugins_installations_since($1)`, since)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (in pluginhost.Installation, err error) {
			return in, r.Scan(&in.Tenant, &in.ID, &in.Plugin, &in.Version, &in.Config, &in.Revision, &in.Enabled, &in.UpdatedAt, &in.Artifact, &in.Alone, &in.Revoked, &in.Sealed)
		})
		return err
	})
	return out, err
}

// Restarts implements pluginhost.Wishes.
func (s *Store) Restarts(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		clear(out)
		rows, err := tx.Query(ctx, `SELECT plugin, restart_at FROM plugins_wishes`)
		if err != nil {
			return err
		}
		var plugin string
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&plugin, &at}, func() error { out[plugin] = at; return nil })
		return err
	})
	return out, err
}

// TenantsDue implements pluginhost.Operations.
func (s *Store) TenantsDue(ctx context.Context, now time.Time) ([]id.Tenant, error) {
	var out []id.Tenant
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT plugin_operations_due($1)`, now)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[id.Tenant])
		return err
	})
	return out, err
}

const columns = `id, plugin, rpc, key, request_hash, request, state, coalesce(result, 'null'), error, attempts, coalesce(next_at, 'epoch'), created_at, updated_at`

func scan(r pgx.CollectableRow) (row pluginhost.EffectRow, err error) {
	err = r.Scan(&row.ID, &row.Plugin, &row.RPC, &row.Key, &row.RequestHash, &row.Request, &row.State, &row.Result, &row.Error, &row.Attempts,
		&row.NextAt, &row.CreatedAt, &row.UpdatedAt)
	if row.NextAt.Unix() == 0 {
		row.NextAt = time.Time{}
	}
	return row, err
}

// Claim implements pluginhost.Operations: of two claimants one inserts, the other reads.
func (s *Store) Claim(ctx context.Context, row pluginhost.EffectRow) (kept pluginhost.EffectRow, created bool, err error) {
	who, err := caller.From(ctx)
	if err != nil {
		return kept, false, err
	}
	err = s.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO plugin_operations (tenant_id, id, plugin, rpc, key, request_hash, request, state, attempts, next_at, created_at, updated_at)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (tenant_id, plugin, rpc, key) DO NOTHING`,
			who.Tenant.UUID(), row.ID.UUID(), row.Plugin, row.RPC, row.Key, row.RequestHash, row.Request, row.State, row.Attempts, row.NextAt, row.CreatedAt, row.UpdatedAt)
		if err != nil {
			return err
		}
		if created = tag.RowsAffected() == 1; created {
			kept = row
			return nil
		}
		rows, err := tx.Query(ctx, `SELECT `+columns+` FROM plugin_operations WHERE plugin = $1 AND rpc = $2 AND key = $3`, row.Plugin, row.RPC, row.Key)
		if err != nil {
			return err
		}
		kept, err = pgx.CollectExactlyOneRow(rows, scan)
		return err
	})
	return kept, created, err
}

// Settle implements pluginhost.Operations.
func (s *Store) Settle(ctx context.Context, row pluginhost.EffectRow, was time.Time) (bool, error) {
	var next *time.Time
	if !row.NextAt.IsZero() {
		next = &row.NextAt
	}
	var ok bool
	err := s.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE plugin_operations SET state = $2, result = $3, error = $4, attempts = $5, next_at = $6, updated_at = $7
			WHERE id = $1 AND updated_at = $8`, row.ID.UUID(), row.State, row.Result, row.Error, row.Attempts, next, row.UpdatedAt, was)
		ok = tag.RowsAffected() == 1
		return err
	})
	return ok, err
}

// Due implements pluginhost.Operations.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]pluginhost.EffectRow, error) {
	var out []pluginhost.EffectRow
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+columns+` FROM plugin_operations WHERE state IN ('pending', 'unknown') AND next_at <= $1 ORDER BY next_at LIMIT $2`, now, limit).
			Query(func(rows pgx.Rows) (err error) {
				out, err = pgx.CollectRows(rows, scan)
				return err
			})
	})
	return out, err
}

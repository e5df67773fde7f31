package pluginhostdb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// Kept implements pluginhost.Kept.
type Kept struct {
	db  *pg.DB
	now clock.Now
}

// NewKept keeps entries in db. What is over is as if it were not there; it goes with the
// next entry that the installation writes.
func NewKept(db *pg.DB, now clock.Now) Kept { return Kept{db, now} }

var _ pluginhost.Kept = Kept{}

func scanEntry(r pgx.Row, more ...any) (e sdk.Entry, err error) {
	var version int64
	var expires *time.Time
	err = r.Scan(append([]any{&e.Key, &version, &expires}, more...)...)
	if expires != nil {
		e.Expires = expires.UTC()
	}
	e.Version = uint64(version) //nolint:gosec // never negative
	return e, err
}

// Get implements pluginhost.Kept.
func (s Kept) Get(ctx context.Context, i id.Installation, key string) (e sdk.Entry, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT key, version, expires_at, value FROM plugins_kept WHERE installation_id = $1 AND key = $2 AND (expires_at IS NULL OR expires_at > $3)`, i.UUID(), key, s.now()).QueryRow(func(r pgx.Row) error {
			var value []byte
			got, err := scanEntry(r, &value)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			e, e.Value = got, value
			return err
		})
	})
	return e, err
}

// Put implements pluginhost.Kept. Entries of one installation are written one after another,
// so that together they stay below most.
func (s Kept) Put(ctx context.Context, i id.Installation, e sdk.Entry, check bool, most int) (sdk.Entry, error) {
	var out sdk.Entry
	err := s.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		now := s.now()
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('plugins_kept' || $1::text, 0))`, i.String()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM plugins_kept WHERE installation_id = $1 AND expires_at <= $2`, i.UUID(), now); err != nil {
			return err
		}
		var version, others int64
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(version) FILTER (WHERE key = $2), 0), coalesce(sum(octet_length(value)) FILTER (WHERE key <> $2), 0) FROM plugins_kept WHERE installation_id = $1`, i.UUID(), e.Key).Scan(&version, &others); err != nil {
			return err
		}
		switch {
		case check && e.Version != uint64(version): //nolint:gosec // never negative
			return pluginhost.ErrKeptOther
		case others+int64(len(e.Value)) > int64(most):
			return pluginhost.ErrKeptFull
		}
		var expires *time.Time
		if !e.Expires.IsZero() {
			expires = &e.Expires
		}
		if e.Value == nil {
			e.Value = []byte{}
		}
		_, err = tx.Exec(ctx, `INSERT INTO plugins_kept (tenant_id, installation_id, key, value, version, expires_at, updated_at) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6)
			ON CONFLICT (tenant_id, installation_id, key) DO UPDATE SET value = EXCLUDED.value, version = EXCLUDED.version, expires_at = EXCLUDED.expires_at, updated_at = EXCLUDED.updated_at`,
			i.UUID(), e.Key, e.Value, version+1, expires, now)
		out = e
		out.Version = uint64(version) + 1 //nolint:gosec // never negative
		return err
	})
	if err != nil {
		return sdk.Entry{}, err
	}
	return out, nil
}

// Delete implements pluginhost.Kept.
func (s Kept) Delete(ctx context.Context, i id.Installation, key string) (was bool, err error) {
	err = s.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM plugins_kept WHERE installation_id = $1 AND key = $2`, i.UUID(), key)
		was = tag.RowsAffected() > 0
		return err
	})
	return was, err
}

// List implements pluginhost.Kept.
func (s Kept) List(ctx context.Context, i id.Installation, prefix, after string, limit int) (out []sdk.Entry, err error) {
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(prefix) + "%"
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT key, version, expires_at FROM plugins_kept WHERE installation_id = $1 AND key LIKE $2 AND key > $3 AND (expires_at IS NULL OR expires_at > $4) ORDER BY key LIMIT $5`, i.UUID(), like, after, s.now(), limit).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (sdk.Entry, error) { return scanEntry(r) })
			return err
		})
	})
	return out, err
}

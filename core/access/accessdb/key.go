package accessdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// InsertKey implements access.Store.
func (s Store) InsertKey(ctx context.Context, a id.ServiceAccount, k access.Key) error {
	nets := make([]string, len(k.Networks))
	for i, n := range k.Networks {
		nets[i] = n.String()
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO access_keys (tenant_id, id, service_id, public_id, hash, scopes, networks, made_by, created_at, expires_at, warned_at)
			VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			k.ID.UUID(), a.UUID(), k.PublicID, k.Hash[:], k.Scopes, nets, k.MadeBy.UUID(), k.CreatedAt, k.ExpiresAt, timeOrNull(k.WarnedAt))
	})
}

// SaveEnd implements access.Store.
func (s Store) SaveEnd(ctx context.Context, k access.Key) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`UPDATE access_keys SET expires_at = $2, revoked_at = $3, warned_at = $4 WHERE id = $1`, k.ID.UUID(), k.ExpiresAt, timeOrNull(k.RevokedAt), timeOrNull(k.WarnedAt))
	})
}

// Used implements access.Store.
func (s Store) Used(ctx context.Context, k id.APIKey, at time.Time, from string) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`UPDATE access_keys SET used_at = $2, used_from = $3 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)`, k.UUID(), at, from)
	})
}

const holders = `SELECT ` + accountColumns + `, ` + keyColumns + `, coalesce(o.state, '') FROM access_keys k
	JOIN access_accounts a ON a.tenant_id = k.tenant_id AND a.id = k.service_id
	LEFT JOIN parties_orgs o ON o.tenant_id = a.tenant_id AND o.id = a.org_id`

func scanHolder(r pgx.Row) (access.Holder, error) {
	var x row
	var h access.Holder
	err := r.Scan(append(append(x.account(), x.key()...), &h.OrgState)...)
	x.done()
	h.Account, h.Key = x.a, x.k
	return h, err
}

// Holder implements access.Store: one statement in one round trip, because a program's
// requests begin with it.
func (s Store) Holder(ctx context.Context, public string) (access.Holder, error) {
	var h access.Holder
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(holders+` WHERE k.public_id = $1`, public).QueryRow(func(r pgx.Row) (err error) {
			h, err = scanHolder(r)
			return err
		})
	})
	if pg.NoRows(err) {
		return access.Holder{}, access.ErrKey
	}
	return h, err
}

// Expiring implements access.Store.
func (s Store) Expiring(ctx context.Context, now, before time.Time, most int) ([]access.Holder, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, holders+` WHERE k.revoked_at IS NULL AND k.warned_at IS NULL AND k.expires_at > $1 AND k.expires_at <= $2 AND a.ended_at IS NULL
		ORDER BY k.expires_at LIMIT $3 FOR UPDATE OF k SKIP LOCKED`, now, before, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (access.Holder, error) { return scanHolder(r) })
}

// Living implements access.Store.
func (s Store) Living(ctx context.Context, which id.ServiceAccount, now time.Time) (access.Account, []string, error) {
	var r row
	var scopes []string
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+accountColumns+`, coalesce((SELECT array_agg(DISTINCT x) FROM access_keys k, unnest(k.scopes) x
			WHERE k.tenant_id = a.tenant_id AND k.service_id = a.id AND k.revoked_at IS NULL AND k.expires_at > $2), '{}')
			FROM access_accounts a WHERE a.id = $1 AND a.ended_at IS NULL`, which.UUID(), now).QueryRow(func(q pgx.Row) error {
			return q.Scan(append(r.account(), &scopes)...)
		})
	})
	if pg.NoRows(err) {
		return access.Account{}, nil, access.ErrNotFound
	}
	r.done()
	return r.a, scopes, err
}

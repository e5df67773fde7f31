// Package webdb keeps the edge's idempotency keys in PostgreSQL, in the same transaction
// as the change they guard.
package webdb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Keys implements web.Keys.
type Keys struct{}

var _ web.Keys = Keys{}

// lookSQL makes a parallel twin notice at once instead of waiting for the first to commit.
// Whoever has the lock and then finds no row is alone until his unit ends.
const lookSQL = `SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text || $2::text || chr(10) || $3::text, 0))`

// Look implements web.Keys. The row is read by a statement of its own: it sees what was
// committed before the lock was given up.
func (Keys) Look(ctx context.Context, c web.Claim) (*web.Kept, error) {
	who, tx, err := here(ctx)
	if err != nil {
		return nil, err
	}
	var alone bool
	var kept *web.Kept
	var b pgx.Batch
	b.Queue(lookSQL, who.Tenant.UUID(), c.Actor, c.Key).QueryRow(func(r pgx.Row) error { return r.Scan(&alone) })
	b.Queue(keptSQL, who.Tenant.UUID(), c.Actor, c.Key).QueryRow(func(r pgx.Row) (err error) {
		if kept, err = answered(r, c); errors.Is(err, pgx.ErrNoRows) && alone {
			err = nil // as nearly always: an error here would make the driver prepare everything anew
		}
		return err
	})
	err = tx.SendBatch(ctx, &b).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		err = web.ErrInFlight
	}
	return kept, err
}

// Keep implements web.Keys. A row that is there after all was written by somebody who did not
// look; the primary key is what keeps the promise.
func (Keys) Keep(ctx context.Context, c web.Claim, k web.Kept, until time.Time) error {
	who, _, err := here(ctx)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(k.Headers)
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO web_idempotency AS w (tenant_id, actor, key, route, body_hash, state, status, headers, response, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, 'done', $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, actor, key) DO UPDATE
			SET route = excluded.route, body_hash = excluded.body_hash, state = 'done', status = excluded.status, headers = excluded.headers,
				response = excluded.response, begun = '', created_at = excluded.created_at, expires_at = excluded.expires_at
			WHERE w.expires_at < excluded.created_at`,
			who.Tenant.UUID(), c.Actor, c.Key, c.Route, c.BodyHash, k.Status, headers, k.Body, c.At, until).Exec(func(ct pgconn.CommandTag) error {
			if ct.RowsAffected() == 0 {
				return web.ErrInFlight
			}
			return nil
		})
	})
}

// claimSQL takes a free or lapsed key, or says what stands in its way, in one trip. The
// advisory lock only makes a parallel twin notice at once instead of waiting for the
// first to commit; the primary key is what keeps the promise.
const claimSQL = `
WITH free AS MATERIALIZED (
  SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text || $2::text || chr(10) || $3::text, 0)) AS ok
), taken AS (
  INSERT INTO web_idempotency AS w (tenant_id, actor, key, route, body_hash, state, created_at, expires_at)
  SELECT $1::uuid, $2::text, $3::text, $4::text, $5::bytea, 'started', $6::timestamptz, $7::timestamptz FROM free WHERE ok
  ON CONFLICT (tenant_id, actor, key) DO UPDATE
    SET begun = CASE WHEN w.route = excluded.route AND w.body_hash = excluded.body_hash THEN w.begun ELSE '' END, route = excluded.route, body_hash = excluded.body_hash, state = 'started', status = 0,
        headers = NULL, response = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE w.expires_at < excluded.created_at
  RETURNING true
)
SELECT (SELECT ok FROM free), EXISTS (SELECT FROM taken)`

// keptSQL leaves it to answered to see what has expired: asked for here, that would offer
// the index by expiry, and a plan from when the table was empty would walk all of it.
const keptSQL = `SELECT route, body_hash, state, status, headers, response, expires_at FROM web_idempotency
WHERE tenant_id = $1 AND actor = $2 AND key = $3`

// Claim takes the key, or answers what it led to.
func (Keys) Claim(ctx context.Context, c web.Claim) (*web.Kept, error) {
	who, tx, err := here(ctx)
	if err != nil {
		return nil, err
	}
	tenant := who.Tenant.UUID()
	var alone, taken bool
	err = tx.QueryRow(ctx, claimSQL, tenant, c.Actor, c.Key, c.Route, c.BodyHash, c.At, c.Until).Scan(&alone, &taken)
	switch {
	case err != nil:
		return nil, err
	case taken:
		return nil, nil
	}
	return earlier(ctx, tx, who, c, alone)
}

// earlier reads what the key was used for. A twin that still runs has not committed its
// row, so there may be nothing to read.
func earlier(ctx context.Context, tx pgx.Tx, who caller.Caller, c web.Claim, alone bool) (*web.Kept, error) {
	k, err := answered(tx.QueryRow(ctx, keptSQL, who.Tenant.UUID(), c.Actor, c.Key), c)
	if errors.Is(err, pgx.ErrNoRows) && !alone {
		err = web.ErrInFlight
	}
	return k, err
}

// answered is the answer that a row holds, for the request that it was given to. One that
// has expired is none.
func answered(row pgx.Row, c web.Claim) (*web.Kept, error) {
	var route, state string
	var hash, headers []byte
	var until time.Time
	var k web.Kept
	err := row.Scan(&route, &hash, &state, &k.Status, &headers, &k.Body, &until)
	switch {
	case err != nil:
		return nil, err
	case until.Before(c.At):
		return nil, pgx.ErrNoRows
	case route != c.Route, !bytes.Equal(hash, c.BodyHash):
		return nil, web.ErrKeyMismatch
	case state != "done":
		return nil, web.ErrInFlight
	}
	if len(headers) > 0 {
		if err := json.Unmarshal(headers, &k.Headers); err != nil {
			return nil, err
		}
	}
	return &k, nil
}

// Finish stores the answer. A phased claim whose lease ran out may belong to a repeat by
// now; then that one's answer counts.
func (Keys) Finish(ctx context.Context, c web.Claim, k web.Kept, until time.Time) error {
	who, _, err := here(ctx)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(k.Headers)
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`UPDATE web_idempotency
			SET state = 'done', status = $4, headers = $5, response = $6, expires_at = $7
			WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND state = 'started' AND created_at = $8`,
			who.Tenant.UUID(), c.Actor, c.Key, k.Status, headers, k.Body, until, c.At)
	})
}

// Begun is what an earlier run noted under this key.
func (Keys) Begun(ctx context.Context, c web.Claim) (string, error) {
	who, tx, err := here(ctx)
	if err != nil {
		return "", err
	}
	var what string
	return what, tx.QueryRow(ctx, `SELECT begun FROM web_idempotency WHERE tenant_id = $1 AND actor = $2 AND key = $3`,
		who.Tenant.UUID(), c.Actor, c.Key).Scan(&what)
}

// Begin notes what was begun. A claim that was taken over meanwhile may not begin anything:
// whoever has it does.
func (Keys) Begin(ctx context.Context, c web.Claim, what string) error {
	who, tx, err := here(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE web_idempotency SET begun = $5 WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND state = 'started' AND created_at = $4`,
		who.Tenant.UUID(), c.Actor, c.Key, c.At, what)
	if err == nil && ct.RowsAffected() == 0 {
		return web.ErrInFlight
	}
	return err
}

// Release gives a claim up: the key is forgotten, or free for a repeat that goes on with
// what was begun.
func (Keys) Release(ctx context.Context, c web.Claim) error {
	who, tx, err := here(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `DELETE FROM web_idempotency
		WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND state = 'started' AND created_at = $4 AND begun = ''`,
		who.Tenant.UUID(), c.Actor, c.Key, c.At)
	if err == nil && ct.RowsAffected() == 0 {
		_, err = tx.Exec(ctx, `UPDATE web_idempotency SET expires_at = created_at - interval '1 microsecond'
			WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND state = 'started' AND created_at = $4`, who.Tenant.UUID(), c.Actor, c.Key, c.At)
	}
	return err
}

// Sweep forgets answers nobody will ask for again; a job calls it per tenant.
func (Keys) Sweep(ctx context.Context, now time.Time) (int64, error) {
	who, tx, err := here(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, `DELETE FROM web_idempotency WHERE tenant_id = $1 AND expires_at < $2
		AND (begun = '' OR state = 'done' OR created_at < $3)`, who.Tenant.UUID(), now, now.Add(-24*time.Hour))
	return tag.RowsAffected(), err
}

func here(ctx context.Context) (caller.Caller, pgx.Tx, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return who, nil, err
	}
	tx, err := pg.Conn(ctx)
	return who, tx, err
}

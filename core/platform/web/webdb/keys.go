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
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Keys implements web.Keys. Answers repeat what people typed, so they lie sealed: with a key
// from outside the database, because they live for a day and no tenant's key is at hand.
type Keys struct{ sealer vault.Sealer }

// New makes the keys over a master key of at least vault.MasterMin bytes.
func New(master []byte) (Keys, error) {
	s, err := vault.NewSealer(master, "kept answers")
	return Keys{s}, err
}

func (k Keys) seal(who caller.Caller, c web.Claim, body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, nil
	}
	return k.sealer.Seal(body, who.Tenant.String(), c.Actor, c.Key)
}

var _ web.Keys = Keys{}

// lookSQL makes a parallel twin notice at once instead of waiting for the first to commit.
// Whoever has the lock and then finds no row is alone until his unit ends.
const lookSQL = `SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid::text || $2::text || chr(10) || $3::text, 0))`

// Look implements web.Keys. The row is read by a statement of its own: it sees what was
// committed before the lock was given up.
func (k Keys) Look(ctx context.Context, c web.Claim) (*web.Kept, error) {
	who, tx, err := here(ctx)
	if err != nil {
		return nil, err
	}
	var alone bool
	var kept *web.Kept
	var b pgx.Batch
	b.Queue(lookSQL, who.Tenant.UUID(), c.Actor, c.Key).QueryRow(func(r pgx.Row) error { return r.Scan(&alone) })
	b.Queue(keptSQL, who.Tenant.UUID(), c.Actor, c.Key).QueryRow(func(r pgx.Row) (err error) {
		if kept, err = k.answered(r, who, c); errors.Is(err, pgx.ErrNoRows) && alone {
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
func (k Keys) Keep(ctx context.Context, c web.Claim, kept web.Kept, until time.Time) error {
	who, _, err := here(ctx)
	if err != nil {
		return err
	}
	sealed, err := k.seal(who, c, kept.Body)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(kept.Headers)
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO web_idempotency AS w (tenant_id, actor, key, route, body_hash, state, status, headers, sealed, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, 'done', $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, actor, key) DO UPDATE
			SET route = excluded.route, body_hash = excluded.body_hash, state = 'done', status = excluded.status, headers = excluded.headers,
				response = NULL, sealed = excluded.sealed, begun = '', created_at = excluded.created_at, expires_at = excluded.expires_at
			WHERE w.expires_at < excluded.created_at`,
			who.Tenant.UUID(), c.Actor, c.Key, c.Route, c.BodyHash, kept.Status, headers, sealed, c.At, until).Exec(func(ct pgconn.CommandTag) error {
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
        headers = NULL, response = NULL, sealed = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE w.expires_at < excluded.created_at
  RETURNING true
)
SELECT (SELECT ok FROM free), EXISTS (SELECT FROM taken)`

// keptSQL leaves it to answered to see what has expired: asked for here, that would offer
// the index by expiry, and a plan from when the table was empty would walk all of it.
const keptSQL = `SELECT route, body_hash, state, status, headers, response, sealed, expires_at FROM web_idempotency
WHERE tenant_id = $1 AND actor = $2 AND key = $3`

// Claim takes the key, or answers what it led to.
func (k Keys) Claim(ctx context.Context, c web.Claim) (*web.Kept, error) {
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
	return k.earlier(ctx, tx, who, c, alone)
}

// earlier reads what the key was used for. A twin that still runs has not committed its
// row, so there may be nothing to read.
func (k Keys) earlier(ctx context.Context, tx pgx.Tx, who caller.Caller, c web.Claim, alone bool) (*web.Kept, error) {
	kept, err := k.answered(tx.QueryRow(ctx, keptSQL, who.Tenant.UUID(), c.Actor, c.Key), who, c)
	if errors.Is(err, pgx.ErrNoRows) && !alone {
		err = web.ErrInFlight
	}
	return kept, err
}

// answered is the answer that a row holds, for the request that it was given to. One that
// has expired is none.
func (k Keys) answered(row pgx.Row, who caller.Caller, c web.Claim) (*web.Kept, error) {
	var route, state string
	var hash, headers, sealed []byte
	var until time.Time
	var kept web.Kept
	err := row.Scan(&route, &hash, &state, &kept.Status, &headers, &kept.Body, &sealed, &until)
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
		if err := json.Unmarshal(headers, &kept.Headers); err != nil {
			return nil, err
		}
	}
	if sealed != nil { // an earlier version kept the body as it is
		kept.Body, err = k.sealer.Open(sealed, who.Tenant.String(), c.Actor, c.Key)
	}
	return &kept, err
}

// Finish stores the answer. A phased claim whose lease ran out may belong to a repeat by
// now; then that one's answer counts.
func (k Keys) Finish(ctx context.Context, c web.Claim, kept web.Kept, until time.Time) error {
	who, _, err := here(ctx)
	if err != nil {
		return err
	}
	sealed, err := k.seal(who, c, kept.Body)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(kept.Headers)
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`UPDATE web_idempotency
			SET state = 'done', status = $4, headers = $5, sealed = $6, expires_at = $7
			WHERE tenant_id = $1 AND actor = $2 AND key = $3 AND state = 'started' AND created_at = $8`,
			who.Tenant.UUID(), c.Actor, c.Key, kept.Status, headers, sealed, until, c.At)
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

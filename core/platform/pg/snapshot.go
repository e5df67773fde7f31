package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/work"
)

// snapshotFor is how long one statement of a snapshot may take: it reads whole tables.
const snapshotFor = 10 * time.Minute

// Snapshot runs fn in one transaction that reads the caller's tenant as it was when it
// began, whatever is written meanwhile, and cannot write. It is for taking a tenant's data
// out, not for requests: it holds a connection for as long as fn takes.
func (d *DB) Snapshot(ctx context.Context, fn func(tx pgx.Tx) error) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if work.Active(ctx) {
		return ErrInUnit
	}
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, d.pool, opts, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true)`, c.Tenant.UUID().String(), millis(snapshotFor)); err != nil {
			return err
		}
		return fn(tx)
	})
	return translate(err)
}

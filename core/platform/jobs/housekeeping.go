package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// keep is how long the notes of who consumed what are of use: nothing is relayed twice
// once all consumers had it.
const keep = 7 * 24 * time.Hour

// sealEvery is how long a row that came without an event waits for its link.
const sealEvery = 10 * time.Minute

// Housekeeping registers what every marketplace needs done in the background: stragglers
// relayed and sealed, and what has expired removed.
func (q *Queue) Housekeeping() {
	q.Quietly("jobs.seal", "jobs.prune")
	q.Every("jobs.seal", sealEvery, func(ctx context.Context) error {
		_, err := q.relay(ctx)
		_, err2 := q.Seal(ctx)
		_, err3 := q.Anchor(ctx)
		return errors.Join(err, err2, err3)
	})
	q.Every("jobs.prune", time.Hour, func(ctx context.Context) error {
		_, err := q.Prune(ctx)
		return err
	})
}

// Prune removes the caller's tenant's expired idempotency keys and finished delivery
// notes, and says how many rows went.
func (q *Queue) Prune(ctx context.Context) (n int64, err error) {
	now := q.now()
	err = q.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		n = 0
		count := func(qq *pgx.QueuedQuery) {
			qq.Query(func(rows pgx.Rows) error {
				rows.Close()
				n += rows.CommandTag().RowsAffected()
				return rows.Err()
			})
		}
		count(b.Queue(`DELETE FROM web_idempotency WHERE expires_at < $1 AND (begun = '' OR state = 'done' OR created_at < $2)`, now, now.Add(-24*time.Hour)))
		count(b.Queue(`DELETE FROM event_failures f USING event_outbox o WHERE o.tenant_id = f.tenant_id AND o.id = f.event_id
			AND o.relayed_at < $1 AND NOT f.parked`, now.Add(-keep)))
		count(b.Queue(`DELETE FROM event_consumed c USING event_outbox o WHERE o.tenant_id = c.tenant_id AND o.id = c.event_id AND o.relayed_at < $1`, now.Add(-keep)))
		return tx.SendBatch(ctx, b).Close()
	})
	return n, err
}

func callerTenant(ctx context.Context) (uuid.UUID, error) {
	c, err := caller.From(ctx)
	return c.Tenant.UUID(), err
}

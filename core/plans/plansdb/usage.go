package plansdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Consumer is the name under which the news of orders are heard.
const Consumer = "plans.orders"

func here(ctx context.Context) (uuid.UUID, pgx.Tx, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return uuid.UUID{}, nil, err
	}
	tx, err := pg.Conn(ctx)
	return c.Tenant.UUID(), tx, err
}

// Lock implements plans.Store. It ends with the unit.
func (Store) Lock(ctx context.Context, m plans.Metric) error {
	t, tx, err := here(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "plans "+string(m)+" "+t.String())
	return err
}

const count = `INSERT INTO plans_counters AS c (tenant_id, metric, period, used) VALUES ($1, $2, $3, $4)
	ON CONFLICT (tenant_id, metric, period) DO UPDATE SET used = c.used + $4 RETURNING used`

// Note implements plans.Store.
func (Store) Note(ctx context.Context, e plans.Entry) (used int64, err error) {
	t, tx, err := here(ctx)
	if err != nil {
		return 0, err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO plans_ledger (tenant_id, id, metric, period, delta, source, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t, id.PlanEntry{}.New().UUID(), string(e.Metric), e.Period, e.Delta, e.Source, e.At)
	b.Queue(count, t, string(e.Metric), e.Period, e.Delta).QueryRow(func(r pgx.Row) error { return r.Scan(&used) })
	return used, tx.SendBatch(ctx, b).Close()
}

// Counter implements plans.Store.
func (Store) Counter(ctx context.Context, m plans.Metric, period string) (used int64, err error) {
	t, tx, err := here(ctx)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, count, t, string(m), period, 0).Scan(&used)
	return used, err
}

// History implements plans.Store.
func (s Store) History(ctx context.Context, from string) (out []plans.Counter, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT metric, period, used FROM plans_counters WHERE period >= $1 ORDER BY period, metric`, from).Query(func(rows pgx.Rows) error {
			out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[plans.Counter])
			return err
		})
	})
	return out, err
}

// OrdersOf implements plans.Store. What waits for the relay is found by the index of what
// waits: little, and nothing that grows.
func (s Store) OrdersOf(ctx context.Context, p plans.Period) (n int64, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT coalesce((SELECT used FROM plans_counters WHERE metric = 'orders' AND period = $1), 0)
			+ (SELECT count(*) FROM event_outbox o WHERE o.relayed_at IS NULL AND o.name = 'ordering.order_placed.v1' AND o.at >= $2 AND o.at < $3
				AND NOT EXISTS (SELECT FROM event_consumed c WHERE c.tenant_id = o.tenant_id AND c.consumer = $4 AND c.event_id = o.id))`,
			p.Name, p.From, p.To, Consumer).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	})
	return n, err
}

// OrdersTold implements plans.Store: in one statement, so that both sides are of the same
// moment.
func (s Store) OrdersTold(ctx context.Context) (told, counted int64, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT (SELECT count(*) FROM event_outbox o WHERE o.name = 'ordering.order_placed.v1'
				AND (o.relayed_at IS NOT NULL OR EXISTS (SELECT FROM event_consumed c WHERE c.tenant_id = o.tenant_id AND c.consumer = $1 AND c.event_id = o.id))),
			coalesce((SELECT sum(used) FROM plans_counters WHERE metric = 'orders'), 0)::bigint`, Consumer).QueryRow(func(r pgx.Row) error { return r.Scan(&told, &counted) })
	})
	return told, counted, err
}

// Tell implements plans.Store.
func (Store) Tell(ctx context.Context, n plans.Notice) (bool, error) {
	t, tx, err := here(ctx)
	if err != nil {
		return false, err
	}
	b, first := &pgx.Batch{}, false
	b.Queue(`UPDATE plans_notices SET used = $3 WHERE metric = $1 AND period = $2`, string(n.Metric), n.Period, n.Used)
	if n.Step != "" {
		b.Queue(`INSERT INTO plans_notices (tenant_id, metric, period, step, used, most, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			t, string(n.Metric), n.Period, n.Step, n.Used, n.Most, n.At).Exec(func(tag pgconn.CommandTag) error {
			first = tag.RowsAffected() > 0
			return nil
		})
	}
	return first, tx.SendBatch(ctx, b).Close()
}

// SelectNotices is what was told in the month $1, for whoever asks it in a batch of its own.
const SelectNotices = `SELECT metric, period, step, used, most, at FROM plans_notices WHERE period = $1 ORDER BY at`

// Notices implements plans.Store.
func (s Store) Notices(ctx context.Context, period string) (out []plans.Notice, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(SelectNotices, period).Query(func(rows pgx.Rows) error {
			out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[plans.Notice])
			return err
		})
	})
	return out, err
}

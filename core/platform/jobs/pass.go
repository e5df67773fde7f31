package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// giveUp is after how many failures an event is parked: about two hours of trying.
const giveUp = 16

// pass is one way through a tenant's outbox.
type pass struct {
	q      *Queue
	had    map[delivery]bool    // consumers that took an event before
	fails  map[delivery]failure // and those that could not
	stuck  map[string]bool      // consumers that wait: order is per consumer
	again  time.Duration        // the shortest wait among those that failed in this pass
	failed error                // the first failure of this pass
}

type delivery struct{ consumer, event string }

type failure struct {
	attempts int
	nextAt   time.Time
}

func (p *pass) run(ctx context.Context) error {
	var after id.Event
	for {
		events, err := p.q.waiting(ctx, after)
		if err != nil || len(events) == 0 {
			return err
		}
		if err := p.load(ctx, events); err != nil {
			return err
		}
		var done []string
		for _, e := range events {
			all, err := p.deliver(ctx, e)
			if err != nil {
				return err
			}
			if all {
				done = append(done, e.ID)
			}
		}
		if err := p.mark(ctx, done); err != nil || len(events) < batch {
			return err
		}
		if err := after.UnmarshalText([]byte(events[len(events)-1].ID)); err != nil {
			return err
		}
	}
}

// load asks once what is known about these events.
func (p *pass) load(ctx context.Context, events []event.Recorded) error {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	names := make([]string, len(p.q.consumers))
	for i, c := range p.q.consumers {
		names[i] = c.name
	}
	p.had, p.fails = map[delivery]bool{}, map[delivery]failure{}
	return p.q.db.Read(ctx, func(b *pgx.Batch) {
		var d delivery
		var f failure
		b.Queue(`SELECT consumer, event_id::text FROM event_consumed WHERE consumer = ANY($2) AND event_id = ANY($1::uuid[])`, ids, names).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&d.consumer, &d.event}, func() error { p.had[d] = true; return nil })
			return err
		})
		b.Queue(`SELECT consumer, event_id::text, attempts, next_at FROM event_failures WHERE NOT parked AND event_id = ANY($1::uuid[])`, ids).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&d.consumer, &d.event, &f.attempts, &f.nextAt}, func() error { p.fails[d] = f; return nil })
			return err
		})
	})
}

// deliver hands e to everybody who has not had it, and reports whether all have now. An
// error is the relay's own; a consumer's failure is written down and kept apart.
func (p *pass) deliver(ctx context.Context, e event.Recorded) (all bool, err error) {
	all = true
	for _, c := range p.q.consumersOf(e.Name) {
		d := delivery{c.name, e.ID}
		f := p.fails[d]
		switch {
		case p.had[d]:
			continue
		case p.stuck[c.name], f.nextAt.After(p.q.now()):
			p.stuck[c.name], all = true, false
			continue
		}
		failed := p.q.hand(ctx, c, e)
		if failed == nil {
			continue
		}
		if ctx.Err() != nil {
			return false, ctx.Err() // we are being stopped: not the consumer's failure
		}
		parked, err := p.note(ctx, d, f.attempts+1, failed)
		if err != nil {
			return false, err
		}
		if !parked {
			p.stuck[c.name], all = true, false
		}
	}
	return all, nil
}

// note writes a failure down, and parks the event for this consumer when it was the last
// straw, so that its later events can go on.
func (p *pass) note(ctx context.Context, d delivery, attempts int, failed error) (parked bool, err error) {
	wait := backoff(attempts)
	parked = attempts >= giveUp
	if p.failed == nil {
		p.failed = fmt.Errorf("consumer %s, event %s: %w", d.consumer, d.event, failed)
	}
	if !parked && (p.again == 0 || wait < p.again) {
		p.again = wait
	}
	p.q.log.WarnContext(ctx, "a consumer failed", "consumer", d.consumer, "event", d.event, "attempt", attempts, "parked", parked, "error", failed)
	now := p.q.now()
	err = p.q.db.Do(ctx, func(ctx context.Context) error {
		c, tx, err := here(ctx)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		b.Queue(`INSERT INTO event_failures (tenant_id, consumer, event_id, attempts, error, next_at, parked, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (tenant_id, consumer, event_id) DO UPDATE SET attempts = $4, error = $5, next_at = $6, parked = $7, at = $8`,
			c.Tenant.UUID(), d.consumer, d.event, attempts, failed.Error(), now.Add(wait), parked, now)
		if parked {
			b.Queue(insertConsumed, c.Tenant.UUID(), d.consumer, d.event, now)
		}
		return tx.SendBatch(ctx, b).Close()
	})
	return parked, err
}

// mark takes finished events out of the waiting index.
func (p *pass) mark(ctx context.Context, done []string) error {
	if len(done) == 0 {
		return nil
	}
	return p.q.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE event_outbox SET relayed_at = $1 WHERE id = ANY($2::uuid[]) AND relayed_at IS NULL`, p.q.now(), done)
		return err
	})
}

const insertConsumed = `INSERT INTO event_consumed (tenant_id, consumer, event_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

// hand runs one consumer in a unit, together with the note that it ran. Two nodes that
// relay the same tenant meet at that row: the second waits, and then finds it done.
func (q *Queue) hand(ctx context.Context, c consumer, e event.Recorded) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	return q.db.Do(asSystem(ctx, who.Tenant, "event:"+c.name, ""), func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, insertConsumed, who.Tenant.UUID(), c.name, e.ID, q.now())
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return c.fn(ctx, e)
	})
}

package jobs

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
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
	left   map[string]bool      // events that somebody still has to take
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
		p.left = map[string]bool{}
		for _, c := range p.q.consumers {
			if err := p.serve(ctx, c, events); err != nil {
				return err
			}
		}
		var done []string
		for _, e := range events {
			if !p.left[e.ID] {
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

// serve hands a consumer what it has not had, in order and all in one unit, which the disk
// confirms once. An error is the relay's own; a consumer's failure is written down and kept
// apart.
func (p *pass) serve(ctx context.Context, c consumer, events []event.Recorded) error {
	var todo []event.Recorded
	for _, e := range events {
		if c.wants(e.Name) && !p.had[delivery{c.name, e.ID}] {
			todo = append(todo, e)
		}
	}
	for len(todo) > 0 && !p.stuck[c.name] {
		some := p.fresh(c, todo)
		if len(some) > 1 && p.q.hand(ctx, c, some) == nil {
			todo = todo[len(some):]
			continue
		}
		for _, e := range todo[:max(1, len(some))] { // which of them it was is found out one by one
			if err := p.deliver(ctx, c, e); err != nil {
				return err
			}
			if p.stuck[c.name] {
				break
			}
			todo = todo[1:]
		}
	}
	for _, e := range todo {
		p.left[e.ID] = true
	}
	return nil
}

// fresh is as many of the next events as may go together: those that never failed.
func (p *pass) fresh(c consumer, todo []event.Recorded) []event.Recorded {
	for i, e := range todo {
		if _, failed := p.fails[delivery{c.name, e.ID}]; failed {
			return todo[:i]
		}
	}
	return todo
}

// deliver hands one event to one consumer.
func (p *pass) deliver(ctx context.Context, c consumer, e event.Recorded) error {
	d := delivery{c.name, e.ID}
	f := p.fails[d]
	if f.nextAt.After(p.q.now()) {
		p.stuck[c.name] = true
		return nil
	}
	failed := p.q.hand(ctx, c, []event.Recorded{e})
	if failed == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err() // we are being stopped: not the consumer's failure
	}
	parked, err := p.note(ctx, d, f.attempts+1, failed)
	if err == nil && !parked {
		p.stuck[c.name] = true
	}
	return err
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

// hand runs one consumer in a unit, together with the notes that it ran. Two nodes that
// relay the same tenant meet at those rows: the second waits, and then finds them done.
func (q *Queue) hand(ctx context.Context, c consumer, es []event.Recorded) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(es))
	for i, e := range es {
		ids[i] = e.ID
	}
	return q.db.Do(asSystem(ctx, who.Tenant, "event:"+c.name, ""), func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, takeEvents, who.Tenant.UUID(), c.name, ids, q.now())
		if err != nil {
			return err
		}
		taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		news := slices.DeleteFunc(slices.Clone(es), func(e event.Recorded) bool { return !slices.Contains(taken, e.ID) })
		if len(news) == 0 {
			return nil
		}
		return c.hear(ctx, news)
	})
}

const takeEvents = `INSERT INTO event_consumed (tenant_id, consumer, event_id, at) SELECT $1, $2, e, $4 FROM unnest($3::uuid[]) e ON CONFLICT DO NOTHING RETURNING event_id::text`

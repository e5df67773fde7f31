package jobs

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// The queue hands out tasks in the order in which they came. So that nobody stands behind
// the hundred thousand of one marketplace, what a marketplace queues beyond a fair pace goes
// into a backlog of its own and is let into the queue by turns, as fast as the workers take
// it: a marketplace alone loses nothing, and beside others each has its turns by weight.
// Ordinary trade never gets that far, and queues as if there were no turns.

// A fair pace, by weight.
const (
	paceBurst  = 200
	pacePerSec = 100
)

// paces keeps one theoretical arrival time per marketplace (GCRA) and process.
type paces struct {
	mu    sync.Mutex
	due   map[id.Tenant]time.Time
	weigh func(id.Tenant) int
}

// Weigh says how many turns a marketplace has where others have one. Call it while wiring.
func (q *Queue) Weigh(weight func(id.Tenant) int) { q.paces.weigh = weight }

func (p *paces) weight(t id.Tenant) int {
	if p.weigh == nil {
		return 1
	}
	return max(1, p.weigh(t))
}

// beyond reports whether a marketplace's next task is beyond its pace.
func (p *paces) beyond(t id.Tenant, now time.Time) bool {
	step := time.Second / time.Duration(pacePerSec*p.weight(t))
	p.mu.Lock()
	defer p.mu.Unlock()
	due := p.due[t]
	if due.Before(now) {
		due = now
	}
	if due.Sub(now) > paceBurst*time.Second/pacePerSec {
		return true
	}
	if len(p.due) > 20_000 {
		for k, d := range p.due {
			if d.Before(now) {
				delete(p.due, k)
			}
		}
	}
	p.due[t] = due.Add(step)
	return false
}

const insertBacklog = `INSERT INTO jobs_backlog (tenant_id, id, args, tags) VALUES ($1, $2, $3, $4)`

type backlogEntry struct{}

// toBacklog queues a task behind its own marketplace's others.
func (q *Queue) toBacklog(ctx context.Context, a taskArgs) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(insertBacklog, a.Tenant.UUID(), id.New[backlogEntry]().UUID(), a, []string{tag(a.Name)})
	})
}

// How often the backlog is looked at: where there is something in it at once again, else
// now and then, for what another process or an earlier one has left.
const (
	turnSoon  = 20 * time.Millisecond
	turnLater = 500 * time.Millisecond
)

// takeTurns lets tasks in until ctx ends.
func (q *Queue) takeTurns(ctx context.Context) {
	var last id.Tenant
	for wait := turnLater; ; {
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		more, err := q.turn(ctx, &last)
		if err != nil && ctx.Err() == nil && !errors.Is(err, pg.ErrUnavailable) {
			q.log.WarnContext(ctx, "the backlog of tasks was not looked at, and will be again", "error", err)
		}
		wait = turnLater
		if more {
			wait = turnSoon
		}
	}
}

// turn fills the queue up to what the workers take in a moment, from every marketplace's
// backlog by turns, beginning after the one that was served last.
func (q *Queue) turn(ctx context.Context, last *id.Tenant) (more bool, err error) {
	var tenants []id.Tenant
	ready, slots := 0, 4*q.workers
	b := &pgx.Batch{}
	b.Queue(`WITH RECURSIVE t AS ((SELECT tenant_id FROM jobs_backlog ORDER BY tenant_id LIMIT 1)
			UNION ALL SELECT (SELECT b.tenant_id FROM jobs_backlog b WHERE b.tenant_id > t.tenant_id ORDER BY b.tenant_id LIMIT 1) FROM t WHERE t.tenant_id IS NOT NULL)
		SELECT tenant_id FROM t WHERE tenant_id IS NOT NULL`).Query(func(rows pgx.Rows) error {
		tenants, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (t id.Tenant, err error) { return t, r.Scan((*[16]byte)(&t)) })
		return err
	})
	b.Queue(`SELECT count(*) FROM (SELECT FROM river.river_job WHERE state = 'available' AND queue = '`+queueTasks+`' LIMIT $1) x`, slots).QueryRow(func(r pgx.Row) error { return r.Scan(&ready) })
	if err := q.db.Pool().SendBatch(ctx, b).Close(); err != nil || len(tenants) == 0 {
		return false, err
	}
	who, many := q.paces.deal(tenants, slots-ready, last)
	if len(who) == 0 {
		return true, nil
	}
	_, err = q.db.Pool().Exec(ctx, letIn, who, many)
	if err == nil {
		q.nudges.tasks.send()
	}
	return true, err
}

// letIn moves the oldest of each marketplace: either it is in the queue or in the backlog.
const letIn = `WITH want AS (SELECT * FROM unnest($1::uuid[], $2::int[]) w(tenant_id, n)),
	pick AS MATERIALIZED (SELECT p.tenant_id, p.id FROM want w CROSS JOIN LATERAL
		(SELECT b.tenant_id, b.id FROM jobs_backlog b WHERE b.tenant_id = w.tenant_id ORDER BY b.id LIMIT w.n FOR UPDATE SKIP LOCKED) p),
	gone AS (DELETE FROM jobs_backlog d USING pick p WHERE d.tenant_id = p.tenant_id AND d.id = p.id RETURNING d.id, d.args, d.tags)
	INSERT INTO river.river_job (args, kind, max_attempts, queue, state, priority, tags) SELECT args, 'task', 25, '` + queueTasks + `', 'available', 1, tags FROM gone ORDER BY id`

// deal gives out slots by turns: each marketplace as many as its weight, again and again,
// until there are none left.
func (p *paces) deal(tenants []id.Tenant, slots int, last *id.Tenant) (who [][16]byte, many []int32) {
	if slots <= 0 {
		return nil, nil
	}
	if i := slices.IndexFunc(tenants, func(t id.Tenant) bool { return slices.Compare(t[:], last[:]) > 0 }); i > 0 {
		tenants = slices.Concat(tenants[i:], tenants[:i])
	}
	at := map[id.Tenant]int{}
	for i := 0; slots > 0; i = (i + 1) % len(tenants) {
		t := tenants[i]
		n := min(p.weight(t), slots)
		slots -= n
		if k, ok := at[t]; ok {
			many[k] += int32(n) //nolint:gosec // at most the slots
		} else {
			at[t] = len(who)
			who, many = append(who, t), append(many, int32(n)) //nolint:gosec // the same
		}
		*last = t
	}
	return who, many
}

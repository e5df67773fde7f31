package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/work"
)

// relayArgs says that a tenant's outbox has something in it. It is not unique per tenant on
// purpose: a unique job would make units of one tenant wait for each other's commit, and
// lose the wake-up while one is running.
type relayArgs struct {
	Tenant id.Tenant `json:"tenant"`
}

// Kind implements river.JobArgs.
func (relayArgs) Kind() string { return "event_relay" }

type wakeKey struct{}

// insertRelay is what the library's own insert comes down to. It is written out because
// that one costs two more round trips and this is on the path of every write.
const insertRelay = `INSERT INTO river.river_job (args, kind, max_attempts, queue, state, priority) VALUES ($1, 'event_relay', 25, '` + queueRelay + `', 'available', 1)`

// wake has the tenant's outbox looked at once the unit has committed. A process that works
// itself does so for many commits at once; should it die before, whoever starts next or
// comes by on his round finds the outbox as it was left. Any other process leaves a job
// with its commit.
func (q *Queue) wake(ctx context.Context, b *pgx.Batch, tenant id.Tenant) {
	if !pg.First(ctx, wakeKey{}) {
		return
	}
	if q.started.Load() {
		work.After(ctx, func() { q.calls.add(tenant) })
		return
	}
	b.Queue(insertRelay, relayArgs{tenant})
	work.After(ctx, q.nudges.relay.send)
}

// calls are the tenants whose outbox something was just committed to.
type calls struct {
	q       *Queue
	mu      sync.Mutex
	tenants map[id.Tenant]bool
	due     bool
}

const (
	gather    = time.Millisecond // for how long calls are collected
	callAgain = time.Second      // after the database did not take them
)

func (c *calls) add(t id.Tenant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tenants[t] = true
	c.arm(gather)
}

// arm sees to it that the calls are made; c.mu is held.
func (c *calls) arm(in time.Duration) {
	if !c.due {
		c.due = true
		time.AfterFunc(in, func() { c.make(context.Background()) })
	}
}

// make queues a job for each tenant that nobody in this process is busy with, and wakes
// the workers.
func (c *calls) make(ctx context.Context) {
	c.mu.Lock()
	c.due = false
	var jobs []relayArgs
	for t := range c.tenants {
		if !c.q.relays.again(t) {
			jobs = append(jobs, relayArgs{t})
		}
	}
	clear(c.tenants)
	c.mu.Unlock()
	if len(jobs) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b := &pgx.Batch{}
	for _, j := range jobs {
		b.Queue(insertRelay, j)
	}
	b.Queue(notifyWorkers, told(queueRelay))
	if err := c.q.db.Pool().SendBatch(ctx, b).Close(); err != nil {
		c.q.log.WarnContext(ctx, "the relay was not called, and will be again", "error", err)
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, j := range jobs {
			c.tenants[j.Tenant] = true
		}
		c.arm(callAgain)
	}
}

const notifyWorkers = `SELECT pg_notify('` + pg.JobSchema + `.river_insert', $1)`

func told(queue string) string { return `{"queue": "` + queue + `"}` }

// nudge tells a queue's sleeping workers that there is something to fetch. It is sent
// after the commit and for many units at once: NOTIFY inside a transaction makes all
// commits of the server queue up behind each other. If it gets lost, the workers look
// within a second.
type nudge struct {
	q     *Queue
	queue string
	sent  atomic.Bool
}

func (n *nudge) send() {
	if n.sent.Swap(true) {
		return // one is on its way
	}
	time.AfterFunc(gather, func() {
		n.sent.Store(false) // before it is sent: a later commit needs its own
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := n.q.db.Pool().Exec(ctx, notifyWorkers, told(n.queue)); err != nil {
			n.q.log.DebugContext(ctx, "workers were not woken", "error", err)
		}
	})
}

type relayWorker struct {
	river.WorkerDefaults[relayArgs]
	q *Queue
}

// Work implements river.Worker.
func (w *relayWorker) Work(ctx context.Context, job *river.Job[relayArgs]) error {
	t := job.Args.Tenant
	if err := w.q.held(ctx, t, relaying); err != nil {
		return err
	}
	if !w.q.relays.enter(t) {
		return nil // another job here is at it and will look again
	}
	ctx = asSystem(ctx, t, "relay", "")
	var again time.Duration // how soon a failing consumer is due
	for begun := time.Now(); ; {
		wait, err := w.q.relay(ctx)
		if err == nil {
			_, err = w.q.Seal(ctx)
		}
		if err != nil {
			w.q.relays.abandon(t)
			if errors.Is(err, pg.ErrMoving) {
				return river.JobSnooze(movingFor)
			}
			return err
		}
		if wait > 0 && (again == 0 || wait < again) {
			again = wait
		}
		if w.q.relays.leave(t) { // somebody left a note meanwhile
			if time.Since(begun) > longTurn { // there are others
				w.q.relays.abandon(t)
				return river.JobSnooze(0)
			}
			breathe(ctx)
			w.q.relays.read(t)
			continue
		}
		if again > 0 {
			return river.JobSnooze(again)
		}
		return nil
	}
}

// longTurn is how long a busy marketplace's events keep a worker before the others have
// their turn.
const longTurn = 2 * time.Second

// breath is how long a relay that just ended leaves a busy tenant's outbox alone. Events
// that come together are taken together: the notes that they were taken, the letters of
// one recipient, the links of the chains and the disk's confirmations are shared.
const breath = 250 * time.Millisecond

func breathe(ctx context.Context) {
	t := time.NewTimer(breath)
	defer t.Stop()
	select {
	case <-ctx.Done(): // the next pass says so
	case <-t.C:
	}
}

// Relay delivers what is waiting in the caller's tenant now, without workers: for tests,
// seeds and the operator's tool. It reports the first consumer's failure.
func (q *Queue) Relay(ctx context.Context) error {
	for range 100 { // consumers may append; a loop among them must not hang the caller
		p := &pass{q: q, stuck: map[string]bool{}}
		if err := p.run(ctx); err != nil {
			return err
		}
		if p.failed != nil {
			return p.failed
		}
		left, err := q.waiting(ctx, id.Event{})
		if err != nil {
			return err
		}
		if len(left) == 0 {
			_, err = q.Seal(ctx)
			return err
		}
	}
	return errors.New("jobs: consumers keep appending events, or one is still waiting to be tried again")
}

// relay goes through the outbox once, in order, and returns for how long a consumer that
// failed on the way wants to be left alone.
func (q *Queue) relay(ctx context.Context) (again time.Duration, err error) {
	p := &pass{q: q, stuck: map[string]bool{}}
	err = p.run(ctx)
	return p.again, err
}

// batch is how many events are read at once.
const batch = 200

// waiting reads the oldest events after one that some consumer has not had yet.
func (q *Queue) waiting(ctx context.Context, after id.Event) ([]event.Recorded, error) {
	var es []event.Recorded
	err := q.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id::text, name, subject_kind, subject_id, data::text, actor, coalesce(org_id::text, ''), (extract(epoch FROM at) * 1000)::bigint
			FROM event_outbox WHERE relayed_at IS NULL AND id > $2 ORDER BY id LIMIT $1`, batch, after.UUID()).Query(func(rows pgx.Rows) error {
			var err error
			es, err = pgx.CollectRows(rows, scanRecorded)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return es, nil
}

func scanRecorded(row pgx.CollectableRow) (event.Recorded, error) {
	var e event.Recorded
	var data string
	err := row.Scan(&e.ID, &e.Name, &e.Subject.Kind, &e.Subject.ID, &data, &e.Actor, &e.Org, &e.AtUnix)
	e.Data = []byte(data)
	return e, err
}

package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Options of a queue; the zero value is fine.
type Options struct {
	Now     clock.Now
	Log     *slog.Logger
	Workers int    // how many tasks run at once in this process; 0: 8
	Alone   bool   // no other process works on this database: whatever runs when we start was cut off
	Anchors string // folder outside the database in which the chains' heads are noted; "" is none
}

// Queue queues and, once started, works. Register, Subscribe and Every come before Start.
type Queue struct {
	db  *pg.DB
	now clock.Now
	log *slog.Logger

	insert  *river.Client[pgx.Tx] // queues only
	work    *river.Client[pgx.Tx] // nil until Start
	workers int
	alone   bool

	pace      func(ctx context.Context, tenant id.Tenant) (Pace, error)
	quiet     map[string]bool // tasks that run where a market can only be read
	always    map[string]bool // tasks that no state holds up
	tasks     map[string]task
	periodic  []periodic
	consumers []consumer
	relays    relays
	nudges    struct{ relay, tasks nudge }
	started   atomic.Bool
	calls     calls
	paces     paces
	endTurns  context.CancelFunc

	anchors string // folder of the chains' notes
	noting  sync.Mutex
	noted   map[string]int64 // tenant and chain → number noted last
}

// Queues of the database; a flood of one must not hold up the other.
const (
	queueRelay = "relay"
	queueTasks = "tasks"
)

// ErrUnknownTask means that code queued what nobody registered.
var ErrUnknownTask = errors.New("jobs: no such task")

// New makes a queue that can queue at once.
func New(db *pg.DB, o Options) (*Queue, error) {
	if o.Now == nil {
		o.Now = clock.System
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = 8
	}
	q := &Queue{db: db, now: o.Now, log: o.Log, workers: o.Workers, alone: o.Alone, tasks: map[string]task{}, quiet: map[string]bool{}, always: map[string]bool{}, relays: relays{busy: map[id.Tenant]bool{}}, anchors: o.Anchors, noted: map[string]int64{}, paces: paces{due: map[id.Tenant]time.Time{}}}
	q.nudges.relay.q, q.nudges.relay.queue = q, queueRelay
	q.nudges.tasks.q, q.nudges.tasks.queue = q, queueTasks
	q.calls.q, q.calls.tenants = q, map[id.Tenant]bool{}
	var err error
	// The inserting client's cooldown also throttles its notifications, so it must be small:
	// with the default an event waits half a second for its consumers.
	q.insert, err = river.NewClient(riverpgxv5.New(db.Pool()), &river.Config{
		FetchCooldown: river.FetchCooldownMin, Schema: pg.JobSchema, Logger: q.log,
	})
	return q, err
}

// Start begins to work until Stop.
func (q *Queue) Start(ctx context.Context) error {
	ws := river.NewWorkers()
	river.AddWorker(ws, &relayWorker{q: q})
	river.AddWorker(ws, &taskWorker{q: q})
	river.AddWorker(ws, &everyWorker{q: q})
	var err error
	q.work, err = river.NewClient(riverpgxv5.New(q.db.Pool()), &river.Config{
		Schema: pg.JobSchema, Logger: q.log, Workers: ws, PeriodicJobs: q.schedule(),
		FetchCooldown: 10 * time.Millisecond, FetchPollInterval: time.Second,
		JobTimeout: 2 * time.Minute,
		// There are many relay jobs; the outbox and the record say what happened, not these.
		CompletedJobRetentionPeriod: time.Hour,
		RescueStuckJobsAfter:        150 * time.Second, // a killed process's jobs; longer than any job may take
		ReindexerIndexNames:         []string{},        // the application's role owns no index
		RetryPolicy:                 retries{now: q.now},
		Queues: map[string]river.QueueConfig{
			queueRelay: {MaxWorkers: max(2, q.workers/2)},
			queueTasks: {MaxWorkers: q.workers},
		},
	})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if q.alone {
		if err := q.takeUp(ctx); err != nil {
			return fmt.Errorf("jobs of the process before: %w", err)
		}
	}
	err = q.work.Start(context.WithoutCancel(ctx))
	q.started.Store(err == nil)
	if err == nil {
		turns, cancel := context.WithCancel(context.WithoutCancel(ctx))
		q.endTurns = cancel
		go q.takeTurns(turns)
	}
	return err
}

// takeUp queues again what a killed process had begun. That is no failure of the job, so
// it does not count as an attempt.
func (q *Queue) takeUp(ctx context.Context) error {
	ct, err := q.db.Pool().Exec(ctx, `UPDATE river.river_job SET state = 'available', attempt = greatest(attempt - 1, 0), scheduled_at = now() WHERE state = 'running'`)
	if err == nil && ct.RowsAffected() > 0 {
		q.log.InfoContext(ctx, "jobs that were cut off run again", "jobs", ct.RowsAffected())
	}
	return err
}

// Stop lets running jobs finish until ctx ends, then cancels them; they run again later.
func (q *Queue) Stop(ctx context.Context) error {
	if q.work == nil {
		return nil
	}
	q.started.Store(false)
	if q.endTurns != nil {
		q.endTurns()
	}
	q.calls.make(context.WithoutCancel(ctx)) // what was just committed
	err := q.work.Stop(ctx)
	if err == nil {
		return nil
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return q.work.StopAndCancel(hard)
}

// relays keeps two jobs of this process from relaying the same tenant side by side: the
// second leaves a note, and the first looks again before it ends.
type relays struct {
	mu   sync.Mutex
	busy map[id.Tenant]bool // value: look again
}

func (r *relays) enter(t id.Tenant) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, running := r.busy[t]; running {
		r.busy[t] = true
		return false
	}
	r.busy[t] = false
	return true
}

// again leaves the note where a job is running, and reports whether one is.
func (r *relays) again(t id.Tenant) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, running := r.busy[t]
	if running {
		r.busy[t] = true
	}
	return running
}

// read takes the note away: who left it until now is served by the look that follows.
func (r *relays) read(t id.Tenant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[t] = false
}

// leave reports whether to look again instead.
func (r *relays) leave(t id.Tenant) (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if again = r.busy[t]; again {
		r.busy[t] = false
		return true
	}
	delete(r.busy, t)
	return false
}

func (r *relays) abandon(t id.Tenant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, t)
}

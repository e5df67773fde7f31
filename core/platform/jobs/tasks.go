package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/work"
)

// task is what Register keeps: it decodes its own arguments.
type task func(ctx context.Context, args json.RawMessage) error

// taskArgs is a queued task as the database keeps it. Args hold ids, never secrets: the
// queue's tables are not bound to a tenant.
type taskArgs struct {
	Name    string          `json:"name"`
	Tenant  id.Tenant       `json:"tenant"`
	Request string          `json:"request,omitempty"` // of whoever queued it, for the logs
	Args    json.RawMessage `json:"args"`
}

// Kind implements river.JobArgs.
func (taskArgs) Kind() string { return "task" }

// Register says what a task does. fn runs as the system in the tenant of whoever queued
// it, outside any unit, at least once: again with growing pauses while it fails.
func Register[T any](q *Queue, name string, fn func(ctx context.Context, args T) error) {
	if _, twice := q.tasks[name]; twice {
		panic("jobs: task " + name + " is registered twice") // at start-up, by a programmer
	}
	q.tasks[name] = func(ctx context.Context, raw json.RawMessage) error {
		var args T
		if err := json.Unmarshal(raw, &args); err != nil {
			return river.JobCancel(fmt.Errorf("task %s: %w", name, err)) // will not get better
		}
		return fn(ctx, args)
	}
}

// Option changes how one task is queued.
type Option func(*river.InsertOpts)

// After delays a task until at.
func After(at time.Time) Option { return func(o *river.InsertOpts) { o.ScheduledAt = at } }

// Once queues nothing while the same task with the same arguments is still waiting or running.
func Once() Option {
	return func(o *river.InsertOpts) { o.UniqueOpts = once() }
}

// once leaves out the library's own default of completed jobs: those are kept for an hour,
// and for that hour nothing of the kind could be asked for again.
func once() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}
}

// Attempts limits how often a failing task is tried; 0 keeps the default of 25.
func Attempts(n int) Option { return func(o *river.InsertOpts) { o.MaxAttempts = n } }

// Enqueue queues a task inside the current unit.
func (q *Queue) Enqueue(ctx context.Context, name string, args any, opts ...Option) error {
	if _, ok := q.tasks[name]; !ok {
		return fmt.Errorf("%w: %s", ErrUnknownTask, name)
	}
	c, tx, err := here(ctx)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("task %s: %w", name, err)
	}
	if len(opts) == 0 {
		return q.plain(ctx, taskArgs{Name: name, Tenant: c.Tenant, Request: c.RequestID, Args: raw})
	}
	o := &river.InsertOpts{Queue: queueTasks, Tags: []string{tag(name)}}
	for _, opt := range opts {
		opt(o)
	}
	a := taskArgs{Name: name, Tenant: c.Tenant, Args: raw}
	if !o.UniqueOpts.ByArgs {
		a.Request = c.RequestID // would make every request's task another one
	}
	_, err = q.insert.InsertTx(ctx, tx, a, o)
	return err
}

const insertTask = `INSERT INTO river.river_job (args, kind, max_attempts, queue, state, priority, tags) VALUES ($1, 'task', 25, '` + queueTasks + `', 'available', 1, $2)`

// plain queues a task that wants nothing special, on the unit's way to its commit.
func (q *Queue) plain(ctx context.Context, a taskArgs) error {
	if q.paces.beyond(a.Tenant, q.now()) {
		return q.toBacklog(ctx, a)
	}
	err := pg.Write(ctx, func(b *pgx.Batch) { b.Queue(insertTask, a, []string{tag(a.Name)}) })
	if err == nil && pg.First(ctx, nudgeKey{}) {
		work.After(ctx, q.nudges.tasks.send)
	}
	return err
}

type nudgeKey struct{}

// tag is the name as the queue's screens can filter by it.
func tag(name string) string {
	b := []byte(name)
	for i, c := range b {
		if c == '.' {
			b[i] = '_'
		}
	}
	return string(b)
}

type taskWorker struct {
	river.WorkerDefaults[taskArgs]
	q *Queue
}

// Work implements river.Worker.
func (w *taskWorker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	run, ok := w.q.tasks[job.Args.Name]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownTask, job.Args.Name) // a newer node's; retried until one takes it
	}
	if err := w.q.held(ctx, job.Args.Tenant, job.Args.Name); err != nil {
		return err
	}
	err := run(asSystem(ctx, job.Args.Tenant, "job:"+job.Args.Name, job.Args.Request), job.Args.Args)
	if errors.Is(err, pg.ErrMoving) {
		return river.JobSnooze(movingFor)
	}
	if err != nil {
		w.q.log.WarnContext(ctx, "a task failed", "task", job.Args.Name, "tenant", job.Args.Tenant, "attempt", job.Attempt, "error", err)
	}
	return err
}

func asSystem(ctx context.Context, tenant id.Tenant, name, request string) context.Context {
	ctx = caller.AsSystem(ctx, tenant, name)
	c, err := caller.From(ctx)
	if err != nil {
		return ctx // no tenant; whatever needs one will say so
	}
	c.RequestID = request
	return caller.With(ctx, c)
}

package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/kontorhq/kontor/core/id"
)

// periodic is a task that every active tenant needs once in a while.
type periodic struct {
	name  string
	every time.Duration
}

// everyArgs starts one round of a periodic task; it belongs to no tenant.
type everyArgs struct {
	Name string `json:"name"`
}

// Kind implements river.JobArgs.
func (everyArgs) Kind() string { return "every" }

// Every runs fn for each active tenant that jobs_due names, about that often, on one node
// of many; for those that can only be read too, if it is one of the tasks that go on
// quietly. A round that is still at work for a tenant is not started a second time.
func (q *Queue) Every(name string, every time.Duration, fn func(ctx context.Context) error) {
	Register(q, name, func(ctx context.Context, _ struct{}) error { return fn(ctx) })
	q.periodic = append(q.periodic, periodic{name, every})
}

func (q *Queue) schedule() []*river.PeriodicJob {
	var jobs []*river.PeriodicJob
	for _, p := range q.periodic {
		jobs = append(jobs, river.NewPeriodicJob(river.PeriodicInterval(p.every),
			func() (river.JobArgs, *river.InsertOpts) {
				return everyArgs{Name: p.name}, &river.InsertOpts{Queue: queueTasks, MaxAttempts: 3, UniqueOpts: once()}
			}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	return jobs
}

type everyWorker struct {
	river.WorkerDefaults[everyArgs]
	q *Queue
}

// Work implements river.Worker.
func (w *everyWorker) Work(ctx context.Context, job *river.Job[everyArgs]) error {
	tenants, err := w.q.dueTenants(ctx, job.Args.Name)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(tenants, atOnce) {
		if err := w.q.start(ctx, job.Args.Name, some); err != nil {
			return fmt.Errorf("periodic %s: %w", job.Args.Name, err)
		}
	}
	return nil
}

// behind is the priority of what is done once in a while: of ten thousand marketplaces at a
// time. What somebody is waiting for goes before it.
const behind = 2

// atOnce bounds what a round takes in memory; with ten thousand tenants and a dozen tasks
// that all begin when a process starts it is much. A round that ends half way is done
// again, and what it began the first time is not begun twice.
const atOnce = 250

// start queues a task for some tenants.
func (q *Queue) start(ctx context.Context, task string, tenants []id.Tenant) error {
	many := make([]river.InsertManyParams, len(tenants))
	for i, t := range tenants {
		many[i] = river.InsertManyParams{
			Args:       taskArgs{Name: task, Tenant: t, Args: json.RawMessage(`{}`)},
			InsertOpts: &river.InsertOpts{Queue: queueTasks, MaxAttempts: 3, Priority: behind, Tags: []string{tag(task)}, UniqueOpts: once()},
		}
	}
	_, err := q.insert.InsertMany(ctx, many)
	return err
}

// dueTenants are the tenants that have something to do for a task, in a state that lets it
// be done. The condition stands in the database's jobs_due and is never narrower than the
// task's own.
func (q *Queue) dueTenants(ctx context.Context, task string) ([]id.Tenant, error) {
	states := []string{"active"}
	if q.pace == nil || q.quiet[task] {
		states = append(states, "read_only", "closing")
	}
	var ts []id.Tenant
	err := q.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT t.id FROM tenancy_tenants t WHERE t.state = ANY ($3) AND t.id IN (SELECT jobs_due($1, $2)) ORDER BY t.id`, task, q.now(), states)
		if err != nil {
			return err
		}
		ts, err = pgx.CollectRows(rows, pgx.RowTo[id.Tenant])
		return err
	})
	return ts, err
}

package jobs

import (
	"context"
	"encoding/json"
	"fmt"
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

// Every runs fn for each active tenant, about that often, on one node of many. A round
// that is still at work for a tenant is not started a second time.
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
	tenants, err := w.q.activeTenants(ctx)
	if err != nil {
		return err
	}
	var many []river.InsertManyParams
	for _, t := range tenants {
		many = append(many, river.InsertManyParams{
			Args:       taskArgs{Name: job.Args.Name, Tenant: t, Args: json.RawMessage(`{}`)},
			InsertOpts: &river.InsertOpts{Queue: queueTasks, MaxAttempts: 3, Tags: []string{tag(job.Args.Name)}, UniqueOpts: once()},
		})
	}
	if len(many) == 0 {
		return nil
	}
	if _, err := w.q.insert.InsertMany(ctx, many); err != nil {
		return fmt.Errorf("periodic %s: %w", job.Args.Name, err)
	}
	return nil
}

func (q *Queue) activeTenants(ctx context.Context) ([]id.Tenant, error) {
	var ts []id.Tenant
	err := q.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM tenancy_tenants WHERE state IN ('active', 'read_only') ORDER BY id`)
		if err != nil {
			return err
		}
		ts, err = pgx.CollectRows(rows, pgx.RowTo[id.Tenant])
		return err
	})
	return ts, err
}

package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/kontorhq/kontor/core/id"
)

// Pace is how much is done for a tenant in the background, by the state it is in.
type Pace int

// Full is all of it. Quiet is what people of a market that can only be read still need:
// letters, their exports, and that the house is kept. None waits until the market opens
// again, and Gone never does.
const (
	Full Pace = iota
	Quiet
	None
	Gone
)

// errGone ends what was queued for a market that was deleted since.
var errGone = errors.New("jobs: the marketplace is deleted")

// heldFor is for how long work of a market that is shut is put aside before somebody looks
// again whether it has opened.
const heldFor = 15 * time.Second

// movingFor is for how long work is put aside that came upon a market on its way to another
// database. It is no failed try.
const movingFor = 2 * time.Second

// Obey says who knows a tenant's pace. What he answers is asked before every task and every
// delivery of events, so it must come from memory that is fresh within seconds. Call it
// while wiring.
func (q *Queue) Obey(pace func(ctx context.Context, tenant id.Tenant) (Pace, error)) { q.pace = pace }

// Quietly marks tasks that run at the pace of Quiet too.
func (q *Queue) Quietly(tasks ...string) {
	for _, t := range tasks {
		q.quiet[t] = true
	}
}

// Always marks tasks that no state of a tenant holds up: the work on the tenant itself.
func (q *Queue) Always(tasks ...string) {
	for _, t := range tasks {
		q.always[t] = true
	}
}

// held is what becomes of work that the tenant's state does not let be done now: it is put
// aside without counting as a try, or ended.
func (q *Queue) held(ctx context.Context, tenant id.Tenant, task string) error {
	if q.pace == nil || q.always[task] {
		return nil
	}
	pace, err := q.pace(ctx, tenant)
	switch {
	case err != nil:
		return err
	case pace == Full || pace == Quiet && (task == relaying || q.quiet[task]):
		return nil
	case pace == Gone:
		return river.JobCancel(errGone)
	}
	return river.JobSnooze(heldFor)
}

// relaying stands for the delivery of events. It goes on where a market can be read: the
// letters that tell a changed password follow from it, and the tasks that do more wait.
const relaying = "jobs.relay"

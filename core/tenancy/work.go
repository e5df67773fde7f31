package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// TaskRun goes on with a run.
const TaskRun = "tenancy.run"

// RunArgs is what the task is told. A round is claimed by one task alone: to queue one twice
// does no harm.
type RunArgs struct {
	Run   id.Run `json:"run"`
	Round int    `json:"round"`
}

// The clockwork of runs. Whoever works at one says every beat that he still does; one that
// was killed is missed after the lease.
const (
	usual    = 20 * time.Second // of Deps.Lease
	portion  = time.Minute      // a task's turn; then others have theirs
	giveUp   = 8                // tries of one step
	ErrorMax = 500
)

// Stage is how a step is done. Do is called outside any unit as the system, in the tenant
// that asked for the run. It may be called again for what it has done already, and answers
// more where it has done a portion: what it put into Notes is kept.
type Stage struct {
	Name string
	Do   func(ctx context.Context, r Run, s *Step, progress func(done, total int64)) (more bool, err error)
}

// Stages says how a workflow is done. Call it while wiring.
func (s *Service) Stages(w Workflow, stages ...Stage) { s.stages[w] = stages }

// begin stores a new run with its steps and has it worked at, in the current unit.
func (s *Service) begin(ctx context.Context, r Run, input any) (Run, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return r, err
	}
	if r.Input, err = json.Marshal(input); err != nil {
		return r, err
	}
	r.ID, r.State, r.StartedBy, r.StartedAt, r.DueAt = id.Run{}.New(), RunOpen, c.Subject(), s.Now(), s.Now()
	for i, st := range s.stages[r.Workflow] {
		r.Steps = append(r.Steps, Step{Position: i + 1, Name: st.Name, State: StepWaiting, Notes: json.RawMessage(`{}`)})
	}
	if err := s.Store.InsertRun(ctx, r); err != nil {
		return r, err
	}
	err = s.Events.Append(ctx, event.TenantRunStarted{Run: r.ID.String(), Workflow: string(r.Workflow), Tenant: r.About.String(), Slug: r.Slug, Note: r.Note})
	if err != nil {
		return r, err
	}
	return r, s.Tasks.Enqueue(ctx, TaskRun, RunArgs{r.ID, r.Round})
}

// Work goes on with a run until it is done, a step fails, or the turn is over. It is the
// task behind TaskRun. What goes wrong is kept with the step and tried again later, so the
// task itself fails only when that cannot be written down.
func (s *Service) Work(ctx context.Context, a RunArgs) error {
	mine, err := s.claim(ctx, a)
	if err != nil || !mine {
		return err
	}
	r, err := s.Store.Run(ctx, a.Run)
	if err != nil {
		return err
	}
	until := s.Now().Add(portion)
	for i, stage := range s.stages[r.Workflow] {
		if i >= len(r.Steps) || r.Steps[i].State == StepDone {
			continue
		}
		for more := true; more; {
			more, err = s.perform(ctx, r, stage, &r.Steps[i])
			switch {
			case errors.Is(err, ErrRunLost):
				return nil // somebody thought us dead; he goes on
			case errors.Is(err, errInterrupted):
				return err
			case err != nil:
				return s.trip(ctx, r, r.Steps[i], err)
			case more && s.Now().After(until):
				return s.again(ctx, r)
			}
		}
	}
	r.State = RunDone
	return s.end(ctx, r)
}

func (s *Service) claim(ctx context.Context, a RunArgs) (mine bool, err error) {
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		mine, err = s.Store.ClaimRun(ctx, a.Run, a.Round, s.Now().Add(s.Lease))
		return err
	})
	return mine, err
}

// Interrupt asks f between a step's effect and the note that it was done. What it answers
// ends the work as a kill would, with nothing noted. It is for tests.
func (s *Service) Interrupt(f func(r Run, step string) error) { s.failing.Store(&f) }

var errInterrupted = errors.New("tenancy: interrupted")

// perform does a portion of a step and notes how far it is.
func (s *Service) perform(ctx context.Context, r Run, stage Stage, st *Step) (more bool, err error) {
	if st.State != StepRunning {
		st.State, st.Attempts = StepRunning, st.Attempts+1
		if st.BegunAt.IsZero() {
			st.BegunAt = s.Now()
		}
		if err := s.save(ctx, r, *st); err != nil {
			return false, err
		}
	}
	more, err = s.watched(ctx, r, stage, st)
	if err != nil {
		return false, err
	}
	if f := s.failing.Load(); f != nil {
		if err := (*f)(r, stage.Name); err != nil {
			return false, errors.Join(errInterrupted, err)
		}
	}
	if !more {
		st.State, st.Error, st.EndedAt = StepDone, "", s.Now()
	}
	return more, s.save(ctx, r, *st)
}

// watched does it while somebody else says every beat that it is being done.
func (s *Service) watched(ctx context.Context, r Run, stage Stage, st *Step) (more bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done, total atomic.Int64
	done.Store(st.Done)
	total.Store(st.Total)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for t := time.NewTicker(s.Lease / 8); ; {
			select {
			case <-ctx.Done():
				t.Stop()
				return
			case <-t.C:
				err := s.Unit.Do(ctx, func(ctx context.Context) error {
					return s.Store.Beat(ctx, r, st.Name, done.Load(), total.Load(), s.Now().Add(s.Lease))
				})
				if errors.Is(err, ErrRunLost) {
					cancel(ErrRunLost)
				}
			}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		lost := context.Cause(ctx)
		cancel(nil)
		<-stopped
		st.Done, st.Total = done.Load(), total.Load()
		if errors.Is(lost, ErrRunLost) {
			err = ErrRunLost
		}
	}()
	return stage.Do(ctx, r, st, func(d, t int64) { done.Store(d); total.Store(t) })
}

func (s *Service) save(ctx context.Context, r Run, st Step) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error { return s.Store.SaveStep(ctx, r, st) })
}

// trip keeps what went wrong and when to try again, or gives the run up.
func (s *Service) trip(ctx context.Context, r Run, st Step, failed error) error {
	ctx = context.WithoutCancel(ctx) // also when we are being stopped
	st.State, st.Error = StepFailed, clip(describe(failed), ErrorMax)
	s.Log.WarnContext(ctx, "a step failed", "workflow", r.Workflow, "market", r.Slug, "step", st.Name, "attempt", st.Attempts, "error", failed)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.SaveStep(ctx, r, st); err != nil {
			return err
		}
		return s.Store.Postpone(ctx, r, s.Now().Add(min(time.Second<<st.Attempts, 5*time.Minute)))
	})
	if err == nil && (st.Attempts >= giveUp || final(failed)) {
		r.State = RunFailed
		err = s.end(ctx, r)
	}
	if errors.Is(err, ErrRunLost) {
		return nil
	}
	return err
}

// final are failures that no later try can do better.
func final(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Gone, fault.Denied:
		return true
	}
	return false
}

// describe is a failure in the words of its fault; what has none is told as it is, for
// those alone who run the platform read it.
func describe(err error) string {
	if f := fault.From(err); f.Kind != fault.Internal {
		return f.Text() + " (" + f.Error() + ")"
	}
	return err.Error()
}

// again lets others have their turn.
func (s *Service) again(ctx context.Context, r Run) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.Postpone(ctx, r, s.Now()); err != nil {
			return err
		}
		return s.Tasks.Enqueue(ctx, TaskRun, RunArgs{r.ID, r.Round})
	})
}

func (s *Service) end(ctx context.Context, r Run) error {
	r.EndedAt = s.Now()
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.EndRun(ctx, r); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.TenantRunEnded{Run: r.ID.String(), Workflow: string(r.Workflow), Tenant: r.About.String(), Slug: r.Slug, State: string(r.State)})
	})
}

// Resume has every run worked at that nobody looks after: its process was killed, or its
// next try is due.
func (s *Service) Resume(ctx context.Context) error {
	due, err := s.Store.DueRuns(ctx, s.Now())
	if err != nil {
		return err
	}
	for _, d := range due {
		err := s.Unit.Do(caller.AsSystem(ctx, d.Tenant, "lifecycle"), func(ctx context.Context) error {
			return s.Tasks.Enqueue(ctx, TaskRun, RunArgs{d.ID, d.Round})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/mover"
	"github.com/kontorhq/kontor/core/tenancy"
)

// way is a move with its run.
type way struct {
	mover.Move
	cells.Moving
	h        *House
	run      tenancy.Run
	step     *tenancy.Step
	progress func(done, total int64)
	fromAt   string // addresses of the two cells' processes
	toAt     string
}

// moving is how a market gets to another cell while it trades. Until the step switch
// decides, it is at home where it was, and calling the move off leaves nothing behind.
func (h *House) moving() []tenancy.Stage {
	step := func(name string, do func(ctx context.Context, w *way) (more bool, err error)) tenancy.Stage {
		return tenancy.Stage{Name: name, Do: func(ctx context.Context, r tenancy.Run, s *tenancy.Step, progress func(int64, int64)) (bool, error) {
			w, err := h.wayOf(ctx, r)
			if err != nil {
				return false, err
			}
			w.step, w.progress = s, progress
			return w.perform(ctx, do)
		}}
	}
	return []tenancy.Stage{
		step("prepare", func(ctx context.Context, w *way) (bool, error) { return false, w.Check(ctx) }),
		step("copy", func(ctx context.Context, w *way) (bool, error) {
			rows, err := w.Copy(ctx, w.progress)
			return false, errors.Join(err, w.note(cells.Report{Rows: rows}))
		}),
		step("files", func(ctx context.Context, w *way) (bool, error) {
			n, err := w.files(ctx, time.Time{})
			return false, errors.Join(err, w.note(cells.Report{Files: n}))
		}),
		step("catch_up", follow),
		step("verify", func(ctx context.Context, w *way) (bool, error) {
			got, err := w.Compare(ctx, w.progress)
			return false, errors.Join(err, w.note(cells.Report{Rows: got.Rows, Tables: got.Tables}))
		}),
		step("switch", turn),
		step("settle", settle),
	}
}

// wayOf is the move that a run works at.
func (h *House) wayOf(ctx context.Context, r tenancy.Run) (*way, error) {
	var in tenancy.MoveInput
	if err := json.Unmarshal(r.Input, &in); err != nil {
		return nil, err
	}
	if err := h.Cells.Begun(ctx, r, in.From, in.To); err != nil {
		return nil, err
	}
	m, err := h.Cells.Store.Move(ctx, r.About)
	if err != nil {
		return nil, err
	}
	w := &way{Moving: m, h: h, run: r, Move: mover.Move{Tenant: r.About, Run: r.ID}}
	if w.From, w.fromAt, err = h.reach(ctx, m.Source); err != nil {
		return nil, err
	}
	w.To, w.toAt, err = h.reach(ctx, m.Target)
	return w, err
}

func (w *way) note(m cells.Report) (err error) {
	w.step.Notes, err = json.Marshal(m)
	return err
}

// phase is how far the move is now, whatever it was when we began.
func (w *way) phase(ctx context.Context) cells.Phase {
	m, err := w.h.Cells.Store.Move(context.WithoutCancel(ctx), w.run.About)
	if err != nil || m.Run != w.run.ID {
		return ""
	}
	return m.Phase
}

// perform does a step and looks meanwhile whether the move is called off. What no later try
// can do better calls it off by itself.
func (w *way) perform(ctx context.Context, do func(ctx context.Context, w *way) (bool, error)) (more bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	release, err := w.Hold(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	if w.Phase == cells.Copying {
		go func() {
			for t := time.NewTicker(time.Second); ; {
				select {
				case <-ctx.Done():
					t.Stop()
					return
				case <-t.C:
					if w.phase(ctx) == cells.Aborted {
						cancel(cells.ErrAborted)
					}
				}
			}
		}()
		more, err = do(ctx, w)
	} else if w.Phase == cells.Flipped {
		more, err = do(ctx, w)
	}
	cancel(nil)
	clean := context.WithoutCancel(ctx)
	if k := fault.KindOf(err); err != nil && (k == fault.Invalid || k == fault.Denied) && w.Phase == cells.Copying {
		ok, terr := w.h.Cells.Store.Turn(clean, w.Moving, cells.Copying, cells.Aborted, w.h.Now())
		if terr == nil && ok {
			terr = w.h.tell(clean, event.TenantMoveAborted{Run: w.run.ID.String(), Tenant: w.run.About.String(), Slug: w.run.Slug, Why: fault.From(err).Text()})
		}
		return false, errors.Join(err, terr, w.undo(clean))
	}
	if w.Phase == cells.Aborted || w.phase(clean) == cells.Aborted {
		if uerr := w.undo(clean); uerr != nil {
			return false, uerr // tried again
		}
		return false, cells.ErrAborted
	}
	return more, err
}

// undo leaves the source as it was and nothing in the target.
func (w *way) undo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	err := w.Undo(ctx)
	if w.Target == w.h.cell.own {
		err = errors.Join(err, w.h.Blobs.RemoveAll(caller.AsSystem(ctx, w.run.About, "cells")))
	}
	w.h.Tenancy.Forget(w.run.About)
	return err
}

// near is how little there is left when the rest can wait for the freeze: what took no
// longer than this to take over.
const near = 700 * time.Millisecond

// follow applies changes until there are few left.
func follow(ctx context.Context, w *way) (more bool, err error) {
	began := time.Now()
	n, err := w.CatchUp(ctx)
	if err != nil {
		return false, err
	}
	w.progress(w.step.Done+int64(n), 0)
	w.step.Done += int64(n)
	return time.Since(began) > near, nil
}

// decidedFor is for how long what follows the decision may take, whatever came before.
const decidedFor = 20 * time.Second

// turn shuts the market for moments, takes the last changes over, compares, decides, and has
// the other cell open it.
func turn(ctx context.Context, w *way) (_ bool, err error) {
	if w.phase(ctx) == cells.Flipped {
		return false, w.arrive(ctx)
	}
	for more := true; more; { // come as near as before
		if more, err = follow(ctx, w); err != nil {
			return false, err
		}
	}
	since := w.h.Now().Add(-time.Minute) // a file's row is committed a while after the file was made
	if _, err := w.files(ctx, w.run.StartedAt.Add(-time.Hour)); err != nil {
		return false, err
	}
	var same mover.Compared
	var decided bool
	var took time.Duration
	took, err = w.Freeze(ctx, cells.FreezeFor, func(ctx context.Context) (bool, error) {
		var err error
		same, decided, err = w.last(ctx, since)
		return decided, err
	})
	w.h.Tenancy.Forget(w.run.About)
	why := ""
	if err != nil {
		why = fault.From(err).Text()
	}
	w.h.Log.InfoContext(ctx, "a marketplace was shut for its move", "market", w.run.Slug, "from", w.Source, "to", w.Target, "frozen", took, "moved", decided && err == nil, "why", why)
	told := w.h.tell(context.WithoutCancel(ctx), event.TenantFrozen{Run: w.run.ID.String(), Tenant: w.run.About.String(), Slug: w.run.Slug, FrozenMillis: took.Milliseconds(), Decided: decided, Why: why})
	if err != nil {
		return false, errors.Join(err, told)
	}
	err = w.h.tell(ctx, event.TenantMoved{Run: w.run.ID.String(), Tenant: w.run.About.String(), Slug: w.run.Slug, From: w.Source, To: w.Target, FrozenMillis: took.Milliseconds(), Rows: same.Rows})
	return false, errors.Join(told, err, w.note(cells.Report{FrozenMillis: took.Milliseconds(), Rows: same.Rows, Tables: same.Tables}))
}

// last is what is done while nobody can write.
func (w *way) last(ctx context.Context, since time.Time) (same mover.Compared, decided bool, err error) {
	if _, err = w.CatchUp(ctx); err != nil {
		return same, false, err
	}
	if same, err = w.CompareTouched(ctx); err != nil {
		return same, false, err
	}
	if _, err = w.files(ctx, since); err != nil {
		return same, false, err
	}
	p, hosts, err := w.Home(ctx)
	if err != nil {
		return same, false, err
	}
	if err := w.Seal(ctx); err != nil {
		return same, false, err
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), decidedFor)
	defer cancel()
	ok, err := w.h.Cells.Store.Flip(after, w.Moving, cells.Placement{Tenant: w.run.About, Slug: p, Cell: w.Target, At: w.h.Now()}, hosts)
	switch {
	case err == nil && !ok:
		return same, false, cells.ErrAborted
	case err != nil && fault.KindOf(err) == fault.Conflict:
		return same, false, err // refused, so not done
	case err != nil:
		return same, true, err // nobody knows; the fence stays until the next try has looked
	}
	return same, true, w.arrive(after)
}

// arrive makes the target the market's home after it was decided. It may be done again.
func (w *way) arrive(ctx context.Context) error {
	if err := w.Land(ctx); err != nil {
		return err
	}
	err := w.Leave(ctx)
	w.h.Tenancy.Forget(w.run.About)
	w.h.Web.Cache().Invalidate(w.run.About)
	return err
}

// settle takes over what waits in the queue, and ends the stream of changes.
func settle(ctx context.Context, w *way) (more bool, err error) {
	running, err := w.Tasks(ctx)
	if err != nil {
		return false, err
	}
	if running > 0 { // its units are refused, so it is put aside and taken over then
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(500 * time.Millisecond):
		}
		return true, nil
	}
	if err := w.Done(ctx); err != nil {
		return false, err
	}
	_, err = w.h.Cells.Store.Turn(ctx, w.Moving, cells.Flipped, cells.Settled, w.h.Now())
	return false, err
}

// MoveNow moves a market and waits for it: the operator's tool.
func (h *House) MoveNow(ctx context.Context, slug, to, note string, progress func(string)) (tenancy.Run, error) {
	home, err := h.Tenancy.Store.Home(ctx)
	if err != nil {
		return tenancy.Run{}, err
	}
	ctx = caller.AsSystem(ctx, home, "tool")
	r, err := h.Cells.Start(ctx, slug, to, note)
	if err != nil {
		return r, err
	}
	for r.State == tenancy.RunOpen { // whoever does it, it is done by one
		if !h.Now().Before(r.DueAt) {
			err = h.Tenancy.Work(ctx, tenancy.RunArgs{Run: r.ID, Round: r.Round})
		}
		if err != nil {
			return r, err
		}
		time.Sleep(500 * time.Millisecond)
		if r, err = h.Tenancy.Store.Run(ctx, r.ID); err != nil {
			return r, err
		}
		for _, s := range r.Steps {
			if s.State == tenancy.StepRunning || s.State == tenancy.StepFailed {
				progress(cmp.Or(s.Error, s.Name))
			}
		}
	}
	return r, nil
}

// AbortMove calls off the move of a market that is under way.
func (h *House) AbortMove(ctx context.Context, slug, note string) error {
	home, err := h.Tenancy.Store.Home(ctx)
	if err != nil {
		return err
	}
	ctx = caller.AsSystem(ctx, home, "tool")
	t, err := h.Tenancy.Get(ctx, slug)
	if err != nil {
		return err
	}
	m, err := h.Cells.Store.Move(ctx, t.ID)
	if err != nil {
		return err
	}
	r, err := h.Tenancy.Store.Run(ctx, m.Run)
	if err != nil {
		return err
	}
	return h.Cells.Abort(ctx, r, note)
}

// Moved says what a finished move came to.
func Moved(r tenancy.Run) string {
	return fmt.Sprintf("%s has moved. Nothing could be changed in it for %d ms.", r.Slug, cells.ReportOf(r).FrozenMillis)
}

// CellLine is a cell as the operator's tool shows it.
type CellLine struct {
	cells.Cell
	Health string
}

// CellList is every cell with how it does.
func (h *House) CellList(ctx context.Context) ([]CellLine, error) {
	all, err := h.Cells.Store.Cells(ctx)
	if err != nil {
		return nil, err
	}
	ill := h.Cells.Healthy(ctx, all)
	out := make([]CellLine, len(all))
	for i, c := range all {
		out[i] = CellLine{c, "answers"}
		if ill[c.Name] != nil {
			out[i].Health = "silent"
		}
	}
	return out, nil
}

package jobs_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/work"
)

type greeting struct{ Name string }

func TestATaskRunsAfterItsUnitCommittedAsTheSystemOfThatTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)
	got := make(chan string, 10)
	jobs.Register(q, "test.greet", func(ctx context.Context, g greeting) error {
		c, err := caller.From(ctx)
		if err != nil || work.Active(ctx) {
			t.Errorf("caller %v, in a unit %v", err, work.Active(ctx))
		}
		got <- c.Tenant.String() + c.Subject() + c.RequestID + g.Name
		return nil
	})
	start(t, q)
	c, _ := caller.From(ctx)
	c.RequestID = " r-1 "
	ctx = caller.With(ctx, c)

	_ = db.Do(ctx, func(ctx context.Context) error {
		if err := q.Enqueue(ctx, "test.greet", greeting{"nobody"}); err != nil {
			t.Error(err)
		}
		return errNo
	})
	err := db.Do(ctx, func(ctx context.Context) error { return q.Enqueue(ctx, "test.greet", greeting{"Li"}) })
	if err != nil {
		t.Fatal(err)
	}
	select {
	case g := <-got:
		if want := pgtest.Tenant(t, ctx).String() + "system:job:test.greet r-1 Li"; g != want {
			t.Fatalf("got %q, want %q", g, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it never ran")
	}
}

func TestAnUnknownTaskIsRefusedWhereItIsQueued(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := newQueue(t, db, jobs.Options{})
	err := db.Do(db.NewTenant(t), func(ctx context.Context) error { return q.Enqueue(ctx, "test.typo", 1) })
	if !errors.Is(err, jobs.ErrUnknownTask) {
		t.Fatalf("got %v", err)
	}
}

func TestAFailingTaskIsTriedAgainAndOnceMeansOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)
	var runs atomic.Int32
	jobs.Register(q, "test.flaky", func(context.Context, greeting) error {
		if runs.Add(1) == 1 {
			return errNo
		}
		return nil
	})
	for range 3 {
		err := db.Do(ctx, func(ctx context.Context) error {
			return q.Enqueue(ctx, "test.flaky", greeting{"x"}, jobs.Once())
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	start(t, q)
	pgtest.Eventually(t, 15*time.Second, "it ran twice", func() bool { return runs.Load() == 2 })
	time.Sleep(100 * time.Millisecond)
	if n := runs.Load(); n != 2 {
		t.Fatalf("three queued with Once, one failure: ran %d times", n)
	}
}

// What is done may be asked for again: only what waits or runs is not queued twice.
func TestOnceEndsWhenTheTaskHasRun(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)
	var runs atomic.Int32
	jobs.Register(q, "test.again", func(context.Context, greeting) error { runs.Add(1); return nil })
	start(t, q)
	for want := int32(1); want <= 3; want++ {
		// The task counts before the queue has noted its end, so a call may come too early.
		pgtest.Eventually(t, 15*time.Second, "it runs once more", func() bool {
			err := db.Do(ctx, func(ctx context.Context) error {
				return q.Enqueue(ctx, "test.again", greeting{"x"}, jobs.Once())
			})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
			return runs.Load() >= want
		})
	}
}

func TestRoundsGoOnRoundAfterRound(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	db.NewTenant(t)
	var runs atomic.Int32
	q.Every("test.rounds", 200*time.Millisecond, func(context.Context) error { runs.Add(1); return nil })
	start(t, q)
	pgtest.Eventually(t, 20*time.Second, "there was a third round", func() bool { return runs.Load() >= 3 })
}

// A process that is killed leaves its jobs marked as running. Where no other can be at
// work, the next one takes them up at once.
func TestTheJobsOfAKilledProcessAreTakenUp(t *testing.T) {
	t.Parallel()
	for name, alone := range map[string]bool{"nobody else works here": true, "another may be at it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.Clone(t)
			q := newQueue(t, db, jobs.Options{Alone: alone})
			ctx := db.NewTenant(t)
			var runs atomic.Int32
			jobs.Register(q, "test.cut", func(context.Context, greeting) error { runs.Add(1); return nil })
			err := db.Do(ctx, func(ctx context.Context) error {
				return q.Enqueue(ctx, "test.cut", greeting{"x"}, jobs.Once(), jobs.Attempts(1))
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Ops(t).Exec(ctx, `UPDATE river.river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{gone}'`); err != nil {
				t.Fatal(err)
			}
			start(t, q)
			if !alone {
				time.Sleep(1500 * time.Millisecond)
				if runs.Load() != 0 {
					t.Fatal("a job that another process may be at was taken from it")
				}
				return
			}
			pgtest.Eventually(t, 15*time.Second, "the job ran", func() bool { return runs.Load() == 1 })
		})
	}
}

func TestEveryActiveTenantGetsItsRound(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	a, b := db.NewTenant(t), db.NewTenant(t)
	var h heard
	q.Every("test.round", time.Hour, func(ctx context.Context) error {
		h.add(pgtest.Tenant(t, ctx).String(), 1)
		return nil
	})
	start(t, q)
	pgtest.Eventually(t, 15*time.Second, "both had their round", func() bool {
		return len(h.of(pgtest.Tenant(t, a).String())) == 1 && len(h.of(pgtest.Tenant(t, b).String())) == 1
	})
}

package jobs_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/work"
)

var errNo = errors.New("no")

func TestAnEventAndItsRecordCommitWithTheChangeOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)

	err := db.Do(ctx, func(ctx context.Context) error {
		if err := q.Append(ctx, happened{N: 1, ID: "o1"}); err != nil {
			t.Error(err)
		}
		return errNo
	})
	if !errors.Is(err, errNo) {
		t.Fatalf("got %v", err)
	}
	jobsNow := func() (n int) {
		if err := db.Ops(t).QueryRow(ctx, `SELECT count(*) FROM river.river_job`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	rows := func() [3]int {
		return [3]int{one[int](ctx, t, db, `SELECT count(*) FROM event_outbox`), one[int](ctx, t, db, `SELECT count(*) FROM audit_entries`), jobsNow()}
	}
	if got := rows(); got != [3]int{} {
		t.Fatalf("a rolled back unit left events, records, jobs: %v", got)
	}
	tell(ctx, t, db, q, 1, 2, 3)
	if diff := cmp.Diff([3]int{3, 3, 1}, rows()); diff != "" {
		t.Fatalf("events, records, jobs: %s", diff)
	}
	if err := q.Append(ctx, happened{}); !errors.Is(err, pg.ErrNoUnit) {
		t.Fatalf("outside a unit: %v", err)
	}
}

func TestTheRecordNamesTheActorAndTheEventsDigestButNotItsContent(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)
	c, _ := caller.From(ctx)
	c.RequestID, c.IP = "r-7", "192.0.2.1"
	ctx = caller.With(ctx, c)
	tell(ctx, t, db, q, 42)

	got := one[string](ctx, t, db, `SELECT concat_ws(' ', actor, action, object_kind, object_id, outcome, ip, request_id, length(data->>'sha256'), data->>'event' = (SELECT id::text FROM event_outbox), data ? 'n') FROM audit_entries`)
	if want := "system:test testing.happened.v1 order o1 done 192.0.2.1 r-7 64 t f"; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	err := db.Do(ctx, func(ctx context.Context) error {
		return q.Record(ctx, audit.Entry{Action: "sourcing.rfq.publish", ObjectKind: "rfq", ObjectID: "r1", Outcome: audit.Refused, Data: map[string]int{"reasons": 2}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := one[int](ctx, t, db, `SELECT count(*) FROM audit_entries WHERE outcome = 'refused' AND data->>'reasons' = '2'`); n != 1 {
		t.Fatalf("%d refusals recorded", n)
	}
}

// heard collects what a consumer was given, per consumer.
type heard struct {
	mu sync.Mutex
	m  map[string][]int
}

func (h *heard) add(who string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = map[string][]int{}
	}
	h.m[who] = append(h.m[who], n)
}

func (h *heard) of(who string) []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]int(nil), h.m[who]...)
}

func TestConsumersHearEverythingInOrderOnceItIsCommitted(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	var h heard
	for _, who := range []string{"notify", "insights"} {
		q.Subscribe(who, jobs.Each(func(ctx context.Context, e event.Recorded) error {
			if _, err := pg.Conn(ctx); err != nil {
				t.Errorf("a consumer runs in a unit: %v", err)
			}
			h.add(who, number(t, e))
			return nil
		}), "testing.happened.v1")
	}
	q.Subscribe("area", jobs.Each(func(_ context.Context, e event.Recorded) error { h.add("area", number(t, e)); return nil }), "testing.*")
	q.Subscribe("deaf too", jobs.Each(func(context.Context, event.Recorded) error { h.add("deaf", 2); return nil }), "test.*")
	q.Subscribe("deaf", jobs.Each(func(context.Context, event.Recorded) error { h.add("deaf", 1); return nil }), "testing.other.v1")
	start(t, q)
	ctx := db.NewTenant(t)
	var want []int
	for i := range 30 {
		tell(ctx, t, db, q, 2*i, 2*i+1)
		want = append(want, 2*i, 2*i+1)
	}
	pgtest.Eventually(t, 10*time.Second, "the outbox is empty", func() bool {
		return one[int](ctx, t, db, `SELECT count(*) FROM event_outbox WHERE relayed_at IS NULL`) == 0
	})
	for _, who := range []string{"notify", "insights", "area"} {
		if diff := cmp.Diff(want, h.of(who)); diff != "" {
			t.Errorf("%s: %s", who, diff)
		}
	}
	if n := h.of("deaf"); n != nil {
		t.Errorf("a consumer of something else heard %v", n)
	}
}

func TestAFailingConsumerIsTriedAgainWhileTheOthersGoOn(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	var h heard
	failures := 2
	q.Subscribe("shaky", jobs.Each(func(ctx context.Context, e event.Recorded) error {
		if number(t, e) == 2 && failures > 0 {
			failures--
			tx, _ := pg.Tx(ctx)
			_ = tx.Exec(`INSERT INTO numbering_counters VALUES (?, 'half', 2026, 1)`, pgtest.Tenant(t, ctx))
			return errNo
		}
		work.After(ctx, func() { h.add("shaky", number(t, e)) }) // events share a unit until one fails
		return nil
	}), "testing.happened.v1")
	q.Subscribe("steady", jobs.Each(func(_ context.Context, e event.Recorded) error { h.add("steady", number(t, e)); return nil }), "*")
	start(t, q)
	ctx := db.NewTenant(t)
	tell(ctx, t, db, q, 1, 2, 3)

	pgtest.Eventually(t, 2*time.Second, "the steady consumer has all", func() bool { return len(h.of("steady")) == 3 })
	if diff := cmp.Diff([]int{1}, h.of("shaky")); diff != "" {
		t.Fatalf("order was not kept: %s", diff)
	}
	pgtest.Eventually(t, 15*time.Second, "the shaky consumer has all", func() bool { return len(h.of("shaky")) == 3 })
	if diff := cmp.Diff([]int{1, 2, 3}, h.of("shaky")); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, h.of("steady")); diff != "" {
		t.Fatalf("delivered again: %s", diff)
	}
	if n := one[int](ctx, t, db, `SELECT count(*) FROM numbering_counters`); n != 0 {
		t.Fatal("what a consumer did before it failed was kept")
	}
}

func TestAnEventThatNobodyCanTakeIsParkedAndTheNextOnesGoOn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	var mu sync.Mutex
	now := time.Now().UTC()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	q := newQueue(t, db, jobs.Options{Now: clock})
	var h heard
	q.Subscribe("picky", jobs.Each(func(_ context.Context, e event.Recorded) error {
		if number(t, e) == 1 {
			panic("cannot digest 1")
		}
		h.add("picky", number(t, e))
		return nil
	}), "*")
	ctx := db.NewTenant(t)
	tell(ctx, t, db, q, 1, 2)
	for range 20 {
		_ = q.Relay(ctx)
		mu.Lock()
		now = now.Add(time.Hour)
		mu.Unlock()
	}
	if diff := cmp.Diff([]int{2}, h.of("picky")); diff != "" {
		t.Fatal(diff)
	}
	if n := one[int](ctx, t, db, `SELECT attempts FROM event_failures WHERE parked AND error LIKE '%cannot digest%'`); n != 16 {
		t.Fatalf("parked after %d attempts", n)
	}
	if err := q.Relay(ctx); err != nil {
		t.Fatalf("after parking: %v", err)
	}
}

func TestWhatCameTogetherIsHeardTogether(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	var heardOf [][]int
	var careful []int
	q.Subscribe("many", func(_ context.Context, es []event.Recorded) error {
		var ns []int
		for _, e := range es {
			ns = append(ns, number(t, e))
		}
		heardOf = append(heardOf, ns)
		return nil
	}, "*")
	// One that cannot be taken holds up what comes after it, and takes nothing down with it.
	q.Subscribe("careful", func(_ context.Context, es []event.Recorded) error {
		for _, e := range es {
			if number(t, e) == 30 {
				return errors.New("not this one")
			}
		}
		for _, e := range es {
			careful = append(careful, number(t, e))
		}
		return nil
	}, "testing.*")
	ctx := db.NewTenant(t)
	var all []int
	for n := range 40 {
		all = append(all, n)
	}
	tell(ctx, t, db, q, all...)
	if err := q.Relay(ctx); err == nil {
		t.Error("a consumer failed and nobody was told")
	}
	if diff := cmp.Diff([][]int{all}, heardOf); diff != "" {
		t.Errorf("the first consumer:\n%s", diff)
	}
	if diff := cmp.Diff(all[:30], careful); diff != "" {
		t.Errorf("the second consumer:\n%s", diff)
	}
}

func TestTwoNodesDeliverOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	var h heard
	ctx := db.NewTenant(t)
	var qs []*jobs.Queue
	for range 2 {
		other, err := pg.Open(ctx, db.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(other.Close)
		q, err := jobs.New(other, jobs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		q.Subscribe("once", jobs.Each(func(_ context.Context, e event.Recorded) error { h.add("once", number(t, e)); return nil }), "*")
		start(t, q)
		qs = append(qs, q)
	}
	for i := range 60 {
		tell(ctx, t, db, qs[i%2], i)
	}
	pgtest.Eventually(t, 10*time.Second, "the outbox is empty", func() bool {
		return one[int](ctx, t, db, `SELECT count(*) FROM event_outbox WHERE relayed_at IS NULL`) == 0
	})
	if got := h.of("once"); len(got) != 60 {
		t.Fatalf("%d deliveries of 60 events", len(got))
	}
}

// Workers look once a second by themselves; being woken is much quicker.
func TestAnEventWakesItsConsumers(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{})
	came := make(chan time.Time, 10)
	q.Subscribe("quick", jobs.Each(func(context.Context, event.Recorded) error { came <- time.Now(); return nil }), "*")
	start(t, q)
	ctx := db.NewTenant(t)
	best := time.Hour
	for range 5 {
		time.Sleep(20 * time.Millisecond)
		said := time.Now()
		tell(ctx, t, db, q, 1)
		select {
		case at := <-came:
			best = min(best, at.Sub(said))
		case <-time.After(10 * time.Second):
			t.Fatal("it was never heard")
		}
	}
	t.Logf("heard after %v", best)
	if best > 300*time.Millisecond {
		t.Fatalf("the quickest of five took %v", best)
	}
}

// What is committed in the last moment of a process is heard by the next one.
func TestTheLastWordIsHeardByTheNextProcess(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	ctx := db.NewTenant(t)
	came := make(chan string, 10)
	open := func() *jobs.Queue {
		q := newQueue(t, db, jobs.Options{})
		q.Subscribe("ear", jobs.Each(func(_ context.Context, e event.Recorded) error { came <- e.ID; return nil }), "*")
		if err := q.Start(ctx); err != nil {
			t.Fatal(err)
		}
		return q
	}
	first := open()
	tell(ctx, t, db, first, 1)
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := open()
	defer func() { _ = next.Stop(context.WithoutCancel(t.Context())) }()
	select {
	case <-came:
	case <-time.After(10 * time.Second):
		t.Fatal("it was never heard")
	}
}

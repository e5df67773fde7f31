package jobs_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// queued makes some tasks of one marketplace, many at a time.
func queued(t *testing.T, ctx context.Context, db *pgtest.DB, q *jobs.Queue, n int) {
	t.Helper()
	for range (n + 499) / 500 {
		err := db.Do(ctx, func(ctx context.Context) error {
			for range min(500, n) {
				if err := q.Enqueue(ctx, "test.turn", struct{}{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// runs remembers whose task ran, in order.
type runs struct {
	mu  sync.Mutex
	who []id.Tenant
}

func (r *runs) hear(ctx context.Context, _ struct{}) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.who = append(r.who, c.Tenant)
	return nil
}

func (r *runs) of(t id.Tenant) (n, lastAt int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, w := range r.who {
		if w == t {
			n, lastAt = n+1, i+1
		}
	}
	return n, lastAt
}

// One marketplace queues thousands at once; another's few, queued after them, are done
// long before, and nothing is lost or done twice.
func TestAFloodOfTasksHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{Workers: 2})
	var done runs
	jobs.Register(q, "test.turn", done.hear)
	flood, other := db.NewTenant(t), db.NewTenant(t)
	const many = 2500
	queued(t, flood, db, q, many)
	queued(t, other, db, q, 20)
	start(t, q)
	pgtest.Eventually(t, time.Minute, "the other's twenty", func() bool { n, _ := done.of(pgtest.Tenant(t, other)); return n == 20 })
	if _, last := done.of(pgtest.Tenant(t, other)); last > many/2 {
		t.Errorf("the last of the other's twenty was number %d", last)
	}
	pgtest.Eventually(t, time.Minute, "all of the flood", func() bool { n, _ := done.of(pgtest.Tenant(t, flood)); return n >= many })
	if n, _ := done.of(pgtest.Tenant(t, flood)); n != many {
		t.Errorf("%d ran, %d were queued", n, many)
	}
}

// Of two that queue too much, one with three turns where the other has one gets about
// three times as much done.
func TestTurnsGoByWeight(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	q := newQueue(t, db, jobs.Options{Workers: 2})
	var done runs
	jobs.Register(q, "test.turn", done.hear)
	heavy, light := db.NewTenant(t), db.NewTenant(t)
	h, l := pgtest.Tenant(t, heavy), pgtest.Tenant(t, light)
	const many = 3000
	queued(t, heavy, db, q, many) // both by the same pace,
	queued(t, light, db, q, many)
	q.Weigh(func(t id.Tenant) int { // and then by turns
		if t == h {
			return 3
		}
		return 1
	})
	start(t, q)
	pgtest.Eventually(t, time.Minute, "most of the heavier", func() bool { n, _ := done.of(h); return n > many*2/3 })
	done.mu.Lock()
	from := max(0, len(done.who)-800)
	window := slices.Clone(done.who[from:])
	done.mu.Unlock()
	counts := map[id.Tenant]int{}
	for _, w := range window {
		counts[w]++
	}
	if ratio := float64(counts[h]) / float64(max(counts[l], 1)); ratio < 2 || ratio > 4.5 {
		t.Errorf("%d to %d", counts[h], counts[l])
	}
}

// A round of a task begins nothing where nothing is due, and a task that nobody has told
// what is due is begun everywhere.
func TestARoundAsksWhoHasSomethingDue(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	at := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	q := newQueue(t, db, jobs.Options{Workers: 2, Now: func() time.Time { return at }})
	idle, due, soon := db.NewTenant(t), db.NewTenant(t), db.NewTenant(t)
	ops := db.Ops(t)
	for ctx, when := range map[context.Context]time.Time{due: at, soon: at.Add(time.Minute)} {
		if _, err := ops.Exec(t.Context(), `INSERT INTO tenancy_claims (tenant_id, id, host, token, state, created_at) VALUES ($1, gen_random_uuid(), $2, 'x', $3, now())`,
			pgtest.Tenant(t, ctx).UUID(), id.Tenant{}.New().String(), map[bool]string{true: "verified", false: "pending"}[when.Equal(at)]); err != nil {
			t.Fatal(err)
		}
	}
	var hosts, all runs
	q.Every("tenancy.recheck_hosts", time.Hour, func(ctx context.Context) error { return hosts.hear(ctx, struct{}{}) })
	q.Every("test.everywhere", time.Hour, func(ctx context.Context) error { return all.hear(ctx, struct{}{}) })
	start(t, q)
	pgtest.Eventually(t, 30*time.Second, "everywhere", func() bool {
		n := 0
		for _, ctx := range []context.Context{idle, due, soon} {
			k, _ := all.of(pgtest.Tenant(t, ctx))
			n += k
		}
		k, _ := hosts.of(pgtest.Tenant(t, due))
		return n == 3 && k == 1
	})
	if n := len(hosts.who); n != 1 {
		t.Errorf("the hosts were looked at in %d marketplaces", n)
	}
}

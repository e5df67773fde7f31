package pg_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// small is the database through a pool of its own.
func small(t *testing.T, conns int32) *pg.DB {
	t.Helper()
	cfg := pgtest.New(t).Config
	cfg.MaxConns = conns
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func sleeping(db *pg.DB, ctx context.Context, d string) error {
	return db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT pg_sleep($1::text::float8)`, d)
	})
}

// Somebody who comes while another marketplace has a hundred waiting waits for one of them
// and not for all.
func TestAFloodWaitsForItselfAndNotTheOthers(t *testing.T) {
	t.Parallel()
	db := small(t, 2)
	flood, other := pgtest.New(t).NewTenant(t), pgtest.New(t).NewTenant(t)
	var inside sync.WaitGroup
	ends := make(chan time.Time, 100)
	for range 100 {
		inside.Go(func() {
			if err := sleeping(db, flood, "0.02"); err == nil {
				ends <- time.Now()
			}
		})
	}
	time.Sleep(50 * time.Millisecond) // they are all there
	var served []time.Time
	for range 5 {
		if err := sleeping(db, other, "0.001"); err != nil {
			t.Fatal(err)
		}
		served = append(served, time.Now())
	}
	inside.Wait()
	close(ends)
	before := 0
	for at := range ends {
		if at.Before(served[4]) {
			before++
		}
	}
	if before > 40 { // without turns all hundred go first
		t.Errorf("the other market's five went after %d of the flood's hundred", before)
	}
}

func TestAMarketplaceHasNoMoreTransactionsThanItMay(t *testing.T) {
	t.Parallel()
	db := small(t, 4)
	bound, free := pgtest.New(t).NewTenant(t), pgtest.New(t).NewTenant(t)
	who := pgtest.Tenant(t, bound)
	db.Share(func(t id.Tenant) int {
		if t == who {
			return 2
		}
		return 0
	})
	hold, held := make(chan struct{}), make(chan struct{}, 2)
	var inside sync.WaitGroup
	for range 2 {
		inside.Go(func() {
			_ = db.Do(bound, func(ctx context.Context) error {
				held <- struct{}{}
				<-hold
				return nil
			})
		})
	}
	<-held
	<-held
	begun := time.Now()
	err := sleeping(db, bound, "0")
	if f := fault.From(err); !errors.Is(err, pg.ErrCrowded) || f.Kind != fault.Unavailable || f.Args["seconds"] == "" {
		t.Errorf("a third: %v", err)
	}
	if took := time.Since(begun); took < 500*time.Millisecond || took > 3*time.Second {
		t.Errorf("it was told after %v", took)
	}
	if err := sleeping(db, free, "0"); err != nil {
		t.Errorf("another market: %v", err)
	}
	gone, cancel := context.WithCancel(bound)
	cancel()
	if err := sleeping(db, gone, "0"); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who went away: %v", err)
	}
	close(hold)
	inside.Wait()
	for range 8 { // nobody's place was lost
		inside.Go(func() {
			if err := sleeping(db, bound, "0.01"); err != nil {
				t.Error(err)
			}
		})
	}
	inside.Wait()
}

// What it costs where nobody is in anybody's way.
func BenchmarkAPlaceWithoutContention(b *testing.B) {
	s := pg.NewShares(8)
	tenants := make([]id.Tenant, 10_000)
	for i := range tenants {
		tenants[i] = id.Tenant{}.New()
	}
	ctx := caller.AsSystem(context.Background(), tenants[0], "bench")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		t := tenants[i%len(tenants)]
		if err := s.Enter(ctx, t, time.Second); err != nil {
			b.Fatal(err)
		}
		s.Leave(t)
	}
}

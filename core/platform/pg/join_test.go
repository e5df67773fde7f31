package pg_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/work"
)

func TestAJoinedUnitCommitsWithTheOuterOne(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	nested := func(fail error) error {
		return db.Do(ctx, func(ctx context.Context) error {
			if err := db.Do(ctx, func(ctx context.Context) error { number(ctx, t, "inner"); return nil }); err != nil {
				return err
			}
			return fail
		})
	}
	if err := nested(errNo); !errors.Is(err, errNo) || counters(ctx, t, db) != 0 {
		t.Fatalf("the inner unit committed on its own: %v", err)
	}
	if err := nested(nil); err != nil || counters(ctx, t, db) != 1 {
		t.Fatalf("got %v", err)
	}
}

func TestSwallowingAJoinedUnitsFailureDoesNotCommitHalfOfIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	swallow := func(write bool) error {
		return db.Do(ctx, func(ctx context.Context) error {
			number(ctx, t, "outer")
			_ = db.Do(ctx, func(ctx context.Context) error {
				if write {
					number(ctx, t, "half")
				}
				return errNo
			})
			return nil
		})
	}
	if err := swallow(true); !errors.Is(err, pg.ErrHalfDone) || !errors.Is(err, errNo) || counters(ctx, t, db) != 0 {
		t.Fatalf("got %v", err)
	}
	if err := swallow(false); err != nil || counters(ctx, t, db) != 1 {
		t.Fatalf("a refusal before anything was written may be handled: %v", err)
	}
}

func TestAUnitCannotChangeItsTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	a, b := db.NewTenant(t), db.NewTenant(t)
	other, _ := caller.From(b)
	err := db.Do(a, func(ctx context.Context) error {
		ctx = caller.With(ctx, other)
		if err := db.Read(ctx, func(*pgx.Batch) {}); !errors.Is(err, pg.ErrOtherTenant) {
			t.Errorf("read: %v", err)
		}
		return db.Do(ctx, func(context.Context) error { t.Error("it ran"); return nil })
	})
	if !errors.Is(err, pg.ErrOtherTenant) {
		t.Fatalf("got %v", err)
	}
}

func TestAGormTransactionInsideAUnitIsASavepoint(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(ctx context.Context) error {
		number(ctx, t, "kept")
		tx, err := pg.Tx(ctx)
		if err != nil {
			return err
		}
		_ = tx.Transaction(func(tx *gorm.DB) error {
			if err := tx.Exec(`INSERT INTO numbering_counters VALUES (?, 'dropped', 2026, 1)`, pgtest.Tenant(t, ctx)).Error; err != nil {
				t.Error(err)
			}
			return errNo
		})
		if err := tx.Commit().Error; err == nil {
			t.Error("GORM could commit the unit")
		}
		return nil
	})
	if err != nil || counters(ctx, t, db) != 1 {
		t.Fatalf("%v, %d rows", err, counters(ctx, t, db))
	}
}

func TestAPanicRollsBackAndGivesTheConnectionBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	for range 20 { // more than there are connections
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.Do(ctx, func(ctx context.Context) error { number(ctx, t, "x"); panic("no") })
		}()
	}
	if n := counters(ctx, t, db); n != 0 {
		t.Fatalf("%d rows survived", n)
	}
}

func TestWhoeverLeavesTakesTheUnitWithThem(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, cancel := context.WithCancel(db.NewTenant(t))
	err := db.Do(ctx, func(ctx context.Context) error {
		number(ctx, t, "x")
		cancel()
		return nil
	})
	if err == nil || counters(context.WithoutCancel(ctx), t, db) != 0 {
		t.Fatalf("committed for nobody: %v", err)
	}
}

// Two units lock the same two rows in opposite order: PostgreSQL kills one of them.
func TestADeadlockIsRunAgainAndBothGetThrough(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(ctx context.Context) error { number(ctx, t, "a"); number(ctx, t, "b"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	var once [2]sync.Once
	var meet, wg sync.WaitGroup
	meet.Add(2)
	var mu sync.Mutex
	runs := 0
	for i, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		wg.Go(func() {
			err := db.Do(ctx, func(ctx context.Context) error {
				mu.Lock()
				runs++
				mu.Unlock()
				bump(ctx, t, order[0])
				once[i].Do(func() { meet.Done(); meet.Wait() })
				return tryBump(ctx, order[1])
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var sum int
	if err := db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT sum(value) FROM numbering_counters`).QueryRow(func(r pgx.Row) error { return r.Scan(&sum) })
	}); err != nil {
		t.Fatal(err)
	}
	// One is killed; started again it may lock its first row before the other has woken, and
	// be killed once more.
	if runs < 3 || sum != 6 {
		t.Fatalf("%d runs, sum %d; 3 runs or more and 6 were due", runs, sum)
	}
}

func tryBump(ctx context.Context, kind string) error {
	tx, err := pg.Tx(ctx)
	if err != nil {
		return err
	}
	return tx.Exec(`UPDATE numbering_counters SET value = value + 1 WHERE kind = ?`, kind).Error
}

func bump(ctx context.Context, t *testing.T, kind string) {
	t.Helper()
	if err := tryBump(ctx, kind); err != nil {
		t.Error(err)
	}
}

func TestWhatFollowsACommitHappensOnceAndOnlyThen(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	ran, firsts := 0, 0
	unit := func(fail error) error {
		return db.Do(ctx, func(ctx context.Context) error {
			for range 3 {
				if pg.First(ctx, "key") {
					firsts++
					work.After(ctx, func() { ran++ })
				}
			}
			return fail
		})
	}
	_ = unit(errNo)
	if ran != 0 {
		t.Fatal("it ran without a commit")
	}
	if err := unit(nil); err != nil || ran != 1 || firsts != 2 {
		t.Fatalf("%v, ran %d, first %d times in two units", err, ran, firsts)
	}
}

func TestTooSlowAndLockedAreToldApart(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	cfg := db.Config
	cfg.Statement, cfg.Lock = 200*time.Millisecond, 50*time.Millisecond
	quick, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(quick.Close)
	ctx := db.NewTenant(t)
	err = quick.Do(ctx, func(ctx context.Context) error {
		tx, _ := pg.Conn(ctx)
		_, err := tx.Exec(ctx, `SELECT pg_sleep(5)`)
		return err
	})
	if !errors.Is(err, pg.ErrTooSlow) {
		t.Fatalf("got %v", err)
	}
	err = quick.Read(ctx, func(b *pgx.Batch) { b.Queue(`SELECT pg_sleep(5)`) })
	if !errors.Is(err, pg.ErrTooSlow) {
		t.Fatalf("got %v", err)
	}
	err = db.Do(ctx, func(ctx context.Context) error {
		number(ctx, t, "held")
		outside := caller.AsSystem(context.Background(), pgtest.Tenant(t, ctx), "other")
		err := quick.Do(outside, func(ctx context.Context) error {
			tx, _ := pg.Tx(ctx)
			return tx.Exec(`INSERT INTO numbering_counters VALUES (?, 'held', 2026, 1)`, pgtest.Tenant(t, ctx)).Error
		})
		if !errors.Is(err, pg.ErrLocked) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestConstraintsAreKnownByName(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	attempt := func(sql string, args ...any) error {
		return db.Do(ctx, func(ctx context.Context) error {
			tx, _ := pg.Tx(ctx)
			return tx.Exec(sql, args...).Error
		})
	}
	tenant, org := pgtest.Tenant(t, ctx), id.Org{}.New()
	ins := `INSERT INTO parties_units (tenant_id, id, org_id, code, name) VALUES (?, ?, ?, 'c', 'n')`
	err := attempt(ins, tenant, id.Unit{}.New(), org)
	if name, ok := pg.Dangling(err); !ok || name != "parties_units_tenant_id_org_id_fkey" {
		t.Errorf("foreign key: %q %v", name, err)
	}
	err = attempt(`INSERT INTO identity_people (tenant_id, id, email, name, locale, state, created_at) VALUES (?, ?, 'UPPER@x', 'n', 'en', 'active', now())`, tenant, id.Person{}.New())
	if name, ok := pg.CheckFailed(err); !ok || name != "identity_people_email_check" {
		t.Errorf("check: %q %v", name, err)
	}
	ok := `INSERT INTO numbering_counters VALUES (?, 'k', 2026, 1)`
	if err := attempt(ok, tenant); err != nil {
		t.Fatal(err)
	}
	err = attempt(ok, tenant)
	if name, is := pg.Violated(err); !is || name != "numbering_counters_pkey" || !errors.Is(err, gorm.ErrDuplicatedKey) {
		t.Errorf("unique: %q %v", name, err)
	}
	if _, is := pg.Violated(errNo); is {
		t.Error("anything is a violation")
	}
}

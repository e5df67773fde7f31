package pg_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/work"
)

// number writes one small row by the chosen driver; how many there are says what committed.
func number(ctx context.Context, t *testing.T, kind string) {
	t.Helper()
	tx, err := pg.Tx(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Exec(`INSERT INTO numbering_counters VALUES (?, ?, 2026, 1)`, pgtest.Tenant(t, ctx), kind).Error; err != nil {
		t.Fatal(err)
	}
}

func counters(ctx context.Context, t *testing.T, db *pgtest.DB) (n int) {
	t.Helper()
	err := db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT count(*) FROM numbering_counters`).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var errNo = errors.New("no")

func TestAUnitCommitsBothDriversWorkOrNeither(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	both := func(fail error) error {
		return db.Do(ctx, func(ctx context.Context) error {
			if !work.Active(ctx) {
				t.Error("inside a unit, work.Active says no")
			}
			number(ctx, t, "gorm")
			tx, err := pg.Conn(ctx)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO numbering_counters VALUES ($1, 'pgx', 2026, 1)`, pgtest.Tenant(t, ctx).UUID()); err != nil {
				return err
			}
			if n := counters(ctx, t, db); n != 2 {
				t.Errorf("the unit sees %d of its own 2 rows", n)
			}
			return fail
		})
	}

	if err := both(errNo); !errors.Is(err, errNo) {
		t.Fatalf("got %v", err)
	}
	if n := counters(ctx, t, db); n != 0 {
		t.Fatalf("%d rows survived a rollback", n)
	}
	if err := both(nil); err != nil {
		t.Fatal(err)
	}
	if n := counters(ctx, t, db); n != 2 {
		t.Fatalf("%d of 2 rows were committed", n)
	}
}

func TestWithoutATenantNothingRuns(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ran := false
	if err := db.Do(t.Context(), func(context.Context) error { ran = true; return nil }); !errors.Is(err, caller.ErrMissing) || ran {
		t.Fatalf("got %v, ran %v", err, ran)
	}
	if err := db.Read(t.Context(), func(*pgx.Batch) { ran = true }); !errors.Is(err, caller.ErrMissing) || ran {
		t.Fatalf("got %v, ran %v", err, ran)
	}
	if _, err := pg.Tx(db.NewTenant(t)); !errors.Is(err, pg.ErrNoUnit) {
		t.Fatalf("a tenant alone is no unit: %v", err)
	}
}

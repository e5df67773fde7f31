package pg_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// later queues a counter.
func later(ctx context.Context, t *testing.T, kind string) {
	t.Helper()
	if err := pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO numbering_counters VALUES ($1, $2, 2026, 1)`, pgtest.Tenant(t, ctx).UUID(), kind)
	}); err != nil {
		t.Error(err)
	}
}

func TestQueuedWritesTravelWithTheCommit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	counted, count := pg.Counting(ctx)
	err := db.Do(counted, func(ctx context.Context) error {
		for _, kind := range []string{"a", "b", "c"} {
			later(ctx, t, kind)
		}
		return nil
	})
	if err != nil || count.Trips() != 1 || counters(ctx, t, db) != 3 {
		t.Fatalf("%v: %d trips, %d rows", err, count.Trips(), counters(ctx, t, db))
	}
	if err := pg.Write(ctx, func(*pgx.Batch) {}); !errors.Is(err, pg.ErrNoUnit) {
		t.Errorf("outside a unit: %v", err)
	}
}

// The beginning travels with the first question, and one who asks nothing costs nothing.
func TestAUnitBeginsWithItsFirstQuestion(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for name, c := range map[string]struct {
		ask   func(ctx context.Context, tx pgx.Tx) error
		trips int
	}{
		"nothing": {func(context.Context, pgx.Tx) error { return nil }, 0},
		"a row": {func(ctx context.Context, tx pgx.Tx) error {
			var in bool
			err := tx.QueryRow(ctx, `SELECT current_setting('app.tenant_id') = $1`, pgtest.Tenant(t, ctx).String()).Scan(&in)
			if err == nil && !in {
				t.Error("the first question was asked as nobody")
			}
			return err
		}, 2},
		"a change": {func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO numbering_counters VALUES ($1, 'x', 2026, 1)`, pgtest.Tenant(t, ctx).UUID())
			return err
		}, 2},
		"a savepoint left again": {func(ctx context.Context, tx pgx.Tx) error {
			sp, err := tx.Begin(ctx)
			if err != nil {
				return err
			}
			return sp.Rollback(ctx)
		}, 4},
	} {
		ctx, n := pg.Counting(db.NewTenant(t))
		err := db.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err != nil {
				return err
			}
			return c.ask(ctx, tx)
		})
		if err != nil || n.Trips() != c.trips {
			t.Errorf("%s: %d trips, want %d (%v)", name, n.Trips(), c.trips, err)
		}
	}
}

// A question that cannot even be put leaves no transaction, so that whatever follows it in
// the unit must not run on its own.
func TestAUnitThatCouldNotBeginRefusesTheRest(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT nothing FROM nowhere`); err == nil {
			t.Error("nonsense was answered")
		}
		if _, err := tx.Exec(ctx, `SELECT 1`); err == nil {
			t.Error("a statement ran after the unit had failed")
		}
		var b pgx.Batch
		b.Queue(`SELECT 1`)
		if err := tx.SendBatch(ctx, &b).Close(); err == nil {
			t.Error("a batch ran after the unit had failed")
		}
		return nil
	})
	if err == nil {
		t.Error("the unit committed")
	}
	if err := db.Do(ctx, func(ctx context.Context) error { later(ctx, t, "a"); return nil }); err != nil || counters(ctx, t, db) != 1 {
		t.Errorf("the connection was left behind unusable: %v", err)
	}
}

func TestWhoAsksSeesWhatWasQueuedBefore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	const sum = `SELECT count(*) FROM numbering_counters`
	for name, ask := range map[string]func(ctx context.Context, tx pgx.Tx) (int, error){
		"read": func(ctx context.Context, _ pgx.Tx) (n int, err error) {
			err = db.Read(ctx, func(b *pgx.Batch) { b.Queue(sum).QueryRow(func(r pgx.Row) error { return r.Scan(&n) }) })
			return n, err
		},
		"row": func(ctx context.Context, tx pgx.Tx) (n int, err error) { return n, tx.QueryRow(ctx, sum).Scan(&n) },
		"rows": func(ctx context.Context, tx pgx.Tx) (int, error) {
			rows, err := tx.Query(ctx, sum)
			if err != nil {
				return 0, err
			}
			return pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
		},
		"exec": func(ctx context.Context, tx pgx.Tx) (int, error) {
			tag, err := tx.Exec(ctx, `UPDATE numbering_counters SET value = 2`)
			return int(tag.RowsAffected()), err
		},
		"batch read by hand": func(ctx context.Context, tx pgx.Tx) (n int, err error) {
			b := &pgx.Batch{}
			b.Queue(sum)
			br := tx.SendBatch(ctx, b)
			if err := br.QueryRow().Scan(&n); err != nil {
				return 0, err
			}
			return n, br.Close()
		},
		"gorm": func(ctx context.Context, _ pgx.Tx) (n int, err error) {
			tx, err := pg.Tx(ctx)
			if err != nil {
				return 0, err
			}
			return n, tx.Raw(sum).Scan(&n).Error
		},
		"savepoint": func(ctx context.Context, tx pgx.Tx) (n int, err error) {
			sp, err := tx.Begin(ctx)
			if err != nil {
				return 0, err
			}
			later(ctx, t, "dropped")
			if err := sp.Rollback(ctx); err != nil {
				return 0, err
			}
			return n, tx.QueryRow(ctx, sum).Scan(&n)
		},
	} {
		ctx := db.NewTenant(t)
		err := db.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err != nil {
				return err
			}
			later(ctx, t, "a")
			later(ctx, t, "b")
			if n, err := ask(ctx, tx); err != nil || n != 2 {
				t.Errorf("%s: %d %v", name, n, err)
			}
			return nil
		})
		if err != nil || counters(ctx, t, db) != 2 {
			t.Errorf("%s: %v, %d rows", name, err, counters(ctx, t, db))
		}
	}
}

// Whoever is asked next hears of the failure, and may misread or swallow it; the unit
// fails all the same, and says what really happened.
func TestAQueuedStatementThatFailsFailsTheUnitWithItsOwnError(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for name, after := range map[string]func(ctx context.Context) error{
		"nothing asked": func(context.Context) error { return nil },
		"swallowed": func(ctx context.Context) error {
			_ = db.Read(ctx, func(b *pgx.Batch) { b.Queue(`SELECT 1`) })
			return nil
		},
		"misread": func(ctx context.Context) error {
			_ = db.Read(ctx, func(b *pgx.Batch) { b.Queue(`SELECT 1`) })
			return errNo
		},
		"asked once more": func(ctx context.Context) error {
			tx, _ := pg.Conn(ctx)
			_, _ = tx.Exec(ctx, `SELECT 1`)
			_, err := tx.Exec(ctx, `SELECT 1`)
			return err
		},
		"queued once more": func(ctx context.Context) error { later(ctx, t, "z"); return nil },
	} {
		ctx := db.NewTenant(t)
		err := db.Do(ctx, func(ctx context.Context) error {
			later(ctx, t, "a")
			later(ctx, t, "a")
			return after(ctx)
		})
		if sqlstate(err) != "23505" || counters(ctx, t, db) != 0 {
			t.Errorf("%s: %v, %d rows", name, err, counters(ctx, t, db))
		}
	}
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(ctx context.Context) error {
		return pg.Write(ctx, func(b *pgx.Batch) {
			b.Queue(`UPDATE numbering_counters SET value = 2`).Exec(func(tag pgconn.CommandTag) error {
				if tag.RowsAffected() == 0 {
					return errNo
				}
				return nil
			})
		})
	})
	if !errors.Is(err, errNo) {
		t.Errorf("a callback's objection: %v", err)
	}
}

func TestAJoinedUnitThatQueuedAndFailedCannotBeSwallowed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(ctx context.Context) error {
		_ = db.Do(ctx, func(ctx context.Context) error { later(ctx, t, "half"); return errNo })
		return nil
	})
	if !errors.Is(err, pg.ErrHalfDone) || counters(ctx, t, db) != 0 {
		t.Fatalf("got %v", err)
	}
}

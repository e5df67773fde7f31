package pg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func sqlstate(err error) string {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code
	}
	return ""
}

func TestAPageReadsInOneRoundTrip(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, count := pg.Counting(db.NewTenant(t))
	got := ""
	err := db.Read(ctx, func(b *pgx.Batch) {
		for i := range 5 {
			b.Queue(`SELECT $1::int`, i).QueryRow(func(r pgx.Row) error {
				var n int
				err := r.Scan(&n)
				got += fmt.Sprint(n)
				return err
			})
		}
	})
	if err != nil || got != "01234" || count.Trips() != 1 || count.Statements() != 6 {
		t.Fatalf("%v: %s in %d trips and %d statements", err, got, count.Trips(), count.Statements())
	}
}

// What is looked up by keys is planned once, and the setting for it ends with the lookup.
func TestALookupKeepsItsPlanAndTheUnitItsSettings(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, count := pg.Counting(db.NewTenant(t))
	mode := func(ctx context.Context, read func(context.Context, func(*pgx.Batch)) error) (got string) {
		t.Helper()
		if err := read(ctx, func(b *pgx.Batch) {
			b.Queue(`SELECT current_setting('plan_cache_mode')`).QueryRow(func(r pgx.Row) error { return r.Scan(&got) })
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := mode(ctx, db.Lookup); got != "force_generic_plan" || count.Trips() != 1 {
		t.Errorf("alone: %s in %d trips", got, count.Trips())
	}
	if got := mode(ctx, db.Read); got != "auto" {
		t.Errorf("the next read: %s", got)
	}
	if err := db.Do(ctx, func(ctx context.Context) error {
		if got := mode(ctx, db.Lookup); got != "force_generic_plan" {
			t.Errorf("in a unit: %s", got)
		}
		if got := mode(ctx, db.Read); got != "auto" {
			t.Errorf("in the same unit after it: %s", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAUnitCostsTwoRoundTripsBesidesItsWork(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, count := pg.Counting(db.NewTenant(t))
	if err := db.Do(ctx, func(ctx context.Context) error { number(ctx, t, "x"); return nil }); err != nil {
		t.Fatal(err)
	}
	if count.Trips() != 3 {
		t.Fatalf("begin with the tenant, one insert, commit: %d trips", count.Trips())
	}
}

func TestReadingCannotWriteAndLeavesNoTenantBehind(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	cfg := db.Config
	cfg.MaxConns = 1 // whoever comes next gets this very connection
	one, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(one.Close)
	ctx := db.NewTenant(t)
	err = one.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO numbering_counters VALUES ($1, 'x', 2026, 1)`, pgtest.Tenant(t, ctx).UUID())
	})
	if sqlstate(err) != "25006" {
		t.Fatalf("a read wrote: %v", err)
	}
	for _, after := range []func(){
		func() {},
		func() { _ = one.Read(ctx, func(b *pgx.Batch) { b.Queue(`SELECT 1`) }) },
		func() { _ = one.Read(ctx, func(b *pgx.Batch) { b.Queue(`SELECT 1/0`) }) },
		func() { _ = one.Do(ctx, func(ctx context.Context) error { number(ctx, t, "y"); return nil }) },
		func() { _ = one.Do(ctx, func(ctx context.Context) error { return errNo }) },
	} {
		after()
		var n int
		err := one.Pool().QueryRow(t.Context(), `SELECT count(*) FROM numbering_counters`).Scan(&n)
		if s := sqlstate(err); s != "42704" && s != "22P02" { // unset, or empty: both are loud
			t.Fatalf("a query without a tenant saw %d rows: %v", n, err)
		}
	}
}

func TestTenantsInTurnOnOneConnectionNeverSeeEachOther(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	tenants := []context.Context{db.NewTenant(t), db.NewTenant(t), db.NewTenant(t)}
	for i, ctx := range tenants {
		for n := range i + 1 {
			if err := db.Do(ctx, func(ctx context.Context) error { number(ctx, t, fmt.Sprint(n)); return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 60 {
				i := n % 3
				var got int
				// The same statement over and over: prepared once per connection, planned generically.
				err := db.Read(tenants[i], func(b *pgx.Batch) {
					b.Queue(`SELECT count(*) FROM numbering_counters WHERE year = $1`, 2026).QueryRow(func(r pgx.Row) error { return r.Scan(&got) })
				})
				if err != nil || got != i+1 {
					t.Errorf("tenant %d sees %d rows, %v", i, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestControlWritesTenantsAndNothingOfTheirs(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	err := db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.tenant_id', $1, true)`, pgtest.Tenant(t, ctx).String()); err != nil {
			t.Error(err)
		}
		_, err := tx.Exec(ctx, `SELECT count(*) FROM numbering_counters`)
		return err
	})
	if sqlstate(err) != "42501" {
		t.Fatalf("the control role reads tenants' rows: %v", err)
	}
	err = db.Do(ctx, func(ctx context.Context) error {
		if err := db.Control(ctx, func(context.Context, pgx.Tx) error { return nil }); !errors.Is(err, pg.ErrInUnit) {
			t.Errorf("inside a unit: %v", err)
		}
		tx, _ := pg.Tx(ctx)
		return tx.Exec(`UPDATE tenancy_tenants SET state = 'deleted'`).Error
	})
	if sqlstate(err) != "42501" {
		t.Fatalf("the application changes tenants: %v", err)
	}
	before := one(t, db, ctx)
	_ = db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE tenancy_tenants SET version = 9 WHERE id = $1`, pgtest.Tenant(t, ctx).UUID()); err != nil {
			t.Error(err)
		}
		return errNo
	})
	if after := one(t, db, ctx); after != before {
		t.Fatal("a failed control transaction was kept")
	}
}

func one(t *testing.T, db *pgtest.DB, ctx context.Context) (version int) {
	t.Helper()
	err := db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT version FROM tenancy_tenants WHERE id = current_setting('app.tenant_id')::uuid`).QueryRow(func(r pgx.Row) error { return r.Scan(&version) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestRequestsDoNotRunAsAPowerfulRole(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, role := range []string{"user=kontor ", "user=kontor options='-c role=kontor_app' ", "user=kontor options='-c role=kontor_owner' "} {
		dsn := strings.Replace(db.Admin(), "user=kontor ", role, 1)
		if opened, err := pg.Open(t.Context(), pg.Config{App: dsn}); !errors.Is(err, pg.ErrPrivileged) {
			t.Errorf("%s: %v", role, err)
			if err == nil {
				opened.Close()
			}
		}
	}
}

func TestADeadDatabaseIsUnavailableNotBroken(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	ctx := db.NewTenant(t)
	cfg, err := pgx.ParseConfig(db.Admin())
	if err != nil {
		t.Fatal(err)
	}
	neighbour := pgtest.New(t).Ops(t) // a database cannot shut its own door
	for _, sql := range []string{
		`ALTER DATABASE ` + cfg.Database + ` ALLOW_CONNECTIONS false`,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '` + cfg.Database + `'`,
	} {
		if _, err := neighbour.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Read(ctx, func(b *pgx.Batch) { b.Queue(`SELECT 1`) }); !errors.Is(err, pg.ErrUnavailable) {
		t.Errorf("read: %v", err)
	}
	nothing := func(rows pgx.Rows) error { rows.Close(); return rows.Err() }
	if err := db.Global(ctx, nothing, `SELECT 1`); !errors.Is(err, pg.ErrUnavailable) {
		t.Errorf("what has no tenant: %v", err)
	}
	if err := db.Do(ctx, func(context.Context) error { t.Error("it ran"); return nil }); !errors.Is(err, pg.ErrUnavailable) {
		t.Errorf("unit: %v", err)
	}
}

package pg_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/embedded"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestPreparingIsRepeatableAndSafeSideBySide(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cfg, err := pg.Prepare(t.Context(), db.Admin(), func(did string) { t.Errorf("an up to date database was changed: %s", did) })
			if err != nil {
				t.Error(err)
			}
			if !strings.Contains(cfg.App, "kontor_app") || !strings.Contains(cfg.Control, "kontor_control") {
				t.Errorf("got %+v", cfg)
			}
		})
	}
	wg.Wait()
}

func TestMigrationsRunInOrderOnceAndAreNeverRewritten(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	conn, err := pgx.Connect(t.Context(), db.Admin())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	var did []string
	run := func(files fstest.MapFS) error {
		did = nil
		return pg.MigrateFiles(t.Context(), conn, files, func(n string) { did = append(did, n) })
	}
	files := fstest.MapFS{
		"migrations/3_b.sql": {Data: []byte(`INSERT INTO t1 VALUES (1); INSERT INTO t1 VALUES (2)`)},
		"migrations/2_a.sql": {Data: []byte(`CREATE TABLE t1 (n int PRIMARY KEY)`)},
	}
	if err := run(files); err != nil || strings.Join(did, " ") != "2_a.sql 3_b.sql" {
		t.Fatalf("%v, %v", did, err)
	}
	if err := run(files); err != nil || did != nil {
		t.Fatalf("the second time: %v, %v", did, err)
	}
	files["migrations/4_c.sql"] = &fstest.MapFile{Data: []byte(`INSERT INTO t1 VALUES (3); INSERT INTO t1 VALUES (1)`)}
	if err := run(files); err == nil || !strings.Contains(err.Error(), "4_c.sql") {
		t.Fatalf("a broken migration: %v", err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM t1`).Scan(&n); err != nil || n != 2 {
		t.Fatalf("half of a broken migration was kept: %d rows, %v", n, err)
	}
	delete(files, "migrations/4_c.sql")
	files["migrations/2_a.sql"] = &fstest.MapFile{Data: []byte(`CREATE TABLE t1 (n bigint PRIMARY KEY)`)}
	if err := run(files); !errors.Is(err, pg.ErrRewritten) || !strings.Contains(err.Error(), "2_a.sql") {
		t.Fatalf("got %v", err)
	}
}

// running is the whole way from an empty folder to a database that serves requests.
func running(t *testing.T, data string) (*embedded.Server, *pg.DB, time.Duration) {
	t.Helper()
	began := time.Now()
	s, err := embedded.Start(t.Context(), embedded.Options{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(); _ = os.RemoveAll(s.Info().Socket) })
	cfg, err := pg.Prepare(t.Context(), s.AdminURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := pg.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return s, db, time.Since(began)
}

func TestFromAnEmptyFolderToAServingDatabaseAndBackAfterAKill(t *testing.T) {
	data, err := os.MkdirTemp("", "kontor-prepare")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	s, db, took := running(t, data)
	t.Logf("first start: %v", took)
	if took > 10*time.Second { // 1.5 s on an idle machine; this one may be busy
		t.Errorf("the first start took %v", took)
	}
	ctx := caller.AsSystem(context.Background(), id.Tenant{}.New(), "test")
	write := func(kind string) error {
		return db.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO numbering_counters VALUES (current_setting('app.tenant_id')::uuid, $1, 2026, 1) ON CONFLICT DO NOTHING`, kind)
			return err
		})
	}
	if err := write("before"); err != nil {
		t.Fatal(err)
	}
	old := s.PID()
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	pgtest.Eventually(t, 15*time.Second, "another server takes units", func() bool {
		err := write("after")
		if err != nil && !errors.Is(err, pg.ErrUnavailable) && sqlstate(err) != "57P01" {
			t.Errorf("a person sees %v", err)
		}
		return err == nil && s.PID() != old
	})
	t.Logf("healed after %v", time.Since(killed))
	var n int
	err = db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT count(*) FROM numbering_counters`).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	})
	if err != nil || n != 2 {
		t.Fatalf("%d of 2 rows, %v", n, err)
	}
	db.Close()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	_, _, took = running(t, data)
	t.Logf("second start: %v", took)
	if took > 3*time.Second {
		t.Errorf("the second start took %v", took)
	}
}

func TestTheApplicationsOwnRoleOpensAPreparedDatabaseButPreparesNone(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	cfg, err := pg.Prepare(t.Context(), db.Config.App, nil)
	if err != nil || cfg.App != db.Config.App {
		t.Fatalf("%+v, %v", cfg, err)
	}
	if _, err := db.Ops(t).Exec(t.Context(), `DELETE FROM kontor_migrations WHERE name = '20261122T1804_settlement.sql'`); err != nil {
		t.Fatal(err)
	}
	if _, err := pg.Prepare(t.Context(), db.Config.App, nil); !errors.Is(err, pg.ErrBehind) || !strings.Contains(err.Error(), "1804_settlement") {
		t.Fatalf("got %v", err)
	}
}

func TestRolesReachTheSameDatabaseWithPasswordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, admin := range []string{
		"postgres://boss:s%27ecret@db.example:6543/market?sslmode=disable&user=boss",
		"host=db.example port=6543 dbname=market user=boss password='s\\'ecret' sslmode=disable",
	} {
		from, err := pgx.ParseConfig(admin)
		if err != nil {
			t.Fatal(err)
		}
		app, err := pgx.ParseConfig(pg.As(from, "kontor_app"))
		if err != nil {
			t.Fatal(err)
		}
		control, err := pgx.ParseConfig(pg.As(from, "kontor_control"))
		if err != nil {
			t.Fatal(err)
		}
		if app.Host != "db.example" || app.Port != 6543 || app.Database != "market" || app.User != "kontor_app" || app.TLSConfig != nil {
			t.Errorf("%s became %s", admin, app.ConnString())
		}
		if len(app.Password) < 40 || app.Password == control.Password || app.Password == from.Password {
			t.Errorf("passwords: %q, %q", app.Password, control.Password)
		}
	}
}

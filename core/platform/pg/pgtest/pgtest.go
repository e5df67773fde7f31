// Package pgtest gives tests a real PostgreSQL. One throw-away server serves all test
// processes of a machine, in memory where there is room; the schema is built once per
// text of the migrations and cloned once per test package; each test makes its own
// tenant, so that all run in parallel and every one of them exercises row-level security.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	db := pgtest.New(t)
//	ctx := db.NewTenant(t)
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// DB is one migrated database.
type DB struct {
	*pg.DB
	Config pg.Config // how to open it again, for tests with more than one node

	admin string // connection string of the superuser
	mu    sync.Mutex
	ops   *pgxpool.Pool
}

var shared struct {
	mu     sync.Mutex
	main   bool // TestMain called us: somebody will clean up
	server *server
	db     *DB
	err    error
}

// Main runs the package's tests and cleans up after them: the clone is dropped, and the
// last package out stops the server. m is the *testing.M, or what wraps it to take down
// something of its own first.
func Main(m interface{ Run() int }) int {
	shared.main = true
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.db != nil {
		shared.db.close()
	}
	if shared.server != nil {
		if err := shared.server.leave(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
		}
	}
	return code
}

// New is the package's database, the same for every test in it.
func New(t testing.TB) *DB {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.db == nil && shared.err == nil {
		shared.db, shared.err = open()
	}
	if shared.err != nil {
		t.Fatalf("pgtest: %v", shared.err)
	}
	return shared.db
}

// Clone is a database of the test's own, for what no tenant contains: queues, global
// tables, changes of the schema. It costs about 50 ms.
func Clone(t testing.TB) *DB {
	t.Helper()
	New(t) // the server
	db, err := shared.server.clone()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(db.close)
	return db
}

func open() (*DB, error) {
	if !shared.main {
		return nil, fmt.Errorf("add to this package: func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }")
	}
	s, err := join()
	if err != nil {
		return nil, err
	}
	shared.server = s
	return s.clone()
}

// close forgets the connections and drops the database.
func (d *DB) close() {
	d.DB.Close()
	if d.ops != nil {
		d.ops.Close()
	}
	if err := shared.server.drop(d); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
}

// Ops sees all tenants' rows, to look at what happened behind the application's back.
func (d *DB) Ops(t testing.TB) *pgxpool.Pool {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ops == nil {
		cfg, err := pgxpool.ParseConfig(d.admin)
		if err != nil {
			t.Fatalf("pgtest: %v", err)
		}
		cfg.MaxConns = 3
		if d.ops, err = pgxpool.NewWithConfig(context.Background(), cfg); err != nil {
			t.Fatalf("pgtest: %v", err)
		}
	}
	return d.ops
}

// Admin is the superuser's connection string.
func (d *DB) Admin() string { return d.admin }

// NewTenant makes a fresh marketplace and returns a context in which the system acts for
// it. The context does not end with the test, so that clean-ups can use it.
func (d *DB) NewTenant(t testing.TB) context.Context {
	t.Helper()
	tenant := id.Tenant{}.New()
	now := clock.System()
	err := d.Control(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO tenancy_tenants (id, slug, kind, state, name, settings, created_at, updated_at)
			VALUES ($1, $2, 'vertical', 'active', '{"en":"Test","zh-CN":"测试"}', '{}', $3, $3)`,
			tenant.UUID(), "t-"+tenant.String(), now)
		return err
	})
	if err != nil {
		t.Fatalf("pgtest: new tenant: %v", err)
	}
	return caller.AsSystem(context.Background(), tenant, "test")
}

// Tenant is whose context ctx is.
func Tenant(t testing.TB, ctx context.Context) id.Tenant {
	t.Helper()
	c, err := caller.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c.Tenant
}

// Eventually asks until it is so, for what happens in the background.
func Eventually(t testing.TB, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", within, what)
}

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/embedded"
)

// server is this process's share in the common server. The protocol: start.lock is held
// while the server is started, stopped or given a new template; users.lock is held shared
// by every process that uses it, so that whoever gets it alone is the last one out.
type server struct {
	dir     string
	cluster *embedded.Cluster
	users   *os.File
	tmpl    string
	seq     atomic.Int64
}

// settings trade every durability for speed.
var settings = map[string]string{
	"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0",
	"autovacuum": "off", "shared_buffers": "128MB", "max_connections": "300", "checkpoint_timeout": "1h", "max_wal_size": "256MB", "min_wal_size": "32MB",
	"jit": "off", "logging_collector": "off", "log_min_messages": "fatal", "log_min_error_statement": "fatal",
}

// join attaches to the running server or starts it, and sees that the template exists.
func join() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	bin, err := embedded.Local(ctx, embedded.DefaultCache(), 0)
	if err != nil {
		return nil, fmt.Errorf("these tests need a PostgreSQL, and skipping them would hide what breaks: %w", err)
	}
	key, err := pg.SchemaKey()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(base(), fmt.Sprintf("kontor-test-%d-pg%d", os.Geteuid(), bin.Major))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	s := &server{dir: dir, tmpl: "tmpl_" + key}
	if s.cluster, err = embedded.NewCluster(bin, filepath.Join(dir, "data"), filepath.Join(dir, "s"), ""); err != nil {
		return nil, err
	}
	start, err := s.lock("start.lock", syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer start.Close()
	if err := s.ensureRunning(ctx); err != nil {
		return nil, err
	}
	if err := s.ensureTemplate(ctx); err != nil {
		return nil, fmt.Errorf("migrating the template: %w", err)
	}
	s.users, err = s.lock("users.lock", syscall.LOCK_SH)
	return s, err
}

// base is memory when there is a gigabyte of it to spare.
func base() string {
	if d := os.Getenv("KONTOR_TEST_DIR"); d != "" {
		return d
	}
	if roomy("/dev/shm") {
		return "/dev/shm"
	}
	return os.TempDir()
}

func roomy(dir string) bool {
	var st syscall.Statfs_t
	return syscall.Statfs(dir, &st) == nil && uint64(st.Bavail)*uint64(st.Bsize) > 1<<30
}

func (s *server) lock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func (s *server) ensureRunning(ctx context.Context) error {
	if s.cluster.Ready(0) {
		return nil
	}
	if !s.cluster.Exists() {
		// Half a cluster of a killed first start; this folder is ours and holds nothing of worth.
		if err := os.RemoveAll(s.cluster.Data); err != nil {
			return err
		}
		if err := s.cluster.Folders(); err != nil {
			return err
		}
		if err := s.cluster.Init(ctx, ""); err != nil {
			return err
		}
	}
	if err := s.launch(ctx); err != nil {
		return err
	}
	return s.sweep(ctx)
}

// launch starts the server as a process of its own. A predecessor that is still going
// down holds the folder for a moment, so it is tried more than once.
func (s *server) launch(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "server.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	for try := 0; ; try++ {
		cmd := s.cluster.Command(settings)
		embedded.Detach(cmd)
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			return err
		}
		exited := make(chan error, 1)
		go func() { exited <- cmd.Wait() }()
		err := s.await(ctx, exited)
		if err == nil || try == 20 || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *server) await(ctx context.Context, exited <-chan error) error {
	for !s.cluster.Ready(0) {
		select {
		case <-exited:
			said, _ := os.ReadFile(filepath.Join(s.dir, "server.log"))
			return fmt.Errorf("the test server did not start: %s", said)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(3 * time.Millisecond):
		}
	}
	return nil
}

// sweep drops what killed runs left behind, and templates of older schemas. Nobody else
// is connected: we hold start.lock and the server was down.
func (s *server) sweep(ctx context.Context) error {
	return s.admin(ctx, "postgres", func(c *pgx.Conn) error {
		rows, _ := c.Query(ctx, `SELECT datname::text FROM pg_database WHERE datname LIKE 't\_%' OR (datname LIKE 'tmpl\_%' AND datname <> $1)`, s.tmpl)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, n := range names {
			_, e1 := c.Exec(ctx, "ALTER DATABASE "+n+" WITH IS_TEMPLATE false")
			_, e2 := c.Exec(ctx, "DROP DATABASE "+n+" WITH (FORCE)")
			err = errors.Join(err, e1, e2)
		}
		return err
	})
}

func (s *server) ensureTemplate(ctx context.Context) error {
	return s.admin(ctx, "postgres", func(c *pgx.Conn) error {
		var have bool
		if err := c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)`, s.tmpl).Scan(&have); err != nil || have {
			return err
		}
		if _, err := c.Exec(ctx, "DROP DATABASE IF EXISTS "+s.tmpl+" WITH (FORCE)"); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, "CREATE DATABASE "+s.tmpl); err != nil {
			return err
		}
		if _, err := pg.Prepare(ctx, s.cluster.DSN(embedded.Superuser, "", s.tmpl), nil); err != nil {
			return err
		}
		// The checkpoint lets clones copy files instead of replaying them.
		_, err := c.Exec(ctx, "ALTER DATABASE "+s.tmpl+" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
		_, err2 := c.Exec(ctx, "CHECKPOINT")
		return errors.Join(err, err2)
	})
}

func (s *server) admin(ctx context.Context, database string, fn func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, s.cluster.DSN(embedded.Superuser, "", database))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	return fn(c)
}

func (s *server) clone() (*DB, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name := fmt.Sprintf("t_%d_%d", os.Getpid(), s.seq.Add(1))
	err := s.admin(ctx, "postgres", func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+s.tmpl+" STRATEGY FILE_COPY")
		return err
	})
	if err != nil {
		return nil, err
	}
	cfg := pg.Config{
		App: s.cluster.DSN("kontor_app", "", name), Control: s.cluster.DSN("kontor_control", "", name), MaxConns: 8,
		Acquire: 30 * time.Second, // a parallel test waits its turn
	}
	db, err := pg.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &DB{DB: db, Config: cfg, admin: s.cluster.DSN(embedded.Superuser, "", name)}, nil
}

func (s *server) drop(d *DB) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg, err := pgx.ParseConfig(d.admin)
	if err != nil {
		return err
	}
	return s.admin(ctx, "postgres", func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "DROP DATABASE "+cfg.Database+" WITH (FORCE)")
		return err
	})
}

// leave gives up our share; the last one out stops the server.
func (s *server) leave() error {
	start, err := s.lock("start.lock", syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer start.Close()
	_ = s.users.Close()
	last, err := s.lock("users.lock", syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil // others are still at it
	}
	defer last.Close()
	pid, ok := s.cluster.Pid()
	if !ok {
		return nil
	}
	_ = syscall.Kill(pid, syscall.SIGINT)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(3 * time.Millisecond) {
		if _, ok := s.cluster.Pid(); !ok {
			return nil
		}
	}
	return errors.New("the test server (process " + strings.TrimSpace(strconv.Itoa(pid)) + ") does not stop")
}

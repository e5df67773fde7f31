package pgtest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/embedded"
)

// Cluster is a server of one test's own, whose databases can be replicated from: the common
// one writes too little for that.
type Cluster struct{ s *server }

// Logical starts one; more settings go first. It costs some seconds.
func Logical(t testing.TB, more map[string]string) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c, err := start(ctx, t, more)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	if err := c.s.ensureTemplate(ctx); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return c
}

func start(ctx context.Context, t testing.TB, more map[string]string) (*Cluster, error) {
	bin, err := embedded.Local(ctx, embedded.DefaultCache(), 0)
	if err != nil {
		return nil, err
	}
	key, err := pg.SchemaKey()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(base(), "kontor-cluster-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the server's own user goes through it
		return nil, err
	}
	s := &server{dir: dir, tmpl: "tmpl_" + key}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if s.cluster, err = embedded.NewCluster(bin, filepath.Join(dir, "data"), filepath.Join(dir, "s"), ""); err != nil {
		return nil, err
	}
	if err := s.cluster.Folders(); err != nil {
		return nil, err
	}
	if err := s.cluster.Init(ctx, ""); err != nil {
		return nil, err
	}
	own := maps.Clone(settings)
	maps.Copy(own, map[string]string{"wal_level": "logical", "max_wal_senders": "10", "max_replication_slots": "10"})
	maps.Copy(own, more)
	cmd := s.cluster.Command(own)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT) // nothing in it is kept
		<-exited
	})
	for !s.cluster.Ready(0) {
		select {
		case err := <-exited:
			return nil, fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return &Cluster{s}, nil
}

// New is one more database on it, migrated and empty.
func (c *Cluster) New(t testing.TB) *DB {
	t.Helper()
	db, err := c.s.clone()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	if _, err := pg.Prepare(context.Background(), db.admin, nil); err != nil { // a clone lacks what is granted on the database itself
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		db.DB.Close()
		if db.ops != nil {
			db.ops.Close()
		}
	})
	return db
}

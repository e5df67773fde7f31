package apptest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/telemetry"
	"github.com/kontorhq/kontor/policies"
	"github.com/kontorhq/kontor/tenants"
	"github.com/kontorhq/kontor/themes"
)

// House is a running one.
type House struct {
	*app.House
	DB   *pgtest.DB
	Sim  *Simulator
	Addr string // where the edge listens

	// Around is put around what clients send, by tests whose house is a process that dies.
	Around func(http.RoundTripper) http.RoundTripper

	dir    string
	served chan error
	ear    ear
}

// Keep names items that the small blueprints must hold; set it before the first New.
var Keep []string

var shared struct {
	once  sync.Once
	house *House
	err   error
}

// Main runs the package's tests and takes the house down after them.
func Main(m *testing.M) int {
	code := pgtest.Main(before{m})
	if programs.dir != "" {
		_ = os.RemoveAll(programs.dir)
	}
	return code
}

// before takes the house down while its database still stands.
type before struct{ m *testing.M }

func (b before) Run() int {
	code := b.m.Run()
	if shared.house != nil {
		shared.house.Close()
	}
	return code
}

// New is the package's house.
func New(t testing.TB) *House {
	t.Helper()
	shared.once.Do(func() { shared.house, shared.err = open(pgtest.New(t), nil, nil) })
	if shared.err != nil {
		t.Fatalf("apptest: %v", shared.err)
	}
	return shared.house
}

// Beside is a house of a test's own on a database of its own, with the markets named; change
// says what is different about it.
func Beside(t testing.TB, db *pgtest.DB, change func(*app.Options), slugs ...string) *House {
	t.Helper()
	h, err := open(db, change, slugs)
	if err != nil {
		t.Fatalf("apptest: %v", err)
	}
	t.Cleanup(h.Close)
	return h
}

func open(db *pgtest.DB, change func(*app.Options), only []string) (_ *House, err error) {
	h := &House{DB: db, served: make(chan error, 1)}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	if h.dir, err = os.MkdirTemp("", "kontor-house-"); err != nil {
		return nil, err
	}
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	if h.Sim, err = StartSimulator(""); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h.Addr = ln.Addr().String()
	_, port, _ := net.SplitHostPort(h.Addr)
	ctx := context.Background()
	o := app.Options{
		DB: db.Config, Admin: db.Admin(), Data: h.dir, Policies: policies.FS, Themes: themes.FS, Plugins: []string{filepath.Join(bin, "plugins")},
		Log: logger(&h.ear), BaseURL: func(host string) string { return "http://" + net.JoinHostPort(host, port) }, Secret: []byte("a secret that only these tests know"), MasterKey: []byte("a master key that only these tests know"),
		Settings: h.keys, Workers: 4, LoopbackProviders: true, Lease: 3 * time.Second, Demo: app.Demo{On: true, BankURL: h.Sim.URL},
	}
	if change != nil {
		change(&o)
	}
	if h.House, err = app.Open(ctx, o); err != nil {
		return nil, err
	}
	if err := h.House.Catch("market@kontor.example"); err != nil {
		return nil, err
	}
	if err := h.seed(ctx, change != nil, only); err != nil {
		return nil, err
	}
	if err := h.Start(ctx); err != nil {
		return nil, err
	}
	go func() { h.served <- h.Web.Serve(ln) }()
	return h, nil
}

// keys gives each tenant's plugins their credentials at the simulated parties. A plugin
// that asks before the bank answers gets none and stays unready, which a test would see.
func (h *House) keys(_ string, t id.Tenant) map[string]any {
	keys, err := h.Sim.Keys(context.Background(), t.String())
	if err != nil {
		h.Log.Error("no keys of the simulator", "err", err)
	}
	return keys
}

func (h *House) seed(ctx context.Context, some bool, only []string) error {
	small, err := Small(Keep...)
	if err != nil {
		return err
	}
	slugs, err := tenants.Slugs(small)
	if err != nil {
		return err
	}
	for _, slug := range slugs {
		if some && !slices.Contains(only, slug) {
			continue
		}
		b, err := tenants.Load(small, slug)
		if err != nil {
			return err
		}
		if _, err := h.Apply(ctx, b, func(string) {}); err != nil {
			return fmt.Errorf("apply %s: %w", slug, err)
		}
	}
	return nil
}

// logger keeps all lines for whoever listens, and shows warnings when KONTOR_TEST_LOG is set.
func logger(to *ear) *slog.Logger {
	l, err := telemetry.NewLogger(to, "json", "debug")
	if err != nil {
		panic(err) // both words are known
	}
	out := slog.Handler(slog.DiscardHandler)
	if os.Getenv("KONTOR_TEST_LOG") != "" {
		out = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})
	}
	return slog.New(heard{to, l.Handler(), out})
}

// Folder is where its files lie.
func (h *House) Folder() string { return h.dir }

// Close takes the house down.
func (h *House) Close() {
	if h.House != nil {
		end, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		if err := h.Web.Shutdown(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			h.Log.Warn("the edge did not stop", "err", err)
		}
		cancel()
		h.House.Close()
	}
	if h.Sim != nil {
		h.Sim.Stop()
	}
	if h.dir != "" {
		_ = os.RemoveAll(h.dir)
	}
}

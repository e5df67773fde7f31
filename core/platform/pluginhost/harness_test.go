package pluginhost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/quantity"
)

// built are the plugins of this repository, and the wild one, each in a sealed folder.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "plugins")
	if err != nil {
		return "", err
	}
	for name, from := range map[string]string{"steelprice": "../../../plugins/steelprice", "freight": "../../../plugins/freight", "escrow": "../../../plugins/escrow", "wild": "testdata/wild"} {
		at := filepath.Join(dir, name)
		if err := os.Mkdir(at, 0o755); err != nil {
			return "", err
		}
		if out, err := exec.Command("go", "build", "-o", filepath.Join(at, "plugin"), "./"+from).CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		for _, file := range []string{"plugin.yaml", "settings.schema.json"} {
			b, err := os.ReadFile(filepath.Join(from, file))
			if errors.Is(err, fs.ErrNotExist) && file != "plugin.yaml" {
				continue // there is nothing to set
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(at, file), b, 0o644)
			}
			if err != nil {
				return "", err
			}
		}
		if err := pluginhost.Seal(at); err != nil {
			return "", err
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	if os.Getenv("PLUGINHOST_HELPER") != "" {
		helper()
		return
	}
	code := m.Run()
	if dir, err := built(); err == nil {
		os.RemoveAll(dir) //nolint:errcheck
	}
	os.Exit(code)
}

// folder is a folder of plugins for one test, with links to those built once.
func folder(t testing.TB, names ...string) string {
	t.Helper()
	from, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, n := range names {
		if err := os.Mkdir(filepath.Join(dir, n), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{"plugin", "plugin.yaml", "settings.schema.json"} {
			if err := os.Link(filepath.Join(from, n, f), filepath.Join(dir, n, f)); err != nil && (f != "settings.schema.json" || !errors.Is(err, fs.ErrNotExist)) {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// quick is a clockwork for tests: the same wheels, faster.
func quick() pluginhost.Timing {
	return pluginhost.Timing{
		HealthEvery: 100 * time.Millisecond, HealthMax: 200 * time.Millisecond, Misses: 3, Backoff: 20 * time.Millisecond,
		Drain: 2 * time.Second, Term: 200 * time.Millisecond, Quote: 3 * time.Second,
	}
}

// tenants are installations in memory.
type tenants struct {
	mu   sync.Mutex
	rows []pluginhost.Installation
}

func (s *tenants) Changed(_ context.Context, since time.Time) (out []pluginhost.Installation, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if !r.UpdatedAt.Before(since) {
			out = append(out, r)
		}
	}
	return out, nil
}

// install puts plugins into a fresh tenant and returns the context of its system.
func (s *tenants) install(config any, plugins ...string) (context.Context, []id.Installation) {
	tenant := id.Tenant{}.New()
	b, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	var ids []id.Installation
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range plugins {
		in := pluginhost.Installation{ID: id.Installation{}.New(), Tenant: tenant, Plugin: p, Version: "1.0.0", Config: b, Revision: 1, Enabled: true, UpdatedAt: clock.System()}
		s.rows = append(s.rows, in)
		ids = append(ids, in.ID)
	}
	return caller.AsSystem(context.Background(), tenant, "test"), ids
}

func (s *tenants) change(i id.Installation, fn func(*pluginhost.Installation)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.rows {
		if s.rows[n].ID == i {
			fn(&s.rows[n])
			s.rows[n].UpdatedAt = clock.System()
		}
	}
}

// effects are operations in memory, with the promises of the port.
type effects struct {
	mu   sync.Mutex
	rows map[string]*pluginhost.EffectRow
}

func key(ctx context.Context, r pluginhost.EffectRow) string {
	who, err := caller.From(ctx)
	if err != nil {
		panic(err)
	}
	return who.Tenant.String() + r.Plugin + r.RPC + r.Key
}

func (s *effects) Claim(ctx context.Context, row pluginhost.EffectRow) (pluginhost.EffectRow, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		s.rows = map[string]*pluginhost.EffectRow{}
	}
	if old, ok := s.rows[key(ctx, row)]; ok {
		return *old, false, nil
	}
	s.rows[key(ctx, row)] = &row
	return row, true, nil
}

func (s *effects) Settle(ctx context.Context, row pluginhost.EffectRow, was time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.rows[key(ctx, row)]
	if old == nil || !old.UpdatedAt.Equal(was) {
		return false, nil
	}
	*old = row
	return true, nil
}

func (s *effects) Due(_ context.Context, now time.Time, _ int) (out []pluginhost.EffectRow, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if (r.State == pluginhost.EffectPending || r.State == pluginhost.EffectUnknown) && !r.NextAt.IsZero() && !r.NextAt.After(now) {
			out = append(out, *r)
		}
	}
	return out, nil
}

func (s *effects) TenantsDue(context.Context, time.Time) ([]id.Tenant, error) { return nil, nil }

func (s *effects) only(t *testing.T) pluginhost.EffectRow {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rows) != 1 {
		t.Fatalf("%d effects", len(s.rows))
	}
	for _, r := range s.rows {
		return *r
	}
	return pluginhost.EffectRow{}
}

// running is a host with its parts.
type running struct {
	*pluginhost.Host
	tenants *tenants
	effects *effects
}

func run(t testing.TB, cfg pluginhost.Config) running {
	t.Helper()
	r := running{tenants: &tenants{}, effects: &effects{}}
	if cfg.Installations == nil {
		cfg.Installations = r.tenants
	}
	cfg.Operations = r.effects
	if cfg.Timing == (pluginhost.Timing{}) {
		cfg.Timing = quick()
	}
	h, err := pluginhost.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = h
	if err := h.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := h.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return r
}

// wild is a host with the wild plugin and a tenant that uses it.
func wild(t testing.TB, change func(*pluginhost.Timing)) (running, context.Context) {
	t.Helper()
	timing := quick()
	if change != nil {
		change(&timing)
	}
	r := run(t, pluginhost.Config{Dirs: []string{folder(t, "wild")}, Timing: timing})
	ctx, _ := r.tenants.install(map[string]any{}, "kontor.wild")
	if err := r.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	return r, ctx
}

// do is a line that tells the wild plugin what to do.
func do(what string) []pluginhost.PriceLine {
	return []pluginhost.PriceLine{{LineID: "1", Attrs: map[string]string{"do": what}, Qty: quantity.Of(1, quantity.Piece), Unit: money.Price{Micro: 1_000_000, Currency: "EUR", Per: quantity.Piece}}}
}

func (r running) status(t testing.TB, plugin string) pluginhost.Status {
	t.Helper()
	all := r.Status()
	at := slices.IndexFunc(all, func(s pluginhost.Status) bool { return s.Plugin == plugin })
	if at < 0 {
		t.Fatalf("no %s in %+v", plugin, all)
	}
	return all[at]
}

// until waits for something that must happen soon.
func until(t testing.TB, what string, within time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", within, what)
}

// alive says whether a process runs; a zombie does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true // no /proc here
	}
	_, rest, _ := bytes.Cut(b, []byte(") "))
	return !bytes.HasPrefix(rest, []byte("Z"))
}

package pluginhost_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// packages are artifacts in memory, and who heard that one does not serve.
type packages struct {
	mu       sync.Mutex
	dirs     map[string]string
	unserved map[id.Installation]error
	ahead    atomic.Int64 // of the clock
}

var errGone = errors.New("not there")

func (s *packages) Folder(_ context.Context, artifact string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if dir, ok := s.dirs[artifact]; ok {
		return dir, nil
	}
	return "", errGone
}

func (s *packages) hear(ctx context.Context, in pluginhost.Installation, why error) {
	who, err := caller.From(ctx)
	if err != nil || who.Tenant != in.Tenant {
		panic("it runs for another tenant")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unserved[in.ID] = why
}

func (s *packages) heard(i id.Installation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unserved[i]
}

// pack adds another artifact of the wild plugin, its manifest changed.
func (s *packages) pack(t testing.TB, from, to string) string {
	t.Helper()
	dir := filepath.Join(folder(t, "wild"), "wild")
	path := filepath.Join(dir, "plugin.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), from) {
		t.Fatalf("the manifest holds no %q", from)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o644)); err != nil {
		t.Fatal(err)
	}
	m, err := pluginhost.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirs[m.Digest()] = dir
	return m.Digest()
}

// packed is a host with the wild plugin, two tenants that use it, and more artifacts of it.
func packed(t testing.TB) (r running, store *packages, ctx [2]context.Context, in [2]id.Installation) {
	t.Helper()
	store = &packages{dirs: map[string]string{}, unserved: map[id.Installation]error{}}
	timing := quick()
	timing.Quote, timing.Poll = 10*time.Second, 20*time.Millisecond
	r = run(t, pluginhost.Config{Dirs: []string{folder(t, "wild")}, Timing: timing, Packages: store, Unserved: store.hear, Now: func() time.Time { return clock.System().Add(time.Duration(store.ahead.Load())) }})
	for i := range ctx {
		c, ids := r.tenants.install(map[string]any{}, "kontor.wild")
		ctx[i], in[i] = c, ids[0]
	}
	if err := r.Reload(ctx[0]); err != nil {
		t.Fatal(err)
	}
	return r, store, ctx, in
}

func (r running) change(t testing.TB, i id.Installation, fn func(*pluginhost.Installation)) {
	t.Helper()
	r.tenants.change(i, func(in *pluginhost.Installation) {
		in.Revision++
		fn(in)
	})
	if err := r.Reload(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// serving is the process of an installation.
func (r running) serving(t testing.TB, i id.Installation) pluginhost.Status {
	t.Helper()
	s, ok := r.StatusOf(i)
	if !ok {
		t.Fatal("nothing serves the installation")
	}
	return s
}

func TestAnotherVersionIsTakenWithoutAFailedCall(t *testing.T) {
	t.Parallel()
	r, store, ctx, in := packed(t)
	next := store.pack(t, "title: {", "title: {de: Anders, ")
	first := r.serving(t, in[0])
	var wg sync.WaitGroup
	var calls atomic.Int64
	done := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				calls.Add(1)
				if _, err := r.Quote(ctx[0], "EUR", do("")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for _, artifact := range []string{next, "", next} {
		r.change(t, in[0], func(i *pluginhost.Installation) { i.Artifact = artifact })
		until(t, "the other artifact serves", 10*time.Second, func() bool { return r.serving(t, in[0]).Artifact == artifact })
		n := calls.Load()
		until(t, "calls go on", 10*time.Second, func() bool { return calls.Load() > n+20 })
	}
	close(done)
	wg.Wait()
	if s := r.serving(t, in[0]); s.Tier != "S2" { // its manifest would be content with S1
		t.Errorf("what was uploaded is held in %s", s.Tier)
	}
	if s := r.serving(t, in[1]); s.Artifact != "" || s.PID != first.PID {
		t.Errorf("the other tenant was moved too: %+v", s)
	}
	if _, err := r.Quote(ctx[1], "EUR", do("")); err != nil {
		t.Error(err)
	}
	if err := store.heard(in[0]); err != nil {
		t.Errorf("told of trouble: %v", err)
	}
}

func TestAVersionThatDoesNotComeUpTakesNothingAway(t *testing.T) {
	t.Parallel()
	r, store, ctx, in := packed(t)
	other := store.pack(t, "version: 1.0.0", "version: 9.9.9") // the program says otherwise
	before := r.serving(t, in[0])
	for _, artifact := range []string{other, "sha256:" + strings.Repeat("0", 64)} {
		r.change(t, in[0], func(i *pluginhost.Installation) { i.Artifact = artifact })
		until(t, "somebody hears why", 10*time.Second, func() bool { return store.heard(in[0]) != nil })
		if want := pluginhost.ErrOtherSelf; artifact == other && !errors.Is(store.heard(in[0]), want) || artifact != other && !errors.Is(store.heard(in[0]), errGone) {
			t.Errorf("%s: told %v", artifact, store.heard(in[0]))
		}
		if _, err := r.Quote(ctx[0], "EUR", do("")); err != nil {
			t.Errorf("%s: %v", artifact, err)
		}
		if s := r.serving(t, in[0]); s.PID != before.PID || s.Artifact != "" {
			t.Errorf("%s: %+v", artifact, s)
		}
		store.mu.Lock()
		delete(store.unserved, in[0])
		store.mu.Unlock()
	}
}

// The unit of isolation is the process: a tenant alone in his is not touched by what others
// do to theirs, nor they by him.
func TestATenantAloneHasAProcessOfHisOwn(t *testing.T) {
	t.Parallel()
	r, _, ctx, in := packed(t)
	shared := r.serving(t, in[1])
	r.change(t, in[0], func(i *pluginhost.Installation) { i.Alone = true })
	until(t, "he is alone", 10*time.Second, func() bool { return r.serving(t, in[0]).Alone != id.Tenant{} })
	own := r.serving(t, in[0])
	if own.PID == shared.PID || own.Tenants != 1 {
		t.Errorf("%+v\n%+v", own, shared)
	}
	if _, err := r.Quote(ctx[0], "EUR", do("exit")); err == nil {
		t.Error("it did not crash")
	}
	until(t, "he is served again", 10*time.Second, func() bool {
		_, err := r.Quote(ctx[0], "EUR", do(""))
		return err == nil
	})
	if s := r.serving(t, in[1]); s.PID != shared.PID || s.Restarts != 0 {
		t.Errorf("the others' process: %+v", s)
	}
	if s := r.serving(t, in[0]); s.Restarts == 0 {
		t.Errorf("his own: %+v", s)
	}
}

func TestARevokedArtifactStopsAtOnce(t *testing.T) {
	t.Parallel()
	r, store, ctx, in := packed(t)
	next := store.pack(t, "title: {", "title: {de: Anders, ")
	r.change(t, in[0], func(i *pluginhost.Installation) { i.Artifact = next })
	until(t, "it serves", 10*time.Second, func() bool { return r.serving(t, in[0]).Artifact == next })
	pid := r.serving(t, in[0]).PID
	r.change(t, in[0], func(i *pluginhost.Installation) { i.Revoked = true })
	if got, err := r.Quote(ctx[0], "EUR", do("")); err != nil || got[0].Plugin != "" {
		t.Errorf("it priced still: %+v, %v", got, err)
	}
	until(t, "its process is gone", 10*time.Second, func() bool { return !alive(pid) })
	if got, err := r.Quote(ctx[1], "EUR", do("")); err != nil || got[0].Plugin != "kontor.wild" {
		t.Errorf("who never used it: %+v, %v", got, err)
	}
}

func TestAProcessThatNobodyUsesIsKeptForTheWayBackAndThenEnds(t *testing.T) {
	t.Parallel()
	r, store, _, in := packed(t)
	next := store.pack(t, "title: {", "title: {de: Anders, ")
	r.change(t, in[0], func(i *pluginhost.Installation) { i.Artifact = next })
	until(t, "it serves", 10*time.Second, func() bool { return r.serving(t, in[0]).Artifact == next })
	pid := r.serving(t, in[0]).PID
	r.change(t, in[0], func(i *pluginhost.Installation) { i.Artifact = "" })
	until(t, "what came with the program serves", 10*time.Second, func() bool { return r.serving(t, in[0]).Artifact == "" })
	if !alive(pid) {
		t.Error("it is not kept for the way back")
	}
	store.ahead.Store(int64(2 * time.Hour))
	until(t, "it ends", 10*time.Second, func() bool { return !alive(pid) && len(r.Status()) == 1 })
}

// wishing is installations with somebody's wishes.
type wishing struct {
	*tenants
	mu    sync.Mutex
	asked map[string]time.Time
}

func (w *wishing) Restarts(context.Context) (map[string]time.Time, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.asked), nil
}

func TestAWishToStartAgainIsGrantedOnceAndNotForThePast(t *testing.T) {
	t.Parallel()
	w := &wishing{tenants: &tenants{}, asked: map[string]time.Time{"kontor.wild": clock.System()}} // before this node began
	timing := quick()
	timing.Poll = 20 * time.Millisecond
	r := run(t, pluginhost.Config{Dirs: []string{folder(t, "wild")}, Timing: timing, Installations: w})
	time.Sleep(100 * time.Millisecond)
	if s := r.status(t, "kontor.wild"); s.Generation != 1 {
		t.Errorf("started again for an old wish: %+v", s)
	}
	w.mu.Lock()
	w.asked["kontor.wild"], w.asked["nobody.knows"] = clock.System(), clock.System()
	w.mu.Unlock()
	until(t, "it is started again", 10*time.Second, func() bool { return r.status(t, "kontor.wild").Generation == 2 })
	time.Sleep(100 * time.Millisecond)
	if s := r.status(t, "kontor.wild"); s.Generation != 2 || s.Restarts != 0 {
		t.Errorf("once more: %+v", s)
	}
}

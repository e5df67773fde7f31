package pluginhost_test

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// accused hears who is blamed.
type accused struct {
	mu  sync.Mutex
	who map[id.Installation]string
}

func (a *accused) hear(_ context.Context, in pluginhost.Installation, rpc string, _ error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.who[in.ID] = rpc
}

func (a *accused) heard() map[id.Installation]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.who
}

func poisoning(t *testing.T) (r running, ctx [2]context.Context, in [2]id.Installation, a *accused) {
	t.Helper()
	timing := quick()
	timing.Quote, timing.CrashLimit = 10*time.Second, 50
	a = &accused{who: map[id.Installation]string{}}
	r = run(t, pluginhost.Config{Dirs: []string{folder(t, "wild")}, Timing: timing, Poisoned: a.hear})
	for i := range ctx {
		c, ids := r.tenants.install(map[string]any{}, "kontor.wild")
		ctx[i], in[i] = c, ids[0]
	}
	if err := r.Reload(ctx[0]); err != nil {
		t.Fatal(err)
	}
	return r, ctx, in, a
}

func TestWhoseCallsEndThePluginIsFound(t *testing.T) {
	t.Parallel()
	r, ctx, in, a := poisoning(t)
	for range 2 { // each is asked twice, of two processes
		if _, err := r.Quote(ctx[1], "EUR", do("")); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Quote(ctx[0], "EUR", do("exit")); err == nil {
			t.Fatal("it did not end")
		}
	}
	until(t, "he is blamed", 5*time.Second, func() bool { return len(a.heard()) > 0 })
	if got := a.heard(); len(got) != 1 || got[in[0]] != "pricing.Quote" {
		t.Errorf("%v, want %s", got, in[0])
	}
}

// Who was there together with others each time may be innocent.
func TestNobodyIsBlamedForWhatOthersMayHaveDone(t *testing.T) {
	t.Parallel()
	r, ctx, _, a := poisoning(t)
	for range 3 {
		var wg sync.WaitGroup
		for _, c := range ctx {
			wg.Go(func() { _, _ = r.Quote(c, "EUR", do("slow")) })
		}
		time.Sleep(100 * time.Millisecond) // both are under way
		before := r.status(t, "kontor.wild")
		if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		until(t, "another serves", 10*time.Second, func() bool { return r.status(t, "kontor.wild").Generation > before.Generation })
	}
	if _, err := r.Quote(ctx[1], "EUR", do("")); err != nil {
		t.Error(err)
	}
	if got := a.heard(); len(got) > 0 {
		t.Errorf("blamed: %v", got)
	}
}

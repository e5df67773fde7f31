package pluginhost_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

func TestAnExchangeUnderLoadFailsNoCall(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, func(t *pluginhost.Timing) { t.Quote = 10 * time.Second })
	seen := map[int]bool{r.status(t, "kontor.wild").PID: true}
	var wg sync.WaitGroup
	var calls, failed atomic.Int64
	done := make(chan struct{})
	for range 6 { // eight at once are a tenant's
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				what := ""
				if calls.Add(1)%50 == 0 {
					what = "slow" // some are always under way
				}
				if _, err := r.Quote(ctx, "EUR", do(what)); err != nil {
					failed.Add(1)
					t.Error(err)
				}
			}
		})
	}
	for n := range 4 {
		if err := r.Restart("kontor.wild"); err != nil {
			t.Fatal(err)
		}
		until(t, "another generation serves", 10*time.Second, func() bool { return r.status(t, "kontor.wild").Generation == n+2 })
		seen[r.status(t, "kontor.wild").PID] = true
	}
	close(done)
	wg.Wait()
	s := r.status(t, "kontor.wild")
	if failed.Load() > 0 || calls.Load() < 100 || len(seen) != 5 || s.Restarts != 0 {
		t.Errorf("%d of %d calls failed over %d processes, %d crashes", failed.Load(), calls.Load(), len(seen), s.Restarts)
	}
	delete(seen, s.PID)
	for pid := range seen {
		until(t, "the old processes are gone", 10*time.Second, func() bool { return !alive(pid) })
	}
}

func TestAnExchangeThatDoesNotComeUpLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	dir := folder(t, "wild")
	r := run(t, pluginhost.Config{Dirs: []string{dir}})
	ctx, _ := r.tenants.install(map[string]any{}, "kontor.wild")
	program := filepath.Join(dir, "wild", "plugin")
	if err := errors.Join(r.Reload(ctx), os.Remove(program), os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755)); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	before := r.status(t, "kontor.wild")
	if err := r.Restart("kontor.wild"); err != nil {
		t.Fatal(err)
	}
	until(t, "the operator reads why", 5*time.Second, func() bool { return strings.Contains(r.status(t, "kontor.wild").LastError, "expected") })
	after := r.status(t, "kontor.wild")
	if _, err := r.Quote(ctx, "EUR", do("")); err != nil || after.PID != before.PID || after.State != pluginhost.StateReady {
		t.Errorf("%v, %+v", err, after)
	}
}

// Eighty per cent of what the manifest allows is enough to make room for a fresh process,
// long before the kernel ends this one.
func TestAPluginThatHoldsTooMuchIsExchangedInTime(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, func(t *pluginhost.Timing) { t.Fresh, t.HealthMax, t.Quote = time.Millisecond, time.Minute, time.Minute })
	before := r.status(t, "kontor.wild")
	if _, err := r.Quote(ctx, "EUR", do("hold 60")); err != nil {
		t.Fatal(err)
	}
	until(t, "another process serves", 10*time.Second, func() bool {
		s := r.status(t, "kontor.wild")
		return s.Generation > before.Generation && s.State == pluginhost.StateReady
	})
	if s := r.status(t, "kontor.wild"); s.Restarts != 0 || s.LastError != "" {
		t.Errorf("it was a crash: %+v", s)
	}
}

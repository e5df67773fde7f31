package pluginhost_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// priced is a host with the pricing plugin, in its cage, and so many tenants.
func priced(b *testing.B, tenants int) (r running, ctxs []context.Context, ids []id.Installation) {
	b.Helper()
	timing := quick()
	timing.HealthEvery, timing.HealthMax, timing.Misses = time.Second, 5*time.Second, 50
	timing.Configure = time.Minute
	r = run(b, pluginhost.Config{Dirs: []string{folder(b, "steelprice")}, Timing: timing})
	for range tenants {
		ctx, in := r.tenants.install(map[string]any{"density_kg_m3": 7850}, "kontor.steelprice")
		ctxs, ids = append(ctxs, ctx), append(ids, in[0])
	}
	if err := r.Reload(ctxs[0]); err != nil {
		b.Fatal(err)
	}
	return r, ctxs, ids
}

// median of durations in a unit.
func median(b *testing.B, took []time.Duration, unit time.Duration, name string) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/float64(unit), "p50-"+name)
	b.ReportMetric(float64(took[len(took)*99/100])/float64(unit), "p99-"+name)
}

// BenchmarkPlugin is what plugins cost. The raw baseline is the emptiest call of the same
// process over the same connection.
func BenchmarkPlugin(b *testing.B) {
	one := func(lines []pluginhost.PriceLine) func(*testing.B) {
		return func(b *testing.B) {
			r, ctx, _ := priced(b, 1)
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := r.Quote(ctx[0], "CNY", lines); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			median(b, took, time.Microsecond, "µs")
		}
	}
	b.Run("raw", func(b *testing.B) {
		r, ctx, _ := priced(b, 1)
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			if err := r.Touch(ctx[0], "kontor.steelprice"); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		median(b, took, time.Microsecond, "µs")
	})
	b.Run("10 lines", one(lines(10)))
	b.Run("500 lines", one(lines(500)))
	b.Run("64 callers", func(b *testing.B) {
		r, ctx, _ := priced(b, 64)
		ls := lines(10)
		var next atomic.Int64
		var wg sync.WaitGroup
		began := time.Now()
		b.ResetTimer()
		for _, c := range ctx {
			wg.Go(func() {
				for next.Add(1) <= int64(b.N) {
					if _, err := r.Quote(c, "CNY", ls); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "calls/s")
	})
	b.Run("crash with 200 tenants", func(b *testing.B) {
		r, ctx, _ := priced(b, 200)
		var took []time.Duration
		for range max(b.N, 4) {
			s := r.status(b, "kontor.steelprice")
			began := time.Now()
			if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
				b.Fatal(err)
			}
			until(b, "another serves", 10*time.Second, func() bool {
				now := r.status(b, "kontor.steelprice")
				return now.Generation > s.Generation && now.State == pluginhost.StateReady
			})
			if _, err := r.Quote(ctx[199], "CNY", lines(1)); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
			if err := r.Restart("kontor.steelprice"); err != nil { // forgives the crash, so that none is waited for
				b.Fatal(err)
			}
			until(b, "the exchange is done", 10*time.Second, func() bool { return r.status(b, "kontor.steelprice").Generation > s.Generation+1 })
		}
		median(b, took, time.Millisecond, "ms")
	})
	b.Run("swap under 16 callers", func(b *testing.B) {
		r, ctx, _ := priced(b, 16)
		done := make(chan struct{})
		var calls, failed atomic.Int64
		var wg sync.WaitGroup
		for _, c := range ctx {
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					calls.Add(1)
					if _, err := r.Quote(c, "CNY", lines(1)); err != nil {
						failed.Add(1)
					}
				}
			})
		}
		var took []time.Duration
		for range max(b.N, 4) {
			was, began := r.status(b, "kontor.steelprice").Generation, time.Now()
			if err := r.Restart("kontor.steelprice"); err != nil {
				b.Fatal(err)
			}
			until(b, "another serves", 20*time.Second, func() bool { return r.status(b, "kontor.steelprice").Generation > was })
			took = append(took, time.Since(began))
		}
		close(done)
		wg.Wait()
		median(b, took, time.Millisecond, "ms")
		b.ReportMetric(float64(failed.Load()), "failed")
		b.ReportMetric(float64(calls.Load()), "calls")
	})
	b.Run("10000 tenants", func(b *testing.B) {
		r, ctx, _ := priced(b, 10_000)
		for i := 0; i < len(ctx); i += 100 {
			if _, err := r.Quote(ctx[i], "CNY", lines(1)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(resident(b, r.status(b, "kontor.steelprice").PID))/(1<<20), "MB")
	})
}

// resident is what a process holds, in bytes.
func resident(b *testing.B, pid int) int64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb << 10
		}
	}
	b.Fatal("no VmRSS")
	return 0
}

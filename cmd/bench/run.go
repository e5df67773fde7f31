package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
)

// run goes through the rounds: each baseline, and right after it what is held against it.
func (b *bench) run(ctx context.Context, starts []float64) ([]figure, error) {
	base, ours := counters(baseline(b.rawAddr, 3)), counters(product(b.addr, b.crowd))
	for n := range b.rounds {
		b.say(fmt.Sprintf("round %d of %d", n+1, b.rounds))
		for _, x := range base {
			var against []scenario
			for _, y := range ours {
				if y.of == x.name && b.only.MatchString(y.name) {
					against = append(against, y)
				}
			}
			if len(against) == 0 && !(b.options.only == "" || b.only.MatchString(x.name)) {
				continue
			}
			b.once(ctx, x, b.raw)
			for _, y := range against {
				b.once(ctx, y, b.kontor)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
	}
	var out []figure
	for _, x := range append(base, ours...) {
		if rounds := b.samples[x.name]; len(rounds) > 0 {
			out = append(out, summarise(x, rounds, b.samples[x.of]))
		}
	}
	if b.options.only == "" || b.only.MatchString("p95") {
		b.settle()
		out = append(out, b.latency())
	}
	out = append(out, limit("memory", "kontor's peak memory", "MB", peakMB(b.kontor.pid()), 250),
		limit("start", "kontor serve on an existing database, until ready", "s", median(starts), 0.5))
	return out, nil
}

// once warms up, measures one scenario and remembers what it came to.
func (b *bench) once(ctx context.Context, s scenario, c *child) {
	s.load.conns = b.options.conns
	b.settle()
	if s.warm > 0 {
		one := s.load
		one.conns = 4
		one.run(10*time.Second, s.warm)
	} else {
		s.load.run(300*time.Millisecond, 0)
	}
	db := b.cluster.server.PID()
	own, pg := cpuOf(c.pid()), cpuOfTree(db)
	profiled := b.profiling(s, c)
	b.forget(ctx)
	t := s.load.run(time.Duration(b.seconds*float64(time.Second)), 0)
	profiled()
	x := sample{tally: t, product: cpuOf(c.pid()) - own, database: cpuOfTree(db) - pg}
	b.samples[s.name] = append(b.samples[s.name], x)
	fmt.Printf("          %-12s %9.0f/s  cpu %.3f + %.3f ms  p50 %6.2f  p95 %6.2f ms%s\n", s.name, t.rate(), x.perOp(x.product), x.perOp(x.database),
		t.quantile(0.5).Seconds()*1000, t.quantile(0.95).Seconds()*1000, bad(t))
	b.statements(ctx, t.good)
}

// profiling takes a profile while the scenario runs, where one is wanted; the function it
// returns waits for it.
func (b *bench) profiling(s scenario, c *child) (wait func()) {
	if b.options.profile == "" || c != b.kontor {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, body, err := fasthttp.Get(nil, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", b.opsAddr, max(1, int(b.seconds))))
		if err == nil {
			err = os.WriteFile(filepath.Join(b.options.profile, s.name+".pprof"), body, 0o600)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: profile:", err)
		}
	}()
	return func() { <-done }
}

func bad(t tally) string {
	if t.bad == 0 {
		return ""
	}
	return fmt.Sprintf("  %d bad: %s", t.bad, t.sample)
}

// settle waits until neither the program nor PostgreSQL has much left to do: what orders
// set off runs on after the last answer, and must not slow down the next in line.
func (b *bench) settle() {
	const look = 150 * time.Millisecond
	for begun := time.Now(); time.Since(begun) < 20*time.Second; {
		busy := cpuOf(b.kontor.pid()) + cpuOf(b.raw.pid()) + cpuOfTree(b.cluster.server.PID())
		time.Sleep(look)
		if cpuOf(b.kontor.pid())+cpuOf(b.raw.pid())+cpuOfTree(b.cluster.server.PID())-busy <= 2*tick {
			return
		}
	}
}

// latency is a search as one person knows it: one connection, nobody else, and none of
// the lists in memory.
func (b *bench) latency() figure {
	var l load
	for _, s := range counters(product(b.addr, b.crowd)) {
		if s.name == "search" {
			l = s.load
		}
	}
	fill := l.fill
	l.conns, l.fill = 1, func(n uint64, r *fasthttp.Request) bool {
		fill(n, r)
		word, _ := wording(n)
		r.SetRequestURI("http://" + b.addr + "/api/v1/items?q=" + url.QueryEscape(word) + "&limit=" + strconv.Itoa(12+wordingEach+int(n)/len(words))) //nolint:gosec // small
		return true
	}
	t := l.run(20*time.Second, 5*len(words))
	f := limit("search_p95", fmt.Sprintf("two-character word among %d items, one connection, p95", len(b.crowd.items)), "ms", t.quantile(0.95).Seconds()*1000, 10)
	f.P50, f.Bad, f.BadExample = t.quantile(0.5).Seconds()*1000, t.bad, t.sample
	f.OK = f.OK && t.bad == 0
	return f
}

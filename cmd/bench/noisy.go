package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
)

// One marketplace floods the house with all that a few dozen connections can ask, while
// another trades at its usual pace: how much later does the other's slowest hundredth come?
// Measured twice: with the plan's limits, which is what is promised, and with turns alone.

const (
	floodSlug  = "pharma"
	floodHost  = "pharma.localhost"
	floodConns = 64
	traders    = 4                       // connections of those who trade
	tradeEvery = 25 * time.Millisecond   // each of them asks so often
	noisyMost  = 1.20                    // how much worse the flood may make the p99
	knownAfter = 2500 * time.Millisecond // a change of plan
)

// floodPlan is the flood's: a plan like a small market's.
var floodPlan = plans.Plan{
	Code: "bench-flood", Names: map[string]string{"en": "Flood", "zh-CN": "洪水"}, SoftPercent: 80,
	Limits: plans.Limits{plans.Requests: 600, plans.Transactions: 2, plans.Jobs: 1},
}

// noisy measures the neighbours of a flood.
func (b *bench) noisy(ctx context.Context) ([]figure, error) {
	b.say("one marketplace floods, another trades")
	limited, err := b.beside(ctx, "noisy", floodPlan.Limits)
	if err != nil {
		return nil, err
	}
	turns, err := b.beside(ctx, "noisy_turns", plans.Limits{})
	if err != nil {
		return nil, err
	}
	limited.Budget, limited.OK = noisyMost, limited.Value < noisyMost && limited.Bad == 0
	limited.What = "p99 of a market's trade beside a flooding one, with its plan's limits, held against without"
	turns.What = "the same where nothing but turns of connections holds the flood back"
	return []figure{limited, turns}, nil
}

// beside trades with and without the flood, in alternation.
func (b *bench) beside(ctx context.Context, name string, limits plans.Limits) (figure, error) {
	if err := b.floodMay(ctx, limits); err != nil {
		return figure{}, err
	}
	time.Sleep(knownAfter)
	trade, flood := b.trade(), b.flood()
	trade.paced(time.Second, tradeEvery) // warm
	var quiet, beside tally
	asked := 0
	for range max(b.rounds, 3) {
		b.settle()
		quiet = quiet.and(trade.paced(b.length(), tradeEvery))
		stop, done := make(chan struct{}), make(chan int)
		go func() { done <- flood.until(stop) }()
		time.Sleep(2 * time.Second) // what it had saved up is gone
		beside = beside.and(trade.paced(b.length(), tradeEvery))
		close(stop)
		asked += <-done
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	f := figure{
		Name: name, Unit: "ratio", Value: float64(beside.quantile(0.99)) / float64(max(quiet.quantile(0.99), 1)), OK: true,
		P50: ms(beside.quantile(0.5)), P95: ms(beside.quantile(0.95)), Bad: quiet.bad + beside.bad, BadExample: quiet.sample + beside.sample,
	}
	fmt.Printf("          %-12s p50 %6.2f → %6.2f  p95 %6.2f → %6.2f  p99 %6.2f → %6.2f ms, the flood asked %d times%s\n", name,
		ms(quiet.quantile(0.5)), ms(beside.quantile(0.5)), ms(quiet.quantile(0.95)), ms(beside.quantile(0.95)), ms(quiet.quantile(0.99)), ms(beside.quantile(0.99)), asked, bad(beside))
	return f, nil
}

func (b *bench) length() time.Duration { return time.Duration(b.seconds * float64(time.Second)) }

// floodMay gives the flooding marketplace its plan's limits, in the running house.
func (b *bench) floodMay(ctx context.Context, limits plans.Limits) error {
	h, done, err := openHouse(ctx, b.cluster)
	if err != nil {
		return err
	}
	defer done()
	all, err := h.Tenancy.All(ctx)
	if err != nil {
		return err
	}
	var flood id.Tenant
	for _, t := range all {
		if t.Slug == floodSlug {
			flood = t.ID
		}
	}
	ctx = caller.AsSystem(ctx, flood, "bench")
	p := floodPlan
	p.Limits = limits
	if have, _, err := h.Plans.Plan(ctx, p.Code); err == nil {
		p.Version = have.Version
	}
	if _, err := h.Plans.Publish(ctx, p, true); err != nil {
		return err
	}
	return h.Plans.Begin(ctx, p.Code)
}

// trade is a buyer of the measured marketplace looking at goods at his own prices.
func (b *bench) trade() load {
	for _, s := range counters(product(b.addr, b.crowd)) {
		if s.name == "buyer_item" {
			l := s.load
			l.conns = traders
			return l
		}
	}
	return load{}
}

// flood asks for lists that nobody has in memory, as quickly as it is answered.
func (b *bench) flood() load {
	return load{addr: b.addr, conns: floodConns, next: new(atomic.Uint64), fill: func(n uint64, r *fasthttp.Request) bool {
		get(r, b.addr, fmt.Sprintf("/api/v1/items?q=a%d&limit=%d", n, 12+n%wordingEach))
		r.UseHostHeader = true
		r.Header.SetHost(floodHost)
		return true
	}}
}

// until asks until it is told to stop, whatever the answers are, and says how often.
func (l load) until(stop <-chan struct{}) int {
	var wg sync.WaitGroup
	var asked atomic.Int64
	for range l.conns {
		wg.Go(func() {
			l.worker(func() bool {
				select {
				case <-stop:
					return false
				default:
					asked.Add(1)
					return true
				}
			})
		})
	}
	wg.Wait()
	return int(asked.Load())
}

// paced asks at a pace, as people do: an answer that comes late does not make the next
// question later.
func (l load) paced(d, every time.Duration) tally {
	var sum tally
	var mu sync.Mutex
	var wg sync.WaitGroup
	begun := time.Now()
	for k := range l.conns {
		wg.Go(func() {
			next := begun.Add(every * time.Duration(k) / time.Duration(l.conns))
			one := l.worker(func() bool {
				next = next.Add(every)
				time.Sleep(time.Until(next))
				return time.Since(begun) < d
			})
			mu.Lock()
			defer mu.Unlock()
			sum = sum.and(one)
		})
	}
	wg.Wait()
	sum.took = time.Since(begun)
	return sum
}

// and is both runs together.
func (t tally) and(o tally) tally {
	t.good, t.bad, t.took = t.good+o.good, t.bad+o.bad, t.took+o.took
	t.latencies = append(t.latencies, o.latencies...)
	slices.Sort(t.latencies)
	if t.sample == "" {
		t.sample = o.sample
	}
	return t
}

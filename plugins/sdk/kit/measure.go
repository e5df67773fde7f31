package kit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// Measure is one number and what it may be. Budget 0 is a number for its own sake.
type Measure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Budget float64 `json:"budget,omitempty"`
	Unit   string  `json:"unit"`
}

// OK says whether the number keeps to its budget.
func (m Measure) OK() bool { return m.Budget == 0 || m.Value <= m.Budget }

// Budgets of a start: an interpreter has to be loaded first.
const (
	startProgram = 200 * time.Millisecond
	startScript  = 1500 * time.Millisecond
)

func (t Target) startBudget() time.Duration {
	f, err := os.Open(t.Program)
	if err != nil {
		return startProgram
	}
	defer f.Close()
	head := make([]byte, 2)
	if _, err := f.Read(head); err == nil && bytes.Equal(head, []byte("#!")) {
		return startScript
	}
	return startProgram
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile of durations, in milliseconds.
func percentile(ds []time.Duration, p int) float64 {
	slices.Sort(ds)
	return ms(ds[min(len(ds)*p/100, len(ds)-1)])
}

// Measure times what the contract has budgets for: the start, a call alone and among many,
// batches, coming back after a crash, memory.
func (b *Bench) Measure(ctx context.Context) ([]Measure, error) {
	if b.dead != nil {
		return nil, b.dead
	}
	if b.target.Plugin != nil {
		return nil, errors.New("only a program has a start to measure")
	}
	p := &probe{Context: ctx, Bench: b}
	defer p.leave()
	budget := ms(b.target.startBudget())
	var starts []time.Duration
	for range 10 {
		began := time.Now()
		g, err := b.ready(ctx, false)
		if err != nil {
			return nil, err
		}
		starts = append(starts, time.Since(began))
		g.stop()
	}
	out := []Measure{{"start to first answer, p50", percentile(starts, 50), budget, "ms"}, {"start to first answer, slowest of 10", percentile(starts, 99), 3 * budget, "ms"}}
	g, err := p.fresh()
	if err != nil {
		return nil, err
	}
	all, err := p.asks()
	if err != nil {
		return nil, err
	}
	if idle := resident(g.pid); idle > 0 {
		m := Measure{Name: "memory, idle", Value: float64(idle >> 20), Unit: "MiB"}
		if b.target.Manifest != nil {
			m.Budget = float64(b.target.Manifest.Memory >> 20)
		}
		out = append(out, m)
	}
	for _, a := range all {
		one, err := timed(p, g, a, 1, 1000)
		if err != nil {
			return nil, err
		}
		many, err := timed(p, g, a, 64, 4000)
		if err != nil {
			return nil, err
		}
		out = append(out, Measure{a.name + ", one caller, p50", percentile(one, 50), 1, "ms"}, Measure{a.name + ", one caller, p99", percentile(one, 99), 10, "ms"},
			Measure{a.name + ", 64 callers, p50", percentile(many, 50), 30, "ms"}, Measure{a.name + ", 64 callers, p99", percentile(many, 99), 150, "ms"})
	}
	if offered(b.declared, "pricing") {
		batches, err := p.batches(g)
		if err != nil {
			return nil, err
		}
		out = append(out, batches...)
	}
	began := time.Now()
	g.run.kill()
	if g, err = p.fresh(); err == nil {
		err = p.serves(g)
	}
	return append(out, Measure{"killed and serving again", ms(time.Since(began)), 1.5 * budget, "ms"}), err
}

// timed makes so many calls with so many callers.
func timed(p *probe, g *plug, a ask, callers, calls int) ([]time.Duration, error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	for range callers {
		wg.Go(func() {
			c := p.call("")
			var mine []time.Duration
			var err error
			for range calls / callers {
				began := time.Now()
				if _, err = a.of(p, g, c); err != nil {
					break
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, mine...), errors.Join(failed, err)
		})
	}
	wg.Wait()
	return all, failed
}

// batches price so many lines at once.
func (p *probe) batches(g *plug) (out []Measure, err error) {
	q, err := p.quotation()
	if err != nil {
		return nil, err
	}
	for n, budget := range map[int]float64{1: 1, 10: 2, 100: 20, 500: 100} {
		b := proto.CloneOf(q)
		b.Lines = nil
		for i := range n {
			l := proto.CloneOf(q.GetLines()[i%len(q.GetLines())])
			l.LineId = fmt.Sprint("l", i)
			b.Lines = append(b.Lines, l)
		}
		a := ask{path: "/" + contract + ".Pricing/Quote", request: b, reply: func() proto.Message { return &wire.QuoteReply{} }}
		took, err := timed(p, g, a, 1, 50)
		if err != nil {
			return nil, err
		}
		out = append(out, Measure{fmt.Sprintf("%3d lines in one call, p50", n), percentile(took, 50), budget, "ms"})
	}
	slices.SortFunc(out, func(a, b Measure) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out, nil
}

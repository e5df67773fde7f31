package pluginhost

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// States of a plugin's process.
const (
	StateStarting    = "starting"
	StateReady       = "ready"
	StateDegraded    = "degraded"
	StateDraining    = "draining"
	StateStopped     = "stopped"
	StateBackoff     = "backoff"
	StateQuarantined = "quarantined"
	StateRefused     = "refused" // the folder cannot be used at all
)

// process is one plugin over all its generations.
type process struct {
	host     *Host
	manifest Manifest
	stats    *stats
	gate     chan struct{} // calls in flight in the whole process

	mu        sync.Mutex
	state     string
	current   *generation
	changed   chan struct{} // closed and replaced at every change
	number    int
	restarts  int
	crashes   []time.Time
	lastErr   error
	readyAt   time.Time
	revived   chan struct{}
	bulkheads map[string]chan struct{}
	breakers  map[string]*breaker
}

func newProcess(h *Host, m Manifest) *process {
	limit := m.Resources.Concurrency
	if limit <= 0 {
		limit = 64
	}
	return &process{
		host: h, manifest: m, stats: newStats(), gate: make(chan struct{}, limit), state: StateStopped, changed: make(chan struct{}),
		revived: make(chan struct{}, 1), bulkheads: map[string]chan struct{}{}, breakers: map[string]*breaker{},
	}
}

func (p *process) set(state string, g *generation, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.current = state, g
	if err != nil {
		p.lastErr = err
	}
	if state == StateReady {
		p.readyAt = p.host.now()
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *process) serving() (*generation, string, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current, p.state, p.changed
}

// settled waits until the plugin serves, or will not for a while.
func (p *process) settled(ctx context.Context) error {
	for {
		g, state, changed := p.serving()
		if g != nil || state == StateQuarantined || state == StateRefused || state == StateBackoff {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// closeWithin is how long running calls may take when the whole host ends.
const closeWithin = 2500 * time.Millisecond

// revive lets a plugin out of quarantine, or ends the running process so that a new one
// takes its place.
func (p *process) revive() {
	p.mu.Lock()
	p.crashes = nil
	p.mu.Unlock()
	select {
	case p.revived <- struct{}{}:
	default:
	}
}

// supervise keeps the plugin running until ctx ends.
func (p *process) supervise(ctx context.Context) {
	for ctx.Err() == nil {
		p.number++
		p.set(StateStarting, nil, nil)
		g, err := p.launch(ctx, p.number)
		if err == nil {
			p.set(StateReady, g, nil)
			p.host.log.Info("plugin serves", "plugin", p.manifest.ID, "version", p.manifest.Version, "generation", g.number, "pid", g.run.pid())
			var again bool
			again, err = p.watch(ctx, g)
			if again { // stopped on purpose
				continue
			}
		}
		if ctx.Err() != nil {
			break
		}
		p.host.log.Error("plugin ended", "plugin", p.manifest.ID, "generation", p.number, "error", err)
		p.rest(ctx, err)
	}
	p.set(StateStopped, nil, nil)
}

// watch looks after a serving generation until it ends. again means that it was exchanged
// or the host is closing, which is no crash.
func (p *process) watch(ctx context.Context, g *generation) (again bool, err error) {
	misses, every := 0, time.NewTimer(p.host.time.HealthEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			p.set(StateDraining, nil, nil)
			t := p.host.time
			t.Drain = min(t.Drain, closeWithin) // somebody waits at a keyboard
			g.stop(t)
			return true, nil
		case <-p.revived:
			p.set(StateDraining, nil, nil)
			g.stop(p.host.time)
			return true, nil
		case <-g.run.exited:
			p.set(StateBackoff, nil, nil)
			err = g.why(nil)
			g.kill()
			return false, err
		case <-g.hangs:
		case <-every.C:
		}
		if err = p.examine(ctx, g); err == nil {
			misses = 0
			every.Reset(p.host.time.HealthEvery)
			continue
		}
		if misses++; misses >= p.host.time.Misses {
			p.set(StateBackoff, nil, nil)
			err = g.why(err)
			g.kill()
			return false, err
		}
		if misses == (p.host.time.Misses+1)/2 {
			p.set(StateDegraded, g, err)
		}
		every.Reset(min(p.host.time.HealthEvery, p.host.time.HealthMax))
	}
}

func (p *process) examine(ctx context.Context, g *generation) error {
	ctx, cancel := context.WithTimeout(ctx, p.host.time.HealthMax)
	defer cancel()
	h, err := g.client.Health(ctx)
	if err != nil {
		return err
	}
	_, state, _ := p.serving()
	switch {
	case h.Degraded && state == StateReady:
		p.set(StateDegraded, g, nil)
	case !h.Degraded && state == StateDegraded:
		p.set(StateReady, g, nil)
	}
	return nil
}

// rest waits before the next start: not at all after a first crash, then longer each time;
// after too many crashes until somebody says so.
func (p *process) rest(ctx context.Context, cause error) {
	t := p.host.time
	p.mu.Lock()
	now := p.host.now()
	if !p.readyAt.IsZero() && now.Sub(p.readyAt) > t.Settled {
		p.crashes = nil
	}
	p.crashes = append(p.crashes, now)
	for len(p.crashes) > 0 && now.Sub(p.crashes[0]) > t.CrashWindow {
		p.crashes = p.crashes[1:]
	}
	n := len(p.crashes)
	p.restarts++
	p.mu.Unlock()

	state, hopeless := StateQuarantined, errors.Is(cause, ErrTier) || errors.Is(cause, ErrDigest) || errors.Is(cause, ErrOtherSelf) || errors.Is(cause, ErrManifest)
	if hopeless { // starting it again would find the same
		state = StateRefused
	}
	if hopeless || n >= t.CrashLimit {
		p.host.log.Error("plugin given up", "plugin", p.manifest.ID, "crashes", n)
		p.set(state, nil, ErrQuarantine.Because(cause))
		select {
		case <-p.revived:
		case <-ctx.Done():
		}
		return
	}
	p.set(StateBackoff, nil, cause)
	if n == 1 {
		return
	}
	wait := min(t.Backoff<<min(n-2, 20), t.BackoffMax)
	wait += time.Duration((rand.Float64()*0.4 - 0.2) * float64(wait))
	select {
	case <-time.After(wait):
	case <-p.revived:
	case <-ctx.Done():
	}
}

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
	berth    berth
	began    int // the how-manieth of the fleet's
	end      context.CancelFunc
	stats    *stats
	gate     chan struct{} // calls in flight in the whole process

	mu        sync.Mutex
	state     string
	current   *generation
	changed   chan struct{} // closed and replaced at every change
	number    int
	restarts  int
	crashes   []time.Time
	suspects  map[culprit]int
	lastErr   error
	readyAt   time.Time
	revived   chan struct{}
	bulkheads map[string]chan struct{}
	breakers  map[string]*breaker
}

func newProcess(h *Host, m Manifest, b berth) *process {
	limit := m.Resources.Concurrency
	if limit <= 0 {
		limit = 64
	}
	return &process{
		host: h, manifest: m, berth: b, stats: newStats(), gate: make(chan struct{}, limit), state: StateStopped, changed: make(chan struct{}),
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

// trouble is why the plugin does not serve.
func (p *process) trouble(state string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lastErr != nil {
		return p.lastErr
	}
	return p.name(ErrUnavailable).Because(errors.New(state))
}

// closeWithin is how long running calls may take when the whole host ends.
const closeWithin = 2500 * time.Millisecond

// revive lets a plugin out of quarantine, or has a new process take the running one's place.
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
	var leaving sync.WaitGroup // exchanged processes that finish their last calls
	defer leaving.Wait()
	for ctx.Err() == nil {
		p.set(StateStarting, nil, nil)
		g, err := p.begin(ctx)
		for err == nil && g != nil {
			g, err = p.watch(ctx, g, &leaving)
		}
		if ctx.Err() != nil {
			break
		}
		p.host.log.Error("plugin ended", "plugin", p.manifest.ID, "generation", p.number, "error", err)
		p.rest(ctx, err)
	}
	p.set(StateStopped, nil, nil)
}

// begin launches the next generation and lets it serve.
func (p *process) begin(ctx context.Context) (*generation, error) {
	p.number++
	g, err := p.launch(ctx, p.number)
	if err != nil {
		return nil, err
	}
	p.set(StateReady, g, nil)
	p.host.log.Info("plugin serves", "plugin", p.manifest.ID, "version", p.manifest.Version, "generation", g.number, "pid", g.run.pid(), "tier", g.cage.Tier)
	return g, nil
}

// watch looks after a serving generation until it ends, or another serves in its place. No
// generation and no error means that the host is closing.
func (p *process) watch(ctx context.Context, g *generation, leaving *sync.WaitGroup) (*generation, error) {
	misses, every := 0, time.NewTimer(p.host.time.HealthEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			p.set(StateDraining, nil, nil)
			t := p.host.time
			t.Drain = min(t.Drain, closeWithin) // somebody waits at a keyboard
			g.stop(t)
			return nil, nil //nolint:nilnil // as said
		case <-p.revived:
			if next := p.exchange(ctx, g, leaving); next != nil {
				return next, nil
			}
			continue
		case <-g.run.exited:
			p.set(StateBackoff, nil, nil)
			err := g.why(nil)
			g.kill()
			if c, ok := p.accuse(g.witness.saw()); ok {
				p.poisoned(ctx, c, err)
			}
			return nil, err
		case <-g.hangs:
		case <-every.C:
		}
		err := p.examine(ctx, g)
		if err == nil {
			misses = 0
			if why := g.worn(p.host.time, p.host.now()); why != "" {
				p.host.log.Info("plugin is exchanged", "plugin", p.manifest.ID, "generation", g.number, "why", why)
				if next := p.exchange(ctx, g, leaving); next != nil {
					return next, nil
				}
			}
			every.Reset(p.host.time.HealthEvery)
			continue
		}
		if misses++; misses >= p.host.time.Misses {
			p.set(StateBackoff, nil, nil)
			err = g.why(err)
			g.kill()
			return nil, err
		}
		if misses == (p.host.time.Misses+1)/2 {
			p.set(StateDegraded, g, err)
		}
		every.Reset(min(p.host.time.HealthEvery, p.host.time.HealthMax))
	}
}

// exchange lets a new generation serve before the old one stops, which finishes what it has
// begun. If the new one does not come up, the old one serves on.
func (p *process) exchange(ctx context.Context, old *generation, leaving *sync.WaitGroup) *generation {
	next, err := p.begin(ctx)
	if err != nil {
		p.host.log.Error("plugin not exchanged", "plugin", p.manifest.ID, "error", err)
		p.set(StateReady, old, err)
		return nil
	}
	leaving.Go(func() { old.stop(p.host.time) })
	return next
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
		p.host.fleet.wg.Go(func() {
			for _, in := range p.host.book.all(p.berth) {
				p.host.unserved(ctx, in, cause)
			}
		})
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

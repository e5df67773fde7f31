package pluginhost

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// culprit is a kind of call of one installation.
type culprit struct {
	installation id.Installation
	rpc          string
}

// witness remembers which calls were under way when a process ended: those that are, and
// those that its end has cut off.
type witness struct {
	mu  sync.Mutex
	now map[culprit]int
	cut map[culprit]bool
}

func (w *witness) began(c culprit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now == nil {
		w.now, w.cut = map[culprit]int{}, map[culprit]bool{}
	}
	w.now[c]++
}

func (w *witness) ended(c culprit, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now[c]--; w.now[c] <= 0 {
		delete(w.now, c)
	}
	if cut {
		w.cut[c] = true
	}
}

func (w *witness) saw() map[culprit]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[culprit]bool{}
	maps.Copy(out, w.cut)
	for c := range w.now {
		out[c] = true
	}
	return out
}

// poisonous is in how many ends of the process one kind of call has to be under way before
// it is held to be the cause.
const poisonous = 3

// accuse counts who was there when a process ended. Only who was there each time, alone, is
// blamed: where several were, nobody knows.
func (p *process) accuse(saw map[culprit]bool) (culprit, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.suspects == nil {
		p.suspects = map[culprit]int{}
	}
	for c := range p.suspects {
		if !saw[c] {
			delete(p.suspects, c)
		}
	}
	var worst []culprit
	for c := range saw {
		if p.suspects[c]++; p.suspects[c] >= poisonous {
			worst = append(worst, c)
		}
	}
	if len(worst) != 1 {
		return culprit{}, false
	}
	delete(p.suspects, worst[0])
	p.crashes = nil // it was not the plugin's doing for anybody else
	return worst[0], true
}

// poisoned has an installation suspended whose calls end the process.
func (p *process) poisoned(ctx context.Context, c culprit, cause error) {
	in, ok := p.host.book.byInstallation(c.installation)
	if !ok || p.host.cfg.Poisoned == nil || !slices.Contains(idsOf(p.host.book.all(p.berth)), c.installation) {
		return
	}
	p.host.log.Error("a tenant's calls end the plugin", "plugin", p.manifest.ID, "tenant", in.Tenant, "rpc", c.rpc)
	p.host.fleet.wg.Go(func() {
		p.host.cfg.Poisoned(caller.AsSystem(ctx, in.Tenant, "plugin-host"), in, c.rpc, cause)
	})
}

func idsOf(ins []Installation) (out []id.Installation) {
	for _, in := range ins {
		out = append(out, in.ID)
	}
	return out
}

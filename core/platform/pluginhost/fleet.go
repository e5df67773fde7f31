package pluginhost

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Packages are the artifacts that did not come with the program.
type Packages interface {
	// Folder is where an artifact lies unpacked on this machine; an error if it may not be
	// run, or not any more.
	Folder(ctx context.Context, artifact string) (dir string, err error)
}

// berth names one process: an artifact, for all who use it or for one tenant alone.
type berth struct {
	plugin   string
	artifact string // digest; empty: the one that came with the program
	alone    id.Tenant
}

func (in Installation) berth() berth {
	b := berth{plugin: in.Plugin, artifact: in.Artifact}
	if in.Alone {
		b.alone = in.Tenant
	}
	return b
}

// fleet is every process, each under its own supervision.
type fleet struct {
	host *Host
	mu   sync.RWMutex
	all  map[berth]*process
	idle map[berth]time.Time // since when nobody has used one
	ctx  context.Context     //nolint:containedctx // of the host, for processes that come later
	wg   sync.WaitGroup
}

func newFleet(h *Host, came []Manifest) *fleet {
	f := &fleet{host: h, all: map[berth]*process{}, idle: map[berth]time.Time{}}
	for _, m := range came {
		b := berth{plugin: m.ID}
		f.all[b] = newProcess(h, m, b)
	}
	return f
}

// start begins to supervise what came with the program; others begin when they are wanted.
func (f *fleet) start(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ctx = ctx
	for _, p := range f.all {
		f.begin(p)
	}
}

func (f *fleet) begin(p *process) {
	ctx, cancel := context.WithCancel(f.ctx)
	p.end = cancel
	f.wg.Go(func() { p.supervise(ctx) })
}

// of finds a process that is there.
func (f *fleet) of(b berth) *process {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.all[b]
}

// list is every process, in a fixed order.
func (f *fleet) list() []*process {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []*process
	for _, p := range f.all {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *process) int {
		if d := slices.Compare([]byte(a.berth.plugin), []byte(b.berth.plugin)); d != 0 {
			return d
		}
		return a.began - b.began
	})
	return out
}

// want is the process of an installation, begun if it is not there. It does not wait until
// that serves.
func (f *fleet) want(ctx context.Context, in Installation) (*process, error) {
	b := in.berth()
	if p := f.of(b); p != nil {
		return p, nil
	}
	m, err := f.manifest(ctx, b)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.all[b]; p != nil {
		return p, nil
	}
	p := newProcess(f.host, m, b)
	p.began = len(f.all)
	f.all[b] = p
	if f.ctx != nil {
		f.begin(p)
	}
	return p, nil
}

func (f *fleet) manifest(ctx context.Context, b berth) (Manifest, error) {
	if b.artifact == "" { // a process of one's own of what came with the program
		if p := f.of(berth{plugin: b.plugin}); p != nil {
			return p.manifest, nil
		}
		return Manifest{}, ErrNotInstalled
	}
	if f.host.cfg.Packages == nil {
		return Manifest{}, ErrNotInstalled
	}
	dir, err := f.host.cfg.Packages.Folder(ctx, b.artifact)
	if err != nil {
		return Manifest{}, err
	}
	m, err := ReadManifest(dir)
	switch {
	case err != nil:
		return m, err
	case m.Digest() != b.artifact || m.ID != b.plugin:
		return m, ErrDigest.With("path", dir).With("expected", b.artifact).With("found", m.Digest())
	}
	return m, m.Verify()
}

// trim ends what nobody has used for a while, and at once what may not run any more. What
// came with the program stays.
func (f *fleet) trim(used map[berth]bool, revoked map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.host.now()
	for b, p := range f.all {
		if b == (berth{plugin: b.plugin}) || used[b] {
			delete(f.idle, b)
			continue
		}
		since, known := f.idle[b]
		if !known {
			since = now
			f.idle[b] = now
		}
		if now.Sub(since) >= f.host.time.Warm || revoked[b.artifact] {
			delete(f.all, b)
			delete(f.idle, b)
			if p.end != nil {
				p.end()
			}
		}
	}
}

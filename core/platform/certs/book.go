package certs

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// How long the book of addresses is believed. A name that is not in it has it read again
// sooner, for it may have been proved a moment ago; but never oftener, whatever the flood.
const (
	bookFresh = 5 * time.Second
	bookMiss  = time.Second
	bookStale = time.Minute // when the database does not answer
)

// book is every address in memory: a name that is nobody's costs no query and no entry.
type book struct {
	load Hosts
	now  func() time.Time
	mu   sync.Mutex
	page atomic.Pointer[bookPage]
}

type bookPage struct {
	hosts map[string]Standing
	read  time.Time
	tried time.Time
}

func (b *book) find(ctx context.Context, name string) (Standing, bool, error) {
	p := b.page.Load()
	if p != nil {
		s, ok := p.hosts[name]
		if age := b.now().Sub(p.tried); ok && age < bookFresh || age < bookMiss {
			return s, ok, p.usable(b.now())
		}
	}
	p, err := b.again(ctx, p)
	if err != nil {
		return Standing{}, false, err
	}
	s, ok := p.hosts[name]
	return s, ok, p.usable(b.now())
}

func (p *bookPage) usable(now time.Time) error {
	if now.Sub(p.read) > bookStale {
		return errUnread
	}
	return nil
}

// again reads the book, once for all who wait.
func (b *book) again(ctx context.Context, had *bookPage) (*bookPage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.page.Load(); p != nil && p != had {
		return p, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookFresh) // one impatient client must not fail the others
	defer cancel()
	hosts, err := b.load(ctx)
	next := &bookPage{hosts, b.now(), b.now()}
	if err != nil && had == nil {
		return nil, err
	}
	if err != nil {
		next = &bookPage{had.hosts, had.read, b.now()}
	}
	b.page.Store(next)
	return next, nil
}

func (b *book) forget() { b.page.Store(nil) }

// pauses are names for which nothing is tried for a while. They are of known addresses
// alone, and few.
type pauses struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]time.Time
}

func (p *pauses) set(name string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil || len(p.of) >= pausedMost {
		p.of = map[string]time.Time{}
	}
	p.of[name] = p.now().Add(d)
}

func (p *pauses) end(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.of, name)
}

func (p *pauses) has(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.of[name]
	if ok && !p.now().Before(until) {
		delete(p.of, name)
		ok = false
	}
	return ok
}

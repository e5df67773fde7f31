package web

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// siteTTL is how long a site is believed; suspending a tenant must bite within seconds.
const siteTTL = 2 * time.Second

// hosts remembers the last answers of Sites for moments, so that the anonymous fast path
// asks nobody. Strangers' hosts are remembered too: guessing names costs no query each.
type hosts struct {
	sites Sites
	now   func() time.Time
	mu    sync.RWMutex
	known map[string]hostEntry
}

type hostEntry struct {
	site  Site
	err   error
	until time.Time
}

const hostsMax = 50_000

func newHosts(sites Sites, now func() time.Time) *hosts {
	return &hosts{sites: sites, now: now, known: map[string]hostEntry{}}
}

// cached answers only from memory.
func (h *hosts) cached(host []byte) (Site, bool) {
	h.mu.RLock()
	e, ok := h.known[string(host)]
	h.mu.RUnlock()
	return e.site, ok && e.err == nil && h.now().Before(e.until)
}

func (h *hosts) byHost(ctx context.Context, host string) (Site, error) {
	if host == "" {
		return Site{}, ErrUnknownHost
	}
	h.mu.RLock()
	e, ok := h.known[host]
	h.mu.RUnlock()
	if ok && h.now().Before(e.until) {
		return e.site, e.err
	}
	site, err := h.sites.ByHost(ctx, host)
	if fault.KindOf(err) == fault.NotFound {
		err = ErrUnknownHost
	} else if err == nil && site.Tenant.IsZero() {
		err = ErrUnknownHost
	}
	if err == nil || err == error(ErrUnknownHost) {
		h.keep(host, hostEntry{site, err, h.now().Add(cmp.Or(site.Believed, siteTTL))})
	}
	return site, err
}

func (h *hosts) keep(host string, e hostEntry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.known) >= hostsMax {
		h.known = map[string]hostEntry{}
	}
	h.known[host] = e
}

// forget drops everything, after a tenant changed on this node.
func (h *hosts) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known = map[string]hostEntry{}
}

package pluginhost

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// register knows which tenant uses which plugin, with which settings.
type register struct {
	host    *Host
	loading sync.Mutex // one at a time
	wishes  map[string]time.Time

	mu      sync.RWMutex
	byID    map[id.Installation]*entry
	of      map[id.Tenant]map[string]*entry // by plugin
	sick    map[id.Installation][]sdk.Problem
	revoked map[string]bool // artifacts
	since   time.Time
}

// entry is an installation as it is served, and as it will be once the process for that has
// come up. Until then nothing is taken away from the tenant.
type entry struct {
	Installation
	next *Installation
}

func newRegister(h *Host) *register {
	return &register{host: h, byID: map[id.Installation]*entry{}, of: map[id.Tenant]map[string]*entry{}, sick: map[id.Installation][]sdk.Problem{}, revoked: map[string]bool{}}
}

// overlap is read again at every poll, because rows become visible at their commit and not
// at the moment they carry.
const overlap = 30 * time.Second

// load reads what changed and sends it to the plugins that run.
func (r *register) load(ctx context.Context) error {
	if r.host.cfg.Installations == nil {
		return nil
	}
	r.loading.Lock()
	defer r.loading.Unlock()
	r.mu.RLock()
	since := r.since
	r.mu.RUnlock()
	if !since.IsZero() {
		since = since.Add(-overlap)
	}
	rows, err := r.host.cfg.Installations.Changed(ctx, since)
	if err != nil {
		return err
	}
	changed := map[berth][]Installation{}
	for _, in := range rows {
		if r.news(&in) {
			in.Config = r.host.withExtra(r.host.opened(ctx, in))
			r.take(ctx, in, changed)
		}
	}
	for b, ins := range changed {
		if p := r.host.fleet.of(b); p != nil {
			if g, _, _ := p.serving(); g != nil {
				if err := p.configure(ctx, g.client, ins); err != nil {
					r.host.log.Error("plugin settings not taken", "plugin", b.plugin, "error", err)
				}
			}
		}
	}
	r.host.fleet.trim(r.uses())
	return r.granted(ctx)
}

// granted starts again what somebody has asked for since it was last looked.
func (r *register) granted(ctx context.Context) error {
	w, ok := r.host.cfg.Installations.(Wishes)
	if !ok {
		return nil
	}
	asked, err := w.Restarts(ctx)
	if err != nil {
		return err
	}
	first := r.wishes == nil
	for plugin, at := range asked {
		if !first && at.After(r.wishes[plugin]) {
			if err := r.host.Restart(plugin); err != nil && !errors.Is(err, ErrNotInstalled) {
				return err
			}
		}
	}
	r.wishes = asked
	if asked == nil {
		r.wishes = map[string]time.Time{}
	}
	return nil
}

// news says whether a row is another than the one that is known, and readies it.
func (r *register) news(in *Installation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if in.UpdatedAt.After(r.since) {
		r.since = in.UpdatedAt
	}
	if in.Revoked {
		in.Enabled, r.revoked[in.Artifact] = false, true
	}
	old := r.byID[in.ID]
	have := in
	if old != nil {
		have = &old.Installation
		if old.next != nil {
			have = old.next
		}
	}
	if old != nil && have.Revision == in.Revision && have.Enabled == in.Enabled && have.Artifact == in.Artifact && have.Alone == in.Alone {
		return false
	}
	return true
}

// take lets a row count: at once, or, where it wants another process than the one that
// serves the tenant, when that one serves too.
func (r *register) take(ctx context.Context, in Installation, changed map[berth][]Installation) {
	r.mu.Lock()
	old := r.byID[in.ID]
	moves := in.Enabled && (old == nil || old.berth() != in.berth() || !old.Enabled)
	r.mu.Unlock()
	if !moves {
		r.put(in)
		b := in.berth()
		changed[b] = append(changed[b], in)
		return
	}
	p, err := r.host.fleet.want(ctx, in)
	if err != nil {
		r.host.log.Error("plugin cannot be had", "plugin", in.Plugin, "artifact", in.Artifact, "error", err)
		r.host.unserved(ctx, in, err)
		if old == nil {
			r.put(in) // it is known, and does not answer
		}
		return
	}
	if g, _, _ := p.serving(); g != nil || old == nil || !old.Enabled || p.host.fleet.ctx == nil {
		r.swap(in, old, changed)
		return
	}
	r.mu.Lock()
	old.next = &in
	r.mu.Unlock()
	r.host.fleet.wg.Go(func() { r.await(p, in) })
}

// swap routes a tenant's calls to the process of in, and has the one before forget him.
func (r *register) swap(in Installation, old *entry, changed map[berth][]Installation) {
	if old != nil && old.Enabled && old.berth() != in.berth() {
		before := old.Installation
		before.Enabled = false
		b := before.berth()
		defer func() { changed[b] = append(changed[b], before) }()
	}
	r.put(in)
	b := in.berth()
	changed[b] = append(changed[b], in)
}

// await lets the next process serve before the one before is let go.
func (r *register) await(p *process, in Installation) {
	ctx := r.host.fleet.ctx
	err := p.settled(ctx)
	g, state, _ := p.serving()
	if err == nil && g != nil {
		changed := map[berth][]Installation{}
		// The settings first: whoever is routed there must be known there.
		if err = p.configure(ctx, g.client, []Installation{in}); err == nil {
			r.mu.RLock()
			var before entry
			if e := r.byID[in.ID]; e != nil && e.next != nil && e.next.Revision == in.Revision {
				before = *e
			}
			r.mu.RUnlock()
			if before.next == nil {
				return // something newer came meanwhile
			}
			r.swap(in, &before, changed)
			for b, ins := range changed {
				if b == in.berth() {
					continue
				}
				if p := r.host.fleet.of(b); p != nil {
					if g, _, _ := p.serving(); g != nil {
						_ = p.configure(ctx, g.client, ins)
					}
				}
			}
			return
		}
	}
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = p.trouble(state)
	}
	r.mu.Lock()
	if e := r.byID[in.ID]; e != nil && e.next != nil && e.next.Revision == in.Revision {
		e.next = nil
	}
	r.mu.Unlock()
	r.host.log.Error("plugin not exchanged for a tenant", "plugin", in.Plugin, "tenant", in.Tenant, "artifact", in.Artifact, "error", err)
	r.host.unserved(ctx, in, err)
}

func (r *register) put(in Installation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := &entry{Installation: in}
	r.byID[in.ID] = e
	if r.of[in.Tenant] == nil {
		r.of[in.Tenant] = map[string]*entry{}
	}
	r.of[in.Tenant][in.Plugin] = e
}

// uses are the processes that serve an installation or soon will, and the artifacts that
// may not run any more.
func (r *register) uses() (used map[berth]bool, revoked map[string]bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	used = map[berth]bool{}
	for _, e := range r.byID {
		if e.Enabled {
			used[e.berth()] = true
		}
		if e.next != nil {
			used[e.next.berth()] = true
		}
	}
	return used, maps.Clone(r.revoked)
}

// enabled are the tenant's installations that are, and what is wrong with their settings.
func (r *register) enabled(t id.Tenant) (out []judged) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, e := range r.of[t] {
		if e.Enabled {
			out = append(out, judged{e.Installation, r.sick[e.ID]})
		}
	}
	return out
}

type judged struct {
	Installation
	sick []sdk.Problem
}

// opened puts what lies sealed into an installation's settings. If it cannot be had now, the
// plugin says what is missing.
func (h *Host) opened(ctx context.Context, in Installation) Installation {
	if !in.Sealed || h.cfg.Secrets == nil {
		return in
	}
	secrets, err := h.cfg.Secrets(caller.AsSystem(ctx, in.Tenant, "plugin-host"), in.ID)
	own := map[string]any{}
	if err == nil && len(in.Config) > 0 {
		err = json.Unmarshal(in.Config, &own)
	}
	if err != nil {
		h.log.ErrorContext(ctx, "secrets of a plugin not had", "installation", in.ID, "error", err)
		return in
	}
	for path, secret := range secrets {
		at, names := own, strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			inner, ok := at[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		at[names[len(names)-1]] = secret
	}
	if b, err := json.Marshal(own); err == nil {
		in.Config = b
	}
	return in
}

// withExtra lays the deployment's settings under the tenant's own.
func (h *Host) withExtra(in Installation) json.RawMessage {
	if h.cfg.Extra == nil {
		return in.Config
	}
	extra := h.cfg.Extra(in.Plugin, in.Tenant)
	own := map[string]any{}
	if len(extra) == 0 || (len(in.Config) > 0 && json.Unmarshal(in.Config, &own) != nil) {
		return in.Config
	}
	all := maps.Clone(extra)
	maps.Copy(all, own)
	b, err := json.Marshal(all)
	if err != nil {
		return in.Config
	}
	return b
}

func (r *register) poll(ctx context.Context) {
	tick := time.NewTicker(r.host.time.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.load(ctx); err != nil && ctx.Err() == nil {
				r.host.log.Warn("installations not read", "error", err)
			}
		}
	}
}

// all are the enabled installations that a process serves, or will.
func (r *register) all(b berth) []Installation {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []Installation
	for _, e := range r.byID {
		switch {
		case e.next != nil && e.next.berth() == b:
			out = append(out, *e.next)
		case e.Enabled && e.berth() == b:
			out = append(out, e.Installation)
		}
	}
	return out
}

func (r *register) byInstallation(i id.Installation) (Installation, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.byID[i]
	if !ok {
		return Installation{}, false
	}
	return e.Installation, true
}

// route is one way to have something done for a tenant.
type route struct {
	proc *process
	inst Installation
	sick []sdk.Problem
}

// routes are the tenant's plugins with a capability, the one to ask first in front.
func (r *register) routes(tenant id.Tenant, capability string) []route {
	var out []route
	for _, in := range r.enabled(tenant) {
		p := r.host.fleet.of(in.berth())
		if p == nil {
			continue
		}
		if _, ok := p.manifest.Capabilities[capability]; ok {
			out = append(out, route{p, in.Installation, in.sick})
		}
	}
	slices.SortFunc(out, func(a, b route) int {
		if d := a.proc.manifest.Capabilities[capability].OrderHint - b.proc.manifest.Capabilities[capability].OrderHint; d != 0 {
			return d
		}
		return slices.Compare([]byte(a.proc.manifest.ID), []byte(b.proc.manifest.ID))
	})
	return out
}

const batchOfTenants = 200

// configureAll sends every tenant's settings to a fresh generation.
func (p *process) configureAll(ctx context.Context, c *sdk.Client) error {
	for batch := range slices.Chunk(p.host.book.all(p.berth), batchOfTenants) {
		if err := p.configure(ctx, c, batch); err != nil {
			return err
		}
	}
	return nil
}

// configure sends some; a tenant whose settings are refused is marked, the others serve.
func (p *process) configure(ctx context.Context, c *sdk.Client, ins []Installation) error {
	ctx, cancel := context.WithTimeout(ctx, p.host.time.Configure)
	defer cancel()
	var on, off []sdk.TenantConfig
	for _, in := range ins {
		t := sdk.TenantConfig{Tenant: in.Tenant.String(), Installation: in.ID.String(), Revision: uint64(max(in.Revision, 1)), JSON: p.manifest.tell(in.Config)}
		if in.Enabled {
			on = append(on, t)
		} else {
			off = append(off, t)
		}
	}
	got, err := c.Configure(ctx, on, off...)
	if err != nil {
		return err
	}
	p.host.book.judge(got)
	return nil
}

func (r *register) judge(got []sdk.Configured) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range got {
		var i id.Installation
		if i.UnmarshalText([]byte(g.Installation)) != nil {
			continue
		}
		if len(g.Problems) == 0 {
			delete(r.sick, i)
			continue
		}
		r.sick[i] = g.Problems
		r.host.log.Warn("plugin refuses a tenant's settings", "installation", g.Installation, "problems", g.Problems)
	}
}

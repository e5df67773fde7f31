package pluginhost

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// register knows which tenant uses which plugin, with which settings.
type register struct {
	host *Host

	mu    sync.RWMutex
	byID  map[id.Installation]*Installation
	of    map[id.Tenant]map[string]*Installation // by plugin
	sick  map[id.Installation][]sdk.Problem
	since time.Time
}

func newRegister(h *Host) *register {
	return &register{host: h, byID: map[id.Installation]*Installation{}, of: map[id.Tenant]map[string]*Installation{}, sick: map[id.Installation][]sdk.Problem{}}
}

// overlap is read again at every poll, because rows become visible at their commit and not
// at the moment they carry.
const overlap = 30 * time.Second

// load reads what changed and sends it to the plugins that run.
func (r *register) load(ctx context.Context) error {
	if r.host.cfg.Installations == nil {
		return nil
	}
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
	changed := map[string][]Installation{}
	r.mu.Lock()
	for _, in := range rows {
		if in.UpdatedAt.After(r.since) {
			r.since = in.UpdatedAt
		}
		if old := r.byID[in.ID]; old != nil && old.Revision == in.Revision && old.Enabled == in.Enabled {
			continue
		}
		in.Config = r.host.withExtra(in)
		r.put(in)
		changed[in.Plugin] = append(changed[in.Plugin], in)
	}
	r.mu.Unlock()
	for plugin, ins := range changed {
		if p := r.host.procs[plugin]; p != nil {
			if g, _, _ := p.serving(); g != nil {
				if err := p.configure(ctx, g.client, ins); err != nil {
					r.host.log.Error("plugin settings not taken", "plugin", plugin, "error", err)
				}
			}
		}
	}
	return nil
}

func (r *register) put(in Installation) {
	r.byID[in.ID] = &in
	if r.of[in.Tenant] == nil {
		r.of[in.Tenant] = map[string]*Installation{}
	}
	r.of[in.Tenant][in.Plugin] = &in
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

// all are the enabled installations of a plugin.
func (r *register) all(plugin string) []Installation {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []Installation
	for _, in := range r.byID {
		if in.Plugin == plugin && in.Enabled {
			out = append(out, *in)
		}
	}
	return out
}

func (r *register) byInstallation(i id.Installation) (Installation, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	in, ok := r.byID[i]
	if !ok {
		return Installation{}, false
	}
	return *in, true
}

// route is one way to have something done for a tenant.
type route struct {
	proc *process
	inst Installation
	sick []sdk.Problem
}

// routes are the tenant's plugins with a capability, the one to ask first in front.
func (r *register) routes(tenant id.Tenant, capability string) []route {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []route
	for plugin, in := range r.of[tenant] {
		p := r.host.procs[plugin]
		if p == nil || !in.Enabled {
			continue
		}
		if _, ok := p.manifest.Capabilities[capability]; ok {
			out = append(out, route{p, *in, r.sick[in.ID]})
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
	for batch := range slices.Chunk(p.host.book.all(p.manifest.ID), batchOfTenants) {
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

package kit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func tenantChecks() []Check {
	return []Check{
		{Name: "tenant.config.valid_accepted", Level: Must, Rule: "Good settings are taken without a problem.", do: func(p *probe) error {
			_, err := p.fresh()
			return err
		}},
		{Name: "tenant.config.invalid_pointer", Level: Must, Rule: "Bad settings are refused with a problem that points at them.", do: invalidPointer},
		{Name: "tenant.config.idempotent", Level: Must, Rule: "The same settings may be sent any number of times.", do: configIdempotent},
		{Name: "tenant.config.stale_revision_reported", Level: Must, Rule: "A call under settings that the plugin was never told of is refused as config_stale.", do: staleRevision},
		{Name: "tenant.config.live_change_no_error", Level: Must, Rule: "Settings change while calls run: each call gets its answer, or config_stale.", do: liveChange},
		{Name: "tenant.config.one_bad_does_not_fail_others", Level: Must, Rule: "One tenant's bad settings are that tenant's alone: the others of the same message are taken.", do: oneBad},
		{Name: "tenant.remove.forgets", Level: Must, Rule: "After a tenant is removed, its calls are refused as config_stale.", do: removeForgets},
		{Name: "tenant.isolation.no_cross_read", Level: Must, Rule: "A tenant cannot call under another's installation.", do: crossRead},
		{Name: "tenant.isolation.token_bound", Level: Must, Rule: "What the plugin asks of the host in a call, it asks with that call's token.", do: tokenBound},
		{Name: "tenant.isolation.noisy_neighbour", Level: Should, Rule: "While one tenant floods the plugin, another's calls keep their deadlines.", do: noisyNeighbour},
		{Name: "tenant.secrets.rotation_live", Level: Must, Rule: "A changed secret is used from the next call on, and the old one never again.", do: rotation},
		{Name: "tenant.secrets.canary_never_logged", Level: Must, Rule: "No secret is ever printed, logged or told in an error.", do: canary},
	}
}

func invalidPointer(p *probe) error {
	if len(p.examples.Invalid) == 0 {
		return absent{"settings.invalid", true}
	}
	g, err := p.plug()
	if err != nil {
		return err
	}
	for _, bad := range p.examples.Invalid {
		t := p.tenant("00000000-0000-7000-8000-00000000bad0", "00000000-0000-7000-9000-00000000bad0")
		t.ConfigJson = bad.Settings
		r, err := g.life.ConfigureTenants(p, &wire.ConfigureTenantsRequest{Tenants: []*wire.TenantConfig{t}})
		if err != nil {
			return err
		}
		var found []string
		for _, x := range r.GetResults() {
			for _, q := range x.GetProblems() {
				found = append(found, q.GetJsonPointer())
			}
		}
		if !slices.Contains(found, bad.Pointer) {
			return fmt.Errorf("%s is wrong at %s; the problems point at %q", bad.Settings, bad.Pointer, found)
		}
	}
	return nil
}

func configIdempotent(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	for range 3 {
		if err := g.configure(p, p.tenant(tenantA, installA)); err != nil {
			return err
		}
	}
	return p.serves(g)
}

// each makes every kind of call for c and hands the outcome to want.
func (p *probe) each(g *plug, c func() *wire.Call, want func(error) error) error {
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		a.mayRefuse = ""
		_, err := a.of(p, g, c())
		if err := want(err); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}

func stale(err error) error { return refused(err, sdk.ReasonConfigStale) }

func staleRevision(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	return p.each(g, func() *wire.Call {
		c := p.call("")
		c.ConfigRevision++
		return c
	}, stale)
}

func crossRead(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	return p.each(g, func() *wire.Call { return p.callOf(tenantB, installA, "") }, stale)
}

func liveChange(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	const last = revision + 20
	var wg sync.WaitGroup
	failed := make(chan error, 8)
	for n := range 8 {
		wg.Go(func() {
			for i := range 40 {
				c := p.call("")
				c.ConfigRevision = uint64(revision + i/2)
				_, err := all[n%len(all)].of(p, g, c)
				if err != nil && stale(err) != nil {
					failed <- err
					return
				}
			}
		})
	}
	for r := uint64(revision); r <= last; r++ {
		t := p.tenant(tenantA, installA)
		t.Revision = r
		if err := g.configure(p, t); err != nil {
			return err
		}
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
	}
	return p.each(g, func() *wire.Call {
		c := p.call("")
		c.ConfigRevision = last
		return c
	}, p.served)
}

// served is an answer, or the refusal that an example's question has for one.
func (p *probe) served(err error) error {
	e := refusal(err)
	for _, c := range capabilities() {
		if e != nil && c.mayRefuse != "" && e.GetReason() == c.mayRefuse {
			return nil
		}
	}
	return err
}

func oneBad(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	bad, good := p.tenant(tenantB, installB), p.tenant(tenantA, installA)
	bad.ConfigJson, bad.Revision, good.Revision = []byte(`{"broken`), 8, 8
	r, err := g.life.ConfigureTenants(p, &wire.ConfigureTenantsRequest{Tenants: []*wire.TenantConfig{bad, good}})
	if err != nil {
		return fmt.Errorf("one bad tenant fails all: %w", err)
	}
	if len(r.GetResults()) != 2 || r.GetResults()[1].GetInstallationId() != installA || len(r.GetResults()[1].GetProblems()) > 0 {
		return fmt.Errorf("the good one is answered with %s", show(r))
	}
	return p.each(g, func() *wire.Call {
		c := p.call("")
		c.ConfigRevision = 8
		return c
	}, p.served)
}

func removeForgets(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	gone := p.tenant(tenantA, installA)
	gone.Removed = true
	if _, err := g.life.ConfigureTenants(p, &wire.ConfigureTenantsRequest{Tenants: []*wire.TenantConfig{gone}}); err != nil {
		return err
	}
	if err := p.each(g, func() *wire.Call { return p.call("") }, stale); err != nil {
		return err
	}
	return p.each(g, func() *wire.Call { return p.callOf(tenantB, installB, "") }, p.served)
}

// tokenBound makes calls of two tenants in turn and looks whose token each question had.
func tokenBound(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.outward()
	if err != nil {
		return err
	}
	seen := false
	for n, who := range [][2]string{{tenantA, installA}, {tenantB, installB}, {tenantA, installA}} {
		for _, a := range all {
			before := len(p.host.questions())
			a.of(p, g, p.callOf(who[0], who[1], p.key(fmt.Sprint("token-", n)))) //nolint:errcheck // whose token counts
			for _, q := range p.host.questions()[before:] {
				if seen = true; q.installation != who[1] {
					return fmt.Errorf("%s for the installation %s asks with the token of %q", a.name, who[1], q.installation)
				}
			}
		}
	}
	if !seen {
		return nil // it asks nobody, so it can ask with nobody else's
	}
	return nil
}

func noisyNeighbour(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	stop := p.crowd(g, all)
	late := 0
	for range 10 {
		for _, a := range all {
			in, cancel := withBudget(p, a)
			if _, err := a.of(in, g, p.callOf(tenantB, installB, "")); err != nil {
				late++
			}
			cancel()
		}
	}
	if err := stop(); err != nil {
		return err
	}
	if late > 0 {
		return fmt.Errorf("%d of %d calls of the neighbour were late", late, 10*len(all))
	}
	return nil
}

// secrets are the values of the settings that nobody may see.
func (b *Bench) secrets() (names, values []string) {
	var all map[string]any
	if json.Unmarshal(b.settings, &all) != nil {
		return nil, nil
	}
	declared := []string{}
	if b.target.Manifest != nil {
		declared = b.target.Manifest.Secrets
	}
	for name, v := range all {
		s, ok := v.(string)
		if ok && len(s) >= 8 && (slices.Contains(declared, name) || strings.HasSuffix(name, "_secret") || strings.HasSuffix(name, "_key")) {
			names, values = append(names, name), append(values, s)
		}
	}
	return names, values
}

// rotation gives the plugin another secret and looks at what it shows outside.
func rotation(p *probe) error {
	names, values := p.secrets()
	if len(names) == 0 {
		return idle("the settings hold no secret")
	}
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.outward()
	if err != nil {
		return err
	}
	used := p.shows(g, all, revision, values, "before")
	var changed map[string]any
	if err := json.Unmarshal(p.settings, &changed); err != nil {
		return err
	}
	var next []string
	for i, n := range names {
		next = append(next, values[i][:len(values[i])-2]+"AA")
		changed[n] = next[i]
	}
	t := p.tenant(tenantA, installA)
	t.Revision = revision + 1
	if t.ConfigJson, err = json.Marshal(changed); err != nil {
		return err
	}
	if err := g.configure(p, t); err != nil {
		return err
	}
	p.host.normal()
	if old := p.shows(g, all, revision+1, values, "after"); len(old) > 0 {
		return errors.New("the old secret is still shown to the outside party")
	}
	p.host.normal()
	if len(used) > 0 && len(p.shows(g, all, revision+1, next, "again")) == 0 {
		return errors.New("the new secret is not shown where the old one was")
	}
	return nil
}

// shows are the secrets that questions carry as they are.
func (p *probe) shows(g *plug, all []ask, rev uint64, values []string, word string) (out []string) {
	for _, a := range all {
		c := p.call(p.key("rotate-" + word))
		c.ConfigRevision = rev
		a.of(p, g, c) //nolint:errcheck // what it shows counts
	}
	for _, q := range p.host.questions() {
		var text strings.Builder
		fmt.Fprint(&text, q.request.URL, q.request.Header, string(q.request.Body))
		for _, v := range values {
			if strings.Contains(text.String(), v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// canary makes calls that go well and calls that do not, and reads what was said.
func canary(p *probe) error {
	names, values := p.secrets()
	if len(names) == 0 {
		return idle("the settings hold no secret")
	}
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.outward()
	if err != nil {
		return err
	}
	var said strings.Builder
	for _, a := range all {
		for _, m := range []proto.Message{a.request, a.reply()} {
			if proto.MessageName(m) != proto.MessageName(a.request) {
				m = proto.Clone(a.request)
				proto.Reset(m) // nothing in it: it will be refused
			}
			a.request = m
			if _, err := a.of(p, g, p.call(p.key("canary-"+fmt.Sprint(said.Len())))); err != nil {
				said.WriteString(explain(err))
			}
		}
	}
	g.stop()
	text := p.said.String() + p.printed.String() + said.String()
	for i, v := range values {
		if strings.Contains(text, v) {
			return fmt.Errorf("the value of the setting %s was written down", names[i])
		}
	}
	return nil
}

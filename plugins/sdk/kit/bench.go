package kit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// The tenants of a bench.
const (
	tenantA, installA = "01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"
	tenantB, installB = "01890a5d-ac96-774b-bcce-b302099a8059", "01890a5d-ac96-774b-bcce-b302099a805a"

	revision = 7
)

// Bench is where one plugin is checked.
type Bench struct {
	target   Target
	examples Examples
	settings json.RawMessage
	declared map[string][]string
	about    *wire.DescribeReply
	outside  outside
	host     *host
	said     *words // standard error
	printed  *words // what came over the connection as output
	tape     *tape
	shared   *plug
	dead     error  // why there was no first answer
	run      string // makes keys of this run unlike those of another
}

// Open starts the outside party and asks the plugin what it is. A plugin that does not
// start, or does not say, has a bench all the same: the checks of the handshake tell why.
func Open(ctx context.Context, t Target, x Examples) (*Bench, error) {
	var b [4]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	bench := &Bench{target: t, examples: x, said: &words{}, printed: &words{}, tape: &tape{}, run: hex.EncodeToString(b[:])}
	var err error
	if bench.outside, err = openOutside(x); err != nil {
		return nil, err
	}
	bench.host = newHost(bench.outside.address())
	if bench.settings, err = bench.outside.settings(ctx, x.Settings); err != nil {
		bench.Close()
		return nil, fmt.Errorf("settings: %w", err)
	}
	bench.declared = map[string][]string{}
	if t.Manifest != nil && t.Manifest.Broken != nil {
		bench.dead = t.Manifest.Broken
		return bench, nil
	}
	p, err := bench.start(ctx, false)
	if err != nil {
		bench.dead = fmt.Errorf("the plugin does not start: %w", err)
		return bench, nil
	}
	defer p.stop()
	if bench.about, err = p.life.Describe(ctx, &wire.DescribeRequest{}); err != nil {
		bench.dead = fmt.Errorf("the plugin does not say what it is: %w", err)
	}
	for _, c := range bench.about.GetCapabilities() {
		bench.declared[c.GetName()] = c.GetFeatures()
	}
	return bench, nil
}

// Close ends everything that the bench has started.
func (b *Bench) Close() {
	if b.shared != nil {
		b.shared.stop()
		b.shared = nil
	}
	b.outside.close()
}

// Dead says why the plugin cannot be asked anything at all.
func (b *Bench) Dead() error { return b.dead }

// About is what the plugin says of itself.
func (b *Bench) About() (id, version string, capabilities map[string][]string) {
	return b.about.GetId(), b.about.GetVersion(), b.declared
}

// Checks are those that concern this plugin and whose names match one of the patterns;
// without patterns all.
func (b *Bench) Checks(only ...string) (out []Check) {
	for _, c := range Checks() {
		if b.target.Plugin != nil && c.Needs&(Program|Folder|Cage) != 0 {
			continue
		}
		if b.dead != nil && !b.first(c.Name) {
			continue
		}
		if offered(b.declared, c.Of) && matches(c.Name, only) {
			out = append(out, c)
		}
	}
	return out
}

// first are the checks that can say why a plugin does not start.
func (b *Bench) first(name string) bool {
	if b.target.Manifest != nil && b.target.Manifest.Broken != nil {
		return name == "core.manifest.schema_valid"
	}
	return strings.HasPrefix(name, "core.manifest.") || strings.HasPrefix(name, "core.handshake.") || strings.HasPrefix(name, "core.env.") || strings.HasPrefix(name, "core.tls.")
}

func matches(name string, only []string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}

// patience is the longest that one check may take.
const patience = 2 * time.Minute

// Try runs one check.
func (b *Bench) Try(ctx context.Context, c Check) Result {
	r := Result{Check: c.Name, Level: c.Level, Rule: c.Rule, Outcome: Passed}
	switch {
	case c.Needs&Folder != 0 && b.target.Manifest == nil:
		r.Outcome, r.Why = NotRun, "there is a program and no folder with a manifest"
		return r
	case c.Needs&Cage != 0 && b.target.Hold == nil:
		r.Outcome, r.Why = NotRun, "there is nothing here to hold the program in"
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	b.tape.rewind()
	b.host.normal()
	p := &probe{Context: ctx, Bench: b}
	err := c.do(p)
	p.leave()
	r.Took = time.Since(began)
	var a absent
	var nothing idle
	switch {
	case errors.As(err, &a) && a.optional, errors.As(err, &nothing):
		r.Outcome, r.Why = NotRun, err.Error()
	case err != nil:
		r.Outcome, r.Why = Failed, explain(err)
		b.tape.tell(&r)
	}
	return r
}

// probe is one check at work.
type probe struct {
	context.Context
	*Bench
	own []*plug
}

func (p *probe) leave() {
	for _, g := range p.own {
		g.stop()
	}
}

// plug is a plugin that serves, and the ways to ask it.
type plug struct {
	*process
	life      wire.LifecycleClient
	pricing   wire.PricingClient
	logistics wire.LogisticsClient
	payment   wire.PaymentClient
}

func (g *plug) stop() { g.stopIt() }

// start brings a plugin up as far as the handshake.
func (b *Bench) start(ctx context.Context, caged bool, env ...string) (*plug, error) {
	var p *process
	var err error
	if b.target.Plugin != nil {
		conn, stop, derr := Dial(*b.target.Plugin)
		if p, err = (&process{conn: conn, stopIt: stop}), derr; err != nil {
			return nil, err
		}
	} else if p, err = launch(b.target, caged || b.target.Held, b.said, b.printed, env...); err != nil {
		return nil, err
	}
	if err := b.host.serve(p); err != nil {
		p.stopIt()
		return nil, err
	}
	p.conn = recorded{p.conn, b.tape}
	return &plug{p, wire.NewLifecycleClient(p.conn), wire.NewPricingClient(p.conn), wire.NewLogisticsClient(p.conn), wire.NewPaymentClient(p.conn)}, nil
}

// ready brings a plugin up to where it serves both tenants.
func (b *Bench) ready(ctx context.Context, caged bool) (*plug, error) {
	g, err := b.start(ctx, caged)
	if err != nil {
		return nil, err
	}
	if err := b.introduce(ctx, g); err != nil {
		g.stop()
		return nil, err
	}
	return g, nil
}

func (b *Bench) introduce(ctx context.Context, g *plug) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := g.life.Init(ctx, g.hosting()); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	return g.configure(ctx, b.tenant(tenantA, installA), b.tenant(tenantB, installB))
}

func (b *Bench) tenant(tenant, installation string) *wire.TenantConfig {
	return &wire.TenantConfig{TenantId: tenant, InstallationId: installation, Revision: revision, ConfigJson: b.settings}
}

// configure sends settings that must be taken.
func (g *plug) configure(ctx context.Context, tenants ...*wire.TenantConfig) error {
	r, err := g.life.ConfigureTenants(ctx, &wire.ConfigureTenantsRequest{Tenants: tenants})
	if err != nil {
		return fmt.Errorf("configure: %w", err)
	}
	if len(r.GetResults()) != len(tenants) {
		return fmt.Errorf("%d results for %d tenants", len(r.GetResults()), len(tenants))
	}
	for i, t := range r.GetResults() {
		if t.GetInstallationId() != tenants[i].GetInstallationId() {
			return fmt.Errorf("result %d is for %q, not %q", i, t.GetInstallationId(), tenants[i].GetInstallationId())
		}
		if len(t.GetProblems()) > 0 {
			return fmt.Errorf("the example settings are refused: %s", show(t.GetProblems()[0]))
		}
	}
	return nil
}

// plug is the process that checks share: none of them leaves it other than it was.
func (p *probe) plug() (*plug, error) {
	if s := p.shared; s != nil {
		ctx, cancel := context.WithTimeout(p, 5*time.Second)
		defer cancel()
		if _, err := s.life.Health(ctx, &wire.HealthRequest{}); err == nil {
			p.tape.rewind()
			return s, nil
		}
		s.stop()
		p.Bench.shared = nil
	}
	g, err := p.ready(p, false)
	if err != nil {
		return nil, err
	}
	p.Bench.shared = g
	return g, nil
}

// fresh is a process of this check's own, ready to serve.
func (p *probe) fresh() (*plug, error) {
	g, err := p.ready(p, false)
	if err == nil {
		p.own = append(p.own, g)
	}
	return g, err
}

// key is an idempotency key that nobody has used.
func (b *Bench) key(word string) string { return "kit-" + b.run + "-" + word }

// call is made for the first tenant.
func (b *Bench) call(key string) *wire.Call { return b.callOf(tenantA, installA, key) }

func (b *Bench) callOf(tenant, installation, key string) *wire.Call {
	return &wire.Call{
		TenantId: tenant, InstallationId: installation, RequestId: "kit", IdempotencyKey: key, ConfigRevision: revision,
		CallToken: b.host.issue(installation), Actor: "system:kit", Locale: "en",
	}
}

// ask is one request without effects.
type ask struct {
	name, path string
	request    proto.Message
	reply      func() proto.Message
	mayRefuse  string
	budget     time.Duration
}

// asks are one such request for each capability that the plugin has declared.
func (b *Bench) asks() (out []ask, err error) {
	for _, c := range capabilities() {
		if !offered(b.declared, c.name) || c.example == "" {
			continue
		}
		a, err := b.ask(c.example, c.fallback)
		if err != nil {
			return nil, err
		}
		a.mayRefuse, a.budget = c.mayRefuse, c.budgets[c.example]
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil, errors.New("it declares no capability that the contract knows")
	}
	return out, nil
}

func (b *Bench) ask(example, fallback string) (ask, error) {
	m, err := method(example)
	if err != nil {
		return ask{}, err
	}
	q, err := message(m.Input())
	if err != nil {
		return ask{}, err
	}
	x := b.examples
	if fallback != "" && x.Requests[example] == nil {
		x.Requests = map[string]json.RawMessage{example: json.RawMessage(fallback)}
	}
	if q, err = request(x, example, q); err != nil {
		return ask{}, err
	}
	return ask{name: example, path: rpcPath(m), request: q, reply: func() proto.Message {
		a, err := message(m.Output())
		if err != nil {
			panic(err) // the input was there
		}
		return a
	}}, nil
}

// of sends it for who is named in c.
func (a ask) of(ctx context.Context, g *plug, c *wire.Call) (proto.Message, error) {
	reply := a.reply()
	err := g.conn.Invoke(ctx, a.path, withCall(proto.Clone(a.request), c), reply)
	if e := refusal(err); e != nil && a.mayRefuse != "" && e.GetReason() == a.mayRefuse {
		return reply, nil
	}
	return reply, err
}

// serves asks everything once for the first tenant.
func (p *probe) serves(g *plug) error {
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		if _, err := a.of(p, g, p.call("")); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}

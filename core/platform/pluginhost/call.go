package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// rpc is what the contract promises about one call.
type rpc struct {
	name     string
	group    string // breakers are per group
	deadline time.Duration
	again    bool // no effects: may be asked once more of the next generation
}

// ask makes one guarded call: deadline, breaker, bulkhead, one retry where nothing can
// happen twice, and whatever goes wrong as a fault of this package.
func ask[A any](ctx context.Context, r route, rpc rpc, key string, fn func(context.Context, *sdk.Client, sdk.Call) (A, error)) (A, error) {
	var none A
	if work.Active(ctx) {
		return none, ErrInUnit
	}
	who, err := caller.From(ctx)
	if err != nil {
		return none, err
	}
	if err := r.proc.host.may(ctx, who, !rpc.again); err != nil {
		return none, err
	}
	p := r.proc
	if len(r.sick) > 0 {
		return none, p.name(ErrMisconfigured).Because(fmt.Errorf("%+v", r.sick))
	}
	br := p.breaker(r.inst.ID.String() + " " + rpc.group)
	if !br.allow(p.host.now()) {
		return none, p.name(ErrSuspended)
	}
	leave, err := p.enter(ctx, r)
	if err != nil {
		return none, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, rpc.deadline)
	defer cancel()
	began := time.Now()
	a, err := attempt(ctx, r, rpc, callFor(who, r.inst, key).WithToken(p.host.tokens.issue(r.inst.ID, p.host.now().Add(rpc.deadline+afterwards))), fn)
	f := p.classify(ctx, err)
	p.stats.add(time.Since(began), codeOf(f))
	br.record(p.host.now(), blames(f), errors.Is(f, ErrTimeout))
	if f != nil {
		return none, f
	}
	return a, nil
}

// may asks whether the tenant's state lets its plugins act.
func (h *Host) may(ctx context.Context, who caller.Caller, effect bool) error {
	if h.cfg.May == nil {
		return nil
	}
	return h.cfg.May(ctx, who.Tenant, effect)
}

// unserved tells that an installation's artifact does not serve here.
func (h *Host) unserved(ctx context.Context, in Installation, why error) {
	if h.cfg.Unserved != nil {
		h.cfg.Unserved(caller.AsSystem(ctx, in.Tenant, "plugin-host"), in, why)
	}
}

func callFor(who caller.Caller, in Installation, key string) sdk.Call {
	return sdk.Call{
		Tenant: in.Tenant.String(), Installation: in.ID.String(), RequestID: who.RequestID, Key: key,
		Revision: uint64(max(in.Revision, 1)), Actor: who.Subject(), Locale: who.Locale,
	}
}

// attempt asks the serving generation. A plugin that has not seen the tenant's settings is
// told them and asked once more; a lost connection is tried once more where that is safe.
func attempt[A any](ctx context.Context, r route, rpc rpc, call sdk.Call, fn func(context.Context, *sdk.Client, sdk.Call) (A, error)) (A, error) {
	var none A
	for retried, told := false, false; ; {
		g, err := r.proc.acquire(ctx, rpc.again)
		if err != nil {
			return none, err
		}
		a, err := once(ctx, g, culprit{r.inst.ID, rpc.name}, call, fn)
		switch {
		case err == nil:
			return a, nil
		case sdk.IsReason(err, sdk.ReasonConfigStale) && !told:
			told = true
			if err := r.proc.configure(ctx, g.client, []Installation{r.inst}); err != nil {
				return none, err
			}
		case rpc.again && !retried && lost(ctx, err):
			retried = true
			r.proc.dropped(ctx, g)
		default:
			if ctx.Err() != nil {
				g.suspect()
			}
			return none, err
		}
	}
}

func once[A any](ctx context.Context, g *generation, who culprit, call sdk.Call, fn func(context.Context, *sdk.Client, sdk.Call) (A, error)) (a A, err error) {
	g.calls.Add(1)
	g.inFlight.Add(1)
	g.witness.began(who)
	defer func() {
		g.witness.ended(who, err != nil && lost(ctx, err))
		g.inFlight.Add(-1)
	}()
	return fn(ctx, g.client, call)
}

// lost tells a broken connection from a plugin that answered. A connection that we closed
// ourselves, because its process is gone, calls its calls cancelled.
func lost(ctx context.Context, err error) bool {
	var e *sdk.Error
	if errors.As(err, &e) {
		return e.Reason == sdk.ReasonDraining
	}
	code := status.Code(err)
	return ctx.Err() == nil && (code == codes.Unavailable || code == codes.Canceled)
}

// errNotSent marks a call that never left: whatever it was, it has not happened.
var errNotSent = errors.New("nothing was sent")

// acquire finds the serving generation; wait lets a call sit through a restart as long as
// its deadline allows.
func (p *process) acquire(ctx context.Context, wait bool) (*generation, error) {
	for {
		g, state, changed := p.serving()
		if g != nil {
			return g, nil
		}
		if !wait || state == StateQuarantined || state == StateRefused || state == StateStopped {
			return nil, p.name(ErrUnavailable).Because(fmt.Errorf("%w: %s", errNotSent, state))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, p.name(ErrUnavailable).Because(fmt.Errorf("%w: %s", errNotSent, state))
		}
	}
}

// dropped waits until the supervisor has noticed that g is gone.
func (p *process) dropped(ctx context.Context, g *generation) {
	for {
		now, _, changed := p.serving()
		if now != g {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// suspect asks the supervisor to look now instead of at its next round.
func (g *generation) suspect() {
	select {
	case g.hangs <- struct{}{}:
	default:
	}
}

const queueFor = 50 * time.Millisecond

// enter keeps one tenant from taking the whole process: eight calls at once for each, and
// a limit for all together. Who finds no room waits fifty milliseconds.
func (p *process) enter(ctx context.Context, r route) (leave func(), err error) {
	own := p.bulkhead(r.inst.ID.String())
	timer := time.NewTimer(queueFor)
	defer timer.Stop()
	for _, ch := range []chan struct{}{own, p.gate} {
		select {
		case ch <- struct{}{}:
			continue
		default:
		}
		select {
		case ch <- struct{}{}:
		case <-timer.C:
			err = p.name(ErrBusy)
		case <-ctx.Done():
			err = p.name(ErrTimeout).Because(ctx.Err())
		}
		if err != nil {
			if ch == p.gate {
				<-own
			}
			return nil, err
		}
	}
	return func() { <-p.gate; <-own }, nil
}

func (p *process) bulkhead(key string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	ch, ok := p.bulkheads[key]
	if !ok {
		n := p.manifest.Resources.PerTenantConc
		if n <= 0 {
			n = 8
		}
		ch = make(chan struct{}, n)
		p.bulkheads[key] = ch
	}
	return ch
}

func (p *process) breaker(key string) *breaker {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.breakers[key]
	if !ok {
		b = &breaker{}
		p.breakers[key] = b
	}
	return b
}

// name fills the plugin's title into a fault.
func (p *process) name(f *fault.Error) *fault.Error {
	title := p.manifest.Title["en"]
	if title == "" {
		title = p.manifest.ID
	}
	return f.With("plugin", title)
}

// named fills the title into a fault that was made without it.
func (p *process) named(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Args["plugin"] == "" {
		return p.name(f)
	}
	return err
}

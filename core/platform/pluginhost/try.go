package pluginhost

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// Trial is what running a plugin once has shown. The names of the checks are the contract's.
type Trial struct {
	Tier   cage.Tier
	Passed []string
	Failed map[string]error
}

// Try runs the plugin of a folder as a host would, alone and without a tenant of anybody's,
// and looks whether it keeps the contract's first promises.
func (h *Host) Try(ctx context.Context, dir string) (Trial, error) {
	t := Trial{Failed: map[string]error{}}
	note := func(check string, err error) bool {
		if err != nil {
			t.Failed[check] = err
			return false
		}
		t.Passed = append(t.Passed, check)
		return true
	}
	m, err := ReadManifest(dir)
	if !note("core.manifest.schema_valid", err) || !note("core.manifest.digests_complete", m.Verify()) {
		return t, nil
	}
	p := newProcess(h, m, berth{plugin: m.ID, artifact: "trial of " + m.Digest()})
	began := time.Now()
	g, err := p.launch(ctx, 1)
	switch {
	case ctx.Err() != nil:
		return t, ctx.Err()
	case errors.Is(err, ErrOtherSelf):
		note("core.manifest.matches_describe", err)
		return t, nil
	case errors.Is(err, ErrTier):
		return t, err // this machine's doing
	case !note("core.handshake.within_10s", err):
		return t, nil
	}
	defer g.kill()
	t.Tier = g.cage.Tier
	note("core.manifest.matches_describe", nil)
	if took := time.Since(began); took > h.time.Start {
		note("core.handshake.within_10s", errors.New(took.String()))
	}
	note("core.health.plugin_service_serving", p.examine(ctx, g))
	note("core.proto.unimplemented_code", unknown(ctx, g))
	_, err = g.client.Configure(ctx, []sdk.TenantConfig{{Tenant: trialTenant, Installation: trialTenant, Revision: 1, JSON: []byte(`{"broken`)}})
	note("tenant.config.invalid_pointer", err)
	note("core.shutdown.exits_2s", g.leaves())
	return t, nil
}

const trialTenant = "00000000-0000-7000-8000-000000000000"

// unknown asks for something on behalf of a tenant that the plugin was never told of; that
// it must say so, and live.
func unknown(ctx context.Context, g *generation) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := g.client.Quote(ctx, sdk.QuoteRequest{Call: sdk.Call{Tenant: trialTenant, Installation: trialTenant, Revision: 7}, Currency: "EUR"})
	if sdk.IsReason(err, sdk.ReasonPanic) {
		return err
	}
	_, err = g.client.Health(ctx)
	return err
}

// leaves asks the process to end, as a host does.
func (g *generation) leaves() error {
	if err := g.run.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-g.run.exited:
		return nil
	case <-time.After(2 * time.Second):
		return errors.New("it runs on two seconds after SIGTERM")
	}
}

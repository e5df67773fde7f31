package plugintest

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kontorhq/kontor/plugins/sdk"
)

const (
	tenantA, installA = "01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"
	tenantB, installB = "01890a5d-ac96-774b-bcce-b302099a8059", "01890a5d-ac96-774b-bcce-b302099a805a"
)

var (
	idForm      = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9-]+){1,3}$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+`)
)

// core is what every plugin does, whatever it offers.
func (k *kit) core(t *testing.T) {
	t.Run("core.describe", func(t *testing.T) {
		d, err := k.plugin.Describe(within(t, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		k.desc = d
		if !idForm.MatchString(d.ID) || !versionForm.MatchString(d.Version) || len(d.Capabilities) == 0 {
			t.Errorf("describes itself as %+v", d)
		}
	})
	t.Run("core.init.once", func(t *testing.T) {
		if err := k.plugin.Init(within(t, time.Second), sdk.Hosting{Node: "kit"}); err != nil {
			t.Error(err)
		}
	})
	t.Run("core.health.plugin_service_serving", func(t *testing.T) {
		if _, err := k.plugin.Health(within(t, time.Second)); err != nil {
			t.Error(err)
		}
	})
}

// tenants sends settings the way the host does.
func (k *kit) tenants(t *testing.T) {
	a := sdk.TenantConfig{Tenant: tenantA, Installation: installA, Revision: 7, JSON: k.config}
	b := sdk.TenantConfig{Tenant: tenantB, Installation: installB, Revision: 1, JSON: []byte(`{"broken`)}
	t.Run("tenant.config.valid_accepted", func(t *testing.T) {
		for range 2 { // and tenant.config.idempotent
			got, err := k.plugin.Configure(within(t, 5*time.Second), []sdk.TenantConfig{a})
			if err != nil || len(got) != 1 || got[0].Installation != installA || len(got[0].Problems) > 0 {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
	})
	t.Run("tenant.config.one_bad_does_not_fail_others", func(t *testing.T) {
		got, err := k.plugin.Configure(within(t, 5*time.Second), []sdk.TenantConfig{b, a})
		if err != nil || len(got) != 2 || len(got[1].Problems) > 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("tenant.config.stale_revision_reported", func(t *testing.T) {
		c := k.call("stale")
		c.Revision = 8
		refused(t, k.any(t, c), sdk.ReasonConfigStale)
	})
	t.Run("tenant.isolation.no_cross_read", func(t *testing.T) {
		c := k.call("foreign")
		c.Tenant = tenantB
		refused(t, k.any(t, c), sdk.ReasonConfigStale)
	})
	t.Run("tenant.remove.forgets", func(t *testing.T) {
		if _, err := k.plugin.Configure(within(t, 5*time.Second), nil, a); err != nil {
			t.Fatal(err)
		}
		refused(t, k.any(t, k.call("gone")), sdk.ReasonConfigStale)
		if _, err := k.plugin.Configure(within(t, 5*time.Second), []sdk.TenantConfig{a}); err != nil {
			t.Fatal(err)
		}
	})
}

// any makes one call of whatever the plugin offers.
func (k *kit) any(t *testing.T, c sdk.Call) error {
	t.Helper()
	ctx := within(t, 5*time.Second)
	var err error
	switch {
	case k.offers(sdk.CapPricing, ""):
		_, err = k.plugin.Quote(ctx, sdk.QuoteRequest{Call: c, Currency: k.Currency, Lines: k.Lines})
	case k.offers(sdk.CapLogistics, ""):
		r := k.Rate
		r.Call = c
		_, err = k.plugin.Rate(ctx, r)
	case k.offers(sdk.CapPayment, ""):
		_, err = k.plugin.Operation(ctx, sdk.OperationRequest{Call: c, OpID: "none"})
	}
	return err
}

// deadline: a caller that has given up gets nothing more, soon.
func (k *kit) deadline(t *testing.T, name string, call func(context.Context) error) {
	t.Run("core.deadline.returns_in_time "+name, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := call(ctx)
		if status.Code(err) != codes.Canceled && !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled call gave %v", err)
		}
		if d := time.Since(began); d > time.Second {
			t.Errorf("took %v after the host had given up", d)
		}
	})
}

// survives: nonsense is refused or answered, and never a panic.
func (k *kit) survives(t *testing.T, name string, call func(context.Context) error) {
	t.Run("core.panic.contained "+name, func(t *testing.T) {
		if err := call(within(t, 5*time.Second)); sdk.IsReason(err, sdk.ReasonPanic) {
			t.Error(err)
		}
		if _, err := k.plugin.Health(within(t, time.Second)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

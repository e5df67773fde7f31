// Package plugintest is what every plugin must pass. It talks over the real wire: Run in
// one process, Exec to a launched program in any language. Only what a plugin offers is
// checked; the names of the checks are those of the contract.
package plugintest

import (
	"context"
	"encoding/json"
	"net"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// Setup is what the kit cannot invent: settings, and examples that the plugin serves.
type Setup struct {
	Config any // a tenant's settings

	Currency string
	Lines    []sdk.QuoteLine // at least one that it prices

	Rate sdk.RateRequest // a consignment that it moves

	Begin sdk.BeginRequest
	// Fund makes the money of an operation arrive at the provider.
	Fund func(*testing.T, sdk.Operation)
	// Webhook gives the provider's message about it, as it was received.
	Webhook func(*testing.T, sdk.Operation) sdk.WebhookRequest
	// Account is one that the provider pays to.
	Account string
}

// kit is one plugin under test.
type kit struct {
	Setup
	plugin *sdk.Client
	desc   sdk.Description
	config json.RawMessage
}

// Run checks p in this process.
func Run(t *testing.T, p sdk.Plugin, s Setup) {
	t.Helper()
	run(t, Dial(t, p), s)
}

// Exec checks a program, written in whatever language, the way a host launches it.
func Exec(t *testing.T, program string, s Setup) {
	t.Helper()
	began := time.Now()
	lib := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: sdk.Handshake, VersionedPlugins: sdk.HostSet(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Cmd: exec.Command(program), AutoMTLS: true, SkipHostEnv: true, StartTimeout: 10 * time.Second, Logger: hclog.NewNullLogger(),
	})
	t.Cleanup(lib.Kill)
	proto, err := lib.Client()
	if err != nil {
		t.Fatalf("core.handshake.within_10s: %v after %v", err, time.Since(began))
	}
	c, err := sdk.Dispense(proto)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("core.handshake.cookie_required", func(t *testing.T) {
		cmd := exec.CommandContext(within(t, 5*time.Second), program)
		cmd.Env = []string{}
		if out, err := cmd.Output(); err == nil {
			t.Errorf("started by hand it served: %s", out)
		}
	})
	run(t, c, s)
	t.Run("core.shutdown.exits_2s", func(t *testing.T) {
		began := time.Now()
		if lib.Kill(); !lib.Exited() || time.Since(began) > 2*time.Second {
			t.Errorf("exited %v after %v", lib.Exited(), time.Since(began))
		}
	})
}

// Dial serves p on a connection in memory and gives the host's side of it.
func Dial(t testing.TB, p sdk.Plugin) *sdk.Client {
	t.Helper()
	srv, l := sdk.Register(p), bufconn.Listen(1<<20)
	go srv.Serve(l) //nolint:errcheck // ends with Stop
	conn, err := grpc.NewClient("passthrough:///plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessage), grpc.MaxCallSendMsgSize(sdk.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		srv.Stop()
	})
	return sdk.NewClient(conn)
}

func run(t *testing.T, c *sdk.Client, s Setup) {
	t.Helper()
	k := &kit{Setup: s, plugin: c}
	if s.Config != nil {
		b, err := json.Marshal(s.Config)
		if err != nil {
			t.Fatal(err)
		}
		k.config = b
	}
	k.core(t)
	k.tenants(t)
	if k.offers(sdk.CapPricing, "") {
		k.pricing(t)
	}
	if k.offers(sdk.CapLogistics, "") {
		k.logistics(t)
	}
	if k.offers(sdk.CapPayment, "") {
		k.payment(t)
	}
}

func (k *kit) offers(capability, feature string) bool {
	return slices.ContainsFunc(k.desc.Capabilities, func(c sdk.Capability) bool {
		return c.Name == capability && (feature == "" || slices.Contains(c.Features, feature))
	})
}

// call is for the tenant that tenants configured.
func (k *kit) call(key string) sdk.Call {
	return sdk.Call{Tenant: tenantA, Installation: installA, Revision: 7, Key: key, RequestID: "kit", Actor: "system:kit", Locale: "en"}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// refused fails unless err is the plugin's own, typed refusal.
func refused(t *testing.T, err error, reason string) {
	t.Helper()
	if !sdk.IsReason(err, reason) {
		t.Errorf("got %v, want a refusal with reason %q", err, reason)
	}
}

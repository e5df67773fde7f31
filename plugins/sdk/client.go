package sdk

import (
	"context"
	"errors"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// Client is the other side of a plugin: the host's and the conformance kit's. Authors do
// not need it.
type Client struct {
	lifecycle wire.LifecycleClient
	pricing   wire.PricingClient
	logistics wire.LogisticsClient
	payment   wire.PaymentClient
}

// ErrMalformedReply is an answer that does not parse.
var ErrMalformedReply = errors.New("sdk: reply malformed")

// NewClient talks to a plugin over an open connection.
func NewClient(c grpc.ClientConnInterface) *Client {
	return &Client{wire.NewLifecycleClient(c), wire.NewPricingClient(c), wire.NewLogisticsClient(c), wire.NewPaymentClient(c)}
}

// HostSet is what a host offers to the library when it launches a plugin; the dispensed
// value is a *Client.
func HostSet() map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{1: {wireName: &wirePlugin{}}}
}

// Dispense takes the Client out of a launched plugin.
func Dispense(p plugin.ClientProtocol) (*Client, error) {
	raw, err := p.Dispense(wireName)
	if err != nil {
		return nil, err
	}
	c, ok := raw.(*Client)
	if !ok {
		return nil, ErrMalformedReply
	}
	return c, nil
}

// Register serves p on a gRPC server with the SDK's guards, for tests in one process.
func Register(p Plugin) *grpc.Server {
	s := grpc.NewServer(limits()...)
	newServer(p).register(s)
	return s
}

// Description is what a plugin says it is.
type Description struct {
	ID, Version, Contract string
	Capabilities          []Capability
}

// Describe asks what the plugin is.
func (c *Client) Describe(ctx context.Context) (Description, error) {
	r, err := c.lifecycle.Describe(ctx, &wire.DescribeRequest{})
	if err != nil {
		return Description{}, fromStatus(err)
	}
	return Description{r.GetId(), r.GetVersion(), r.GetContract(), each(r.GetCapabilities(), capabilityFrom)}, nil
}

// Hosting is what a host tells of itself. Without a socket it can be asked for nothing.
type Hosting struct{ Node, Tier, Socket string }

// Init is the first call of a host, once per process.
func (c *Client) Init(ctx context.Context, h Hosting) error {
	_, err := c.lifecycle.Init(ctx, &wire.InitRequest{Node: h.Node, SandboxTier: h.Tier, HostSocket: h.Socket, MaxMessageBytes: MaxMessage})
	return fromStatus(err)
}

// Configured is how one tenant's settings were received.
type Configured struct {
	Installation string
	Revision     uint64
	Problems     []Problem
}

// Configure sends settings; one bad tenant does not spoil the others.
func (c *Client) Configure(ctx context.Context, tenants []TenantConfig, removed ...TenantConfig) ([]Configured, error) {
	req := &wire.ConfigureTenantsRequest{}
	for _, t := range tenants {
		req.Tenants = append(req.Tenants, &wire.TenantConfig{TenantId: t.Tenant, InstallationId: t.Installation, Revision: t.Revision, ConfigJson: t.JSON})
	}
	for _, t := range removed {
		req.Tenants = append(req.Tenants, &wire.TenantConfig{TenantId: t.Tenant, InstallationId: t.Installation, Removed: true})
	}
	r, err := c.lifecycle.ConfigureTenants(ctx, req)
	if err != nil {
		return nil, fromStatus(err)
	}
	return each(r.GetResults(), func(t *wire.TenantResult) Configured {
		return Configured{t.GetInstallationId(), t.GetRevision(), problemsFrom(t.GetProblems())}
	}), nil
}

// Health asks how the plugin is. Failing is an error.
func (c *Client) Health(ctx context.Context) (Health, error) {
	r, err := c.lifecycle.Health(ctx, &wire.HealthRequest{})
	if err != nil {
		return Health{}, fromStatus(err)
	}
	if r.GetStatus() == wire.HealthReply_FAILING {
		return Health{}, &Error{Reason: "failing"}
	}
	return Health{r.GetStatus() == wire.HealthReply_DEGRADED, r.GetDependencies()}, nil
}

// Drain stops new work and waits for the running, at most until ctx ends. It says how
// many calls are left.
func (c *Client) Drain(ctx context.Context, graceMS int64) (int, error) {
	r, err := c.lifecycle.Drain(ctx, &wire.DrainRequest{GraceMs: graceMS})
	return int(r.GetInFlight()), fromStatus(err)
}

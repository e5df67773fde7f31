package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// server answers the host on behalf of a Plugin.
type server struct {
	wire.UnimplementedLifecycleServer
	wire.UnimplementedPricingServer
	wire.UnimplementedLogisticsServer
	wire.UnimplementedPaymentServer

	plugin   Plugin
	mu       sync.RWMutex
	tenants  map[string]TenantConfig // by installation
	host     wire.HostClient         // nil where it offers nothing
	draining atomic.Bool
	inFlight atomic.Int64
}

func newServer(p Plugin) *server { return &server{plugin: p, tenants: map[string]TenantConfig{}} }

// register offers the services that the plugin filled in, and only those.
func (s *server) register(r grpc.ServiceRegistrar) {
	wire.RegisterLifecycleServer(r, s)
	if s.plugin.Pricing != nil {
		wire.RegisterPricingServer(r, s)
	}
	if s.plugin.Logistics != nil {
		wire.RegisterLogisticsServer(r, s)
	}
	if s.plugin.Payment != nil {
		wire.RegisterPaymentServer(r, s)
	}
}

// guard contains panics, counts what is in flight and turns errors into statuses. A panic
// in one tenant's call must not end the calls of the others in this process.
func (s *server) guard(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	if s.inFlight.Add(1); s.draining.Load() && !isLifecycle(info.FullMethod) {
		s.inFlight.Add(-1)
		return nil, toStatus(&Error{Reason: ReasonDraining, Blame: Host, Retryable: true})
	}
	defer s.inFlight.Add(-1)
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "panic", "rpc", info.FullMethod, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			resp, err = nil, toStatus(&Error{Reason: ReasonPanic, Detail: fmt.Sprint(p)})
		}
	}()
	resp, err = next(ctx, req)
	if err == nil {
		err = ctx.Err() // too late is too late, even with an answer
	}
	if err != nil {
		return nil, toStatus(err)
	}
	return resp, nil
}

func isLifecycle(method string) bool {
	const prefix = "/kontor.plugin.v1.Lifecycle/"
	return len(method) > len(prefix) && method[:len(prefix)] == prefix
}

// admit resolves the settings of the tenant that calls, and asks for the key where the
// call has an effect.
func (s *server) admit(c *Call, effect bool) error {
	if effect && c.Key == "" {
		return &Error{Reason: ReasonKeyMissing, Blame: Host}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	c.host = s.host
	t, ok := s.tenants[c.Installation]
	if !ok && c.Revision == 0 {
		return nil // no settings were ever meant to be sent
	}
	if !ok || t.Revision != c.Revision || t.Tenant != c.Tenant {
		return &Error{Reason: ReasonConfigStale, Blame: Host, Retryable: true}
	}
	c.config = t.JSON
	return nil
}

// Describe implements Lifecycle.
func (s *server) Describe(context.Context, *wire.DescribeRequest) (*wire.DescribeReply, error) {
	return &wire.DescribeReply{Id: s.plugin.ID, Version: s.plugin.Version, Contract: Contract, Capabilities: each(s.plugin.capabilities(), capabilityTo)}, nil
}

// Init implements Lifecycle.
func (s *server) Init(_ context.Context, r *wire.InitRequest) (*wire.InitReply, error) {
	if os.Getenv(SelfTestEnv) == "print" {
		fmt.Println(strings.Repeat("x", SelfTestLine))
	}
	if r.GetHostSocket() != "" {
		h, err := dialHost(r.GetHostSocket())
		if err != nil {
			return nil, &Error{Reason: "host_socket", Blame: Host, Detail: err.Error()}
		}
		s.mu.Lock()
		s.host = h
		s.mu.Unlock()
	}
	return &wire.InitReply{}, nil
}

// ConfigureTenants implements Lifecycle: each tenant is judged by itself.
func (s *server) ConfigureTenants(ctx context.Context, req *wire.ConfigureTenantsRequest) (*wire.ConfigureTenantsReply, error) {
	out := &wire.ConfigureTenantsReply{}
	for _, t := range req.GetTenants() {
		cfg := TenantConfig{t.GetTenantId(), t.GetInstallationId(), t.GetRevision(), t.GetConfigJson()}
		out.Results = append(out.Results, &wire.TenantResult{InstallationId: cfg.Installation, Revision: cfg.Revision, Problems: problemsTo(s.configure(ctx, cfg, t.GetRemoved()))})
	}
	return out, nil
}

func (s *server) configure(ctx context.Context, cfg TenantConfig, removed bool) []Problem {
	if removed {
		s.mu.Lock()
		delete(s.tenants, cfg.Installation)
		s.mu.Unlock()
		return nil
	}
	if s.plugin.Check != nil {
		if ps := s.plugin.Check(ctx, cfg); len(ps) > 0 {
			return ps
		}
	}
	s.mu.Lock()
	s.tenants[cfg.Installation] = cfg
	s.mu.Unlock()
	return nil
}

// Health implements Lifecycle.
func (s *server) Health(ctx context.Context, _ *wire.HealthRequest) (*wire.HealthReply, error) {
	if s.plugin.Health == nil {
		return &wire.HealthReply{Status: wire.HealthReply_SERVING}, nil
	}
	h := s.plugin.Health(ctx)
	st := wire.HealthReply_SERVING
	if h.Degraded {
		st = wire.HealthReply_DEGRADED
	}
	return &wire.HealthReply{Status: st, Dependencies: h.Dependencies}, nil
}

// Drain implements Lifecycle: no new work, and wait for what is running.
func (s *server) Drain(ctx context.Context, req *wire.DrainRequest) (*wire.DrainReply, error) {
	s.draining.Store(true)
	end := time.NewTimer(time.Duration(req.GetGraceMs()) * time.Millisecond)
	defer end.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if left := s.inFlight.Load() - 1; left <= 0 { // this call itself is one
			return &wire.DrainReply{}, nil
		}
		select {
		case <-tick.C:
		case <-end.C:
			return &wire.DrainReply{InFlight: uint32(max(s.inFlight.Load()-1, 0))}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

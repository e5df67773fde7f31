package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check answers whether a part can do its work; nil means yes.
type Check func(ctx context.Context) error

// Ops is the operators' listener: /metrics, /debug/pprof, /livez and /readyz. It belongs
// on an address that only they reach.
type Ops struct {
	registry *prometheus.Registry
	checks   map[string]Check
	draining atomic.Bool
	server   *http.Server
	addr     net.Addr
}

// NewOps makes the listener; checks decide about readiness, by name.
func NewOps(r *prometheus.Registry, checks map[string]Check) *Ops {
	return &Ops{registry: r, checks: checks}
}

// Drain makes /readyz say no from now on: the load balancer should look elsewhere while
// running requests finish.
func (o *Ops) Drain() { o.draining.Store(true) }

// Handler is the listener's, for tests and for whoever brings a listener of his own.
func (o *Ops) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", o.ready)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// ready asks all checks at once, two seconds at most.
func (o *Ops) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answers, ok := o.ask(ctx)
	if o.draining.Load() {
		answers["draining"], ok = "yes", false
	}
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answers)
}

func (o *Ops) ask(ctx context.Context) (answers map[string]string, ok bool) {
	answers, ok = map[string]string{}, true
	var mu sync.Mutex
	var wg sync.WaitGroup
	for name, check := range o.checks {
		wg.Go(func() {
			err := within(ctx, check)
			mu.Lock()
			defer mu.Unlock()
			answers[name] = "ok"
			if err != nil {
				answers[name], ok = err.Error(), false
			}
		})
	}
	wg.Wait()
	return answers, ok
}

// within does not wait for a check that ignores its context.
func within(ctx context.Context, check Check) error {
	done := make(chan error, 1)
	go func() { done <- check(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.New("no answer in time")
	}
}

// Start listens on addr.
func (o *Ops) Start(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	o.addr = l.Addr()
	o.server = &http.Server{Handler: o.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	go func() { _ = o.server.Serve(l) }() // ends with Stop
	return nil
}

// Addr is where it listens, after Start.
func (o *Ops) Addr() string {
	if o.addr == nil {
		return ""
	}
	return o.addr.String()
}

// Stop ends the listener.
func (o *Ops) Stop(ctx context.Context) error {
	if o.server == nil {
		return nil
	}
	return o.server.Shutdown(ctx)
}

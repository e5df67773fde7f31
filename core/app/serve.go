package app

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/kontorhq/kontor/core/platform/mail"
	"github.com/kontorhq/kontor/core/platform/telemetry"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Serve starts everything and answers until ctx ends, then drains. ready is told once
// requests are answered.
func (p *Process) Serve(ctx context.Context, ready func(addr string)) error {
	tuneMemory(p.Config.PageCache)
	if p.Config.Demo && p.sim == nil {
		if err := p.StartSimulator(ctx); err != nil {
			return err
		}
	}
	if err := p.post(); err != nil {
		return err
	}
	ops, err := p.ops()
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = ops.Stop(end)
	}()
	ln, err := net.Listen("tcp", p.Config.HTTPAddr)
	if err != nil {
		return fmt.Errorf("listen on KONTOR_HTTP_ADDR: %w", err)
	}
	var secure net.Listener
	if p.House.Certs != nil {
		if secure, err = net.Listen("tcp", p.Config.TLSAddr); err != nil {
			return fmt.Errorf("listen on KONTOR_TLS_ADDR: %w", err)
		}
	}
	if err := p.House.Start(ctx); err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- p.House.Web.Serve(ln) }()
	if secure != nil {
		go func() { failed <- p.House.serveTLS(secure) }()
	}
	ready(ln.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ops.Drain()
	end, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return p.House.Web.Shutdown(end)
}

// post decides where letters go: to the server that is configured, in a demonstration to
// the mailbox, or nowhere.
func (p *Process) post() (err error) {
	raw := p.Config.SMTPURL.Reveal()
	if raw == "" {
		if p.Config.Demo {
			return p.House.Catch(p.Config.MailFrom)
		}
		p.House.Log.Warn("no mail server: people are told in the application alone", "set", "KONTOR_SMTP_URL")
		return nil
	}
	cfg, err := mail.ParseURL(raw, p.Config.MailFrom)
	if err != nil {
		return err
	}
	p.House.Mail, err = mail.New(cfg)
	return err
}

// StartSimulator starts the outside parties of the demonstration.
func (p *Process) StartSimulator(ctx context.Context) (err error) {
	p.sim, err = StartSimulator(ctx, p.Config.SimulatorAddr, filepath.Join(p.data, "simulator"))
	return err
}

// ops is the listener for those who run the platform: numbers, profiles, health.
func (p *Process) ops() (*telemetry.Ops, error) {
	reg := telemetry.NewRegistry(Version)
	telemetry.WatchPool(reg, "app", p.House.DB.Pool())
	requests := telemetry.Counter(reg, "kontor_http_requests_total", "Requests by route and status.", "method", "route", "status")
	took := telemetry.Histogram(reg, "kontor_http_seconds", "How long requests took, by route.", "route")
	trips := telemetry.Counter(reg, "kontor_http_db_trips_total", "Round trips to the database, by route; divide by the requests.", "method", "route")
	p.House.Observe(func(o web.Observation) {
		requests.WithLabelValues(o.Method, o.Route, fmt.Sprint(o.Status)).Inc()
		took.WithLabelValues(o.Route).Observe(o.Took.Seconds())
		trips.WithLabelValues(o.Method, o.Route).Add(float64(o.Trips))
	})
	p.House.watchCerts(reg)
	ops := telemetry.NewOps(reg, map[string]telemetry.Check{"database": p.House.DB.Ping})
	return ops, ops.Start(p.Config.OpsAddr)
}

// Version of this build.
var Version = "0.1.0"

package app

import (
	"context"
	"net"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/config"
	"github.com/kontorhq/kontor/core/platform/telemetry"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
)

// makeCerts makes what ends TLS, if we do.
func (h *House) makeCerts(o Options) (err error) {
	if o.TLS == nil {
		return nil
	}
	h.Certs, err = certs.New(certs.Config{
		DB: h.DB, MasterKey: o.MasterKey, Hosts: h.standings, Canonical: tenancy.CanonicalHost, Now: h.Now, Log: h.Log, TLS: *o.TLS,
	})
	if err == nil {
		h.Tenancy.Orders = ordersFor{h.Certs}
		h.Tenancy.OnChange(func(id.Tenant) { h.Certs.Forget() })
	}
	return err
}

// ordersFor implements tenancy.Orders.
type ordersFor struct{ *certs.Manager }

// Retry implements tenancy.Orders.
func (o ordersFor) Retry(ctx context.Context, t id.Tenant, host string) (tenancy.Certificate, error) {
	got, err := o.Manager.Retry(ctx, t, host)
	out := tenancy.Certificate{Host: host, Outcome: tenancy.Issued, ValidUntil: got.ValidUntil}
	switch {
	case got.Underway:
		out.Outcome = tenancy.Underway
	case got.Failures > 0:
		out.Outcome, out.Cause, out.RetryAt = tenancy.Failed, got.Cause, got.RetryAt
	}
	return out, err
}

// standings are all addresses and whether a certificate may be ordered for them: those of
// marketplaces that answer. What was suspended keeps the one it has.
func (h *House) standings(ctx context.Context) (map[string]certs.Standing, error) {
	hosts, err := tenancydb.New(h.DB).Answering(ctx)
	out := make(map[string]certs.Standing, len(hosts))
	for _, a := range hosts {
		switch a.State {
		case tenancy.Active, tenancy.ReadOnly, tenancy.Closing, tenancy.Moved: // of one that has moved we pass requests on
			out[a.Host] = certs.Standing{Tenant: a.Tenant, Serves: true}
		case tenancy.Suspended:
			out[a.Host] = certs.Standing{Tenant: a.Tenant}
		}
	}
	return out, err
}

func (h *House) secure() *web.Secure {
	if h.Certs == nil {
		return nil
	}
	return &web.Secure{Challenge: h.Certs.Challenge, URL: h.BaseURL}
}

// tlsOf is how TLS is configured, nil where something in front of us ends it.
func tlsOf(cfg config.Config) *certs.TLS {
	if cfg.TLSAddr == "" {
		return nil
	}
	return &certs.TLS{Directory: cfg.ACMEDirectory, Email: cfg.ACMEEmail, Roots: cfg.ACMERoots, HTTPAddr: cfg.HTTPAddr, TLSAddr: cfg.TLSAddr}
}

// serveTLS answers on a listener over TLS, until the house is shut.
func (h *House) serveTLS(ln net.Listener) error { return h.Web.ServeTLS(h.Certs.Listen(ln)) }

// watchCerts counts what becomes of certificates.
func (h *House) watchCerts(reg *telemetry.Registry) {
	if h.Certs == nil {
		return
	}
	issued := telemetry.Counter(reg, "tls_certificates_issued_total", "Certificates that were issued.")
	refused := telemetry.Counter(reg, "tls_refused_total", "Handshakes and orders that were refused, by reason.", "reason")
	failed := telemetry.Counter(reg, "tls_certificates_failed_total", "Orders that failed, by cause.", "cause")
	h.Certs.Observe(func(e certs.Happened) {
		switch e.What {
		case "issued":
			issued.WithLabelValues().Inc()
		case "refused":
			refused.WithLabelValues(e.Because).Inc()
		case "failed":
			failed.WithLabelValues(e.Because).Inc()
		}
	})
	telemetry.Ask(reg, "tls_soonest_expiry_seconds", "When the first certificate ends that is valid now, in Unix time; 0 if there is none.", func(ctx context.Context) (float64, error) {
		t, err := h.Certs.Totals(ctx)
		if err != nil || t.Soonest.IsZero() {
			return 0, err
		}
		return float64(t.Soonest.Unix()), nil
	})
}

// certificates and certTotals are for the pages; nil where they are not ours.
func (h *House) certificates() func(context.Context, []string) (map[string]certs.State, error) {
	if h.Certs == nil {
		return nil
	}
	return h.Certs.States
}

func (h *House) certTotals() func(context.Context) (certs.Totals, error) {
	if h.Certs == nil {
		return nil
	}
	return h.Certs.Totals
}

// Package certs ends TLS: it has a certificate made for an address at the first handshake
// that asks for it, if a marketplace answers there, and for no other name. What it keeps
// lies sealed in the database, so that several nodes share it.
package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"
	"golang.org/x/time/rate"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
)

// Standing is whose address it is, and whether a marketplace answers there now.
type Standing struct {
	Tenant id.Tenant
	Serves bool // or else what there is may be used to its end, and is not renewed
}

// Hosts lists every address at which a marketplace answers, or did until it was suspended.
type Hosts func(ctx context.Context) (map[string]Standing, error)

// Config is what a Manager is made of.
type Config struct {
	DB        *pg.DB
	MasterKey []byte // seals what is kept
	Hosts     Hosts
	Canonical func(asked string) string // the one spelling of a host, "" for what is none
	Now       clock.Now
	Log       *slog.Logger
	TLS
}

// TLS is how it is to be done.
type TLS struct {
	Directory string // of the authority
	Email     string // the authority's word to us goes there
	Roots     string // a file of authorities whose directory is believed; empty: the system's
	HTTPAddr  string // where challenges over HTTP are answered
	TLSAddr   string
}

// Limits of what is ordered, well below those of public authorities.
const (
	ordersWindow   = 3 * time.Hour
	ordersOverall  = 250
	ordersATenant  = 40
	cachedMost     = 5000
	obtainingMost  = 100 * time.Second // one order, from the first word to the last
	patience       = 20 * time.Second  // of a handshake that waits for one
	pausedMost     = 10_000
	lookupsASecond = 20 // of challenges that another node began
)

// Manager gives certificates to handshakes.
type Manager struct {
	cfg     Config
	book    *book
	notes   notes
	issuer  *guarded
	cache   *certmagic.Cache
	serving *certmagic.Config // obtains and renews
	keeping *certmagic.Config // gives what there is, to its end
	paused  pauses
	lookups *rate.Limiter
	observe atomic.Pointer[func(Happened)]
	stop    context.Context
	cancel  context.CancelFunc
}

// Happened is something to count.
type Happened struct {
	What    string // issued, refused, failed
	Because string
}

// New makes a manager. Nothing is asked of the authority before the first handshake.
func New(cfg Config) (*Manager, error) {
	if cfg.Now == nil {
		cfg.Now = clock.System
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	sealer, err := vault.NewSealer(cfg.MasterKey, "certificates")
	if err != nil {
		return nil, err
	}
	m := &Manager{cfg: cfg, book: &book{load: cfg.Hosts, now: cfg.Now}, notes: notes{cfg.DB, cfg.Now}, lookups: rate.NewLimiter(lookupsASecond, lookupsASecond)}
	m.paused.now = cfg.Now
	m.stop, m.cancel = context.WithCancel(context.Background())
	acme, err := authority(cfg)
	if err != nil {
		return nil, err
	}
	log := logger(cfg.Log)
	acme.Logger = log
	m.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return m.serving, nil },
		Capacity:         cachedMost, Logger: log,
	})
	base := certmagic.Config{Storage: &Storage{db: cfg.DB, sealer: sealer, now: cfg.Now}, Logger: log, DisableStorageCheck: true, OCSP: certmagic.OCSPConfig{DisableStapling: true}}
	m.serving = certmagic.New(m.cache, base)
	m.issuer = &guarded{certmagic.NewACMEIssuer(m.serving, acme), m}
	m.serving.Issuers = []certmagic.Issuer{m.issuer}
	m.keeping = certmagic.New(m.cache, base)
	m.keeping.Issuers = m.serving.Issuers
	m.serving.OnDemand = &certmagic.OnDemandConfig{DecisionFunc: m.decide}
	return m, nil
}

func authority(cfg Config) (certmagic.ACMEIssuer, error) {
	a := certmagic.ACMEIssuer{CA: cfg.Directory, Email: cfg.Email, Agreed: true, CertObtainTimeout: obtainingMost}
	if a.CA == "" {
		a.CA = certmagic.LetsEncryptProductionCA
	}
	var err error
	// The library would open ports of its own if it did not know that these are answered.
	if a.ListenHost, a.AltHTTPPort, err = port(cfg.HTTPAddr); err != nil {
		return a, err
	}
	if _, a.AltTLSALPNPort, err = port(cfg.TLSAddr); err != nil {
		return a, err
	}
	if cfg.Roots != "" {
		pem, err := os.ReadFile(cfg.Roots)
		if err != nil {
			return a, err
		}
		a.TrustedRoots = x509.NewCertPool()
		if !a.TrustedRoots.AppendCertsFromPEM(pem) {
			return a, errors.New("certs: no certificate in " + cfg.Roots)
		}
	}
	return a, nil
}

// decide is asked by the library before it obtains or renews.
func (m *Manager) decide(ctx context.Context, name string) error {
	switch s, known, err := m.book.find(ctx, name); {
	case err != nil:
		return err
	case !known || !s.Serves:
		return errNotOurs
	}
	return nil
}

// Observe makes f hear of what happens from now on.
func (m *Manager) Observe(f func(Happened)) { m.observe.Store(&f) }

func (m *Manager) happened(what, because string) {
	if f := m.observe.Load(); f != nil {
		(*f)(Happened{what, because})
	}
}

// Forget has the next handshake ask again who answers where.
func (m *Manager) Forget() { m.book.forget() }

// Close ends what is under way.
func (m *Manager) Close() {
	m.cancel()
	m.cache.Stop()
}

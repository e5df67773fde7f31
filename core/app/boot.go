package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/config"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/embedded"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/policies"
	"github.com/kontorhq/kontor/themes"
)

// Process is a house with what it stands on: its database server and, in a demonstration,
// the outside parties.
type Process struct {
	Config config.Config
	House  *House
	pg     *embedded.Server
	sim    *Simulator
	data   string
}

// Boot finds or starts the database, prepares it and opens the house. progress hears each
// stage. beside lets a tool work next to a running server: it attaches to its database
// instead of failing because the folder is held.
func Boot(ctx context.Context, cfg config.Config, log *slog.Logger, beside bool, progress func(string)) (_ *Process, err error) {
	p := &Process{Config: cfg, data: cfg.Data}
	if p.data == "" {
		p.data = embedded.DefaultData()
	}
	if p.data, err = filepath.Abs(p.data); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	admin, err := p.database(ctx, log, beside, progress)
	if err != nil {
		return nil, err
	}
	db, err := pg.Prepare(ctx, admin, progress)
	if err != nil {
		return nil, fmt.Errorf("prepare the database: %w", err)
	}
	if db.Control == "" {
		admin = "" // whose role may prepare nothing may move nothing
	}
	db.MaxConns = int32(cfg.DBConns) //nolint:gosec // checked by config
	secret, err := p.kept(cfg.Secret, "web")
	if err != nil {
		return nil, err
	}
	master, err := p.kept(cfg.MasterKey, "master")
	if err != nil {
		return nil, err
	}
	tier, err := PluginTier(cfg)
	if err != nil {
		return nil, err
	}
	o := Options{
		DB: db, Admin: admin, Cell: cfg.Cell, ControlURL: cfg.ControlURL.Reveal(), Data: p.data, Policies: policies.FS, Themes: themes.FS, Plugins: PluginDirs(cfg), Tier: tier, Log: log, Secret: secret, MasterKey: master, BaseURL: baseURL(cfg), Base: cfg.BaseDomain, DNS: newDNS(cfg.Nameserver),
		TrustedProxies: cfg.TrustedProxies, TLS: tlsOf(cfg), Deadline: cfg.RequestTimeout, BodyLimit: cfg.BodyLimit, CacheBytes: cfg.PageCache,
		Rate: web.Rate{Visitor: cfg.RateVisitor, VisitorBurst: 4 * cfg.RateVisitor, Person: cfg.RatePerson, PersonBurst: 4 * cfg.RatePerson},
	}
	o.Alone = p.pg != nil // a managed database belongs to the process that holds its folder
	if cfg.Demo {
		o.LoopbackProviders = true
		o.Demo = Demo{On: true, BankURL: "http://" + cfg.SimulatorAddr}
		o.Settings = p.demoSettings(ctx)
	}
	p.House, err = Open(ctx, o)
	return p, err
}

// database is the URL of a role that may prepare it.
func (p *Process) database(ctx context.Context, log *slog.Logger, beside bool, progress func(string)) (string, error) {
	if url := p.Config.DatabaseURL.Reveal(); url != "" {
		progress("database: the one of KONTOR_DATABASE_URL")
		return url, nil
	}
	srv, err := embedded.Start(ctx, embedded.Options{Data: p.data, Log: log, Progress: progress})
	var held *embedded.HeldError
	if beside && errors.As(err, &held) {
		url, _, err := embedded.Attach(p.data)
		return url, err
	}
	if err != nil {
		return "", err
	}
	p.pg = srv
	return srv.AdminURL(), nil
}

// kept is a secret as configured, or else one kept in the data folder: the one that signs
// cookies, so that a restart signs nobody out, and the one that wraps the tenants' keys,
// without which nothing sealed opens again.
func (p *Process) kept(configured config.Secret, name string) ([]byte, error) {
	if s := configured.Reveal(); s != "" {
		return []byte(s), nil
	}
	file := filepath.Join(p.data, "secrets", name)
	if b, err := os.ReadFile(file); err == nil && len(b) >= 32 {
		return b, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b := make([]byte, 32)
	rand.Read(b) //nolint:errcheck // crypto/rand does not fail
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil { // also when it is there and too short: to write over a key loses what it sealed
		return nil, err
	}
	if _, err := f.Write(b); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return b, errors.Join(f.Sync(), f.Close())
}

// PluginTier is the least that plugins are held in; nil leaves it to each.
func PluginTier(cfg config.Config) (*cage.Tier, error) {
	if cfg.PluginTier == "" {
		return nil, nil
	}
	t, err := cage.ParseTier(cfg.PluginTier)
	return &t, err
}

// PluginDirs are where plugin programs lie: where told, or beside this program.
func PluginDirs(cfg config.Config) []string {
	if cfg.PluginDir != "" {
		return []string{cfg.PluginDir}
	}
	return []string{filepath.Join(filepath.Dir(executable()), "plugins")}
}

func executable() string {
	exe, err := os.Executable()
	if err != nil {
		return "kontor"
	}
	if real, err := filepath.EvalSymlinks(exe); err == nil {
		return real
	}
	return exe
}

// baseURL makes links of a host, with the port that people reach.
func baseURL(cfg config.Config) func(string) string {
	scheme, usual := "http", "80"
	if cfg.HTTPS || cfg.TLSAddr != "" {
		scheme, usual = "https", "443"
	}
	port := strconv.Itoa(cfg.PublicPort)
	if cfg.PublicPort == 0 {
		_, port, _ = net.SplitHostPort(cmp.Or(cfg.TLSAddr, cfg.HTTPAddr))
	}
	return func(host string) string {
		if port == usual {
			return scheme + "://" + host
		}
		return scheme + "://" + net.JoinHostPort(host, port)
	}
}

// demoSettings gives each tenant's plugins their keys at the simulated bank and carrier.
func (p *Process) demoSettings(ctx context.Context) func(string, id.Tenant) map[string]any {
	return func(_ string, t id.Tenant) map[string]any {
		keys, err := SimulatorKeys(ctx, p.Config.SimulatorAddr, t.String())
		if err != nil && p.House != nil {
			p.House.Log.WarnContext(ctx, "no keys of the simulator", "err", err)
		}
		return keys
	}
}

// Close ends the house, then what it stands on.
func (p *Process) Close() {
	if p.House != nil {
		p.House.Close()
	}
	if p.sim != nil {
		p.sim.Stop()
	}
	if p.pg != nil {
		if err := p.pg.Stop(); err != nil && p.House != nil {
			p.House.Log.Warn("the database did not stop by itself", "err", err)
		}
	}
}

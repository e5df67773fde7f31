package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/pluginhostdb"
	"github.com/kontorhq/kontor/core/platform/tally"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/platform/web/webdb"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Options are what a house is built from. Content is given as file systems, so that tests
// can bring their own.
type Options struct {
	DB    pg.Config
	Admin string // how the database is prepared; empty where we may not: then nothing is moved
	Data  string // folder of files and secrets

	Cell       string // which one this process serves; "" is main
	ControlURL string // of main's database; "" in main
	Policies   fs.FS
	Themes     fs.FS
	Plugins    []string   // folders of plugin programs
	Tier       *cage.Tier // the least that they are held in; nil leaves it to each
	Settings   func(plugin string, tenant id.Tenant) map[string]any
	BaseURL    func(host string) string // of a marketplace, for links and webhooks
	Base       string                   // the platform's own domain; markets live directly below it
	DNS        tenancy.Resolver         // nil is the machine's
	// LoopbackProviders lets single sign-on ask providers on this very machine, without TLS:
	// for demonstrations and tests alone.
	LoopbackProviders bool
	Log               *slog.Logger
	Now               clock.Now

	Secret         []byte
	MasterKey      []byte // wraps the tenants' keys; without one nothing can be sealed
	TrustedProxies []netip.Prefix
	TLS            *certs.TLS // nil: it is ended in front of us
	Deadline       time.Duration
	BodyLimit      int
	CacheBytes     int
	Rate           web.Rate
	Workers        int
	Alone          bool          // no other process serves this database
	Lease          time.Duration // of work on marketplaces; 0 is the usual one

	Demo Demo
}

// Demo is what the demonstration shows beside the product.
type Demo struct {
	On      bool
	BankURL string // where a person pays, at the simulated bank
	Mailbox Mailbox
}

// Every pace of the house's own clockwork.
const (
	unfinishedEvery = 20 * time.Second
	reconcileEvery  = 30 * time.Second
	expireEvery     = time.Minute
	policyEvery     = time.Second
	resumeEvery     = 5 * time.Second
	announceEvery   = 30 * time.Second
	warnEvery       = time.Hour
	sweepEvery      = 24 * time.Hour
)

// Open builds a house on a prepared database. Nothing runs yet but what answers calls:
// Start begins jobs and plugins.
func Open(ctx context.Context, o Options) (_ *House, err error) {
	h := &House{Log: o.Log, Now: o.Now, Demo: o.Demo, BaseURL: o.BaseURL, alone: o.Alone}
	if o.Data != "" {
		h.anchors = filepath.Join(o.Data, "anchors")
	}
	if h.BaseURL == nil {
		h.BaseURL = func(host string) string { return "http://" + host }
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if h.Now == nil {
		h.Now = clock.System
	}
	defer func() {
		if err != nil {
			h.Close()
		}
	}()
	o.DB.Log = h.Log
	if h.DB, err = pg.Open(ctx, o.DB); err != nil {
		return nil, err
	}
	if h.Queue, err = jobs.New(h.DB, jobs.Options{Now: h.Now, Log: h.Log, Workers: o.Workers, Alone: o.Alone, Anchors: h.anchors}); err != nil {
		return nil, err
	}
	if h.Gate, err = gate.New(gate.Options{Policies: o.Policies, Store: gate.NewDB(h.DB), Now: h.Now, Log: h.Log}); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	if h.Blobs, err = blob.New(h.DB, filepath.Join(o.Data, "files"), h.Now); err != nil {
		return nil, err
	}
	if h.Theme, err = theme.New(o.Themes); err != nil {
		return nil, fmt.Errorf("themes: %w", err)
	}
	if h.Vault, err = vault.New(h.DB, o.MasterKey, h.Now); err != nil {
		return nil, err
	}
	h.Phones = contact.New(h.DB, h.Vault)
	h.Archive = archive.New(h.DB, h.Blobs, h.Vault, Travels, filepath.Join(o.Data, "exports"), h.Now)
	if h.packages, err = newPackages(h, o.Data); err != nil {
		return nil, err
	}
	store := pluginhostdb.New(h.DB)
	if h.Host, err = pluginhost.New(pluginhost.Config{Dirs: o.Plugins, Tier: o.Tier, Loopback: o.LoopbackProviders, Installations: store, Operations: store, Packages: h.packages, Unserved: h.unserved, Poisoned: h.poisoned, Secrets: h.secretsOf, Kept: pluginhostdb.NewKept(h.DB, h.Now), Extra: o.Settings, NotifyURL: h.notifyURL, May: h.mayCall, SocketDir: socketDir(o.Data), Log: h.Log, Now: h.Now}); err != nil {
		return nil, err
	}
	if o.DNS == nil {
		o.DNS = newDNS("")
	}
	if err := h.makePeople(o); err != nil {
		return nil, err
	}
	if err := h.makeCells(ctx, o); err != nil {
		return nil, err
	}
	h.makeSSO(o)
	h.makePlugins()
	if err := h.makeCerts(o); err != nil {
		return nil, err
	}
	if err := h.Plans.Learn(ctx); err != nil && !errors.Is(err, pg.ErrNoControl) { // who may not prepare the database may not read them
		return nil, err
	}
	for _, make := range []func(){h.makeGoods, h.makeMoney, h.makeOrdering, h.makeSourcing, h.makeFulfilment, h.makeInvoicing, func() { h.makeNotify(o.Secret) }} {
		make()
	}
	if err := h.makeWeb(o); err != nil {
		return nil, err
	}
	h.hear()
	h.hearNotify()
	h.hearPlans()
	return h, nil
}

func (h *House) makeWeb(o Options) error {
	keys, err := webdb.New(o.MasterKey)
	if err != nil {
		return err
	}
	h.Web, err = web.New(web.Config{
		Sites: sites{h}, Sessions: sessions{h}, Roles: rolesFor{h}, Quota: h.Plans, Unit: h.DB, Keys: keys,
		Renderer: renderer{h.Theme, h.around, h.Plans.Off, h.dresser().Dress}, Translator: texts{h.Theme}, Log: h.Log, Observe: h.observed, Counting: counting, TrustedProxies: o.TrustedProxies, Secret: o.Secret,
		Hop: h.cell.hop, Between: h.between, Secure: h.secure(), Deadline: o.Deadline, BodyLimit: o.BodyLimit, CacheBytes: o.CacheBytes, Rate: o.Rate, Shared: !o.Alone,
	})
	if err != nil {
		return err
	}
	h.Web.Assets(theme.AssetPrefix, func(path string) (web.Asset, bool) {
		a, ok := h.Theme.Asset(path)
		if !ok {
			return web.Asset{}, false
		}
		return web.Asset{Type: a.Type, ETag: a.ETag, Body: a.Body, Gzip: a.Gzip}, true
	})
	h.Tenancy.OnChange(func(id.Tenant) { h.Web.ForgetSites() })
	for _, routes := range h.routes() {
		if err := h.Web.Mount(routes...); err != nil {
			return err
		}
	}
	return nil
}

// Start begins plugins, jobs and the watch over policies.
func (h *House) Start(ctx context.Context) error {
	if err := h.Host.Start(ctx); err != nil {
		return err
	}
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = cancel
	go h.Gate.Watch(watch, policyEvery)
	go h.reconcile(watch)
	go h.resume(watch)
	go h.Plans.Watch(watch)
	if !h.alone {
		go tally.New(h.DB, h.Log, map[string]tally.Counter{"callers": h.Web, "plans": h.Plans}).Watch(watch)
	}
	if h.Certs != nil {
		go h.Certs.Keep(watch)
	}
	h.Queue.Housekeeping()
	return h.Queue.Start(ctx)
}

// reconcile asks outside parties what became of effects whose outcome nobody knows.
func (h *House) reconcile(ctx context.Context) {
	for t := time.NewTicker(reconcileEvery); ; {
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
			if _, err := h.Host.ReconcileAll(ctx); err != nil && ctx.Err() == nil {
				h.Log.WarnContext(ctx, "outcomes of plugin calls were not asked for", "err", err)
			}
		}
	}
}

// resume goes on with the work on markets whose process was killed, or whose next try is due.
func (h *House) resume(ctx context.Context) {
	swept, announced := time.Time{}, time.Time{}
	for t := time.NewTicker(resumeEvery); ; {
		if now := h.Now(); now.Sub(swept) >= time.Hour {
			swept = now
			if err := h.Ends(ctx); err != nil && ctx.Err() == nil {
				h.Log.WarnContext(ctx, "what has come to its end stays for now", "err", err)
			}
		}
		if now := h.Now(); now.Sub(announced) >= announceEvery {
			announced = now
			if err := h.announceOwn(ctx); err != nil && ctx.Err() == nil {
				h.Log.WarnContext(ctx, "this cell's marketplaces are not all known to the others", "err", err)
			}
		}
		if err := h.Tenancy.Resume(ctx); err != nil && ctx.Err() == nil {
			h.Log.WarnContext(ctx, "work on marketplaces was not taken up", "err", err)
		}
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// Close ends everything that was begun, in the reverse order.
func (h *House) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if h.stop != nil {
		h.stop()
		if err := errors.Join(h.Queue.Stop(ctx), h.Plans.Flush(ctx)); err != nil {
			h.Log.WarnContext(ctx, "jobs or meters were cut short", "err", err)
		}
	}
	if h.Host != nil {
		h.Host.Close()
	}
	if h.Certs != nil {
		h.Certs.Close()
	}
	if h.Gate != nil {
		h.Gate.Close()
	}
	if h.Blobs != nil {
		_ = h.Blobs.Close()
	}
	if h.cell.remote != nil {
		h.cell.remote.Close()
	}
	if h.DB != nil {
		h.DB.Close()
	}
}

// notifyURL is where an outside party's messages for an installation reach us.
func (h *House) notifyURL(tenant id.Tenant, inst id.Installation) string {
	t, err := h.Tenancy.ByID(context.Background(), tenant)
	if err != nil {
		return ""
	}
	return h.BaseURL(t.CanonicalHost()) + "/hooks/payments/" + inst.String()
}

// observed counts a request, once somebody counts.
func (h *House) observed(o web.Observation) {
	if f := h.observe.Load(); f != nil {
		(*f)(o)
	}
}

// Observe makes f hear of every answered request from now on.
func (h *House) Observe(f func(web.Observation)) { h.observe.Store(&f) }

func counting(ctx context.Context) (context.Context, web.Cost) { return pg.Counting(ctx) }

// maxSocketDir is what a socket's path leaves for its folder.
const maxSocketDir = 48

// socketDir keeps plugins' sockets with the data, where the next start sweeps what a kill
// left behind; a long path falls back to a folder of the host's own.
func socketDir(data string) string {
	if dir := filepath.Join(data, "p"); data != "" && len(dir) <= maxSocketDir {
		return dir
	}
	return ""
}

package pluginhost

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/outward"
)

// Config is what a host needs.
type Config struct {
	// Dirs hold plugin folders, each with plugin.yaml and the program it names. The first
	// folder with an id wins.
	Dirs []string
	// SocketDir is where plugins listen; short, because socket paths are. Empty makes one.
	SocketDir     string
	Installations Installations
	Operations    Operations
	// Packages are those that were uploaded; nil: only what lies in Dirs is run.
	Packages Packages
	// Unserved hears that an installation's artifact does not come up here, or broke down. It
	// runs for the installation's tenant, outside any unit. Nil is nobody.
	Unserved func(ctx context.Context, in Installation, why error)
	// Secrets are the settings of an installation that lie sealed, by path; asked for the
	// installation's tenant. Nil: there are none.
	Secrets func(ctx context.Context, in id.Installation) (map[string]string, error)
	// Poisoned hears that a process ended three times running under one kind of call of one
	// installation alone, as Unserved does. Nil is nobody.
	Poisoned func(ctx context.Context, in Installation, rpc string, why error)
	// Kept is where plugins have things kept; nil: nowhere.
	Kept Kept
	// Extra adds settings that belong to the deployment and not to the tenant, such as the
	// address of the bank.
	Extra func(plugin string, tenant id.Tenant) map[string]any
	// NotifyURL is where a payment provider's messages reach an installation; a BeginRequest
	// without an address of its own is given this.
	NotifyURL func(tenant id.Tenant, installation id.Installation) string
	// Resolved hears of operations whose outcome was unknown and is known now; it runs for
	// the operation's tenant, outside any unit.
	Resolved func(ctx context.Context, o Outcome) error
	// May says whether a plugin may act for a tenant now; a market that is shut has no
	// plugins, and one that can only be read asks for no effects. Nil is always.
	May func(ctx context.Context, tenant id.Tenant, effect bool) error
	// Tier is the least that every plugin is held in; a manifest may ask for more. Nil leaves
	// it to the manifest, and cage.Open lets all run without, for development.
	Tier *cage.Tier
	// Loopback lets plugins have this very machine asked, for demonstrations and tests alone.
	Loopback bool
	Log      *slog.Logger
	Now      clock.Now
	Timing   Timing
}

// Timing is the supervision's clockwork; zero fields take the platform's values.
type Timing struct {
	Start, Configure       time.Duration
	HealthEvery, HealthMax time.Duration
	Misses                 int
	Backoff, BackoffMax    time.Duration
	CrashLimit             int
	CrashWindow, Settled   time.Duration
	Fresh                  time.Duration // before it may be worn
	Drain, Term            time.Duration
	Warm                   time.Duration // how long a process is kept that nobody uses
	Poll                   time.Duration
	Quote, Rate, Effect    time.Duration
	Read                   time.Duration
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&t.Start, 10*time.Second)
	set(&t.Configure, 10*time.Second)
	set(&t.HealthEvery, 5*time.Second)
	set(&t.HealthMax, time.Second)
	set(&t.Backoff, 250*time.Millisecond)
	set(&t.BackoffMax, 30*time.Second)
	set(&t.CrashWindow, 10*time.Minute)
	set(&t.Settled, 5*time.Minute)
	set(&t.Fresh, time.Minute)
	set(&t.Drain, 30*time.Second)
	set(&t.Term, 2*time.Second)
	set(&t.Poll, 2*time.Second)
	set(&t.Warm, time.Hour)
	set(&t.Quote, 500*time.Millisecond)
	set(&t.Rate, 4*time.Second)
	set(&t.Effect, 15*time.Second)
	set(&t.Read, 10*time.Second)
	if t.Misses == 0 {
		t.Misses = 6
	}
	if t.CrashLimit == 0 {
		t.CrashLimit = 5
	}
	return t
}

// Installation is one tenant's use of a plugin.
type Installation struct {
	ID        id.Installation
	Tenant    id.Tenant
	Plugin    string
	Version   string
	Config    json.RawMessage
	Revision  int64
	Enabled   bool
	UpdatedAt time.Time

	Artifact string // digest of its package; empty: what came with the program
	Alone    bool   // in a process that no other tenant uses
	Revoked  bool   // its artifact may not run any more
	Sealed   bool   // some of its settings are secrets
}

// Installations reads every tenant's installations that changed since a moment.
type Installations interface {
	Changed(ctx context.Context, since time.Time) ([]Installation, error)
}

// Wishes says when somebody last asked for a plugin to be started again, by its id. A store of
// installations may implement it.
type Wishes interface {
	Restarts(ctx context.Context) (map[string]time.Time, error)
}

// Host keeps plugins running and calls them. It is a Pricer, a Rater and a Payer itself,
// for the tenant of each call.
type Host struct {
	pricing
	freight
	payments

	cfg     Config
	log     *slog.Logger
	now     clock.Now
	time    Timing
	starter *starter
	ownDir  bool
	refused map[string]error
	fleet   *fleet
	book    *register
	quotes  *quoteCache
	tokens  *tokens
	paces   paces
	outside *outward.Client
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	closing sync.Once
}

// New reads the plugin folders and starts nothing yet.
func New(cfg Config) (*Host, error) {
	h := &Host{cfg: cfg, log: cfg.Log, now: cfg.Now, time: cfg.Timing.withDefaults(), starter: newStarter(), quotes: newQuoteCache(), tokens: newTokens(), outside: outside(cfg.Loopback)}
	h.pricing, h.freight, h.payments = pricing{h}, freight{h}, payments{h}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = clock.System
	}
	if err := h.socketDir(); err != nil {
		return nil, err
	}
	good, bad := discover(cfg.Dirs)
	h.refused = bad
	for name, err := range bad {
		h.log.Error("plugin folder refused", "folder", name, "error", err)
	}
	h.fleet = newFleet(h, good)
	h.book = newRegister(h)
	return h, nil
}

// maxSocketDir leaves room for what comes below it: a socket's whole path has 107 bytes.
const maxSocketDir = 48

// A plugin is another user than we are, who has to pass through this folder to its own and
// see nothing else in it.
func (h *Host) socketDir() (err error) {
	defer func() {
		if err == nil {
			err = os.Chmod(h.cfg.SocketDir, 0o711) //nolint:gosec // as said
		}
	}()
	if h.cfg.SocketDir == "" || len(h.cfg.SocketDir) > maxSocketDir || !passable(filepath.Dir(h.cfg.SocketDir)) {
		dir, err := os.MkdirTemp("", "kp")
		if err != nil || len(dir) > maxSocketDir {
			dir, err = os.MkdirTemp("/tmp", "kp")
		}
		h.cfg.SocketDir, h.ownDir = dir, true
		return err
	}
	return os.MkdirAll(h.cfg.SocketDir, 0o700)
}

// passable says whether other users get through a folder, which they must where plugins
// are such.
func passable(dir string) bool {
	if os.Geteuid() != 0 {
		return true
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && info.Mode().Perm()&1 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// Start reads the installations and begins to supervise every plugin. It does not wait for
// them: a marketplace opens without its plugins.
func (h *Host) Start(ctx context.Context) error {
	if err := h.book.load(ctx); err != nil {
		return err
	}
	ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	h.fleet.start(ctx)
	h.wg.Add(1)
	go func() {
		defer h.wg.Done()
		h.book.poll(ctx)
	}()
	return nil
}

// Ready waits until every plugin serves or is given up.
func (h *Host) Ready(ctx context.Context) error {
	for _, p := range h.fleet.list() {
		if err := p.settled(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Reload reads the installations now and sends what changed to the plugins.
func (h *Host) Reload(ctx context.Context) error { return h.book.load(ctx) }

// Restart starts a plugin again that was given up, or exchanges a running one.
func (h *Host) Restart(plugin string) error {
	err := error(ErrNotInstalled)
	for _, p := range h.fleet.list() {
		if p.berth.plugin == plugin {
			p.revive()
			err = nil
		}
	}
	return err
}

// Close drains the plugins and ends them. It returns when no process is left; closing
// again is harmless.
func (h *Host) Close() {
	h.closing.Do(func() {
		if h.cancel != nil {
			h.cancel()
		}
		h.wg.Wait()
		h.fleet.wg.Wait()
		h.starter.close()
		if h.ownDir {
			os.RemoveAll(h.cfg.SocketDir) //nolint:errcheck
		}
	})
}

package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Config is what a Server is made of. Sites, Sessions, Roles, Unit and Keys are
// required; the rest has defaults.
type Config struct {
	Sites    Sites
	Sessions Sessions
	Roles    policy.Roles // may implement Granting and Offering
	Unit     work.Unit
	Keys     Keys
	Quota    Quota // nil: every request is let through

	Renderer   Renderer
	Translator Translator
	Log        *slog.Logger
	Observe    func(Observation)
	Counting   func(context.Context) (context.Context, Cost) // counts the database's work of a request

	TrustedProxies []netip.Prefix // whose X-Forwarded-* is believed
	Secret         []byte         // signs flashes and CSRF tokens; random when empty
	SignIn         string         // where pages send visitors; "/sign-in"
	Version        string         // of the API document

	Hop     []byte  // what processes of all cells prove to each other that they are ours with
	Between Between // nil: nothing is asked between cells

	Secure *Secure // nil: TLS, if any, is ended in front of us

	Deadline   time.Duration // of one request; 15 s
	BodyLimit  int           // 1 MB
	CacheBytes int           // of the anonymous cache; 64 MB, negative for none
	Rate       Rate
	Shared     bool // other processes are told what was let through
	Now        func() time.Time
}

// Server is the edge of one process.
type Server struct {
	cfg     Config
	app     *fiber.App
	api     huma.API
	log     *slog.Logger
	hosts   *hosts
	cache   *Cache
	limits  *limiter
	cells   cells
	ids     *requestIDs
	routes  []*Route
	table   map[string]*Route // "METHOD /pattern"
	bodies  []bodyRule
	crosses []bodyRule
	tongues []*Tongue
	assets  []*AssetSet
	doc     document
	faults  []*fault.Error

	pending     []mounted // until sealed
	sealed      sync.Once
	isSealed    atomic.Bool
	dawdlers    atomic.Int32
	registering *Route // the route whose handler huma is about to register
	stop        context.Context
	cancel      context.CancelFunc
}

// New makes a server with no routes yet.
func New(cfg Config) (*Server, error) {
	if cfg.Sites == nil || cfg.Sessions == nil || cfg.Roles == nil || cfg.Unit == nil || cfg.Keys == nil {
		return nil, errors.New("web: Sites, Sessions, Roles, Unit and Keys are required")
	}
	cfg = cfg.withDefaults()
	s := &Server{cfg: cfg, log: cfg.Log, table: map[string]*Route{}, ids: newRequestIDs()}
	s.stop, s.cancel = context.WithCancel(context.Background())
	s.hosts, s.cache, s.limits = newHosts(cfg.Sites, cfg.Now), newCache(cfg.CacheBytes), newLimiter(cfg.Rate, cfg.Now, cfg.Shared)
	s.app = fiber.New(fiber.Config{
		// Without Immutable, Fiber's strings are windows onto a buffer that the next
		// request, perhaps another tenant's, overwrites.
		Immutable: true, CaseSensitive: true, StrictRouting: true,
		ReadTimeout: 20 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 90 * time.Second,
		ReadBufferSize: 16 << 10, BodyLimit: cfg.BodyLimit,
		// Forwarded headers are read in origin.go alone; this keeps Fiber from believing any.
		EnableTrustedProxyCheck:      true,
		DisablePreParseMultipartForm: true, DisableStartupMessage: true,
		ErrorHandler: s.serverError,
	})
	s.app.Server().HeaderReceived = s.limitsOf
	s.app.Server().Handler = knownMethods(s.app.Server().Handler)
	s.app.Server().NoDefaultServerHeader = true
	s.app.Server().CloseOnShutdown = true
	s.app.Use(s.edge)
	s.api = newAPI(s)
	s.faults = declaredFaults()
	if err := s.mountOwn(); err != nil {
		return nil, err
	}
	return s, s.mountDocs()
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.Secret) == 0 {
		c.Secret = make([]byte, 32)
		rand.Read(c.Secret) //nolint:errcheck // crypto/rand does not fail
	}
	if c.SignIn == "" {
		c.SignIn = "/sign-in"
	}
	if c.Version == "" {
		c.Version = "1"
	}
	if c.Deadline <= 0 {
		c.Deadline = 15 * time.Second
	}
	if c.BodyLimit <= 0 {
		c.BodyLimit = 1 << 20
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = 64 << 20
	}
	return c
}

// Mount adds routes. It refuses a route without an action, and two in one place.
func (s *Server) Mount(routes ...Route) error {
	for _, r := range routes {
		if err := s.mount(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) mount(r Route) (err error) {
	key := r.Method + " " + r.Pattern()
	switch {
	case r.Action == "":
		return fmt.Errorf("web: %s names no action", key)
	case s.table[key] != nil:
		return fmt.Errorf("web: %s is mounted twice", key)
	case r.cached && r.Method != http.MethodGet:
		return fmt.Errorf("web: %s: only GET can be cached", key)
	case r.page == nil && r.register == nil:
		return fmt.Errorf("web: %s does nothing", key)
	}
	if s.isSealed.Load() {
		return fmt.Errorf("web: %s comes after the server has started", key)
	}
	defer func() { // huma panics on types it cannot describe
		if p := recover(); p != nil {
			err = fmt.Errorf("web: %s: %v", key, p)
		}
	}()
	rt := &r
	s.table[key] = rt
	s.routes = append(s.routes, rt)
	if r.tongue != nil && !slices.Contains(s.tongues, r.tongue) {
		s.tongues = append(s.tongues, r.tongue)
	}
	if r.maxBody > 0 {
		s.bodies = append(s.bodies, newBodyRule(rt))
	}
	if r.crossing {
		s.crosses = append(s.crosses, newBodyRule(rt))
	}
	if r.api {
		r.register(s, rt)
		return nil
	}
	s.add(rt, s.servePage)
	return nil
}

// Serve answers on a listener until Shutdown.
func (s *Server) Serve(ln net.Listener) error {
	s.seal()
	return s.app.Listener(ln)
}

// ServeTLS answers on a listener whose connections are encrypted already, beside Serve.
func (s *Server) ServeTLS(ln net.Listener) error {
	s.seal()
	return s.app.Server().Serve(ln)
}

// Shutdown stops accepting, ends streams and waits for running requests.
func (s *Server) Shutdown(ctx context.Context) error {
	s.cancel()
	return s.app.ShutdownWithContext(ctx)
}

// Test answers one request without a network.
func (s *Server) Test(r *http.Request) (*http.Response, error) {
	s.seal()
	return s.app.Test(r, -1)
}

// Handler is the bare handler, for benchmarks.
func (s *Server) Handler() fasthttp.RequestHandler {
	s.seal()
	return s.app.Handler()
}

// Cache is the anonymous cache, for invalidation and metrics.
func (s *Server) Cache() *Cache { return s.cache }

// ForgetSites makes the next request of every host ask Sites again, after a tenant was
// changed on this node; other nodes notice within two seconds.
func (s *Server) ForgetSites() { s.hosts.forget() }

// Line is one row of the route table.
type Line struct {
	Method, Path, Summary string
	Action                policy.Action
	API, Public, Open     bool
	InPerson              bool // refused to whoever acts in another's name
	Foreign               bool // speaks a standard of others' making
}

// Table lists all mounted routes, for the matrix of roles and routes and its tests.
func (s *Server) Table() []Line {
	out := make([]Line, 0, len(s.routes))
	for _, r := range s.routes {
		out = append(out, Line{
			Method: r.Method, Path: r.Pattern(), Summary: r.Summary, Action: r.Action,
			API: r.api, Public: r.public, Open: r.open, InPerson: r.inPerson || r.fresh, Foreign: r.tongue != nil,
		})
	}
	return out
}

// knownMethods lets Fiber answer a method it never heard of like any other that no route
// takes; by itself it would reply in plain text.
func knownMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(c *fasthttp.RequestCtx) {
		if !slices.Contains(fiber.DefaultMethods, string(c.Method())) {
			c.Request.Header.SetMethod(http.MethodTrace)
		}
		next(c)
	}
}

// serverError answers what never reached a route: a head that cannot be parsed, a body
// announced too large.
func (s *Server) serverError(c *fiber.Ctx, err error) error {
	x := exchangeOf(c)
	if x == nil {
		x = s.begin(c)
		x.route = &Route{}
		defer s.log1(x)
	}
	c.Context().SetConnectionClose() // where the next request would begin is unknown
	x.program = asFault(err).Kind == fault.Invalid || len(c.Request().Header.Host()) == 0
	return s.fail(x, err)
}

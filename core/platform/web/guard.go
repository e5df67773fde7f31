package web

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
)

// mounted is a route with its Fiber handler, waiting to be put in order.
type mounted struct {
	route  *Route
	handle func(*exchange) error
}

func (s *Server) add(rt *Route, handle func(*exchange) error) {
	s.pending = append(s.pending, mounted{rt, handle})
}

// seal hands the routes to Fiber, which takes the first that matches: fixed words must
// come before names, whatever order contexts were mounted in.
func (s *Server) seal() {
	s.sealed.Do(func() {
		s.isSealed.Store(true)
		slices.SortStableFunc(s.pending, func(a, b mounted) int {
			return strings.Compare(sortKey(a.route.Pattern()), sortKey(b.route.Pattern()))
		})
		for _, m := range s.pending {
			h := s.enter(m)
			s.app.Add(m.route.Method, fiberPath(m.route.Pattern()), h)
			if m.route.Method == http.MethodGet {
				s.app.Add(http.MethodHead, fiberPath(m.route.Pattern()), h)
			}
		}
	})
}

// sortKey puts a fixed segment before a named one in the same place.
func sortKey(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		if strings.Contains(p, "{") {
			parts[i] = "\xff" + p[strings.LastIndexByte(p, '}')+1:]
		}
	}
	return strings.Join(parts, "\x01")
}

func fiberPath(pattern string) string {
	return strings.ReplaceAll(strings.ReplaceAll(pattern, "{", ":"), "}", "")
}

func (s *Server) enter(m mounted) fiber.Handler {
	return func(c *fiber.Ctx) error {
		x := exchangeOf(c)
		x.route = m.route
		if to := x.mainAddress(); to != "" {
			c.Response().Header.Set(fiber.HeaderCacheControl, "public, max-age=300") // it may be changed again
			s.secure(x, cspAPI)                                                      // a browser that came over TLS stays there on this address too
			return c.Redirect(to, fiber.StatusMovedPermanently)
		}
		if err := s.admit(c.UserContext(), x); err != nil {
			return err
		}
		return m.handle(x)
	}
}

// mainAddress is where a page that was asked for at another of the site's addresses is to
// be read: one page has one address, for search engines, links and cookies. The API answers
// at all of them.
func (x *exchange) mainAddress() string {
	if x.route.api || x.route.tongue != nil || !x.safe() || x.site.Host == "" || x.from.host == x.site.Host {
		return ""
	}
	to := x.from
	to.host = x.site.Host
	url := to.base() + string(x.rawPath)
	if len(x.rawQuery) > 0 {
		url += "?" + string(x.rawQuery)
	}
	return url
}

// admit is the cheap pre-check of a matched route. The service asks the gate again, with
// the facts.
func (s *Server) admit(ctx context.Context, x *exchange) error {
	rt := x.route
	if x.crossing && !rt.crossing { // the exemption is of this route, however its path is written
		return ErrCrossSite
	}
	key := x.caller.Kind == caller.Service
	if key && !rt.api && rt.tongue == nil {
		return ErrKeyOnPage
	}
	visitor := !x.caller.Named()
	if visitor && x.site.LoginRequired && !rt.open {
		return ErrSignIn
	}
	if key && !x.caller.Covers(string(rt.Action)) {
		return policy.ErrScope.With("scope", string(rt.Action))
	}
	if !rt.public && !s.cfg.Roles.Can(ctx, rt.Action) {
		if visitor {
			return ErrSignIn
		}
		if o, ok := s.cfg.Roles.(Offering); ok {
			if err := o.Offered(ctx, rt.Action); err != nil {
				return err
			}
		}
		return s.denied(ctx, rt)
	}
	if x.unproven() && !rt.open && rt.Action != actionOwn {
		return ErrEnrol
	}
	if x.caller.Guise.On() && (rt.fresh || rt.inPerson) {
		return caller.ErrInPerson
	}
	if rt.fresh && !x.caller.Fresh(s.cfg.Now()) {
		return caller.ErrStepUp
	}
	// Whoever sends us news of his own accord tries again when he is told to.
	if !x.safe() && !x.site.writable() && (!rt.open || rt.hook) && !rt.calm {
		return x.site.frozen()
	}
	switch {
	case rt.tongue != nil:
		return s.admitBody(x, rt.tongue.Media...)
	case rt.api:
		return s.admitBody(x, fiber.MIMEApplicationJSON)
	}
	return nil
}

// actionOwn is what everybody does for himself: also to set a second factor up.
const actionOwn policy.Action = "identity.session.own"

// unproven reports whether the person's roles want a second factor that he has not.
func (x *exchange) unproven() bool {
	return x.caller.Kind == caller.Person && !x.caller.Factor && slices.ContainsFunc(x.site.FactorRoles, x.caller.Has)
}

// denied says which roles would do.
func (s *Server) denied(ctx context.Context, rt *Route) error {
	f := ErrDenied
	if g, ok := s.cfg.Roles.(Granting); ok {
		for _, role := range g.Granting(ctx, rt.Action) {
			f = f.For(fault.Reason{Code: "role." + role, Detail: "Held by the role " + role + ".", Fix: "ask_administrator"})
		}
	}
	return f.With("action", rt.Action)
}

// admitBody lets the content types of a route through, in valid text.
func (s *Server) admitBody(x *exchange, takes ...string) error {
	h := &x.c.Request().Header
	body := x.c.Request().Body()
	if len(body) == 0 || x.safe() {
		return nil
	}
	media, params, err := mime.ParseMediaType(string(h.ContentType()))
	if err != nil || !slices.Contains(takes, media) {
		return ErrMedia
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") {
		return ErrMedia
	}
	// PostgreSQL stores no NUL, and nobody means one.
	if !utf8.Valid(body) || bytes.Contains(body, []byte(`\u0000`)) {
		return ErrText
	}
	return nil
}

// uploadTime is how long a large body may take on a slow line.
const uploadTime = 3 * time.Minute

// bodyRule gives routes that take files a larger body, before a byte of it is read.
type bodyRule struct {
	method string
	parts  []string
	limit  int
}

func newBodyRule(rt *Route) bodyRule {
	return bodyRule{rt.Method, strings.Split(rt.Pattern(), "/"), rt.maxBody}
}

func (b bodyRule) matches(method, path string) bool {
	if method != b.method {
		return false
	}
	parts := strings.Split(path, "/")
	if len(parts) != len(b.parts) {
		return false
	}
	for i, p := range b.parts {
		if p != parts[i] && !strings.HasPrefix(p, "{") {
			return false
		}
	}
	return true
}

// limitsOf decides how much body to read from the head alone, so that a gigabyte is
// refused before it is sent.
func (s *Server) limitsOf(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	cfg := fasthttp.RequestConfig{MaxRequestBodySize: s.cfg.BodyLimit}
	if bytes.HasPrefix(h.RequestURI(), []byte(cellPath)) {
		if _, ok := s.hopped(h); ok {
			cfg.MaxRequestBodySize, cfg.ReadTimeout = cellBody, uploadTime
		}
		return cfg
	}
	if len(s.bodies) == 0 || h.IsGet() {
		return cfg
	}
	if len(h.Peek(fiber.HeaderCookie)) == 0 && len(h.Peek(fiber.HeaderAuthorization)) == 0 {
		return cfg // strangers upload nothing
	}
	path, _, _ := strings.Cut(string(h.RequestURI()), "?")
	for _, b := range s.bodies {
		if b.matches(string(h.Method()), path) {
			cfg.MaxRequestBodySize, cfg.ReadTimeout = b.limit, uploadTime
		}
	}
	return cfg
}

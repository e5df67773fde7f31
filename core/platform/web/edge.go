package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
)

// edge is the way of every request, in order. What comes before resolve must not cost
// much: it is also the way of those who mean harm, and of the anonymous cache.
func (s *Server) edge(c *fiber.Ctx) error {
	if s.upgraded(c) || s.serveAsset(c) || s.fromCache(c) || s.between(c) {
		return nil
	}
	x := s.begin(c)
	defer s.log1(x)
	if err := s.guarded(x); err != nil {
		return s.fail(x, err)
	}
	return nil
}

func (s *Server) begin(c *fiber.Ctx) *exchange {
	x := &exchange{s: s, c: c, start: s.cfg.Now(), id: s.ids.of(c.Request().Header.Peek(fiber.HeaderXRequestID))}
	c.Locals(localExchange, x)
	c.Response().Header.Set(fiber.HeaderXRequestID, x.id)
	x.from = originOf(c.Context(), s.cfg.TrustedProxies)
	if h, ok := s.hopped(&c.Request().Header); ok {
		x.hop, x.from.ip, x.from.https = true, h.ip, h.proto == "https"
		x.from.host, x.from.port = canonical(h.host)
	}
	uri := c.Request().URI()
	x.rawPath, x.rawQuery = bytes.Clone(uri.PathOriginal()), bytes.Clone(uri.QueryString())
	x.crossing = !x.safe() && slices.ContainsFunc(s.crosses, func(b bodyRule) bool { return b.matches(c.Method(), string(x.rawPath)) })
	return x
}

// guarded runs the request and turns a panic into a fault; its text goes to the log only.
func (s *Server) guarded(x *exchange) (err error) {
	defer func() {
		if p := recover(); p != nil {
			x.c.Response().ResetBody()
			err = s.panicked(x.c.UserContext(), p)
		}
	}()
	if err := s.wellFormed(x); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), exchangeKey{}, x), s.cfg.Deadline)
	defer cancel()
	if s.cfg.Counting != nil {
		ctx, x.cost = s.cfg.Counting(ctx)
	}
	if err := s.resolve(ctx, x); err != nil {
		return err
	}
	if x.site.Elsewhere != "" {
		return s.forward(x)
	}
	x.c.SetUserContext(caller.With(ctx, x.caller))
	if err := s.lawful(x); err != nil {
		return err
	}
	return x.c.Next()
}

// panicked logs a panic with its stack and gives the fault that stands for it.
func (s *Server) panicked(ctx context.Context, p any) error {
	id := ""
	if x := exchangeFrom(ctx); x != nil {
		id = x.id
	}
	s.log.Error("panic", "request_id", id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return fault.Unclassified.Because(fmt.Errorf("panic: %v", p))
}

// wellFormed refuses requests that two readers could read in two ways, and those that
// grow when opened.
func (s *Server) wellFormed(x *exchange) error {
	h := &x.c.Request().Header
	if len(h.Peek(fiber.HeaderContentEncoding)) > 0 {
		return ErrEncoding
	}
	if h.ContentLength() == -1 && bytes.Contains(bytes.ToLower(h.RawHeaders()), []byte("content-length:")) {
		x.c.Context().SetConnectionClose()
		return ErrFraming
	}
	uri := x.c.Request().URI()
	if !utf8.Valid(uri.Path()) || bytes.IndexByte(uri.Path(), 0) >= 0 {
		return ErrText
	}
	if q := uri.QueryString(); len(q) > 0 {
		for _, pair := range x.queriesStrict() {
			if !utf8.ValidString(pair) {
				return ErrText
			}
		}
	}
	return nil
}

// queriesStrict is every key and value of the query, unescaped.
func (x *exchange) queriesStrict() []string {
	var out []string
	for k, v := range x.c.Request().URI().QueryArgs().All() {
		out = append(out, string(k), string(v))
	}
	return out
}

// resolve finds out where and who: host to site, token to caller, then the language.
func (s *Server) resolve(ctx context.Context, x *exchange) error {
	site, err := s.hosts.byHost(ctx, x.from.host)
	if err != nil {
		return err
	}
	x.site = site
	if site.Elsewhere != "" {
		x.caller.Locale = s.chooseLocale(x)
		return nil // who he is and what he may is his cell's to say, and how often he asks
	}
	if err := site.shut(); err != nil {
		x.caller.Locale = s.chooseLocale(x)
		return err
	}
	if s.cfg.Quota != nil {
		if err := s.cfg.Quota.Admit(site.Tenant); err != nil {
			x.plain, x.caller.Locale = true, s.chooseLocale(x)
			s.dawdle()
			return err
		}
	}
	if err := s.identify(ctx, x); err != nil {
		if !s.within(x, false) { // guessing tokens is not free
			return ErrThrottled
		}
		return err
	}
	x.caller.Locale = s.chooseLocale(x)
	x.caller.RequestID, x.caller.IP = x.id, x.from.ip
	return nil
}

// How slowly a flood is turned away: whoever asks again as soon as he was answered costs
// the others next to nothing. Nobody waits where many do already.
const (
	dawdling     = 100 * time.Millisecond
	dawdlingMost = 512
)

func (s *Server) dawdle() {
	if s.dawdlers.Add(1) <= dawdlingMost {
		t := time.NewTimer(dawdling)
		defer t.Stop()
		select {
		case <-t.C:
		case <-s.stop.Done():
		}
	}
	s.dawdlers.Add(-1)
}

// lawful holds what is checked of every request once the caller is known.
func (s *Server) lawful(x *exchange) error {
	if !s.within(x, x.caller.Named()) {
		return ErrThrottled
	}
	if x.safe() || x.crossing {
		return nil
	}
	return s.sameSite(x)
}

// sent is the size of an answer; a stream's is not known, and asking would read it.
func sent(c *fiber.Ctx) int {
	if c.Response().IsBodyStream() {
		return 0
	}
	return len(c.Response().Body())
}

// log1 writes one line per request and feeds the metrics. Query strings stay out: they
// hold what people look for.
func (s *Server) log1(x *exchange) {
	status, took := x.c.Response().StatusCode(), s.cfg.Now().Sub(x.start)
	pattern := ""
	if x.route != nil {
		pattern = x.route.Pattern()
	}
	o := Observation{RequestID: x.id, Method: x.c.Method(), Route: pattern, Status: status, Took: took, Bytes: sent(x.c)}
	if x.cost != nil {
		o.Trips, o.Statements = x.cost.Trips(), x.cost.Statements()
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(o)
	}
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelWarn
	}
	if !s.log.Enabled(context.Background(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.id), slog.String("tenant", x.site.Slug), slog.String("actor", x.caller.Subject()),
		slog.String("method", x.c.Method()), slog.String("path", x.path()), slog.String("route", pattern),
		slog.Int("status", status), slog.Duration("took", took.Round(time.Microsecond)), slog.Int("db_trips", o.Trips),
	}
	if x.refused != nil {
		attrs = append(attrs, slog.String("fault", fault.From(x.refused).Code))
	}
	s.log.LogAttrs(context.Background(), level, "request", attrs...)
}

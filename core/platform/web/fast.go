package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

// fromCache answers a visitor from memory before anything else is done: no context, no
// session, no log line. It touches the host table and the cache, nothing more.
func (s *Server) fromCache(c *fiber.Ctx) bool {
	h := &c.Request().Header
	if s.cache.store == nil || !(h.IsGet() || h.IsHead()) || !impersonal(c) || len(h.Peek(hopHeader)) > 0 {
		return false
	}
	site, https, ok := s.quickSite(c)
	if !ok || !site.readable() || site.LoginRequired {
		return false
	}
	locale := localeOf(site, h.Cookie(langCookie), h.Peek(fiber.HeaderAcceptLanguage))
	uri := c.Request().URI()
	e := s.cache.get(cacheKey(c, uri.PathOriginal(), uri.QueryString(), site, locale))
	if e == nil {
		return false
	}
	s.cache.hits.Add(1)
	c.Response().Header.Set(fiber.HeaderXRequestID, s.ids.of(h.Peek(fiber.HeaderXRequestID)))
	c.Response().Header.Set("X-Cache", "hit")
	_ = s.sendEntry(c, e, https) // only sets the response
	if s.cfg.Observe != nil {
		s.cfg.Observe(Observation{Method: c.Method(), Route: "cache", Status: c.Response().StatusCode(), Bytes: len(e.body)})
	}
	return true
}

// quickSite finds the site of a main address that was asked for within the last seconds;
// the others lead there.
func (s *Server) quickSite(c *fiber.Ctx) (Site, bool, bool) {
	if len(s.cfg.TrustedProxies) > 0 {
		o := originOf(c.Context(), s.cfg.TrustedProxies)
		site, ok := s.hosts.cached([]byte(o.host))
		return site, o.https, ok && o.host == site.Host
	}
	host := c.Request().Header.Host()
	if i := bytes.LastIndexByte(host, ':'); i > 0 {
		host = host[:i]
	}
	site, ok := s.hosts.cached(host)
	return site, c.Context().IsTLS(), ok && string(host) == site.Host
}

// sendEntry answers with kept bytes, or with 304 when the browser has them.
func (s *Server) sendEntry(c *fiber.Ctx, e *entry, https bool) error {
	h := &c.Response().Header
	setSecurity(c, e.csp, https)
	h.Set(fiber.HeaderETag, e.etag)
	h.Set(fiber.HeaderCacheControl, "private, no-cache")
	h.Set(fiber.HeaderVary, "Cookie, Accept-Language, Accept-Encoding")
	if m := c.Request().Header.Peek(fiber.HeaderIfNoneMatch); len(m) > 0 && matches(m, e.etag) {
		c.Response().SetStatusCode(fiber.StatusNotModified)
		c.Response().ResetBody()
		return nil
	}
	h.SetContentType(e.media)
	c.Response().SetStatusCode(fiber.StatusOK)
	if bytes.Contains(c.Request().Header.Peek(fiber.HeaderAcceptEncoding), []byte("gzip")) {
		if z := e.gz(); z != nil {
			h.Set(fiber.HeaderContentEncoding, "gzip")
			c.Response().SetBodyRaw(z)
			return nil
		}
	}
	c.Response().SetBodyRaw(e.body)
	return nil
}

func matches(header []byte, etag string) bool {
	tag := bytes.TrimPrefix([]byte(etag), []byte("W/"))
	return bytes.Contains(header, tag) || bytes.Equal(header, []byte("*"))
}

package web

import (
	"bytes"
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Secure is what a server does that ends TLS itself: plain HTTP is then for the authority's
// challenges, and leads everybody else to https.
type Secure struct {
	// Challenge answers what the authority asks at an address of a marketplace.
	Challenge func(ctx context.Context, host, path string) (body string, ok bool)
	URL       func(host string) string // of an address, with the port that people reach
}

var challengePath = []byte("/.well-known/acme-challenge/")

// upgraded answers a plain request for a marketplace's address. What is nobody's address, or
// one that is shut and may have no certificate, is answered as ever.
func (s *Server) upgraded(c *fiber.Ctx) bool {
	if s.cfg.Secure == nil || c.Context().IsTLS() {
		return false
	}
	from := originOf(c.Context(), s.cfg.TrustedProxies)
	if from.https {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	uri := c.Request().URI()
	if c.Request().Header.IsGet() && bytes.HasPrefix(uri.PathOriginal(), challengePath) {
		if body, ok := s.cfg.Secure.Challenge(ctx, from.host, string(uri.PathOriginal())); ok {
			c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
			c.Set(fiber.HeaderCacheControl, "no-store")
			c.Response().SetBodyString(body)
			return true
		}
	}
	site, err := s.hosts.byHost(ctx, from.host)
	if err != nil || !site.readable() {
		return false
	}
	setSecurity(c, cspAPI, false)
	target := s.cfg.Secure.URL(from.host) + string(uri.PathOriginal())
	if q := uri.QueryString(); len(q) > 0 {
		target += "?" + string(q)
	}
	c.Set(fiber.HeaderLocation, target)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Response().SetStatusCode(fiber.StatusPermanentRedirect) // the method stays what it was
	return true
}

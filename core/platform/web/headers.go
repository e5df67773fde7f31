package web

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Content security policies. Scripts are files of our own, never inline: pages that the
// cache serves to thousands cannot carry a nonce, and so none does.
const cspAPI = "default-src 'none'; frame-ancestors 'none'"

func cspPage(styles []string) string {
	return "default-src 'none'; script-src 'self'; style-src " + strings.Join(append([]string{"'self'"}, styles...), " ") +
		"; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
		"frame-ancestors 'none'; manifest-src 'self'; object-src 'none'"
}

// cspFile is for what people uploaded, should a browser ever show it.
const cspFile = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

// secure sets the headers of every answer.
func (s *Server) secure(x *exchange, csp string) {
	setSecurity(x.c, csp, x.from.https)
}

func setSecurity(c *fiber.Ctx, csp string, https bool) {
	h := &c.Response().Header
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if https { // never includeSubDomains: the apex may be a customer's
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// private marks what belongs to one person, or may not be reused unasked.
func (s *Server) private(x *exchange) {
	if x.caller.SignedIn() || x.token != "" {
		x.c.Set(fiber.HeaderCacheControl, "no-store")
		return
	}
	x.c.Set(fiber.HeaderCacheControl, "private, no-cache")
}

func sessionCookie(https bool) string {
	if https {
		return "__Host-kontor"
	}
	return "kontor"
}

const (
	langCookie  = "kontor_lang"
	flashCookie = "kontor_flash"

	// PreviewCookie asks for the draft of the look instead of the published one. It decides
	// nothing: only who may change the look is shown a draft.
	PreviewCookie = "kontor_preview"
)

// sendCookies writes what this request changed: session, language, flash, preferences.
func (s *Server) sendCookies(x *exchange) {
	if ch := x.session; ch != nil {
		life := ch.until.Sub(s.cfg.Now())
		if ch.token == "" {
			life = -1
		}
		x.setCookie(sessionCookie(x.from.https), ch.token, life, true)
	}
	for _, k := range x.cookies {
		x.setCookie(k.name, k.value, k.maxAge, true)
	}
	x.session, x.cookies = nil, nil
}

func (x *exchange) setCookie(name, value string, life time.Duration, httpOnly bool) {
	k := &fiber.Cookie{Name: name, Value: value, Path: "/", HTTPOnly: httpOnly, Secure: x.from.https, SameSite: fiber.CookieSameSiteLaxMode}
	switch {
	case life < 0:
		k.Value, k.Expires, k.MaxAge = "", time.Unix(1, 0), -1
	case life > 0:
		k.MaxAge = int(life.Seconds())
	}
	x.c.Cookie(k)
}

package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
)

// fail answers a fault: a problem document to programs, a page to people. It is the
// only way an error leaves this room.
func (s *Server) fail(x *exchange, err error) error {
	x.refused = err
	p := s.problem(err, x.locale(), x.id)
	if p.Status >= 500 && fault.KindOf(err) == fault.Internal {
		s.log.Error("request failed", "request_id", x.id, "tenant", x.site.Slug, "err", err)
	}
	s.retryHeader(x.c, p)
	x.c.Response().Header.Del(fiber.HeaderETag)
	if t := x.tongue(); t != nil {
		return s.sendForeign(x, t, asFault(err), p)
	}
	if x.wantsProblem() {
		return s.sendProblem(x, p)
	}
	if p.Status == fiber.StatusUnauthorized && !x.bearer && !x.site.Tenant.IsZero() && x.path() != s.cfg.SignIn {
		return s.toSignIn(x)
	}
	if p.Code == caller.ErrStepUp.Code && x.route != nil {
		return s.toConfirm(x)
	}
	if p.Code == ErrEnrol.Code && x.route != nil {
		return s.sendRedirect(x, "/account/security", fiber.StatusSeeOther)
	}
	return s.errorPage(x, p)
}

func (s *Server) retryHeader(c *fiber.Ctx, p *Problem) {
	if p.retryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.retryAfter))
	}
}

// wantsProblem: the API and hooks always, elsewhere whoever asks for JSON and not HTML.
func (x *exchange) wantsProblem() bool {
	if x.program || x.api() {
		return true
	}
	accept := x.c.Get(fiber.HeaderAccept)
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

func (s *Server) sendProblem(x *exchange, p *Problem) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	s.secure(x, cspAPI)
	s.sendCookies(x)
	x.c.Set(fiber.HeaderCacheControl, "no-store")
	x.c.Status(p.Status).Set(fiber.HeaderContentType, "application/problem+json")
	if p.Status == fiber.StatusUnauthorized {
		x.c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="kontor"`)
	}
	return x.c.Send(body)
}

// toSignIn sends a visitor to the sign-in page and remembers where he wanted to go.
func (s *Server) toSignIn(x *exchange) error {
	next := "/"
	if x.safe() {
		next = string(x.c.Request().URI().RequestURI())
	}
	to := s.cfg.SignIn + "?next=" + url.QueryEscape(Local(next, "/"))
	return s.sendRedirect(x, to, fiber.StatusSeeOther)
}

// Confirm is where pages send those who must prove once more who they are.
const Confirm = "/account/confirm"

// toConfirm asks for a fresh proof and remembers where one was going; after a form that is
// the page it stood on.
func (s *Server) toConfirm(x *exchange) error {
	next := "/account"
	if x.safe() {
		next = string(x.c.Request().URI().RequestURI())
	} else if u, err := url.Parse(x.c.Get(fiber.HeaderReferer)); err == nil && u.Host == string(x.c.Request().Host()) {
		next = u.RequestURI()
	}
	return s.sendRedirect(x, Confirm+"?next="+url.QueryEscape(Local(next, "/account")), fiber.StatusSeeOther)
}

// errorPage draws the theme's error page; without a site, or when drawing fails too, a
// plain one that belongs to nobody.
func (s *Server) errorPage(x *exchange, p *Problem) error {
	s.secure(x, cspPage(nil))
	s.sendCookies(x)
	x.c.Set(fiber.HeaderCacheControl, "no-store")
	x.c.Status(p.Status).Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	if r := s.cfg.Renderer; r != nil && !x.plain && !x.site.Tenant.IsZero() && x.site.readable() {
		var b bytes.Buffer
		v := s.view(x, Answer{name: "error", data: p})
		v.Chrome.Problem = p
		if err := s.draw(x, &b, v); err == nil {
			return x.c.Send(b.Bytes())
		} else {
			s.log.Error("error page failed", "request_id", x.id, "err", err)
		}
	}
	return x.c.SendString(plainPage(x.locale(), p))
}

// draw guards against templates that panic: the error page itself may be the broken one.
func (s *Server) draw(x *exchange, b *bytes.Buffer, v View) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in template %s: %v", v.Name, p)
		}
	}()
	// A page that says that time is up needs a moment too.
	return s.cfg.Renderer.Render(context.WithoutCancel(x.c.UserContext()), b, v)
}

func plainPage(locale string, p *Problem) string {
	e := html.EscapeString
	return "<!doctype html><html lang=\"" + e(locale) + "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">" +
		"<title>" + e(p.Title) + "</title><main><h1>" + e(p.Title) + "</h1><p>" + e(p.Detail) + "</p><p>" + e(p.Next) +
		"</p><p><small>" + e(p.Code) + " · " + e(p.RequestID) + "</small></p></main></html>"
}

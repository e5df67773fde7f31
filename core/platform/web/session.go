package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
)

// identify finds the caller: a bearer token, else the session cookie, else a visitor.
// A session that has ended makes a program fail and a browser a visitor again.
func (s *Server) identify(ctx context.Context, x *exchange) error {
	visitor := caller.Caller{Tenant: x.site.Tenant, Kind: caller.Visitor, Roles: []string{caller.RoleVisitor}}
	x.caller = visitor
	if x.crossing { // whatever it carries: another site may have sent it
		if x.bearer = x.c.Get(fiber.HeaderAuthorization) != ""; x.bearer {
			return ErrKeyOnPage
		}
		return nil
	}
	if a := x.c.Get(fiber.HeaderAuthorization); a != "" {
		token, ok := strings.CutPrefix(a, "Bearer ")
		if !ok || token == "" {
			return ErrSignIn
		}
		x.token, x.bearer = token, true
	} else {
		x.token = x.c.Cookies(sessionCookie(x.from.https))
	}
	if x.token == "" {
		return nil
	}
	who, err := s.cfg.Sessions.Resolve(ctx, x.site, x.token)
	switch {
	case err == nil && who.Tenant != x.site.Tenant:
		err = ErrSignIn // a token of another shop is no token here
	case err == nil && who.Kind == caller.Service && !x.bearer:
		err = ErrSignIn // a key is for programs; in a cookie another site could use it
	case err == nil:
		x.caller = who
		return nil
	}
	if fault.KindOf(err) == fault.Unauthenticated && !x.bearer && !x.api() {
		x.token = ""
		ClearSession(ctx)
		return nil
	}
	return err
}

// mac signs a purpose and a value.
func (s *Server) mac(purpose, value string) string {
	h := hmac.New(sha256.New, s.cfg.Secret)
	h.Write([]byte(purpose + "\x00" + value))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:24])
}

func (s *Server) validMAC(purpose, value, mac string) bool {
	return hmac.Equal([]byte(s.mac(purpose, value)), []byte(mac))
}

// csrfToken is bound to the session; visitors have none and need none, for there is
// nothing of theirs to abuse.
func (s *Server) csrfToken(x *exchange) string {
	if x.token == "" || x.bearer {
		return ""
	}
	return s.mac("csrf", x.site.Tenant.String()+"|"+x.token)
}

// sameSite refuses writes that another site made the browser send. Browsers say so in
// Sec-Fetch-Site, older ones in Origin; programs send neither and carry a token of
// their own instead of a cookie.
func (s *Server) sameSite(x *exchange) error {
	if x.bearer {
		return nil
	}
	switch x.c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return nil
	case "":
	default:
		return ErrCrossSite
	}
	o := x.c.Get(fiber.HeaderOrigin)
	if o == "" {
		return nil
	}
	u, err := url.Parse(o)
	if err != nil {
		return ErrCrossSite
	}
	host, port := canonical(u.Host)
	if host != x.from.host || port != x.from.port || u.Scheme != x.from.scheme() {
		return ErrCrossSite
	}
	return nil
}

const flashLife = time.Minute

type signedFlash struct {
	Flash
	Until int64 `json:"u"`
}

func (s *Server) flashValue(x *exchange, f *Flash) string {
	b, err := json.Marshal(signedFlash{*f, s.cfg.Now().Add(flashLife).Unix()})
	if err != nil {
		return ""
	}
	v := base64.RawURLEncoding.EncodeToString(b)
	return v + "." + s.mac("flash", x.site.Tenant.String()+"|"+v)
}

// takeFlash reads the flash of the last redirect and forgets it.
func (s *Server) takeFlash(x *exchange) *Flash {
	raw := x.c.Cookies(flashCookie)
	if raw == "" {
		return nil
	}
	x.cookies = append(x.cookies, cookie{flashCookie, "", -1})
	v, mac, ok := strings.Cut(raw, ".")
	if !ok || !s.validMAC("flash", x.site.Tenant.String()+"|"+v, mac) {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(v)
	if err != nil {
		return nil
	}
	var f signedFlash
	if json.Unmarshal(b, &f) != nil || s.cfg.Now().Unix() > f.Until {
		return nil
	}
	return &f.Flash
}

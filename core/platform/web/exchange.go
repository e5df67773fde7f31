package web

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/kontorhq/kontor/core/caller"
)

// exchange is the state of one request while it is in this room.
type exchange struct {
	s        *Server
	c        *fiber.Ctx
	id       string
	start    time.Time
	from     origin
	rawPath  []byte // as sent, for the cache
	rawQuery []byte
	site     Site
	caller   caller.Caller
	token    string // of the session, whatever carried it
	hop      bool   // another cell's process passed it on
	program  bool   // the head made no sense: no browser of a person sent it
	bearer   bool   // it came in the Authorization header: no browser sent it by itself
	crossing bool   // another site may have sent it: it acts for nobody
	route    *Route
	session  *sessionChange
	cookies  []cookie
	form     *Visit // with a form read, for hashing it
	formKey  string // its _key
	cost     Cost   // nil: nobody counts
	plain    bool   // the answer must cost nothing: no theme, no look at the database
	refused  error  // why the answer is not the one hoped for, for the log
}

type sessionChange struct {
	token string
	until time.Time
}

type cookie struct {
	name, value string
	maxAge      time.Duration
}

type exchangeKey struct{}

const localExchange = "kontor.exchange"

func exchangeOf(c *fiber.Ctx) *exchange {
	x, _ := c.Locals(localExchange).(*exchange)
	return x
}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// SetSession makes the answer carry a session cookie with a fresh token. For sign-in
// handlers, whose routes are Volatile.
func SetSession(ctx context.Context, token string, until time.Time) {
	if x := exchangeFrom(ctx); x != nil {
		x.session = &sessionChange{token, until}
	}
}

// ClearSession makes the browser forget its session.
func ClearSession(ctx context.Context) { SetSession(ctx, "", time.Time{}) }

// ticketCookie holds what was begun at the door. It opens nothing by itself.
const ticketCookie = "kontor_ticket"

// SetTicket keeps the ticket of a sign-in that is half done; an empty one forgets it.
func SetTicket(ctx context.Context, ticket string, life time.Duration) {
	if ticket == "" {
		life = -1
	}
	SetCookie(ctx, ticketCookie, ticket, life)
}

// Ticket is the one of a sign-in that is half done, or "".
func (v *Visit) Ticket() string { return v.x.c.Cookies(ticketCookie) }

// handshakeCookie is held from the moment that somebody is sent to a provider until he is
// back. Where the site speaks https nobody beside it can write the cookie.
func (x *exchange) handshakeCookie() string {
	if x.from.https {
		return "__Host-kontor_sso"
	}
	return "kontor_sso"
}

// SetHandshake keeps what binds an answer of a provider to this browser; an empty one
// forgets it.
func SetHandshake(ctx context.Context, secret string, life time.Duration) {
	if secret == "" {
		life = -1
	}
	if x := exchangeFrom(ctx); x != nil {
		SetCookie(ctx, x.handshakeCookie(), secret, life)
	}
}

// Handshake is what SetHandshake kept, or "".
func (v *Visit) Handshake() string { return v.x.c.Cookies(v.x.handshakeCookie()) }

// Standing is where the browser is: the host that it asked for, which is one of this site's,
// and the origin that it calls its own.
func Standing(ctx context.Context) (host, origin string) {
	if x := exchangeFrom(ctx); x != nil {
		return x.from.host, x.from.base()
	}
	return "", ""
}

// deviceCookie knows a browser again while one of its devices is asked for a passkey. Where
// the site speaks https nobody beside it can write the cookie.
func (x *exchange) deviceCookie() string {
	if x.from.https {
		return "__Host-kontor_device"
	}
	return "kontor_device"
}

// SetDevice keeps what binds a device's answer to this browser.
func SetDevice(ctx context.Context, secret string, life time.Duration) {
	if x := exchangeFrom(ctx); x != nil {
		SetCookie(ctx, x.deviceCookie(), secret, life)
	}
}

// Device is what SetDevice kept, or "".
func Device(ctx context.Context) string {
	if x := exchangeFrom(ctx); x != nil {
		return x.c.Cookies(x.deviceCookie())
	}
	return ""
}

// Ticket is the one of a sign-in that is half done, or "".
func Ticket(ctx context.Context) string {
	if x := exchangeFrom(ctx); x != nil {
		return x.c.Cookies(ticketCookie)
	}
	return ""
}

// SetCookie keeps a preference in the browser. Nothing secret and nothing that decides
// rights belongs here.
func SetCookie(ctx context.Context, name, value string, maxAge time.Duration) {
	if x := exchangeFrom(ctx); x != nil {
		x.cookies = append(x.cookies, cookie{name, value, maxAge})
	}
}

// Cookie reads a preference.
func (v *Visit) Cookie(name string) string { return v.x.c.Cookies(name) }

// SiteOf is the site of the request that ctx belongs to, for API handlers.
func SiteOf(ctx context.Context) (Site, bool) {
	x := exchangeFrom(ctx)
	if x == nil {
		return Site{}, false
	}
	return x.site, true
}

// BaseURL is "https://host[:port]" as the request asked for it; empty outside one.
func BaseURL(ctx context.Context) string {
	if x := exchangeFrom(ctx); x != nil {
		return x.from.base()
	}
	return ""
}

// Address is where the request came from, past our own proxies; empty outside one.
func Address(ctx context.Context) string {
	if x := exchangeFrom(ctx); x != nil {
		return x.from.ip
	}
	return ""
}

// SessionToken is the token the request came with, for signing out.
func SessionToken(ctx context.Context) string {
	if x := exchangeFrom(ctx); x != nil {
		return x.token
	}
	return ""
}

func (x *exchange) path() string { return string(x.c.Request().URI().Path()) }

func (x *exchange) api() bool {
	return strings.HasPrefix(string(x.c.Request().URI().PathOriginal()), "/api/") || (x.route != nil && x.route.hook) || x.tongue() != nil
}

func (x *exchange) htmx() bool {
	return x.c.Get("HX-Request") == "true" && x.c.Get("HX-Boosted") != "true"
}

func (x *exchange) locale() string {
	if x.caller.Locale != "" {
		return x.caller.Locale
	}
	if x.site.DefaultLocale != "" {
		return x.site.DefaultLocale
	}
	return "en"
}

func (x *exchange) queries() url.Values {
	q, err := url.ParseQuery(string(x.c.Request().URI().QueryString()))
	if err != nil && q == nil {
		return url.Values{}
	}
	return q
}

func (x *exchange) safe() bool {
	m := x.c.Method()
	return m == fiber.MethodGet || m == fiber.MethodHead || m == fiber.MethodOptions
}

// pathValue unescapes a {name} of the path: Fiber matches on the escaped form, so that
// an escaped slash never changes the route.
func pathValue(c *fiber.Ctx, name string) string {
	raw := c.Params(name)
	if !strings.Contains(raw, "%") {
		return raw
	}
	if v, err := url.PathUnescape(raw); err == nil {
		return v
	}
	return raw
}

package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/policy"
)

// servePage runs a page's handler and sends its answer.
func (s *Server) servePage(x *exchange) error {
	ctx := x.c.UserContext()
	v := &Visit{x: x}
	if !x.safe() && !x.route.hook && x.route.tongue == nil {
		if err := s.readForm(x, v); err != nil {
			return err
		}
	}
	stamps := s.cache.stamps(x.site.Tenant, x.route.cacheTags)
	out, replayed, err := s.once(ctx, x, func(ctx context.Context) (baked, error) {
		a, err := x.route.page(ctx, v)
		if err != nil {
			return baked{}, err
		}
		return s.bake(x, v, a)
	})
	if err != nil {
		return err
	}
	if replayed {
		x.c.Set("Idempotent-Replayed", "true")
	}
	if s.cacheable(x, out.Status) && out.answer != nil && !out.answer.transient() {
		s.sendCookies(x)
		return s.sendEntry(x.c, s.cache.put(x, stamps, newEntry(out, s.pageCSP(x))), x.from.https)
	}
	return s.sendBaked(x, out)
}

// readForm reads a form once, checks its token and takes the edge's own fields out.
func (s *Server) readForm(x *exchange, v *Visit) error {
	v.form = url.Values{}
	media, _, _ := mime.ParseMediaType(string(x.c.Request().Header.ContentType()))
	switch media {
	case fiber.MIMEMultipartForm:
		f, err := x.c.MultipartForm()
		if err != nil {
			return ErrUnreadable.Because(err)
		}
		v.form, v.files = url.Values(f.Value), f.File
	case fiber.MIMEApplicationForm:
		form, err := url.ParseQuery(string(x.c.Request().Body()))
		if err != nil {
			return ErrUnreadable.Because(err)
		}
		v.form = form
	case "":
		if len(x.c.Request().Body()) > 0 {
			return ErrMedia
		}
	default:
		return ErrMedia.Then("Send a form.")
	}
	for k, vs := range v.form {
		if !utf8.ValidString(k) || slices.ContainsFunc(vs, badText) {
			return ErrText
		}
	}
	token := v.form.Get("_csrf")
	if h := x.c.Get("X-CSRF-Token"); token == "" {
		token = h
	}
	if want := s.csrfToken(x); want != "" && x.caller.SignedIn() && token != want {
		return ErrToken
	}
	x.formKey = v.form.Get("_key")
	delete(v.form, "_csrf")
	delete(v.form, "_key")
	x.form = v
	return nil
}

func badText(t string) bool { return !utf8.ValidString(t) || strings.ContainsRune(t, 0) }

// transient answers cannot be stored: they are read once.
func (a *Answer) transient() bool { return a.file != nil || a.stream != nil }

// bake turns an answer into bytes, inside the unit of work where there is one.
func (s *Server) bake(x *exchange, v *Visit, a Answer) (baked, error) {
	out := baked{Kept: Kept{Status: a.status, Headers: map[string]string{}}, refused: a.refused, answer: &a}
	maps.Copy(out.Headers, a.headers)
	if a.hxEvents != "" {
		out.Headers["HX-Trigger"] = a.hxEvents
	}
	if a.hxPush != "" {
		out.Headers["HX-Push-Url"] = a.hxPush
	}
	if a.flash != nil {
		out.Headers[flashHeader] = s.flashValue(x, a.flash)
	}
	if a.onward != "" {
		u, err := url.Parse(a.onward)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return out, errors.New("web: onward is no address of a site")
		}
		out.Headers["Refresh"] = "0; url=" + u.String()
	}
	switch {
	case a.to != "":
		return s.bakeRedirect(x, a, out), nil
	case a.name != "":
		return s.bakeTemplate(x, v, a, out)
	case a.file != nil, a.stream != nil:
		out.Headers[fiber.HeaderContentType] = a.media
	case a.media != "":
		out.Headers[fiber.HeaderContentType] = a.media
		out.Body = a.body
	}
	if out.Status == 0 {
		return out, errors.New("web: a handler gave an empty answer")
	}
	return out, nil
}

// flashHeader carries a flash among stored headers; it is sent as a cookie.
const flashHeader = "X-Kontor-Flash"

func (s *Server) bakeRedirect(x *exchange, a Answer, out baked) baked {
	if x.htmx() { // htmx would follow a 303 and swap the whole page into a corner
		out.Status, out.Headers["HX-Redirect"] = fiber.StatusNoContent, a.to
		return out
	}
	out.Headers[fiber.HeaderLocation] = a.to
	return out
}

func (s *Server) bakeTemplate(x *exchange, v *Visit, a Answer, out baked) (baked, error) {
	if s.cfg.Renderer == nil {
		return out, errors.New("web: no renderer")
	}
	view := s.view(x, a)
	if a.refused != nil {
		p := s.problem(a.refused, x.locale(), x.id)
		view.Chrome.Problem, view.Chrome.Typed = p, v.form
		out.Status, x.refused = p.Status, a.refused
	}
	var b bytes.Buffer
	if err := s.draw(x, &b, view); err != nil {
		return out, err
	}
	out.Headers[fiber.HeaderContentType] = "text/html; charset=utf-8"
	out.Body = b.Bytes()
	return out, nil
}

// view gathers what a layout needs around the page's data.
func (s *Server) view(x *exchange, a Answer) View {
	theme := x.site.Theme
	c := Chrome{
		Site: x.site, Caller: x.caller, Locale: x.locale(), Path: x.path(), Query: withoutLang(x.queries()),
		RequestID: x.id, CSRF: s.csrfToken(x), HTMX: x.htmx(), BaseURL: x.from.base(),
		Scheme: x.c.Cookies("kontor_scheme"), Draft: x.c.Cookies(PreviewCookie) != "",
	}
	c.Public = x.route != nil && s.cacheable(x, fiber.StatusOK)
	if !c.Public {
		c.Key = uuid.NewString()
	}
	if !a.part && x.c.Method() == fiber.MethodGet && !c.Public {
		c.Flash = s.takeFlash(x)
	}
	ctx := x.c.UserContext()
	c.can = func(do policy.Action) bool {
		if _, err := caller.From(ctx); err != nil {
			return false
		}
		return s.cfg.Roles.Can(ctx, do)
	}
	return View{Theme: theme, Name: a.name, Part: a.part, Chrome: c, Data: a.data}
}

func withoutLang(q url.Values) string {
	if q.Has("lang") {
		q.Del("lang")
	}
	return q.Encode()
}

func (s *Server) pageCSP(x *exchange) string {
	if h, ok := s.cfg.Renderer.(InlineHashes); ok {
		return cspPage(h.InlineStyles(x.site.Theme))
	}
	return cspPage(nil)
}

func (s *Server) sendRedirect(x *exchange, to string, status int) error {
	return s.sendBaked(x, s.bakeRedirect(x, Answer{to: to}, baked{Kept: Kept{Status: status, Headers: map[string]string{}}}))
}

func (s *Server) sendBaked(x *exchange, out baked) error {
	csp := s.pageCSP(x)
	if out.answer != nil && out.answer.file != nil {
		csp = cspFile
	}
	s.secure(x, csp)
	s.private(x)
	if f := out.Headers[flashHeader]; f != "" {
		x.cookies = append(x.cookies, cookie{flashCookie, f, flashLife})
	}
	s.sendCookies(x)
	x.c.Status(out.Status)
	for k, v := range out.Headers {
		if k != flashHeader {
			x.c.Set(k, v)
		}
	}
	switch {
	case out.answer != nil && out.answer.file != nil:
		return s.sendFile(x, out.answer)
	case out.answer != nil && out.answer.stream != nil:
		return s.sendStream(x, out.answer)
	}
	return x.c.Send(out.Body)
}

// shown lists what a browser may display from our own address; everything else is saved.
var shown = []string{"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "application/pdf"}

func (s *Server) sendFile(x *exchange, a *Answer) error {
	f := a.file
	media := a.media
	if media == "" || !utf8.ValidString(media) || strings.ContainsAny(media, "\r\n") {
		media = fiber.MIMEOctetStream
	}
	disposition := "attachment"
	base, _, _ := strings.Cut(media, ";")
	if f.inline && slices.Contains(shown, strings.TrimSpace(base)) {
		disposition = "inline"
	}
	x.c.Set(fiber.HeaderContentType, media)
	x.c.Set(fiber.HeaderContentDisposition, disposition+"; filename=\""+asciiName(f.name)+"\"; filename*=UTF-8''"+url.PathEscape(f.name))
	if f.public > 0 {
		x.c.Set(fiber.HeaderCacheControl, "public, max-age="+strconv.Itoa(int(f.public.Seconds())))
	}
	if f.body == nil {
		return x.c.Send(nil)
	}
	return x.c.SendStream(f.body, int(f.size))
}

func asciiName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' || r == '/' {
			return '_'
		}
		return r
	}, name)
}

func (s *Server) sendStream(x *exchange, a *Answer) error {
	fn, id := a.stream, x.id
	ctx := caller.With(s.stop, x.caller)
	x.c.Set("X-Accel-Buffering", "no")
	x.c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer func() {
			if p := recover(); p != nil {
				_ = s.panicked(ctx, p)
			}
		}()
		if err := fn(ctx, w); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.log.Info("stream ended", "request_id", id, "err", err)
		}
	})
	return nil
}

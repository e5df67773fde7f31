package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

var errTitle = fault.New(fault.Invalid, "test.title_missing", "Give it a title.").At(fault.Field{Path: "title", Reason: "required", Detail: "Needed."})

func pages() []Route {
	return []Route{
		Page("GET", "/", "test.item.view", func(_ context.Context, v *Visit) (Answer, error) { return Render("home", v.Query("q")), nil }),
		Page("GET", "/items/{slug}", "test.item.view", func(_ context.Context, v *Visit) (Answer, error) { return Render("item", v.Path("slug")), nil }, CachePublic("catalog")),
		Page("GET", "/rfqs/new", "test.rfq.write", func(context.Context, *Visit) (Answer, error) { return Render("form", nil), nil }),
		Page("POST", "/rfqs/new", "test.rfq.write", func(ctx context.Context, v *Visit) (Answer, error) {
			write(ctx, v.Form().Get("title"))
			if v.Form().Get("title") == "" || v.Form().Get("title") == "bad" {
				return Again("form", nil, errTitle)
			}
			return Redirect("/rfqs/7").Flash("rfq.saved", "number", "7"), nil
		}),
		Page("GET", "/sign-in", "test.item.view", func(context.Context, *Visit) (Answer, error) { return Render("sign-in", nil), nil }, Open()),
		Page("POST", "/sign-in", "test.item.view", func(ctx context.Context, v *Visit) (Answer, error) {
			SetSession(ctx, "buyer@steel", time.Now().Add(time.Hour))
			return Redirect(Local(v.Form().Get("next"), "/")), nil
		}, Open(), Volatile()),
		Page("GET", "/broken", "test.item.view", func(context.Context, *Visit) (Answer, error) { return Render("broken", nil), nil }),
		Page("GET", "/file", "test.item.view", func(_ context.Context, v *Visit) (Answer, error) {
			return File("镀锌 \"x\".svg", v.Query("type"), strings.NewReader("<svg onload=alert(1)>"), -1).Inline(), nil
		}),
		Page("GET", "/stream", "test.item.view", func(context.Context, *Visit) (Answer, error) {
			return Stream("text/event-stream", func(_ context.Context, w *bufio.Writer) error {
				_, err := w.WriteString("data: 1\n\n")
				return err
			}), nil
		}),
		Page("POST", "/hooks/bank", "test.item.view", func(_ context.Context, v *Visit) (Answer, error) {
			if v.Header("Signature") != "good" {
				return Answer{}, fault.New(fault.Unauthenticated, "test.signature", "Wrong signature.")
			}
			return JSONBytes(v.Body()), nil
		}, Hook()),
	}
}

func form(kv ...string) string {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Set(kv[i], kv[i+1])
	}
	return v.Encode()
}

var inputs = regexp.MustCompile(`name=(_csrf|_key) value="([^"]*)"`)

// hidden reads the edge's own fields out of a drawn form.
func hidden(t *testing.T, body string) (csrf, key string) {
	t.Helper()
	for _, m := range inputs.FindAllStringSubmatch(body, -1) {
		if m[1] == "_csrf" {
			csrf = m[2]
		} else {
			key = m[2]
		}
	}
	return csrf, key
}

func TestAVisitorIsSentToSignInAndBack(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	g := w.ask(t, ask{path: "/rfqs/new?from=a&b=1"})
	if g.status != 303 || g.header.Get("Location") != "/sign-in?next=%2Frfqs%2Fnew%3Ffrom%3Da%26b%3D1" {
		t.Fatalf("%d %s", g.status, g.header.Get("Location"))
	}
	g = w.ask(t, ask{method: "POST", path: "/sign-in", body: form("next", "/rfqs/new?b=1"), media: "application/x-www-form-urlencoded"})
	if g.status != 303 || g.header.Get("Location") != "/rfqs/new?b=1" {
		t.Errorf("%d %s %s", g.status, g.header.Get("Location"), g.body)
	}
	if c := g.header.Get("Set-Cookie"); !strings.HasPrefix(c, "kontor=buyer@steel;") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || strings.Contains(c, "domain") {
		t.Errorf("cookie %q", c)
	}
	g = w.ask(t, ask{path: "/rfqs/new", host: "procure.localhost"})
	if !strings.HasPrefix(g.header.Get("Location"), "/sign-in") {
		t.Errorf("portal: %d %s", g.status, g.header.Get("Location"))
	}
	if g = w.ask(t, ask{path: "/sign-in", host: "procure.localhost"}); g.status != 200 {
		t.Errorf("portal's sign-in: %d", g.status)
	}
}

func TestBehindHTTPSTheCookieIsBoundToTheHost(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }, pages()...)
	g := w.ask(t, ask{method: "POST", path: "/sign-in", media: "application/x-www-form-urlencoded", headers: map[string]string{"X-Forwarded-Proto": "https"}})
	c := g.header.Get("Set-Cookie")
	if !strings.HasPrefix(c, "__Host-kontor=") || !strings.Contains(c, "secure") && !strings.Contains(c, "Secure") || !strings.Contains(c, "path=/") {
		t.Errorf("cookie %q", c)
	}
	if g.header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS")
	}
}

func TestRedirectsStayOnThisSite(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", "", "x", "/a\r\nSet-Cookie: x", "/\t/evil"} {
		if got := Local(to, "/home"); got != "/home" {
			t.Errorf("%q led to %q", to, got)
		}
	}
	if got := Local("/rfqs?a=1#x", "/"); got != "/rfqs?a=1#x" {
		t.Error(got)
	}
}

// A form needs its token and its key; sent twice it acts once; refused it keeps what was typed.
func TestAFormFromOpeningToFlash(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	me := ask{path: "/rfqs/new", cookie: "kontor=buyer@steel"}
	g := w.ask(t, me)
	csrf, key := hidden(t, g.body)
	if csrf == "" || key == "" || g.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s %v", g.body, g.header)
	}
	post := me.with(func(a *ask) { a.method, a.media = "POST", "application/x-www-form-urlencoded" })
	send := func(kv ...string) got {
		return w.ask(t, post.with(func(a *ask) { a.body = form(kv...) }))
	}
	if g := send("title", "Beams", "_key", key); g.status != 403 || !strings.Contains(g.body, "http.form_expired") {
		t.Errorf("without token: %d %s", g.status, g.body)
	}
	if g := send("title", "Beams", "_csrf", csrf); g.status != 422 || !strings.Contains(g.body, "http.idempotency_key_missing") {
		t.Errorf("without key: %d %s", g.status, g.body)
	}
	g = send("title", "bad", "_csrf", csrf, "_key", key)
	if g.status != 422 || !strings.Contains(g.body, "<p class=field>Needed.</p><p class=typed>bad</p>") {
		t.Errorf("refused: %d %s", g.status, g.body)
	}
	if n := w.mem.stored(); n != 0 {
		t.Errorf("a refused form stored %d things", n)
	}
	for range 2 {
		if g = send("title", "Beams", "_csrf", csrf, "_key", key); g.status != 303 || g.header.Get("Location") != "/rfqs/7" {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
	if n := w.mem.stored(); n != 1 {
		t.Errorf("stored %d times", n)
	}
	flash, _, _ := strings.Cut(g.header.Get("Set-Cookie"), ";")
	next := me.with(func(a *ask) { a.cookie += "; " + flash })
	if g := w.ask(t, next); !strings.Contains(g.body, "rfq.saved 7") || !strings.Contains(g.header.Get("Set-Cookie"), "kontor_flash=;") {
		t.Errorf("flash: %s %v", g.body, g.header)
	}
	forged := me.with(func(a *ask) { a.cookie += "; " + strings.Replace(flash, "kontor_flash=", "kontor_flash=x", 1) })
	if g := w.ask(t, forged); strings.Contains(g.body, "class=flash") {
		t.Error("a forged flash was shown")
	}
}

// A second click on an upload makes another boundary; it is the same form all the same.
func TestUploadsRepeatUnderOneKey(t *testing.T) {
	t.Parallel()
	seen := 0
	w := newTown(t, nil, Page("POST", "/files", "test.rfq.write", func(_ context.Context, v *Visit) (Answer, error) {
		seen++
		return Bytes("text/plain", fmt.Appendf(nil, "%d %s", len(v.Files("doc")), v.Files("doc")[0].Filename)), nil
	}, MaxBody(2<<20)))
	s := w.Server
	csrf := s.csrfToken(&exchange{site: w.sites.sites["steel.localhost"], token: "buyer@steel"})
	for i := range 2 {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		_ = m.SetBoundary(fmt.Sprintf("boundary%d", i))
		_ = m.WriteField("_csrf", csrf)
		_ = m.WriteField("_key", "k")
		f, _ := m.CreateFormFile("doc", "mill.pdf")
		_, _ = f.Write(bytes.Repeat([]byte("x"), 1<<20+1)) // more than other routes take
		_ = m.Close()
		g := w.ask(t, ask{method: "POST", path: "/files", cookie: "kontor=buyer@steel", media: m.FormDataContentType(), body: b.String()})
		if g.status != 200 || g.body != "1 mill.pdf" {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
	if seen != 1 {
		t.Errorf("handled %d times", seen)
	}
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	a := ask{method: "POST", path: "/sign-in", media: "application/x-www-form-urlencoded"}
	for name, h := range map[string]map[string]string{
		"a sibling host":  {"Sec-Fetch-Site": "same-site"},
		"another site":    {"Sec-Fetch-Site": "cross-site"},
		"an old browser":  {"Origin": "http://pharma.localhost:8080"},
		"an opaque frame": {"Origin": "null"},
		"another port":    {"Origin": "http://steel.localhost:9999"},
	} {
		if g := w.ask(t, a.with(func(a *ask) { a.headers = h })); g.status != 403 || !strings.Contains(g.body, "http.cross_site") {
			t.Errorf("%s: %d", name, g.status)
		}
	}
	if g := w.ask(t, a.with(func(a *ask) { a.headers = map[string]string{"Origin": "http://steel.localhost:8080"} })); g.status != 303 {
		t.Errorf("our own: %d %s", g.status, g.body)
	}
}

// Another site's form is taken where that is what the route is for, and then for nobody.
func TestAFormThatCrossesSitesActsForNobody(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, append(pages(), Page("POST", "/answers/{id}/in", "site.page.read", func(_ context.Context, v *Visit) (Answer, error) {
		return Bytes("text/plain", []byte(v.Caller().Subject()+" "+v.Form().Get("said"))), nil
	}, Crossing()))...)
	a := ask{method: "POST", path: "/answers/7/in", cookie: "kontor=buyer@steel", media: "application/x-www-form-urlencoded", body: "said=yes", headers: map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "null"}}
	if g := w.ask(t, a); g.status != 200 || !strings.HasPrefix(g.body, "visitor") || !strings.HasSuffix(g.body, " yes") {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := w.ask(t, a.with(func(a *ask) { a.headers = map[string]string{"Authorization": "Bearer buyer@steel"} })); g.status != 401 {
		t.Errorf("a token acts: %d %s", g.status, g.body)
	}
	for _, path := range []string{"/sign-in", "/answers/7/in/", "/answers/7/../../sign-in", "/answers/7%2Fin", "/answers//7/in"} {
		if g := w.ask(t, a.with(func(a *ask) { a.path = path })); g.status != 403 && g.status != 404 {
			t.Errorf("%s: %d %s", path, g.status, g.body)
		}
	}
}

func TestAPageThatBreaksShowsTheErrorPageAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	g := w.ask(t, ask{path: "/broken"})
	if g.status != 500 || strings.Contains(g.body, "secret") || !strings.Contains(g.body, "<h1>error en steel</h1>") {
		t.Errorf("%d %s", g.status, g.body)
	}
	g = w.ask(t, ask{path: "/nowhere"})
	if g.status != 404 || !strings.Contains(g.body, "http.not_found") {
		t.Errorf("%d %s", g.status, g.body)
	}
	g = w.ask(t, ask{path: "/", host: "other.example"})
	if g.status != 404 || strings.Contains(g.body, "steel") || !strings.Contains(g.body, "http.unknown_host") {
		t.Errorf("unknown host: %d %s", g.status, g.body)
	}
}

// An ended session makes a browser a visitor again and takes the dead cookie away.
func TestAnEndedSessionMakesABrowserAVisitor(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	g := w.ask(t, ask{path: "/", cookie: "kontor=expired"})
	if g.status != 200 || !strings.Contains(g.header.Get("Set-Cookie"), "kontor=;") {
		t.Errorf("%d %v", g.status, g.header)
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, append(pages(), testRoutes()...)...)
	for _, a := range []ask{
		{path: "/"},
		{path: "/items/a"},
		{path: "/items/a"},
		{path: "/nowhere"},
		{path: "/rfqs/new"},
		{path: "/broken"},
		{path: "/file"},
		{path: "/api/v1/items"},
		{path: "/api/v1/nothing"},
		{path: "/", host: "other.example"},
		{path: "/api/v1/openapi.json"},
		{path: "/api/docs"},
		{path: "/problems"},
		publishAsk(`{}`),
	} {
		g := w.ask(t, a)
		csp := g.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src 'unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: CSP %q", a.path, csp)
		}
		for k, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Referrer-Policy": "strict-origin-when-cross-origin"} {
			if g.header.Get(k) != want {
				t.Errorf("%s: %s %q", a.path, k, g.header.Get(k))
			}
		}
		if g.header.Get("X-Request-Id") == "" || g.header.Get("Cache-Control") == "" || g.header.Get("Server") != "" {
			t.Errorf("%s: %v", a.path, g.header)
		}
	}
}

func TestUploadedFilesAreNeverShownAsPages(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	g := w.ask(t, ask{path: "/file?type=image/svg%2Bxml"})
	if d := g.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || !strings.Contains(d, "filename*=UTF-8''%E9%95%80") {
		t.Errorf("disposition %q", d)
	}
	if csp := g.header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") {
		t.Errorf("CSP %q", csp)
	}
	if g := w.ask(t, ask{path: "/file?type=image/png"}); !strings.HasPrefix(g.header.Get("Content-Disposition"), "inline;") {
		t.Error("a picture is saved rather than shown")
	}
}

func TestHooksNeedNoTokenAndAnswerProblems(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	a := ask{method: "POST", path: "/hooks/bank", body: `{"paid":true}`, media: "application/json", headers: map[string]string{"Sec-Fetch-Site": ""}}
	if code := w.ask(t, a).code(t); code != "test.signature" {
		t.Error(code)
	}
	a.headers["Signature"] = "good"
	if g := w.ask(t, a); g.status != 200 || g.body != `{"paid":true}` {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestStreamsAreSent(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	if g := w.ask(t, ask{path: "/stream"}); g.body != "data: 1\n\n" || g.header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%q %v", g.body, g.header)
	}
}

func TestTheLanguageIsAskedRememberedGuessedOrTheTenants(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	for _, tt := range []struct {
		name, path, cookie, accept, want string
	}{
		{"the tenant's own", "/", "", "", "en"},
		{"the browser's", "/", "", "zh-Hans-CN,zh;q=0.9", "zh-CN"},
		{"a language the tenant does not speak", "/", "", "fr", "en"},
		{"the cookie's", "/", "kontor_lang=zh-CN", "en", "zh-CN"},
		{"a cookie of nonsense", "/", "kontor_lang=xx", "", "en"},
		{"the address's", "/?lang=zh-CN", "kontor_lang=en", "en", "zh-CN"},
	} {
		g := w.ask(t, ask{path: tt.path, cookie: tt.cookie, headers: map[string]string{"Accept-Language": tt.accept}})
		if !strings.Contains(g.body, "<h1>home "+tt.want+" ") {
			t.Errorf("%s: %s", tt.name, g.body)
		}
	}
	if g := w.ask(t, ask{path: "/?lang=zh-CN"}); !strings.Contains(g.header.Get("Set-Cookie"), "kontor_lang=zh-CN") {
		t.Error("the choice is not remembered")
	}
}

func TestAssetsAreKeptForEverAtTheirHash(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, pages()...)
	f, err := NewFiles("/assets/", fstest.MapFS{"app.css": {Data: bytes.Repeat([]byte("a{color:red}"), 100)}})
	if err != nil {
		t.Fatal(err)
	}
	w.Assets("/assets/", f.Find)
	g := w.ask(t, ask{path: f.URL("app.css"), headers: map[string]string{"Accept-Encoding": "gzip"}})
	if g.status != 200 || !strings.Contains(g.header.Get("Cache-Control"), "immutable") || g.header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(g.header.Get("Content-Type"), "text/css") {
		t.Errorf("%d %v", g.status, g.header)
	}
	if g := w.ask(t, ask{path: f.URL("app.css"), headers: map[string]string{"If-None-Match": g.header.Get("ETag")}}); g.status != http.StatusNotModified {
		t.Errorf("%d", g.status)
	}
	if g := w.ask(t, ask{path: "/assets/app.0000.css"}); g.status != 404 {
		t.Errorf("%d", g.status)
	}
}

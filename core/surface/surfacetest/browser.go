// Package surfacetest visits pages of a running house as a person's browser does: it keeps
// cookies, sends forms with what the page put into them, and follows nothing by itself.
package surfacetest

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/tenants"
)

// Browser is one person's, at one marketplace.
type Browser struct {
	t       testing.TB
	house   *apptest.House
	host    string
	lang    string
	cookies map[string]string
	last    Page // whose form is sent next
	from    string
}

// Page is an answer.
type Page struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// New opens a browser at <slug>.localhost in a language, with nobody signed in.
func New(t testing.TB, h *apptest.House, slug, lang string) *Browser {
	t.Helper()
	return &Browser{t: t, house: h, host: slug + ".localhost", lang: lang, cookies: map[string]string{}}
}

// As signs a person of the blueprint in.
func As(t testing.TB, h *apptest.House, slug, lang, who string) *Browser {
	t.Helper()
	b := New(t, h, slug, lang)
	b.Get("/sign-in")
	p := b.Post("/sign-in", "email", who+"@"+slug+".example", "password", tenants.DemoPassword)
	if p.Status != http.StatusSeeOther {
		t.Fatalf("%s could not sign in: %d %s", who, p.Status, p.Text())
	}
	return b
}

// Get visits an address.
func (b *Browser) Get(path string) Page {
	b.t.Helper()
	p := b.do(http.MethodGet, path, "")
	if p.Status == http.StatusOK || p.Status == http.StatusUnprocessableEntity {
		b.last = p
	}
	return p
}

// Post sends a form with the hidden fields of the page seen last.
func (b *Browser) Post(path string, kv ...string) Page {
	b.t.Helper()
	f := url.Values{"_csrf": {b.last.Value("_csrf")}, "_key": {uuid.NewString()}}
	for i := 0; i+1 < len(kv); i += 2 {
		f.Add(kv[i], kv[i+1])
	}
	return b.Send(path, f)
}

// Send posts a form as it is.
func (b *Browser) Send(path string, f url.Values) Page {
	b.t.Helper()
	p := b.do(http.MethodPost, path, f.Encode())
	if strings.Contains(p.Body, `name="_csrf"`) {
		b.last = p
	}
	return p
}

// Cross posts a form as another site's page makes a browser do: it says so, and brings no
// cookie.
func (b *Browser) Cross(path string, kv ...string) Page {
	b.t.Helper()
	f := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		f.Add(kv[i], kv[i+1])
	}
	other := &Browser{t: b.t, house: b.house, host: b.host, lang: b.lang, cookies: map[string]string{}, from: "cross-site"}
	return other.do(http.MethodPost, path, f.Encode())
}

// plain follows no redirect: where one leads is what tests look at.
var plain = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (b *Browser) do(method, path, form string) Page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, "http://"+b.house.Addr+path, strings.NewReader(form))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Host = b.host
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", b.lang)
	if b.from != "" {
		r.Header.Set("Sec-Fetch-Site", b.from)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	res, err := plain.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	p := Page{Status: res.StatusCode, Location: res.Header.Get("Location"), Header: res.Header, Body: string(body)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		sane(b.t, method+" "+path, p.Body)
	}
	return p
}

// sane finds what no page may hold: a text that is missing, a template that failed.
func sane(t testing.TB, where, body string) {
	t.Helper()
	for _, bad := range []string{"⟦", "ZgotmplZ", "<no value>", "%!", `style="`} {
		if i := strings.Index(body, bad); i >= 0 {
			t.Errorf("%s shows %q: …%s…", where, bad, body[max(0, i-60):min(len(body), i+80)])
		}
	}
}

// Value is the value of the first input of that name.
func (p Page) Value(name string) string {
	m := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `"[^>]*? value="([^"]*)"`).FindStringSubmatch(p.Body)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// Values are the values of all inputs of that name, in order.
func (p Page) Values(name string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`name="`+regexp.QuoteMeta(name)+`"[^>]*? value="([^"]*)"`).FindAllStringSubmatch(p.Body, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

// Hidden are all hidden fields as name, value pairs, without the edge's own.
func (p Page) Hidden() []string {
	var out []string
	for _, m := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(p.Body, -1) {
		if !strings.HasPrefix(m[1], "_") {
			out = append(out, html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
	}
	return out
}

// Shows reports whether the page says all of this.
func (p Page) Shows(words ...string) bool {
	text := p.Text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

var (
	tags   = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]+>`)
	spaces = regexp.MustCompile(`[\s\x{00a0}\x{202f}]+`)
)

// Text is what a person reads of the page.
func (p Page) Text() string {
	_, main, ok := strings.Cut(p.Body, "<main")
	if !ok {
		main = p.Body
	}
	return spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(main, " ")), " ")
}

// Cookie is the session that the browser holds.
func (b *Browser) Cookie() string {
	for k, v := range b.cookies {
		if strings.HasSuffix(k, "kontor") {
			return k + "=" + v
		}
	}
	return ""
}

// Take gives the browser somebody's session.
func (b *Browser) Take(cookie string) {
	k, v, _ := strings.Cut(cookie, "=")
	b.cookies[k] = v
}

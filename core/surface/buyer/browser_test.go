package buyer_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/kontorhq/kontor/core/app/apptest"
)

func TestMain(m *testing.M) {
	apptest.Keep = []string{"HW200x200x8x12-Q235B-12", "BA-8327"}
	os.Exit(apptest.Main(m))
}

// browser is a person before a browser that runs no script.
type browser struct {
	t      *testing.T
	http   *http.Client
	host   string
	cookie string
	status int
	body   string
	to     string // where a redirect leads
	at     string // the address of the page, without its query
	doc    *html.Node
}

func open(t *testing.T, h *apptest.House, slug, email string) *browser {
	t.Helper()
	c := h.Client(t, slug, email)
	b := &browser{t: t, http: h.HTTP(), host: c.Host, cookie: "kontor=" + c.Token}
	b.http.Jar, _ = cookiejar.New(nil) // for what is said once after a redirect
	return b
}

func (b *browser) do(method, path string, form url.Values) *browser {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, "http://"+b.host+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Cookie", b.cookie)
	r.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://"+b.host)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at, _, _ = strings.Cut(path, "?")
	b.status, b.to, b.body = resp.StatusCode, resp.Header.Get("Location"), string(raw)
	b.doc, _ = html.Parse(strings.NewReader(b.body)) // a reader of memory never fails
	return b
}

// get opens a page that must be there.
func (b *browser) get(path string) *browser {
	b.t.Helper()
	if sep := "?"; !strings.Contains(path, "lang=") {
		if strings.Contains(path, "?") {
			sep = "&"
		}
		path += sep + "lang=en"
	}
	if b.do(http.MethodGet, path, nil); b.status != 200 {
		b.t.Fatalf("%s: %d %.300s", path, b.status, b.text())
	}
	return b
}

// form is what a form would send as it stands; n chooses among those with one address.
func (b *browser) form(action string) url.Values {
	b.t.Helper()
	var found *html.Node
	walk(b.doc, func(n *html.Node) {
		if n.Data == "form" && attr(n, "action") == action && found == nil {
			found = n
		}
	})
	if found == nil {
		b.t.Fatalf("no form goes to %s: %.400s", action, b.text())
	}
	out := url.Values{}
	walk(found, func(n *html.Node) {
		name := attr(n, "name")
		switch {
		case name == "" || n.Data == "button":
		case n.Data == "input" && (attr(n, "type") == "checkbox" || attr(n, "type") == "radio"):
			if has(n, "checked") {
				out.Add(name, attr(n, "value"))
			}
		case n.Data == "input" && attr(n, "type") != "file":
			out.Add(name, attr(n, "value"))
		case n.Data == "textarea":
			out.Add(name, inner(n))
		case n.Data == "select":
			out.Add(name, chosen(n))
		}
	})
	return out
}

// send submits a form with some fields changed; to overrules its address, as a button with
// a formaction does.
func (b *browser) send(action, to string, changes ...string) *browser {
	b.t.Helper()
	f := b.form(action)
	for i := 0; i+1 < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
	}
	if to == "" {
		to = action
	}
	return b.do(http.MethodPost, to, f)
}

// went checks that the last form was taken, and follows.
func (b *browser) went() *browser {
	b.t.Helper()
	if b.status != http.StatusSeeOther {
		b.t.Fatalf("the form was not taken: %d %.600s", b.status, b.text())
	}
	to, _, _ := strings.Cut(b.to, "#")
	return b.get(to)
}

func (b *browser) text() string { return strings.Join(strings.Fields(inner(b.main())), " ") }

func (b *browser) main() *html.Node {
	out := b.doc
	walk(b.doc, func(n *html.Node) {
		if n.Data == "main" {
			out = n
		}
	})
	return out
}

// says fails unless the page has every one of the words.
func (b *browser) says(words ...string) *browser {
	b.t.Helper()
	have := b.text()
	for _, w := range words {
		if !strings.Contains(have, w) {
			b.t.Errorf("the page does not say %q: %.900s", w, have)
		}
	}
	return b
}

// link is the first address on the page that begins so.
func (b *browser) link(prefix string) string {
	b.t.Helper()
	var out string
	walk(b.main(), func(n *html.Node) {
		if to := attr(n, "href"); out == "" && n.Data == "a" && strings.HasPrefix(to, prefix) && to != prefix {
			out = to
		}
	})
	if out == "" {
		b.t.Fatalf("no link to %s: %.400s", prefix, b.text())
	}
	return out
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n == nil {
		return
	}
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func inner(n *html.Node) string {
	if n == nil || n.Data == "script" || n.Data == "style" {
		return ""
	}
	if n.Type == html.TextNode {
		return n.Data
	}
	var s strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.WriteString(inner(c) + " ")
	}
	return strings.TrimSuffix(s.String(), " ")
}

func chosen(sel *html.Node) string {
	value, first := "", true
	walk(sel, func(n *html.Node) {
		if n.Data == "option" && (first || has(n, "selected")) {
			value, first = attr(n, "value"), false
		}
	})
	return value
}

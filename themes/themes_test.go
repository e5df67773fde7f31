package themes_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/themes"
)

func engine(t testing.TB) *theme.Engine {
	t.Helper()
	e, err := theme.New(themes.FS, theme.Clock(func() time.Time { return noon }), theme.Pseudo())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// frames shows the same content in each layout.
func frames(name, locale string) map[string]theme.Page {
	out := map[string]theme.Page{}
	for console, layout := range map[string]string{"buyer": "console", "seller": "console", "operator": "console", "platform": "console", "": "bare", "print": "print", "wide": "bare-wide"} {
		c := chrome(name, locale)
		c.Layout, c.Nav.Console, c.Path = layout, console, "/"+console
		c.Breadcrumbs = []theme.Crumb{{Text: "Home", URL: "/"}, {Text: "Orders"}}
		out[layout+"-"+console] = theme.Page{Chrome: c, Data: theme.Failure{Status: 200, Title: "PO-2026-0031", Detail: "Litware, Inc. · €4,180.00"}}
	}
	return out
}

// samples are the pages that the themes own themselves; the surfaces' tests render theirs.
func samples(name, locale string) map[string]theme.Page {
	c := chrome(name, locale)
	guide := c
	guide.Path, guide.Scripts, guide.Breadcrumbs = "/_styleguide", []string{"js/charts.js"}, []theme.Crumb{{Text: "Home", URL: "/"}, {Text: "Styleguide"}}
	guide.Flash = []theme.Flash{{Tone: "good", Text: "Saved.", Undo: "/undo"}}
	guide.Errors = []theme.FieldError{{Path: "g2", Reason: "not_positive"}}
	lost := c
	lost.Path = "/nowhere"
	return map[string]theme.Page{
		"storefront/home": {Chrome: c, Data: home(name, locale)},
		"styleguide":      {Chrome: guide, Data: theme.Styleguide(noon)},
		"error":           {Chrome: lost, Data: theme.Failure{Status: 403, Title: "Not allowed", Detail: "Your role may not see this.", Next: "An operator can grant it.", RequestID: "req-1", Code: "http.role_missing", Reasons: []theme.Ground{{Code: "role_missing", Detail: "Only an approver may do this.", Fix: "Ask Anna Meyer."}}}},
	}
}

func TestEveryThemeShowsItsPagesInEveryLanguage(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		for _, locale := range []string{"en", "zh-CN", theme.PseudoLocale} {
			for page, p := range samples(name, locale) {
				var b bytes.Buffer
				if err := e.Render(&b, name, page, p); err != nil {
					t.Errorf("%s %s %s: %v", name, locale, page, err)
					continue
				}
				checkHTML(t, fmt.Sprintf("%s %s %s", name, locale, page), b.String(), locale)
			}
		}
	}
}

// checkHTML looks for what would break a promise on any page.
func checkHTML(t *testing.T, where, html, locale string) {
	t.Helper()
	for _, bad := range []string{"ZgotmplZ", "<no value>", "&lt;no value", ` style="`, " onclick=", "<script>", "kontor-", "%!"} {
		if strings.Contains(html, bad) {
			at := strings.Index(html, bad)
			t.Errorf("%s contains %q: …%s…", where, bad, html[max(0, at-80):min(len(html), at+80)])
		}
	}
	if locale != theme.PseudoLocale && strings.Contains(html, "⟦") {
		at := strings.Index(html, "⟦")
		t.Errorf("%s shows a text that no catalogue has: %s", where, html[at:min(len(html), at+60)])
	}
	if n := strings.Count(html, "<h1"); n != 1 {
		t.Errorf("%s has %d first headings", where, n)
	}
	if strings.Count(html, "<main") != 1 {
		t.Errorf("%s has no single main part", where)
	}
}

// With KONTOR_PREVIEW_ADDR set, the samples are served to be looked at in a browser:
// /<theme>/<locale>/<page>.
func TestEveryLayoutFramesAPage(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		for _, locale := range []string{"en", "zh-CN", theme.PseudoLocale} {
			for frame, p := range frames(name, locale) {
				checkHTML(t, name+" "+locale+" "+frame, mustRender(t, e, name, "error", p), locale)
			}
		}
	}
}

// A letter has no style sheet and no script, because mail programs take neither.
func TestALetterIsPlain(t *testing.T) {
	t.Parallel()
	c := chrome("steel", "zh-CN")
	c.Layout = "mail"
	got := mustRender(t, engine(t), "steel", "error", theme.Page{Chrome: c, Data: theme.Failure{Title: "订单已发货"}})
	if strings.Contains(got, "<link") || strings.Contains(got, "<script") || strings.Contains(got, "⟦") || !strings.Contains(got, "订单已发货") {
		t.Fatal(got)
	}
}

func mustRender(t *testing.T, e *theme.Engine, name, page string, p theme.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Render(&b, name, page, p); err != nil {
		t.Fatalf("%s %s: %v", name, page, err)
	}
	return b.String()
}

func TestPreview(t *testing.T) {
	addr := os.Getenv("KONTOR_PREVIEW_ADDR")
	dir := os.Getenv("KONTOR_PREVIEW_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	e := engine(t)
	for _, name := range e.Themes() {
		for _, locale := range []string{"en", "zh-CN", theme.PseudoLocale} {
			for page, p := range samples(name, locale) {
				keep(t, filepath.Join(dir, name, locale, page+".html"), mustRender(t, e, name, page, p))
			}
			for frame, p := range frames(name, locale) {
				keep(t, filepath.Join(dir, name, locale, frame+".html"), mustRender(t, e, name, "error", p))
			}
		}
	}
	if addr != "" {
		t.Log(serve(e, addr, dir))
	}
}

func keep(t *testing.T, file, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

func serve(e *theme.Engine, addr, dir string) error {
	mux := http.NewServeMux()
	mux.HandleFunc(theme.AssetPrefix, func(w http.ResponseWriter, r *http.Request) {
		a, ok := e.Asset(strings.TrimPrefix(r.URL.Path, theme.AssetPrefix))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.Type)
		_, _ = w.Write(a.Body)
	})
	files := http.FileServer(http.Dir(dir))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'")
		files.ServeHTTP(w, r)
	})
	s := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: time.Second}
	return s.ListenAndServe()
}

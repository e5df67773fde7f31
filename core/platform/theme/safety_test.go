package theme_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kontorhq/kontor/core/platform/theme"
)

// tiny is a theme of one page, for what the real ones must never do.
func tiny(t *testing.T, page string, more map[string]string) *theme.Engine {
	t.Helper()
	files := fstest.MapFS{
		"base/theme.json":              {Data: []byte(`{}`)},
		"base/layouts/storefront.html": {Data: []byte(`<main>{{.Content}}</main>`)},
		"base/pages/p.html":            {Data: []byte(page)},
		"base/locales/en/a.json":       {Data: []byte(`{"a":"<b>{x}</b>"}`)},
	}
	for name, body := range more {
		files[name] = &fstest.MapFile{Data: []byte(body)}
	}
	e, err := theme.New(files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func out(t *testing.T, e *theme.Engine, themeName string, p theme.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Render(&b, themeName, "p", p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatPeopleTypeIsNeverMarkup(t *testing.T) {
	t.Parallel()
	const script = `"><script>alert(1)</script>`
	page := `{{.Data}} {{t "a" "x" .Data}} <a href="{{safeURL .Data}}" title="{{.Data}}">x</a> {{picture .Data nil .Data}} {{draw .Data nil .Data}} {{state "order" .Data}} {{icon .Data .Data}} {{bar 1 2 .Data .Data}} {{initials .Data}}`
	for _, evil := range []string{script, "javascript:alert(1)", "data:text/html,x", "draw:" + script} {
		got := out(t, tiny(t, page, nil), "base", theme.Page{Data: evil})
		if strings.Contains(got, "<script") || strings.Contains(got, `href="javascript:`) || strings.Contains(got, `src="data:`) || strings.Contains(got, "<b>") {
			t.Errorf("%q got through: %s", evil, got)
		}
	}
}

func TestTokensBelongToOneRequestAndAreEscaped(t *testing.T) {
	t.Parallel()
	e := tiny(t, `{{csrf}}{{idem}}<p>{{.Data}}</p>`, nil)
	first := out(t, e, "base", theme.Page{Chrome: theme.Chrome{CSRF: "one", Idem: "k1"}, Data: "x"})
	second := out(t, e, "base", theme.Page{Chrome: theme.Chrome{CSRF: `t"wo`, Idem: "k2"}, Data: "x"})
	if !strings.Contains(first, `name="_csrf" value="one"`) || !strings.Contains(first, `name="_key" value="k1"`) {
		t.Errorf("first: %s", first)
	}
	if strings.Contains(second, "one") || !strings.Contains(second, `value="t&#34;wo"`) {
		t.Errorf("second: %s", second)
	}
}

func TestAFaultyPageWritesNothing(t *testing.T) {
	t.Parallel()
	e := tiny(t, `<p>before</p>{{.Data.Missing.Deeper}}`, nil)
	var b bytes.Buffer
	if err := e.Render(&b, "base", "p", theme.Page{Data: struct{ A int }{}}); err == nil || b.Len() != 0 {
		t.Fatalf("err %v, wrote %q", err, b.String())
	}
	if err := e.Render(&b, "base", "nothing", theme.Page{}); !errors.Is(err, theme.ErrUnknown) {
		t.Fatalf("got %v", err)
	}
	if err := e.Render(&b, "nobody", "p", theme.Page{}); !errors.Is(err, theme.ErrUnknown) {
		t.Fatalf("got %v", err)
	}
}

func TestAThemeOverridesByNameAndChoosesItsFrame(t *testing.T) {
	t.Parallel()
	e := tiny(t, `base {{template "parts/x" .}}{{t "a" "x" 1}}`, map[string]string{
		"base/parts/x.html": "base-part", "own/parts/x.html": "own-part", "own/theme.json": `{"extends":"base"}`,
		"own/locales/en/b.json": `{"a":"own {x}"}`, "base/layouts/print.html": `<print>{{.Content}}</print>`,
	})
	if got := out(t, e, "own", theme.Page{}); got != "<main>base own-partown 1</main>" {
		t.Errorf("got %q", got)
	}
	framed := tiny(t, "{{/* layout: print */}}x", map[string]string{"base/layouts/print.html": `<print>{{.Content}}</print>`})
	if got := out(t, framed, "base", theme.Page{}); got != "<print>x</print>" {
		t.Errorf("got %q", got)
	}
}

func TestBrokenThemesAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	good := func() fstest.MapFS { return fstest.MapFS{"base/theme.json": {Data: []byte(`{}`)}} }
	for what, add := range map[string][2]string{
		"a template that does not parse":   {"base/pages/p.html", "{{if}}"},
		"a function that does not exist":   {"base/pages/p.html", "{{shell \"rm\"}}"},
		"a parent that does not exist":     {"own/theme.json", `{"extends":"nobody"}`},
		"a theme that extends itself":      {"own/theme.json", `{"extends":"own"}`},
		"a manifest that is no JSON":       {"own/theme.json", `{`},
		"texts that are no JSON":           {"base/locales/en/a.json", `{`},
		"a sheet that wants a lost file":   {"base/css/a.css", `a{background:url(asset:lost.png)}`},
		"a locale that is none":            {"base/locales/xx-invalid-tag-/a.json", `{}`},
		"tokens of the wrong shape":        {"base/tokens.json", `[]`},
		"a part of another theme's folder": {"base/parts/y.html", "{{end}}"},
	} {
		files := good()
		files[add[0]] = &fstest.MapFile{Data: []byte(add[1])}
		if _, err := theme.New(files); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

package themes_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/surface/storefront"
)

// A page must come quickly over a mobile line: style under 40 KB, script under 60 KB on the
// wire, on every page where somebody buys.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		css := asset(t, e, name, "css/app.css")
		if n := len(css.Body); n > 40<<10 {
			t.Errorf("%s: %d bytes of style", name, n)
		}
		if n := len(css.Gzip()) + len(asset(t, e, name, "css/work.css").Gzip()); n > 14<<10 {
			t.Errorf("%s: %d bytes of style on the wire for signed-in people", name, n)
		}
		wire := len(asset(t, e, name, "js/kontor.js").Gzip()) + len(asset(t, e, name, "js/htmx.min.js").Gzip())
		if wire > 60<<10 {
			t.Errorf("%s: %d bytes of script on the wire", name, wire)
		}
	}
}

func asset(t *testing.T, e *theme.Engine, themeName, file string) *theme.Asset {
	t.Helper()
	a, ok := e.Asset(strings.TrimPrefix(e.AssetURL(themeName, file), theme.AssetPrefix))
	if !ok {
		t.Fatalf("%s has no %s", themeName, file)
	}
	return a
}

var used = regexp.MustCompile(`(?:href|src|data-lib|data-css)="(/assets/[^"#]+)(?:#([a-z0-9-]+))?"`)

func TestEveryFileAndIconThatAPageNamesIsThere(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, name := range e.Themes() {
		icons := string(asset(t, e, name, "icons.svg").Body)
		for page, p := range samples(name, "en") {
			var b strings.Builder
			if err := e.Render(&b, name, page, p); err != nil {
				t.Fatal(err)
			}
			found := used.FindAllStringSubmatch(b.String(), -1)
			if len(found) < 10 {
				t.Fatalf("%s %s names only %d files", name, page, len(found))
			}
			for _, m := range found {
				if _, ok := e.Asset(strings.TrimPrefix(m[1], theme.AssetPrefix)); !ok {
					t.Errorf("%s %s: %s is not served", name, page, m[1])
				}
				if m[2] != "" && !strings.Contains(icons, `id="`+m[2]+`"`) {
					t.Errorf("%s %s: there is no icon %q", name, page, m[2])
				}
			}
		}
	}
}

// BenchmarkPage is a home page with its price board and 24 cards.
func BenchmarkPage(b *testing.B) {
	e := engine(b)
	h := home("steel", "zh-CN")
	for len(h.Featured) < 24 {
		h.Featured = append(h.Featured, steelCard("HW 200×200×8×12", "h-beam", map[string]string{"h": "200", "b": "200"}))
	}
	p := theme.Page{Chrome: chrome("steel", "zh-CN"), Data: h}
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Render(io.Discard, "steel", "storefront/home", p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCards is 24 cards alone, as in a list.
func BenchmarkCards(b *testing.B) {
	for _, name := range []string{"steel", "pharma", "procure"} {
		b.Run(name, func(b *testing.B) {
			e := engine(b)
			card := map[string]storefront.Card{"steel": steelCard("HW", "h-beam", map[string]string{"h": "200", "b": "200"}), "pharma": pharmaCard("Codeine", "powder", "CII"), "procure": mroCard("Bearing", "6204", "bearing")}[name]
			p := theme.Page{Chrome: chrome(name, "en"), Data: map[string]any{"item": card}}
			b.ReportAllocs()
			for b.Loop() {
				for range 24 {
					if err := e.RenderPart(io.Discard, name, "parts/item-card", p); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/kontorhq/kontor/core/app/apptest"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

// chromium is the browser on this machine; its absence is a failure, not a skip.
func chromium(t testing.TB) string {
	t.Helper()
	if p := os.Getenv("KONTOR_CHROMIUM"); p != "" {
		return p
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	t.Fatal("no Chromium: make test-tools installs it, or set KONTOR_CHROMIUM")
	return ""
}

var browser struct {
	once sync.Once
	ctx  context.Context
}

// tab is one page of a fresh profile, signed in as whoever token is ("" is a visitor).
type tab struct {
	ctx  context.Context
	t    *testing.T
	h    *apptest.House
	slug string

	mu     sync.Mutex
	errors []string // of the console
}

// open makes a tab. All tabs share one browser process; each has its own cookies.
func open(t *testing.T, h *apptest.House, slug, token string) *tab {
	t.Helper()
	browser.once.Do(func() {
		opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1440, 900))
		alloc, _ := chromedp.NewExecAllocator(context.Background(), opts...)
		ctx, _ := chromedp.NewContext(alloc)
		if err := chromedp.Do(ctx); err != nil {
			t.Fatalf("start Chromium: %v", err)
		}
		browser.ctx = ctx
	})
	ctx, cancel := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext())
	x := &tab{ctx: ctx, t: t, h: h, slug: slug}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of its first use
		t.Fatalf("open a tab: %v", err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" {
				x.complain(m.Text)
			}
		}
	}()
	t.Cleanup(cancel)
	if token != "" {
		only := true
		cookie := network.SetCookieParams{Name: "kontor", Value: token, URL: "http://" + h.Host(slug), HTTPOnly: &only}
		if _, err := call(ctx, network.SetCookie, cookie); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func (x *tab) complain(what string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.errors = append(x.errors, what)
}

// complaints are what the console has said since the last call.
func (x *tab) complaints() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	out := x.errors
	x.errors = nil
	return out
}

// patience is how long one step of a person may take.
const patience = 30 * time.Second

func call[P, R any](ctx context.Context, cmd cdp.Command[P, R], p P) (R, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, cmd, p)
}

func (x *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		x.t.Fatalf("at %s: %v", x.at(), err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](x *tab, expression string) T {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		x.t.Fatalf("at %s: %v", x.at(), err)
	}
	return v
}

// at is where the tab is.
func (x *tab) at() string {
	ctx, cancel := context.WithTimeout(x.ctx, 5*time.Second)
	defer cancel()
	url, _ := chromedp.Run(ctx, chromedp.Location())
	return url
}

// visit opens a path and answers the status.
func (x *tab) visit(path string) int64 {
	x.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = "http://" + x.h.Host(x.slug) + path
	}
	ctx, cancel := context.WithTimeout(x.ctx, patience)
	defer cancel()
	resp, err := chromedp.RunResponse(ctx, chromedp.Navigate(path))
	if err != nil {
		x.t.Fatalf("visit %s: %v", path, err)
	}
	return resp.Status
}

// size makes the window a phone's or a desk's.
func (x *tab) size(w, h int64) { x.do(chromedp.EmulateViewport(w, h)) }

// dark switches the colour scheme.
func (x *tab) dark(on bool) {
	scheme := "light"
	if on {
		scheme = "dark"
	}
	p := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}, // no colour is measured in mid-change
	}}
	if _, err := call(x.ctx, emulation.SetEmulatedMedia, p); err != nil {
		x.t.Fatal(err)
	}
}

// sideways is how many pixels the page is wider than its window.
func (x *tab) sideways() int {
	return ask[int](x, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
}

// text is what the page says.
func (x *tab) text() string { return ask[string](x, `document.body.innerText`) }

var axeSource = sync.OnceValues(func() (string, error) {
	b, err := os.ReadFile(filepath.Join("..", "..", "deploy", "browser", "node_modules", "axe-core", "axe.min.js"))
	if errors.Is(err, os.ErrNotExist) {
		return "", errors.New("axe-core is missing: make test-tools fetches it")
	}
	return string(b), err
})

// axe runs axe-core and answers what it finds against WCAG 2.2 AA, one line each.
func (x *tab) axe() []string {
	x.t.Helper()
	src, err := axeSource()
	if err != nil {
		x.t.Fatal(err)
	}
	if !ask[bool](x, `typeof axe === 'object'`) {
		ask[int](x, src+`;0`)
	}
	raw := ask[string](x, `(async () => {
		document.getAnimations().forEach(a => a.finish()); // colours are measured where they end
		const r = await axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'], resultTypes: ['violations']});
		return JSON.stringify(r.violations.map(v => v.id + ' (' + v.nodes.length + '): ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 140)).join(' | ')));
	})()`)
	var found []string
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		x.t.Fatalf("axe said %q: %v", raw, err)
	}
	return found
}

// links are the paths of this site that the page leads to by following links.
func (x *tab) links() []string {
	return ask[[]string](x, `[...document.querySelectorAll('a[href]')].map(a => new URL(a.href, location.href)).filter(u => u.host === location.host).map(u => u.pathname + u.search)`)
}

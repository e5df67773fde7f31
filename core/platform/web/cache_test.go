package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func countedPage(n *atomic.Int64) Route {
	return Page("GET", "/items/{slug}", "test.item.view", func(_ context.Context, v *Visit) (Answer, error) {
		return Render("item", fmt.Sprintf("%s %s %s %d", v.Path("slug"), v.Query("a"), v.Query("b"), n.Add(1))), nil
	}, CachePublic("catalog"))
}

func TestVisitorsShareAPageUntilItsTagChanges(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	w := newTown(t, nil, countedPage(&n))
	a := ask{path: "/items/beam?a=1&b=2"}
	first, second := w.ask(t, a), w.ask(t, a)
	if n.Load() != 1 || first.body != second.body || second.header.Get("X-Cache") != "hit" {
		t.Fatalf("made %d times; %v", n.Load(), second.header)
	}
	if strings.Contains(first.body, `_key value="x`) || !strings.Contains(first.body, `name=_csrf value=""><input name=_key value=""`) {
		t.Errorf("a shared page holds a token or key: %s", first.body)
	}
	if g := w.ask(t, ask{path: "/items/beam?b=2&a=1"}); g.header.Get("X-Cache") != "hit" {
		t.Error("the order of the query made another entry")
	}
	if g := w.ask(t, a.with(func(a *ask) { a.headers = map[string]string{"If-None-Match": first.header.Get("ETag")} })); g.status != 304 || g.body != "" {
		t.Errorf("%d %q", g.status, g.body)
	}
	if g := w.ask(t, a.with(func(a *ask) { a.method = http.MethodHead })); g.status != 200 || g.body != "" || g.header.Get("X-Cache") != "hit" {
		t.Errorf("HEAD: %d %q", g.status, g.body)
	}
	w.Cache().Invalidate(tenantID("steel"), "other")
	w.Cache().Invalidate(tenantID("pharma"))
	if g := w.ask(t, a); g.header.Get("X-Cache") != "hit" {
		t.Error("somebody else's change made it stale")
	}
	for i, change := range []func(){func() { w.Cache().Invalidate(tenantID("steel"), "catalog") }, func() { w.Cache().Invalidate(tenantID("steel")) }} {
		change()
		if g := w.ask(t, a); g.header.Get("X-Cache") == "hit" || n.Load() != int64(i+2) {
			t.Errorf("after change %d it is still the old page", i)
		}
	}
	if s := w.Cache().Stats(); s.Hits < 4 || s.Stored != 3 {
		t.Errorf("%+v", s)
	}
}

// Whoever is known, in another language or on another shop never gets a stranger's page.
func TestTheCacheKnowsTenantsTonguesAndPeople(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	w := newTown(t, nil, countedPage(&n))
	w.ask(t, ask{path: "/items/beam"})
	for name, a := range map[string]ask{
		"another shop":     {path: "/items/beam", host: "pharma.localhost"},
		"another language": {path: "/items/beam", headers: map[string]string{"Accept-Language": "zh-CN"}},
		"a person":         {path: "/items/beam", cookie: "kontor=buyer@steel"},
		"a program":        {path: "/items/beam", as: "buyer@steel"},
		"a part for htmx":  {path: "/items/beam", headers: map[string]string{"HX-Request": "true"}},
		"another query":    {path: "/items/beam?a=1"},
		"lang in the URL":  {path: "/items/beam?lang=zh-CN"},
	} {
		before := n.Load()
		g := w.ask(t, a)
		if g.header.Get("X-Cache") == "hit" || n.Load() != before+1 {
			t.Errorf("%s got the shared page", name)
		}
		if name == "a person" && (g.header.Get("Cache-Control") != "no-store" || !strings.Contains(g.body, "buyer@example.com")) {
			t.Errorf("%s: %v %s", name, g.header, g.body)
		}
	}
	if g := w.ask(t, ask{path: "/items/beam"}); strings.Contains(g.body, "buyer@example.com") {
		t.Error("a person's page was shared")
	}
}

func TestCachedJSONIsSharedAndRevalidated(t *testing.T) {
	t.Parallel()
	n := 0
	w := newTown(t, nil, Get("/prices", "test.item.view", func(context.Context, *struct{}) (rfqView, error) {
		n++
		return rfqView{Title: fmt.Sprint(n)}, nil
	}, CachePublic("pricing")))
	first, second := w.ask(t, ask{path: "/api/v1/prices"}), w.ask(t, ask{path: "/api/v1/prices"})
	if first.body != second.body || n != 1 || second.header.Get("Content-Type") != "application/json" {
		t.Errorf("%q %q %v", first.body, second.body, second.header)
	}
	if g := w.ask(t, ask{path: "/api/v1/prices", headers: map[string]string{"If-None-Match": first.header.Get("ETag")}}); g.status != 304 {
		t.Errorf("%d", g.status)
	}
	w.Cache().Invalidate(tenantID("steel"), "pricing")
	if g := w.ask(t, ask{path: "/api/v1/prices"}); g.body == first.body {
		t.Error("stale")
	}
}

// Reading the query of an API call spells it anew; the cache goes by how it was sent.
func TestCachedJSONIsFoundByItsQueryAsSent(t *testing.T) {
	t.Parallel()
	n := 0
	w := newTown(t, nil, Get("/goods", "test.item.view", func(_ context.Context, in *struct {
		Category string   `query:"category"`
		Attr     []string `query:"attr,explode"`
	},
	) (rfqView, error) {
		n++
		return rfqView{Title: in.Category + strings.Join(in.Attr, " ")}, nil
	}, CachePublic("catalog")))
	path := "/api/v1/goods?category=sections/h-beams&attr=grade:Q235B&attr=standard:GB/T+11263"
	w.ask(t, ask{path: path})
	if g := w.ask(t, ask{path: path}); g.header.Get("X-Cache") != "hit" || n != 1 {
		t.Errorf("made %d times", n)
	}
	if g := w.ask(t, ask{path: strings.Replace(path, "Q235B", "Q355B", 1)}); g.header.Get("X-Cache") == "hit" || !strings.Contains(g.body, "Q355B") {
		t.Errorf("another query got %s", g.body)
	}
}

// Two shops, one path, a thousand interleaved requests: no foreign byte.
func TestInterleavedShopsNeverMix(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	w := newTown(t, nil, countedPage(&n))
	h := w.Handler()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 250 {
				slug := []string{"steel", "pharma"}[(i+g)%2]
				ctx := rawContext("GET", "/items/same", slug+".localhost")
				h(ctx)
				if body := string(ctx.Response.Body()); !strings.Contains(body, "<h1>item en "+slug+"</h1>") {
					t.Errorf("%s got %s", slug, body)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A change while a page is being made must not be hidden by the page.
func TestAPageMadeDuringAChangeIsNotKept(t *testing.T) {
	t.Parallel()
	var w *town
	made := 0
	w = newTown(t, nil, Page("GET", "/x", "test.item.view", func(context.Context, *Visit) (Answer, error) {
		if made++; made == 1 {
			w.Cache().Invalidate(tenantID("steel"), "catalog")
		}
		return Render("x", made), nil
	}, CachePublic("catalog")))
	w.ask(t, ask{path: "/x"})
	if g := w.ask(t, ask{path: "/x"}); !strings.Contains(g.body, "<p class=data>2</p>") {
		t.Error(g.body)
	}
}

func TestSuspendingAShopEndsItsCachedPagesWithinSeconds(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	var mu sync.Mutex
	now := time.Now()
	w := newTown(t, func(c *Config) { c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now } }, countedPage(&n))
	w.ask(t, ask{path: "/items/beam"})
	w.sites.mu.Lock()
	s := w.sites.sites["steel.localhost"]
	s.State = "suspended"
	w.sites.sites["steel.localhost"] = s
	w.sites.mu.Unlock()
	mu.Lock()
	now = now.Add(3 * time.Second)
	mu.Unlock()
	if g := w.ask(t, ask{path: "/items/beam"}); g.status != 503 {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestTooManyRequestsAreSlowedByAddressAndPerson(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(c *Config) { c.Rate = Rate{Visitor: 1, VisitorBurst: 3, Person: 1, PersonBurst: 3} }, testRoutes()...)
	last := got{}
	for i := range 6 {
		last = w.ask(t, ask{path: "/api/v1/items", headers: map[string]string{"X-Forwarded-For": fmt.Sprintf("10.0.0.%d", i)}})
	}
	if code := last.code(t); code != "http.too_many_requests" || last.status != 429 || last.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", last.status, code)
	}
	if g := w.ask(t, ask{path: "/api/v1/items", as: "buyer@steel"}); g.status != 200 {
		t.Errorf("a person pays for strangers: %d", g.status)
	}
}

// Two processes serve one house: whoever floods one is known at the other.
func TestALimitIsTheHousesAndNotTheProcesses(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	process := func() *town {
		return newTown(t, func(c *Config) {
			c.Rate, c.Shared = Rate{Visitor: 2, VisitorBurst: 4, Person: 2, PersonBurst: 4}, true
			c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
		}, testRoutes()...)
	}
	a, b := process(), process()
	items := func(w *town, as string) int { return w.ask(t, ask{path: "/api/v1/items", as: as}).status }
	served := 0
	for range 20 {
		if items(a, "") == 200 {
			served++
		}
	}
	if served == 0 || served == 20 {
		t.Fatalf("%d of 20 were served", served)
	}
	spent := a.Spent()
	if len(spent) != 1 || len(a.Spent()) != 0 {
		t.Fatalf("told %v, and again", spent)
	}
	if got := items(b, ""); got != 200 {
		t.Fatalf("before it is told: %d", got)
	}
	for who, n := range spent {
		b.Charge(who, 1<<40) // however much it was, nobody is shut out for longer than a burst
		b.Charge(who, n)
	}
	if got := items(b, ""); got != 429 {
		t.Errorf("a visitor who has used up everything elsewhere: %d", got)
	}
	if got := items(b, "buyer@steel"); got != 200 {
		t.Errorf("a person pays for a visitor: %d", got)
	}
	mu.Lock()
	now = now.Add(2 * time.Second)
	mu.Unlock()
	if got := items(b, ""); got != 200 {
		t.Errorf("two seconds later: %d", got)
	}
}

func BenchmarkCachedPage(b *testing.B) {
	big := strings.Repeat("<li>HW 200 x 200 x 8 x 12</li>", 1000)
	w := newTown(b, nil, Page("GET", "/items/{slug}", "test.item.view", func(context.Context, *Visit) (Answer, error) {
		return Bytes("text/html", []byte(big)), nil
	}, CachePublic("catalog")))
	h := w.Handler()
	ctx := rawContext("GET", "/items/beam", "steel.localhost:8080")
	h(ctx)
	b.ReportAllocs()
	for b.Loop() {
		ctx.Response.Reset()
		h(ctx)
	}
	if w.Cache().Stats().Hits == 0 {
		b.Fatal("nothing came from the cache")
	}
}

func BenchmarkAPIRead(b *testing.B) {
	w := newTown(b, nil, testRoutes()...)
	h := w.Handler()
	for b.Loop() {
		ctx := rawContext("GET", "/api/v1/items?q=beam", "steel.localhost:8080")
		h(ctx)
		if ctx.Response.StatusCode() != 200 {
			b.Fatal(ctx.Response.String())
		}
	}
}

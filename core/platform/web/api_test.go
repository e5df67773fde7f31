package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/work"
)

type rfqIn struct {
	ID   id.RFQ `path:"id"`
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"20"`
		Lines []struct {
			Quantity int64 `json:"quantity" minimum:"1"`
		} `json:"lines" maxItems:"3"`
	}
}

type rfqView struct {
	ID    id.RFQ `json:"id"`
	Title string `json:"title"`
	Who   string `json:"who"`
}

type listIn struct {
	Q     string `query:"q"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

type slugIn struct {
	Slug string `path:"slug"`
}

var errTaken = fault.New(fault.Conflict, "test.taken", "{what} is taken.").Then("Choose another.")

func publish(ctx context.Context, in *rfqIn) (rfqView, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return rfqView{}, err
	}
	write(ctx, in.Body.Title)
	switch in.Body.Title {
	case "panic":
		panic("secret: pq://kontor:hunter2@db")
	case "leak":
		return rfqView{}, errors.New(`ERROR: relation "sourcing_rfqs" at /srv/kontor/store.go:12`)
	case "taken":
		return rfqView{}, errTaken.With("what", "That title").At(fault.Field{Path: "title", Reason: "taken", Detail: "Taken."})
	}
	return rfqView{ID: in.ID, Title: in.Body.Title, Who: c.Name}, nil
}

func testRoutes() []Route {
	return []Route{
		Post("/rfqs/{id}/publish", "test.rfq.write", publish, Summary("Publish a request"), Tag("Sourcing"), Status(201)),
		Get("/rfqs/{id}", "test.rfq.write", func(_ context.Context, in *struct {
			ID id.RFQ `path:"id"`
		},
		) (rfqView, error) {
			return rfqView{ID: in.ID}, nil
		}),
		Get("/rfqs/mine", "test.rfq.write", func(context.Context, *struct{}) (rfqView, error) { return rfqView{Title: "mine"}, nil }),
		Get("/items", "test.item.view", func(_ context.Context, in *listIn) (page.List[rfqView], error) {
			return page.List[rfqView]{Items: []rfqView{{Title: in.Q}}}, nil
		}),
		Get("/slugs/{slug}", "test.item.view", func(_ context.Context, in *slugIn) (slugIn, error) { return *in, nil }),
		Delete("/rfqs/{id}", "test.admin", func(context.Context, *struct {
			ID id.RFQ `path:"id"`
		},
		) (struct{}, error) {
			return struct{}{}, nil
		}),
	}
}

const rfqPath = "/api/v1/rfqs/01890a5d-ac96-774b-bcce-b302099a8057/publish"

func publishAsk(body string) ask {
	return ask{
		method: "POST", path: rfqPath, body: body, media: "application/json", as: "buyer@steel",
		headers: map[string]string{"Idempotency-Key": "k-" + body[:min(len(body), 60)]},
	}
}

func (a ask) with(change func(*ask)) ask {
	h := map[string]string{}
	for k, v := range a.headers {
		h[k] = v
	}
	a.headers = h
	change(&a)
	return a
}

// Whatever is wrong with a request, its sender learns it as a problem with a code, and
// nothing is stored.
func TestBadInputIsATypedProblemAndStoresNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	good := publishAsk(`{"title":"Beams","lines":[{"quantity":1}]}`)
	for _, tt := range []struct {
		name   string
		change func(*ask)
		status int
		code   string
	}{
		{"a host that is nobody's", func(a *ask) { a.host = "other.example" }, 404, "http.unknown_host"},
		{"a forwarded host from a stranger", func(a *ask) { a.host = "other.example"; a.headers["X-Forwarded-Host"] = "steel.localhost" }, 404, "http.unknown_host"},
		{"a suspended shop", func(a *ask) { a.host = "gone.localhost"; a.as = "buyer@gone" }, 503, "http.suspended"},
		{"a shop that can only be read", func(a *ask) { a.host = "frozen.localhost"; a.as = "buyer@frozen" }, 503, "http.read_only"},
		{"nobody signed in", func(a *ask) { a.as = "" }, 401, "http.sign_in_required"},
		{"a session that has ended", func(a *ask) { a.as = "expired" }, 401, "identity.session_expired"},
		{"a cookie session that has ended", func(a *ask) { a.as = ""; a.cookie = "kontor=expired" }, 401, "identity.session_expired"},
		{"a token of another shop", func(a *ask) { a.as = "buyer@pharma" }, 401, "http.sign_in_required"},
		{"a role that may not", func(a *ask) { a.as = "seller@steel" }, 403, "http.role_missing"},
		{"no key", func(a *ask) { delete(a.headers, "Idempotency-Key") }, 422, "http.idempotency_key_missing"},
		{"a key of 201 characters", func(a *ask) { a.headers["Idempotency-Key"] = strings.Repeat("x", 201) }, 422, "http.idempotency_key_malformed"},
		{"a key that is not printable", func(a *ask) { a.headers["Idempotency-Key"] = "schlüssel" }, 422, "http.idempotency_key_malformed"},
		{"an id that is none", func(a *ask) { a.path = "/api/v1/rfqs/7/publish" }, 422, "http.invalid"},
		{"an unknown key in the JSON", func(a *ask) { a.body = `{"title":"Beams","lines":[],"price":1}` }, 422, "http.invalid"},
		{"a key in other case", func(a *ask) { a.body = `{"Title":"Beams","lines":[]}` }, 422, "http.invalid"},
		{"a negative quantity", func(a *ask) { a.body = `{"title":"Beams","lines":[{"quantity":-1}]}` }, 422, "http.invalid"},
		{"a quantity beyond counting", func(a *ask) { a.body = `{"title":"Beams","lines":[{"quantity":1e300}]}` }, 422, "http.invalid"},
		{"an unknown query parameter", func(a *ask) { a.path += "?role=operator" }, 422, "http.invalid"},
		{"half a document", func(a *ask) { a.body = `{"title":` }, 400, "http.json_malformed"},
		{"two documents", func(a *ask) { a.body += `{}` }, 400, "http.json_malformed"},
		{"no body", func(a *ask) { a.body = "" }, 400, "http.body_missing"},
		{"broken UTF-8", func(a *ask) { a.body = "{\"title\":\"\xff\",\"lines\":[]}" }, 400, "http.text_malformed"},
		{"a NUL in text", func(a *ask) { a.body = `{"title":"a\u0000b","lines":[]}` }, 400, "http.text_malformed"},
		{"broken UTF-8 in the query", func(a *ask) { a.path += "?q=%ff" }, 400, "http.text_malformed"},
		{"broken UTF-8 in the path", func(a *ask) { a.path = "/api/v1/rfqs/%ff/publish" }, 400, "http.text_malformed"},
		{"a form instead of JSON", func(a *ask) { a.media = "application/x-www-form-urlencoded" }, 415, "http.content_type_unsupported"},
		{"JSON called text", func(a *ask) { a.media = "text/plain" }, 415, "http.content_type_unsupported"},
		{"no content type", func(a *ask) { a.media = "" }, 415, "http.content_type_unsupported"},
		{"another charset", func(a *ask) { a.media = "application/json; charset=gb18030" }, 415, "http.content_type_unsupported"},
		{"a compressed body", func(a *ask) { a.headers["Content-Encoding"] = "gzip" }, 415, "http.encoding_unsupported"},
		{"another site's fetch with our cookie", func(a *ask) {
			a.as, a.cookie = "", "kontor=buyer@steel"
			a.headers["Sec-Fetch-Site"] = "same-site"
		}, 403, "http.cross_site"},
		{"another site's origin with our cookie", func(a *ask) {
			a.as, a.cookie = "", "kontor=buyer@steel"
			a.headers["Origin"] = "http://evil.localhost:8080"
		}, 403, "http.cross_site"},
		{"no such route", func(a *ask) { a.path = "/api/v1/nothing" }, 404, "http.not_found"},
		{"another method", func(a *ask) { a.method = "PUT" }, 405, "http.method_not_allowed"},
		{"a fault of the service", func(a *ask) { a.body = `{"title":"taken","lines":[]}` }, 409, "test.taken"},
		{"a panic", func(a *ask) { a.body = `{"title":"panic","lines":[]}` }, 500, "internal"},
		{"an error nobody classified", func(a *ask) { a.body = `{"title":"leak","lines":[]}` }, 500, "internal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := good.with(tt.change)
			g := w.ask(t, a)
			if g.status == 500 && tt.status != 500 {
				t.Log(w.logs.String())
			}
			if code := g.code(t); g.status != tt.status || code != tt.code {
				t.Errorf("got %d %s, want %d %s: %s", g.status, code, tt.status, tt.code, g.body)
			}
			for _, secret := range []string{"hunter2", "sourcing_rfqs", ".go", "goroutine", "struct"} {
				if strings.Contains(g.body, secret) {
					t.Errorf("the answer tells %q: %s", secret, g.body)
				}
			}
			if n := w.mem.stored(); n != 0 {
				t.Errorf("%d things were stored", n)
			}
		})
	}
	if !strings.Contains(w.logs.String(), "hunter2") {
		t.Error("the log does not know why it panicked")
	}
}

// A person learns of every field at once, by its JSON path.
func TestValidationNamesEveryField(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	g := w.ask(t, publishAsk(`{"lines":[{"quantity":0},{}],"colour":"red"}`))
	for _, want := range []string{
		`{"path":"title","reason":"required"`, `{"path":"lines[0].quantity","reason":"too_small"`,
		`{"path":"lines[1].quantity","reason":"required"`, `{"path":"colour","reason":"unknown"`,
	} {
		if !strings.Contains(g.body, want) {
			t.Errorf("no %s in %s", want, g.body)
		}
	}
}

func TestARefusalSaysWhoCouldHelp(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	g := w.ask(t, ask{method: "DELETE", path: "/api/v1/rfqs/01890a5d-ac96-774b-bcce-b302099a8057", as: "buyer@steel"})
	if g.status != 403 || !strings.Contains(g.body, `"role.operator"`) {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := w.ask(t, ask{method: "DELETE", path: "/api/v1/rfqs/01890a5d-ac96-774b-bcce-b302099a8057", as: "operator@steel"}); g.status != 204 || g.body != "" {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestAFaultKeepsItsWordsAndFields(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	g := w.ask(t, publishAsk(`{"title":"taken","lines":[]}`))
	for _, want := range []string{`"detail":"That title is taken."`, `"next":"Choose another."`, `"fields":[{"path":"title","reason":"taken","detail":"Taken."}]`, `"type":"/problems#test.taken"`} {
		if !strings.Contains(g.body, want) {
			t.Errorf("no %s in %s", want, g.body)
		}
	}
}

type zh struct{}

func (zh) Text(locale, key string, args map[string]string) (string, bool) {
	if locale == "zh-CN" && key == "fault.test.taken" {
		return args["what"] + "已被占用。", true
	}
	return "", false
}

func TestFaultsSpeakTheCallersLanguage(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(c *Config) { c.Translator = zh{} }, testRoutes()...)
	g := w.ask(t, publishAsk(`{"title":"taken","lines":[]}`).with(func(a *ask) { a.headers["Accept-Language"] = "zh-CN,zh;q=0.9" }))
	if !strings.Contains(g.body, "That title已被占用。") {
		t.Error(g.body)
	}
}

func TestTheSameKeyAnswersTheSameBytesAndActsOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	a := publishAsk(`{"title":"Beams","lines":[]}`)
	first, second := w.ask(t, a), w.ask(t, a)
	if first.status != 201 || second.status != 201 || first.body != second.body {
		t.Errorf("first %d %s, second %d %s", first.status, first.body, second.status, second.body)
	}
	if first.header.Get("Idempotent-Replayed") != "" || second.header.Get("Idempotent-Replayed") != "true" {
		t.Error("the repeat is not marked, or the first is")
	}
	if n := w.mem.stored(); n != 1 {
		t.Errorf("stored %d times", n)
	}
	other := a.with(func(a *ask) { a.body = `{"title":"Pipes","lines":[]}` })
	if code := w.ask(t, other).code(t); code != "http.idempotency_mismatch" {
		t.Error(code)
	}
	elsewhere := a.with(func(a *ask) { a.path = "/api/v1/rfqs/01890a5d-ac96-774b-bcce-b302099a8058/publish" })
	if code := w.ask(t, elsewhere).code(t); code != "http.idempotency_mismatch" {
		t.Error(code)
	}
	if g := w.ask(t, a.with(func(a *ask) { a.as, a.host = "buyer@pharma", "pharma.localhost" })); g.header.Get("Idempotent-Replayed") != "true" && g.status != 201 {
		t.Errorf("%d %s", g.status, g.body)
	}
}

func TestAFaultFreesItsKey(t *testing.T) {
	t.Parallel()
	var fail atomic.Bool
	fail.Store(true)
	for _, opts := range [][]Option{nil, {Phased()}} {
		fail.Store(true)
		w := newTown(t, nil, Post("/pay", "test.rfq.write", func(context.Context, *struct{}) (rfqView, error) {
			if fail.Load() {
				return rfqView{}, errTaken
			}
			return rfqView{Title: "paid"}, nil
		}, opts...))
		a := ask{method: "POST", path: "/api/v1/pay", as: "buyer@steel", headers: map[string]string{"Idempotency-Key": "1"}}
		if g := w.ask(t, a); g.status != 409 {
			t.Fatalf("%d %s", g.status, g.body)
		}
		fail.Store(false)
		if g := w.ask(t, a); g.status != 200 || g.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
}

// Two requests with one key at the same moment: one acts, the other is told to wait.
func TestAParallelTwinIsToldToWait(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]Option{"atomic": nil, "phased": {Phased()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inside, leave := make(chan bool), make(chan struct{})
			w := newTown(t, nil, Post("/pay", "test.rfq.write", func(ctx context.Context, _ *struct{}) (rfqView, error) {
				inside <- work.Active(ctx)
				<-leave
				return rfqView{Title: "paid"}, nil
			}, opts...))
			a := ask{method: "POST", path: "/api/v1/pay", as: "buyer@steel", headers: map[string]string{"Idempotency-Key": "1"}}
			var wg sync.WaitGroup
			wg.Go(func() {
				if g := w.ask(t, a); g.status != 200 {
					t.Errorf("%d %s", g.status, g.body)
				}
			})
			if active := <-inside; active != (name == "atomic") {
				t.Errorf("inside a unit: %v", active)
			}
			g := w.ask(t, a)
			if code := g.code(t); code != "http.idempotency_in_flight" || g.status != 409 || g.header.Get("Retry-After") == "" {
				t.Errorf("%d %s %v", g.status, code, g.header)
			}
			close(leave)
			wg.Wait()
		})
	}
}

// A fixed word is found before a name in the same place, whatever order they came in.
func TestFixedPathsWinOverNames(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	if g := w.ask(t, ask{path: "/api/v1/rfqs/mine", as: "buyer@steel"}); !strings.Contains(g.body, `"mine"`) {
		t.Errorf("%d %s", g.status, g.body)
	}
}

// Fiber without Immutable hands out strings that the next request overwrites.
func TestPathValuesKeptAcrossRequestsStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var kept []string
	w := newTown(t, nil, Get("/slugs/{slug}", "test.item.view", func(_ context.Context, in *slugIn) (slugIn, error) {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, in.Slug)
		return *in, nil
	}))
	h := w.Handler()
	var want []string
	for i := range 100 {
		slug := strings.Repeat(string(rune('a'+i%26)), 12)
		want = append(want, slug)
		ctx := rawContext("GET", "/api/v1/slugs/"+slug, "steel.localhost")
		h(ctx)
		if ctx.Response.StatusCode() != 200 {
			t.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
	}
	for i, k := range kept {
		if k != want[i] {
			t.Fatalf("request %d kept %q, was %q", i, k, want[i])
		}
	}
}

func TestMountRefusesWhatIsUnsafe(t *testing.T) {
	t.Parallel()
	ok := func(context.Context, *struct{}) (struct{}, error) { return struct{}{}, nil }
	w := newTown(t, nil, Get("/a", "test.item.view", ok))
	for name, r := range map[string]Route{
		"no action": Get("/b", "", ok), "twice": Get("/a", "test.item.view", ok),
		"a cached write": Post("/c", "test.item.view", ok, CachePublic()), "nothing to do": {Method: http.MethodGet, Path: "/d", Action: "test.admin"},
	} {
		if err := w.Mount(r); err == nil {
			t.Errorf("%s: mounted", name)
		}
	}
}

func TestAPrivatePortalShowsVisitorsNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	a := ask{path: "/api/v1/items", host: "procure.localhost"}
	if code := w.ask(t, a).code(t); code != "http.sign_in_required" {
		t.Error(code)
	}
	a.as = "buyer@procure"
	if g := w.ask(t, a); g.status != 200 {
		t.Errorf("%d %s", g.status, g.body)
	}
}

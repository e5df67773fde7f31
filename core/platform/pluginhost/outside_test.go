package pluginhost_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// party is somebody outside who remembers what reached him.
type party struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func (p *party) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.seen, "\n")
}

func newParty(t *testing.T) *party {
	t.Helper()
	p := &party{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.URL.Path+" auth="+r.Header.Get("Authorization")+" forwarded="+r.Header.Get("X-Forwarded-For")+" body="+string(body))
		p.mu.Unlock()
		switch r.URL.Path {
		case "/v1/elsewhere":
			http.Redirect(w, r, "/admin", http.StatusFound)
		case "/v1/huge":
			_, _ = w.Write(make([]byte, 5<<20))
		default:
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			_, _ = w.Write([]byte("as asked"))
		}
	}))
	t.Cleanup(p.Close)
	return p
}

const permitted = `
permissions:
  egress: [{setting: url, methods: [GET, POST], paths: [/v1/], secret: api_key, place: "header:Authorization", prefix: "Bearer "}]
`

// reaching is a wild plugin in the tightest cage, with a party that it may ask.
func reaching(t *testing.T, loopback bool, config map[string]any) (running, context.Context) {
	t.Helper()
	dir := folder(t, "wild")
	rewrite(t, filepath.Join(dir, "wild"), func(s string) string { return s + permitted })
	r := run(t, pluginhost.Config{Dirs: []string{dir}, Tier: tierOf("S2"), Loopback: loopback})
	ctx, _ := r.tenants.install(config, "kontor.wild")
	if err := r.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	return r, ctx
}

// answer is what the wild plugin got, or the words of the refusal.
func answer(t *testing.T, r running, ctx context.Context, what string) string {
	t.Helper()
	got, err := r.Quote(ctx, "EUR", do(what))
	if err != nil {
		var all []string
		for e := err; e != nil; e = errors.Unwrap(e) {
			all = append(all, e.Error())
		}
		return strings.Join(all, " ")
	}
	b, err := json.Marshal(got[0].Problems)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestASealedPluginAsksOutsideThroughTheHost(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	r, ctx := reaching(t, true, map[string]any{"url": p.URL, "api_key": "canary-key"})
	if got := answer(t, r, ctx, "fetch "+p.URL+"/v1/things"); !strings.Contains(got, "200 as asked") || strings.Contains(got, "Set-Cookie") {
		t.Errorf("asked: %s", got)
	}
	if !strings.Contains(p.heard(), "GET /v1/things auth=Bearer canary-key forwarded= ") {
		t.Errorf("the party heard %s", p.heard())
	}
	if got := answer(t, r, ctx, "config"); strings.Contains(got, "canary-key") || !strings.Contains(got, p.URL) {
		t.Errorf("the plugin is told %s", got)
	}
	if got := answer(t, r, ctx, "fetch "+p.URL+"/v1/elsewhere"); !strings.Contains(got, "302") || strings.Contains(p.heard(), "/admin") {
		t.Errorf("a redirect: %s; heard %s", got, p.heard())
	}
	for what, want := range map[string]string{
		"fetch " + p.URL + "/admin":         "egress_denied",
		"fetch " + newParty(t).URL + "/v1/": "egress_denied",
		"fetch https://example.com/v1/":     "egress_denied",
		"fetch " + p.URL + "/v1/huge":       "too_large",
		"forge " + p.URL + "/v1/things":     "token_invalid",
	} {
		if got := answer(t, r, ctx, what); !strings.Contains(got, want) {
			t.Errorf("%s: %s", what, got)
		}
	}
	// A refused forgery belongs to nobody, so that it is not counted.
	if s := r.status(t, "kontor.wild"); s.Asked != 3 || s.Denied != 3 {
		t.Errorf("counted %d and %d refused", s.Asked, s.Denied)
	}
}

func TestWhatIsNotOfThePublicInternetIsNotAsked(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	r, ctx := reaching(t, false, map[string]any{"url": p.URL, "api_key": "k"})
	if got := answer(t, r, ctx, "fetch "+p.URL+"/v1/things"); !strings.Contains(got, "egress_denied") || p.heard() != "" {
		t.Errorf("%s; heard %q", got, p.heard())
	}
}

func TestASecretThatNobodySetIsNamed(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	r, ctx := reaching(t, true, map[string]any{"url": p.URL})
	if got := answer(t, r, ctx, "fetch "+p.URL+"/v1/things"); !strings.Contains(got, "secret_missing") || p.heard() != "" {
		t.Errorf("%s; heard %q", got, p.heard())
	}
}

// Each tenant's call carries its own token, so that one's plugin asks with its key alone.
func TestOneTenantsCallAsksWithItsOwnKey(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	r, a := reaching(t, true, map[string]any{"url": p.URL, "api_key": "key-a"})
	b, _ := r.tenants.install(map[string]any{"url": p.URL, "api_key": "key-b"}, "kontor.wild")
	if err := r.Reload(b); err != nil {
		t.Fatal(err)
	}
	answer(t, r, a, "fetch "+p.URL+"/v1/a")
	answer(t, r, b, "fetch "+p.URL+"/v1/b")
	if h := p.heard(); !strings.Contains(h, "/v1/a auth=Bearer key-a") || !strings.Contains(h, "/v1/b auth=Bearer key-b") {
		t.Error(h)
	}
}

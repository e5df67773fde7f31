package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// The fake town: two shops, one portal, one closed shop, and a handful of people.
func tenantID(name string) id.Tenant {
	var t id.Tenant
	s := sha256.Sum256([]byte(name))
	copy(t[:], s[:16])
	return t
}

type fakeSites struct {
	mu    sync.Mutex
	sites map[string]Site
	asked int
}

func newFakeSites() *fakeSites {
	f := &fakeSites{sites: map[string]Site{}}
	for _, slug := range []string{"steel", "pharma", "procure", "frozen", "gone"} {
		s := Site{
			Tenant: tenantID(slug), Slug: slug, Host: slug + ".localhost", Name: map[string]string{"en": strings.ToUpper(slug)},
			Locales: []string{"en", "zh-CN"}, DefaultLocale: "en", Theme: slug, State: StateActive, Revision: "1",
		}
		switch slug {
		case "procure":
			s.LoginRequired = true
		case "frozen":
			s.State = StateReadOnly
		case "gone":
			s.State = "suspended"
		}
		f.sites[s.Host] = s
	}
	return f
}

func (f *fakeSites) ByHost(_ context.Context, host string) (Site, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if s, ok := f.sites[host]; ok {
		return s, nil
	}
	return Site{}, ErrUnknownHost
}

var errExpired = fault.New(fault.Unauthenticated, "identity.session_expired", "Your session has ended.")

// fakeSessions: the token is "<role>@<slug>"; "expired" has ended.
type fakeSessions struct{}

func (fakeSessions) Resolve(_ context.Context, _ Site, token string) (caller.Caller, error) {
	role, slug, ok := strings.Cut(token, "@")
	if !ok {
		return caller.Caller{}, errExpired
	}
	var p id.Person
	copy(p[:], role)
	return caller.Caller{Tenant: tenantID(slug), Kind: caller.Person, Person: p, Name: role + "@example.com", Roles: []string{role}}, nil
}

type fakeRoles struct{}

var rights = map[policy.Action][]string{
	"test.item.view": {"visitor", "buyer", "seller"},
	"test.rfq.write": {"buyer"},
	"test.admin":     {"operator"},
}

func (fakeRoles) Can(ctx context.Context, do policy.Action) bool {
	c, err := caller.From(ctx)
	if err != nil {
		return false
	}
	for _, r := range rights[do] {
		if c.Has(r) {
			return true
		}
	}
	return false
}

func (fakeRoles) Granting(_ context.Context, do policy.Action) []string { return rights[do] }

// memory is a unit of work and a key store: what a unit wrote is kept only when it ends well.
type memory struct {
	mu      sync.Mutex
	kept    map[string]memoryRow
	running map[string]bool
	written []string // what handlers stored and committed
	begun   map[string]string
}

type memoryRow struct {
	c    Claim
	k    Kept
	done bool
}

type memoryTx struct {
	rows    map[string]*memoryRow
	written []string
}

type memoryKey struct{}

func newMemory() *memory { return &memory{kept: map[string]memoryRow{}, running: map[string]bool{}} }

func (m *memory) Do(ctx context.Context, fn func(context.Context) error) error {
	if _, ok := ctx.Value(memoryKey{}).(*memoryTx); ok {
		return fn(ctx)
	}
	tx := &memoryTx{rows: map[string]*memoryRow{}}
	err := errors.New("panicked")
	defer func() { m.end(tx, err) }()
	err = fn(work.Mark(context.WithValue(ctx, memoryKey{}, tx)))
	return err
}

func (m *memory) end(tx *memoryTx, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, r := range tx.rows {
		delete(m.running, k)
		switch {
		case err != nil:
		case r == nil:
			delete(m.kept, k)
		default:
			m.kept[k] = *r
		}
	}
	if err == nil {
		m.written = append(m.written, tx.written...)
	}
}

func write(ctx context.Context, what string) {
	tx, _ := ctx.Value(memoryKey{}).(*memoryTx)
	if tx != nil {
		tx.written = append(tx.written, what)
	}
}

func (m *memory) Claim(ctx context.Context, c Claim) (*Kept, error) {
	tx := ctx.Value(memoryKey{}).(*memoryTx)
	m.mu.Lock()
	defer m.mu.Unlock()
	k := c.Actor + "|" + c.Key
	if m.running[k] {
		return nil, ErrInFlight
	}
	if r, ok := m.kept[k]; ok && r.c.Until.After(c.At) {
		switch {
		case r.c.Route != c.Route || !bytes.Equal(r.c.BodyHash, c.BodyHash):
			return nil, ErrKeyMismatch
		case !r.done:
			return nil, ErrInFlight
		}
		return &r.k, nil
	}
	m.running[k] = true
	tx.rows[k] = &memoryRow{c: c}
	return nil, nil
}

func (m *memory) Look(ctx context.Context, c Claim) (*Kept, error) {
	k, err := m.Claim(ctx, c)
	if k == nil && err == nil {
		ctx.Value(memoryKey{}).(*memoryTx).rows[c.Actor+"|"+c.Key] = nil
	}
	return k, err
}

func (m *memory) Keep(ctx context.Context, c Claim, k Kept, until time.Time) error {
	return m.Finish(ctx, c, k, until)
}

func (m *memory) Finish(ctx context.Context, c Claim, k Kept, until time.Time) error {
	c.Until = until
	ctx.Value(memoryKey{}).(*memoryTx).rows[c.Actor+"|"+c.Key] = &memoryRow{c: c, k: k, done: true}
	return nil
}

func (m *memory) Begun(_ context.Context, c Claim) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.begun[c.Actor+"|"+c.Key], nil
}

func (m *memory) Begin(_ context.Context, c Claim, what string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun == nil {
		m.begun = map[string]string{}
	}
	m.begun[c.Actor+"|"+c.Key] = what
	return nil
}

func (m *memory) Release(ctx context.Context, c Claim) error {
	ctx.Value(memoryKey{}).(*memoryTx).rows[c.Actor+"|"+c.Key] = nil
	return nil
}

func (m *memory) stored() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.written)
}

// plainRenderer writes what it was given, so that tests can see it.
type plainRenderer struct{}

func (plainRenderer) Render(_ context.Context, w io.Writer, v View) error {
	if v.Name == "broken" {
		panic("secret template text")
	}
	e := html.EscapeString
	fmt.Fprintf(w, "<h1>%s %s %s</h1>", e(v.Name), e(v.Chrome.Locale), e(v.Chrome.Site.Slug))
	fmt.Fprintf(w, "<p class=data>%s</p><p class=who>%s</p>", e(fmt.Sprint(v.Data)), e(v.Chrome.Caller.Name))
	fmt.Fprintf(w, "<input name=_csrf value=%q><input name=_key value=%q>", v.Chrome.CSRF, v.Chrome.Key)
	if v.Chrome.Flash != nil {
		fmt.Fprintf(w, "<p class=flash>%s %s</p>", e(v.Chrome.Flash.Key), e(v.Chrome.Flash.Args["number"]))
	}
	if p := v.Chrome.Problem; p != nil {
		fmt.Fprintf(w, "<p class=problem>%s</p><p class=field>%s</p><p class=typed>%s</p>", e(p.Code), e(v.Chrome.FieldError("title")), e(v.Chrome.Typed.Get("title")))
	}
	return nil
}

// town is one server with the routes of tests.
type town struct {
	*Server
	sites *fakeSites
	mem   *memory
	logs  *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newTown(t testing.TB, change func(*Config), routes ...Route) *town {
	t.Helper()
	w := &town{sites: newFakeSites(), mem: newMemory(), logs: &lockedBuffer{}}
	cfg := Config{
		Sites: w.sites, Sessions: fakeSessions{}, Roles: fakeRoles{}, Unit: w.mem, Keys: w.mem,
		Renderer: plainRenderer{}, Log: slog.New(slog.NewTextHandler(w.logs, nil)), Secret: []byte("a secret of the tests, long enough"),
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = s
	if err := s.Mount(routes...); err != nil {
		t.Fatal(err)
	}
	return w
}

// ask is one request; zero fields have sensible values.
type ask struct {
	method, path, host, body, media string
	as                              string // bearer token
	cookie                          string
	headers                         map[string]string
}

func (a ask) request() *http.Request {
	if a.method == "" {
		a.method = http.MethodGet
	}
	r := httptest.NewRequest(a.method, a.path, strings.NewReader(a.body))
	if r.Host = a.host; a.host == "" {
		r.Host = "steel.localhost:8080"
	}
	if a.media != "" {
		r.Header.Set("Content-Type", a.media)
	}
	if a.as != "" {
		r.Header.Set("Authorization", "Bearer "+a.as)
	}
	if a.cookie != "" {
		r.Header.Set("Cookie", a.cookie)
	}
	for k, v := range a.headers {
		r.Header.Set(k, v)
	}
	return r
}

type got struct {
	status int
	header http.Header
	body   string
}

func (g got) code(t testing.TB) string {
	t.Helper()
	var p Problem
	if ct := g.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("status %d, content type %q, body %s", g.status, ct, g.body)
	}
	if err := json.Unmarshal([]byte(g.body), &p); err != nil {
		t.Fatalf("problem: %v in %s", err, g.body)
	}
	if p.Status != g.status || p.Type != "/problems#"+p.Code || p.RequestID == "" || p.Title == "" {
		t.Fatalf("half a problem: %s", g.body)
	}
	return p.Code
}

func (w *town) ask(t testing.TB, a ask) got {
	t.Helper()
	res, err := w.Test(a.request())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got{res.StatusCode, res.Header, string(b)}
}

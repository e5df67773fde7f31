package fulfilmenttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/platform/web/webdb"
	"github.com/kontorhq/kontor/core/policy"
)

// Edge is the whole HTTP edge in front of a world. A token is "<role> <company>".
type Edge struct {
	*World
	server *web.Server
	keys   int
}

// NewEdge serves routes.
func NewEdge(t testing.TB, w *World, routes ...web.Route) *Edge {
	t.Helper()
	e := &Edge{World: w}
	keys, err := webdb.New([]byte("the master key of these routes' tests"))
	if err != nil {
		t.Fatal(err)
	}
	if e.server, err = web.New(web.Config{Log: slog.New(slog.DiscardHandler), Sites: e, Sessions: e, Roles: e, Unit: w.DB.DB, Keys: keys}); err != nil {
		t.Fatal(err)
	}
	if err := e.server.Mount(routes...); err != nil {
		t.Fatal(err)
	}
	return e
}

// ByHost implements web.Sites.
func (e *Edge) ByHost(_ context.Context, host string) (web.Site, error) {
	return web.Site{Tenant: e.Tenant, Slug: "steel", Host: host, Locales: []string{"en"}, DefaultLocale: "en", State: web.StateActive, Revision: "1"}, nil
}

// Resolve implements web.Sessions.
func (e *Edge) Resolve(_ context.Context, s web.Site, token string) (caller.Caller, error) {
	role, org, _ := strings.Cut(token, " ")
	c := caller.Caller{Tenant: s.Tenant, Kind: caller.Person, Person: id.Person{1}, Name: role, Roles: []string{role}}
	return c, c.Org.UnmarshalText([]byte(org))
}

// Can implements policy.Roles.
func (e *Edge) Can(ctx context.Context, _ policy.Action) bool {
	c, err := caller.From(ctx)
	return err == nil && c.SignedIn()
}

// Ask sends one request and expects a status.
func (e *Edge) Ask(t testing.TB, method, path, as string, body any, want int) map[string]any {
	t.Helper()
	payload, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if body == nil {
		payload = nil
	}
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(payload))
	r.Host = "steel.localhost"
	r.Header.Set("Content-Type", "application/json")
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	if method == http.MethodPost {
		e.keys++
		r.Header.Set("Idempotency-Key", fmt.Sprint("key-", e.keys))
	}
	res, err := e.server.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, raw)
	}
	out := map[string]any{}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%s %s: %s", method, path, raw)
	}
	return out
}

package sourcinghttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/platform/web/webdb"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/sourcing/sourcinghttp"
	"github.com/kontorhq/kontor/core/sourcing/sourcingtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// edge is the whole HTTP edge in front of a world. A token is "<role> <company>".
type edge struct {
	*sourcingtest.World
	server *web.Server
	keys   int
}

func (e *edge) ByHost(_ context.Context, host string) (web.Site, error) {
	if host != "steel.localhost" {
		return web.Site{}, web.ErrUnknownHost
	}
	return web.Site{Tenant: e.Tenant, Slug: "steel", Host: host, Locales: []string{"en", "zh-CN"}, DefaultLocale: "en", State: web.StateActive, Revision: "1"}, nil
}

func (e *edge) Resolve(_ context.Context, s web.Site, token string) (caller.Caller, error) {
	role, org, _ := strings.Cut(token, " ")
	c := caller.Caller{Tenant: s.Tenant, Kind: caller.Person, Name: role, Roles: []string{role}}
	c.Person = personOf(token)
	return c, c.Org.UnmarshalText([]byte(org))
}

func personOf(token string) id.Person {
	var p id.Person
	copy(p[:], token)
	return p
}

func (e *edge) Can(ctx context.Context, do policy.Action) bool {
	c, err := caller.From(ctx)
	return err == nil && c.SignedIn()
}

func open(t *testing.T) *edge {
	t.Helper()
	e := &edge{World: sourcingtest.New(t, pgtest.New(t))}
	keys, err := webdb.New([]byte("the master key of these routes' tests"))
	if err != nil {
		t.Fatal(err)
	}
	if e.server, err = web.New(web.Config{Log: slog.New(slog.DiscardHandler), Sites: e, Sessions: e, Roles: e, Unit: e.DB.DB, Keys: keys}); err != nil {
		t.Fatal(err)
	}
	if err := e.server.Mount(sourcinghttp.Routes(e.Service)...); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *edge) buyer() string  { return "buyer " + e.Buyer.String() }
func (e *edge) mill() string   { return "seller " + e.Mill.String() }
func (e *edge) trader() string { return "seller " + e.Trader.String() }

// ask sends one request and expects a status.
func (e *edge) ask(t *testing.T, method, path, as string, body any, want int) map[string]any {
	t.Helper()
	var payload []byte
	switch b := body.(type) {
	case nil:
	case string:
		payload = []byte(b)
	default:
		var err error
		if payload, err = json.Marshal(b); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(payload))
	r.Host = "steel.localhost"
	if payload != nil {
		r.Header.Set("Content-Type", "application/json")
	}
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
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, raw)
		}
	}
	if res.StatusCode != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, raw)
	}
	return out
}

package webdb_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/platform/web/webdb"
	"github.com/kontorhq/kontor/core/policy"
)

// keys seal with a master key of their own.
var keys = func() webdb.Keys {
	k, err := webdb.New([]byte("the master key of the kept answers' tests"))
	if err != nil {
		panic(err)
	}
	return k
}()

// shop is one tenant with one buyer who may do everything.
type shop struct{ tenant id.Tenant }

func (s shop) ByHost(context.Context, string) (web.Site, error) {
	return web.Site{Tenant: s.tenant, Slug: "shop", Host: "shop.localhost", Locales: []string{"en"}, DefaultLocale: "en", State: web.StateActive}, nil
}

func (s shop) Resolve(context.Context, web.Site, string) (caller.Caller, error) {
	return caller.Caller{Tenant: s.tenant, Kind: caller.Person, Person: id.Person{7}, Name: "anna@example.com", Roles: []string{"buyer"}}, nil
}

func (shop) Can(context.Context, policy.Action) bool { return true }

// drafts writes a file's row as its deed, so that what a request did can be counted.
func drafts(ctx context.Context, _ *struct{}) (map[string]string, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	one := id.Blob{}.New()
	_, err = tx.Exec(ctx, `INSERT INTO blob_objects (tenant_id, id, name, media_type, size, sha256, created_by, created_at) VALUES ($1, $2, 'draft', 'text/plain', 0, '', 'test', now())`, c.Tenant.UUID(), one.UUID())
	return map[string]string{"id": one.String()}, err
}

func server(t *testing.T, db *pgtest.DB, ctx context.Context, routes ...web.Route) *web.Server {
	t.Helper()
	s := shop{pgtest.Tenant(t, ctx)}
	w, err := web.New(web.Config{Sites: s, Sessions: s, Roles: s, Unit: db, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Mount(routes...); err != nil {
		t.Fatal(err)
	}
	return w
}

func post(t *testing.T, w *web.Server, path, key string) (int, string, http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.Host = "shop.localhost"
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Idempotency-Key", key)
	res, err := w.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b), res.Header
}

func count(t *testing.T, db *pgtest.DB, ctx context.Context, table string) int {
	t.Helper()
	var n int
	if err := db.Ops(t).QueryRow(ctx, "SELECT count(*) FROM "+table+" WHERE tenant_id = $1", pgtest.Tenant(t, ctx).UUID()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Sixteen clicks at once on one button: one deed, and every answer is that deed's or asks
// to wait.
func TestParallelRepeatsDoItOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	w := server(t, db, ctx, web.Post("/drafts", "test.write", drafts, web.Status(201)))
	var wg sync.WaitGroup
	var mu sync.Mutex
	bodies := map[string]int{}
	for range 16 {
		wg.Go(func() {
			status, body, _ := post(t, w, "/api/v1/drafts", "one")
			switch {
			case status == 201:
				mu.Lock()
				bodies[body]++
				mu.Unlock()
			case status != 409 || !strings.Contains(body, "http.idempotency_in_flight"):
				t.Errorf("%d %s", status, body)
			}
		})
	}
	wg.Wait()
	if len(bodies) != 1 {
		t.Errorf("%d different answers: %v", len(bodies), bodies)
	}
	if n := count(t, db, ctx, "blob_objects"); n != 1 {
		t.Errorf("done %d times", n)
	}
	_, body, h := post(t, w, "/api/v1/drafts", "one")
	if bodies[body] == 0 || h.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the later repeat got %s", body)
	}
}

// Whatever ends a request badly takes its deed and its key back with it.
func TestAFaultOrPanicLeavesNeitherDeedNorKey(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	refused := fault.New(fault.Conflict, "test.refused", "No.")
	var how atomic.Value
	how.Store("fault")
	w := server(t, db, ctx, web.Post("/drafts", "test.write", func(ctx context.Context, in *struct{}) (map[string]string, error) {
		out, err := drafts(ctx, in)
		switch {
		case err != nil:
			return nil, err
		case how.Load() == "fault":
			return nil, refused
		case how.Load() == "panic":
			panic("in the middle")
		}
		return out, nil
	}))
	for mode, want := range map[string]int{"fault": 409, "panic": 500} {
		how.Store(mode)
		if status, body, _ := post(t, w, "/api/v1/drafts", "one"); status != want || strings.Contains(body, "middle") {
			t.Errorf("%s: %d %s", mode, status, body)
		}
		if d, k := count(t, db, ctx, "blob_objects"), count(t, db, ctx, "web_idempotency"); d != 0 || k != 0 {
			t.Errorf("%s left %d deeds and %d keys", mode, d, k)
		}
	}
	how.Store("")
	if status, body, _ := post(t, w, "/api/v1/drafts", "one"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

func TestAPhasedDeedIsKeptUnderItsKey(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	var calls atomic.Int32
	w := server(t, db, ctx, web.Post("/pay", "test.write", func(context.Context, *struct{}) (map[string]int32, error) {
		if n := calls.Add(1); n > 1 {
			return map[string]int32{"call": n}, nil
		}
		return nil, fault.New(fault.Unavailable, "test.bank_away", "The bank is away.")
	}, web.Phased()))
	if status, body, _ := post(t, w, "/api/v1/pay", "one"); status != 503 || count(t, db, ctx, "web_idempotency") != 0 {
		t.Errorf("%d %s", status, body)
	}
	for range 2 {
		if status, body, _ := post(t, w, "/api/v1/pay", "one"); status != 200 || body != "{\"call\":2}\n" {
			t.Errorf("%d %s", status, body)
		}
	}
}

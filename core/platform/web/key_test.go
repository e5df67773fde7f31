package web

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// keyring knows one key, of a program that may look at items, and notes where it was used.
type keyring struct {
	mu   sync.Mutex
	from string
}

func (k *keyring) Resolve(ctx context.Context, _ Site, token string) (caller.Caller, error) {
	k.mu.Lock()
	k.from = Address(ctx)
	k.mu.Unlock()
	if !strings.HasPrefix(token, "kontor_live_") {
		return caller.Caller{}, errExpired
	}
	return caller.Caller{Tenant: tenantID("steel"), Kind: caller.Service, Account: id.ServiceAccount{1}, Roles: []string{"buyer"}, Scopes: []string{"test.item.view"}}, nil
}

// The address that a key's list is held against is that of the last stranger before our own
// proxies; what that stranger wrote about himself is not believed.
func TestAForgedHeaderDoesNotMoveAKeyToAnotherAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted, header, want string
	}{
		"nobody in front":       {"10.9.9.9/32", "203.0.113.9", "0.0.0.0"},
		"our proxy":             {"0.0.0.0/32", "198.51.100.1", "198.51.100.1"},
		"forged before a proxy": {"0.0.0.0/32", "203.0.113.9, 198.51.100.1", "198.51.100.1"},
	} {
		k := &keyring{}
		w := newTown(t, func(cfg *Config) {
			cfg.Sessions = k
			cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
		}, pages()...)
		w.ask(t, ask{path: "/api/v1/items", headers: map[string]string{"Authorization": "Bearer kontor_live_x", "X-Forwarded-For": c.header}})
		if k.from != c.want && !(c.want == "0.0.0.0" && !strings.Contains(c.header, k.from)) {
			t.Errorf("%s: taken for %q, want %q", name, k.from, c.want)
		}
	}
}

func TestAKeyOpensNoPageAndCountsInNoCookie(t *testing.T) {
	t.Parallel()
	w := newTown(t, func(cfg *Config) { cfg.Sessions = &keyring{} }, pages()...)
	if g := w.ask(t, ask{path: "/rfqs/new", headers: map[string]string{"Authorization": "Bearer kontor_live_x"}}); g.status != http.StatusUnauthorized {
		t.Errorf("a page for a key: %d", g.status)
	}
	if g := w.ask(t, ask{path: "/rfqs/new", headers: map[string]string{"Cookie": "kontor=kontor_live_x"}}); g.status == http.StatusOK {
		t.Error("a key in a cookie opened a page")
	}
}

package app_test

import (
	"net/http"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// Metrics, profiles and health stand on a listener of their own (trust.md S47).
func TestWhatIsForThoseWhoRunItIsNotPublic(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := h.Client(t, "platform", "admin@platform.example")
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/healthz", "/livez", "/readyz", "/.env", "/.git/config", "/server-status", "/actuator"} {
		for _, who := range []*apptest.Client{h.Visitor(t, "steel"), admin} {
			if a := ask(t, h, who, http.MethodGet, path, "", nil); a.status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, a.status)
			}
		}
	}
	for _, method := range []string{http.MethodTrace, http.MethodConnect, "TRACK", "DEBUG"} {
		if a := ask(t, h, h.Visitor(t, "steel"), method, "/", "", nil); a.status < 400 || a.status >= 500 {
			t.Errorf("%s: %d", method, a.status)
		}
	}
}

package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/tally"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/tenants"
)

// stranger is a person of one test's own, in the steel market.
func stranger(t *testing.T, h *apptest.House) identity.Person {
	t.Helper()
	p, err := h.Identity.SignUp(caller.AsSystem(t.Context(), tenantID(t, h, "steel"), "test"), identity.SignUpInput{Email: strings.ToLower(apptest.Key()) + "@steel.example", Name: "Somebody New", Locale: "en", Password: tenants.DemoPassword})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whatever ends a session ends it in all processes within five seconds, also where it has
// just been believed (trust.md S13).
func TestWhatEndsASessionEndsItInEveryProcess(t *testing.T) {
	t.Parallel()
	here := apptest.New(t)
	there := here.Beside(t, web.Rate{})
	operator := here.Client(t, "steel", "operator@steel.example")
	for name, end := range map[string]func(t *testing.T, p identity.Person, c *apptest.Client) heard{
		"signing out": func(t *testing.T, _ identity.Person, c *apptest.Client) heard {
			return ask(t, here, c, "DELETE", "/api/v1/sessions/current", "", nil)
		},
		"a new password": func(t *testing.T, p identity.Person, _ *apptest.Client) heard {
			other := here.Client(t, "steel", p.Email)
			return ask(t, here, other, "PUT", "/api/v1/me/password", "application/json", []byte(`{"old":"`+tenants.DemoPassword+`","password":"vier Pferde tragen Stahl"}`))
		},
		"ending the others": func(t *testing.T, p identity.Person, _ *apptest.Client) heard {
			return ask(t, here, here.Client(t, "steel", p.Email), "POST", "/api/v1/sessions/end-others", "", nil)
		},
		"being shut out": func(t *testing.T, p identity.Person, _ *apptest.Client) heard {
			return ask(t, here, operator, "POST", "/api/v1/people/"+p.ID.String()+"/disable", "", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := stranger(t, here)
			c := here.Client(t, "steel", p.Email)
			same := *c
			same.Host = there.Host("steel")
			me := func() int { return ask(t, there, &same, http.MethodGet, "/api/v1/me", "", nil).status }
			if got := me(); got != http.StatusOK {
				t.Fatalf("the session in the other process: %d", got)
			}
			if a := end(t, p, c); a.status >= 300 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			begun := time.Now()
			for me() != http.StatusUnauthorized {
				if time.Since(begun) > 5*time.Second {
					t.Fatal("it lives on in the other process")
				}
				time.Sleep(50 * time.Millisecond)
			}
			t.Logf("dead there after %v", time.Since(begun).Round(10*time.Millisecond))
		})
	}
}

// A limit cannot be doubled by asking two processes by turns (trust.md S30).
func TestAFloodIsKnownToEveryProcess(t *testing.T) {
	t.Parallel()
	rate := web.Rate{Visitor: 50, VisitorBurst: 20, Person: 1, PersonBurst: 5}
	h := apptest.New(t)
	a, b := h.Beside(t, rate), h.Beside(t, rate)
	books := []*tally.Book{
		tally.New(a.House.DB, a.Log, map[string]tally.Counter{"callers": a.Web}),
		tally.New(b.House.DB, b.Log, map[string]tally.Counter{"callers": b.Web}),
	}
	c := h.Client(t, "steel", stranger(t, h).Email)
	at := func(h *apptest.House) int {
		same := *c
		same.Host = h.Host("steel")
		return ask(t, h, &same, http.MethodGet, "/api/v1/me", "", nil).status
	}
	if got := at(b); got != http.StatusOK {
		t.Fatalf("the other process at first: %d", got)
	}
	flood := func() { // until it is noticed where it comes in
		for range 1000 {
			if at(a) == http.StatusTooManyRequests {
				return
			}
		}
		t.Fatal("the flood was not noticed where it came in")
	}
	for range 20 { // it goes on; whoever paused for a second would be let in again
		flood()
		for _, book := range books {
			if err := book.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if at(b) == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("the other process lets the flood in")
}

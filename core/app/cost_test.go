package app_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/web"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// meter remembers what the last request of each route asked of the database.
type meter struct {
	mu   sync.Mutex
	last map[string]web.Observation
}

// attach makes a house report to the meter.
func (m *meter) attach(h *apptest.House) {
	m.last = map[string]web.Observation{}
	h.Observe(func(o web.Observation) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.last[o.Method+" "+o.Route] = o
	})
}

// take waits for a route's report, which comes just after its answer, and forgets it.
func (m *meter) take(t *testing.T, method, route string) web.Observation {
	t.Helper()
	for range 200 {
		m.mu.Lock()
		o, ok := m.last[method+" "+route]
		delete(m.last, method+" "+route)
		m.mu.Unlock()
		if ok {
			return o
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("nobody reported %s %s", method, route)
	return web.Observation{}
}

// mostTrips is what a page or an answer may cost at most. The dearest, an order's page,
// asks ten contexts; one that needs more asks once per row.
const mostTrips = 18

// What every read asks of the database, warm, and what the great writes ask, is committed:
// a query more shows in review, and a query per row fails whatever is committed.
func TestWhatEachRequestAsksOfTheDatabaseIsTheCommitted(t *testing.T) {
	h := apptest.New(t)
	s := settled(t, h)
	steel := tenantID(t, h, "steel")
	m := &meter{}
	m.attach(h)
	people := []struct {
		name string
		who  *apptest.Client
	}{
		{"buyer", s.buyer},
		{"seller", s.lanqiao},
		{"operator", h.Client(t, "steel", "operator@steel.example")},
		{"platform", h.Client(t, "platform", "admin@platform.example")},
	}
	var b strings.Builder
	b.WriteString("method\troute\tby\ttrips\tstatements\n")
	bounded := func(method, route string, o web.Observation) {
		if o.Trips > mostTrips {
			t.Errorf("%s %s: %d trips to the database, %d are many", method, route, o.Trips, mostTrips)
		}
	}
	note := func(method, route, by string, o web.Observation) {
		bounded(method, route, o)
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%d\n", method, route, by, o.Trips, o.Statements)
	}
	for _, l := range h.Web.Table() {
		ps, ok := params(l.Path)
		if l.Method != http.MethodGet || !ok || l.Path == "/api/v1/events" {
			continue
		}
		path, _ := owned(t, h, steel, l.Path, ps)
		for _, p := range people {
			if ask(t, h, p.who, l.Method, path, "", nil).status != http.StatusOK {
				continue
			}
			m.take(t, l.Method, l.Path)
			least := web.Observation{Trips: 1 << 30}
			for range 3 { // what is remembered for a while may just have been forgotten
				ask(t, h, p.who, l.Method, path, "", nil)
				least = fewer(least, m.take(t, l.Method, l.Path))
			}
			note(l.Method, l.Path, p.name, least)
			break
		}
	}
	beam := seller(t, itemBySKU(t, s.buyer, "HW200x200x8x12-Q355B-12"), "Lanqiao", "H87")
	leastPut, leastPlace := web.Observation{Trips: 1 << 30}, web.Observation{Trips: 1 << 30}
	for range 3 { // as above
		put(t, s.buyer, beam, "1")
		leastPut = fewer(leastPut, m.take(t, http.MethodPut, "/api/v1/cart/lines/{offer}"))
		out := checkOut(t, s.buyer, "苏州", "CN")
		bounded(http.MethodPost, "/api/v1/checkouts", m.take(t, http.MethodPost, "/api/v1/checkouts")) // it depends on how often a carrier had to be asked
		r, err := place(t, s.buyer, out, "苏州", "CN")
		apptest.Got(t, r, err, 201, func() *kontor.OrderingPlaced { return r.JSON201 })
		leastPlace = fewer(leastPlace, m.take(t, http.MethodPost, "/api/v1/orders"))
	}
	note(http.MethodPut, "/api/v1/cart/lines/{offer}", "buyer", leastPut)
	note(http.MethodPost, "/api/v1/orders", "buyer", leastPlace)
	sameFile(t, filepath.Join("testdata", "queries.tsv"), []byte(b.String()), "make gen, and look at what changed")
}

func fewer(a, b web.Observation) web.Observation {
	if b.Trips < a.Trips || b.Trips == a.Trips && b.Statements < a.Statements {
		return b
	}
	return a
}

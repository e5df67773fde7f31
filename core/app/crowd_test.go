package app_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// Two hundred people at the door at once wait for each other, and nobody else does
// (trust.md S33): a password costs a tenth of a second of a core and 64 MiB on purpose.
func TestACrowdAtTheDoorDoesNotKeepTradeWaiting(t *testing.T) {
	h := apptest.New(t)
	buyer := h.Client(t, "steel", "buyer@steel.example")
	trade := func() (time.Duration, int) {
		start := time.Now()
		r := ask(t, h, buyer, http.MethodGet, "/cart", "", nil)
		return time.Since(start), r.status
	}
	trade()
	const crowd = 200
	host, client := h.Host("steel"), h.HTTP()
	var inside sync.WaitGroup
	statuses := make(chan int, crowd)
	for range crowd {
		inside.Go(func() {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+host+"/api/v1/sessions", strings.NewReader(`{"email":"`+apptest.Key()+`@steel.example","password":"not anybody's password"}`))
			if err != nil {
				return
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", apptest.Key())
			if res, err := client.Do(r); err == nil {
				_ = res.Body.Close()
				statuses <- res.StatusCode
			}
		})
	}
	time.Sleep(200 * time.Millisecond) // they are all at the door
	var took []time.Duration
	for range 30 {
		d, status := trade()
		if status != http.StatusOK {
			t.Fatalf("the cart answers %d", status)
		}
		took = append(took, d)
	}
	waiting := crowd - len(statuses)
	slices.Sort(took)
	t.Logf("with %d at the door the cart took %v in the middle and %v at worst", waiting, took[15], took[29])
	if waiting < crowd/4 { // what is asked in between is answered long before the crowd is through
		t.Errorf("only %d were still at the door after %d looks at the cart", waiting, len(took))
	}
	inside.Wait()
	close(statuses)
	for s := range statuses {
		if s != http.StatusUnauthorized && s != http.StatusServiceUnavailable && s != http.StatusTooManyRequests {
			t.Errorf("at the door: %d", s)
		}
	}
}

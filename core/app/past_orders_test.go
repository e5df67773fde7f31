package app_test

import (
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/tenants"
)

// What the earlier system never brought to an end is not passed off as withdrawn.
func TestPastOrdersThatNeverEndedAreNotTakenOver(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	small, err := apptest.Small(apptest.Keep...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tenants.Load(small, "procure")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for p, err := range b.History() {
		if err != nil {
			t.Fatal(err)
		}
		want[map[string]string{"complete": "completed", "rejected": "cancelled"}[p.State]]++
	}
	if want[""] == 0 || want["completed"] == 0 {
		t.Fatalf("the small blueprint has none to tell: %v", want)
	}
	for state, n := range want {
		var have int
		err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM ordering_orders WHERE note = 'imported' AND ($1 = '' AND order_state NOT IN ('completed', 'cancelled') OR order_state = $1)`, state).Scan(&have)
		if state == "" {
			n = 0
		}
		if err != nil || have != n {
			t.Errorf("%d past orders are %q, want %d (%v)", have, state, n, err)
		}
	}
}

package sourcingdb_test

import (
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/sourcing/sourcingdb"
	"github.com/kontorhq/kontor/core/sourcing/sourcingtest"
)

const reached = "+86 571 5550 7741"

// wish drafts a request with a number to call.
func wish(t *testing.T, w *sourcingtest.World, phone string) sourcing.RFQ {
	t.Helper()
	in := w.Wish()
	in.ShipTo.Contact, in.ShipTo.Phone = "Li", phone
	return must[sourcing.RFQ](t)(w.Draft(w.AsBuyer(), in))
}

// told is how many rows of requests tell a number in a dump.
func told(t *testing.T, w *sourcingtest.World) (n int) {
	t.Helper()
	if err := w.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM sourcing_rfqs r WHERE tenant_id = $1 AND r::text LIKE '%5550%'`, w.Tenant.UUID()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARequestsNumberIsKeptApartAndSellersDoNotSeeIt(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := wish(t, w, reached)
	now := func() string {
		t.Helper()
		return must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID)).RFQ.ShipTo.Phone
	}
	if r.ShipTo.Phone != reached || now() != reached || told(t, w) != 0 {
		t.Fatalf("%q, %q, %d", r.ShipTo.Phone, now(), told(t, w))
	}
	title := "Other beams"
	r = must[sourcing.RFQ](t)(w.Edit(w.AsBuyer(), r.ID, sourcing.Changes{Version: r.Version, Title: &title}))
	if r.ShipTo.Phone != reached || now() != reached || told(t, w) != 0 {
		t.Errorf("after another change: %q, %q, %d", r.ShipTo.Phone, now(), told(t, w))
	}
	to := r.ShipTo
	for _, phone := range []string{"+86 571 1", "", reached} {
		to.Phone = phone
		r = must[sourcing.RFQ](t)(w.Edit(w.AsBuyer(), r.ID, sourcing.Changes{Version: r.Version, ShipTo: &to}))
		if now() != phone || told(t, w) != 0 {
			t.Errorf("changed to %q it is %q", phone, now())
		}
	}
	r = must[sourcing.RFQ](t)(w.Service.Publish(w.AsBuyer(), r.ID))
	seen := must[sourcing.Seen](t)(w.View(w.AsMill(), r.ID)).RFQ.ShipTo
	if seen.Phone != "" || seen.Contact != "" || !strings.Contains(seen.City, "Hangzhou") {
		t.Errorf("a seller sees %+v", seen)
	}
}

func TestNumbersOfAnEarlierVersionMoveOutOfRequests(t *testing.T) {
	t.Parallel()
	w := world(t)
	old, other := wish(t, w, ""), wish(t, w, "+86 571 1")
	if _, err := w.DB.Ops(t).Exec(t.Context(), `UPDATE sourcing_rfqs SET ship_to = ship_to || jsonb_build_object('phone', $2::text) WHERE id = $1`, old.ID.UUID(), reached); err != nil {
		t.Fatal(err)
	}
	store := sourcingdb.New(w.DB.DB, w.Phones)
	for _, when := range []string{"before", "moved", "moved again"} {
		if got := must[sourcing.Seen](t)(w.View(w.AsBuyer(), old.ID)).RFQ.ShipTo; got.Phone != reached || got.City != "Hangzhou" {
			t.Errorf("%s: %+v", when, got)
		}
		if got := must[sourcing.Seen](t)(w.View(w.AsBuyer(), other.ID)).RFQ.ShipTo; got.Phone != "+86 571 1" {
			t.Errorf("%s: %+v", when, got)
		}
		if n := told(t, w); n != map[string]int{"before": 1}[when] {
			t.Errorf("%s: %d are there still", when, n)
		}
		if err := store.KeepPhones(w.System()); err != nil {
			t.Fatal(err)
		}
	}
}

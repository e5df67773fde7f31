package certs_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/certs/certstest"
)

// Certificates of twelve seconds, and somebody shaking hands all the time.
func TestACertificateIsRenewedBeforeItEndsAndNoHandshakeFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	w.market("short.example.org")
	first := w.get("short.example.org")
	for time.Now().Before(first.NotAfter.Add(time.Second)) {
		if _, err := w.hello("short.example.org"); err != nil {
			t.Fatalf("%s before the first ends: %v", time.Until(first.NotAfter), err)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if c := w.get("short.example.org"); c.SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Error("not renewed")
	}
}

// Nobody visits, and it is renewed all the same.
func TestAnAddressThatNobodyVisitsIsRenewedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	w.market("quiet.example.org")
	first := w.get("quiet.example.org")
	w.now.Store(int64(9 * time.Second)) // in its last third
	w.node.Forget()
	if err := w.node.KeepOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.ca.Orders.Load(); n != 2 {
		t.Errorf("%d orders", n)
	}
	if c, err := shake(w.manager(), "quiet.example.org"); err != nil || c.SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Errorf("another node has the old one, %v", err)
	}
}

// What fails is not tried at each handshake, by no node, and people are told why.
func TestAnOrderThatFailsWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	w.market("elsewhere.example.org", "here.example.org")
	if _, err := w.hello("elsewhere.example.org"); err == nil {
		t.Fatal("a name that leads elsewhere got one")
	}
	orders := w.ca.Orders.Load() // one for each way to prove itself
	for range 20 {
		if _, err := w.hello("elsewhere.example.org"); err == nil {
			t.Fatal("got one")
		}
	}
	if _, err := shake(w.manager(), "elsewhere.example.org"); err == nil {
		t.Error("another node got one")
	}
	if n := w.ca.Orders.Load(); n != orders {
		t.Errorf("%d orders after %d", n, orders)
	}
	states, err := w.node.States(t.Context(), []string{"elsewhere.example.org"})
	s := states["elsewhere.example.org"]
	if err != nil || s.Word(time.Now()) != "failing" || s.Cause != certs.CauseUnreachable && s.Cause != certs.CauseWrongAnswer || time.Until(s.RetryAt) < time.Minute {
		t.Errorf("%+v, %v", s, err)
	}
	w.get("here.example.org") // nobody else waits for it
	w.now.Store(int64(3 * time.Minute))
	w.node.Forget()
	if _, err := w.hello("elsewhere.example.org"); err == nil || w.ca.Orders.Load() < orders+2 {
		t.Errorf("after its time: %v, %d orders after %d", err, w.ca.Orders.Load(), orders)
	}
	if states, err = w.node.States(t.Context(), []string{"elsewhere.example.org"}); err != nil || states["elsewhere.example.org"].Failures != 2 || states["elsewhere.example.org"].RetryAt.Sub(s.RetryAt) < 6*time.Minute {
		t.Errorf("%+v, %v", states, err)
	}
}

// Somebody who has put his DNS right need not wait; but who asks again and again does, at every
// node, and what has not failed is not ordered.
func TestAFailedOrderIsTriedAgainWhenSomebodyAsksAndNotTooOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	tenant := w.market("elsewhere.retry.example.org", "new.retry.example.org")
	retry := func(m *certs.Manager, host string, want error) certs.Tried {
		t.Helper()
		got, err := m.Retry(t.Context(), tenant, host)
		if !errors.Is(err, want) || got.Underway {
			t.Fatalf("%s: %+v, %v", host, got, err)
		}
		return got
	}
	const name = "elsewhere.retry.example.org"
	for _, host := range []string{name, "new.retry.example.org", "nobodys.example.org"} {
		retry(w.node, host, certs.ErrNotFailing)
	}
	if _, err := w.node.Retry(t.Context(), w.market("others.retry.example.org"), name); !errors.Is(err, certs.ErrNotFailing) {
		t.Errorf("another tenant's: %v", err)
	}
	if n := w.ca.Orders.Load(); n != 0 {
		t.Errorf("%d orders for what has not failed", n)
	}
	if _, err := w.hello(name); err == nil {
		t.Fatal("a name that leads elsewhere got one")
	}
	for n := 2; n <= 5; n++ { // on both nodes, at once after each failure
		before := w.ca.Orders.Load()
		if got := retry([]*certs.Manager{w.node, w.manager()}[n%2], name, nil); got.Failures != n || got.Cause == "" || time.Until(got.RetryAt) < time.Minute || w.ca.Orders.Load() == before {
			t.Errorf("%d: %+v, %d orders after %d", n, got, w.ca.Orders.Load(), before)
		}
	}
	before := w.ca.Orders.Load()
	for _, m := range []*certs.Manager{w.node, w.manager()} {
		retry(m, name, certs.ErrTriedOften)
	}
	w.now.Store(int64(61 * time.Minute))
	w.exec(`INSERT INTO certs_orders (id, tenant_id, host, ordered_at) SELECT gen_random_uuid(), $1, 'x', now() FROM generate_series(1, 40)`, tenant.UUID())
	retry(w.node, name, certs.ErrEnough)
	if n := w.ca.Orders.Load(); n != before {
		t.Errorf("%d orders although there were too many", n-before)
	}
	w.exec(`DELETE FROM certs_orders`)
	w.ca.Mend("elsewhere.retry.example.org")
	if got := retry(w.node, name, nil); got.Failures != 0 || got.Word(time.Now()) != "valid" {
		t.Errorf("put right: %+v", got)
	}
	w.get(name)
	retry(w.node, name, certs.ErrNotFailing)
}

// A tenant with many names neither uses up the authority's patience nor the others' share.
func TestOrdersAreLimitedByTenantOverAllNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	greedy := w.market("greedy.example.org")
	w.market("modest.example.org")
	w.exec(`INSERT INTO certs_orders (id, tenant_id, host, ordered_at) SELECT gen_random_uuid(), $1, 'x', now() - interval '1 hour' FROM generate_series(1, 40)`, greedy.UUID())
	if _, err := w.hello("greedy.example.org"); err == nil || w.ca.Orders.Load() != 0 {
		t.Errorf("%v, %d orders", err, w.ca.Orders.Load())
	}
	w.get("modest.example.org")
}

// Two nodes that are asked at the same moment: one orders, the other takes what it got.
// (The library would have two nodes in one process wait for each other anyway, but for the
// way that is used here.)
func TestTwoNodesMakeOneOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	w.market("twice.example.org")
	var wg sync.WaitGroup
	for range 3 {
		m := w.manager()
		wg.Go(func() {
			if err := m.Obtain(t.Context(), "twice.example.org"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.ca.Orders.Load(); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// Whoever reads a dump of the tables finds no key in it, and another master key opens none.
func TestWhatIsKeptOpensWithTheMasterKeyAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	w.market("sealed.example.org")
	w.get("sealed.example.org")
	var rows, plain int
	err := w.db.Ops(t).QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE position('PRIVATE KEY'::bytea IN sealed) > 0 OR position('CERTIFICATE'::bytea IN sealed) > 0 OR position('{'::bytea IN substring(sealed FROM 1 FOR 1)) > 0) FROM certs_store`).Scan(&rows, &plain)
	if err != nil || rows < 4 || plain > 0 {
		t.Errorf("%d rows, %d in plain: %v", rows, plain, err)
	}
	if _, err := w.db.Pool().Exec(t.Context(), `SELECT sealed FROM certs_store`); err == nil {
		t.Error("the application's role reads it")
	}
}

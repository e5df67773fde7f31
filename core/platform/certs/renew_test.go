package certs_test

import (
	"sync"
	"testing"
	"time"
)

// Certificates of 20 seconds, and somebody shaking hands all the time.
func TestACertificateIsRenewedBeforeItEndsAndNoHandshakeFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.market("short.example.org")
	first := w.get("short.example.org")
	for end := first.NotAfter.Add(2 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		c, err := w.hello("short.example.org")
		if err != nil {
			t.Fatalf("%s before the first ends: %v", time.Until(first.NotAfter), err)
		}
		if c.SerialNumber.Cmp(first.SerialNumber) != 0 {
			if time.Now().After(first.NotAfter) {
				t.Error("renewed too late")
			}
			return
		}
	}
	t.Error("not renewed")
}

// Two nodes that are asked at the same moment: one orders, the other takes what it got.
// (The library would have two nodes in one process wait for each other anyway, but for the
// way that is used here.)
func TestTwoNodesMakeOneOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, long)
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
	if n := w.ca.orders.Load(); n != 1 {
		t.Errorf("%d orders", n)
	}
}

package certs_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/certs/certstest"
)

func TestAnAddressGetsItsCertificateAtTheFirstHandshake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	w.market("first.example.org")
	var wg sync.WaitGroup
	for range 5 { // who comes at the same time waits for the same one
		wg.Go(func() {
			if c, err := w.hello("First.Example.ORG"); err != nil || c.VerifyHostname("first.example.org") != nil {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	if n := w.ca.Orders.Load(); n != 1 {
		t.Errorf("%d orders", n)
	}
	if s, err := w.node.States(t.Context(), []string{"first.example.org"}); err != nil || s["first.example.org"].Word(time.Now()) != "valid" {
		t.Errorf("%+v, %v", s, err)
	}
	again := w.manager() // a node that starts finds it
	c, err := shake(again, "first.example.org")
	if err != nil || c.VerifyHostname("first.example.org") != nil || w.ca.Orders.Load() != 1 {
		t.Errorf("%v, %d orders", err, w.ca.Orders.Load())
	}
}

// shake is a handshake with a node that has no listener.
func shake(m *certs.Manager, name string) (*x509.Certificate, error) {
	ours, theirs := net.Pipe()
	defer func() { _, _ = ours.Close(), theirs.Close() }()
	go func() { _ = tls.Server(theirs, &tls.Config{GetCertificate: m.Certificate}).Handshake() }() //nolint:gosec // as the listener does
	c := tls.Client(ours, &tls.Config{ServerName: name, InsecureSkipVerify: true})                 //nolint:gosec // who signed is looked at elsewhere
	if err := c.Handshake(); err != nil {
		return nil, err
	}
	return c.ConnectionState().PeerCertificates[0], nil
}

// hello asks a node for a name that no client would send.
func hello(name string) *tls.ClientHelloInfo { return &tls.ClientHelloInfo{ServerName: name} }

// A flood of names that are nobody's: no order, no query each, no certificate.
func TestNamesThatAreNobodysCauseNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	tenant := w.market("flood.example.org")
	w.exec(`INSERT INTO certs_orders (id, tenant_id, host, ordered_at) VALUES (gen_random_uuid(), $1, 'marker', now())`, tenant.UUID())
	before := w.books.Load()
	for i := range 100 {
		if _, err := w.hello(fmt.Sprintf("n%d.example.org", i)); err == nil {
			t.Fatalf("n%d has a certificate", i)
		}
	}
	for _, name := range []string{"", "127.0.0.1", "[::1]", "*.example.org", "flood.example.org:443", "x.flood.example.org", "org", "..", "flood.example.org..", string(make([]byte, 300)), fmt.Sprintf("%064d.example.org", 1), "flood.example.org\x00"} {
		if c, err := w.node.Certificate(hello(name)); err == nil {
			t.Errorf("%q has a certificate: %v", name, c.Leaf.DNSNames)
		}
	}
	if n := w.ca.Orders.Load(); n != 0 {
		t.Errorf("%d orders", n)
	}
	if n := w.books.Load() - before; n > 10 {
		t.Errorf("the addresses were read %d times", n)
	}
}

// Only what is in the map of hosts counts: a claim that was not proved is not there, and a
// name that was given up is gone from it, whatever certificate is still in memory.
func TestANameThatIsNotOnesAnyMoreIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, certstest.Long)
	w.market("gone.example.org")
	w.get("gone.example.org")
	w.exec(`DELETE FROM tenancy_hosts WHERE host = 'gone.example.org'`)
	w.node.Forget()
	if _, err := w.hello("gone.example.org"); err == nil {
		t.Error("a name that was given up is served")
	}
	if err := w.node.KeepOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM certs_store WHERE host <> '') + (SELECT count(*) FROM certs_hosts)`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows of it are left, %v", left, err)
	}
}

// Nobody notices elsewhere that a market is suspended: the proxy that remembers HSTS shows
// the closed door. But nothing new is ordered.
func TestASuspendedMarketKeepsItsCertificateToTheEndAndGetsNoNewOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3600)
	tenant := w.market("shut.example.org", "late.example.org")
	w.get("shut.example.org")
	w.exec(`UPDATE tenancy_tenants SET state = 'suspended' WHERE id = $1`, tenant.UUID())
	w.node.Forget()
	w.get("shut.example.org")
	if _, err := w.hello("late.example.org"); err == nil {
		t.Error("a suspended market's other name got one")
	}
	if _, err := shake(w.manager(), "shut.example.org"); err != nil {
		t.Errorf("a node that starts does not give it: %v", err)
	}
	w.now.Store(int64(50 * time.Minute)) // due
	if err := w.node.KeepOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.ca.Orders.Load(); n != 1 {
		t.Errorf("%d orders", n)
	}
	w.now.Store(int64(61 * time.Minute))
	w.node.Forget()
	if _, err := w.hello("shut.example.org"); err == nil {
		t.Error("it is given beyond its end")
	}
}

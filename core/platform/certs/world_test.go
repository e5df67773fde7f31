package certs_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/certs/certstest"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
)

var master = []byte("the master key of the certificates' tests")

// world is a database, an authority and nodes that end TLS. Each test has names of its own:
// within a process the library waits for one certificate a name.
type world struct {
	t    *testing.T
	db   *pgtest.DB
	ca   *certstest.Authority
	http string
	tls  string
	now  atomic.Int64 // how far the clock is moved

	books atomic.Int64 // how often the addresses were read
	node  *certs.Manager
}

func newWorld(t *testing.T, life uint64) *world {
	t.Helper()
	w := &world{t: t, db: pgtest.Clone(t)}
	plain, secure := listen(t), listen(t)
	w.http, w.tls = plain.Addr().String(), secure.Addr().String()
	w.ca = certstest.New(t, plain.Addr().(*net.TCPAddr).Port, secure.Addr().(*net.TCPAddr).Port, life)
	w.node = w.manager()
	serve(t, plain, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		if body, ok := w.node.Challenge(r.Context(), host, r.URL.Path); ok {
			_, _ = rw.Write([]byte(body))
			return
		}
		http.NotFound(rw, r)
	}))
	serve(t, w.node.Listen(secure), http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(rw, "hello "+r.Host) }))
	return w
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func serve(t *testing.T, ln net.Listener, h http.Handler) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
}

// manager is another node on the same database.
func (w *world) manager() *certs.Manager {
	w.t.Helper()
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("KONTOR_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	m, err := certs.New(certs.Config{
		DB: w.db.DB, MasterKey: master, Hosts: w.hosts, Canonical: tenancy.CanonicalHost, Log: log,
		Now: func() time.Time { return time.Now().Add(time.Duration(w.now.Load())) },
		TLS: certs.TLS{Directory: w.ca.Directory, Email: "ops@kontor.example", Roots: w.ca.Roots, HTTPAddr: w.http, TLSAddr: w.tls},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(m.Close)
	return m
}

func (w *world) hosts(ctx context.Context) (map[string]certs.Standing, error) {
	w.books.Add(1)
	all, err := tenancydb.New(w.db.DB).Answering(ctx)
	out := map[string]certs.Standing{}
	for _, a := range all {
		if a.State == tenancy.Active || a.State == tenancy.Suspended {
			out[a.Host] = certs.Standing{Tenant: a.Tenant, Serves: a.State == tenancy.Active}
		}
	}
	return out, err
}

// market is a marketplace at some addresses.
func (w *world) market(hosts ...string) id.Tenant {
	w.t.Helper()
	tenant := pgtest.Tenant(w.t, w.db.NewTenant(w.t))
	for _, h := range hosts {
		w.exec(`INSERT INTO tenancy_hosts (host, tenant_id, canonical, source) VALUES ($1, $2, false, 'claim')`, h, tenant.UUID())
	}
	w.node.Forget()
	return tenant
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	err := w.db.Control(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// hello is a handshake by a stranger who trusts the authority.
func (w *world) hello(name string) (*x509.Certificate, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(w.ca.Issuer)
	d := &tls.Dialer{NetDialer: &net.Dialer{Timeout: 40 * time.Second}, Config: &tls.Config{ServerName: name, RootCAs: roots}}
	c, err := d.DialContext(w.t.Context(), "tcp", w.tls)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	return c.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

func (w *world) get(name string) *x509.Certificate {
	w.t.Helper()
	c, err := w.hello(name)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return c
}

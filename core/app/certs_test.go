package app_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/certs/certstest"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/policies"
	"github.com/kontorhq/kontor/themes"
)

// proofs are the TXT records of the world.
type proofs struct {
	mu  sync.Mutex
	txt map[string]string
}

func (p *proofs) TXT(_ context.Context, name string) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return []string{p.txt[name]}, nil
}

// secured is a node of the house that ends TLS itself.
type secured struct {
	*app.House
	ca         *certstest.Authority
	plain, tls string
	proofs     *proofs
}

func secure(t *testing.T) *secured {
	t.Helper()
	h := apptest.New(t)
	plain, enc := loopback(t), loopback(t)
	s := &secured{plain: plain.Addr().String(), tls: enc.Addr().String(), proofs: &proofs{txt: map[string]string{}}}
	s.ca = certstest.New(t, plain.Addr().(*net.TCPAddr).Port, enc.Addr().(*net.TCPAddr).Port, certstest.Long)
	_, port, _ := net.SplitHostPort(s.tls)
	var err error
	s.House, err = app.Open(t.Context(), app.Options{
		DB: h.DB.Config, Data: t.TempDir(), Policies: policies.FS, Themes: themes.FS, BaseURL: func(host string) string { return "https://" + net.JoinHostPort(host, port) }, DNS: s.proofs,
		Secret: []byte("a secret that only these tests know"), MasterKey: []byte("a master key that only these tests know"),
		TLS: &certs.TLS{Directory: s.ca.Directory, Roots: s.ca.Roots, HTTPAddr: s.plain, TLSAddr: s.tls},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = s.Web.Shutdown(end)
		s.Close()
	})
	go func() { _ = s.Web.Serve(plain) }()
	go func() { _ = s.Web.ServeTLS(s.Certs.Listen(enc)) }()
	return s
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// get asks as a browser does, that believes the authority and follows nothing.
func (s *secured) get(t *testing.T, url string, with ...string) (*http.Response, string, error) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca.Issuer)
	c := &http.Client{
		Timeout:       40 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { //nolint:gosec // a test's client
			to := s.plain
			if strings.HasPrefix(url, "https:") {
				to = s.tls
			}
			return (&net.Dialer{}).DialContext(ctx, network, to)
		}},
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(with); i += 2 {
		r.Header.Set(with[i], with[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	return res, string(b), err
}

// asOperator is the one who runs a market, as its services see him.
func asOperator(tenant id.Tenant) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: tenant, Kind: caller.Person, Person: id.Person{}.New(), Name: "op", Roles: []string{caller.RoleOperator}, Locale: "en"})
}

func TestAProvedDomainIsServedOverTLSAndNoOther(t *testing.T) {
	h := apptest.New(t)
	s := secure(t)
	op := asOperator(tenantID(t, h, "procure"))
	claim, err := s.Tenancy.ClaimHost(op, "buying.example.org")
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name, why string) {
		t.Helper()
		before := s.ca.Orders.Load()
		if _, _, err := s.get(t, "https://"+name+"/"); err == nil || s.ca.Orders.Load() != before {
			t.Errorf("%s: %v, %d orders", why, err, s.ca.Orders.Load()-before)
		}
	}
	refused("buying.example.org", "a claim that was not proved")
	for i := range 100 {
		refused(fmt.Sprintf("r%d.example.org", i), "a name of nobody's")
	}
	name, text := claim.Record()
	s.proofs.mu.Lock()
	s.proofs.txt[name] = text
	s.proofs.mu.Unlock()
	if c, err := s.Tenancy.CheckHost(op, claim.ID); err != nil || c.State != tenancy.ClaimVerified {
		t.Fatalf("%+v, %v", c, err)
	}
	res, body, err := s.get(t, "https://buying.example.org/sign-in")
	if err != nil || res.StatusCode >= 400 || s.ca.Orders.Load() != 1 {
		t.Fatalf("%v, %v, %d orders\n%.300s", err, res, s.ca.Orders.Load(), body)
	}
	for _, path := range []string{"/sign-in", "/api/v1/rfqs", "/nothing-here"} { // at the main address, at this one, nowhere
		res, _, err := s.get(t, "https://buying.example.org"+path)
		if err != nil {
			t.Fatal(err)
		}
		if sts := res.Header.Get("Strict-Transport-Security"); !strings.Contains(sts, "max-age=31536000") || strings.Contains(strings.ToLower(sts), "includesubdomains") {
			t.Errorf("%s: %d, HSTS is %q", path, res.StatusCode, sts)
		}
	}
	if got, err := s.Certs.States(t.Context(), []string{"buying.example.org"}); err != nil || got["buying.example.org"].Word(time.Now()) != "valid" {
		t.Errorf("%+v, %v", got, err)
	}
	for page, want := range map[string]string{"procure.localhost/operator/hosts": "valid until", "platform.localhost/platform/health": "0 failing"} {
		slug, who := "procure", "operator@procure.example"
		if strings.HasPrefix(page, "platform") {
			slug, who = "platform", "admin@platform.example"
		}
		res, body, err := s.get(t, "https://"+page, "Cookie", "__Host-kontor="+h.Client(t, slug, who).Token, "Accept-Language", "en")
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %v, %v\n%.2000s", page, err, res, body)
		}
	}
	if err := s.Tenancy.ReleaseHost(op, claim.ID); err != nil {
		t.Fatal(err)
	}
	refused("buying.example.org", "a name that was given up")
}

func TestPlainHTTPLeadsToHTTPSWhereAMarketAnswers(t *testing.T) {
	s := secure(t)
	_, port, _ := net.SplitHostPort(s.tls)
	for path, want := range map[string]string{"/": "/", "/items?q=a%20b&x=%2F": "/items?q=a%20b&x=%2F", "//evil.example/x": "//evil.example/x", "/.well-known/acme-challenge/nothing": "/.well-known/acme-challenge/nothing"} {
		res, _, err := s.get(t, "http://steel.localhost"+path)
		if err != nil || res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != "https://steel.localhost:"+port+want {
			t.Errorf("%s: %v %v", path, res, err)
		}
		if err == nil && res.Header.Get("Strict-Transport-Security") != "" {
			t.Error("HSTS over plain HTTP")
		}
	}
	plain, _, err := s.get(t, "http://nobody.example.org/")
	if err != nil || plain.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger's host: %v, %v", plain, err)
	}
	// No proxy is trusted here: a header does not make plain HTTP safe.
	if res, _, err := s.get(t, "http://steel.localhost/", "X-Forwarded-Proto", "https"); err != nil || res.StatusCode != http.StatusPermanentRedirect {
		t.Errorf("believed: %v, %v", res, err)
	}
	res, _, err := s.get(t, "https://steel.localhost/")
	if err != nil || res.StatusCode != http.StatusOK || res.TLS.NegotiatedProtocol != "" && !slices.Contains([]string{"http/1.1"}, res.TLS.NegotiatedProtocol) {
		t.Errorf("%v, %v", res, err)
	}
}

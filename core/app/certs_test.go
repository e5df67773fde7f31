package app_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
func (s *secured) get(t *testing.T, to string, with ...string) (*http.Response, string, error) {
	t.Helper()
	return s.send(t, http.MethodGet, to, "", with...)
}

func (s *secured) send(t *testing.T, method, to, form string, with ...string) (*http.Response, string, error) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca.Issuer)
	c := &http.Client{
		Timeout:       40 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { //nolint:gosec // a test's client
			addr := s.plain
			if strings.HasPrefix(to, "https:") {
				addr = s.tls
			}
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		}},
	}
	r, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(form))
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

// Who has put his DNS right has the certificate tried again at once, on the page or by the API,
// and is told what came of it; so is the record.
func TestAFailedCertificateIsTriedAgainByItsOperator(t *testing.T) {
	h := apptest.New(t)
	s := secure(t)
	tenant := tenantID(t, h, "procure")
	op := asOperator(tenant)
	claim, err := s.Tenancy.ClaimHost(op, "elsewhere.desk.example.org")
	if err != nil {
		t.Fatal(err)
	}
	token := h.Client(t, "procure", "operator@procure.example").Token
	api := func(which, as string) (int, string) {
		t.Helper()
		res, body, err := s.send(t, http.MethodPost, "https://procure.localhost/api/v1/hosts/"+which+"/certificate", "", "Authorization", "Bearer "+as, "Idempotency-Key", apptest.Key(), "Accept-Language", "en")
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, body
	}
	says := func(status int, words ...string) {
		t.Helper()
		got, body := api(claim.ID.String(), token)
		for _, w := range words {
			if got != status || !strings.Contains(body, w) {
				t.Errorf("%d %s, want %d %s", got, body, status, w)
			}
		}
	}
	says(http.StatusConflict, "tenancy.host_unproven")
	name, text := claim.Record()
	s.proofs.mu.Lock()
	s.proofs.txt[name] = text
	s.proofs.mu.Unlock()
	if c, err := s.Tenancy.CheckHost(op, claim.ID); err != nil || c.State != tenancy.ClaimVerified {
		t.Fatalf("%+v, %v", c, err)
	}
	says(http.StatusConflict, "certs.not_failing")
	if status, body := api(id.HostClaim{}.New().String(), token); status != http.StatusNotFound {
		t.Errorf("nobody's address: %d %s", status, body)
	}
	if status, body := api(claim.ID.String(), h.Client(t, "procure", "buyer@procure.example").Token); status != http.StatusForbidden {
		t.Errorf("a buyer: %d %s", status, body)
	}
	if _, err := h.Tenancy.RetryCertificate(op, claim.ID); !errors.Is(err, tenancy.ErrNoOrders) {
		t.Errorf("a house that does not end TLS: %v", err)
	}
	page := func(method, path, form, lang string) string {
		t.Helper()
		res, body, err := s.send(t, method, "https://procure.localhost"+path, form, "Cookie", "__Host-kontor="+token, "Accept-Language", lang, "Content-Type", "application/x-www-form-urlencoded")
		if err != nil || res.StatusCode >= 500 {
			t.Fatalf("%s: %v, %v\n%.2000s", path, err, res, body)
		}
		return body
	}
	if body := page("GET", "/operator/hosts", "", "en"); strings.Contains(body, "Try the certificate now") {
		t.Error("what was not tried is to be tried again")
	}
	if _, _, err := s.get(t, "https://elsewhere.desk.example.org/"); err == nil {
		t.Fatal("a name that leads elsewhere got one")
	}
	says(http.StatusOK, `"outcome":"failed"`, `"cause":"`, `"retry_at":"`)
	body := page("GET", "/operator/hosts", "", "en")
	if !strings.Contains(body, "Try the certificate now") || !strings.Contains(page("GET", "/operator/hosts", "", "zh-CN"), "立即重试证书") {
		t.Errorf("no button: %.3000s", body)
	}
	_, csrf, _ := strings.Cut(body, `name="_csrf" value="`)
	csrf, _, _ = strings.Cut(csrf, `"`)
	form := url.Values{"_csrf": {csrf}, "_key": {apptest.Key()}}.Encode()
	if body := page("POST", "/operator/hosts/"+claim.ID.String()+"/certificate", form, "en"); !strings.Contains(body, "The certificate of elsewhere.desk.example.org was not obtained again.") {
		t.Errorf("%.3000s", body)
	}
	s.ca.Mend("elsewhere.desk.example.org")
	says(http.StatusOK, `"outcome":"issued"`, `"valid_until":"`)
	if res, _, err := s.get(t, "https://elsewhere.desk.example.org/sign-in"); err != nil || res.StatusCode >= 400 {
		t.Errorf("%v, %v", res, err)
	}
	if body := page("GET", "/operator/hosts", "", "en"); strings.Contains(body, "Try the certificate now") || !strings.Contains(body, "valid until") {
		t.Errorf("%.3000s", body)
	}
	if n := told(t, h, "procure", `action = 'tenancy.certificate_tried.v1' AND object_id = '`+claim.ID.String()+`'`); n != 3 {
		t.Errorf("the record has %d tries", n)
	}
	if err := s.Tenancy.ReleaseHost(op, claim.ID); err != nil {
		t.Fatal(err)
	}
}

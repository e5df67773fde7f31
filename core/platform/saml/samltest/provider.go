// Package samltest runs a whole program of somebody else's that signs people in by SAML.
package samltest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml/logger"
	"github.com/crewjam/saml/samlidp"
	dsig "github.com/russellhaering/goxmldsig"
)

// Password is everybody's at the provider.
const Password = "verysecure"

// Provider is a running one.
type Provider struct {
	URL string
	t   testing.TB
}

type quiet struct{ logger.Interface }

func (quiet) Printf(string, ...any) {}

// New starts a provider whose certificate ends in ten days.
func New(t testing.TB) Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "login.works.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	program, err := samlidp.New(samlidp.Options{URL: *at, Key: key, Certificate: c, Store: &samlidp.MemoryStore{}, Logger: quiet{}})
	if err != nil {
		t.Fatal(err)
	}
	program.IDP.SignatureMethod, handler = dsig.RSASHA256SignatureMethod, program // its own choice is SHA-1
	return Provider{s.URL, t}
}

// Person makes somebody known to the provider.
func (p Provider) Person(name, email, full string) {
	p.t.Helper()
	p.Member(name, email, full, "Buyers")
}

// Groups is the attribute that says them.
const Groups = "eduPersonAffiliation"

// Member makes somebody known as one of a group, or moves him into it.
func (p Provider) Member(name, email, full, group string) {
	p.t.Helper()
	p.ask(http.MethodPut, "/users/"+name, `{"name":"`+name+`","password":"`+Password+`","email":"`+email+`","common_name":"`+full+`","groups":["`+group+`"]}`)
}

// Register makes a service known to it by the service's metadata.
func (p Provider) Register(metadata string) {
	p.t.Helper()
	p.ask(http.MethodPut, "/services/ours", metadata)
}

// Metadata is what the provider says of itself.
func (p Provider) Metadata() string {
	p.t.Helper()
	return p.ask(http.MethodGet, "/metadata", "")
}

func (p Provider) ask(method, path, body string) string {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		p.t.Fatalf("%s %s: %d %v", method, path, res.StatusCode, err)
	}
	return string(b)
}

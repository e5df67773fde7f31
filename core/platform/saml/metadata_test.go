package saml

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"

	"github.com/kontorhq/kontor/core/platform/outward"
	"github.com/kontorhq/kontor/core/sso"
)

func metadata(location string, certs ...[]byte) string {
	keys := ""
	for _, c := range certs {
		keys += `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="` + nsSignature + `"><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(c) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
	}
	return `<?xml version="1.0"?><!-- made by hand --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="` + issuer + `"><md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="` + nsProtocol + `">` + keys +
		`<md:SingleSignOnService Binding="` + saml.HTTPPostBinding + `" Location="https://login.example.org/post"/><md:SingleSignOnService Binding="` + saml.HTTPRedirectBinding + `" Location="` + location + `"/></md:IDPSSODescriptor></md:EntityDescriptor>`
}

func TestMetadataSayWhoIsBelievedAndWhereFrom(t *testing.T) {
	t.Parallel()
	p, next := theirs(), rogues()
	old := newPen(keys()[0], time.Now().Add(-1000*time.Hour), time.Now().Add(-time.Hour))
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	short := newPen(small, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	c := New(false, nil)
	good := metadata("https://login.example.org/sso", p.cert, next.cert, p.cert, short.cert)
	d, err := c.Read(good)
	if err != nil || d.Entity != issuer || d.SignOn != "https://login.example.org/sso" || len(d.Certificates) != 2 || !d.WantsSigned {
		t.Errorf("%+v, %v", d, err)
	}
	many := `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + strings.Repeat(good[strings.Index(good, "<md:"):], 2) + `</md:EntitiesDescriptor>`
	for name, x := range map[string]struct {
		xml  string
		want error
	}{
		"no XML":                        {"hello", sso.ErrMetadata},
		"nothing":                       {" ", sso.ErrMetadata},
		"a service's, not a provider's": {`<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`, sso.ErrMetadata},
		"of two providers":              {many, sso.ErrMetadata},
		"a declaration":                 {`<!DOCTYPE x [<!ENTITY a "b">]>` + good[strings.Index(good, "<md:"):], sso.ErrMetadata},
		"too large":                     {good + strings.Repeat(" ", 10) + "<!--" + strings.Repeat("x", most) + "-->", sso.ErrMetadata},
		"a bad certificate":             {metadata("https://login.example.org/sso", []byte("x")), sso.ErrMetadata},
		"a script":                      {metadata("javascript:alert(1)", p.cert), sso.ErrMetadata},
		"plain http":                    {metadata("http://login.example.org/sso", p.cert), sso.ErrBinding},
		"this very machine":             {metadata("http://127.0.0.1/sso", p.cert), sso.ErrBinding},
		"no certificate":                {metadata("https://login.example.org/sso"), sso.ErrCertificates},
		"one that has ended":            {metadata("https://login.example.org/sso", old.cert), sso.ErrCertificates},
		"one of 1024 bits":              {metadata("https://login.example.org/sso", short.cert), sso.ErrCertificates},
	} {
		if _, err := c.Read(x.xml); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
	}
}

func TestMetadataAreFetchedFromThePublicInternetAlone(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/here":
			_, _ = fmt.Fprint(w, "metadata")
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	if got, err := New(true, nil).Fetch(t.Context(), s.URL+"/here"); err != nil || got != "metadata" {
		t.Errorf("%q %v", got, err)
	}
	for address, want := range map[string]error{
		s.URL + "/here": sso.ErrIssuer, "http://example.com/x": sso.ErrIssuer, "file:///etc/passwd": sso.ErrIssuer, "": sso.ErrIssuer,
		"https://127.0.0.1:1/x": outward.ErrPrivate, "https://169.254.169.254/x": outward.ErrPrivate, "https://[::1]:1/x": outward.ErrPrivate,
	} {
		if _, err := New(false, nil).Fetch(t.Context(), address); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", address, err, want)
		}
	}
	for _, path := range []string{"/moved", "/absent"} {
		if _, err := New(true, nil).Fetch(t.Context(), s.URL+path); !errors.Is(err, sso.ErrProvider) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestARequestNamesItselfAndIsSignedWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	c := New(false, nil)
	q := question(theirs())
	q.Again = true
	key, cert, err := c.Key("7")
	if err != nil {
		t.Fatal(err)
	}
	q.Secret, q.SAML.Sign, q.SAML.Certificate = key, true, cert
	to, err := c.Address(t.Context(), q, "state")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	signedPart, sig, ok := strings.Cut(u.RawQuery, "&Signature=")
	sig, _ = url.QueryUnescape(sig)
	raw, _ := base64.StdEncoding.DecodeString(sig)
	parsed, _ := x509.ParseCertificate(cert)
	if !ok || u.Host != "login.example.org" || parsed.CheckSignature(x509.SHA256WithRSA, []byte(signedPart), raw) != nil {
		t.Errorf("not signed: %s", to)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	got, err := saml.NewIdpAuthnRequest(&saml.IdentityProvider{}, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`ID="` + request + `"`, `ForceAuthn="true"`, `AssertionConsumerServiceURL="` + acs + `"`, `Destination="https://login.example.org/sso"`, entity1} {
		if !strings.Contains(string(got.RequestBuffer), want) {
			t.Errorf("no %s in %s", want, got.RequestBuffer)
		}
	}
	if strings.Contains(to, key[:40]) {
		t.Error("the key travels")
	}
	q.SAML.Sign, q.Again = false, false
	if to, err := c.Address(t.Context(), q, "state"); err != nil || strings.Contains(to, "Signature=") {
		t.Errorf("%s %v", to, err)
	}
	for _, bad := range []string{"javascript:alert(1)", "http://login.example.org/sso", "ftp://x.example/", ""} {
		q.SAML.SignOn = bad
		if to, err := c.Address(t.Context(), q, "s"); err == nil {
			t.Errorf("a browser is sent to %q", to)
		}
	}
}

func TestWeDescribeOurselves(t *testing.T) {
	t.Parallel()
	c := New(false, nil)
	q := question()
	q.SAML.Sign, q.SAML.Certificate, q.SAML.Attrs.Email, q.RoleClaim = true, theirs().cert, "upn", "groups & more"
	b, err := c.Describe(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`entityID="` + entity1 + `"`, `Location="` + acs + `"`, `AuthnRequestsSigned="true"`, `use="signing"`, `Name="upn"`, `Name="groups &amp; more"`, `Name="displayName"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	if strings.Contains(string(b), "encryption") {
		t.Error("a provider would encrypt")
	}
}

package account_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"html"
	"io"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml/logger"
	"github.com/crewjam/saml/samlidp"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// federation is a whole program of somebody else's that speaks SAML.
type federation struct {
	url string
	t   *testing.T
}

func newFederation(t *testing.T) federation {
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
	program.IDP.SignatureMethod, handler = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", program
	f := federation{s.URL, t}
	for _, name := range []string{"newcomer", "buyer3"} {
		f.put("/users/"+name, `{"name":"`+name+`","password":"verysecure","email":"`+name+`@steel.example","common_name":"Nova Comer","groups":["Buyers"]}`)
	}
	f.put("/users/stranger", `{"name":"stranger","password":"verysecure","email":"stranger@elsewhere.example"}`)
	return f
}

type quiet struct{ logger.Interface }

func (quiet) Printf(string, ...any) {}
func (quiet) Print(...any)          {}
func (quiet) Println(...any)        {}

func (f federation) put(path, body string) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPut, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		f.t.Fatalf("%s: %d", path, res.StatusCode)
	}
}

// through signs somebody in at the provider and answers where the browser is made to post
// what.
func (f federation) through(to, user string) (acs, response string) {
	f.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	field := func(page, name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			f.t.Fatalf("no %s: %s", name, page)
		}
		return html.UnescapeString(m[1])
	}
	read := func(res *http.Response, err error) string {
		if err != nil {
			f.t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		return string(b)
	}
	page := read(c.Get(to)) //nolint:bodyclose,noctx // closed above; a test
	page = read(c.PostForm(f.url+"/sso", url.Values{"user": {user}, "password": {"verysecure"}, "SAMLRequest": {field(page, "SAMLRequest")}, "RelayState": {""}})) //nolint:bodyclose,noctx // the same
	m := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		f.t.Fatalf("no answer: %s", page)
	}
	return html.UnescapeString(m[1]), field(page, "SAMLResponse")
}

// An administrator connects a provider that speaks SAML on pages; his people come in
// through it, by the very way that those of any other provider take.
func TestACompanysPeopleComeInThroughItsSAMLProvider(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	f := newFederation(t)
	admin := surfacetest.As(t, h, "steel", "en", "buyer3")
	if p := admin.Get("/account/sso?kind=saml"); !p.Shows("SAML 2.0", "Your provider's metadata", "Attribute that identifies people") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	to := admin.Post("/account/sso", "kind", "saml", "name", "Works ADFS", "jit", "1", "roles", "buyer", "sign", "1", "subject_attribute", "urn:oid:0.9.2342.19200300.100.1.1").Location
	if p := admin.Get(to); !p.Shows("No metadata yet", "For your provider", "http://steel.localhost/sso/saml/"+strings.TrimPrefix(to, "/account/sso/")+"/acs") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	ours := surfacetest.New(t, h, "steel", "en").Get("/sso/saml/" + strings.TrimPrefix(to, "/account/sso/"))
	if ours.Status != http.StatusOK || !strings.Contains(ours.Header.Get("Content-Type"), "samlmetadata") || !strings.Contains(ours.Body, "<ds:X509Certificate>") {
		t.Fatalf("our metadata: %d %s", ours.Status, ours.Body)
	}
	f.put("/services/kontor", ours.Body)
	version := admin.Get(to).Value("version")
	if p := admin.Post(to+"/metadata", "version", version, "metadata", "<html>"); p.Status != http.StatusUnprocessableEntity || !p.Shows("This is no SAML metadata of one provider.") {
		t.Errorf("nonsense: %d %s", p.Status, p.Text())
	}
	if p := admin.Post(to+"/metadata", "version", version, "address", f.url+"/metadata"); p.Location != to {
		t.Fatalf("fetched: %d %s", p.Status, p.Text())
	}
	if p := admin.Get(to); !p.Shows(f.url+"/metadata", f.url+"/sso", "CN=login.works.example", "Certificates are running out") {
		t.Errorf("%s", p.Text())
	}
	admin.Post(to+"/domains", "domain", "steel.example")
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET verified_at = now(), checked_at = now() WHERE domain = 'steel.example'`); err != nil {
		t.Fatal(err)
	}
	sent := func(b *surfacetest.Browser, path string, kv ...string) string {
		t.Helper()
		p := b.Post(path, kv...)
		_, at, _ := strings.Cut(p.Header.Get("Refresh"), "url=")
		if p.Status != http.StatusOK || !strings.HasPrefix(at, f.url+"/sso?SAMLRequest=") || !strings.Contains(at, "&Signature=") {
			t.Fatalf("not sent on: %d %q %s", p.Status, at, p.Text())
		}
		return at
	}
	// cross posts as the provider's page makes a browser do: from another site, without any
	// cookie of ours.
	cross := func(acs, response string) surfacetest.Page {
		t.Helper()
		u, err := url.Parse(acs)
		if err != nil || u.Host != "steel.localhost" {
			t.Fatalf("%q %v", acs, err)
		}
		return surfacetest.New(t, h, "steel", "en").Cross(u.Path, "SAMLResponse", response)
	}
	back := func(acs, response string) string {
		t.Helper()
		p := cross(acs, response)
		if p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/sso/callback?state=") {
			t.Fatalf("not believed: %d %s", p.Status, p.Text())
		}
		return p.Location
	}
	if p := admin.Get(back(f.through(sent(admin, to+"/test"), "buyer3"))); p.Location != to {
		t.Fatalf("tested: %d %q %s", p.Status, p.Location, p.Text())
	}
	if p := admin.Get(to); !p.Shows("It works", "buyer3@steel.example", "What the provider said of you") {
		t.Errorf("%s", p.Text())
	}
	if p := admin.Post(to + "/on"); p.Location != to {
		t.Fatalf("on: %d %s", p.Status, p.Text())
	}

	b := surfacetest.New(t, h, "steel", "zh-CN")
	b.Get("/sso?next=/account")
	acs, response := f.through(sent(b, "/sso", "email", "nobody.knows@steel.example", "next", "/account"), "newcomer")
	where := back(acs, response)
	if p := cross(acs, response); p.Status != http.StatusForbidden {
		t.Errorf("the same response again: %d", p.Status)
	}
	if p := surfacetest.New(t, h, "steel", "zh-CN").Get(where); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "此次登录是在别处开始的") {
		t.Errorf("another browser: %d %s", p.Status, p.Text())
	}
	if p := b.Get(where); p.Location != "/account" {
		t.Fatalf("he is in: %d %q %s", p.Status, p.Location, p.Text())
	}
	if p := b.Get("/account"); !p.Shows("Nova Comer", "newcomer@steel.example") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Get(where); p.Status != http.StatusForbidden {
		t.Errorf("again: %d", p.Status)
	}
	other := surfacetest.New(t, h, "steel", "en")
	other.Get("/sso")
	if p := other.Get(back(f.through(sent(other, "/sso", "email", "x@steel.example"), "stranger"))); p.Status != http.StatusForbidden || !p.Shows("vouches for no verified address") {
		t.Errorf("an address of another domain: %d %s", p.Status, p.Text())
	}
	acs, response = f.through(sent(other, "/sso", "email", "x@steel.example"), "newcomer")
	raw, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		t.Fatal(err)
	}
	forged := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(raw), "newcomer", "buyer3")))
	if p := cross(acs, forged); p.Status != http.StatusForbidden || !p.Shows("not signed by a certificate of its metadata") {
		t.Errorf("changed on the way: %d %s", p.Status, p.Text())
	}
	b.Get("/account/confirm?next=/account")
	acs, response = f.through(sent(b, "/sso/prove", "next", "/account"), "newcomer")
	if p := b.Get(back(acs, response)); p.Location != "/account" {
		t.Errorf("proved anew: %d %q %s", p.Status, p.Location, p.Text())
	}
}

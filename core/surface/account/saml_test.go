package account_test

import (
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/saml/samltest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// through signs somebody in at the provider and answers where the browser is made to post
// what.
func throughSAML(t *testing.T, f samltest.Provider, to, user string) (acs, response string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	field := func(page, name string) string {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no %s: %s", name, page)
		}
		return html.UnescapeString(m[1])
	}
	read := func(res *http.Response, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		return string(b)
	}
	page := read(c.Get(to))                                                                                                                                             //nolint:bodyclose,noctx // closed above; a test
	page = read(c.PostForm(f.URL+"/sso", url.Values{"user": {user}, "password": {samltest.Password}, "SAMLRequest": {field(page, "SAMLRequest")}, "RelayState": {""}})) //nolint:bodyclose,noctx // the same
	m := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no answer: %s", page)
	}
	return html.UnescapeString(m[1]), field(page, "SAMLResponse")
}

// An administrator connects a provider that speaks SAML on pages; his people come in
// through it, by the very way that those of any other provider take.
func TestACompanysPeopleComeInThroughItsSAMLProvider(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	f := samltest.New(t)
	f.Person("newcomer", "newcomer@steel.example", "Nova Comer")
	f.Person("buyer3", "buyer3@steel.example", "Yu Haiyang")
	f.Person("stranger", "stranger@elsewhere.example", "Stranger")
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
	f.Register(ours.Body)
	version := admin.Get(to).Value("version")
	if p := admin.Post(to+"/metadata", "version", version, "metadata", "<html>"); p.Status != http.StatusUnprocessableEntity || !p.Shows("This is no SAML metadata of one provider.") {
		t.Errorf("nonsense: %d %s", p.Status, p.Text())
	}
	if p := admin.Post(to+"/metadata", "version", version, "address", f.URL+"/metadata"); p.Location != to {
		t.Fatalf("fetched: %d %s", p.Status, p.Text())
	}
	if p := admin.Get(to); !p.Shows(f.URL+"/metadata", f.URL+"/sso", "CN=login.works.example", "Certificates are running out") {
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
		if p.Status != http.StatusOK || !strings.HasPrefix(at, f.URL+"/sso?SAMLRequest=") || !strings.Contains(at, "&Signature=") {
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
	if p := admin.Get(back(throughSAML(t, f, sent(admin, to+"/test"), "buyer3"))); p.Location != to {
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
	acs, response := throughSAML(t, f, sent(b, "/sso", "email", "nobody.knows@steel.example", "next", "/account"), "newcomer")
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
	if p := other.Get(back(throughSAML(t, f, sent(other, "/sso", "email", "x@steel.example"), "stranger"))); p.Status != http.StatusForbidden || !p.Shows("vouches for no verified address") {
		t.Errorf("an address of another domain: %d %s", p.Status, p.Text())
	}
	acs, response = throughSAML(t, f, sent(other, "/sso", "email", "x@steel.example"), "newcomer")
	raw, err := base64.StdEncoding.DecodeString(response)
	if err != nil {
		t.Fatal(err)
	}
	forged := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(raw), "newcomer", "buyer3")))
	if p := cross(acs, forged); p.Status != http.StatusForbidden || !p.Shows("not signed by a certificate of its metadata") {
		t.Errorf("changed on the way: %d %s", p.Status, p.Text())
	}
	b.Get("/account/confirm?next=/account")
	acs, response = throughSAML(t, f, sent(b, "/sso/prove", "next", "/account"), "newcomer")
	if p := b.Get(back(acs, response)); p.Location != "/account" {
		t.Errorf("proved anew: %d %q %s", p.Status, p.Location, p.Text())
	}
}

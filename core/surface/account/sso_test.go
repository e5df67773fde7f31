package account_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"golang.org/x/text/language"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// staff are who the provider knows.
type staff map[string]*storage.User

func (s staff) GetUserByID(which string) *storage.User { return s[which] }
func (s staff) GetUserByUsername(name string) *storage.User {
	for _, u := range s {
		if u.Username == name {
			return u
		}
	}
	return nil
}
func (staff) ExampleClientID() string { return "service" }

// provider is a whole program of somebody else's that speaks OpenID Connect.
func provider(t *testing.T, callback string) (issuer string) {
	t.Helper()
	var handler http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	people := staff{}
	for name, verified := range map[string]bool{"newcomer": true, "approver2": true, "unverified": false} {
		people[name] = &storage.User{ID: name, Username: name, Password: "verysecure", FirstName: "Nova", LastName: "Comer", Email: name + "@procure.example", EmailVerified: verified, PreferredLanguage: language.English}
	}
	storage.RegisterClients(storage.WebClient("kontor", "hush", callback))
	handler = exampleop.SetupServer(s.URL, storage.NewStorage(people), nil, false)
	return s.URL
}

// through signs somebody in at the provider and answers the path that he is sent back to.
func through(t *testing.T, to, user string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/sso/callback") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := c.Get(to) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	which := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(string(page))
	if which == nil {
		t.Fatalf("the provider's door: %d %s", res.StatusCode, page)
	}
	at := res.Request.URL
	res, err = c.PostForm(at.Scheme+"://"+at.Host+"/login/username", url.Values{"id": {which[1]}, "username": {user}, "password": {"verysecure"}}) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Path != "/sso/callback" {
		t.Fatalf("not sent back: %d %q", res.StatusCode, res.Header.Get("Location"))
	}
	return back.RequestURI()
}

// An administrator connects his company's provider on pages; its people come in through it.
func TestACompanysPeopleComeInThroughItsProvider(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	issuer := provider(t, "http://procure.localhost/sso/callback")
	admin := surfacetest.As(t, h, "procure", "en", "approver2")
	if p := admin.Get("/account/sso"); !p.Shows("Nobody signs in through a provider yet", "http://procure.localhost/sso/callback") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	form := []string{"name", "Works ID", "issuer", issuer, "client_id", "kontor", "secret", "hush", "jit", "1", "roles", "buyer"}
	if p := admin.Post("/account/sso", append(form, "roles", "operator")...); p.Status != http.StatusUnprocessableEntity || p.Value("issuer") != issuer || strings.Contains(p.Body, "hush") {
		t.Errorf("a role that is not the company's to give: %d %s", p.Status, p.Text())
	}
	if p := admin.Post("/account/sso", append(form, "map_value", "Bosses", "map_role", "")...); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, `<option value="">`) {
		t.Errorf("a group whose role nobody chose: %d %s", p.Status, p.Text())
	}
	to := admin.Post("/account/sso", form...).Location
	if !strings.HasPrefix(to, "/account/sso/") {
		t.Fatalf("the connection's page: %q", to)
	}
	admin.Get(to)
	admin.Post(to+"/domains", "domain", "procure.example")
	if p := admin.Get(to); !p.Shows("_kontor-sso.procure.example", "Not proved", "Not tested") {
		t.Errorf("%s", p.Text())
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET verified_at = now(), checked_at = now() WHERE domain = 'procure.example'`); err != nil {
		t.Fatal(err)
	}
	sent := func(b *surfacetest.Browser, path string, kv ...string) string {
		t.Helper()
		p := b.Post(path, kv...)
		_, to, _ := strings.Cut(p.Header.Get("Refresh"), "url=")
		if p.Status != http.StatusOK || !strings.HasPrefix(to, issuer) || !strings.Contains(to, "code_challenge_method=S256") || !p.Shows("On to your provider", "Works ID") {
			t.Fatalf("not sent on: %d %q %s", p.Status, to, p.Text())
		}
		return to
	}
	if p := admin.Get(through(t, sent(admin, to+"/test"), "approver2")); p.Location != to {
		t.Fatalf("tested: %d %q %s", p.Status, p.Location, p.Text())
	}
	if p := admin.Get(to); !p.Shows("It works", "approver2@procure.example", "What the provider said of you") {
		t.Errorf("%s", p.Text())
	}
	if p := admin.Post(to + "/on"); p.Location != to {
		t.Fatalf("on: %d %s", p.Status, p.Text())
	}

	b := surfacetest.New(t, h, "procure", "zh-CN")
	if p := b.Get("/sign-in"); !strings.Contains(p.Body, `href="/sso"`) {
		t.Errorf("no way from the door: %s", p.Text())
	}
	b.Get("/sso?next=/account")
	if p := b.Post("/sso", "email", "somebody@unheard.example"); p.Status != http.StatusUnprocessableEntity || p.Value("email") != "somebody@unheard.example" {
		t.Errorf("a domain of nobody's: %d %s", p.Status, p.Text())
	}
	next := func(email string) string {
		t.Helper()
		p := b.Post("/sso", "email", email, "next", "/account")
		_, to, _ := strings.Cut(p.Header.Get("Refresh"), "url=")
		return to
	}
	back := through(t, next("nobody.knows@procure.example"), "newcomer")
	if p := surfacetest.New(t, h, "procure", "zh-CN").Get(back); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "此次登录是在别处开始的") {
		t.Errorf("another browser: %d %s", p.Status, p.Text())
	}
	if p := b.Get(back); p.Location != "/account" {
		t.Fatalf("he is in: %d %q %s", p.Status, p.Location, p.Text())
	}
	if p := b.Get("/account"); !p.Shows("Nova Comer", "newcomer@procure.example") {
		t.Errorf("%s", p.Text())
	}
	if p := surfacetest.New(t, h, "procure", "en").Get(back); p.Status != http.StatusForbidden {
		t.Errorf("again: %d", p.Status)
	}
	bad := surfacetest.New(t, h, "procure", "en")
	bad.Get("/sso")
	p := bad.Post("/sso", "email", "unverified@procure.example")
	_, where, _ := strings.Cut(p.Header.Get("Refresh"), "url=")
	if p := bad.Get(through(t, where, "unverified")); p.Status != http.StatusForbidden || !strings.Contains(p.Body, "vouches for no verified address") {
		t.Errorf("an address that is not verified: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/account/confirm?next=/account"); !p.Shows("通过企业账号确认") {
		t.Errorf("no other proof than a password that he has not: %s", p.Text())
	}
	admin.Get(to)
	if p := admin.Post(to + "/off"); p.Location != to {
		t.Fatalf("off: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/account"); p.Status != http.StatusSeeOther {
		t.Errorf("the connection is off, and he is still in: %d", p.Status)
	}
}

// An administrator gives his company's directory a key on the connection's page, and reads
// there what it was refused.
func TestADirectorysKeysAreMadeOnItsConnectionsPage(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := surfacetest.As(t, h, "steel", "en", "buyer3")
	admin.Get("/account/sso")
	to := admin.Post("/account/sso", "name", "Directory", "issuer", "https://login.example.org", "client_id", "kontor", "secret", "hush", "roles", "buyer").Location
	if p := admin.Get(to); !p.Shows("Directory (SCIM)", "http://steel.localhost/scim/v2", "The directory has no key yet") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	p := admin.Post(to+"/directory", "days", "30")
	key := regexp.MustCompile(`kontor_live_[a-z2-7]{16}_[a-z2-7]{52}`).FindString(p.Body)
	if p.Status != http.StatusOK || key == "" || !p.Shows("Replace") {
		t.Fatalf("no key: %d %s", p.Status, p.Text())
	}
	if p := admin.Get(to); strings.Contains(p.Body, key) {
		t.Error("the key is shown twice")
	}
	ask := func() int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.Host("steel")+"/scim/v2/Users", strings.NewReader(`{"userName":"x@nowhere.example"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/scim+json")
		res, err := h.HTTP().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := ask(); got != http.StatusBadRequest {
		t.Errorf("an address of no proved domain: %d", got)
	}
	if p := admin.Get(to); !p.Shows("Last refusals", "x@nowhere.example", "The address is in no domain that the connection has proved.") {
		t.Errorf("%s", p.Text())
	}
	which := regexp.MustCompile(`/directory/([0-9a-f-]{36})/revoke`).FindStringSubmatch(admin.Get(to).Body)
	if which == nil {
		t.Fatal("no way to revoke it")
	}
	if p := admin.Post(to + "/directory/" + which[1] + "/revoke"); p.Location != to {
		t.Fatalf("revoked: %d %s", p.Status, p.Text())
	}
	if got := ask(); got != http.StatusUnauthorized {
		t.Errorf("a revoked key: %d", got)
	}
	if p := surfacetest.As(t, h, "steel", "zh-CN", "buyer3").Get(to); !p.Shows("企业目录（SCIM）", "最近的拒绝", "此邮箱地址不在该连接已证明归属的域名内。") {
		t.Errorf("%s", p.Text())
	}
	other := surfacetest.As(t, h, "procure", "en", "approver2")
	other.Get("/account/sso")
	if p := other.Post(to+"/directory", "days", "30"); p.Status != http.StatusNotFound {
		t.Errorf("another's connection: %d", p.Status)
	}
}

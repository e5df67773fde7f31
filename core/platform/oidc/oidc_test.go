package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/kontorhq/kontor/core/platform/outward"
	"github.com/kontorhq/kontor/core/sso"
)

// rogue is a provider that says whatever a test wants it to.
type rogue struct {
	*httptest.Server
	key      *ecdsa.PrivateKey
	describe map[string]any // beside what must be there
	token    func(r *rogue) string
	userinfo map[string]any
	asked    url.Values
}

func newRogue(t *testing.T) *rogue {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := &rogue{key: key, describe: map[string]any{}}
	say := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		d := map[string]any{"issuer": r.URL, "authorization_endpoint": r.URL + "/auth", "token_endpoint": r.URL + "/token", "jwks_uri": r.URL + "/keys", "userinfo_endpoint": r.URL + "/me"}
		for k, v := range r.describe {
			d[k] = v
		}
		say(w, d)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, q *http.Request) {
		_ = q.ParseForm()
		r.asked = q.Form
		say(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": r.token(r)})
	})
	mux.HandleFunc("/me", func(w http.ResponseWriter, _ *http.Request) { say(w, r.userinfo) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, q *http.Request) { http.Redirect(w, q, "/keys", http.StatusFound) })
	r.Server = httptest.NewServer(mux)
	t.Cleanup(r.Close)
	return r
}

func (r *rogue) claims() map[string]any {
	now := time.Now().Unix()
	return map[string]any{
		"iss": r.URL, "aud": "kontor", "sub": "7", "nonce": "n", "iat": now, "exp": now + 300, "email": "ada@steel.example", "email_verified": true,
		"name": "Ada", "groups": []string{"Buyers"}, "auth_time": now, "amr": []string{"pwd", "mfa"},
	}
}

func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Sign(b)
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *rogue) question() sso.Asked {
	return sso.Asked{Issuer: r.URL, ClientID: "kontor", Secret: "s", Redirect: "https://shop.example/sso/callback", Nonce: "n", Verifier: "verifier-verifier-verifier-verifier-verifier"}
}

func with1(k string, v any) func(map[string]any) { return func(m map[string]any) { m[k] = v } }

func TestATokenIsBelievedOnlyWithEverythingInIt(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		sign   func(r *rogue, claims map[string]any) string
		want   error
	}{
		{name: "a good one", change: func(map[string]any) {}},
		{name: "another sign-in's nonce", change: with1("nonce", "x"), want: sso.ErrToken},
		{name: "no nonce", change: func(m map[string]any) { delete(m, "nonce") }, want: sso.ErrToken},
		{name: "for another application", change: with1("aud", "other"), want: sso.ErrToken},
		{name: "for two, issued to the other", change: func(m map[string]any) { m["aud"], m["azp"] = []string{"kontor", "other"}, "other" }, want: sso.ErrToken},
		{name: "for two, issued to nobody in particular", change: with1("aud", []string{"kontor", "other"}), want: sso.ErrToken},
		{name: "of another issuer", change: with1("iss", "https://evil.example"), want: sso.ErrToken},
		{name: "expired", change: with1("exp", time.Now().Add(-time.Second).Unix()), want: sso.ErrToken},
		{name: "without an end", change: func(m map[string]any) { delete(m, "exp") }, want: sso.ErrToken},
		{name: "issued tomorrow", change: with1("iat", time.Now().Add(24*time.Hour).Unix()), want: sso.ErrToken},
		{name: "without a subject", change: with1("sub", ""), want: sso.ErrToken},
		{name: "of another access token", change: with1("at_hash", "AAAA"), want: sso.ErrToken},
		{name: "signed by somebody else", change: func(map[string]any) {}, want: sso.ErrToken, sign: func(_ *rogue, m map[string]any) string { return sign(t, jose.ES256, other, "1", m) }},
		{name: "signed with nothing", change: func(map[string]any) {}, want: sso.ErrToken, sign: func(_ *rogue, m map[string]any) string {
			b, _ := json.Marshal(m)
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(b) + "."
		}},
		{name: "signed with the public key as a secret", change: func(map[string]any) {}, want: sso.ErrToken, sign: func(r *rogue, m map[string]any) string {
			der, err := x509.MarshalPKIXPublicKey(r.key.Public())
			if err != nil {
				t.Fatal(err)
			}
			return sign(t, jose.HS256, der, "1", m)
		}},
		{name: "signed with the client's secret", change: func(map[string]any) {}, want: sso.ErrToken, sign: func(_ *rogue, m map[string]any) string {
			return sign(t, jose.HS256, []byte(strings.Repeat("s", 32)), "1", m)
		}},
		{name: "no token", change: func(map[string]any) {}, want: sso.ErrToken, sign: func(*rogue, map[string]any) string { return "" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRogue(t)
			r.token = func(r *rogue) string {
				m := r.claims()
				c.change(m)
				if c.sign != nil {
					return c.sign(r, m)
				}
				return sign(t, jose.ES256, r.key, "1", m)
			}
			k, err := New(true, nil).Redeem(t.Context(), r.question(), "code", "")
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if c.want == nil && (k.Email != "ada@steel.example" || !k.Verified || !k.Strong || k.Subject != "7" || k.Values["groups"][0] != "Buyers" || r.asked.Get("code_verifier") == "") {
				t.Errorf("%+v, asked with %v", k, r.asked)
			}
			if c.want != nil && k.Subject != "" {
				t.Errorf("refused, and yet %+v", k)
			}
		})
	}
}

func TestWhatTheTokenLeavesOutIsAskedForAboutTheSamePersonAlone(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	r.token = func(r *rogue) string {
		m := r.claims()
		delete(m, "email")
		delete(m, "email_verified")
		return sign(t, jose.ES256, r.key, "1", m)
	}
	r.userinfo = map[string]any{"sub": "7", "email": "ada@steel.example", "email_verified": "true", "groups": []string{"Admins"}}
	k, err := New(true, nil).Redeem(t.Context(), r.question(), "code", "")
	if err != nil || k.Email != "ada@steel.example" || !k.Verified || k.Values["groups"][0] != "Buyers" {
		t.Errorf("%+v, %v", k, err)
	}
	r.userinfo["sub"] = "8"
	if _, err := New(true, nil).Redeem(t.Context(), r.question(), "code", ""); !errors.Is(err, sso.ErrToken) {
		t.Errorf("somebody else's address: %v", err)
	}
}

func TestAnotherProvidersAnswerIsNoAnswer(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	r.token = func(r *rogue) string { return sign(t, jose.ES256, r.key, "1", r.claims()) }
	if _, err := New(true, nil).Redeem(t.Context(), r.question(), "code", "https://evil.example"); !errors.Is(err, sso.ErrToken) {
		t.Errorf("another issuer in the address: %v", err)
	}
	if _, err := New(true, nil).Redeem(t.Context(), r.question(), "code", r.URL); err != nil {
		t.Errorf("the right one: %v", err)
	}
	r.describe["authorization_response_iss_parameter_supported"] = true
	if _, err := New(true, nil).Redeem(t.Context(), r.question(), "code", ""); !errors.Is(err, sso.ErrToken) {
		t.Errorf("none, of a provider that always says: %v", err)
	}
	r.describe["issuer"] = "https://evil.example"
	if _, err := New(true, nil).Address(t.Context(), r.question(), "state"); !errors.Is(err, sso.ErrProvider) {
		t.Errorf("a description of another issuer: %v", err)
	}
}

func TestABrowserIsSentWithAChallengeStateAndNonce(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	q := r.question()
	q.Again = true
	to, err := New(true, nil).Address(t.Context(), q, "the-state")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(to)
	for k, want := range map[string]string{"state": "the-state", "nonce": "n", "code_challenge_method": "S256", "response_type": "code", "prompt": "login", "max_age": "0", "client_id": "kontor"} {
		if got := u.Query().Get(k); got != want {
			t.Errorf("%s is %q, want %q", k, got, want)
		}
	}
	if strings.Contains(to, q.Verifier) || u.Query().Get("code_challenge") == "" {
		t.Errorf("the verifier travels: %s", to)
	}
	for _, bad := range []string{"javascript:alert(1)", "ftp://x.example/", "http://intranet.example/auth", ""} {
		r.describe["authorization_endpoint"] = bad
		if to, err := New(true, nil).Address(t.Context(), q, "s"); err == nil {
			t.Errorf("a browser is sent to %q", to)
		}
	}
}

// A tenant's administrator names the issuer, and the issuer names the rest.
func TestOnlyThePublicInternetIsAsked(t *testing.T) {
	t.Parallel()
	r := newRogue(t)
	r.token = func(r *rogue) string { return sign(t, jose.ES256, r.key, "1", r.claims()) }
	closed := New(false, nil)
	for _, issuer := range []string{r.URL, "http://example.com", "https://127.0.0.1:1", "https://localhost:1", "https://user:pass@example.com", "https://[::1]:1", "file:///etc/passwd", "https://169.254.169.254", "gopher://x", ""} {
		q := r.question()
		q.Issuer = issuer
		if _, err := closed.Address(t.Context(), q, "s"); err == nil {
			t.Errorf("%q was asked", issuer)
		}
	}
	if _, err := closed.out.Get("https://" + strings.TrimPrefix(r.URL, "http://")); !errors.Is(err, outward.ErrPrivate) { //nolint:bodyclose,noctx // refused before there is one
		t.Errorf("the connection itself: %v", err)
	}
	open := New(true, nil)
	if _, err := open.out.Get(r.URL + "/moved"); !errors.Is(err, outward.ErrRedirect) { //nolint:bodyclose,noctx // refused
		t.Errorf("a redirect is followed: %v", err)
	}
	if _, err := open.out.Get("http://192.168.1.1/"); !errors.Is(err, outward.ErrScheme) { //nolint:bodyclose,noctx // refused
		t.Errorf("plain http to another machine: %v", err)
	}
	r.describe["token_endpoint"] = "http://169.254.169.254/latest"
	if _, err := open.Redeem(t.Context(), r.question(), "code", ""); !errors.Is(err, sso.ErrToken) {
		t.Errorf("the token endpoint is inside: %v", err)
	}
}

func TestAProvidersAnswerIsBounded(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := range 64 {
			if _, err := fmt.Fprintf(w, "%s%d", strings.Repeat(" ", 64<<10), i); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	res, err := New(true, nil).out.Get(s.URL) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	n := 0
	for b := make([]byte, 1<<16); ; {
		k, err := res.Body.Read(b)
		if n += k; err != nil {
			break
		}
	}
	if n > 1<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

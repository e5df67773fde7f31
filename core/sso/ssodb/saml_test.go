package ssodb_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/sso"
)

// federator is a provider that speaks SAML, as far as this room hears of it: a response is
// the id of the request that it answers.
type federator struct {
	claims  sso.Claims
	err     error
	asked   sso.Asked
	about   sso.Description
	fetched string
}

func (*federator) Askable(string) bool { return false }
func (f *federator) Address(_ context.Context, a sso.Asked, _ string) (string, error) {
	f.asked = a
	return a.SAML.SignOn, nil
}

func (f *federator) Redeem(_ context.Context, a sso.Asked, response, _ string) (sso.Claims, error) {
	if a.Nonce != response || a.ClientID != f.asked.ClientID || a.Redirect != f.asked.Redirect {
		return sso.Claims{}, sso.ErrElsewhere
	}
	return f.claims, f.err
}

func (f *federator) Read(xml string) (sso.Description, error) {
	if xml != "metadata" {
		return sso.Description{}, sso.ErrMetadata
	}
	return f.about, nil
}

func (f *federator) Fetch(_ context.Context, address string) (string, error) {
	f.fetched = address
	return "metadata", nil
}
func (*federator) Describe(a sso.Asked) ([]byte, error)     { return []byte(a.ClientID), nil }
func (*federator) Key(string) (string, []byte, error)       { return "the private key", []byte("ours"), nil }
func (*federator) Concerns(response string) (string, error) { return response, nil }
func (f *federator) describe(entity, to string, certs ...[]byte) {
	f.about = sso.Description{Entity: entity, SignOn: to, Certificates: certs}
}

func (m *market) saml20(t *testing.T, change func(*sso.Input)) sso.Connection {
	t.Helper()
	m.saml.describe("https://login.example.org/saml", "https://login.example.org/sso", []byte("one"))
	in := sso.Input{Kind: sso.SAML20, Name: "ADFS", Metadata: "metadata", RoleClaim: "groups", RoleMap: []sso.Mapping{{Value: "B", Role: "buyer"}}, JIT: true}
	if change != nil {
		change(&in)
	}
	c, err := m.Make(m.admin(), in)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// samlOn is a SAML connection that is on for steel.example.
func (m *market) samlOn(t *testing.T, change func(*sso.Input)) sso.Connection {
	t.Helper()
	c := m.saml20(t, change)
	d, err := m.AddDomain(m.admin(), c.ID, "steel.example")
	if err != nil {
		t.Fatal(err)
	}
	name, text := d.Record()
	m.dns[name] = []string{text}
	if _, err := m.CheckDomain(m.admin(), c.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	m.saml.claims = who("tester", "boss@steel.example", "B")
	b, err := m.BeginTest(m.admin(), c.ID, base)
	if err != nil {
		t.Fatal(err)
	}
	state, err := m.answer(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Finish(m.admin(), sso.Returned{State: state, Browser: b.Browser, Base: base}); err != nil {
		t.Fatal(err)
	}
	if c, err = m.TurnOn(m.admin(), c.ID); err != nil {
		t.Fatal(err)
	}
	return c
}

// answer posts what the provider was last asked.
func (m *market) answer(c sso.Connection) (string, error) {
	return m.Answer(m.visitor(), sso.Answered{Connection: c.ID, Response: m.saml.asked.Nonce, Base: base})
}

func (m *market) begin(t *testing.T) sso.Begun {
	t.Helper()
	b, err := m.Begin(m.visitor(), "anybody@steel.example", base, "/next")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (m *market) finish(state string, b sso.Begun) (sso.Finished, error) {
	return m.Finish(m.visitor(), sso.Returned{State: state, Browser: b.Browser, Base: base, UserAgent: "Firefox/1"})
}

func TestASAMLAnswerIsOneRequestsInOneBrowserOnce(t *testing.T) {
	t.Parallel()
	m, other := setup(t), setup(t)
	c := m.samlOn(t, nil)
	second := m.saml20(t, func(in *sso.Input) { in.Name = "Another" })
	m.saml.claims = who("7", "new@steel.example", "B")

	for name, response := range map[string]string{"none was asked": "", "another's": "_" + strings.Repeat("x", 43), "no state of ours": "id-77", "far too long": "_" + strings.Repeat("x", 5000)} {
		if _, err := m.Answer(m.visitor(), sso.Answered{Connection: c.ID, Response: response, Base: base}); !errors.Is(err, sso.ErrAttempt) {
			t.Errorf("unasked, %s: %v", name, err)
		}
	}
	b := m.begin(t)
	if _, err := m.answer(second); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("at another connection's address: %v", err)
	}
	if _, err := other.Answer(other.visitor(), sso.Answered{Connection: c.ID, Response: m.saml.asked.Nonce, Base: base}); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("in another marketplace: %v", err)
	}
	if _, err := m.finish(m.saml.asked.Nonce[1:], sso.Begun{Browser: strings.Repeat("b", 43)}); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("another browser, before the answer: %v", err)
	}
	state, err := m.answer(c)
	if err != nil {
		t.Fatalf("what went before has spent it: %v", err)
	}
	if _, err := m.answer(c); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("the same response again: %v", err)
	}
	if _, err := m.finish(state, sso.Begun{Browser: strings.Repeat("b", 43)}); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("another browser: %v", err)
	}
	if _, err := m.finish(state, sso.Begun{}); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("no cookie: %v", err)
	}
	f, err := m.finish(state, b)
	if err != nil || f.Next != "/next" || m.caller(t, f).Org != m.org {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := m.finish(state, b); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("the same browser again: %v", err)
	}
	if _, err := m.answer(c); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("the same response after all is done: %v", err)
	}
	b = m.begin(t)
	if _, err := m.finish(m.saml.asked.Nonce[1:], b); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("the browser without an answer: %v", err)
	}
	m.begin(t)
	m.wait(sso.AttemptLives + time.Second)
	if _, err := m.answer(c); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("too late: %v", err)
	}
	m.begin(t)
	if _, err := m.TurnOff(m.admin(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := m.answer(c); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("the connection was turned off meanwhile: %v", err)
	}
}

func TestARefusedSAMLAnswerEndsTheAttemptAndIsWrittenDown(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.samlOn(t, nil)
	b := m.begin(t)
	m.saml.err = sso.ErrSignature
	if _, err := m.answer(c); !errors.Is(err, sso.ErrSignature) {
		t.Fatalf("%v", err)
	}
	if last := m.log.audit[len(m.log.audit)-1]; !strings.Contains(fmt.Sprint(last.Data), "sso.saml_signature") || last.ObjectID != c.ID.String() {
		t.Errorf("%+v", last)
	}
	m.saml.err = nil
	if _, err := m.answer(c); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("a second answer: %v", err)
	}
	if _, err := m.finish(m.saml.asked.Nonce[1:], b); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("and the browser: %v", err)
	}
	for _, k := range []sso.Claims{who("8", "ada@elsewhere.example", "B"), who("8", "boss@steel.example.evil.example", "B"), who("8", "", "B")} {
		m.saml.claims = k
		b = m.begin(t)
		state, err := m.answer(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.finish(state, b); !errors.Is(err, sso.ErrAddress) {
			t.Errorf("%q, of no domain that the connection has proved: %v", k.Email, err)
		}
	}
}

func TestAConnectionLivesWithoutMetadataUntilItIsTested(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.saml20(t, func(in *sso.Input) { in.Metadata, in.Sign = "", true })
	if c.Issuer != "" || len(c.SAML.Certificate) == 0 {
		t.Errorf("%+v", c)
	}
	if n := m.count(t, `SELECT count(*) FROM sso_connections WHERE tenant_id = $1 AND (position('the private key'::bytea in secret) > 0 OR saml::text LIKE '%private%')`, m.tenant.UUID()); n != 0 {
		t.Error("the key lies open")
	}
	if _, err := m.BeginTest(m.admin(), c.ID, base); !errors.Is(err, sso.ErrNoMetadata) {
		t.Errorf("nobody to ask: %v", err)
	}
	if _, err := m.Make(m.admin(), sso.Input{Kind: sso.SAML20, Name: "X", Metadata: "nonsense"}); !errors.Is(err, sso.ErrMetadata) {
		t.Errorf("nonsense: %v", err)
	}
	if _, err := m.Make(m.admin(), sso.Input{Kind: "ws-fed", Name: "X"}); !errors.Is(err, sso.ErrInvalid) {
		t.Errorf("another kind: %v", err)
	}
	got, err := m.Metadata(m.visitor(), c.ID, base)
	if err != nil || string(got) != base+"/sso/saml/"+c.ID.String() {
		t.Errorf("ours: %s %v", got, err)
	}
	m.saml.describe("e", "https://login.example.org/sso", []byte("one"))
	c, err = m.SetMetadata(m.admin(), c.ID, sso.MetadataInput{Version: c.Version, Address: " https://login.example.org/metadata "})
	if err != nil || c.Issuer != "e" || m.saml.fetched != "https://login.example.org/metadata" {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := m.BeginTest(m.admin(), c.ID, base); err != nil || m.saml.asked.Secret != "the private key" {
		t.Errorf("%v, asked with %q", err, m.saml.asked.Secret)
	}
	oidc, err := m.Make(m.admin(), input())
	if err != nil {
		t.Fatal(err)
	}
	stranger := m.as(m.eve, m.other, "admin")
	for name, err := range map[string]error{
		"stale":      second(m.SetMetadata(m.admin(), c.ID, sso.MetadataInput{Version: c.Version - 1, XML: "metadata"})),
		"nothing":    second(m.SetMetadata(m.admin(), c.ID, sso.MetadataInput{Version: c.Version})),
		"oidc":       second(m.SetMetadata(m.admin(), oidc.ID, sso.MetadataInput{Version: oidc.Version, XML: "metadata"})),
		"foreign":    second(m.SetMetadata(stranger, c.ID, sso.MetadataInput{Version: c.Version, XML: "metadata"})),
		"oidc's own": second(m.Metadata(m.visitor(), oidc.ID, base)),
		"nobody's":   second(m.Metadata(m.visitor(), id.SSOConnection{}.New(), base)),
	} {
		want := map[string]error{"stale": sso.ErrStale, "nothing": sso.ErrMetadata, "oidc": sso.ErrNotSAML}[name]
		if want == nil {
			want = sso.ErrNotFound
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := m.SetMetadata(m.as(m.ada, m.org, "buyer"), c.ID, sso.MetadataInput{Version: c.Version, XML: "metadata"}); err == nil {
		t.Error("a buyer set metadata")
	}
}

func second[T any](_ T, err error) error { return err }

// A provider changes its key by having two for a while.
func TestAProviderThatKeepsACertificateStaysTheSame(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.samlOn(t, nil)
	m.saml.claims = who("7", "ada@steel.example", "B")
	b := m.begin(t)
	state, err := m.answer(c)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.finish(state, b)
	if err != nil {
		t.Fatal(err)
	}
	set := func(entity, to string, certs ...string) sso.Connection {
		t.Helper()
		var list [][]byte
		for _, k := range certs {
			list = append(list, []byte(k))
		}
		m.saml.describe(entity, to, list...)
		x, err := m.SetMetadata(m.admin(), c.ID, sso.MetadataInput{Version: c.Version, XML: "metadata"})
		if err != nil {
			t.Fatal(err)
		}
		c = x
		return x
	}
	const entity, to = "https://login.example.org/saml", "https://login.example.org/sso"
	if x := set(entity, to, "one", "two"); x.State != sso.On {
		t.Errorf("a second certificate: %s", x.State)
	}
	if x := set(entity, to, "two"); x.State != sso.On {
		t.Errorf("the first one gone: %s", x.State)
	}
	if _, err := m.people.Resolve(context.Background(), m.tenant, f.In.Token); err != nil {
		t.Errorf("the session ended: %v", err)
	}
	if x := set(entity, to, "three"); x.State != sso.Draft || x.Enforced {
		t.Errorf("none of those that were there: %s", x.State)
	}
	if _, err := m.people.Resolve(context.Background(), m.tenant, f.In.Token); err == nil {
		t.Error("who came through another provider is still in")
	}
	for name, change := range map[string]func(*sso.Input){
		"who is identified by what": func(in *sso.Input) { in.Attrs.Subject = "uid" }, "where addresses stand": func(in *sso.Input) { in.Attrs.Email = "upn" },
	} {
		m.exec(t, `UPDATE sso_connections SET state = 'on' WHERE tenant_id = $1 AND id = $2`, m.tenant.UUID(), c.ID.UUID())
		in := sso.Input{Name: c.Name, RoleClaim: "groups", RoleMap: c.RoleMap, JIT: true, Attrs: c.SAML.Attrs}
		if x, err := m.Change(m.admin(), c.ID, c.Version, in); err != nil || x.State != sso.On {
			t.Fatalf("nothing changed: %v %v", x.State, err)
		}
		change(&in)
		x, err := m.Change(m.admin(), c.ID, c.Version+1, in)
		if err != nil || x.State != sso.Draft || x.SAML.SignOn != to {
			t.Errorf("%s: %s %v", name, x.State, err)
		}
		c = x
	}
}

func TestASAMLProofIsAFreshOne(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.samlOn(t, nil)
	come := func() sso.Finished {
		t.Helper()
		b := m.begin(t)
		state, err := m.answer(c)
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.finish(state, b)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	m.saml.claims = who("7", "ada@steel.example", "B")
	f := come()
	who := m.caller(t, f)
	ctx := caller.With(context.Background(), who)
	prove := func(at time.Time, subject string) error {
		t.Helper()
		b, err := m.BeginProof(ctx, base, "/account")
		if err != nil || !m.saml.asked.Again {
			t.Fatalf("asked anew: %v %v", m.saml.asked.Again, err)
		}
		m.saml.claims.At, m.saml.claims.Subject = at, subject
		state, err := m.answer(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Finish(ctx, sso.Returned{State: state, Browser: b.Browser, Base: base})
		return err
	}
	for name, at := range map[string]time.Time{"not said": {}, "this morning": m.clock().Add(-3 * time.Hour), "tomorrow": m.clock().Add(24 * time.Hour)} {
		if err := prove(at, "7"); !errors.Is(err, identity.ErrProof) {
			t.Errorf("asked for a password %s: %v", name, err)
		}
	}
	if err := prove(m.clock(), "7"); err != nil {
		t.Errorf("just now: %v", err)
	}
}

func TestACertificateIsWarnedOfBeforeItEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := func(until time.Time) []byte {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "login"}, NotBefore: now.Add(-time.Hour), NotAfter: until}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	soon, late := cert(now.Add(29*24*time.Hour)), cert(now.Add(31*24*time.Hour))
	for name, c := range map[string]struct {
		certs [][]byte
		want  bool
	}{"none": {nil, false}, "in 29 days": {[][]byte{soon}, true}, "in 31 days": {[][]byte{late}, false}, "with one that lasts": {[][]byte{soon, late}, false}} {
		if got := (sso.SAML{Certificates: c.certs}).Expiring(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if c := (sso.SAML{Certificates: [][]byte{soon}}).Certs()[0]; len(c.Fingerprint) != 64 || c.Subject != "CN=login" || !c.Until.Equal(now.Add(29*24*time.Hour)) {
		t.Errorf("%+v", c)
	}
}

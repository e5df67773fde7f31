package saml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/kontorhq/kontor/core/sso"
)

// pen signs as a provider does.
type pen struct {
	key  crypto.Signer
	cert []byte
	alg  string
}

func newPen(key crypto.Signer, from, until time.Time) pen {
	t := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: "login.example.org"}, NotBefore: from, NotAfter: until}
	cert, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return pen{key, cert, dsig.RSASHA256SignatureMethod}
}

// keys are dear to make; all tests use the same ones.
var keys = sync.OnceValue(func() (out [3]*rsa.PrivateKey) {
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

func theirs() pen {
	return newPen(keys()[0], time.Now().Add(-time.Hour), time.Now().Add(1000*time.Hour))
}

func rogues() pen {
	return newPen(keys()[1], time.Now().Add(-time.Hour), time.Now().Add(1000*time.Hour))
}

func curved() pen {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	p := newPen(k, time.Now().Add(-time.Hour), time.Now().Add(1000*time.Hour))
	p.alg = dsig.ECDSASHA256SignatureMethod
	return p
}

// sign puts an enveloped signature into an element, where the schema wants it.
func (p pen) sign(t *testing.T, e *etree.Element) *etree.Element {
	t.Helper()
	ctx, err := dsig.NewSigningContext(p.key, [][]byte{p.cert})
	if err != nil {
		t.Fatal(err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(p.alg); err != nil {
		t.Fatal(err)
	}
	s, err := ctx.ConstructSignature(e, true)
	if err != nil {
		t.Fatal(err)
	}
	e.InsertChildAt(1, s)
	return e
}

func signature(e *etree.Element) *etree.Element { return e.FindElement("./Signature") }

const (
	issuer  = "https://login.example.org/saml"
	entity1 = "https://shop.example/sso/saml/7"
	acs     = entity1 + "/acs"
	request = "_the-request-that-was-sent-and-waits-for-its-answer"
)

func question(pens ...pen) sso.Asked {
	a := sso.Asked{Issuer: issuer, ClientID: entity1, Redirect: acs, Nonce: request, SAML: sso.SAML{SignOn: "https://login.example.org/sso"}}
	for _, p := range pens {
		a.SAML.Certificates = append(a.SAML.Certificates, p.cert)
	}
	return a
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// assertion is what an honest provider says of Ada; change makes it say something else.
func assertion(change func(*etree.Element)) *etree.Element {
	now := time.Now()
	doc := etree.NewDocument()
	err := doc.ReadFromString(`<saml:Assertion xmlns:saml="` + nsAssertion + `" ID="_a1" Version="2.0" IssueInstant="` + stamp(now) + `"><saml:Issuer>` + issuer + `</saml:Issuer>` +
		`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada-7</saml:NameID><saml:SubjectConfirmation Method="` + bearer + `">` +
		`<saml:SubjectConfirmationData InResponseTo="` + request + `" NotOnOrAfter="` + stamp(now.Add(5*time.Minute)) + `" Recipient="` + acs + `"/></saml:SubjectConfirmation></saml:Subject>` +
		`<saml:Conditions NotBefore="` + stamp(now.Add(-time.Minute)) + `" NotOnOrAfter="` + stamp(now.Add(5*time.Minute)) + `"><saml:AudienceRestriction><saml:Audience>` + entity1 + `</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="` + stamp(now) + `"><saml:AuthnContext><saml:AuthnContextClassRef>https://refeds.org/profile/mfa</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>ada@steel.example</saml:AttributeValue></saml:Attribute><saml:Attribute Name="displayName"><saml:AttributeValue>Ada Winter</saml:AttributeValue></saml:Attribute>` +
		`<saml:Attribute Name="groups"><saml:AttributeValue>Buyers</saml:AttributeValue><saml:AttributeValue>Approvers</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`)
	if err != nil {
		panic(err)
	}
	if change != nil {
		change(doc.Root())
	}
	return doc.Root()
}

// envelope is a response around assertions.
func envelope(change func(*etree.Element), inside ...*etree.Element) *etree.Element {
	doc := etree.NewDocument()
	err := doc.ReadFromString(`<samlp:Response xmlns:samlp="` + nsProtocol + `" ID="_r1" Version="2.0" InResponseTo="` + request + `" Destination="` + acs + `" IssueInstant="` + stamp(time.Now()) + `">` +
		`<saml:Issuer xmlns:saml="` + nsAssertion + `">` + issuer + `</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:Response>`)
	if err != nil {
		panic(err)
	}
	for _, e := range inside {
		doc.Root().AddChild(e)
	}
	if change != nil {
		change(doc.Root())
	}
	return doc.Root()
}

func text(e *etree.Element) string {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	s, err := doc.WriteToString()
	if err != nil {
		panic(err)
	}
	return s
}

func posted(xml string) string { return base64.StdEncoding.EncodeToString([]byte(xml)) }

// set changes an attribute, put a text, at a path below an element.
func set(path, key, value string) func(*etree.Element) {
	return func(e *etree.Element) { e.FindElement(path).CreateAttr(key, value) }
}

func put(path, value string) func(*etree.Element) {
	return func(e *etree.Element) { e.FindElement(path).SetText(value) }
}

func drop(path string) func(*etree.Element) {
	return func(e *etree.Element) { x := e.FindElement(path); x.Parent().RemoveChild(x) }
}

package saml

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/kontorhq/kontor/core/sso"
)

func TestAResponseIsBelievedOnlyWithEverythingInIt(t *testing.T) {
	t.Parallel()
	p, r, ec := theirs(), rogues(), curved()
	now := time.Now()
	sha1 := p
	sha1.alg = dsig.RSASHA1SignatureMethod
	whole := func(change func(*etree.Element)) string { return text(envelope(nil, p.sign(t, assertion(change)))) }
	good := whole(nil)
	two := func(e *etree.Element) {
		a := e.FindElement("./Conditions/AudienceRestriction")
		a.CreateElement("saml:Audience").SetText("https://other.example")
	}
	for _, c := range []struct {
		name, xml string
		want      error
	}{
		{"all is well", good, nil},
		{"the response is signed", text(p.sign(t, envelope(nil, assertion(nil)))), nil},
		{"both are", text(p.sign(t, envelope(nil, p.sign(t, assertion(nil))))), nil},
		{"by the provider's second key, on a curve", text(envelope(nil, ec.sign(t, assertion(nil)))), nil},
		{"with a declaration of XML before it", `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + good, nil},
		{"among other audiences", whole(two), nil},
		{"a clock two minutes slow", whole(set("./Conditions", "NotBefore", stamp(now.Add(2*time.Minute)))), nil},

		{"nothing is signed", text(envelope(nil, assertion(nil))), sso.ErrUnsigned},
		{"another key", text(envelope(nil, r.sign(t, assertion(nil)))), sso.ErrSignature},
		{"another key in the provider's name", text(envelope(nil, pen{r.key, p.cert, p.alg}.sign(t, assertion(nil)))), sso.ErrSignature},
		{"a good assertion in a response that another key signed", text(r.sign(t, envelope(nil, p.sign(t, assertion(nil))))), sso.ErrSignature},
		{"another key's assertion in a good response", text(p.sign(t, envelope(nil, r.sign(t, assertion(nil))))), sso.ErrSignature},
		{"changed after it was signed", strings.Replace(good, "ada@steel", "eve@steel", 1), sso.ErrSignature},
		{"by SHA-1", text(envelope(nil, sha1.sign(t, assertion(nil)))), sso.ErrWeak},
		{"the signature alone is by SHA-1", strings.Replace(good, dsig.RSASHA256SignatureMethod, dsig.RSASHA1SignatureMethod, 1), sso.ErrWeak},
		{"the digest is SHA-1", strings.Replace(good, "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1", 1), sso.ErrWeak},
		{"by a keyed hash", strings.Replace(good, dsig.RSASHA256SignatureMethod, "http://www.w3.org/2000/09/xmldsig#hmac-sha1", 1), sso.ErrResponse},

		{"a good signature besides, on something else", text(envelope(func(e *etree.Element) {
			x := etree.NewElement("samlp:Extensions")
			x.CreateAttr("xmlns:samlp", nsProtocol)
			x.CreateAttr("ID", "_x")
			x.CreateElement("samlp:Nothing")
			e.InsertChildAt(1, p.sign(t, x))
		}, p.sign(t, assertion(nil)))), sso.ErrResponse},

		{"for another audience", whole(put("./Conditions/AudienceRestriction/Audience", "https://other.example")), sso.ErrElsewhere},
		{"for everybody", whole(drop("./Conditions/AudienceRestriction")), sso.ErrElsewhere},
		{"for another connection's address", whole(set("./Subject/SubjectConfirmation/SubjectConfirmationData", "Recipient", "https://shop.example/sso/saml/8/acs")), sso.ErrElsewhere},
		{"sent to another address", text(envelope(func(e *etree.Element) { e.CreateAttr("Destination", "https://other.example/acs") }, p.sign(t, assertion(nil)))), sso.ErrElsewhere},
		{"another provider's name on it", whole(put("./Issuer", "https://evil.example")), sso.ErrElsewhere},
		{"another provider's name around it", text(envelope(put("./Issuer", "https://evil.example"), p.sign(t, assertion(nil)))), sso.ErrElsewhere},

		{"the answer to another request", whole(set("./Subject/SubjectConfirmation/SubjectConfirmationData", "InResponseTo", "_an-older-request")), sso.ErrAttempt},
		{"an old assertion in a new response", text(envelope(nil, p.sign(t, assertion(set("./Subject/SubjectConfirmation/SubjectConfirmationData", "InResponseTo", "_used"))))), sso.ErrAttempt},
		{"the answer to none", text(envelope(func(e *etree.Element) { e.RemoveAttr("InResponseTo") }, p.sign(t, assertion(nil)))), sso.ErrAttempt},
		{"an assertion that answers none", whole(func(e *etree.Element) {
			e.FindElement("./Subject/SubjectConfirmation/SubjectConfirmationData").RemoveAttr("InResponseTo")
		}), sso.ErrAttempt},

		{"ended", whole(set("./Conditions", "NotOnOrAfter", stamp(now.Add(-4*time.Minute)))), sso.ErrClock},
		{"not begun", whole(set("./Conditions", "NotBefore", stamp(now.Add(4*time.Minute)))), sso.ErrClock},
		{"its bearer came late", whole(set("./Subject/SubjectConfirmation/SubjectConfirmationData", "NotOnOrAfter", stamp(now.Add(-4*time.Minute)))), sso.ErrClock},
		{"issued tomorrow", whole(func(e *etree.Element) { e.CreateAttr("IssueInstant", stamp(now.Add(24*time.Hour))) }), sso.ErrClock},
		{"signed in tomorrow", whole(set("./AuthnStatement", "AuthnInstant", stamp(now.Add(24*time.Hour)))), sso.ErrClock},
		{"issued an hour ago", whole(func(e *etree.Element) { e.CreateAttr("IssueInstant", stamp(now.Add(-time.Hour))) }), sso.ErrClock},
		{"nobody may bring it", whole(drop("./Subject/SubjectConfirmation")), sso.ErrResponse},
		{"only its holder of a key may", whole(set("./Subject/SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")), sso.ErrResponse},
		{"its bearer may for ever", whole(func(e *etree.Element) {
			e.FindElement("./Subject/SubjectConfirmation/SubjectConfirmationData").RemoveAttr("NotOnOrAfter")
		}), sso.ErrResponse},
		{"without conditions", whole(drop("./Conditions")), sso.ErrResponse},
		{"of nobody", whole(drop("./Subject/NameID")), sso.ErrResponse},
		{"of nobody in particular", whole(put("./Subject/NameID", "  ")), sso.ErrResponse},
		{"of another each time", whole(set("./Subject/NameID", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")), sso.ErrTransient},

		{"the provider says no", text(envelope(set("./Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder"))), sso.ErrDeclined},
		{"no assertion", text(p.sign(t, envelope(nil))), sso.ErrResponse},
		{"two assertions", text(envelope(nil, p.sign(t, assertion(nil)), p.sign(t, assertion(func(e *etree.Element) { e.CreateAttr("ID", "_a2") })))), sso.ErrResponse},
		{"an encrypted one", text(envelope(func(e *etree.Element) {
			e.CreateElement("saml:EncryptedAssertion").CreateAttr("xmlns:saml", nsAssertion)
		})), sso.ErrEncrypted},
		{"a request", strings.ReplaceAll(good, "samlp:Response", "samlp:AuthnRequest"), sso.ErrResponse},
		{"no XML", "hello", sso.ErrResponse},
		{"nothing", "", sso.ErrResponse},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k, err := New(true, nil).Redeem(t.Context(), question(p, ec), posted(c.xml), "")
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if c.want == nil && (k.Email != "ada@steel.example" || !k.Verified || !k.Strong || k.Name != "Ada Winter" || k.Subject != "ada-7" || strings.Join(k.Values["groups"], " ") != "Buyers Approvers" || now.Sub(k.At).Abs() > time.Minute) {
				t.Errorf("%+v", k)
			}
			if c.want != nil && k.Subject != "" {
				t.Errorf("refused, and yet %+v", k)
			}
		})
	}
}

// What two readers could read in two ways, or what grows when it is read, is not read at all.
func TestAResponseHoldsNothingThatReadsInTwoWays(t *testing.T) {
	t.Parallel()
	p := theirs()
	good := text(envelope(nil, p.sign(t, assertion(put("./AttributeStatement/Attribute/AttributeValue", "user@a.example.evil.example")))))
	for name, xml := range map[string]string{
		"a comment in the address":    strings.Replace(good, "user@a.example.evil", "user@a.example<!-- -->.evil", 1),
		"a comment in the name":       strings.Replace(good, "ada-7", "ada<!---->-7", 1),
		"an instruction in the name":  strings.Replace(good, "ada-7", "ada<?x y?>-7", 1),
		"CDATA":                       strings.Replace(good, "ada-7", "<![CDATA[ada-7]]>", 1),
		"entities that grow":          `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + strings.Replace(good, "ada-7", "&b;", 1),
		"an entity from outside":      `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + strings.Replace(good, "ada-7", "&x;", 1),
		"a declaration of a document": `<?xml version="1.0"?><!DOCTYPE Response SYSTEM "http://evil.example/r.dtd">` + good,
		"an attribute twice":          strings.Replace(good, `ID="_a1"`, `ID="_a1" ID="_a2"`, 1),
		"one id twice":                strings.Replace(good, `ID="_r1"`, `ID="_a1"`, 1),
		"one id twice, spelt Id":      strings.Replace(good, `<samlp:Status>`, `<samlp:Status Id="_a1">`, 1),
		"two documents":               good + good,
		"too large":                   strings.Replace(good, "<samlp:Status>", "<samlp:Status>"+strings.Repeat(" ", most), 1),
		"too deep":                    strings.Replace(good, "<samlp:Status>", strings.Repeat("<x>", 50)+strings.Repeat("</x>", 50)+"<samlp:Status>", 1),
		"too many":                    strings.Replace(good, "<samlp:Status>", strings.Repeat("<x/>", maxElements)+"<samlp:Status>", 1),
		"not UTF-8":                   strings.Replace(good, "ada-7", "ada\xff7", 1),
	} {
		if _, err := read([]byte(xml)); err == nil {
			t.Errorf("%s was read", name)
		}
		if k, err := New(true, nil).Redeem(t.Context(), question(p), posted(xml), ""); !errors.Is(err, sso.ErrResponse) || k.Subject != "" {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	if k, err := New(true, nil).Redeem(t.Context(), question(p), posted(good), ""); err != nil || k.Email != "user@a.example.evil.example" {
		t.Errorf("without any of it: %q %v", k.Email, err)
	}
	if _, err := New(true, nil).Redeem(t.Context(), question(p), strings.Repeat("A", 2*most), ""); !errors.Is(err, sso.ErrResponse) {
		t.Errorf("far too large: %v", err)
	}
}

// A provider that changes its key has two certificates for a while, and need not say which
// of them it used; one that ended counts for nothing.
func TestACertificateCountsWhileItLasts(t *testing.T) {
	t.Parallel()
	old := newPen(keys()[0], time.Now().Add(-1000*time.Hour), time.Now().Add(-time.Hour))
	soon := newPen(keys()[0], time.Now().Add(time.Hour), time.Now().Add(1000*time.Hour))
	now, next := theirs(), rogues()
	silent := func(p pen) string {
		return posted(text(envelope(nil, func() *etree.Element {
			e := p.sign(t, assertion(nil))
			signature(e).RemoveChild(e.FindElement("./Signature/KeyInfo"))
			return e
		}())))
	}
	for _, c := range []struct {
		name string
		xml  string
		have []pen
		want error
	}{
		{"the first of two", silent(now), []pen{now, next}, nil},
		{"the second of two", silent(next), []pen{now, next}, nil},
		{"neither", silent(next), []pen{now}, sso.ErrSignature},
		{"one that has ended", silent(old), []pen{old}, sso.ErrExpiredCert},
		{"one that has not begun", silent(soon), []pen{soon}, sso.ErrExpiredCert},
		{"one that has ended, beside one that has not", posted(text(envelope(nil, old.sign(t, assertion(nil))))), []pen{old, next}, sso.ErrSignature},
	} {
		if _, err := New(true, nil).Redeem(t.Context(), question(c.have...), c.xml, ""); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestAttributesStandWhereTheAdministratorSays(t *testing.T) {
	t.Parallel()
	p := theirs()
	xml := posted(text(envelope(nil, p.sign(t, assertion(func(e *etree.Element) {
		a := e.FindElement("./AttributeStatement")
		for name, vs := range map[string][]string{"uid": {"77"}, "upn": {"ada@works.example"}, "urn:oid:2.5.4.3": {"A. W."}, "many": {"a@x.example", "b@x.example"}} {
			at := a.CreateElement("saml:Attribute")
			at.CreateAttr("Name", name)
			for _, v := range vs {
				at.CreateElement("saml:AttributeValue").SetText(v)
			}
		}
	})))))
	for _, c := range []struct {
		attrs                sso.Attributes
		subject, email, name string
	}{
		{sso.Attributes{}, "ada-7", "ada@steel.example", "Ada Winter"},
		{sso.Attributes{Subject: "uid", Email: "UPN", Name: "urn:oid:2.5.4.3"}, "77", "ada@works.example", "A. W."},
		{sso.Attributes{Email: "many", Name: "absent"}, "ada-7", "", ""},
	} {
		q := question(p)
		q.SAML.Attrs = c.attrs
		k, err := New(true, nil).Redeem(t.Context(), q, xml, "")
		if err != nil || k.Subject != c.subject || k.Email != c.email || k.Name != c.name {
			t.Errorf("%+v: %q %q %q %v", c.attrs, k.Subject, k.Email, k.Name, err)
		}
	}
	q := question(p)
	q.SAML.Attrs.Subject = "absent"
	if _, err := New(true, nil).Redeem(t.Context(), q, xml, ""); !errors.Is(err, sso.ErrResponse) {
		t.Errorf("nobody is named: %v", err)
	}
}

package saml

import (
	"errors"
	"testing"

	"github.com/beevik/etree"

	"github.com/kontorhq/kontor/core/sso"
)

// The eight ways of wrapping a signed message in a forged one (Somorovsky and others, "On
// Breaking SAML", 2012, as SAML Raider builds them), each made of a genuine response. What
// is forged says that Eve is Ada's boss; what is signed is Ada's.
func wrapped(t *testing.T, p pen) map[string]*etree.Element {
	t.Helper()
	evil := func(e *etree.Element, id string) *etree.Element {
		e.CreateAttr("ID", id)
		for _, n := range e.FindElements(".//NameID") {
			n.SetText("boss-1")
		}
		for _, v := range e.FindElements(".//AttributeValue") {
			v.SetText("boss@steel.example")
		}
		return e
	}
	bare := func(e *etree.Element) *etree.Element {
		c := e.Copy()
		c.RemoveChild(signature(c))
		return c
	}
	response := func() *etree.Element { return p.sign(t, envelope(nil, assertion(nil))) }
	asserted := func() (root, a *etree.Element) {
		root = envelope(nil, p.sign(t, assertion(nil)))
		return root, root.FindElement("./Assertion")
	}
	out := map[string]*etree.Element{}

	r := response()
	original := bare(r)
	signature(r).AddChild(original)
	keep := original.Copy()
	evil(r, "_evil") // its own copy in the signature stays what it was
	signature(r).RemoveChild(original)
	signature(r).AddChild(keep)
	out["XSW1"] = r

	r = response()
	original = bare(r)
	evil(r, "_evil")
	r.InsertChildAt(1, original)
	out["XSW2"] = r

	r, a := asserted()
	r.InsertChildAt(a.Index(), evil(bare(a), "_evil"))
	out["XSW3"] = r

	r, a = asserted()
	e := evil(bare(a), "_evil")
	r.RemoveChild(a)
	e.AddChild(a)
	r.AddChild(e)
	out["XSW4"] = r

	r, a = asserted()
	original = bare(a)
	evil(a, "_evil")
	r.AddChild(original)
	out["XSW5"] = r

	r, a = asserted()
	original = bare(a)
	evil(a, "_evil")
	signature(a).AddChild(original)
	out["XSW6"] = r

	r, a = asserted()
	x := etree.NewElement("samlp:Extensions")
	x.AddChild(evil(bare(a), "_evil"))
	r.InsertChildAt(a.Index(), x)
	out["XSW7"] = r

	r, a = asserted()
	original = bare(a)
	evil(a, "_evil")
	signature(a).CreateElement("ds:Object").AddChild(original)
	out["XSW8"] = r

	// And with the forged message under the very id that is signed.
	r, a = asserted()
	r.InsertChildAt(a.Index(), evil(bare(a), "_a1"))
	out["XSW3 under one id"] = r
	return out
}

func TestASignedMessageInAForgedOneIsRefused(t *testing.T) {
	t.Parallel()
	p := theirs()
	for name, r := range wrapped(t, p) {
		k, err := New(true, nil).Redeem(t.Context(), question(p), posted(text(r)), "")
		if !errors.Is(err, sso.ErrResponse) || k.Subject != "" {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
}

// Were the shape not looked at, what is read would still be what is signed.
func TestWhatIsReadIsWhatIsSigned(t *testing.T) {
	t.Parallel()
	p := theirs()
	certs, err := New(true, nil).certificates(question(p))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range wrapped(t, p) {
		a, err := signed(r, certs)
		if err == nil && a.FindElement("./Subject/NameID").Text() != "ada-7" {
			t.Errorf("%s: %s is believed to be signed", name, a.FindElement("./Subject/NameID").Text())
		}
	}
}

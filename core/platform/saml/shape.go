package saml

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/kontorhq/kontor/core/sso"
)

// Names of what matters.
const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsSignature = dsig.Namespace
)

const (
	maxDepth    = 40
	maxElements = 5000
)

// read makes a tree of a document in which nothing can be read in two ways: no declarations,
// entities, comments or CDATA ("<!"), no instructions, no attribute twice, no two elements of
// one id. Signatures cover less than people think they do; what they might not cover is not
// there at all.
func read(raw []byte) (*etree.Element, error) {
	switch {
	case len(raw) > most:
		return nil, errors.New("saml: too large")
	case bytes.Contains(raw, []byte("<!")):
		return nil, errors.New("saml: a declaration or a comment")
	}
	body := bytes.TrimSpace(raw)
	if bytes.HasPrefix(body, []byte("<?xml ")) {
		_, body, _ = bytes.Cut(body, []byte("?>"))
	}
	if bytes.Contains(body, []byte("<?")) {
		return nil, errors.New("saml: an instruction")
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{PreserveDuplicateAttrs: true, MaxDepth: maxDepth}
	if err := doc.ReadFromBytes(body); err != nil {
		return nil, err
	}
	if len(doc.ChildElements()) != 1 {
		return nil, errors.New("saml: not one document")
	}
	return doc.Root(), plain(doc.Root())
}

// plain looks at every element: nothing is there twice that must be there once.
func plain(root *etree.Element) error {
	ids, n := map[string]bool{}, 0
	return walk(root, func(e *etree.Element) error {
		if n++; n > maxElements {
			return errors.New("saml: too many elements")
		}
		had := map[string]bool{}
		for _, a := range e.Attr {
			if had[a.FullKey()] {
				return fmt.Errorf("saml: %s has %s twice", e.Tag, a.FullKey())
			}
			had[a.FullKey()] = true
			if slices.Contains([]string{"ID", "Id", "id"}, a.Key) {
				if a.Value == "" || ids[a.Value] {
					return errors.New("saml: two elements of one id")
				}
				ids[a.Value] = true
			}
		}
		return nil
	})
}

func walk(e *etree.Element, fn func(*etree.Element) error) error {
	if err := fn(e); err != nil {
		return err
	}
	for _, c := range e.ChildElements() {
		if err := walk(c, fn); err != nil {
			return err
		}
	}
	return nil
}

func is(e *etree.Element, ns, tag string) bool { return e.Tag == tag && e.NamespaceURI() == ns }

// shaped reports whether a response has exactly one assertion, where it belongs, and
// signatures nowhere but on it and on the response. Whoever wraps what is signed in something
// else needs a second assertion, a second response or a signature elsewhere (XSW 1 to 8).
func shaped(root *etree.Element) error {
	var assertion *etree.Element
	var signatures []*etree.Element
	err := walk(root, func(e *etree.Element) error {
		switch e.Tag {
		case "EncryptedAssertion", "EncryptedID", "EncryptedAttribute":
			return sso.ErrEncrypted
		case "Response":
			if e != root {
				return sso.ErrResponse.Because(errors.New("saml: a response in a response"))
			}
		case "Assertion":
			if assertion != nil || e.Parent() != root || !is(e, nsAssertion, "Assertion") {
				return sso.ErrResponse.Because(errors.New("saml: two assertions, or one where none belongs"))
			}
			assertion = e
		case "Signature":
			signatures = append(signatures, e)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case assertion == nil:
		return sso.ErrResponse.Because(errors.New("saml: no assertion"))
	case len(signatures) == 0:
		return sso.ErrUnsigned
	}
	at := map[*etree.Element]bool{}
	for _, s := range signatures {
		of := s.Parent()
		if of != root && of != assertion || at[of] || !is(s, nsSignature, "Signature") {
			return sso.ErrResponse.Because(errors.New("saml: a signature where none belongs"))
		}
		at[of] = true
		if err := enveloped(s, of); err != nil {
			return err
		}
	}
	return nil
}

// What a signature may be made of. Left out are SHA-1, and keyed hashes, whose key would be
// something that everybody can read.
var (
	methods = []string{
		dsig.RSASHA256SignatureMethod, dsig.RSASHA384SignatureMethod, dsig.RSASHA512SignatureMethod,
		dsig.ECDSASHA256SignatureMethod, dsig.ECDSASHA384SignatureMethod, dsig.ECDSASHA512SignatureMethod,
	}
	digests = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
	weak = []string{
		dsig.RSASHA1SignatureMethod, dsig.ECDSASHA1SignatureMethod, "http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
	}
	canonical = []string{
		dsig.CanonicalXML10ExclusiveAlgorithmId.String(), dsig.CanonicalXML10RecAlgorithmId.String(), dsig.CanonicalXML11AlgorithmId.String(),
	}
)

// enveloped reports whether a signature covers exactly the element that it stands in.
func enveloped(s, of *etree.Element) error {
	info, err := only(s, "SignedInfo", nil)
	if err != nil {
		return err
	}
	if _, err := only(s, "SignatureValue", nil); err != nil {
		return err
	}
	if len(s.FindElements("Object")) > 0 {
		return sso.ErrResponse.Because(errors.New("saml: a signature with an object in it"))
	}
	if _, err := only(info, "CanonicalizationMethod", canonical); err != nil {
		return err
	}
	if _, err := only(info, "SignatureMethod", methods); err != nil {
		return err
	}
	ref, err := only(info, "Reference", nil)
	if err != nil {
		return err
	}
	if id := of.SelectAttrValue("ID", ""); id == "" || ref.SelectAttrValue("URI", "") != "#"+id {
		return sso.ErrResponse.Because(errors.New("saml: the signature is about something else"))
	}
	if _, err := only(ref, "DigestMethod", digests); err != nil {
		return err
	}
	transforms, err := only(ref, "Transforms", nil)
	if err != nil {
		return err
	}
	for i, t := range transforms.ChildElements() {
		want := canonical
		if i == 0 {
			want = []string{dsig.EnvelopedSignatureAltorithmId.String()}
		}
		if i > 1 || !slices.Contains(want, t.SelectAttrValue("Algorithm", "")) {
			return sso.ErrResponse.Because(errors.New("saml: what is signed is transformed"))
		}
	}
	return nil
}

// only is the one child of a name, whose algorithm is one of those allowed.
func only(e *etree.Element, tag string, algorithms []string) (*etree.Element, error) {
	var found []*etree.Element
	for _, c := range e.ChildElements() {
		if c.Tag == tag {
			found = append(found, c)
		}
	}
	if len(found) != 1 || found[0].NamespaceURI() != nsSignature {
		return nil, sso.ErrResponse.Because(fmt.Errorf("saml: %d of %s in a signature", len(found), tag))
	}
	if a := found[0].SelectAttrValue("Algorithm", ""); algorithms != nil && !slices.Contains(algorithms, a) {
		if slices.Contains(weak, a) {
			return nil, sso.ErrWeak
		}
		return nil, sso.ErrResponse.Because(fmt.Errorf("saml: %s by %q", tag, a))
	}
	return found[0], nil
}

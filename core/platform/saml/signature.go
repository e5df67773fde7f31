package saml

import (
	"crypto/x509"
	"errors"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"github.com/kontorhq/kontor/core/sso"
)

type certificate = *x509.Certificate

// certificates are those of the provider's metadata that are valid now. What a response
// brings along of its own counts for nothing.
func (c *Client) certificates(a sso.Asked) ([]certificate, error) {
	var out []certificate
	for _, der := range a.SAML.Certificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, sso.ErrSignature.Because(err)
		}
		if now := c.now(); now.After(cert.NotBefore) && now.Before(cert.NotAfter) {
			out = append(out, cert)
		}
	}
	if len(out) == 0 {
		return nil, sso.ErrExpiredCert
	}
	return out, nil
}

// signed is the assertion of a response, made anew from the bytes that a signature covers:
// that of the response, that of the assertion, or both, and each that is there must be good.
// Nothing of what came in beside them is read from here on.
func signed(root *etree.Element, certs []certificate) (*etree.Element, error) {
	covered := false
	if has(root) {
		var err error
		if root, err = verified(root, certs); err != nil {
			return nil, err
		}
		covered = true
	}
	var assertion *etree.Element
	for _, c := range root.ChildElements() {
		if is(c, nsAssertion, "Assertion") {
			assertion = c
		}
	}
	if assertion == nil {
		return nil, sso.ErrResponse.Because(errors.New("saml: no assertion under the signature"))
	}
	if has(assertion) {
		return verified(assertion, certs)
	}
	if !covered {
		return nil, sso.ErrUnsigned
	}
	return detached(assertion)
}

func has(e *etree.Element) bool {
	for _, c := range e.ChildElements() {
		if is(c, nsSignature, "Signature") {
			return true
		}
	}
	return false
}

// detached is an element as a document of its own, with the names that it inherits.
func detached(e *etree.Element) (*etree.Element, error) {
	ctx, err := etreeutils.NSBuildParentContext(e)
	if err == nil {
		ctx, err = ctx.SubContext(e)
	}
	if err == nil {
		e, err = etreeutils.NSDetatch(ctx, e)
	}
	if err != nil {
		return nil, sso.ErrResponse.Because(err)
	}
	return e, nil
}

// verified is what a signature of the element covers.
func verified(e *etree.Element, certs []certificate) (*etree.Element, error) {
	e, err := detached(e)
	if err != nil {
		return nil, err
	}
	out, err := verify(e, certs)
	if err != nil {
		return nil, sso.ErrSignature.Because(err)
	}
	return out, nil
}

// verify tries one certificate after the other: a provider that changes its key signs with
// either, and need not say with which.
func verify(e *etree.Element, certs []certificate) (*etree.Element, error) {
	var why error
	for _, c := range certs {
		ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{c}})
		ctx.IdAttribute = "ID"
		out, err := ctx.Validate(e)
		if err == nil {
			return out, nil
		}
		why = err
	}
	return nil, why
}

// verifier has the library verify in the same way.
type verifier []certificate

var _ saml.SignatureVerifier = verifier(nil)

// VerifySignature implements saml.SignatureVerifier.
func (v verifier) VerifySignature(_ *dsig.ValidationContext, e *etree.Element) error {
	_, err := verify(e, v)
	return err
}

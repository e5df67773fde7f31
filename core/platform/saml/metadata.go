package saml

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/kontorhq/kontor/core/platform/outward"
	"github.com/kontorhq/kontor/core/sso"
)

const maxCertificates = 10

// Read implements sso.Federator. An administrator brings the metadata, and what is read of
// them is shown to him; a signature on them is not looked at.
func (c *Client) Read(text string) (sso.Description, error) {
	raw := []byte(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff"))
	e, err := entity(raw)
	if err != nil {
		return sso.Description{}, sso.ErrMetadata.Because(err)
	}
	idp := e.IDPSSODescriptors[0]
	d := sso.Description{Entity: strings.TrimSpace(e.EntityID), WantsSigned: idp.WantAuthnRequestsSigned != nil && *idp.WantAuthnRequestsSigned}
	if d.Entity == "" || len(d.Entity) > 1024 {
		return d, sso.ErrMetadata.Because(errors.New("saml: no entity id"))
	}
	for _, s := range idp.SingleSignOnServices {
		if s.Binding == saml.HTTPRedirectBinding && c.sendable(s.Location) {
			d.SignOn = s.Location
			break
		}
	}
	if d.SignOn == "" {
		return d, sso.ErrBinding
	}
	d.Certificates, err = c.signing(idp)
	return d, err
}

func (c *Client) sendable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && c.out.Askable(u) && len(address) <= 2000
}

// entity is the one provider that metadata tell of. Comments are common there and harmless;
// declarations are neither.
func entity(raw []byte) (e saml.EntityDescriptor, err error) {
	switch {
	case len(raw) > most:
		return e, errors.New("saml: too large")
	case bytes.Contains(raw, []byte("<!DOCTYPE")), bytes.Contains(raw, []byte("<!ENTITY")):
		return e, errors.New("saml: a declaration")
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{MaxDepth: maxDepth}
	if err := doc.ReadFromBytes(raw); err != nil {
		return e, err
	}
	if doc.Root() == nil {
		return e, errors.New("saml: nothing there")
	}
	all := []saml.EntityDescriptor{{}}
	if doc.Root().Tag == "EntitiesDescriptor" {
		var many saml.EntitiesDescriptor
		err = xml.Unmarshal(raw, &many)
		all = many.EntityDescriptors
	} else {
		err = xml.Unmarshal(raw, &all[0])
	}
	all = slices.DeleteFunc(all, func(e saml.EntityDescriptor) bool { return len(e.IDPSSODescriptors) == 0 })
	switch {
	case err != nil:
		return e, err
	case len(all) != 1 || len(all[0].IDPSSODescriptors) != 1:
		return e, fmt.Errorf("saml: %d providers", len(all))
	}
	return all[0], nil
}

// signing are the certificates whose signature will count.
func (c *Client) signing(idp saml.IDPSSODescriptor) (out [][]byte, err error) {
	lasting := false
	for _, k := range idp.KeyDescriptors {
		if k.Use != "" && k.Use != "signing" {
			continue
		}
		for _, x := range k.KeyInfo.X509Data.X509Certificates {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(x.Data), ""))
			if err != nil {
				return nil, sso.ErrMetadata.Because(err)
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, sso.ErrMetadata.Because(err)
			}
			if !sound(cert) || slices.ContainsFunc(out, func(had []byte) bool { return bytes.Equal(had, der) }) {
				continue
			}
			lasting = lasting || c.now().Before(cert.NotAfter)
			out = append(out, der)
		}
	}
	if !lasting || len(out) > maxCertificates {
		return nil, sso.ErrCertificates
	}
	return out, nil
}

// sound reports whether a certificate's key is long enough.
func sound(c *x509.Certificate) bool {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize >= 256
	}
	return false
}

// Fetch implements sso.Federator.
func (c *Client) Fetch(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || !c.out.Askable(u) {
		return "", sso.ErrIssuer.Because(outward.ErrScheme)
	}
	var body []byte
	err = outward.With(ctx, func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
		if err != nil {
			return err
		}
		res, err := c.out.Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("saml: the address answered %s", res.Status)
		}
		body, err = io.ReadAll(io.LimitReader(res.Body, most+1))
		return err
	})
	if err != nil {
		return "", sso.ErrProvider.Because(err)
	}
	return string(body), nil
}

// Describe implements sso.Federator.
func (c *Client) Describe(a sso.Asked) ([]byte, error) {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	e := doc.CreateElement("md:EntityDescriptor")
	e.CreateAttr("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata")
	e.CreateAttr("entityID", a.ClientID)
	sp := e.CreateElement("md:SPSSODescriptor")
	sp.CreateAttr("AuthnRequestsSigned", fmt.Sprint(a.SAML.Sign))
	sp.CreateAttr("WantAssertionsSigned", "true")
	sp.CreateAttr("protocolSupportEnumeration", nsProtocol)
	if a.SAML.Sign && len(a.SAML.Certificate) > 0 {
		k := sp.CreateElement("md:KeyDescriptor")
		k.CreateAttr("use", "signing")
		info := k.CreateElement("ds:KeyInfo")
		info.CreateAttr("xmlns:ds", nsSignature)
		info.CreateElement("ds:X509Data").CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(a.SAML.Certificate))
	}
	for _, f := range []saml.NameIDFormat{saml.PersistentNameIDFormat, saml.EmailAddressNameIDFormat} {
		sp.CreateElement("md:NameIDFormat").SetText(string(f))
	}
	acs := sp.CreateElement("md:AssertionConsumerService")
	acs.CreateAttr("Binding", saml.HTTPPostBinding)
	acs.CreateAttr("Location", a.Redirect)
	acs.CreateAttr("index", "0")
	acs.CreateAttr("isDefault", "true")
	wanted(sp, a)
	doc.Indent(2)
	return doc.WriteToBytes()
}

// wanted lists the attributes that are looked for.
func wanted(sp *etree.Element, a sso.Asked) {
	s := sp.CreateElement("md:AttributeConsumingService")
	s.CreateAttr("index", "0")
	name := s.CreateElement("md:ServiceName")
	name.CreateAttr("xml:lang", "en")
	name.SetText("Marketplace")
	at := a.SAML.Attrs
	for _, r := range []struct {
		name, otherwise string
		must            bool
	}{{at.Email, "email", true}, {at.Name, "displayName", false}, {at.Subject, "", at.Subject != ""}, {a.RoleClaim, "", false}} {
		if r.name == "" {
			r.name = r.otherwise
		}
		if r.name == "" {
			continue
		}
		e := s.CreateElement("md:RequestedAttribute")
		e.CreateAttr("Name", r.name)
		e.CreateAttr("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified")
		e.CreateAttr("isRequired", fmt.Sprint(r.must))
	}
}

// keyLives is how long the certificate lasts that goes with our key. Providers compare it and
// look at nothing else in it.
const keyLives = 10 * 365 * 24 * time.Hour

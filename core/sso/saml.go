package sso

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/work"
)

// SAMLPath is below which SAML providers find us.
const SAMLPath = "/sso/saml"

// EntityPath is where a connection's own metadata are; the whole address is its entity id.
func EntityPath(c id.SSOConnection) string { return SAMLPath + "/" + c.String() }

// ACSPath is where a connection's provider has browsers post its responses to.
func ACSPath(c id.SSOConnection) string { return EntityPath(c) + "/acs" }

// CertificateSoon is how long before its end a certificate is warned of.
const CertificateSoon = 30 * 24 * time.Hour

// SAML is what a connection of that kind has besides.
type SAML struct {
	SignOn       string     `json:"sign_on,omitempty"`
	Certificates [][]byte   `json:"certificates,omitempty"` // theirs: whose signature counts
	WantsSigned  bool       `json:"wants_signed,omitempty"` // the provider takes signed requests alone
	ReadAt       time.Time  `json:"read_at,omitzero"`
	Sign         bool       `json:"sign,omitempty"`        // our requests
	Certificate  []byte     `json:"certificate,omitempty"` // ours, while we sign
	Attrs        Attributes `json:"attrs,omitzero"`
}

// Attributes name where in an assertion things stand. Empty ones are the customary: the
// NameID and the usual names of mail and name.
type Attributes struct {
	Subject string `json:"subject,omitempty"`
	Email   string `json:"email,omitempty"`
	Name    string `json:"name,omitempty"`
}

func (a Attributes) trimmed() Attributes {
	return Attributes{strings.TrimSpace(a.Subject), strings.TrimSpace(a.Email), strings.TrimSpace(a.Name)}
}

func (a Attributes) check(check *fault.Check) {
	check.If(len(a.Subject) > 200, "subject_attribute", "too_long", "")
	check.If(len(a.Email) > 200, "email_attribute", "too_long", "")
	check.If(len(a.Name) > 200, "name_attribute", "too_long", "")
}

// Description is what metadata say of a provider.
type Description struct {
	Entity       string
	SignOn       string
	Certificates [][]byte
	WantsSigned  bool
}

// Certificate is one of a provider's, for people to compare.
type Certificate struct {
	Subject     string
	Fingerprint string // SHA-256
	From, Until time.Time
}

// Certs are the provider's certificates.
func (s SAML) Certs() []Certificate {
	var out []Certificate
	for _, der := range s.Certificates {
		if c, err := x509.ParseCertificate(der); err == nil {
			sum := sha256.Sum256(der)
			out = append(out, Certificate{Subject: c.Subject.String(), Fingerprint: hex.EncodeToString(sum[:]), From: c.NotBefore.UTC(), Until: c.NotAfter.UTC()})
		}
	}
	return out
}

// Expiring reports whether the last of the provider's certificates ends soon. While there is
// one that lasts longer, the others may well end.
func (s SAML) Expiring(now time.Time) bool {
	certs := s.Certs()
	return len(certs) > 0 && !slices.ContainsFunc(certs, func(c Certificate) bool { return c.Until.Sub(now) > CertificateSoon })
}

// believe puts a description into the connection. A provider that keeps its name, its address
// and one of its certificates is the same one with others besides, as when it changes keys;
// any other must be tested anew.
func (c *Connection) believe(d Description, now time.Time) {
	same := c.Issuer == d.Entity && c.SAML.SignOn == d.SignOn && slices.ContainsFunc(d.Certificates, func(der []byte) bool {
		return slices.ContainsFunc(c.SAML.Certificates, func(had []byte) bool { return bytes.Equal(had, der) })
	})
	if !same {
		c.redraft()
	}
	c.Issuer = d.Entity
	c.SAML.SignOn, c.SAML.Certificates, c.SAML.WantsSigned, c.SAML.ReadAt = d.SignOn, d.Certificates, d.WantsSigned, now
	c.SAML.Sign = c.SAML.Sign || d.WantsSigned
}

// described reads metadata into the connection, if there are any.
func (s *Service) described(x *Connection, xml string) error {
	if strings.TrimSpace(xml) == "" {
		return nil
	}
	if x.Kind != SAML20 {
		return ErrNotSAML
	}
	d, err := s.SAML.Read(xml)
	if err == nil {
		x.believe(d, s.Now())
	}
	return err
}

// signer makes the key of a connection that is to sign and has none. Nobody types it.
func (s *Service) signer(x *Connection, secret string) (string, error) {
	if x.Kind != SAML20 {
		return secret, nil
	}
	if !x.SAML.Sign || len(x.SAML.Certificate) > 0 {
		return "", nil
	}
	key, cert, err := s.SAML.Key(x.ID.String())
	x.SAML.Certificate = cert
	return key, err
}

// MetadataInput is a provider's metadata, or where they are.
type MetadataInput struct {
	Version int64
	XML     string
	Address string
}

// SetMetadata takes over what a provider's metadata say. It may ask the address, so it must
// not run inside a unit of work.
func (s *Service) SetMetadata(ctx context.Context, which id.SSOConnection, in MetadataInput) (Connection, error) {
	x, _, err := s.own(ctx, ActionManage, which)
	switch {
	case err != nil:
		return Connection{}, err
	case x.Kind != SAML20:
		return Connection{}, ErrNotSAML
	}
	if in.Address = strings.TrimSpace(in.Address); strings.TrimSpace(in.XML) == "" && in.Address != "" {
		if work.Active(ctx) {
			return Connection{}, errInUnit
		}
		if in.XML, err = s.SAML.Fetch(ctx, in.Address); err != nil {
			return Connection{}, err
		}
	}
	d, err := s.SAML.Read(in.XML)
	if err != nil {
		return Connection{}, err
	}
	return s.change(ctx, which, "changed", func(ctx context.Context, x *Connection) error {
		if x.Version != in.Version {
			return ErrStale
		}
		was := x.State
		x.believe(d, s.Now())
		return s.settle(ctx, x, was, "")
	})
}

// Metadata is what we say of ourselves to a connection's provider. It is no secret: whoever
// knows the address may read it.
func (s *Service) Metadata(ctx context.Context, which id.SSOConnection, base string) ([]byte, error) {
	if err := s.Gate.Allow(ctx, identity.ActionSignIn, nil); err != nil {
		return nil, err
	}
	x, err := s.Store.Connection(ctx, which)
	if err != nil {
		return nil, err
	}
	if x.Kind != SAML20 {
		return nil, ErrNotFound
	}
	return s.SAML.Describe(Asked{ClientID: base + EntityPath(x.ID), Redirect: base + ACSPath(x.ID), SAML: x.SAML, RoleClaim: x.RoleClaim})
}

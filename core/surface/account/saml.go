package account

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/surface/console"
)

// Party is both ends of a SAML connection: what the provider is to know of us, and what is
// known of the provider.
type Party struct {
	OurEntity, ACS string
	Wanted         []string
	Entity, SignOn string
	ReadAt         time.Time
	Certificates   []CertificateRow
	Expiring       bool
}

// CertificateRow is one whose signature counts.
type CertificateRow struct {
	sso.Certificate
	Soon, Ended bool
}

func kind(asked string) sso.Kind {
	if sso.Kind(asked) == sso.SAML20 {
		return sso.SAML20
	}
	return sso.OIDC
}

// kinds are the ways to begin a new connection.
func (m *Connections) kinds() {
	m.Kinds = nil
	for _, k := range []sso.Kind{sso.OIDC, sso.SAML20} {
		m.Kinds = append(m.Kinds, KindLink{Kind: string(k), URL: ssoPath + "?kind=" + string(k) + "#new", On: m.Form.Kind == string(k)})
	}
}

// party is nothing for a provider of another kind.
func party(v *web.Visit, c sso.Connection) *Party {
	if c.Kind != sso.SAML20 {
		return nil
	}
	now := time.Now()
	p := &Party{OurEntity: v.Absolute(sso.EntityPath(c.ID)), ACS: v.Absolute(sso.ACSPath(c.ID)), Entity: c.Issuer, SignOn: c.SAML.SignOn, ReadAt: c.SAML.ReadAt, Expiring: c.SAML.Expiring(now)}
	for _, k := range c.SAML.Certs() {
		k.Fingerprint = grouped(k.Fingerprint)
		p.Certificates = append(p.Certificates, CertificateRow{k, k.Until.Sub(now) < sso.CertificateSoon, !k.Until.After(now)})
	}
	for _, w := range []string{or(c.SAML.Attrs.Email, "email"), or(c.SAML.Attrs.Name, "displayName"), c.SAML.Attrs.Subject, c.RoleClaim} {
		if w != "" && !slices.Contains(p.Wanted, w) {
			p.Wanted = append(p.Wanted, w)
		}
	}
	return p
}

// grouped is a fingerprint in pieces that can be read aloud, and that a phone can wrap.
func grouped(s string) string {
	var out []string
	for p := range slices.Chunk([]byte(s), 4) {
		out = append(out, string(p))
	}
	return strings.Join(out, " ")
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// maxMetadata is more than any provider's metadata take.
const maxMetadata = 512 << 10

// uploaded is the text of the file that was sent, or else what was typed.
func uploaded(v *web.Visit, typed string) (string, error) {
	for _, f := range v.Files("file") {
		if f.Size == 0 {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return "", err
		}
		b, err := io.ReadAll(io.LimitReader(r, maxMetadata))
		_ = r.Close()
		return string(b), err
	}
	return typed, nil
}

func (s desk) setMetadata(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	text, err := uploaded(v, f.Get("metadata"))
	if err != nil {
		return web.Answer{}, err
	}
	_, err = s.SSO.SetMetadata(ctx, which, sso.MetadataInput{Version: int64(console.Number(f.Get("version"))), XML: text, Address: f.Get("address")})
	switch {
	case err == nil:
		return web.Redirect(ssoPath + "/" + which.String()).Flash("saml.taken"), nil
	case fault.KindOf(err) == fault.NotFound:
		return web.Answer{}, err
	}
	return s.connectionAgain(ctx, v, err)
}

// metadata is what a provider reads of us.
func (s desk) metadata(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	b, err := s.SSO.Metadata(ctx, which, v.Absolute(""))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Bytes("application/samlmetadata+xml", b), nil
}

// answered is where a SAML provider has browsers post to. The browser comes back by itself,
// with its cookie, to the address that every provider's people come back to.
func (s desk) answered(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	state, err := s.SSO.Answer(ctx, sso.Answered{Connection: which, Response: strings.TrimSpace(v.Form().Get("SAMLResponse")), Base: v.Absolute("")})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(address(sso.CallbackPath, "state", state)), nil
}

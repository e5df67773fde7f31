// Package saml speaks SAML 2.0 with providers that strangers name. It implements
// sso.Federator. Sign-in begins here alone: a request by HTTP-Redirect, its one response by
// HTTP-POST.
package saml

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/platform/outward"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/work"
)

// skew is how far a provider's clock may be off.
const skew = 3 * time.Minute

// most is how large a response or metadata may be.
const most = 256 << 10

// sameSkew has the library think of clocks as we do; it keeps that for the whole process.
var sameSkew = sync.OnceFunc(func() { saml.MaxIssueDelay, saml.MaxClockSkew = skew, skew })

// Client speaks with providers.
type Client struct {
	out *outward.Client
	now clock.Now
}

// New makes the client. loopback lets providers run on this very machine, for
// demonstrations and tests alone.
func New(loopback bool, now clock.Now) *Client {
	sameSkew()
	if now == nil {
		now = clock.System
	}
	return &Client{out: outward.New(loopback), now: now}
}

var _ sso.Federator = (*Client)(nil)

// Askable implements sso.Provider.
func (c *Client) Askable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && c.out.Askable(u)
}

// ours is we, as one connection's provider knows us.
func ours(a sso.Asked) (*saml.ServiceProvider, error) {
	acs, err := url.Parse(a.Redirect)
	if err != nil {
		return nil, err
	}
	keys := make([]saml.KeyDescriptor, len(a.SAML.Certificates))
	for i, der := range a.SAML.Certificates {
		keys[i].Use = "signing"
		keys[i].KeyInfo.X509Data.X509Certificates = []saml.X509Certificate{{Data: base64.StdEncoding.EncodeToString(der)}}
	}
	sp := &saml.ServiceProvider{
		EntityID: a.ClientID, AcsURL: *acs, AuthnNameIDFormat: saml.UnspecifiedNameIDFormat,
		IDPMetadata: &saml.EntityDescriptor{EntityID: a.Issuer, IDPSSODescriptors: []saml.IDPSSODescriptor{{
			SSODescriptor: saml.SSODescriptor{RoleDescriptor: saml.RoleDescriptor{KeyDescriptors: keys}},
		}}},
	}
	if !a.SAML.Sign {
		return sp, nil
	}
	sp.SignatureMethod = dsig.RSASHA256SignatureMethod
	sp.Key, sp.Certificate, err = pair(a.Secret, a.SAML.Certificate)
	return sp, err
}

// Address implements sso.Provider.
func (c *Client) Address(_ context.Context, a sso.Asked, _ string) (string, error) {
	to, err := url.Parse(a.SAML.SignOn)
	if err != nil || !c.out.Askable(to) { // a browser will be sent there
		return "", sso.ErrIssuer.Because(outward.ErrScheme)
	}
	sp, err := ours(a)
	if err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	r, err := sp.MakeAuthenticationRequest(a.SAML.SignOn, saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	if err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	r.ID, r.IssueInstant = a.Nonce, c.now().UTC()
	if a.Again {
		r.ForceAuthn = &a.Again
	}
	u, err := r.Redirect("", sp)
	if err != nil {
		return "", fmt.Errorf("saml: %w", err)
	}
	return u.String(), nil
}

// opened is a response as it was posted, and read.
func opened(response string) (raw []byte, root *etree.Element, err error) {
	if len(response) > most*3/2 { // base64, and what lies between its lines
		return nil, nil, sso.ErrResponse.Because(errors.New("saml: too large"))
	}
	raw, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(response), ""))
	if err == nil && len(raw) == 0 {
		err = errors.New("saml: nothing was sent")
	}
	if err != nil {
		return nil, nil, sso.ErrResponse.Because(err)
	}
	root, err = read(raw)
	if err != nil {
		return nil, nil, sso.ErrResponse.Because(err)
	}
	return raw, root, nil
}

// Concerns implements sso.Federator.
func (c *Client) Concerns(response string) (string, error) {
	_, root, err := opened(response)
	if err != nil {
		return "", err
	}
	return root.SelectAttrValue("InResponseTo", ""), nil
}

// Redeem implements sso.Provider. What counts is read from the very bytes that the signature
// covers; the library then reads the whole on its own, and both must name the same person.
func (c *Client) Redeem(ctx context.Context, a sso.Asked, response, _ string) (sso.Claims, error) {
	if work.Active(ctx) {
		return sso.Claims{}, errors.New("saml: a provider is not heard inside a unit of work")
	}
	raw, root, err := opened(response)
	if err != nil {
		return sso.Claims{}, err
	}
	if err := c.addressed(root, a); err != nil {
		return sso.Claims{}, err
	}
	if err := shaped(root); err != nil {
		return sso.Claims{}, err
	}
	certs, err := c.certificates(a)
	if err != nil {
		return sso.Claims{}, err
	}
	assertion, err := signed(root, certs)
	if err != nil {
		return sso.Claims{}, err
	}
	out, err := c.judge(assertion, a)
	if err != nil {
		return sso.Claims{}, err
	}
	if err := again(raw, a, certs, out); err != nil {
		return sso.Claims{}, err
	}
	return out, nil
}

// again is the library's own reading.
func again(raw []byte, a sso.Asked, certs []certificate, had sso.Claims) error {
	sp, err := ours(a)
	if err != nil {
		return fmt.Errorf("saml: %w", err)
	}
	sp.SignatureVerifier = verifier(certs)
	sp.ValidateAudienceRestriction = func(*saml.Assertion) error { return nil } // judged; the library reads one audience of several
	got, err := sp.ParseXMLResponse(raw, []string{a.Nonce}, sp.AcsURL)
	var why *saml.InvalidResponseError
	switch {
	case errors.As(err, &why):
		return sso.ErrResponse.Because(why.PrivateErr)
	case err != nil:
		return sso.ErrResponse.Because(err)
	case got.Subject == nil || got.Subject.NameID == nil || strings.TrimSpace(got.Subject.NameID.Value) != strings.Join(had.Values["NameID"], ""):
		return sso.ErrResponse.Because(errors.New("saml: two readings name two people"))
	}
	return nil
}

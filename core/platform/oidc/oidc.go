// Package oidc speaks OpenID Connect with providers that strangers name. It implements
// sso.Provider.
package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/maypok86/otter/v2"
	"golang.org/x/oauth2"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/platform/outward"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/work"
)

// algorithms that a token may be signed with: those where the verifier holds no secret, so
// that nobody signs with what everybody can read.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// known is how long a provider's description is believed; keys are asked for anew as soon
// as a token names one that is not known.
const known = 10 * time.Minute

// slack is how far a provider's clock may be off.
const slack = 2 * time.Minute

// Client asks providers.
type Client struct {
	out       *outward.Client
	now       clock.Now
	providers *otter.Cache[string, description]
}

type description struct {
	*oidc.Provider
	issParam bool // it says in the answer's address who it is (RFC 9207)
}

// New makes the client. loopback lets providers run on this very machine, for
// demonstrations and tests alone.
func New(loopback bool, now clock.Now) *Client {
	if now == nil {
		now = clock.System
	}
	return &Client{
		out: outward.New(loopback), now: now,
		providers: otter.Must(&otter.Options[string, description]{MaximumSize: 2000, ExpiryCalculator: otter.ExpiryWriting[string, description](known)}),
	}
}

var _ sso.Provider = (*Client)(nil)

// describe is a provider's own description. The issuer in it is the one that was asked.
func (c *Client) describe(ctx context.Context, issuer string) (description, error) {
	if d, ok := c.providers.GetIfPresent(issuer); ok {
		return d, nil
	}
	u, err := url.Parse(issuer)
	if err != nil || !c.out.Askable(u) || u.RawQuery != "" || u.Fragment != "" {
		return description{}, sso.ErrIssuer.Because(outward.ErrScheme)
	}
	var d description
	err = outward.With(ctx, func(ctx context.Context) (err error) {
		if d.Provider, err = oidc.NewProvider(oidc.ClientContext(ctx, c.out.Client), issuer); err != nil {
			return err
		}
		var more struct {
			IssParam bool `json:"authorization_response_iss_parameter_supported"`
		}
		err = d.Claims(&more)
		d.issParam = more.IssParam
		return err
	})
	if err != nil {
		return description{}, sso.ErrProvider.Because(err)
	}
	to, err := url.Parse(d.Endpoint().AuthURL)
	if err != nil || !c.out.Askable(to) { // a browser will be sent there
		return description{}, sso.ErrProvider.Because(outward.ErrScheme)
	}
	c.providers.Set(issuer, d)
	return d, nil
}

func oauth(d description, a sso.Asked) *oauth2.Config {
	return &oauth2.Config{ClientID: a.ClientID, ClientSecret: a.Secret, Endpoint: d.Endpoint(), RedirectURL: a.Redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

// Askable implements sso.Provider.
func (c *Client) Askable(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && c.out.Askable(u)
}

// Address implements sso.Provider.
func (c *Client) Address(ctx context.Context, a sso.Asked, state string) (string, error) {
	if work.Active(ctx) {
		return "", errors.New("oidc: a provider is not asked inside a unit of work")
	}
	d, err := c.describe(ctx, a.Issuer)
	if err != nil {
		return "", err
	}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if a.Email != "" {
		opts = append(opts, oauth2.SetAuthURLParam("login_hint", a.Email))
	}
	if a.Again {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return oauth(d, a).AuthCodeURL(state, opts...), nil
}

// Redeem implements sso.Provider.
func (c *Client) Redeem(ctx context.Context, a sso.Asked, code, iss string) (sso.Claims, error) {
	if work.Active(ctx) {
		return sso.Claims{}, errors.New("oidc: a provider is not asked inside a unit of work")
	}
	d, err := c.describe(ctx, a.Issuer)
	if err != nil {
		return sso.Claims{}, err
	}
	if iss != "" && iss != a.Issuer || iss == "" && d.issParam { // another provider's answer in this one's place
		return sso.Claims{}, sso.ErrToken.Because(fmt.Errorf("oidc: answered as %q", iss))
	}
	var out sso.Claims
	err = outward.With(oidc.ClientContext(ctx, c.out.Client), func(ctx context.Context) (err error) {
		t, err := oauth(d, a).Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
		if err != nil {
			return err
		}
		out, err = c.verify(ctx, d, a, t)
		return err
	})
	if err != nil {
		return sso.Claims{}, sso.ErrToken.Because(err)
	}
	return out, nil
}

// verify holds a token against everything that it has to say of itself.
func (c *Client) verify(ctx context.Context, d description, a sso.Asked, t *oauth2.Token) (out sso.Claims, err error) {
	raw, ok := t.Extra("id_token").(string)
	if !ok || raw == "" {
		return out, errors.New("oidc: no ID token")
	}
	token, err := d.Verifier(&oidc.Config{ClientID: a.ClientID, SupportedSigningAlgs: algorithms, Now: c.now}).Verify(ctx, raw)
	if err != nil {
		return out, err
	}
	all := map[string]any{}
	if err := token.Claims(&all); err != nil {
		return out, err
	}
	azp, _ := all["azp"].(string)
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		return out, errors.New("oidc: another sign-in's nonce")
	case azp != "" && azp != a.ClientID, azp == "" && len(token.Audience) > 1:
		return out, fmt.Errorf("oidc: issued to %q", azp)
	case token.IssuedAt.After(c.now().Add(slack)):
		return out, errors.New("oidc: issued in the future")
	case token.Subject == "" || len(token.Subject) > 255:
		return out, errors.New("oidc: no subject")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(t.AccessToken); err != nil {
			return out, err
		}
	}
	if err := c.more(ctx, d, t, token.Subject, all); err != nil {
		return out, err
	}
	return claims(token.Subject, all), nil
}

// more asks the provider for what the token leaves out, and believes it of the same person
// alone. What the signed token says stands.
func (c *Client) more(ctx context.Context, d description, t *oauth2.Token, subject string, all map[string]any) error {
	if d.UserInfoEndpoint() == "" || all["email"] != nil {
		return nil
	}
	info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(t))
	if err != nil {
		return err
	}
	if info.Subject != subject {
		return errors.New("oidc: the provider tells of somebody else")
	}
	rest := map[string]any{}
	if err := info.Claims(&rest); err != nil {
		return err
	}
	for k, v := range rest {
		if _, said := all[k]; !said {
			all[k] = v
		}
	}
	return nil
}

func claims(subject string, all map[string]any) sso.Claims {
	out := sso.Claims{Subject: subject, Values: map[string][]string{}}
	for k, v := range all {
		out.Values[k] = texts(v)
	}
	out.Email, _ = all["email"].(string)
	out.Name, _ = all["name"].(string)
	out.Verified = yes(all["email_verified"]) || yes(all["xms_edov"])
	if at, ok := all["auth_time"].(float64); ok {
		out.At = time.Unix(int64(at), 0).UTC()
	}
	out.Strong = slices.ContainsFunc(out.Values["amr"], func(m string) bool { return slices.Contains(strong, m) })
	return out
}

// strong are ways of signing in that are, or come with, a second factor (RFC 8176).
var strong = []string{"mfa", "otp", "hwk", "sc", "fido"}

// yes reads a flag as providers write it: true, "true", 1 or "1".
func yes(v any) bool { return v == true || v == "true" || v == "True" || v == float64(1) || v == "1" }

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, texts(x)...)
		}
		return out
	case nil:
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return []string{string(b)}
}

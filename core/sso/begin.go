package sso

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/work"
)

// AttemptLives is how long somebody may take at his provider.
const AttemptLives = 10 * time.Minute

// CallbackPath is where providers send people back to.
const CallbackPath = "/sso/callback"

// Begun is where a browser goes, and the secret that it keeps until it comes back.
type Begun struct {
	URL     string
	Browser string
	Name    string // of the connection
}

// Begin sends somebody who typed his address to the provider of its domain. That there is
// one is no secret of a person's: nobody is looked up.
func (s *Service) Begin(ctx context.Context, email, base, next string) (Begun, error) {
	if err := s.Gate.Allow(ctx, identity.ActionSignIn, nil); err != nil {
		return Begun{}, err
	}
	d := domainOf(email)
	if d == "" {
		return Begun{}, ErrNoDomain
	}
	x, err := s.Store.ByDomain(ctx, d)
	if err != nil {
		return Begun{}, err
	}
	return s.send(ctx, x, Attempt{Purpose: SignIn, Next: next}, Asked{Email: identity.Email(email)}, base)
}

// BeginProof sends a signed-in person to the provider that he came through, to be asked
// anew who he is.
func (s *Service) BeginProof(ctx context.Context, base, next string) (Begun, error) {
	if err := s.Gate.Allow(ctx, identity.ActionOwn, nil); err != nil {
		return Begun{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Begun{}, err
	}
	via, err := s.People.Via(ctx)
	if err != nil {
		return Begun{}, err
	}
	x, err := s.Store.Connection(ctx, via)
	if err == nil && x.State != On {
		err = ErrNotOn
	}
	if err != nil {
		return Begun{}, err
	}
	return s.send(ctx, x, Attempt{Purpose: Prove, Person: c.Person, Next: next}, Asked{Again: true, Email: c.Name}, base)
}

// BeginTest sends an administrator through a connection that may not be on yet.
func (s *Service) BeginTest(ctx context.Context, which id.SSOConnection, base string) (Begun, error) {
	x, c, err := s.own(ctx, ActionManage, which)
	if err != nil {
		return Begun{}, err
	}
	return s.send(ctx, x, Attempt{Purpose: Test, Person: c.Person}, Asked{}, base)
}

func (s *Service) send(ctx context.Context, x Connection, a Attempt, q Asked, base string) (Begun, error) {
	if work.Active(ctx) {
		return Begun{}, errInUnit
	}
	if x.Kind == SAML20 && x.SAML.SignOn == "" {
		return Begun{}, ErrNoMetadata
	}
	browser, state := secret(), secret()
	if err := s.question(ctx, x, &q, browser, state, base); err != nil {
		return Begun{}, err
	}
	to, err := s.Providers[x.Kind].Address(ctx, q, state)
	if err != nil {
		return Begun{}, err
	}
	a.Connection, a.Version, a.ExpiresAt = x.ID, x.Version, s.Now().Add(AttemptLives)
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Store.InsertAttempt(ctx, identity.HashToken(state), identity.HashToken(browser), a)
	})
	if err != nil {
		return Begun{}, err
	}
	return Begun{URL: to, Browser: browser, Name: x.Name}, nil
}

// question fills in what the provider is asked with. Nonce and verifier follow from the
// browser's secret and the state, and are kept nowhere.
func (s *Service) question(ctx context.Context, x Connection, q *Asked, browser, state, base string) error {
	plain, err := s.Vault.Open(ctx, "sso_connections", "secret", x.ID.String(), x.Sealed)
	if err != nil {
		return err
	}
	if x.Kind == SAML20 {
		q.Issuer, q.ClientID, q.Secret, q.Redirect = x.Issuer, base+EntityPath(x.ID), string(plain), base+ACSPath(x.ID)
		q.Nonce, q.SAML, q.RoleClaim = requestOf(state), x.SAML, x.RoleClaim
		return nil
	}
	q.Issuer, q.ClientID, q.Secret, q.Redirect = x.Issuer, x.ClientID, string(plain), base+CallbackPath
	q.Nonce, q.Verifier = derive(browser, "nonce", state), derive(browser, "verifier", state)
	return nil
}

func secret() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand does not fail
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func derive(browser, what, state string) string {
	h := hmac.New(sha256.New, []byte(browser))
	h.Write([]byte(what + "\x00" + state))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

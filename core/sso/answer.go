package sso

import (
	"context"
	"errors"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/work"
)

// A SAML response comes as a form that the provider's page makes the browser post here. A
// browser sends no cookie of ours with such a form, so that nobody can tell yet in which
// browser it was asked for. The response is held against everything else first; what it says
// is kept with the attempt, and the browser, sent on to CallbackPath, comes for it with its
// cookie there. Finish is the same from then on, whatever the provider speaks.

// requestOf is the id of the request that goes with a state: a name in XML begins with a
// letter or an underscore. A response has to repeat it, and by it alone the attempt is found.
func requestOf(state string) string { return "_" + state }

// Answered is what a SAML provider has a browser post.
type Answered struct {
	Connection id.SSOConnection // whose address it was posted to
	Response   string
	Base       string
}

// Answer holds a response against its request and keeps what it says for the browser that
// asked. It answers the state by which that browser is sent on. One request has one answer:
// what is refused ends the attempt, and what was taken is not taken again, so that no
// assertion, which has to name the request, serves twice.
func (s *Service) Answer(ctx context.Context, r Answered) (state string, err error) {
	if work.Active(ctx) {
		return "", errInUnit
	}
	if err := s.Gate.Allow(ctx, identity.ActionSignIn, nil); err != nil {
		return "", err
	}
	request, err := s.SAML.Concerns(r.Response)
	if err != nil {
		return "", err
	}
	state, ok := strings.CutPrefix(request, requestOf(""))
	if !ok || len(state) < 40 || len(state) > identity.TokenMax {
		return "", ErrAttempt
	}
	x, err := s.awaited(ctx, r.Connection, state)
	if err != nil {
		return "", err
	}
	var q Asked
	if err := s.question(ctx, x, &q, "", state, r.Base); err != nil {
		return "", err
	}
	k, err := s.SAML.Redeem(ctx, q, r.Response, "")
	if err != nil {
		drop := s.Unit.Do(ctx, func(ctx context.Context) error { return s.Store.DropAttempt(ctx, identity.HashToken(state)) })
		return "", errors.Join(s.refused(ctx, x, err), drop)
	}
	return state, s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Store.AnswerAttempt(ctx, identity.HashToken(state), k, s.Now())
	})
}

// awaited is the connection through which the request was sent, if an answer to it is
// awaited at this address.
func (s *Service) awaited(ctx context.Context, at id.SSOConnection, state string) (Connection, error) {
	a, err := s.Store.Attempt(ctx, identity.HashToken(state), s.Now())
	if err != nil {
		return Connection{}, err
	}
	if a.Connection != at { // one provider's answer in another's place
		return Connection{}, ErrAttempt
	}
	x, err := s.Store.Connection(ctx, a.Connection)
	switch {
	case err != nil:
		return x, ErrAttempt.Because(err)
	case x.Kind != SAML20, x.Version != a.Version, a.Purpose != Test && x.State != On:
		return x, ErrAttempt
	}
	return x, nil
}

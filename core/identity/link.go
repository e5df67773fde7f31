package identity

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/work"
)

// TaskLink writes the letter with a link to sign in, as TaskReset does that of a password.
const TaskLink = "identity.sign_in_link"

// AskLink takes note that somebody would come in by a letter instead of a password.
func (s *Service) AskLink(ctx context.Context, address string) error {
	return s.askLetter(ctx, ActionSignIn, TaskLink, address)
}

// WriteLink is the task behind TaskLink.
func (s *Service) WriteLink(ctx context.Context, a LetterArgs) error {
	return s.writeLink(ctx, a, Token{Kind: TokenLink}, linkLives, Letter{Kind: "sign_in_link", Path: "/sign-in/link"})
}

// LinkOwner says whom a link would sign in. It uses nothing up: programs that look through
// mail follow links, and whoever was sent somebody else's must see whose it is before he is
// in there.
func (s *Service) LinkOwner(ctx context.Context, token string) (Person, error) {
	if err := s.Gate.Allow(ctx, ActionSignIn, nil); err != nil {
		return Person{}, err
	}
	if !isToken(token) {
		return Person{}, ErrLink
	}
	return s.Store.TokenOwner(ctx, HashToken(token), TokenLink, s.Now())
}

// SignInLink opens a session with a letter's link, once. A mailbox is all that it proves:
// a second factor is asked for as after a password, whoever must come through a provider
// must do so, and what is sensitive wants a proof of its own yet.
func (s *Service) SignInLink(ctx context.Context, token, agent string) (SignedIn, error) {
	if work.Active(ctx) {
		return SignedIn{}, errInUnit
	}
	p, err := s.LinkOwner(ctx, token)
	if err != nil {
		return SignedIn{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		_, err := s.Store.UseToken(ctx, HashToken(token), TokenLink, s.Now())
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if _, err := s.byPassword(ctx, p); err != nil {
		return SignedIn{}, err
	}
	f, err := s.Store.Factor(ctx, p.ID)
	if err != nil && !errors.Is(err, ErrFactorOff) {
		return SignedIn{}, err
	}
	key := attemptKey("links of "+p.ID.String(), "") // guesses at the password are not forgiven
	if f.Any() {
		return s.half(ctx, Pending{Person: p.ID, Version: p.Version}, p, key)
	}
	return s.open(ctx, c, p, opening{agent: agent, key: key, mailed: true})
}

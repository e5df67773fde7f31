package parties

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identity"
)

// Draft is an application under way: what has been typed, by field. Whoever holds its token
// goes on with it, today or within thirty days.
type Draft struct {
	Hash      TokenHash
	Data      map[string]string
	UpdatedAt time.Time
	ExpiresAt time.Time
}

const (
	draftLives  = 30 * 24 * time.Hour
	draftFields = 40
	draftText   = 2000
)

// BeginDraft keeps what has been typed, and answers the token that leads back to it.
func (s *Service) BeginDraft(ctx context.Context, data map[string]string) (string, error) {
	if err := s.mayApply(ctx); err != nil {
		return "", err
	}
	token, hash := identity.NewToken()
	return token, s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.PruneDrafts(ctx, s.Now()); err != nil {
			return err
		}
		return s.putDraft(ctx, hash, data)
	})
}

func (s *Service) mayApply(ctx context.Context) error {
	if err := s.Gate.Allow(ctx, ActionRegister, nil); err != nil {
		return err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	return s.invited(ctx, c)
}

func (s *Service) putDraft(ctx context.Context, hash TokenHash, data map[string]string) error {
	if len(data) > draftFields {
		return ErrInvalid
	}
	for path, text := range data {
		if len(text) > draftText || len(path) > 40 || !utf8.ValidString(text) {
			return ErrInvalid.At(fault.Field{Path: path, Reason: "too_long"})
		}
	}
	return s.Store.PutDraft(ctx, Draft{Hash: hash, Data: data, UpdatedAt: s.Now(), ExpiresAt: s.Now().Add(draftLives)})
}

// Draft is what a token leads to. Expired, sent and made-up ones are one and the same
// nothing.
func (s *Service) Draft(ctx context.Context, token string) (Draft, error) {
	if err := s.mayApply(ctx); err != nil {
		return Draft{}, err
	}
	if token == "" || len(token) > identity.TokenMax {
		return Draft{}, ErrDraft
	}
	d, err := s.Store.Draft(ctx, identity.HashToken(token))
	if err == nil && !s.Now().Before(d.ExpiresAt) {
		err = ErrDraft
	}
	return d, err
}

// SaveDraft lays fields over what a draft holds; what is wrong is kept as it was typed.
func (s *Service) SaveDraft(ctx context.Context, token string, fields map[string]string) (Draft, error) {
	var d Draft
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if d, err = s.Draft(ctx, token); err != nil {
			return err
		}
		for k, v := range fields {
			d.Data[k] = v
		}
		return s.putDraft(ctx, d.Hash, d.Data)
	})
	return d, err
}

// EndDraft forgets a draft that has been sent.
func (s *Service) EndDraft(ctx context.Context, token string) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error { return s.Store.RemoveDraft(ctx, identity.HashToken(token)) })
}

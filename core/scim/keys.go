package scim

import (
	"context"
	"errors"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/sso"
)

// Panel is what a connection's keeper sees of its directory.
type Panel struct {
	Account access.Account // zero before the first key
	Summary Summary
}

// Panel is a directory as its keeper sees it.
func (s *Service) Panel(ctx context.Context, which id.SSOConnection) (p Panel, err error) {
	x, err := s.Own.Connection(ctx, which)
	if err != nil {
		return p, err
	}
	if p.Account, err = s.account(ctx, x); err != nil && !errors.Is(err, access.ErrNotFound) {
		return p, err
	}
	p.Summary, err = s.Store.Summary(ctx, x.ID)
	return p, err
}

func (s *Service) account(ctx context.Context, x sso.Connection) (access.Account, error) {
	a, err := s.Keys.OfDirectory(ctx, x.ID)
	if err == nil && a.Org != x.Org {
		err = access.ErrNotFound
	}
	return a, err
}

// keeper is the connection of who may change it.
func (s *Service) keeper(ctx context.Context, which id.SSOConnection) (sso.Connection, error) {
	if err := s.Gate.Allow(ctx, sso.ActionManage, nil); err != nil {
		return sso.Connection{}, err
	}
	return s.Own.Connection(ctx, which)
}

// MakeKey makes a key for a connection's directory; its secret is shown this once.
func (s *Service) MakeKey(ctx context.Context, which id.SSOConnection, days int) (access.MadeKey, error) {
	x, err := s.keeper(ctx, which)
	if err != nil {
		return access.MadeKey{}, err
	}
	return s.Keys.MakeDirectoryKey(ctx, access.Directory{Connection: x.ID, Name: clip(x.Name), Days: days})
}

// RotateKey replaces one; the old one works on beside it for a while.
func (s *Service) RotateKey(ctx context.Context, which id.SSOConnection, key id.APIKey, overlap time.Duration) (access.MadeKey, error) {
	x, err := s.keeper(ctx, which)
	if err != nil {
		return access.MadeKey{}, err
	}
	a, err := s.account(ctx, x)
	if err != nil {
		return access.MadeKey{}, err
	}
	return s.Keys.Rotate(ctx, access.Rotation{Account: a.ID, Key: key, Overlap: overlap})
}

// RevokeKey ends one at once.
func (s *Service) RevokeKey(ctx context.Context, which id.SSOConnection, key id.APIKey) error {
	x, err := s.keeper(ctx, which)
	if err != nil {
		return err
	}
	a, err := s.account(ctx, x)
	if err != nil {
		return err
	}
	return s.Keys.Revoke(ctx, a.ID, key)
}

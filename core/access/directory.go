package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
)

// A directory is a program as others are, with keys as they have; but its role is one that no
// person holds, so that nobody can hand it out otherwise, and its account belongs to a connection.

// RoleDirectory is the role of directories alone.
const RoleDirectory = "directory"

// DirectoryScopes are what a directory's keys are made for.
var DirectoryScopes = []string{"scim.directory.read", "scim.directory.write"}

// Directory is the connection that a new account calls for. Whoever asks has seen to it that
// the connection is the caller's.
type Directory struct {
	Connection id.SSOConnection
	Name       string
	Days       int
}

// OfDirectory is the account of a connection's directory, ErrNotFound before its first key.
func (s *Service) OfDirectory(ctx context.Context, x id.SSOConnection) (a Account, err error) {
	if _, err := s.maker(ctx, ActionRead); err != nil {
		return Account{}, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err = s.Store.OfConnection(ctx, x)
		return err
	})
	return a, err
}

// MakeDirectoryKey makes a key for a directory, and its account with the first.
func (s *Service) MakeDirectoryKey(ctx context.Context, in Directory) (MadeKey, error) {
	c, err := s.maker(ctx, ActionManage)
	if err != nil {
		return MadeKey{}, err
	}
	life, err := lifetime(in.Days)
	if err != nil {
		return MadeKey{}, err
	}
	var made MadeKey
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err := s.Store.OfConnection(ctx, in.Connection)
		if errors.Is(err, ErrNotFound) {
			a = Account{
				ID: id.ServiceAccount{}.New(), Org: c.Org, Name: identity.Name(in.Name), Purpose: "SCIM", Roles: []string{RoleDirectory},
				Responsible: c.Person, Connection: in.Connection, CreatedAt: s.Now(),
			}
			if err = s.Store.InsertAccount(ctx, a); err == nil {
				err = s.Events.Append(ctx, event.ServiceAccountMade{Org: orgOf(a), Account: a.ID.String(), Name: a.Name, Roles: a.Roles})
			}
		}
		if err != nil {
			return err
		}
		made, err = s.issue(ctx, c, a, Key{Scopes: DirectoryScopes}, life, "")
		return err
	})
	if err != nil {
		return MadeKey{}, fmt.Errorf("make directory key: %w", err)
	}
	return made, nil
}

// UsedAt is when any of the account's keys was last used.
func (a Account) UsedAt() (at time.Time) {
	for _, k := range a.Keys {
		if k.UsedAt.After(at) {
			at = k.UsedAt
		}
	}
	return at
}

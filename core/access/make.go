package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Accounts are the programs of the caller's company, or of the marketplace.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	c, err := s.maker(ctx, ActionRead)
	if err != nil {
		return nil, err
	}
	return s.Store.Accounts(ctx, c.Org)
}

// Account is one of them.
func (s *Service) Account(ctx context.Context, which id.ServiceAccount) (Account, error) {
	all, err := s.Accounts(ctx)
	for _, a := range all {
		if a.ID == which {
			return a, nil
		}
	}
	if err == nil {
		err = ErrNotFound
	}
	return Account{}, err
}

// MakeAccount makes a service account for the caller's company.
func (s *Service) MakeAccount(ctx context.Context, in NewAccount) (Account, error) {
	c, err := s.maker(ctx, ActionManage)
	if err != nil {
		return Account{}, err
	}
	a, err := in.account(c, s.Now())
	if err != nil {
		return Account{}, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		all, err := s.Store.Accounts(ctx, c.Org)
		if err != nil {
			return err
		}
		if len(all) >= 4*maxAccounts || alive(all) >= maxAccounts {
			return ErrTooMany
		}
		if err := s.Store.InsertAccount(ctx, a); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.ServiceAccountMade{Org: orgOf(a), Account: a.ID.String(), Name: a.Name, Roles: a.Roles})
	})
	if err != nil {
		return Account{}, fmt.Errorf("make service account: %w", err)
	}
	return a, nil
}

func alive(all []Account) (n int) {
	for _, a := range all {
		if a.EndedAt.IsZero() {
			n++
		}
	}
	return n
}

// orgOf is the account's company as events carry it; the marketplace has none.
func orgOf(a Account) string {
	if a.Org.IsZero() {
		return ""
	}
	return a.Org.String()
}

// NewKey is what a key is made for. Days is how long it lasts, 0 for the usual time.
type NewKey struct {
	Account  id.ServiceAccount
	Scopes   []string
	Networks []string
	Days     int
}

// MadeKey is a key with its secret, which is shown this once and kept nowhere.
type MadeKey struct {
	Key    Key
	Secret string
}

// MakeKey makes a key. Nobody gives it what he or the account lacks.
func (s *Service) MakeKey(ctx context.Context, in NewKey) (MadeKey, error) {
	c, err := s.maker(ctx, ActionManage)
	if err != nil {
		return MadeKey{}, err
	}
	k := Key{Scopes: slices.Compact(slices.Sorted(slices.Values(in.Scopes)))}
	if k.Networks, err = networks(in.Networks); err != nil {
		return MadeKey{}, err
	}
	life, err := lifetime(in.Days)
	if err != nil {
		return MadeKey{}, err
	}
	var made MadeKey
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err := s.Store.Account(ctx, c.Org, in.Account)
		if err != nil {
			return err
		}
		made, err = s.issue(ctx, c, a, k, life, "")
		return err
	})
	if err != nil {
		return MadeKey{}, fmt.Errorf("make key: %w", err)
	}
	return made, nil
}

// issue makes the secret and tells of it, inside a unit that has locked the account.
func (s *Service) issue(ctx context.Context, c caller.Caller, a Account, k Key, life time.Duration, replaces string) (MadeKey, error) {
	now := s.Now()
	switch {
	case !a.EndedAt.IsZero():
		return MadeKey{}, ErrEnded
	case a.living(now) >= maxKeys:
		return MadeKey{}, ErrTooMany
	}
	if err := s.held(ctx, a, k.Scopes); err != nil {
		return MadeKey{}, err
	}
	var secret string
	k.PublicID, secret = newSecret()
	k.ID, k.Hash, k.MadeBy, k.CreatedAt, k.ExpiresAt = id.APIKey{}.New(), hashOf(secret), c.Person, now, now.Add(life)
	if life <= warnBefore {
		k.WarnedAt = now // it is made to end soon
	}
	if err := s.Store.InsertKey(ctx, a.ID, k); err != nil {
		return MadeKey{}, err
	}
	return MadeKey{k, secret}, s.Events.Append(ctx, event.APIKeyMade{
		Org: orgOf(a), Account: a.ID.String(), Name: a.Name, Key: k.ID.String(), Prefix: k.Prefix(), Scopes: k.Scopes, Expires: k.ExpiresAt.Format(time.DateOnly), Replaces: replaces,
	})
}

// Rotation replaces a key by one of the same scopes and addresses.
type Rotation struct {
	Account id.ServiceAccount
	Key     id.APIKey
	Overlap time.Duration // how long the old one still works
	Days    int
}

// Rotate makes the successor of a key and ends the old one after the overlap.
func (s *Service) Rotate(ctx context.Context, in Rotation) (MadeKey, error) {
	c, err := s.maker(ctx, ActionManage)
	if err != nil {
		return MadeKey{}, err
	}
	if in.Overlap < 0 || in.Overlap > MaxOverlap {
		return MadeKey{}, ErrInvalid.At(fault.Field{Path: "overlap_hours", Reason: "out_of_range"})
	}
	life, err := lifetime(in.Days)
	if err != nil {
		return MadeKey{}, err
	}
	var made MadeKey
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err := s.Store.Account(ctx, c.Org, in.Account)
		if err != nil {
			return err
		}
		old, err := a.key(in.Key)
		if err != nil {
			return err
		}
		if old.State(s.Now()) != Active {
			return ErrEnded
		}
		if made, err = s.issue(ctx, c, a, Key{Scopes: old.Scopes, Networks: old.Networks}, life, old.Prefix()); err != nil {
			return err
		}
		if end := s.Now().Add(in.Overlap); end.Before(old.ExpiresAt) {
			old.ExpiresAt = end
		}
		old.WarnedAt = s.Now() // whoever rotates knows
		s.forget(ctx, func(h Holder) bool { return h.Key.ID == old.ID })
		return s.Store.SaveEnd(ctx, old)
	})
	if err != nil {
		return MadeKey{}, fmt.Errorf("rotate key: %w", err)
	}
	return made, nil
}

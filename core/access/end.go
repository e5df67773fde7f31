package access

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// Revoke ends a key at once, here, and on other nodes within moments. Revoking it again
// changes nothing.
func (s *Service) Revoke(ctx context.Context, account id.ServiceAccount, which id.APIKey) error {
	c, err := s.maker(ctx, ActionManage)
	if err != nil {
		return err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err := s.Store.Account(ctx, c.Org, account)
		if err != nil {
			return err
		}
		k, err := a.key(which)
		if err != nil || k.State(s.Now()) == Revoked {
			return err
		}
		return s.revoke(ctx, a, k)
	})
	if err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	return nil
}

func (s *Service) revoke(ctx context.Context, a Account, k Key) error {
	k.RevokedAt = s.Now()
	if err := s.Store.SaveEnd(ctx, k); err != nil {
		return err
	}
	s.forget(ctx, func(h Holder) bool { return h.Key.ID == k.ID })
	return s.Events.Append(ctx, event.APIKeyRevoked{Org: orgOf(a), Account: a.ID.String(), Name: a.Name, Key: k.ID.String(), Prefix: k.Prefix()})
}

// End ends an account with all its keys.
func (s *Service) End(ctx context.Context, which id.ServiceAccount) error {
	c, err := s.maker(ctx, ActionManage)
	if err != nil {
		return err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err := s.Store.Account(ctx, c.Org, which)
		if err != nil || !a.EndedAt.IsZero() {
			return err
		}
		for _, k := range a.Keys {
			if k.State(s.Now()) != Active {
				continue
			}
			if err := s.revoke(ctx, a, k); err != nil {
				return err
			}
		}
		if err := s.Store.EndAccount(ctx, a.ID, s.Now()); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.ServiceAccountEnded{Org: orgOf(a), Account: a.ID.String(), Name: a.Name})
	})
	if err != nil {
		return fmt.Errorf("end service account: %w", err)
	}
	return nil
}

// warnPortion is how many keys one round tells of.
const warnPortion = 200

// Warn tells owners of keys that end within a week, once each.
func (s *Service) Warn(ctx context.Context) (n int, err error) {
	now := s.Now()
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		hs, err := s.Store.Expiring(ctx, now, now.Add(warnBefore), warnPortion)
		if err != nil {
			return err
		}
		n = len(hs)
		for _, h := range hs {
			h.Key.WarnedAt = now
			if err := s.Store.SaveEnd(ctx, h.Key); err != nil {
				return err
			}
			e := event.APIKeyExpiring{
				Org: orgOf(h.Account), Account: h.Account.ID.String(), Name: h.Account.Name, Key: h.Key.ID.String(), Prefix: h.Key.Prefix(), Expires: h.Key.ExpiresAt.Format(time.DateOnly),
			}
			if err := s.Events.Append(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

package tenancy

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// ActionHosts is to claim, prove, choose and give up the market's own addresses.
const ActionHosts policy.Action = "tenancy.host.manage"

// ActionClaimHost is to begin with a new one, which not every plan includes.
const ActionClaimHost policy.Action = "tenancy.host.claim"

// Claims are the market's claims that stand, the newest first.
func (s *Service) Claims(ctx context.Context) ([]HostClaim, error) {
	if err := s.Gate.Allow(ctx, ActionHosts, nil); err != nil {
		return nil, err
	}
	return s.Store.Claims(ctx)
}

// ClaimHost notes that the market wants to answer at an address, and says by what record
// it can prove that the address is its own. Until then nothing answers there.
func (s *Service) ClaimHost(ctx context.Context, asked string) (HostClaim, error) {
	host, err := claimable(asked, s.BaseDomain)
	if err != nil {
		return HostClaim{}, err
	}
	c := HostClaim{ID: id.HostClaim{}.New(), Host: host, Token: newToken(), State: ClaimPending, CreatedAt: s.Now(), Version: 1}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionClaimHost, nil); err != nil {
			return err
		}
		have, err := s.Store.Claims(ctx)
		if err != nil {
			return err
		}
		if len(have) >= maxClaims {
			return ErrTooManyClaims.With("limit", maxClaims)
		}
		t, err := s.Current(ctx)
		if err != nil {
			return err
		}
		for _, h := range t.Hosts {
			if h.Name == host {
				return ErrHostClaimed.With("host", host)
			}
		}
		if err := s.Store.AddClaim(ctx, c); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.HostClaimed{Claim: c.ID.String(), Host: host})
	})
	if err != nil {
		return HostClaim{}, fmt.Errorf("claim host %s: %w", host, err)
	}
	return c, nil
}

// CheckHost looks for a claim's proof now. It asks the domain's DNS and writes the map of
// hosts, so it must not run inside a unit of work; killed anywhere it can be run again.
func (s *Service) CheckHost(ctx context.Context, which id.HostClaim) (HostClaim, error) {
	if err := s.Gate.Allow(ctx, ActionHosts, nil); err != nil {
		return HostClaim{}, err
	}
	c, err := s.Store.Claim(ctx, which)
	if err != nil {
		return HostClaim{}, err
	}
	return s.check(ctx, c)
}

func (s *Service) check(ctx context.Context, c HostClaim) (HostClaim, error) {
	name, _ := c.Record()
	txt, err := s.DNS.TXT(ctx, name)
	if err != nil {
		return c, ErrDNS.With("name", name).Because(err) // no answer says nothing about the proof
	}
	now, had := s.Now(), c.State
	c.Found = clip(strings.Join(txt, " · "), 300)
	if had == ClaimVerified && !c.proven(txt) && now.Sub(c.CheckedAt) < recheckEvery {
		return c, s.keep(ctx, &c, nil) // the day's look is still to come: looking often puts nothing off
	}
	c.CheckedAt = now
	var news event.Event
	switch {
	case c.proven(txt):
		c.State, c.Failures = ClaimVerified, 0
		if had != ClaimVerified {
			c.VerifiedAt = now
			news = event.HostVerified{Claim: c.ID.String(), Host: c.Host}
		}
		err = s.enter(ctx, c.Host) // also where it is verified: whoever was killed in between has not entered it
	case had == ClaimVerified:
		if c.Failures++; c.Failures >= LapseAfter {
			c.State = ClaimLapsed
			news = event.HostLapsed{Claim: c.ID.String(), Host: c.Host}
			err = s.leave(ctx, c.Host)
		}
	}
	if err != nil {
		return c, err
	}
	return c, s.keep(ctx, &c, news)
}

// keep writes a claim down, with what there is to tell of it.
func (s *Service) keep(ctx context.Context, c *HostClaim, news event.Event) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.SaveClaim(ctx, *c); err != nil {
			return err
		}
		c.Version++
		if news == nil {
			return nil
		}
		return s.Events.Append(ctx, news)
	})
}

// enter has the caller's tenant answer at a host, and leave ends that.
func (s *Service) enter(ctx context.Context, host string) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if s.Names != nil {
		t, err := s.Store.ByID(ctx, c.Tenant)
		if err == nil {
			err = s.Names.Reserve(ctx, t, host)
		}
		if err != nil {
			return err
		}
	}
	now := s.Now()
	if err := s.Store.Enter(ctx, c.Tenant, host, now, now.Add(-HeldFor)); err != nil {
		return err
	}
	s.forget(c.Tenant)
	return nil
}

func (s *Service) leave(ctx context.Context, host string) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if err := s.Store.Leave(ctx, c.Tenant, host, s.Now()); err != nil {
		return err
	}
	s.forget(c.Tenant)
	return nil
}

// ReleaseHost gives an address up. The main one stays until another is chosen.
func (s *Service) ReleaseHost(ctx context.Context, which id.HostClaim) error {
	if err := s.Gate.Allow(ctx, ActionHosts, nil); err != nil {
		return err
	}
	c, err := s.Store.Claim(ctx, which)
	if err != nil {
		return err
	}
	t, err := s.fresh(ctx)
	if err != nil {
		return err
	}
	if t.CanonicalHost() == c.Host {
		return ErrHostCanonical.With("host", c.Host)
	}
	if err := s.leave(ctx, c.Host); err != nil {
		return err
	}
	c.State = ClaimWithdrawn
	return s.keep(ctx, &c, event.HostReleased{Claim: c.ID.String(), Host: c.Host})
}

// MakeCanonical chooses the address that links, letters and search engines are given.
func (s *Service) MakeCanonical(ctx context.Context, which id.HostClaim) error {
	if err := s.Gate.Allow(ctx, ActionHosts, nil); err != nil {
		return err
	}
	c, err := s.Store.Claim(ctx, which)
	if err != nil {
		return err
	}
	if c.State != ClaimVerified {
		return ErrHostUnproven.With("host", c.Host)
	}
	return s.main(ctx, c.Host)
}

// PlatformCanonical goes back to the address that the platform gave.
func (s *Service) PlatformCanonical(ctx context.Context) error {
	if err := s.Gate.Allow(ctx, ActionHosts, nil); err != nil {
		return err
	}
	return s.main(ctx, "")
}

func (s *Service) main(ctx context.Context, host string) error {
	t, err := s.fresh(ctx)
	if err != nil {
		return err
	}
	if err := s.Store.SetMain(ctx, t.ID, host, s.Now()); err != nil {
		return err
	}
	s.forget(t.ID)
	from := t.CanonicalHost()
	if t, err = s.fresh(ctx); err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Events.Append(ctx, event.HostMadeCanonical{Tenant: t.ID.String(), From: from, To: t.CanonicalHost()})
	})
}

// RecheckHosts has the verified addresses prove themselves that did not within a day, and
// says how many were looked at. What DNS does not answer is tried again at the next round.
func (s *Service) RecheckHosts(ctx context.Context) (int, error) {
	due, err := s.Store.ClaimsDue(ctx, s.Now().Add(-recheckEvery), maxClaims)
	if err != nil {
		return 0, err
	}
	done := 0
	for _, c := range due {
		switch _, err := s.check(ctx, c); fault.KindOf(err) {
		case fault.Unavailable, fault.Conflict:
		default:
			if err != nil {
				return done, fmt.Errorf("recheck host %s: %w", c.Host, err)
			}
			done++
		}
	}
	return done, nil
}

// fresh is the caller's tenant as the database has it now.
func (s *Service) fresh(ctx context.Context) (Tenant, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Tenant{}, err
	}
	return s.Store.ByID(ctx, c.Tenant)
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

package sso

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/tenancy"
)

const (
	recheckEvery = 24 * time.Hour
	// LapseAfter is the failed daily check at which a domain is no longer believed.
	LapseAfter = 3
)

// AddDomain notes a domain and says by what record it can be proved. Until then it opens
// nothing, and hinders nobody who can prove it.
func (s *Service) AddDomain(ctx context.Context, which id.SSOConnection, asked string) (Domain, error) {
	name, err := tenancy.OwnDomain(strings.TrimPrefix(strings.TrimSpace(asked), "@"))
	if err != nil {
		return Domain{}, ErrDomain
	}
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand does not fail
	d := Domain{ID: id.SSODomain{}.New(), Domain: name, Token: base64.RawURLEncoding.EncodeToString(b[:]), CreatedAt: s.Now()}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		x, _, err := s.own(ctx, ActionManage, which)
		if err != nil {
			return err
		}
		if len(x.Domains) >= maxDomains {
			return ErrTooMany
		}
		if err := s.Store.AddDomain(ctx, x.ID, d); err != nil {
			return err
		}
		return s.Events.Append(ctx, domainNews(x, d, "added"))
	})
	if err != nil {
		return Domain{}, fmt.Errorf("add domain: %w", err)
	}
	return d, nil
}

func domainNews(x Connection, d Domain, what string) event.SSODomainChanged {
	e := event.SSODomainChanged{Connection: x.ID.String(), Name: x.Name, Domain: d.Domain, What: what}
	if !x.Org.IsZero() {
		e.Org = x.Org.String()
	}
	return e
}

func (x Connection) domain(which id.SSODomain) (Domain, error) {
	i := slices.IndexFunc(x.Domains, func(d Domain) bool { return d.ID == which })
	if i < 0 {
		return Domain{}, ErrNotFound
	}
	return x.Domains[i], nil
}

// CheckDomain looks for the proof now. It asks the domain's DNS, so it must not run inside
// a unit of work.
func (s *Service) CheckDomain(ctx context.Context, which id.SSOConnection, dom id.SSODomain) (Domain, error) {
	x, _, err := s.own(ctx, ActionManage, which)
	if err != nil {
		return Domain{}, err
	}
	d, err := x.domain(dom)
	if err != nil {
		return Domain{}, err
	}
	return s.check(ctx, x, d)
}

func (s *Service) check(ctx context.Context, x Connection, d Domain) (Domain, error) {
	name, _ := d.Record()
	txt, err := s.DNS.TXT(ctx, name)
	if err != nil {
		return d, ErrDNS.With("name", name).Because(err) // no answer says nothing about the proof
	}
	now, had, what := s.Now(), d.Proved(), ""
	d.Found = clip(strings.Join(txt, " · "), 300)
	proven := d.proven(txt)
	switch {
	case proven && !had:
		d.VerifiedAt, what = now, "verified"
		d.Failures = 0
	case proven:
		d.Failures = 0
	case had && now.Sub(d.CheckedAt) < recheckEvery: // the day's look is still to come
		now = d.CheckedAt
	case had:
		if d.Failures++; d.Failures >= LapseAfter {
			d.VerifiedAt, what = time.Time{}, "lapsed"
		}
	}
	d.CheckedAt = now
	return d, s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.SaveDomain(ctx, x.ID, d); err != nil || what == "" {
			return err
		}
		return s.Events.Append(ctx, domainNews(x, d, what))
	})
}

// RemoveDomain gives a domain up; its people come in by password from then on.
func (s *Service) RemoveDomain(ctx context.Context, which id.SSOConnection, dom id.SSODomain) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		x, _, err := s.own(ctx, ActionManage, which)
		if err != nil {
			return err
		}
		d, err := x.domain(dom)
		if err != nil {
			return err
		}
		if err := s.Store.RemoveDomain(ctx, x.ID, d.ID); err != nil {
			return err
		}
		return s.Events.Append(ctx, domainNews(x, d, "removed"))
	})
}

// Recheck has proved domains prove themselves that did not within a day.
func (s *Service) Recheck(ctx context.Context) error {
	due, err := s.Store.Due(ctx, s.Now().Add(-recheckEvery), 100)
	if err != nil {
		return err
	}
	for _, x := range due {
		for _, d := range x.Domains {
			if _, err := s.check(ctx, x, d); err != nil && !errors.Is(err, ErrDNS) && fault.KindOf(err) != fault.Conflict {
				return fmt.Errorf("recheck domain %s: %w", d.Domain, err)
			}
		}
	}
	_, err = s.prune(ctx)
	return err
}

func (s *Service) prune(ctx context.Context) (n int64, err error) {
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		n, err = s.Store.Prune(ctx, s.Now())
		return err
	})
	return n, err
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

package access

import (
	"context"
	"crypto/subtle"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Resolve finds which account stands behind a key in a tenant, for a call from an address.
// Locale, request and address are the edge's to fill in.
func (s *Service) Resolve(ctx context.Context, tenant id.Tenant, token, ip string) (caller.Caller, error) {
	sys := caller.AsSystem(ctx, tenant, "access")
	k := holderKey{tenant, hashOf(token)}
	h, fresh := s.holders.GetIfPresent(k)
	if !fresh || s.Now().Sub(h.Key.UsedAt) >= seenEvery {
		var err error
		if h, err = s.find(sys, token, k.hash, ip); err != nil {
			return caller.Caller{}, err
		}
		fresh = false
	}
	now := s.Now()
	switch {
	case h.Key.State(now) != Active:
		return caller.Caller{}, s.refuse(sys, h, h.Key.State(now), ip, ErrKey)
	case !h.Account.EndedAt.IsZero():
		return caller.Caller{}, s.refuse(sys, h, "ended", ip, ErrKey)
	case !h.Key.From(ip):
		return caller.Caller{}, s.refuse(sys, h, "address", ip, ErrAddress.With("address", ip))
	case h.OrgState != "" && h.OrgState != "approved":
		return caller.Caller{}, s.refuse(sys, h, "company_"+h.OrgState, ip, ErrCompany)
	}
	if now.Sub(h.Key.UsedAt) >= seenEvery {
		h.Key.UsedAt, h.Key.UsedFrom = now, ip
		if err := s.Unit.Do(sys, func(ctx context.Context) error { return s.Store.Used(ctx, h.Key.ID, now, ip) }); err != nil {
			return caller.Caller{}, err
		}
	}
	if !fresh { // what was remembered is not remembered longer because it is used
		s.holders.Set(k, h)
	}
	return h.Account.caller(tenant, h.Key.Scopes), nil
}

// As is an account as the gate sees it with all its living keys: for explanations.
func (s *Service) As(ctx context.Context, tenant id.Tenant, which id.ServiceAccount) (caller.Caller, error) {
	a, scopes, err := s.Store.Living(caller.AsSystem(ctx, tenant, "access"), which, s.Now())
	return a.caller(tenant, scopes), err
}

// find looks a key up by its public part and compares the rest in constant time.
func (s *Service) find(ctx context.Context, token string, hash Hash, ip string) (Holder, error) {
	public := publicOf(token)
	if public == "" {
		return Holder{}, s.refuse(ctx, Holder{}, "malformed", ip, ErrKey)
	}
	h, err := s.Store.Holder(ctx, public)
	switch {
	case fault.KindOf(err) == fault.Unauthenticated:
		return Holder{}, s.refuse(ctx, Holder{Key: Key{PublicID: public}}, "unknown", ip, ErrKey)
	case err != nil:
		return Holder{}, err
	case subtle.ConstantTimeCompare(h.Key.Hash[:], hash[:]) != 1:
		return Holder{}, s.refuse(ctx, Holder{Key: Key{PublicID: public}}, "unknown", ip, ErrKey)
	}
	return h, nil
}

// refuse writes down who was turned away and why, and answers what he is told.
func (s *Service) refuse(ctx context.Context, h Holder, reason, ip string, answer *fault.Error) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	r := refusal{c.Tenant, h.Key.PublicID, reason, ip}
	if _, known := s.refusals.GetIfPresent(r); known {
		return answer
	}
	e := audit.Entry{
		Action: "access.key.use", ObjectKind: "service", Outcome: audit.Refused,
		Data: map[string]string{"reason": reason, "key": h.Key.PublicID, "address": ip},
	}
	if !h.Account.ID.IsZero() {
		e.ObjectID = h.Account.ID.String()
	}
	if err := s.Unit.Do(ctx, func(ctx context.Context) error { return s.Audit.Record(ctx, e) }); err != nil {
		return err
	}
	s.refusals.Set(r, struct{}{})
	return answer
}

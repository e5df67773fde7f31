package catalog

import (
	"context"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Service is the catalogue's use cases. It is safe for concurrent use.
type Service struct {
	unit     work.Unit
	store    Store
	gate     policy.Gate
	events   event.Log
	licences SellerLicences
	now      clock.Now
	changed  func(id.Tenant)
	room     Room
	cache    *cached
}

// Deps are what the catalogue needs from outside.
type Deps struct {
	Unit     work.Unit
	Store    Store
	Gate     policy.Gate
	Events   event.Log
	Licences SellerLicences
	Now      clock.Now
	Room     Room // nil is as much as is wanted
	// Changed hears, after the commit, that a tenant's catalogue is different: whoever
	// keeps pages of it forgets them. It may be nil.
	Changed func(id.Tenant)
}

// New makes the service.
func New(d Deps) *Service {
	if d.Changed == nil {
		d.Changed = func(id.Tenant) {}
	}
	return &Service{changed: d.Changed, unit: d.Unit, store: d.Store, gate: d.Gate, events: d.Events, licences: d.Licences, now: d.Now, room: d.Room, cache: newCached()}
}

// Shelf is the tenant's category tree and attributes.
func (s *Service) Shelf(ctx context.Context) (*Shelf, error) {
	k, shared, err := s.cache.key(ctx, "")
	if err != nil {
		return nil, err
	}
	if !shared {
		return s.store.Shelf(ctx)
	}
	return s.cache.shelves.Get(ctx, k, otter.LoaderFunc[listKey, *Shelf](func(ctx context.Context, _ listKey) (*Shelf, error) {
		return s.store.Shelf(context.WithoutCancel(ctx))
	}))
}

// own reports whether the caller may act for a seller: its own people, the operator's
// (who act for no company) and the platform's own jobs.
func own(c caller.Caller, seller id.Org) bool {
	if c.Kind == caller.System || (c.Org.IsZero() && c.Has(caller.RoleOperator)) {
		return true
	}
	return !seller.IsZero() && c.Org == seller
}

package inventory

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Service is inventory's use cases. It is safe for concurrent use.
type Service struct {
	unit    work.Unit
	store   Store
	catalog Catalog
	gate    policy.Gate
	events  event.Log
	now     clock.Now
	changed func(id.Tenant)
}

// Deps are what inventory needs from outside.
type Deps struct {
	Unit    work.Unit
	Store   Store
	Catalog Catalog
	Gate    policy.Gate
	Events  event.Log
	Now     clock.Now
	// Changed hears, after the commit, that a tenant's stock is different. It may be nil.
	Changed func(id.Tenant)
}

// New makes the service.
func New(d Deps) *Service {
	if d.Changed == nil {
		d.Changed = func(id.Tenant) {}
	}
	return &Service{unit: d.Unit, store: d.Store, catalog: d.Catalog, gate: d.Gate, events: d.Events, now: d.Now, changed: d.Changed}
}

// do is a unit that changes stock: when it has committed, others hear of it.
func (s *Service) do(ctx context.Context, fn func(context.Context) error) error {
	return s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := fn(ctx); err != nil {
			return err
		}
		work.After(ctx, func() { s.changed(who.Tenant) })
		return nil
	})
}

// Available is what can still be promised of offers, all warehouses and unexpired lots
// together, in the offers' units. Offers without stock are missing.
func (s *Service) Available(ctx context.Context, offers []id.Offer) (map[id.Offer]int64, error) {
	return s.store.Available(ctx, offers, s.now())
}

// Drift are the stock rows that do not add up; there must be none.
func (s *Service) Drift(ctx context.Context) ([]Drift, error) { return s.store.Drift(ctx) }

// all reports whether the caller may act for every company.
func all(c caller.Caller) bool {
	return c.Kind == caller.System || (c.Org.IsZero() && c.Has(caller.RoleOperator))
}

package catalog

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/epoch"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// cached holds what is the same for everybody in a tenant. Each change of a catalogue
// starts a new epoch, so that what a slow reader puts back is never found; other
// processes notice after fresh at the latest. Nothing here depends on who asks.
type cached struct {
	epochs  epoch.Epochs
	cards   *otter.Cache[cardKey, *Card]
	lists   *otter.Cache[listKey, *Result]
	shelves *otter.Cache[listKey, *Shelf]
	terms   *otter.Cache[termKey, Term]
}

const fresh = 30 * time.Second

type cardKey struct {
	tenant id.Tenant
	epoch  uint64
	item   id.Item
}

type termKey struct {
	tenant id.Tenant
	epoch  uint64
	number int64
}

type listKey struct {
	tenant id.Tenant
	epoch  uint64
	what   string
}

func newCached() *cached {
	return &cached{
		cards: otter.Must(&otter.Options[cardKey, *Card]{
			MaximumWeight:    32 << 20,
			Weigher:          func(_ cardKey, c *Card) uint32 { return c.weight() },
			ExpiryCalculator: otter.ExpiryWriting[cardKey, *Card](2 * fresh),
		}),
		lists: otter.Must(&otter.Options[listKey, *Result]{
			MaximumWeight: 16 << 20,
			Weigher: func(k listKey, r *Result) uint32 {
				return uint32(200 + len(k.what) + 80*len(r.Hits) + 80*len(r.Counts))
			},
			ExpiryCalculator: otter.ExpiryWriting[listKey, *Result](fresh),
		}),
		shelves: otter.Must(&otter.Options[listKey, *Shelf]{
			MaximumSize:      2_000,
			ExpiryCalculator: otter.ExpiryWriting[listKey, *Shelf](2 * fresh),
		}),
		terms: otter.Must(&otter.Options[termKey, Term]{
			MaximumSize:      20_000,
			ExpiryCalculator: otter.ExpiryWriting[termKey, Term](2 * fresh),
		}),
	}
}

// weight is about how many bytes a card takes.
func (c *Card) weight() uint32 {
	n := 600 + 300*len(c.Offers) + 200*len(c.Documents)
	for _, v := range c.Item.Attributes {
		n += 60 + len(v)
	}
	for _, m := range []Names{c.Item.Names, c.Item.Descriptions} {
		for _, v := range m {
			n += 60 + len(v)
		}
	}
	return uint32(n)
}

// key is for what is looked up now. It reports false inside a unit: what an uncommitted
// change shows must not be shared.
func (c *cached) key(ctx context.Context, what string) (listKey, bool, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return listKey{}, false, err
	}
	return listKey{who.Tenant, c.epochs.Now(who.Tenant), what}, !work.Active(ctx), nil
}

// Forget drops what is cached of a tenant's catalogue. Processes that hear of a change by
// its event call it; the one that made it already has.
func (s *Service) Forget(t id.Tenant) { s.cache.epochs.Next(t) }

// forget drops the caller's tenant's cache once the change is there for others to see.
func (s *Service) forget(ctx context.Context) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	work.After(ctx, func() {
		s.Forget(who.Tenant)
		s.changed(who.Tenant)
	})
	return nil
}

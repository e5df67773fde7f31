package reads

import (
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/epoch"
	"github.com/kontorhq/kontor/core/id"
)

// glances keep for a few seconds what visitors see of an item in any list: everybody's
// price and the stock. Whoever is signed in is never answered from here.
type glances struct {
	kept   *otter.Cache[glanceKey, glance]
	epochs epoch.Epochs
}

// glanceLife bounds how far lists may be behind orders, which take stock without an event.
const glanceLife = 3 * time.Second

type glanceKey struct {
	tenant id.Tenant
	epoch  uint64
	item   id.Item
}

// glance is a Row without its card.
type glance struct {
	from   From
	priced bool
	micro  int64
	lots   int
	next   time.Time
}

func newGlances() *glances {
	return &glances{kept: otter.Must(&otter.Options[glanceKey, glance]{
		MaximumSize: 20_000, ExpiryCalculator: otter.ExpiryWriting[glanceKey, glance](glanceLife),
	})}
}

// Forget drops what is kept of a tenant's prices and stock. Who reads at that moment puts
// back what nobody will find.
func (s *Storefront) Forget(t id.Tenant) { s.glances.epochs.Next(t) }

// glance is the row as it may be kept.
func (r Row) glance() glance {
	g := glance{micro: r.Free.Micro, lots: r.Lots, next: r.Next}
	if r.From != nil {
		g.from, g.priced = *r.From, true
	}
	return g
}

// on puts a glance on its card again.
func (g glance) on(r Row) Row {
	r.Free.Micro, r.Lots, r.Next = g.micro, g.lots, g.next
	if g.priced {
		r.From = &g.from
	}
	return r
}

package pricing

import (
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Service is pricing's use cases. It is safe for concurrent use.
type Service struct {
	unit    work.Unit
	store   Store
	catalog Catalog
	gate    policy.Gate
	events  event.Log
	calc    Calculator
	now     clock.Now
}

// Deps are what pricing needs from outside. Without a Calculator the built-in one counts.
type Deps struct {
	Unit       work.Unit
	Store      Store
	Catalog    Catalog
	Gate       policy.Gate
	Events     event.Log
	Calculator Calculator
	Now        clock.Now
}

// New makes the service.
func New(d Deps) *Service {
	if d.Calculator == nil {
		d.Calculator = Plain{}
	}
	return &Service{unit: d.Unit, store: d.Store, catalog: d.Catalog, gate: d.Gate, events: d.Events, calc: d.Calculator, now: d.Now}
}

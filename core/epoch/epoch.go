// Package epoch counts the changes of each tenant, for caches that have the count in their
// keys: what a slow reader puts back under an old one is never found.
package epoch

import (
	"sync"
	"sync/atomic"

	"github.com/kontorhq/kontor/core/id"
)

// Epochs of all tenants; the zero value is ready. It is safe for concurrent use.
type Epochs struct{ tenants sync.Map } // id.Tenant → *atomic.Uint64

// Now is a tenant's epoch. Read before asking for what is to be kept.
func (e *Epochs) Now(t id.Tenant) uint64 { return e.of(t).Load() }

// Next ends a tenant's epoch: something changed.
func (e *Epochs) Next(t id.Tenant) { e.of(t).Add(1) }

func (e *Epochs) of(t id.Tenant) *atomic.Uint64 {
	if n, ok := e.tenants.Load(t); ok {
		return n.(*atomic.Uint64)
	}
	n, _ := e.tenants.LoadOrStore(t, &atomic.Uint64{})
	return n.(*atomic.Uint64)
}

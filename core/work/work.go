// Package work names the unit of work: one transaction, bound to the caller's tenant.
// Services ask for one without knowing which database keeps it.
package work

import "context"

// Unit runs fn as one atomic change. A Unit inside a Unit joins the outer one, so that
// one context's use case may call another's and both commit together. fn may run more
// than once (deadlocks are retried): it must not have effects outside the database.
type Unit interface {
	Do(ctx context.Context, fn func(ctx context.Context) error) error
}

type key struct{}

// hooks wait for the unit's commit. A unit is one goroutine's, so they need no lock.
type hooks struct{ after, otherwise []func() }

// Mark is for implementations of Unit: it notes that fn runs inside one. Each attempt
// needs a mark of its own, so that what a failed one wanted done afterwards is forgotten.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, &hooks{}) }

// Active reports whether ctx is inside a unit. Clients of plugins and partners refuse to
// run in one: no remote call may hold a transaction open.
func Active(ctx context.Context) bool { return ctx.Value(key{}) != nil }

// After runs fn once the outermost unit has committed, and never if it does not; outside
// any unit it runs fn at once. It is for forgetting what was cached: work that must not be
// lost belongs in an event.
func After(ctx context.Context, fn func()) {
	if h, ok := ctx.Value(key{}).(*hooks); ok {
		h.after = append(h.after, fn)
		return
	}
	fn()
}

// Committed is for implementations of Unit: it runs what waits for the commit of the
// marked ctx.
func Committed(ctx context.Context) {
	h, ok := ctx.Value(key{}).(*hooks)
	if !ok {
		return
	}
	for _, fn := range h.after {
		fn()
	}
	h.after, h.otherwise = nil, nil
}

// Otherwise runs fn if the attempt of the outermost unit ends without its commit, for
// giving back what was taken in memory. Outside any unit nothing can fail.
func Otherwise(ctx context.Context, fn func()) {
	if h, ok := ctx.Value(key{}).(*hooks); ok {
		h.otherwise = append(h.otherwise, fn)
	}
}

// Dropped is for implementations of Unit: it runs what waits for the marked ctx to end
// without a commit. After Committed it does nothing.
func Dropped(ctx context.Context) {
	h, ok := ctx.Value(key{}).(*hooks)
	if !ok {
		return
	}
	for _, fn := range h.otherwise {
		fn()
	}
	h.after, h.otherwise = nil, nil
}

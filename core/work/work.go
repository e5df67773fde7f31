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

// Mark is for implementations of Unit: it notes that fn runs inside one.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// Active reports whether ctx is inside a unit. Clients of plugins and partners refuse to
// run in one: no remote call may hold a transaction open.
func Active(ctx context.Context) bool { return ctx.Value(key{}) != nil }

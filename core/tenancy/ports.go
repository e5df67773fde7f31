package tenancy

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Store keeps tenants in tables that exist before any tenant does.
type Store interface {
	ByHost(ctx context.Context, host string) (Tenant, error)
	ByID(ctx context.Context, t id.Tenant) (Tenant, error)
	BySlug(ctx context.Context, slug string) (Tenant, error)
	List(ctx context.Context, afterSlug string, limit int) ([]Tenant, error)
	// Put inserts or rewrites a tenant with its hosts and raises its policy version.
	// It refuses a stale version, and a host that is another tenant's.
	Put(ctx context.Context, t Tenant) error
	// SetState raises the policy version too, so that every node asks again.
	SetState(ctx context.Context, t Tenant, at time.Time) error
	// Roles and PutRoles are the tenant's role lines from its blueprint, in its own unit.
	Roles(ctx context.Context) ([]RoleLine, error)
	PutRoles(ctx context.Context, remove, add []RoleLine) error
	// Count draws the next number of each kind in a year, in the current unit.
	Count(ctx context.Context, year int, kinds ...string) ([]int64, error)
	// CountAhead draws n numbers of a kind at once and answers the last of them.
	CountAhead(ctx context.Context, year int, kind string, n int64) (int64, error)
}

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
	// Tombstone takes everything out of a deleted tenant's row that says who it was.
	Tombstone(ctx context.Context, t id.Tenant, at time.Time) error

	// Discard removes a tenant that never opened; its addresses are free at once.
	Discard(ctx context.Context, t id.Tenant) error
	// ClosedBefore are the closing tenants whose window has ended; Home is the platform's own.
	ClosedBefore(ctx context.Context, at time.Time) ([]Tenant, error)
	Home(ctx context.Context) (id.Tenant, error)
	// HoldsDue are the legal holds of all tenants that ended before a day.
	HoldsDue(ctx context.Context, day time.Time) (map[id.Tenant][]string, error)

	// Runs of the caller's tenant. InsertRun answers ErrUnderway if one of the same workflow
	// is open for the market. ClaimRun takes a round for its caller, who must come by again
	// before until; SaveStep, Beat and EndRun answer ErrRunLost to one whose round is over.
	InsertRun(ctx context.Context, r Run) error
	Run(ctx context.Context, which id.Run) (Run, error)
	RunsAbout(ctx context.Context, t id.Tenant, limit int) ([]Run, error)
	ClaimRun(ctx context.Context, which id.Run, round int, until time.Time) (bool, error)
	SaveStep(ctx context.Context, r Run, s Step) error
	Beat(ctx context.Context, r Run, step string, done, total int64, until time.Time) error
	EndRun(ctx context.Context, r Run) error
	// Postpone has the run looked after again at a time, by whoever comes by then.
	Postpone(ctx context.Context, r Run, until time.Time) error
	Reopen(ctx context.Context, which id.Run, at time.Time) (bool, error)
	// DueRuns are those of all tenants that nobody looks after.
	DueRuns(ctx context.Context, before time.Time) ([]DueRun, error)

	// Roles and PutRoles are the tenant's role lines from its blueprint, in its own unit.
	Roles(ctx context.Context) ([]RoleLine, error)
	PutRoles(ctx context.Context, remove, add []RoleLine) error
	// RoleState is every role line of the market and the number of its newest edition.
	RoleState(ctx context.Context) (RoleState, error)
	// RoleHistory lists the newest editions first.
	RoleHistory(ctx context.Context, limit int) ([]RoleVersion, error)
	// PutRoleVersion saves an edition and raises the policy version in the current unit; it
	// answers ErrRolesStale if somebody else has saved the same number.
	PutRoleVersion(ctx context.Context, c RoleChange, note string, at time.Time) error
	// Count draws the next number of each kind in a year, in the current unit.
	Count(ctx context.Context, year int, kinds ...string) ([]int64, error)
	// CountAhead draws n numbers of a kind at once and answers the last of them.
	CountAhead(ctx context.Context, year int, kind string, n int64) (int64, error)

	// The caller's tenant's claims. AddClaim refuses a second one to a host with
	// ErrHostClaimed, SaveClaim a stale one.
	Claims(ctx context.Context) ([]HostClaim, error)
	Claim(ctx context.Context, which id.HostClaim) (HostClaim, error)
	ClaimsDue(ctx context.Context, checkedBefore time.Time, limit int) ([]HostClaim, error)
	AddClaim(ctx context.Context, c HostClaim) error
	SaveClaim(ctx context.Context, c HostClaim) error
	// Enter has a tenant answer at a host, unless another does or gave it up after heldSince;
	// Leave ends that and keeps the name from others. Both may be repeated.
	Enter(ctx context.Context, t id.Tenant, host string, at, heldSince time.Time) error
	Leave(ctx context.Context, t id.Tenant, host string, at time.Time) error
	BrandStore
	// SetMain makes one of the claimed hosts the main address; "" goes back to the blueprint's.
	SetMain(ctx context.Context, t id.Tenant, host string, at time.Time) error
}

// Tasks queues work that begins when the unit has committed.
type Tasks interface {
	Enqueue(ctx context.Context, task string, args any) error
}

// Names gives names and addresses once in all cells. Reserve notes a tenant with its
// addresses and some more, or refuses what is another's in whatever cell.
type Names interface {
	Reserve(ctx context.Context, t Tenant, hosts ...string) error
}

// Models are what new markets are made after.
type Models interface {
	Packs() []Pack
	Regions() []Region
	// Blueprint is the market that somebody asked for, ready to be applied.
	Blueprint(in NewMarket) (Blueprint, error)
}

// Resolver asks the world's DNS. A name that is not there has no texts and is no error.
type Resolver interface {
	TXT(ctx context.Context, name string) ([]string, error)
}

package cells

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Store keeps the list in the control database.
type Store interface {
	Cells(ctx context.Context) ([]Cell, error)
	// Reach is how a cell's database is reached, sealed; empty for one that was never told.
	Reach(ctx context.Context, cell string) (Cell, []byte, error)
	Put(ctx context.Context, c Cell, sealed []byte) error
	// Locate finds the marketplace that answers at a host, wherever it is; ok is false where
	// nobody does. Placed does so by its identifier, and answers Main for who is nowhere.
	Locate(ctx context.Context, host string) (p Placement, ok bool, err error)
	Placed(ctx context.Context, t id.Tenant) (Placement, error)
	Placements(ctx context.Context) ([]Placement, error)
	// Register notes a cell's own marketplace with its addresses. It refuses a name or an
	// address that is another marketplace's with ErrTaken.
	Register(ctx context.Context, p Placement, hosts []string) error
	// Retain forgets the placements of a cell that are none of these and older than a moment:
	// what was imported there and given up.
	Retain(ctx context.Context, cell string, all []id.Tenant, before time.Time) error
	// Withdraw forgets one of them at once.
	Withdraw(ctx context.Context, cell string, t id.Tenant) error
	// Unplaced refuses a name or an address that another cell's marketplace has.
	Unplaced(ctx context.Context, p Placement, hosts []string) error

	// Begin notes a move with its run, once, and refuses another run's with ErrOnItsWay. Turn takes it
	// from one phase to another, and answers false if it is in neither.
	Begin(ctx context.Context, m Moving, at time.Time) error
	Move(ctx context.Context, t id.Tenant) (Moving, error)
	Turn(ctx context.Context, m Moving, from, to Phase, at time.Time) (bool, error)
	// Flip is Turn from Copying to Flipped together with the placement.
	Flip(ctx context.Context, m Moving, p Placement, hosts []string) (bool, error)
}

// Tenants are the marketplaces of this cell, and the work on them.
type Tenants interface {
	// AtHome makes sure that the caller is of the platform's own tenant.
	AtHome(ctx context.Context) error
	Get(ctx context.Context, slug string) (tenancy.Tenant, error)
	Runs(ctx context.Context, about id.Tenant) ([]tenancy.Run, error)
	StartMove(ctx context.Context, t tenancy.Tenant, in tenancy.MoveInput, note string) (tenancy.Run, error)
}

// Prober asks a cell's processes whether they are there.
type Prober func(ctx context.Context, address string) error

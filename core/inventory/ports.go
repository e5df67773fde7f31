package inventory

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
)

// Catalog knows whose an offer is.
type Catalog interface {
	Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]catalog.OfferFacts, error)
}

// Claim is one line's wish at the store: take it from the best single shelf.
type Claim struct {
	Hold      id.Hold
	Movement  id.Movement
	Offer     id.Offer
	Micro     int64
	Ref       Ref
	ExpiresAt time.Time
}

// Move is a guarded change of one shelf with its record.
type Move struct {
	Movement Movement
	Hold     *Hold // to add, or to bring into its state
}

// Store keeps stock. Writes run in the caller's unit.
type Store interface {
	// Claim takes each claim from one shelf if one can give all of it, all claims in one
	// round trip; it answers the holds made, in order, nil where no single shelf could.
	Claim(ctx context.Context, cs []Claim, at time.Time) ([]*Hold, error)
	// Shelves are the stock rows of offers as they are now.
	Shelves(ctx context.Context, offers []id.Offer) ([]Shelf, error)
	// Apply makes all moves, in order, and answers for each whether its guard held: on hand
	// stays at or above reserved, and both at or above zero.
	Apply(ctx context.Context, ms []Move) ([]bool, error)
	Holds(ctx context.Context, refs []Ref, lock bool) ([]Hold, error)
	Expired(ctx context.Context, at time.Time, limit int) ([]Hold, error)
	Keep(ctx context.Context, refs []Ref) error

	AddWarehouse(ctx context.Context, w Warehouse) error
	Warehouses(ctx context.Context, org id.Org) ([]Warehouse, error)
	PutLots(ctx context.Context, ls []Lot) error
	// PutStock adds quantities to stock rows that may not exist yet, with their movements.
	PutStock(ctx context.Context, ms []Movement) error
	Available(ctx context.Context, offers []id.Offer, at time.Time) (map[id.Offer]int64, error)
	Movements(ctx context.Context, offer id.Offer, after id.Movement, limit int) ([]Movement, error)
	Drift(ctx context.Context) ([]Drift, error)
}

// Drift is a stock row that its movements or its holds do not add up to.
type Drift struct {
	Stock
	MovedOnHand   int64
	MovedReserved int64
	Held          int64
}

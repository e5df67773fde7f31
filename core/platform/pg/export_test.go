package pg

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// MigrateFiles lets tests migrate from files of their own.
var MigrateFiles = migrate

// As lets tests see how another role's connection string is made.
var As = as

// Shares are what hands out the connections.
type Shares struct{ *shares }

// NewShares are some of their own.
func NewShares(conns int) Shares { return Shares{newShares(conns)} }

// Enter and Leave are enter and leave.
func (s Shares) Enter(ctx context.Context, t id.Tenant, patience time.Duration) error {
	return s.enter(ctx, t, patience)
}

// Leave gives the place back.
func (s Shares) Leave(t id.Tenant) { s.leave(t) }

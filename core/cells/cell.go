// Package cells is where marketplaces live: a cell is one database with the processes that
// serve it, and a marketplace is in one of them. It keeps the list of both, and has
// marketplaces moved from one cell to another.
package cells

import (
	"regexp"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// What one may do here.
const (
	ActionRead   policy.Action = "cells.cell.read"
	ActionManage policy.Action = "cells.cell.manage"
	ActionMove   policy.Action = "cells.tenant.move"
)

// Main is the cell that the control database serves, and in which whoever has no other
// place is. A house that never heard of cells is it.
const Main = "main"

// Cell is one database with the processes that serve it.
type Cell struct {
	Name    string
	Address string // at which its processes answer the others': http://host:port
	AddedAt time.Time
	Markets int // placed in it
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,29}$`)

// Placement is where a marketplace is.
type Placement struct {
	Tenant  id.Tenant
	Slug    string
	Cell    string
	Address string // of the cell
	At      time.Time
}

// Phase is how far a move has come. The flip and the abort of one both begin at Copying, so
// only one of them can be.
type Phase string

// The phases.
const (
	Copying Phase = "copying"
	Flipped Phase = "flipped" // the other cell is its home
	Aborted Phase = "aborted"
	Settled Phase = "settled"
)

// Moving is a marketplace on its way.
type Moving struct {
	Tenant         id.Tenant
	Run            id.Run
	Source, Target string
	Phase          Phase
}

// KeptFor is how long what a marketplace left behind is kept, for reading by whoever must
// look into what went wrong.
const KeptFor = 7 * 24 * time.Hour

// FreezeFor is how long a marketplace may be shut while it is moved.
const FreezeFor = 5 * time.Second

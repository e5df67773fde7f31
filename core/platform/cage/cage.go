// Package cage starts a program with as little of this machine as it needs. The program
// that asks starts itself again under another name; that one shuts the doors behind it, one
// after the other, and then becomes the program that was asked for. So nothing foreign runs
// before the last door is shut, and what cannot be shut ends the start instead of being
// left open.
package cage

import (
	"errors"
	"fmt"
	"slices"
)

// Tier is how much is shut. Each tier holds everything that the one before it holds.
type Tier int

const (
	// Open is for development: a plain process.
	Open Tier = iota
	// Bound has an identity of its own where the host may give one away, limits on memory,
	// files and core dumps, no way to gain rights, a clean environment, and dies with the host.
	Bound
	// Sealed has namespaces of its own too: no network, no other process in sight, a file
	// system that is read-only and holds the bundle and the system's libraries alone, and
	// system calls that no plugin needs are refused.
	Sealed
	// Walled is a container or a kernel of its own. Nothing here starts one, so that a plugin
	// that asks for it is refused and not held in less.
	Walled
)

// names are how manifests and operators write tiers.
var names = []string{"S0", "S1", "S2", "S3"}

// ErrNotReached is a tier that this machine cannot give.
var ErrNotReached = errors.New("cage: not possible on this machine")

// ErrTier is a name that is no tier.
var ErrTier = errors.New("cage: a tier is S0, S1, S2 or S3")

// String implements fmt.Stringer.
func (t Tier) String() string { return names[t] }

// ParseTier reads a tier's name.
func ParseTier(s string) (Tier, error) {
	i := slices.Index(names, s)
	if i < 0 {
		return Open, fmt.Errorf("%w, not %q", ErrTier, s)
	}
	return Tier(i), nil
}

// Spec is what is to be started and what it may have.
type Spec struct {
	Tier   Tier
	Name   string   // argv[0] of the program
	Args   []string // what follows it
	Bundle string   // folder that the program may read; its working folder
	Meet   string   // folder in which it may make its socket
	Memory int64    // bytes it may hold; 0 is not limited
	Tmp    int64    // bytes of its own /tmp, from Sealed on; 0 is 32 MiB
	Files  int      // open at a time; 0 is 1024
	PIDs   int      // processes and threads at a time, from Sealed on; 0 is 256
	Become int      // who it is in its own namespace; set by Command
}

// Refused is the exit status of a start that could not be made as asked; the last line on
// standard error then begins with [Mark] and says why.
const (
	Refused = 120
	Mark    = "cage: "
)

const (
	defaultTmp   = 32 << 20
	defaultFiles = 1024
	defaultPIDs  = 256
)

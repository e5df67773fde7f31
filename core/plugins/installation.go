package plugins

import (
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// State is how far an installation has come.
type State string

// The states, in the order in which they are gone through.
const (
	Requested  State = "requested"  // nobody has agreed to what it asks for
	Consented  State = "consented"  // its settings are missing
	Configured State = "configured" // it may be switched on
	Enabled    State = "enabled"
	Suspended  State = "suspended" // by the platform, or because it broke down
	Disabled   State = "disabled"  // by the marketplace
	Removed    State = "removed"
)

// Installation is a marketplace's use of a plugin.
type Installation struct {
	ID        id.Installation
	Plugin    string
	Version   string
	Artifact  string // empty: what comes with the program, in whatever version
	State     State
	Alone     bool // in a process that no other marketplace uses
	Config    json.RawMessage
	Secrets   []string // the paths of those that are set
	Granted   []Ask
	Wanted    string // an artifact that waits until somebody agrees to what more it asks for
	Note      string // why it was suspended
	Revision  int64  // goes up with each change of what runs
	CreatedAt time.Time
	UpdatedAt time.Time
}

// On says whether it is asked for anything.
func (i Installation) On() bool { return i.State == Enabled }

// Revision is what an installation was at some time.
type Revision struct {
	Number   int64
	What     string // configured, upgraded, rolled_back, enabled ...
	Version  string
	Artifact string
	Config   json.RawMessage
	Granted  []Ask
	Alone    bool
	By       string
	Note     string
	At       time.Time
}

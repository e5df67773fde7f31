// Package plugins is what a marketplace can have added to it: packages that publishers sign
// and the platform approves, and what each marketplace has installed of them, agreed to,
// set up and switched on.
package plugins

import (
	"encoding/json"
	"slices"
	"time"
)

// Ask is one thing that a plugin asks for and somebody agrees to.
type Ask struct {
	Kind string `json:"kind"` // do, egress, host, events
	What string `json:"what"`
}

// Described is what a package says of itself.
type Described struct {
	Digest        string            `json:"digest"` // empty: it came with the program
	Plugin        string            `json:"plugin"`
	Version       string            `json:"version"`
	Publisher     string            `json:"publisher"`
	Titles        map[string]string `json:"titles"`
	Texts         map[string]string `json:"texts"`
	Capabilities  []string          `json:"capabilities"`
	Asks          []Ask             `json:"asks"`
	Schema        json.RawMessage   `json:"schema,omitempty"` // of the settings
	SchemaVersion int               `json:"schema_version"`
	Tier          string            `json:"tier"`
	Shareable     bool              `json:"shareable"`
	License       string            `json:"license"`
	Homepage      string            `json:"homepage"`
	Size          int64             `json:"size"` // bytes of all its files
}

// Pays says whether the plugin moves money: one person alone does not let such a one in.
func (d Described) Pays() bool { return slices.Contains(d.Capabilities, "payment") }

// More are the asks of d that were not agreed to yet.
func (d Described) More(granted []Ask) []Ask {
	var out []Ask
	for _, a := range d.Asks {
		if !slices.Contains(granted, a) {
			out = append(out, a)
		}
	}
	return out
}

// ArtifactState is how far a version of a plugin has come.
type ArtifactState string

// The states. Revoked is the end; a yanked one runs on where it is installed.
const (
	Verified   ArtifactState = "verified"   // the signature is a registered publisher's
	Conformant ArtifactState = "conformant" // it was run, and keeps the contract
	Approved   ArtifactState = "approved"   // marketplaces may install it
	Yanked     ArtifactState = "yanked"     // nobody may install it any more
	Revoked    ArtifactState = "revoked"    // it runs nowhere
)

// Artifact is one version of a plugin, which never changes.
type Artifact struct {
	Described
	State      ArtifactState
	Class      Class
	SignedBy   string // the public key
	Report     Report
	Approvals  []Approval
	Note       string // why it was yanked or revoked
	UploadedBy string
	UploadedAt time.Time
	UpdatedAt  time.Time
	Row        int64 // goes up with each change
	Users      int64 // marketplaces where it is switched on
}

// Came says whether it came with the program.
func (a Artifact) Came() bool { return a.Digest == "" }

// Installable says whether a marketplace may have it from now on.
func (a Artifact) Installable() bool { return a.Came() || a.State == Approved }

// Approval is somebody's word for an artifact.
type Approval struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Report is what running it showed.
type Report struct {
	At     time.Time `json:"at"`
	Tier   string    `json:"tier"`
	Passed []string  `json:"passed"`
	Failed []Finding `json:"failed"`
	// Warned are checks that failed and should not have; Skipped those that could not be run.
	Warned  []Finding `json:"warned,omitempty"`
	Skipped []Finding `json:"skipped,omitempty"`
	Begun   time.Time `json:"begun,omitzero"` // it is being tried since
}

// Finding is a check that did not pass.
type Finding struct {
	Check string `json:"check"`
	Why   string `json:"why"`
	Rule  string `json:"rule,omitempty"`
}

// Class is how far a publisher is trusted.
type Class string

// The classes.
const (
	Core         Class = "core"      // it comes with the program
	Known        Class = "verified"  // reviewed; its processes serve many marketplaces
	Unknown      Class = "community" // each marketplace has a process of its own
	publisherMax       = 5           // keys at a time: the one in use, and those that follow it
)

// Publisher vouches for the plugins whose ids begin with its name.
type Publisher struct {
	Name      string
	Title     string
	Class     Class
	Keys      []string // public, in minisign's form
	CreatedBy string
	CreatedAt time.Time
	Version   int64
}

// Package kit is what every plugin must pass, in whatever language it is written: named
// checks, each of them one rule of the contract. A check is data and a function; a Bench
// runs it against a program launched the way a host does it, or against a plugin in this
// process. What the kit cannot invent it is given as examples, see [Examples].
//
// A capability's checks are one file and one line in capabilities.
package kit

import (
	"slices"
	"strings"
	"time"
)

// Level is what a failed check means.
type Level string

// The levels.
const (
	Must   Level = "must"   // the plugin may not be enabled
	Should Level = "should" // a warning
)

// Needs are what a check cannot do without.
type Needs int

// What a check may need.
const (
	Program Needs = 1 << iota // a process of its own
	Folder                    // a sealed folder with a manifest
	Cage                      // something to hold the process in
	Long                      // many seconds
)

// Check is one rule of the contract and how to see whether it is kept.
type Check struct {
	Name  string `json:"name"`
	Level Level  `json:"level"`
	Of    string `json:"of,omitempty"` // capability, or capability/feature; none: every plugin
	Rule  string `json:"rule"`
	Needs Needs  `json:"-"`

	do func(*probe) error
}

// Outcome of a check.
type Outcome string

// The outcomes. NotRun says why in Result.Why.
const (
	Passed Outcome = "passed"
	Failed Outcome = "failed"
	NotRun Outcome = "not_run"
)

// Result is how a check ended. Request and Response are the last that were exchanged, and
// are there when it failed.
type Result struct {
	Check    string        `json:"check"`
	Level    Level         `json:"level"`
	Outcome  Outcome       `json:"outcome"`
	Rule     string        `json:"rule"`
	Why      string        `json:"why,omitempty"`
	Method   string        `json:"method,omitempty"`
	Request  string        `json:"request,omitempty"`
	Response string        `json:"response,omitempty"`
	Took     time.Duration `json:"took_ns"`
}

// capability is one kind of thing that a plugin can do: its checks, and a request without
// effects that shows whether a plugin serves.
type capability struct {
	name    string
	service string
	checks  []Check
	// example names the fixture of that request; fallback is it where everybody's looks alike.
	// mayRefuse is a reason that is an answer too.
	example, fallback, mayRefuse string
	budgets                      map[string]time.Duration // by method: how long the host waits
	// outward are requests that may lead to questions outside, beside the example.
	outward func(*probe) ([]ask, error)
	effects []effect // what is done outside, and has to survive being cut off
}

// capabilities are all that the contract knows.
func capabilities() []capability {
	return []capability{pricing(), logistics(), payment()}
}

// Checks are all checks, in the order in which they run.
func Checks() []Check {
	all := slices.Concat(manifestChecks(), handshakeChecks(), lifeChecks(), protoChecks(), limitChecks(), loadChecks(), cageChecks(), tenantChecks())
	for _, c := range capabilities() {
		all = append(all, c.checks...)
	}
	return slices.Concat(all, hostChecks(), faultChecks())
}

// offered says whether of is among what a plugin has declared: features by capability.
func offered(declared map[string][]string, of string) bool {
	if of == "" {
		return true
	}
	name, feature, _ := strings.Cut(of, "/")
	features, ok := declared[name]
	return ok && (feature == "" || slices.Contains(features, feature))
}

package tenancy

import (
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Workflow names work in steps that is done to a market.
type Workflow string

// The workflows.
const (
	Provision Workflow = "provision"
	Export    Workflow = "export"
	Delete    Workflow = "delete"
	Rotate    Workflow = "rotate" // a new key, under which everything is sealed anew
	Move      Workflow = "move"   // to another cell, while it trades
	Import    Workflow = "import" // done by the operator's tool; its run says that the rows are in
)

// RunState is where work stands.
type RunState string

// The states of a run.
const (
	RunOpen   RunState = "open"
	RunDone   RunState = "done"
	RunFailed RunState = "failed" // a step was given up; somebody may have it tried again
)

// StepState is where a step stands.
type StepState string

// The states of a step.
const (
	StepWaiting StepState = "waiting"
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed" // the last time; it is tried again
)

// Run is work in steps on a market. It survives whoever does it: a step that was done is
// not done again, and one that was cut off is.
type Run struct {
	ID        id.Run
	Workflow  Workflow
	About     id.Tenant
	Slug      string
	State     RunState
	Input     json.RawMessage
	Note      string
	StartedBy string
	StartedAt time.Time
	EndedAt   time.Time
	DueAt     time.Time
	Round     int
	Steps     []Step
}

// Step is one of a run's. Notes are what it wants to find again if it is cut off.
type Step struct {
	Position int
	Name     string
	State    StepState
	Attempts int
	Error    string
	Done     int64
	Total    int64
	Notes    json.RawMessage
	BegunAt  time.Time
	EndedAt  time.Time
}

// Failed is the step that the run was given up at, if it was.
func (r Run) Failed() (Step, bool) {
	for _, s := range r.Steps {
		if s.State == StepFailed {
			return s, true
		}
	}
	return Step{}, false
}

// DueRun is one that nobody looks after.
type DueRun struct {
	Tenant id.Tenant
	ID     id.Run
	Round  int
}

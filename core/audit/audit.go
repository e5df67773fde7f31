// Package audit is the append-only record of who did what. Every event is recorded by
// the event log itself; this port is for what is no event: a refusal, a sign-in, a look
// at something confidential.
package audit

import "context"

// Outcomes of an attempt.
const (
	Done    = "done"
	Refused = "refused"
)

// Entry is one line of the record. Data is JSON-able and holds no secrets.
type Entry struct {
	Action     string // a permission's or event's name
	ObjectKind string
	ObjectID   string
	Outcome    string
	Data       any
}

// Recorder appends to the caller's tenant's record, inside the current unit of work.
type Recorder interface {
	Record(ctx context.Context, e Entry) error
}

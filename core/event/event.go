// Package event is the platform's vocabulary of what can happen: one file per context,
// one type per event. Contexts tell each other things only through these, after the
// fact; the webhook and event catalogue is generated from them.
package event

import "context"

// Event is a fact in the past tense with a versioned name, "sourcing.rfq_published.v1".
// Its fields are the payload, marshalled as JSON.
type Event interface {
	EventName() string
	// Subject is the thing whose timeline the event belongs on.
	Subject() Subject
}

// Subject names a thing: kind "order", "rfq", "org", "item", "escrow" …, and its id.
type Subject struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Log appends events inside the current unit of work: one outbox row, from which the
// relay delivers at least once, and one audit row. Both commit with the change or not
// at all.
type Log interface {
	Append(ctx context.Context, events ...Event) error
}

// Recorded is an event as consumers receive it: Data is the payload's JSON.
type Recorded struct {
	ID      string
	Name    string
	Subject Subject
	Data    []byte
	Actor   string // caller.Subject() of who did it
	Org     string // the company acted for, if any
	AtUnix  int64  // milliseconds
}

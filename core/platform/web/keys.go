package web

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// The faults of idempotency keys.
var (
	ErrKeyMissing  = fault.New(fault.Invalid, "http.idempotency_key_missing", "This action needs an Idempotency-Key.").Then("Send a header Idempotency-Key with a fresh random value, and the same one when repeating the request.")
	ErrKeyBad      = fault.New(fault.Invalid, "http.idempotency_key_malformed", "An Idempotency-Key is 1 to 200 printable ASCII characters.")
	ErrKeyMismatch = fault.New(fault.Invalid, "http.idempotency_mismatch", "This Idempotency-Key was used for another request.").Then("Use a fresh key for a new request.")
	ErrInFlight    = fault.New(fault.Conflict, "http.idempotency_in_flight", "The first request with this Idempotency-Key is still running.").Then("Wait a moment and repeat it with the same key.")
)

// Claim is one use of an idempotency key.
type Claim struct {
	Actor    string
	Key      string
	Route    string // "POST /api/v1/rfqs/{id}/publish"
	BodyHash []byte
	At       time.Time
	Until    time.Time // when an unfinished claim may be taken over
}

// Kept is the stored answer to a key.
type Kept struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Keys remembers idempotency keys in the database of the tenant; webdb implements it.
// All methods run inside a unit of work.
type Keys interface {
	// Look has the key to itself until the unit ends, or answers what it led to before:
	// (nil, nil) means nothing. Another route or body is ErrKeyMismatch, a running one
	// ErrInFlight. A request of one unit needs no more than Look and Keep.
	Look(ctx context.Context, c Claim) (*Kept, error)
	// Keep stores the answer, in the unit that looked.
	Keep(ctx context.Context, c Claim, k Kept, until time.Time) error
	// Claim takes the key beyond its unit, or answers like Look: (nil, nil) means taken.
	Claim(ctx context.Context, c Claim) (*Kept, error)
	// Finish stores the answer of a claim.
	Finish(ctx context.Context, c Claim, k Kept, until time.Time) error
	// Begun is what an earlier run of the same claim has begun, or "".
	Begun(ctx context.Context, c Claim) (string, error)
	// Begin notes it, to be kept as long as an answer would be.
	Begin(ctx context.Context, c Claim, what string) error
	// Release gives a claim up, so that the key can be tried again.
	Release(ctx context.Context, c Claim) error
}

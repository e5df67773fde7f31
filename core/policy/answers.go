package policy

import (
	"errors"

	"github.com/kontorhq/kontor/core/fault"
)

// What the gate answers when it does not say yes.
var (
	// ErrDenied is final: every reason is on the fault.
	ErrDenied = fault.New(fault.Denied, "gate.denied", "You may not do that here.")
	// ErrScope is the answer to a key that was not made for what it is used for.
	ErrScope = fault.New(fault.Denied, "gate.scope_missing", "This key lacks the scope {scope}.").Then("Use a key that has the scope, or make one.")
	// ErrReview is "not without somebody else": the caller may go on only by the way
	// that the reasons name, such as an approval. Who knows no such way returns it as
	// it is, and it reads as a refusal.
	ErrReview = fault.New(fault.Denied, "gate.review", "This needs somebody's approval first.")
	// ErrUnavailable means that the question could not be put; nothing is allowed then.
	ErrUnavailable = fault.New(fault.Unavailable, "gate.unavailable", "We could not check whether you may do that.").
			Then("Try again in a moment.")
)

// Needs reports whether err is a review, and nothing worse, for the reason with this
// code alone: the caller then knows the one way to go on.
func Needs(err error, code string) bool {
	if !errors.Is(err, ErrReview) {
		return false
	}
	reasons := fault.From(err).Reasons
	for _, r := range reasons {
		if r.Code != code {
			return false
		}
	}
	return len(reasons) > 0
}

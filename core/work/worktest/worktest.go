// Package worktest holds what tests need of units and requests.
package worktest

import "context"

// Request is one that may come again: it remembers in memory what it has begun.
type Request struct{ begun string }

// Begun implements work.Attempt.
func (r *Request) Begun() string { return r.begun }

// Begin implements work.Attempt.
func (r *Request) Begin(_ context.Context, what string) error {
	r.begun = what
	return nil
}

package work

import "context"

// Attempt is a request that may come again with the same key: because its answer was lost,
// because we died, because somebody outside was not to be reached. A use case of one unit
// needs none of this, its answer is kept with its change. One of several units notes in
// the first what it has begun, and goes on from there when the request comes again.
type Attempt interface {
	// Begun is what an earlier run of this request noted, or "".
	Begun() string
	// Begin notes it, inside a unit and with its commit.
	Begin(ctx context.Context, what string) error
}

type attemptKey struct{}

// WithAttempt says which request ctx carries out.
func WithAttempt(ctx context.Context, a Attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

// Begun is what an earlier run of the same request has begun; "" without one.
func Begun(ctx context.Context) string {
	if a, ok := ctx.Value(attemptKey{}).(Attempt); ok {
		return a.Begun()
	}
	return ""
}

// Begin notes what this request has begun. Jobs and imports are no requests and need no note.
func Begin(ctx context.Context, what string) error {
	if a, ok := ctx.Value(attemptKey{}).(Attempt); ok {
		return a.Begin(ctx, what)
	}
	return nil
}

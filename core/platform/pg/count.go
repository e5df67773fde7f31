package pg

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Count is what one request asked of the database. Preparing a statement the first time a
// connection sees it is not counted: it depends on the pool, not on the request.
type Count struct{ trips, statements atomic.Int64 }

// Trips is the number of round trips.
func (c *Count) Trips() int { return int(c.trips.Load()) }

// Statements is the number of statements, however many travelled together.
func (c *Count) Statements() int { return int(c.statements.Load()) }

type countKey struct{}

// Counting returns a context whose database work is counted, for tests and for the
// request log: a page is one round trip, and a list must not ask once per row.
func Counting(ctx context.Context) (context.Context, *Count) {
	c := &Count{}
	return context.WithValue(ctx, countKey{}, c), c
}

// tracer hears every statement of the pools.
type tracer struct{}

var (
	_ pgx.QueryTracer = tracer{}
	_ pgx.BatchTracer = tracer{}
)

func (tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if c, ok := ctx.Value(countKey{}).(*Count); ok {
		c.trips.Add(1)
		c.statements.Add(1)
	}
	return ctx
}

func (tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	if u := current(ctx); u != nil && data.Err == nil && !data.CommandTag.Select() && data.CommandTag.RowsAffected() > 0 {
		u.writes++
	}
}

func (tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if c, ok := ctx.Value(countKey{}).(*Count); ok {
		c.trips.Add(1)
	}
	return ctx
}

func (tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if c, ok := ctx.Value(countKey{}).(*Count); ok {
		c.statements.Add(1)
	}
	if u := current(ctx); u != nil && data.Err == nil && !data.CommandTag.Select() && data.CommandTag.RowsAffected() > 0 {
		u.writes++
	}
}

func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

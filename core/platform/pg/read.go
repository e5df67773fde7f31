package pg

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// Read asks everything that fill queues in one round trip, as the caller's tenant and
// without being able to write: an implicit transaction that ends with the batch, so that
// the tenant cannot outlive it. Inside a unit it reads through the unit's transaction and
// sees its writes. fill may run twice when the connection broke before the first answer.
func (d *DB) Read(ctx context.Context, fill func(b *pgx.Batch)) error {
	return d.read(ctx, asTenant, fill, unplanned)
}

// Lookup is Read for statements that find rows by their keys and that are asked all the
// time. They run by a plan that is made once: for "= ANY ($1)" PostgreSQL would make one at
// every call, since the ten keys it guesses look dearer than the two it is given, and to
// plan a join costs more than to run it. Statements whose best plan depends on what is
// asked, such as lists with filters that may be left out, belong in Read.
func (d *DB) Lookup(ctx context.Context, fill func(b *pgx.Batch)) error {
	return d.read(ctx, asTenantPlanned, fill, planned)
}

// Planned lets a unit's statements from here on run by plans that are made once, as in
// Lookup: changes of many rows at once find them by keys out of arrays, whose lengths
// PostgreSQL would otherwise plan for anew each time. The unit goes on like that until it
// asks a Read; what is written by key has but one plan anyway.
func Planned(ctx context.Context, b *pgx.Batch) {
	if u := current(ctx); u != nil {
		planned(u, b)
	}
}

func planned(u *unit, b *pgx.Batch) {
	if !u.planned {
		b.Queue(`select set_config('plan_cache_mode', 'force_generic_plan', true)`)
		u.planned = true
	}
}

func unplanned(u *unit, b *pgx.Batch) {
	if u.planned {
		b.Queue(`select set_config('plan_cache_mode', 'auto', true)`)
		u.planned = false
	}
}

// read asks what fill queues: outside a unit after begin, inside one as mode makes it.
func (d *DB) read(ctx context.Context, begin string, fill func(b *pgx.Batch), mode func(u *unit, b *pgx.Batch)) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if u := current(ctx); u != nil {
		if u.tenant != c.Tenant {
			return ErrOtherTenant
		}
		b := &pgx.Batch{}
		mode(u, b)
		fill(b)
		return translate(unitTx{u.tx, u}.SendBatch(ctx, b).Close())
	}
	for n := 0; ; n++ {
		answered, err := d.readOnce(ctx, begin, c.Tenant, fill)
		if err == nil || answered || n == len(reconnect) || !lost(err) || ctx.Err() != nil {
			return translate(err)
		}
		pause(ctx, reconnect[n])
	}
}

// Global reads tables that have no tenant, such as the tenants themselves. Inside a unit it
// uses the unit's connection: taking a second one while holding the first could exhaust
// the pool. Outside, a database that is just restarting is asked again; take may run twice
// then.
func (d *DB) Global(ctx context.Context, take func(pgx.Rows) error, sql string, args ...any) error {
	if u := current(ctx); u != nil {
		rows, err := unitTx{u.tx, u}.Query(ctx, sql, args...)
		if err == nil {
			err = take(rows)
		}
		return translate(err)
	}
	for n := 0; ; n++ {
		rows, err := d.pool.Query(ctx, sql, args...)
		if err == nil {
			err = take(rows)
		}
		if err == nil || n == len(reconnect) || !lost(err) || ctx.Err() != nil {
			return translate(err)
		}
		pause(ctx, reconnect[n])
	}
}

const (
	asTenant        = `select set_config('app.tenant_id', $1, true), set_config('transaction_read_only', 'on', true), set_config('statement_timeout', $2, true)`
	asTenantPlanned = asTenant + `, set_config('plan_cache_mode', 'force_generic_plan', true)`
)

// readOnce reports whether an answer had begun to arrive: then callbacks may have run and
// the batch must not be sent again.
func (d *DB) readOnce(ctx context.Context, begin string, tenant id.Tenant, fill func(b *pgx.Batch)) (bool, error) {
	if err := d.shares.enter(ctx, tenant, d.cfg.Acquire); err != nil {
		return false, err
	}
	defer d.shares.leave(tenant) // after the connection
	b := &pgx.Batch{}
	b.Queue(begin, tenant.UUID().String(), millis(d.cfg.Statement))
	fill(b)
	actx, cancel := context.WithTimeout(ctx, d.cfg.Acquire)
	conn, err := d.pool.Acquire(actx)
	cancel()
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = ErrBusy.Because(err)
		}
		return false, err
	}
	defer conn.Release()
	br := conn.SendBatch(ctx, b)
	if _, err := br.Exec(); err != nil {
		_ = br.Close()
		return false, err
	}
	return true, br.Close()
}

package pg

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// Mistakes in code, not of people; the edge shows them as internal.
var (
	ErrNoUnit      = errors.New("pg: not inside a unit of work")
	ErrOtherTenant = errors.New("pg: a unit of work cannot change its tenant")
	ErrHalfDone    = errors.New("pg: a joined unit wrote and then failed, and its error was swallowed")
)

// attempts is how often a unit runs when others keep getting in its way.
const attempts = 3

// unit is one transaction bound to one tenant, carried in the context.
type unit struct {
	tenant id.Tenant
	tx     pgx.Tx
	gorm   *gorm.DB
	writes int   // rows changing statements so far, counted by the tracer
	doomed error // why it must not commit any more
	once   map[any]bool

	pending    pgx.Batch // queued by Write
	failed     error     // of a queued statement
	savepoints int
}

type unitKey struct{}

func current(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{}).(*unit)
	return u
}

var _ work.Unit = (*DB)(nil)

// Do runs fn in one transaction bound to the caller's tenant. Inside another unit it joins
// that one. Deadlocks and serialization failures run fn again, from the start.
func (d *DB) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if u := current(ctx); u != nil {
		return u.join(ctx, c.Tenant, fn)
	}
	for n := 1; ; n++ {
		err := d.once(ctx, c.Tenant, fn)
		if n == attempts || !retriable(err) || ctx.Err() != nil {
			return translate(err)
		}
		pause(ctx, time.Duration(n*n)*10*time.Millisecond)
	}
}

// join runs fn as part of u. If fn wrote something and failed, u must fail too: whoever
// swallows the error would otherwise commit half of a change.
func (u *unit) join(ctx context.Context, tenant id.Tenant, fn func(context.Context) error) error {
	if tenant != u.tenant {
		return ErrOtherTenant
	}
	before := u.writes
	err := fn(ctx)
	if err != nil && u.writes > before && u.doomed == nil {
		u.doomed = errors.Join(ErrHalfDone, err)
	}
	return err
}

func (d *DB) once(ctx context.Context, tenant id.Tenant, fn func(context.Context) error) (err error) {
	conn, tx, err := d.begin(ctx, tenant)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	u := &unit{tenant: tenant, tx: tx}
	uctx := work.Mark(context.WithValue(ctx, unitKey{}, u))
	u.gorm = d.gorm.Session(&gorm.Session{NewDB: true, Context: uctx})
	u.gorm.Statement.ConnPool = &gormTx{conn, u}
	done := false
	defer func() {
		if done {
			return
		}
		// Also on a panic in fn, and when the caller has gone away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := fn(uctx); err != nil {
		return cmp.Or(u.failed, err)
	}
	if u.doomed != nil {
		return cmp.Or(u.failed, u.doomed)
	}
	if err := u.commit(uctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	done = true
	work.Committed(uctx)
	return nil
}

// begin takes a connection and opens the transaction, tenant and time limits included, in
// one round trip. Nothing has been written yet, so a database that is just restarting is
// asked again for a moment.
func (d *DB) begin(ctx context.Context, tenant id.Tenant) (*sql.Conn, pgx.Tx, error) {
	// The values are a typed uuid and numbers: nothing a person wrote gets into this text.
	opts := pgx.TxOptions{BeginQuery: fmt.Sprintf(
		"begin; select set_config('app.tenant_id','%s',true),set_config('statement_timeout','%d',true),set_config('lock_timeout','%d',true)",
		tenant.UUID(), d.cfg.Statement.Milliseconds(), d.cfg.Lock.Milliseconds())}
	for n := 0; ; n++ {
		conn, tx, err := d.tryBegin(ctx, opts)
		if err == nil || n == len(reconnect) || !lost(err) || ctx.Err() != nil {
			return conn, tx, err
		}
		pause(ctx, reconnect[n])
	}
}

func (d *DB) tryBegin(ctx context.Context, opts pgx.TxOptions) (*sql.Conn, pgx.Tx, error) {
	actx, cancel := context.WithTimeout(ctx, d.cfg.Acquire)
	defer cancel()
	conn, err := d.sql.Conn(actx)
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = ErrBusy.Because(err)
		}
		return nil, nil, err
	}
	var tx pgx.Tx
	err = conn.Raw(func(dc any) error {
		var err error
		tx, err = dc.(*stdlib.Conn).Conn().BeginTx(ctx, opts)
		return err
	})
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, tx, nil
}

// Tx is GORM on the current unit's transaction.
func Tx(ctx context.Context) (*gorm.DB, error) {
	u := current(ctx)
	if u == nil {
		return nil, ErrNoUnit
	}
	return u.gorm.WithContext(ctx), nil
}

// Conn is pgx on the current unit's transaction, for pipelined batches. Begin on it is a
// savepoint; committing it is the unit's business.
func Conn(ctx context.Context) (pgx.Tx, error) {
	u := current(ctx)
	if u == nil {
		return nil, ErrNoUnit
	}
	return unitTx{u.tx, u}, nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d + rand.N(d/2+1))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// First reports whether this is the first time that the current unit hears of key, for
// what must happen once per unit however many parts of it ask. Outside a unit it is
// always the first time. A unit that is run again starts afresh.
func First(ctx context.Context, key any) bool {
	u := current(ctx)
	if u == nil {
		return true
	}
	if u.once[key] {
		return false
	}
	if u.once == nil {
		u.once = map[any]bool{}
	}
	u.once[key] = true
	return true
}

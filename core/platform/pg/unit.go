package pg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
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
	tx     *plainTx
	gorm   *gorm.DB
	writes int   // rows changing statements so far, counted by the tracer
	doomed error // why it must not commit any more
	once   map[any]bool

	opening    []*pgx.QueuedQuery // what begins the transaction, until it is sent
	begun      bool               // the database has said so
	planned    bool               // statements run by plans made once
	pending    pgx.Batch          // queued by Write
	failed     error              // of a queued statement
	savepoints int
}

type unitKey struct{}

func current(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{}).(*unit)
	return u
}

var _ work.Unit = (*DB)(nil)

// Do runs fn in one transaction bound to the caller's tenant. Inside another unit it joins
// that one. Deadlocks and serialization failures run fn again, from the start, and so does
// a connection that turns out to be broken before the transaction has begun.
func (d *DB) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if u := current(ctx); u != nil {
		return u.join(ctx, c.Tenant, fn)
	}
	for n, lame := 1, 0; ; {
		begun, err := d.once(ctx, c.Tenant, fn)
		switch {
		case err == nil || ctx.Err() != nil:
			return translate(err)
		case retriable(err) && n < attempts:
			pause(ctx, time.Duration(n*n)*10*time.Millisecond)
			n++
		case !begun && lost(err) && lame < len(reconnect):
			// A database that is just restarting: nothing has been asked of it yet.
			pause(ctx, reconnect[lame])
			lame++
		default:
			return translate(err)
		}
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

func (d *DB) once(ctx context.Context, tenant id.Tenant, fn func(context.Context) error) (begun bool, err error) {
	if err := d.shares.enter(ctx, tenant, d.cfg.Acquire); err != nil {
		return false, err
	}
	defer d.shares.leave(tenant) // after the connection
	conn, raw, err := d.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	u := &unit{tenant: tenant, tx: &plainTx{conn: raw}}
	u.open(d.cfg)
	uctx := work.Mark(context.WithValue(ctx, unitKey{}, u))
	u.gorm = d.gorm.Session(&gorm.Session{NewDB: true, Context: uctx})
	u.gorm.Statement.ConnPool = &gormTx{conn, u}
	defer work.Dropped(uctx) // if it did not commit
	defer u.end(ctx)         // also on a panic in fn
	if err := fn(uctx); err != nil {
		return u.begun, cmp.Or(u.failed, err)
	}
	if u.doomed != nil {
		return u.begun, cmp.Or(u.failed, u.doomed)
	}
	if err := u.commit(uctx); err != nil {
		return true, fmt.Errorf("commit: %w", err)
	}
	work.Committed(uctx)
	return true, nil
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

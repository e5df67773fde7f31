package pg

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A unit's transaction begins with the first thing that is asked in it: tenant and time
// limits travel ahead of that, in the same round trip. A unit that asks nothing begins
// nothing.

// A marketplace that is about to move to another database has a row in cells_fences, and its
// units pass a lock; for all others the look at that empty table costs microseconds
// (decision 0011).
const bindUnit = `select set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true),
	(select kontor_fence(f.tenant_id) from cells_fences f where f.tenant_id = $4)`

// open makes ready what begins the transaction.
func (u *unit) open(cfg Config) {
	var b pgx.Batch
	b.Queue(`begin`)
	b.Queue(bindUnit, u.tenant.UUID().String(), millis(cfg.Statement), millis(cfg.Lock), u.tenant.UUID()).Exec(func(pgconn.CommandTag) error {
		u.begun = true
		return nil
	})
	for _, q := range b.QueuedQueries {
		u.watch(q)
	}
	u.opening = b.QueuedQueries
}

// acquire takes a connection for a unit.
func (d *DB) acquire(ctx context.Context) (*sql.Conn, *pgx.Conn, error) {
	actx, cancel := context.WithTimeout(ctx, d.cfg.Acquire)
	defer cancel()
	conn, err := d.sql.Conn(actx)
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = ErrBusy.Because(err)
		}
		return nil, nil, err
	}
	var raw *pgx.Conn
	if err := conn.Raw(func(dc any) error { raw = dc.(*stdlib.Conn).Conn(); return nil }); err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, raw, nil
}

// idle is what a connection says of itself that is in no transaction.
const idle = 'I'

// end leaves no transaction behind: one that did not commit is rolled back, and if even
// that fails its connection goes with it.
func (u *unit) end(ctx context.Context) {
	c := u.tx.conn
	if c.IsClosed() || c.PgConn().TxStatus() == idle {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // the caller may have gone away
	defer cancel()
	if _, err := c.Exec(ctx, `rollback`); err != nil || c.PgConn().TxStatus() != idle {
		_ = c.Close(ctx)
	}
}

// plainTx is a connection in the shape of a transaction: the unit begins and ends it.
type plainTx struct {
	conn   *pgx.Conn
	points int // savepoints so far, for their names
}

var errUnitEnds = errors.New("pg: the unit of work ends its transaction itself")

// Begin implements pgx.Tx: a savepoint.
func (t *plainTx) Begin(ctx context.Context) (pgx.Tx, error) {
	t.points++
	p := &point{plainTx: t, name: "sp_" + strconv.Itoa(t.points)}
	if _, err := t.conn.Exec(ctx, "savepoint "+p.name); err != nil {
		return nil, err
	}
	return p, nil
}

// Commit implements pgx.Tx.
func (*plainTx) Commit(context.Context) error { return errUnitEnds }

// Rollback implements pgx.Tx.
func (*plainTx) Rollback(context.Context) error { return errUnitEnds }

// LargeObjects implements pgx.Tx; the house has none.
func (*plainTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

// Conn implements pgx.Tx.
func (t *plainTx) Conn() *pgx.Conn { return t.conn }

// Exec implements pgx.Tx.
func (t *plainTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, args...)
}

// Query implements pgx.Tx.
func (t *plainTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, args...)
}

// QueryRow implements pgx.Tx.
func (t *plainTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, args...)
}

// SendBatch implements pgx.Tx.
func (t *plainTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.conn.SendBatch(ctx, b)
}

// CopyFrom implements pgx.Tx.
func (t *plainTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	return t.conn.CopyFrom(ctx, table, columns, src)
}

// Prepare implements pgx.Tx.
func (t *plainTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.conn.Prepare(ctx, name, sql)
}

// point is a savepoint.
type point struct {
	*plainTx
	name  string
	ended bool
}

// Commit implements pgx.Tx.
func (p *point) Commit(ctx context.Context) error { return p.leave(ctx, "release savepoint ") }

// Rollback implements pgx.Tx.
func (p *point) Rollback(ctx context.Context) error { return p.leave(ctx, "rollback to savepoint ") }

func (p *point) leave(ctx context.Context, how string) error {
	if p.ended {
		return pgx.ErrTxClosed
	}
	p.ended = true
	_, err := p.conn.Exec(ctx, how+p.name)
	return err
}

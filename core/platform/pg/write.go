package pg

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Write queues statements that change rows. They travel with the unit's next question, at
// the latest with its commit, so that a chain of writes costs one round trip and locks are
// held for as long as that takes. A statement that fails fails the unit, with its own
// error, even if whoever hears of it first swallows it; so what a caller would handle, such
// as a name that is taken, is no case for Write. Callbacks of the queued statements run
// when they are sent.
func Write(ctx context.Context, fill func(b *pgx.Batch)) error {
	u := current(ctx)
	if u == nil {
		return ErrNoUnit
	}
	if u.failed != nil {
		return u.failed
	}
	before := len(u.pending.QueuedQueries)
	fill(&u.pending)
	for _, q := range u.pending.QueuedQueries[before:] {
		u.watch(q)
	}
	u.writes += len(u.pending.QueuedQueries) - before
	if u.savepoints > 0 { // it may be rolled back to
		return u.flush(ctx)
	}
	return nil
}

// watch makes the unit remember that a queued statement failed.
func (u *unit) watch(q *pgx.QueuedQuery) {
	own := q.Fn
	q.Fn = func(br pgx.BatchResults) (err error) {
		if own != nil {
			err = own(br)
		} else {
			_, err = br.Exec()
		}
		if err != nil && u.failed == nil {
			u.failed = err
		}
		return err
	}
}

// waiting reports whether anything goes ahead of the next question.
func (u *unit) waiting() bool { return len(u.opening)+len(u.pending.QueuedQueries) > 0 }

// take empties the queue, the transaction's beginning first.
func (u *unit) take() []*pgx.QueuedQuery {
	q := append(u.opening, u.pending.QueuedQueries...)
	u.opening, u.pending = nil, pgx.Batch{}
	return q
}

func (u *unit) flush(ctx context.Context) error {
	if u.failed != nil || !u.waiting() {
		return u.failed
	}
	err := u.tx.SendBatch(ctx, &pgx.Batch{QueuedQueries: u.take()}).Close()
	if err != nil && u.failed == nil {
		u.failed = err
	}
	return err
}

// commit sends what is still queued and the commit in one go.
func (u *unit) commit(ctx context.Context) error {
	if u.failed != nil {
		return u.failed
	}
	if u.opening != nil && len(u.pending.QueuedQueries) == 0 {
		return nil // nothing was asked
	}
	b := &pgx.Batch{QueuedQueries: u.take()}
	b.Queue(`commit`).Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	return u.tx.SendBatch(ctx, b).Close()
}

// unitTx is the unit's transaction as stores see it: whatever it is asked, what was queued
// before has happened by then.
type unitTx struct {
	pgx.Tx
	u *unit
}

// Exec implements pgx.Tx.
func (t unitTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if t.u.failed != nil || !t.u.waiting() {
		if t.u.failed != nil {
			return pgconn.CommandTag{}, t.u.failed
		}
		return t.Tx.Exec(ctx, sql, args...)
	}
	var b pgx.Batch
	b.Queue(sql, args...)
	br := t.SendBatch(ctx, &b)
	tag, err := br.Exec()
	return tag, cmp.Or(err, br.Close())
}

// Query implements pgx.Tx.
func (t unitTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := t.u.flush(ctx); err != nil {
		return noRows{err}, err
	}
	return t.Tx.Query(ctx, sql, args...)
}

// QueryRow implements pgx.Tx.
func (t unitTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if t.u.failed != nil {
		return noRows{t.u.failed}
	}
	if !t.u.waiting() {
		return t.Tx.QueryRow(ctx, sql, args...)
	}
	var b pgx.Batch
	b.Queue(sql, args...)
	return lastRow{t.SendBatch(ctx, &b)}
}

// lastRow is the only row of a batch, which it closes.
type lastRow struct{ br pgx.BatchResults }

// Scan implements pgx.Row.
func (r lastRow) Scan(dest ...any) error {
	return cmp.Or(r.br.QueryRow().Scan(dest...), r.br.Close())
}

// CopyFrom implements pgx.Tx.
func (t unitTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if err := t.u.flush(ctx); err != nil {
		return 0, err
	}
	return t.Tx.CopyFrom(ctx, table, columns, src)
}

// Prepare implements pgx.Tx.
func (t unitTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	if err := t.u.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.Prepare(ctx, name, sql)
}

// SendBatch implements pgx.Tx; what is queued goes ahead in the same trip.
func (t unitTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.u.failed != nil && !t.u.begun {
		return pgx.FailedBatchResults(b, t.u.failed)
	}
	if t.u.failed != nil || !t.u.waiting() {
		return t.Tx.SendBatch(ctx, b) // of a failed unit the database refuses everything
	}
	ahead := t.u.take()
	all := append(ahead[:len(ahead):len(ahead)], b.QueuedQueries...)
	return &followed{BatchResults: t.Tx.SendBatch(ctx, &pgx.Batch{QueuedQueries: all}), ahead: ahead, u: t.u}
}

// Begin implements pgx.Tx: a savepoint.
func (t unitTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := t.u.flush(ctx); err != nil {
		return nil, err
	}
	tx, err := t.Tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	t.u.savepoints++
	return &savepoint{Tx: tx, u: t.u}, nil
}

// savepoint keeps count of how deep the unit is; inside one nothing is queued.
type savepoint struct {
	pgx.Tx
	u     *unit
	ended bool
}

// Commit implements pgx.Tx.
func (s *savepoint) Commit(ctx context.Context) error {
	s.end()
	return s.Tx.Commit(ctx)
}

// Rollback implements pgx.Tx. What was sent since is undone, its failure with it.
func (s *savepoint) Rollback(ctx context.Context) error {
	if !s.ended {
		s.u.failed, s.u.planned = nil, false
	}
	s.end()
	return s.Tx.Rollback(ctx)
}

func (s *savepoint) end() {
	if !s.ended {
		s.ended = true
		s.u.savepoints--
	}
}

// followed are the results of a batch that others' statements went ahead of.
type followed struct {
	pgx.BatchResults
	ahead []*pgx.QueuedQuery
	u     *unit
}

// Close implements pgx.BatchResults. A batch that could not even be sent leaves the unit
// without its transaction.
func (f *followed) Close() error {
	err := f.BatchResults.Close()
	if err != nil && !f.u.begun && f.u.failed == nil {
		f.u.failed = err
	}
	return err
}

func (f *followed) skip() error {
	ahead := f.ahead
	f.ahead = nil
	for _, q := range ahead {
		if err := q.Fn(f.BatchResults); err != nil {
			return err
		}
	}
	return nil
}

// Exec implements pgx.BatchResults.
func (f *followed) Exec() (pgconn.CommandTag, error) {
	if err := f.skip(); err != nil {
		return pgconn.CommandTag{}, err
	}
	return f.BatchResults.Exec()
}

// Query implements pgx.BatchResults.
func (f *followed) Query() (pgx.Rows, error) {
	if err := f.skip(); err != nil {
		return noRows{err}, err
	}
	return f.BatchResults.Query()
}

// QueryRow implements pgx.BatchResults.
func (f *followed) QueryRow() pgx.Row {
	if err := f.skip(); err != nil {
		return noRows{err}
	}
	return f.BatchResults.QueryRow()
}

// noRows is the answer to a question that was never asked.
type noRows struct{ err error }

func (noRows) Close()                                       {}
func (r noRows) Err() error                                 { return r.err }
func (noRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (noRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (noRows) Next() bool                                   { return false }
func (r noRows) Scan(...any) error                          { return r.err }
func (r noRows) Values() ([]any, error)                     { return nil, r.err }
func (noRows) RawValues() [][]byte                          { return nil }
func (noRows) Conn() *pgx.Conn                              { return nil }
func (noRows) TypeMap() *pgtype.Map                         { return nil }

// The same for GORM, which reaches the connection by another way.

// ExecContext implements gorm.ConnPool.
func (g *gormTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := g.u.flush(ctx); err != nil {
		return nil, err
	}
	return g.Conn.ExecContext(ctx, query, args...)
}

// QueryContext implements gorm.ConnPool.
func (g *gormTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := g.u.flush(ctx); err != nil {
		return nil, err
	}
	return g.Conn.QueryContext(ctx, query, args...)
}

// QueryRowContext implements gorm.ConnPool.
func (g *gormTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = g.u.flush(ctx) // the row will say that the transaction is aborted, the unit why
	return g.Conn.QueryRowContext(ctx, query, args...)
}

// PrepareContext implements gorm.ConnPool.
func (g *gormTx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := g.u.flush(ctx); err != nil {
		return nil, err
	}
	return g.Conn.PrepareContext(ctx, query)
}

package mover

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func lsn(s string) (pglogrepl.LSN, error) { return pglogrepl.ParseLSN(s) }

// Hold keeps everybody else from working at this tenant's move until it is released. Whoever
// was taken for dead ends within seconds.
func (m Move) Hold(ctx context.Context) (release func(), err error) {
	src, err := m.source(ctx)
	if err != nil {
		return nil, err
	}
	if _, err = src.Exec(ctx, `SET lock_timeout = '20s'`); err == nil {
		_, err = src.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended('kontor move ' || $1, 0))`, m.Tenant.String())
	}
	if err != nil {
		shut(src)
		return nil, ErrHeld.Because(err)
	}
	return func() { shut(src) }, nil
}

// drainFor is how long units may take that were begun before the fence stood.
const drainFor = 3 * time.Minute

// announce puts the fence up, open, and waits until every unit passes it: those that were
// begun before have ended by then.
func (m Move) announce(ctx context.Context) error {
	src, err := m.source(ctx)
	if err != nil {
		return err
	}
	defer shut(src)
	if _, err := src.Exec(ctx, `INSERT INTO cells_fences (tenant_id) VALUES ($1) ON CONFLICT (tenant_id) DO UPDATE SET shut_until = NULL, moved_at = NULL`, m.Tenant.UUID()); err != nil {
		return err
	}
	const running = `SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'virtualxid' AND l.granted AND a.datname = current_database() AND a.usename = 'kontor_app'`
	rows, err := src.Query(ctx, running)
	if err != nil {
		return err
	}
	before, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for end := time.Now().Add(drainFor); ; {
		var left int
		if err := src.QueryRow(ctx, `SELECT count(*) FROM (`+running+`) x WHERE virtualtransaction = ANY ($1)`, before).Scan(&left); err != nil || left == 0 {
			return err
		}
		if time.Now().After(end) {
			return ErrDrain
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Freeze shuts the fence and runs last while nobody can write, for at most as long as it may
// take. last says whether it has decided: then the fence stays shut, also when it failed
// after that. Otherwise the marketplace is open again when this returns, and were we killed,
// it would be when the time is over.
func (m Move) Freeze(ctx context.Context, within time.Duration, last func(ctx context.Context) (decided bool, err error)) (took time.Duration, err error) {
	src, err := m.source(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(src) // the lock goes with the connection
	ctx, cancel := context.WithTimeoutCause(ctx, within, ErrFreezeLong.With("seconds", int(within.Seconds())))
	defer cancel()
	began := time.Now()
	defer func() { took = time.Since(began) }()
	if _, err := src.Exec(ctx, `SET lock_timeout = '`+(within/2).String()+`'`); err != nil {
		return 0, err
	}
	if _, err := src.Exec(ctx, `SELECT pg_advisory_lock(kontor_fence_key($1))`, m.Tenant.UUID()); err != nil {
		var pe *pgconn.PgError
		if errors.As(err, &pe) && pe.Code == "55P03" {
			err = ErrDrain.Because(err)
		}
		return 0, err
	}
	if _, err := src.Exec(ctx, `UPDATE cells_fences SET shut_until = clock_timestamp() + $2::interval WHERE tenant_id = $1`, m.Tenant.UUID(), within.String()); err != nil {
		return 0, err
	}
	decided, err := last(ctx)
	if err == nil || decided {
		return 0, err
	}
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	thaw, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer stop()
	open, oerr := m.source(thaw)
	if oerr != nil {
		return 0, errors.Join(err, oerr)
	}
	defer shut(open)
	_, oerr = open.Exec(thaw, `UPDATE cells_fences SET shut_until = NULL WHERE tenant_id = $1 AND moved_at IS NULL`, m.Tenant.UUID())
	return 0, errors.Join(err, oerr)
}

// Seal keeps the fence shut for good, right before the decision. It refuses when the time is
// over.
func (m Move) Seal(ctx context.Context) error {
	src, err := m.source(ctx)
	if err != nil {
		return err
	}
	defer shut(src)
	tag, err := src.Exec(ctx, `UPDATE cells_fences SET shut_until = 'infinity' WHERE tenant_id = $1 AND shut_until > clock_timestamp()`, m.Tenant.UUID())
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrFreezeLong.With("seconds", 0)
	}
	return err
}

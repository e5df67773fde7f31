package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Remote is another database that this process asks little of, such as where a marketplace
// is. It may be away: nothing waits for it for long.
type Remote struct{ pool *pgxpool.Pool }

// OpenRemote makes the pool; it connects when it is first asked.
func OpenRemote(ctx context.Context, dsn string) (*Remote, error) {
	p, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	p.MaxConns, p.MaxConnIdleTime = 3, time.Minute
	p.ConnConfig.ConnectTimeout = 2 * time.Second
	p.ConnConfig.RuntimeParams["application_name"] = "kontor-cell"
	p.ConnConfig.RuntimeParams["statement_timeout"] = "3000"
	p.ConnConfig.RuntimeParams["lock_timeout"] = "2000"
	p.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		speakUUID(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, p)
	return &Remote{pool}, err
}

// Run runs fn in a transaction.
func (r *Remote) Run(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error { return fn(ctx, tx) })
	if err != nil && ctx.Err() != nil {
		return ErrUnavailable.Because(err)
	}
	return translate(err)
}

// Close ends the pool.
func (r *Remote) Close() { r.pool.Close() }

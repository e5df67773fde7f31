package pg

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// DB is the database as requests see it. It is safe for concurrent use.
type DB struct {
	cfg     Config
	pool    *pgxpool.Pool
	control *pgxpool.Pool
	sql     *sql.DB // the same pool, for GORM
	gorm    *gorm.DB
	shares  *shares
}

// ErrPrivileged refuses to serve requests with a role that row-level security does not bind.
var ErrPrivileged = errors.New("pg: this role is a superuser, bypasses row-level security or owns tables: requests must not run as it")

// Open connects as the application's role and makes sure that it is a harmless one.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	d := &DB{cfg: cfg, shares: newShares(int(cfg.MaxConns))}
	var err error
	if d.pool, err = connect(ctx, cfg, cfg.App, cfg.MaxConns); err != nil {
		return nil, err
	}
	if cfg.Control != "" {
		if d.control, err = connect(ctx, cfg, cfg.Control, 4); err != nil {
			d.Close()
			return nil, err
		}
	}
	d.sql = stdlib.OpenDBFromPool(d.pool)
	d.gorm, err = gorm.Open(postgres.New(postgres.Config{Conn: d.sql}), &gorm.Config{
		Logger:                 logger.Discard,
		SkipDefaultTransaction: true, // the unit is the transaction
		TranslateError:         true, // joined with the original, so that Violated still works
		DisableAutomaticPing:   true,
		PrepareStmt:            false, // pgx caches statements; GORM would prepare anew in every transaction
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func connect(ctx context.Context, cfg Config, dsn string, conns int32) (*pgxpool.Pool, error) {
	pc, err := cfg.pool(dsn, conns)
	if err != nil {
		return nil, fmt.Errorf("pg: connection string: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, err
	}
	if err := harmless(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// harmless checks the role that logged in and the one in force. Owning a table counts as
// privileged: an owner may switch the table's row-level security off.
func harmless(ctx context.Context, pool *pgxpool.Pool) error {
	var role string
	var bad bool
	err := pool.QueryRow(ctx, `SELECT current_user::text,
		bool_or(r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r','p')))
		FROM pg_roles r WHERE r.rolname IN (current_user, session_user)`).Scan(&role, &bad)
	if err != nil {
		return fmt.Errorf("pg: connect: %w", err)
	}
	if bad {
		return fmt.Errorf("%w (%s)", ErrPrivileged, role)
	}
	return nil
}

// Pool is for the rooms that speak to the driver itself: jobs and readiness checks.
// Statements on it have no tenant.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Ping answers readiness checks.
func (d *DB) Ping(ctx context.Context) error { return translate(d.pool.Ping(ctx)) }

// Close waits for running units and closes all connections.
func (d *DB) Close() {
	if d.sql != nil {
		_ = d.sql.Close()
	}
	if d.control != nil {
		d.control.Close()
	}
	if d.pool != nil {
		d.pool.Close()
	}
}

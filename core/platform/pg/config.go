package pg

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says where the database is and as whom to reach it. Prepare makes one.
type Config struct {
	App       string        // connection string of kontor_app, the role that requests run as
	Control   string        // connection string of kontor_control; empty: Control is refused
	MaxConns  int32         // 0: four per core
	Statement time.Duration // the longest one statement may take; 0: 15 s
	Lock      time.Duration // the longest wait for a row somebody else is changing; 0: 5 s
	Acquire   time.Duration // the longest wait for a free connection; 0: 5 s
	Pooler    bool          // behind PgBouncer older than 1.21: no prepared statements
	Log       *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.MaxConns == 0 {
		c.MaxConns = int32(4 * runtime.NumCPU())
	}
	if c.Statement == 0 {
		c.Statement = 15 * time.Second
	}
	if c.Lock == 0 {
		c.Lock = 5 * time.Second
	}
	if c.Acquire == 0 {
		c.Acquire = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// pool turns one connection string into pgx's settings.
func (c Config) pool(dsn string, conns int32) (*pgxpool.Config, error) {
	p, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	p.MaxConns = conns
	p.MaxConnIdleTime = 5 * time.Minute
	p.HealthCheckPeriod = 5 * time.Second
	p.ConnConfig.ConnectTimeout = 3 * time.Second
	p.ConnConfig.RuntimeParams["application_name"] = "kontor"
	p.ConnConfig.RuntimeParams["timezone"] = "UTC"
	p.ConnConfig.Tracer = tracer{}
	p.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		speakUUID(conn.TypeMap())
		return nil
	}
	if c.Pooler {
		p.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	return p, nil
}

package pg

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// JobSchema holds the job queue's own tables. They have no tenant: a job carries its own.
const JobSchema = "river"

// migrateRiver brings the queue's tables up to what the linked library expects.
func migrateRiver(ctx context.Context, admin *pgx.Conn, progress func(string)) error {
	newest, err := newestRiver()
	if err != nil {
		return err
	}
	var have int
	var exists bool
	if err := admin.QueryRow(ctx, `SELECT to_regclass('river.river_migration') IS NOT NULL`).Scan(&exists); err != nil {
		return err
	}
	if exists {
		if err := admin.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM river.river_migration WHERE line = 'main'`).Scan(&have); err != nil {
			return err
		}
	}
	if have >= newest {
		return nil
	}
	progress(fmt.Sprintf("job queue %d", newest))
	cfg, err := pgxpool.ParseConfig(admin.Config().ConnString())
	if err != nil {
		return err
	}
	cfg.MaxConns = 2
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `SET ROLE kontor_owner`)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS river`); err != nil {
		return err
	}
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: JobSchema})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// leanSQL takes two indexes from the queue's table that nothing here asks for: they are
// there to search jobs by what is in them, and each job, of which every order makes two or
// three, paid for both at every step from waiting to done.
const leanSQL = `DROP INDEX IF EXISTS river.river_job_args_index, river.river_job_metadata_index;`

func newestRiver() (int, error) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Schema: JobSchema})
	if err != nil {
		return 0, err
	}
	return slices.MaxFunc(m.AllVersions(), func(a, b rivermigrate.Migration) int { return a.Version - b.Version }).Version, nil
}

package consoles

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// TenantSize is how much there is of one marketplace. Numbers alone leave a tenant: no row
// of one is shown in another.
type TenantSize struct {
	People, Companies, Items, Offers, Orders int
	Waiting                                  int // events not yet delivered
	Parked                                   int // events that a person must look at
	Mails                                    int // letters that failed
	Effects                                  int // of plugins whose outcome is open
	Last                                     *time.Time
}

// TenantSize counts in a tenant, as the platform's own job does.
func (r *Reads) TenantSize(ctx context.Context, tenant id.Tenant) (TenantSize, error) {
	var s TenantSize
	err := r.db.Read(caller.AsSystem(ctx, tenant, "platform-console"), func(b *pgx.Batch) {
		one(b, `SELECT (SELECT count(*) FROM identity_people), (SELECT count(*) FROM parties_orgs), (SELECT count(*) FROM catalog_items WHERE state = 'published'),
			(SELECT count(*) FROM catalog_offers WHERE state = 'published'), (SELECT count(*) FROM ordering_orders), (SELECT count(*) FROM event_outbox WHERE relayed_at IS NULL),
			(SELECT count(*) FROM event_failures WHERE parked), (SELECT count(*) FROM notify_mails WHERE state = 'failed'),
			(SELECT count(*) FROM plugin_operations WHERE state IN ('pending','unknown')), (SELECT max(placed_at) FROM ordering_orders)`, nil,
			&s.People, &s.Companies, &s.Items, &s.Offers, &s.Orders, &s.Waiting, &s.Parked, &s.Mails, &s.Effects, &s.Last)
	})
	return s, err
}

// JobRow is the tasks of one kind in one state.
type JobRow struct {
	Kind   string
	Queue  string
	State  string
	Count  int
	Oldest time.Time
}

// FailedJob is a task that did not work the last time.
type FailedJob struct {
	ID      int64
	Kind    string
	Queue   string
	State   string
	Attempt int16
	Max     int16
	Error   string
	At      *time.Time
	Next    time.Time
}

// Jobs is how the queue does. Tasks have no tenant's data but identifiers.
func (r *Reads) Jobs(ctx context.Context) ([]JobRow, []FailedJob, error) {
	var rows []JobRow
	var failed []FailedJob
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT coalesce(args->>'name', kind), queue, state::text, count(*)::int, min(scheduled_at) FROM `+pg.JobSchema+`.river_job GROUP BY 1, 2, 3 ORDER BY 2, 1, 3`)
		many(b, &failed, `SELECT id, coalesce(args->>'name', kind), queue, state::text, attempt, max_attempts, coalesce(errors[array_length(errors, 1)]->>'error', ''), attempted_at, scheduled_at
			FROM `+pg.JobSchema+`.river_job WHERE state IN ('retryable','discarded','cancelled') ORDER BY id DESC LIMIT 30`)
	})
	return rows, failed, err
}

// Database is how the database does.
type Database struct {
	Version string
	Size    int64
	Conns   int
	Max     int
	Trip    time.Duration
	Started time.Time
}

// Health asks the database how it does, and how long an answer takes.
func (r *Reads) Health(ctx context.Context) (Database, error) {
	var d Database
	began := time.Now()
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		one(b, `SELECT current_setting('server_version'), pg_database_size(current_database()), (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()), current_setting('max_connections')::int, pg_postmaster_start_time()`,
			nil, &d.Version, &d.Size, &d.Conns, &d.Max, &d.Started)
	})
	d.Trip = time.Since(began)
	return d, err
}

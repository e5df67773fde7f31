package mover

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// Tasks takes over what waits in the source's queue for the tenant, and says how much is
// running there still. A task that was taken over is marked by where it came from, so that
// none arrives twice, and is removed where it was after that, so that none gets lost.
func (m Move) Tasks(ctx context.Context) (running int, err error) {
	src, err := m.reader(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(src)
	dst, err := m.target(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(dst)
	if err := owner(ctx, dst); err != nil {
		return 0, err
	}
	if err := m.backlog(ctx, src, dst); err != nil {
		return 0, err
	}
	rows, err := src.Query(ctx, `SELECT id, row_to_json(j)::text FROM river.river_job j WHERE args->>'tenant' = $1 AND kind = 'task' AND state IN ('available','scheduled','retryable','pending')`, m.Tenant.String())
	if err != nil {
		return 0, err
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		ID  int64
		Row string
	}])
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		_, err := dst.Exec(ctx, `INSERT INTO river.river_job (args, attempt, created_at, errors, kind, max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states)
			SELECT args, least(attempt, max_attempts - 1), created_at, errors, kind, max_attempts, metadata || jsonb_build_object('moved', $2::text), priority, queue, state, scheduled_at, tags, unique_key, unique_states
			FROM json_populate_record(NULL::river.river_job, $1::json) WHERE NOT EXISTS (SELECT FROM river.river_job WHERE metadata->>'moved' = $2) ON CONFLICT DO NOTHING`, j.Row, m.Run.String()+"/"+strconv.FormatInt(j.ID, 10))
		if err != nil {
			return 0, err
		}
		if _, err := src.Exec(ctx, `DELETE FROM river.river_job WHERE id = $1 AND state <> 'running'`, j.ID); err != nil {
			return 0, err
		}
	}
	// What relays the outbox there was queued when it landed.
	if _, err := src.Exec(ctx, `DELETE FROM river.river_job WHERE args->>'tenant' = $1 AND kind = 'event_relay' AND state <> 'running'`, m.Tenant.String()); err != nil {
		return 0, err
	}
	err = src.QueryRow(ctx, `SELECT count(*) FROM river.river_job WHERE args->>'tenant' = $1 AND state = 'running'`, m.Tenant.String()).Scan(&running)
	return running, err
}

// backlog lets what waited behind the queue into the other one.
func (m Move) backlog(ctx context.Context, src, dst *pgx.Conn) error {
	rows, err := src.Query(ctx, `SELECT id::text, row_to_json(b)::text FROM jobs_backlog b WHERE tenant_id = $1`, m.Tenant.UUID())
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ ID, Row string }])
	if err != nil {
		return err
	}
	for _, b := range all {
		_, err := dst.Exec(ctx, `INSERT INTO river.river_job (args, kind, max_attempts, queue, state, priority, tags, metadata)
			SELECT args, 'task', 25, 'tasks', 'available', 1, tags, jsonb_build_object('moved', $2::text) FROM json_populate_record(NULL::jobs_backlog, $1::json)
			WHERE NOT EXISTS (SELECT FROM river.river_job WHERE metadata->>'moved' = $2)`, b.Row, m.Run.String()+"/"+b.ID)
		if err != nil {
			return err
		}
		if _, err := src.Exec(ctx, `DELETE FROM jobs_backlog WHERE tenant_id = $1 AND id = $2::text::uuid`, m.Tenant.UUID(), b.ID); err != nil {
			return err
		}
	}
	return nil
}

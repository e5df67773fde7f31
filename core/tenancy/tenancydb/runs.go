package tenancydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// InsertRun implements tenancy.Store.
func (s Store) InsertRun(ctx context.Context, r tenancy.Run) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO tenancy_runs (tenant_id, id, workflow, about, slug, state, input, note, started_by, started_at, round, due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant_id, about, workflow) WHERE state = 'open' DO NOTHING`,
		c.Tenant.UUID(), r.ID.UUID(), string(r.Workflow), r.About.UUID(), r.Slug, string(r.State), []byte(r.Input), r.Note, r.StartedBy, r.StartedAt, r.Round, r.DueAt)
	if err == nil && tag.RowsAffected() == 0 {
		return tenancy.ErrUnderway
	}
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for _, st := range r.Steps {
		b.Queue(`INSERT INTO tenancy_steps (tenant_id, run_id, position, step, state) VALUES ($1, $2, $3, $4, $5)`, c.Tenant.UUID(), r.ID.UUID(), st.Position, st.Name, string(st.State))
	}
	return tx.SendBatch(ctx, b).Close()
}

const runColumns = `SELECT id, workflow, about, slug, state, input, note, started_by, started_at, coalesce(ended_at, 'epoch'), round, due_at FROM tenancy_runs `

func scanRun(row pgx.CollectableRow) (r tenancy.Run, err error) {
	err = row.Scan(&r.ID, (*string)(&r.Workflow), &r.About, &r.Slug, (*string)(&r.State), (*[]byte)(&r.Input), &r.Note, &r.StartedBy, &r.StartedAt, &r.EndedAt, &r.Round, &r.DueAt)
	r.StartedAt, r.EndedAt, r.DueAt = r.StartedAt.UTC(), sometime(r.EndedAt), r.DueAt.UTC()
	return r, err
}

func scanStep(row pgx.CollectableRow) (out stepOf, err error) {
	st := &out.Step
	err = row.Scan(&out.run, &st.Position, &st.Name, (*string)(&st.State), &st.Attempts, &st.Error, &st.Done, &st.Total, (*[]byte)(&st.Notes), &st.BegunAt, &st.EndedAt)
	st.BegunAt, st.EndedAt = sometime(st.BegunAt), sometime(st.EndedAt)
	return out, err
}

type stepOf struct {
	run id.Run
	tenancy.Step
}

// runs reads runs with their steps, in one trip.
func (s Store) runs(ctx context.Context, where string, args ...any) (out []tenancy.Run, err error) {
	var steps []stepOf
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(runColumns+where, args...).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, scanRun)
			return err
		})
		b.Queue(`SELECT run_id, position, step, state, attempts, error, done, total, notes, coalesce(begun_at, 'epoch'), coalesce(ended_at, 'epoch') FROM tenancy_steps
			WHERE run_id IN (SELECT id FROM tenancy_runs `+where+`) ORDER BY run_id, position`, args...).Query(func(rows pgx.Rows) (err error) {
			steps, err = pgx.CollectRows(rows, scanStep)
			return err
		})
	})
	for i := range out {
		for _, st := range steps {
			if st.run == out[i].ID {
				out[i].Steps = append(out[i].Steps, st.Step)
			}
		}
	}
	return out, err
}

// Run implements tenancy.Store.
func (s Store) Run(ctx context.Context, which id.Run) (tenancy.Run, error) {
	rs, err := s.runs(ctx, `WHERE id = $1`, which.UUID())
	if err == nil && len(rs) == 0 {
		err = tenancy.ErrNoRun
	}
	if err != nil {
		return tenancy.Run{}, err
	}
	return rs[0], nil
}

// RunsAbout implements tenancy.Store.
func (s Store) RunsAbout(ctx context.Context, t id.Tenant, limit int) ([]tenancy.Run, error) {
	return s.runs(ctx, `WHERE about = $1 ORDER BY id DESC LIMIT $2`, t.UUID(), limit)
}

// did runs a change of one row and says whether there was one.
func did(ctx context.Context, sql string, args ...any) (bool, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, sql, args...)
	return tag.RowsAffected() > 0, err
}

// held is did for whoever holds the round.
func held(ctx context.Context, sql string, args ...any) error {
	ok, err := did(ctx, sql, args...)
	if err == nil && !ok {
		return tenancy.ErrRunLost
	}
	return err
}

// ClaimRun implements tenancy.Store.
func (Store) ClaimRun(ctx context.Context, which id.Run, round int, until time.Time) (bool, error) {
	return did(ctx, `UPDATE tenancy_runs SET round = round + 1, due_at = $3 WHERE id = $1 AND round = $2 AND state = 'open'`, which.UUID(), round, until)
}

const mine = ` FROM tenancy_runs r WHERE r.tenant_id = s.tenant_id AND r.id = s.run_id AND r.id = $1 AND r.round = $2 AND r.state = 'open'`

// SaveStep implements tenancy.Store.
func (Store) SaveStep(ctx context.Context, r tenancy.Run, st tenancy.Step) error {
	return held(ctx, `UPDATE tenancy_steps s SET state = $4, attempts = $5, error = $6, done = $7, total = $8, notes = $9, begun_at = $10, ended_at = $11`+mine+` AND s.step = $3`,
		r.ID.UUID(), r.Round, st.Name, string(st.State), st.Attempts, st.Error, st.Done, st.Total, []byte(st.Notes), orNull(st.BegunAt), orNull(st.EndedAt))
}

// Beat implements tenancy.Store.
func (Store) Beat(ctx context.Context, r tenancy.Run, step string, done, total int64, until time.Time) error {
	if err := held(ctx, `UPDATE tenancy_runs SET due_at = $3 WHERE id = $1 AND round = $2 AND state = 'open'`, r.ID.UUID(), r.Round, until); err != nil {
		return err
	}
	return held(ctx, `UPDATE tenancy_steps s SET done = $4, total = $5`+mine+` AND s.step = $3`, r.ID.UUID(), r.Round, step, done, total)
}

// EndRun implements tenancy.Store. What was asked for is forgotten with it: it may name people.
func (Store) EndRun(ctx context.Context, r tenancy.Run) error {
	return held(ctx, `UPDATE tenancy_runs SET state = $3, ended_at = $4, input = CASE WHEN $3 = 'done' THEN '{}' ELSE input END WHERE id = $1 AND round = $2 AND state = 'open'`,
		r.ID.UUID(), r.Round, string(r.State), r.EndedAt)
}

// Postpone implements tenancy.Store.
func (Store) Postpone(ctx context.Context, r tenancy.Run, until time.Time) error {
	return held(ctx, `UPDATE tenancy_runs SET due_at = $3 WHERE id = $1 AND round = $2 AND state = 'open'`, r.ID.UUID(), r.Round, until)
}

// Reopen implements tenancy.Store.
func (Store) Reopen(ctx context.Context, which id.Run, at time.Time) (bool, error) {
	return did(ctx, `UPDATE tenancy_runs SET state = 'open', ended_at = NULL, due_at = $2 WHERE id = $1 AND state = 'failed'`, which.UUID(), at)
}

// DueRuns implements tenancy.Store.
func (s Store) DueRuns(ctx context.Context, before time.Time) ([]tenancy.DueRun, error) {
	var out []tenancy.DueRun
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT tenant_id, id, round FROM tenancy_runs_due($1)`, before)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (d tenancy.DueRun, err error) {
			return d, r.Scan(&d.Tenant, &d.ID, &d.Round)
		})
		return err
	})
	return out, err
}

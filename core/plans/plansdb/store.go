// Package plansdb keeps plans, and what was used, in PostgreSQL.
package plansdb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements plans.Store.
type Store struct{ db *pg.DB }

// New makes the store.
func New(db *pg.DB) Store { return Store{db} }

var _ plans.Store = Store{}

// Revision implements plans.Store.
func (s Store) Revision(ctx context.Context) (n int64, err error) {
	err = s.db.Global(ctx, func(rows pgx.Rows) (err error) {
		n, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
		return err
	}, `SELECT revision FROM plans_revision`)
	return n, err
}

// Since implements plans.Store, as the control role: which marketplace has what is nobody
// else's to read. Plans are few and are read whole.
func (s Store) Since(ctx context.Context, revision int64) (plans.Changes, error) {
	var c plans.Changes
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c = plans.Changes{}
		b := &pgx.Batch{}
		b.Queue(`SELECT revision FROM plans_revision`).QueryRow(func(r pgx.Row) error { return r.Scan(&c.Revision) })
		b.Queue(`SELECT code, version, names, limits, features, soft_percent, note, created_by, created_at FROM plans_plans ORDER BY code, version`).Query(func(rows pgx.Rows) (err error) {
			c.Plans, err = pgx.CollectRows(rows, scanPlan)
			return err
		})
		b.Queue(`SELECT s.tenant_id, s.plan, s.plan_version, s.since, s.version, coalesce((SELECT jsonb_agg(jsonb_build_object('ID', o.id, 'Name', o.name, 'Amount', o.amount, 'Reason', o.reason, 'By', o.created_by,
				'CreatedAt', o.created_at, 'EndsAt', coalesce(o.ends_at, '0001-01-01T00:00:00Z')) ORDER BY o.id) FROM plans_overrides o WHERE o.tenant_id = s.tenant_id AND o.withdrawn_at IS NULL), '[]')
			FROM plans_subscriptions s WHERE s.revision > $1`, revision).Query(func(rows pgx.Rows) (err error) {
			c.Subscriptions, err = pgx.CollectRows(rows, scanSubscription)
			return err
		})
		return tx.SendBatch(ctx, b).Close()
	})
	return c, err
}

func scanPlan(r pgx.CollectableRow) (p plans.Plan, err error) {
	var names, limits []byte
	var features []string
	if err := r.Scan(&p.Code, &p.Version, &names, &limits, &features, &p.SoftPercent, &p.Note, &p.By, &p.CreatedAt); err != nil {
		return p, err
	}
	for _, f := range features {
		p.Features = append(p.Features, plans.Feature(f))
	}
	p.CreatedAt = p.CreatedAt.UTC()
	return p, errors.Join(json.Unmarshal(names, &p.Names), json.Unmarshal(limits, &p.Limits))
}

func scanSubscription(r pgx.CollectableRow) (s plans.Subscription, err error) {
	var overrides []byte
	if err := r.Scan((*[16]byte)(&s.Tenant), &s.Plan.Code, &s.Plan.Version, &s.Since, &s.Version, &overrides); err != nil {
		return s, err
	}
	s.Since = s.Since.UTC()
	return s, json.Unmarshal(overrides, &s.Overrides)
}

// changed raises the revision and locks it until the change commits, so that no process
// sees a later one first; it says which revision the change has.
const changed = `UPDATE plans_revision SET revision = revision + 1 RETURNING revision`

// AddPlan implements plans.Store.
func (s Store) AddPlan(ctx context.Context, p plans.Plan, move bool) error {
	names, err := json.Marshal(p.Names)
	if err != nil {
		return err
	}
	limits, err := json.Marshal(p.Limits)
	if err != nil {
		return err
	}
	features := []string{}
	for _, f := range p.Features {
		features = append(features, string(f))
	}
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var revision int64
		if err := tx.QueryRow(ctx, changed).Scan(&revision); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO plans_plans (code, version, names, limits, features, soft_percent, note, created_by, created_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE $2 = 1 + coalesce((SELECT max(version) FROM plans_plans WHERE code = $1), 0)`,
			p.Code, p.Version, names, limits, features, p.SoftPercent, p.Note, p.By, p.CreatedAt)
		if err == nil && tag.RowsAffected() == 0 {
			err = plans.ErrStale
		}
		if err != nil || !move {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE plans_subscriptions SET plan_version = $2, revision = $3, version = version + 1 WHERE plan = $1`, p.Code, p.Version, revision)
		return err
	})
}

// touched marks a marketplace's terms as changed.
func touched(ctx context.Context, tx pgx.Tx, t id.Tenant) error {
	var revision int64
	if err := tx.QueryRow(ctx, changed).Scan(&revision); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE plans_subscriptions SET revision = $2 WHERE tenant_id = $1`, t.UUID(), revision)
	return err
}

// Subscribe implements plans.Store.
func (s Store) Subscribe(ctx context.Context, t id.Tenant, to plans.Ref, at time.Time, version int64) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var revision int64
		if err := tx.QueryRow(ctx, changed).Scan(&revision); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO plans_subscriptions AS s (tenant_id, plan, plan_version, since, revision) SELECT $1, $2, $3, $4, $5
				WHERE $6 = 0 OR EXISTS (SELECT FROM plans_subscriptions WHERE tenant_id = $1)
			ON CONFLICT (tenant_id) DO UPDATE SET plan = EXCLUDED.plan, plan_version = EXCLUDED.plan_version, since = EXCLUDED.since, revision = EXCLUDED.revision, version = s.version + 1
			WHERE s.version = $6`, t.UUID(), to.Code, to.Version, at, revision, version)
		if err == nil && tag.RowsAffected() == 0 {
			err = plans.ErrStale
		}
		return err
	})
}

// Override implements plans.Store: what stood under the name gives way.
func (s Store) Override(ctx context.Context, t id.Tenant, o plans.Override) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := touched(ctx, tx, t); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, endOverride, t.UUID(), o.Name, o.CreatedAt); err != nil {
			return err
		}
		var ends *time.Time
		if !o.EndsAt.IsZero() {
			ends = &o.EndsAt
		}
		_, err := tx.Exec(ctx, `INSERT INTO plans_overrides (tenant_id, id, name, amount, reason, created_by, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			t.UUID(), o.ID.UUID(), o.Name, o.Amount, o.Reason, o.By, o.CreatedAt, ends)
		return err
	})
}

const endOverride = `UPDATE plans_overrides SET withdrawn_at = $3 WHERE tenant_id = $1 AND name = $2 AND withdrawn_at IS NULL`

// EndOverride implements plans.Store.
func (s Store) EndOverride(ctx context.Context, t id.Tenant, name string, at time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := touched(ctx, tx, t); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, endOverride, t.UUID(), name, at)
		if err == nil && tag.RowsAffected() == 0 {
			err = plans.ErrNoOverride
		}
		return err
	})
}

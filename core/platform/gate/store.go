package gate

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/work"
)

// Store is what the gate reads and writes.
type Store interface {
	// Tenant reads the tenant's row and its role lines.
	Tenant(ctx context.Context, t id.Tenant) (Tenant, error)
	// Versions reads the policy versions of the tenants named.
	Versions(ctx context.Context, of map[id.Tenant]int64) (map[id.Tenant]int64, error)
	// Record keeps a decision in the current unit of work.
	Record(ctx context.Context, d Decision) error
	// RecordApart keeps decisions of ctx's tenant in a transaction of their own.
	RecordApart(ctx context.Context, ds ...Decision) error
}

// DB keeps the gate's tables in PostgreSQL.
type DB struct{ db *pg.DB }

// NewDB is the store that the application uses.
func NewDB(db *pg.DB) DB { return DB{db} }

func inUnit(ctx context.Context) bool { return work.Active(ctx) }

// Tenant implements Store. It is asked as the tenant itself, so that role lines of another
// can never be read by mistake.
func (s DB) Tenant(ctx context.Context, t id.Tenant) (Tenant, error) {
	c, err := caller.From(ctx)
	if err != nil || c.Tenant != t {
		ctx = caller.AsSystem(ctx, t, "gate")
	}
	out := Tenant{ID: t}
	var settings []byte
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT slug, kind, state, settings, policy_version FROM tenancy_tenants WHERE id = $1`, t.UUID()).
			QueryRow(func(r pgx.Row) error {
				return r.Scan(&out.Slug, &out.Kind, &out.State, &settings, &out.Version)
			})
		b.Queue(`SELECT ptype, v0, v1 FROM gate_rules ORDER BY ptype, v0, v1`).Query(func(rows pgx.Rows) error {
			var err error
			out.Rules, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (Rule, error) {
				l := Rule{Source: SourceTenant}
				return l, r.Scan(&l.Type, &l.Role, &l.Grants)
			})
			return err
		})
	})
	if err != nil {
		return Tenant{}, err
	}
	return out, json.Unmarshal(settings, &out.Settings)
}

// Versions implements Store. The tenants' table has no tenant of its own.
func (s DB) Versions(ctx context.Context, of map[id.Tenant]int64) (map[id.Tenant]int64, error) {
	ids := make([][16]byte, 0, len(of))
	for t := range of {
		ids = append(ids, t)
	}
	out := make(map[id.Tenant]int64, len(of))
	err := s.db.Global(ctx, func(rows pgx.Rows) error {
		var t [16]byte
		var v int64
		_, err := pgx.ForEachRow(rows, []any{&t, &v}, func() error {
			out[t] = v
			return nil
		})
		return err
	}, `SELECT id, policy_version FROM tenancy_tenants WHERE id = ANY($1::uuid[])`, ids)
	return out, err
}

const insertDecision = `INSERT INTO policy_decisions (tenant_id, id, at, actor, action, object, outcome, reasons, input_hash, policy_rev, request_id)
VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// Record implements Store.
func (s DB) Record(ctx context.Context, d Decision) error {
	args, err := d.args()
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) { b.Queue(insertDecision, args...) })
}

// RecordApart implements Store.
func (s DB) RecordApart(ctx context.Context, ds ...Decision) error {
	return s.db.Do(ctx, func(ctx context.Context) error {
		for _, d := range ds {
			if err := s.Record(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d Decision) args() ([]any, error) {
	reasons, err := json.Marshal(d.stored())
	if err != nil {
		return nil, err
	}
	return []any{d.ID.UUID(), d.At, d.Actor, string(d.Action), d.Object, string(d.Outcome), reasons, d.InputHash, d.PolicyRev, d.RequestID}, nil
}

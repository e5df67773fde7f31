// Package tenancydb keeps tenants in PostgreSQL.
package tenancydb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Store implements tenancy.Store.
type Store struct{ db *pg.DB }

// New makes the store.
func New(db *pg.DB) Store { return Store{db} }

var _ tenancy.Store = Store{}

const columns = `t.id, t.slug, t.kind, t.state, t.name, t.settings, t.blueprint, t.blueprint_hash, t.policy_version, t.created_at, t.updated_at, coalesce(t.closes_at, 'epoch'), t.version, t.brand, t.brand_edition,
	coalesce((SELECT jsonb_agg(jsonb_build_object('host', h.host, 'canonical', h.canonical, 'claimed', h.source = 'claim') ORDER BY h.host) FROM tenancy_hosts h WHERE h.tenant_id = t.id), '[]'), EXISTS (SELECT FROM cells_fences f WHERE f.tenant_id = t.id AND f.moved_at IS NULL)`

func (s Store) one(ctx context.Context, where string, args ...any) (t tenancy.Tenant, err error) {
	err = s.db.Global(ctx, func(rows pgx.Rows) (err error) {
		t, err = pgx.CollectExactlyOneRow(rows, scan)
		return err
	}, `SELECT `+columns+` FROM tenancy_tenants t `+where, args...)
	if errors.Is(err, pgx.ErrNoRows) {
		return tenancy.Tenant{}, tenancy.ErrNotFound
	}
	return t, err
}

func scan(r pgx.CollectableRow) (tenancy.Tenant, error) {
	var t tenancy.Tenant
	var name, settings, brand, hosts []byte
	err := r.Scan((*[16]byte)(&t.ID), &t.Slug, &t.Kind, &t.State, &name, &settings, &t.Blueprint, &t.BlueprintHash,
		&t.PolicyVersion, &t.CreatedAt, &t.UpdatedAt, &t.ClosesAt, &t.Version, &brand, &t.BrandEdition, &hosts, &t.Leaving)
	if err != nil {
		return t, err
	}
	t.CreatedAt, t.UpdatedAt, t.ClosesAt = t.CreatedAt.UTC(), t.UpdatedAt.UTC(), sometime(t.ClosesAt)
	return t, errors.Join(json.Unmarshal(name, &t.Name), json.Unmarshal(settings, &t.Settings), json.Unmarshal(brand, &t.Brand), json.Unmarshal(hosts, &t.Hosts))
}

// ByHost implements tenancy.Store.
func (s Store) ByHost(ctx context.Context, host string) (tenancy.Tenant, error) {
	return s.one(ctx, `JOIN tenancy_hosts a ON a.tenant_id = t.id WHERE a.host = $1`, host)
}

// ByID implements tenancy.Store.
func (s Store) ByID(ctx context.Context, t id.Tenant) (tenancy.Tenant, error) {
	return s.one(ctx, `WHERE t.id = $1`, t.UUID())
}

// BySlug implements tenancy.Store.
func (s Store) BySlug(ctx context.Context, slug string) (tenancy.Tenant, error) {
	return s.one(ctx, `WHERE t.slug = $1`, slug)
}

// List implements tenancy.Store.
func (s Store) List(ctx context.Context, afterSlug string, limit int) ([]tenancy.Tenant, error) {
	var out []tenancy.Tenant
	err := s.db.Global(ctx, func(rows pgx.Rows) (err error) {
		out, err = pgx.CollectRows(rows, scan)
		return err
	}, `SELECT `+columns+` FROM tenancy_tenants t WHERE t.slug > $1 ORDER BY t.slug LIMIT $2`, afterSlug, limit)
	return out, err
}

// Put implements tenancy.Store.
func (s Store) Put(ctx context.Context, t tenancy.Tenant) error {
	name, err := json.Marshal(t.Name)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(t.Settings)
	if err != nil {
		return err
	}
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO tenancy_tenants AS t (id, slug, kind, state, name, settings, blueprint, blueprint_hash, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (id) DO UPDATE SET kind = EXCLUDED.kind, name = EXCLUDED.name, settings = EXCLUDED.settings, blueprint = EXCLUDED.blueprint,
				blueprint_hash = EXCLUDED.blueprint_hash, updated_at = EXCLUDED.updated_at, version = t.version + 1, policy_version = t.policy_version + 1
			WHERE t.version = $11`,
			t.ID.UUID(), t.Slug, string(t.Kind), string(t.State), name, settings, t.Blueprint, t.BlueprintHash, t.CreatedAt, t.UpdatedAt, t.Version)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return tenancy.ErrStale
		}
		return putHosts(ctx, tx, t)
	})
}

// putHosts makes the map say what the blueprint says; claimed hosts stay. What falls out is
// given up, and what comes in must be nobody else's.
func putHosts(ctx context.Context, tx pgx.Tx, t tenancy.Tenant) error {
	var names []string
	for _, h := range t.Hosts {
		if !h.Claimed {
			names = append(names, h.Name)
		}
	}
	if _, err := tx.Exec(ctx, release+`tenant_id = $1 AND source = 'blueprint' AND host <> ALL($3)`+released, t.ID.UUID(), t.UpdatedAt, names); err != nil {
		return err
	}
	for _, h := range t.Hosts {
		if h.Claimed {
			continue
		}
		if err := enter(ctx, tx, t.ID, h.Name, "blueprint", h.Canonical, t.UpdatedAt.Add(-tenancy.HeldFor)); err != nil {
			return err
		}
	}
	return nil
}

// SetState implements tenancy.Store.
func (s Store) SetState(ctx context.Context, t tenancy.Tenant, at time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE tenancy_tenants SET state = $3, updated_at = $4, closes_at = $5, version = version + 1, policy_version = policy_version + 1
			WHERE id = $1 AND version = $2`, t.ID.UUID(), t.Version, string(t.State), at, orNull(t.ClosesAt))
		if err := stale(tag, err); err != nil || t.State != tenancy.Deleted {
			return err
		}
		_, err = tx.Exec(ctx, release+`tenant_id = $1`+released, t.ID.UUID(), at)
		return err
	})
}

// Tombstone implements tenancy.Store. The row stays, so that the short name is never given
// to another market and what the platform's record says of it can be read.
func (s Store) Tombstone(ctx context.Context, t id.Tenant, at time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE tenancy_tenants SET name = jsonb_build_object('en', slug), blueprint = '', blueprint_hash = '', closes_at = NULL, updated_at = $2, brand = '{}',
			settings = (SELECT coalesce(jsonb_object_agg(k, v), '{}') FROM jsonb_each(settings) s (k, v) WHERE k IN ('locales', 'default_locale', 'currency', 'country', 'time_zone')),
			version = version + 1, policy_version = policy_version + 1 WHERE id = $1 AND state = 'deleted'`, t.UUID(), at)
		return err
	})
}

// Discard implements tenancy.Store.
func (s Store) Discard(ctx context.Context, t id.Tenant) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM tenancy_hosts WHERE tenant_id = (SELECT id FROM tenancy_tenants WHERE id = $1 AND state = 'provisioning')`, t.UUID()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM tenancy_tenants WHERE id = $1 AND state = 'provisioning'`, t.UUID())
		return err
	})
}

// ClosedBefore implements tenancy.Store.
func (s Store) ClosedBefore(ctx context.Context, at time.Time) (out []tenancy.Tenant, err error) {
	err = s.db.Global(ctx, func(rows pgx.Rows) (err error) {
		out, err = pgx.CollectRows(rows, scan)
		return err
	}, `SELECT `+columns+` FROM tenancy_tenants t WHERE t.state = 'closing' AND t.closes_at <= $1 ORDER BY t.closes_at LIMIT 100`, at)
	return out, err
}

// Home implements tenancy.Store.
func (s Store) Home(ctx context.Context) (id.Tenant, error) {
	t, err := s.one(ctx, `WHERE t.kind = 'platform' ORDER BY t.created_at LIMIT 1`)
	return t.ID, err
}

// HoldsDue implements tenancy.Store.
func (s Store) HoldsDue(ctx context.Context, day time.Time) (map[id.Tenant][]string, error) {
	out := map[id.Tenant][]string{}
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT tenant_id, what FROM tenancy_holds_due($1)`, day)
		if err != nil {
			return err
		}
		var t id.Tenant
		var what string
		_, err = pgx.ForEachRow(rows, []any{&t, &what}, func() error {
			out[t] = append(out[t], what)
			return nil
		})
		return err
	})
	return out, err
}

func stale(tag pgconn.CommandTag, err error) error {
	if err == nil && tag.RowsAffected() == 0 {
		return tenancy.ErrStale
	}
	return err
}

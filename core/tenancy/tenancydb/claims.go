package tenancydb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

const claimColumns = `SELECT id, host, token, state, created_at, coalesce(checked_at, 'epoch'), coalesce(verified_at, 'epoch'), failures, found, version FROM tenancy_claims `

func scanClaim(r pgx.CollectableRow) (c tenancy.HostClaim, err error) {
	err = r.Scan(&c.ID, &c.Host, &c.Token, (*string)(&c.State), &c.CreatedAt, &c.CheckedAt, &c.VerifiedAt, &c.Failures, &c.Found, &c.Version)
	c.CreatedAt, c.CheckedAt, c.VerifiedAt = c.CreatedAt.UTC(), sometime(c.CheckedAt), sometime(c.VerifiedAt)
	return c, err
}

// sometime reads the epoch as never.
func sometime(t time.Time) time.Time {
	if t.Unix() == 0 {
		return time.Time{}
	}
	return t.UTC()
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (s Store) claims(ctx context.Context, where string, args ...any) (out []tenancy.HostClaim, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(claimColumns+where, args...).Query(func(rows pgx.Rows) error {
			out, err = pgx.CollectRows(rows, scanClaim)
			return err
		})
	})
	return out, err
}

// Claims implements tenancy.Store.
func (s Store) Claims(ctx context.Context) ([]tenancy.HostClaim, error) {
	return s.claims(ctx, `WHERE state <> 'withdrawn' ORDER BY id DESC`)
}

// Claim implements tenancy.Store.
func (s Store) Claim(ctx context.Context, which id.HostClaim) (tenancy.HostClaim, error) {
	cs, err := s.claims(ctx, `WHERE id = $1 AND state <> 'withdrawn'`, which.UUID())
	if err == nil && len(cs) == 0 {
		err = tenancy.ErrNoClaim
	}
	if err != nil {
		return tenancy.HostClaim{}, err
	}
	return cs[0], nil
}

// ClaimsDue implements tenancy.Store.
func (s Store) ClaimsDue(ctx context.Context, before time.Time, limit int) ([]tenancy.HostClaim, error) {
	return s.claims(ctx, `WHERE state = 'verified' AND checked_at <= $1 ORDER BY checked_at LIMIT $2`, before, limit)
}

// AddClaim implements tenancy.Store.
func (s Store) AddClaim(ctx context.Context, c tenancy.HostClaim) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO tenancy_claims (tenant_id, id, host, token, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, host) WHERE state <> 'withdrawn' DO NOTHING`, who.Tenant.UUID(), c.ID.UUID(), c.Host, c.Token, string(c.State), c.CreatedAt)
	if err == nil && tag.RowsAffected() == 0 {
		return tenancy.ErrHostClaimed.With("host", c.Host)
	}
	return err
}

// SaveClaim implements tenancy.Store.
func (s Store) SaveClaim(ctx context.Context, c tenancy.HostClaim) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE tenancy_claims SET state = $3, checked_at = $4, verified_at = $5, failures = $6, found = $7, version = version + 1
		WHERE id = $1 AND version = $2`, c.ID.UUID(), c.Version, string(c.State), orNull(c.CheckedAt), orNull(c.VerifiedAt), c.Failures, c.Found)
	if err == nil && tag.RowsAffected() == 0 {
		return tenancy.ErrClaimStale
	}
	return err
}

// release and released are around the condition on hosts that are given up; $1 is the
// tenant, $2 the time.
const (
	release  = `WITH gone AS (DELETE FROM tenancy_hosts WHERE `
	released = ` RETURNING host) INSERT INTO tenancy_released (host, tenant_id, released_at) SELECT host, $1, $2 FROM gone
		ON CONFLICT (host) DO UPDATE SET tenant_id = EXCLUDED.tenant_id, released_at = EXCLUDED.released_at`
)

// enter has a tenant answer at a host that is nobody's, or its own already.
func enter(ctx context.Context, tx pgx.Tx, t id.Tenant, host, source string, canonical bool, heldSince time.Time) error {
	var held bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tenancy_released WHERE host = $1 AND tenant_id <> $2 AND released_at > $3)`, host, t.UUID(), heldSince).Scan(&held); err != nil {
		return err
	}
	if held {
		return tenancy.ErrHostHeld.With("host", host)
	}
	tag, err := tx.Exec(ctx, `INSERT INTO tenancy_hosts AS h (host, tenant_id, canonical, source) VALUES ($1, $2, $3, $4)
		ON CONFLICT (host) DO UPDATE SET canonical = CASE WHEN EXCLUDED.source = 'claim' THEN h.canonical ELSE EXCLUDED.canonical END, source = EXCLUDED.source
		WHERE h.tenant_id = EXCLUDED.tenant_id`, host, t.UUID(), canonical, source)
	if err == nil && tag.RowsAffected() == 0 {
		return tenancy.ErrTaken.With("host", host)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM tenancy_released WHERE host = $1`, host)
	return err
}

// changed tells every node to ask for the tenant again.
func changed(ctx context.Context, tx pgx.Tx, t uuid.UUID, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE tenancy_tenants SET updated_at = $2, version = version + 1 WHERE id = $1`, t, at)
	return err
}

// Enter implements tenancy.Store.
func (s Store) Enter(ctx context.Context, t id.Tenant, host string, at, heldSince time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := enter(ctx, tx, t, host, "claim", false, heldSince); err != nil {
			return err
		}
		return changed(ctx, tx, t.UUID(), at)
	})
}

// Leave implements tenancy.Store.
func (s Store) Leave(ctx context.Context, t id.Tenant, host string, at time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, release+`tenant_id = $1 AND source = 'claim' AND host = $3`+released, t.UUID(), at, host); err != nil {
			return err
		}
		return changed(ctx, tx, t.UUID(), at)
	})
}

// SetMain implements tenancy.Store.
func (s Store) SetMain(ctx context.Context, t id.Tenant, host string, at time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var there bool
		err := tx.QueryRow(ctx, `SELECT $2 = '' OR EXISTS (SELECT FROM tenancy_hosts WHERE tenant_id = $1 AND source = 'claim' AND host = $2)`, t.UUID(), host).Scan(&there)
		if err == nil && !there {
			err = tenancy.ErrHostUnproven.With("host", host)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE tenancy_hosts SET canonical = host = $2 WHERE tenant_id = $1 AND source = 'claim'`, t.UUID(), host); err != nil {
			return err
		}
		return changed(ctx, tx, t.UUID(), at)
	})
}

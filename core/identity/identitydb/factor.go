package identitydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Factor implements identity.Store.
func (s Store) Factor(ctx context.Context, p id.Person) (identity.Factor, error) {
	f := identity.Factor{Person: p}
	var created, confirmed *time.Time
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT f.sealed, f.created_at, f.confirmed_at,
			(SELECT count(*) FROM identity_recovery_codes c WHERE c.tenant_id = p.tenant_id AND c.person_id = p.id AND c.used_at IS NULL),
			(SELECT count(*) FROM identity_passkeys k WHERE k.tenant_id = p.tenant_id AND k.person_id = p.id)
			FROM identity_people p LEFT JOIN identity_factors f ON f.tenant_id = p.tenant_id AND f.person_id = p.id WHERE p.id = $1`, p.UUID()).QueryRow(func(r pgx.Row) error {
			return r.Scan(&f.Sealed, &created, &confirmed, &f.Left, &f.Passkeys)
		})
	})
	if pg.NoRows(err) || err == nil && created == nil && f.Passkeys == 0 {
		return identity.Factor{}, identity.ErrFactorOff
	}
	if created != nil {
		f.CreatedAt = created.UTC()
	}
	if confirmed != nil {
		f.ConfirmedAt = confirmed.UTC()
	}
	return f, err
}

func (s Store) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// SaveFactor implements identity.Store. A confirmed factor is never replaced by one that is
// not, should two set-ups cross.
func (s Store) SaveFactor(ctx context.Context, f identity.Factor) error {
	var confirmed any
	if f.On() {
		confirmed = f.ConfirmedAt
	}
	n, err := s.exec(ctx, `INSERT INTO identity_factors AS f (tenant_id, person_id, sealed, created_at, confirmed_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4)
		ON CONFLICT (tenant_id, person_id) DO UPDATE SET sealed = $2, created_at = $3, confirmed_at = $4
		WHERE f.confirmed_at IS NULL OR $4::timestamptz IS NOT NULL`, f.Person.UUID(), f.Sealed, f.CreatedAt, confirmed)
	if err == nil && n == 0 {
		return identity.ErrFactorOn
	}
	return err
}

// DropFactor implements identity.Store.
func (s Store) DropFactor(ctx context.Context, p id.Person) error {
	if _, err := s.exec(ctx, `DELETE FROM identity_factors WHERE person_id = $1`, p.UUID()); err != nil {
		return err
	}
	return s.dropLoneRecovery(ctx, p)
}

// UseStep implements identity.Store: the comparison and the change are one statement, so
// that of two who show the same code at once one is refused.
func (s Store) UseStep(ctx context.Context, p id.Person, step int64) (bool, error) {
	n, err := s.exec(ctx, `UPDATE identity_factors SET used_step = $2 WHERE person_id = $1 AND used_step < $2`, p.UUID(), step)
	return n == 1, err
}

// SetRecovery implements identity.Store.
func (s Store) SetRecovery(ctx context.Context, p id.Person, codes []identity.Hash) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM identity_recovery_codes WHERE person_id = $1`, p.UUID())
	for _, c := range codes {
		b.Queue(`INSERT INTO identity_recovery_codes (tenant_id, person_id, code_hash) VALUES (current_setting('app.tenant_id')::uuid, $1, $2)`, p.UUID(), c[:])
	}
	return tx.SendBatch(ctx, b).Close()
}

// UseRecovery implements identity.Store.
func (s Store) UseRecovery(ctx context.Context, p id.Person, code identity.Hash, at time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE identity_recovery_codes SET used_at = $3 WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL`, p.UUID(), code[:], at)
	return n == 1, err
}

// InsertPending implements identity.Store.
func (s Store) InsertPending(ctx context.Context, h identity.Hash, p identity.Pending) error {
	_, err := s.exec(ctx, `INSERT INTO identity_pending (tenant_id, ticket_hash, person_id, person_version, expires_at, via, org_id)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6)`, h[:], p.Person.UUID(), p.Version, p.ExpiresAt, orNull(p.Via), orNull(p.Org))
	return err
}

// Pending implements identity.Store.
func (s Store) Pending(ctx context.Context, h identity.Hash) (identity.Pending, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return identity.Pending{}, err
	}
	var p identity.Pending
	var via, org *[16]byte
	err = tx.QueryRow(ctx, `SELECT person_id, person_version, expires_at, tries, via, org_id FROM identity_pending WHERE ticket_hash = $1 FOR UPDATE`, h[:]).
		Scan((*[16]byte)(&p.Person), &p.Version, &p.ExpiresAt, &p.Tries, &via, &org)
	if pg.NoRows(err) {
		return identity.Pending{}, identity.ErrTicket
	}
	if via != nil {
		p.Via = *via
	}
	if org != nil {
		p.Org = *org
	}
	return p, err
}

// TryPending implements identity.Store.
func (s Store) TryPending(ctx context.Context, h identity.Hash) error {
	_, err := s.exec(ctx, `UPDATE identity_pending SET tries = tries + 1 WHERE ticket_hash = $1`, h[:])
	return err
}

// ClearPending implements identity.Store.
func (s Store) ClearPending(ctx context.Context, p id.Person) error {
	_, err := s.exec(ctx, `DELETE FROM identity_pending WHERE person_id = $1`, p.UUID())
	return err
}

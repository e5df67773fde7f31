package identitydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const impersonations = `SELECT i.id, i.person_id, p.email, p.name, i.by_name, i.reason, i.created_at, i.until, i.entered_at, i.ended_at, i.ended_by
	FROM identity_impersonations i JOIN identity_people p ON p.tenant_id = i.tenant_id AND p.id = i.person_id `

func scanImpersonation(r pgx.Row) (identity.Impersonation, error) {
	var i identity.Impersonation
	var entered, ended *time.Time
	err := r.Scan((*[16]byte)(&i.ID), (*[16]byte)(&i.Person), &i.Email, &i.Name, &i.By, &i.Reason, &i.CreatedAt, &i.Until, &entered, &ended, &i.EndedBy)
	i.CreatedAt, i.Until = i.CreatedAt.UTC(), i.Until.UTC()
	if entered != nil {
		i.EnteredAt = entered.UTC()
	}
	if ended != nil {
		i.EndedAt = ended.UTC()
	}
	return i, err
}

// InsertImpersonation implements identity.Store.
func (s Store) InsertImpersonation(ctx context.Context, h identity.Hash, usable time.Time, i identity.Impersonation) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_impersonations (tenant_id, id, person_id, by_name, reason, ticket_hash, ticket_until, created_at, until)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8)`, i.ID.UUID(), i.Person.UUID(), i.By, i.Reason, h[:], usable, i.CreatedAt, i.Until)
	return err
}

// OfTicket implements identity.Store.
func (s Store) OfTicket(ctx context.Context, h identity.Hash, now time.Time) (i identity.Impersonation, err error) {
	return s.impersonation(ctx, `WHERE i.ticket_hash = $1 AND i.ticket_until > $2 AND i.entered_at IS NULL AND i.ended_at IS NULL`, h[:], now)
}

// ImpersonationByID implements identity.Store.
func (s Store) ImpersonationByID(ctx context.Context, which id.Impersonation) (identity.Impersonation, error) {
	return s.impersonation(ctx, `WHERE i.id = $1`, which.UUID())
}

func (s Store) impersonation(ctx context.Context, where string, args ...any) (i identity.Impersonation, err error) {
	err = s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(impersonations+where, args...).QueryRow(func(r pgx.Row) (err error) {
			i, err = scanImpersonation(r)
			return err
		})
	})
	if pg.NoRows(err) {
		err = identity.ErrGuiseTicket
	}
	return i, err
}

// Entered implements identity.Store.
func (s Store) Entered(ctx context.Context, which id.Impersonation, at time.Time) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE identity_impersonations SET entered_at = $2 WHERE id = $1 AND entered_at IS NULL AND ended_at IS NULL AND ticket_until > $2`, which.UUID(), at)
	if err == nil && tag.RowsAffected() == 0 {
		err = identity.ErrGuiseTicket
	}
	return err
}

// EndImpersonation implements identity.Store.
func (s Store) EndImpersonation(ctx context.Context, which id.Impersonation, by string, at time.Time) (bool, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, `UPDATE identity_impersonations SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL AND until > $2`, which.UUID(), at, by)
	return tag.RowsAffected() > 0, err
}

// RevokeGuise implements identity.Store.
func (s Store) RevokeGuise(ctx context.Context, which id.Impersonation, at time.Time) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_sessions SET revoked_at = $2 WHERE guise_id = $1 AND revoked_at IS NULL`, which.UUID(), at)
	return err
}

// Impersonations implements identity.Store.
func (s Store) Impersonations(ctx context.Context, req page.Request) (page.List[identity.Impersonation], error) {
	var out []identity.Impersonation
	var before id.Impersonation
	if err := page.Decode(req.After, &before); err != nil {
		return page.List[identity.Impersonation]{}, err
	}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(impersonations+`WHERE $1::uuid IS NULL OR i.id < $1 ORDER BY i.id DESC LIMIT $2`, orNull(before), req.Size()+1).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (identity.Impersonation, error) { return scanImpersonation(r) })
			return err
		})
	})
	return page.Cut(out, req.Size(), func(i identity.Impersonation) any { return i.ID }), err
}

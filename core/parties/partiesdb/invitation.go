package partiesdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const invitationColumns = `SELECT i.id, i.org_id, i.email, i.roles, i.unit_id, i.limit_minor, i.currency, i.locale, i.token_hash, i.invited_by,
	i.created_at, i.sent_at, i.expires_at, i.withdrawn_at, i.accepted_at, i.accepted_by FROM parties_invitations i `

func scanInvitation(r pgx.CollectableRow) (parties.Invitation, error) {
	var i parties.Invitation
	var hash []byte
	var unit, inviter, accepter *[16]byte
	var withdrawn, accepted *time.Time
	err := r.Scan((*[16]byte)(&i.ID), (*[16]byte)(&i.Org), &i.Email, &i.Roles, &unit, &i.LimitMinor, &i.Currency, &i.Locale, &hash, &inviter,
		&i.CreatedAt, &i.SentAt, &i.ExpiresAt, &withdrawn, &accepted, &accepter)
	copy(i.Hash[:], hash)
	if unit != nil {
		i.Unit = *unit
	}
	if inviter != nil {
		i.InvitedBy = *inviter
	}
	if accepter != nil {
		i.AcceptedBy = *accepter
	}
	if withdrawn != nil {
		i.WithdrawnAt = withdrawn.UTC()
	}
	if accepted != nil {
		i.AcceptedAt = accepted.UTC()
	}
	i.CreatedAt, i.SentAt, i.ExpiresAt = i.CreatedAt.UTC(), i.SentAt.UTC(), i.ExpiresAt.UTC()
	return i, err
}

// InsertInvitation implements parties.Store. A department of another company is no
// department.
func (Store) InsertInvitation(ctx context.Context, i parties.Invitation) error {
	n, err := exec(ctx, `INSERT INTO parties_invitations (tenant_id, id, org_id, email, roles, unit_id, limit_minor, currency, locale, token_hash, invited_by, created_at, sent_at, expires_at)
		SELECT current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
		WHERE $5::uuid IS NULL OR EXISTS (SELECT FROM parties_units u WHERE u.id = $5 AND u.org_id = $2)`,
		i.ID.UUID(), i.Org.UUID(), i.Email, i.Roles, none(i.Unit), i.LimitMinor, string(i.Currency), i.Locale, i.Hash[:], none(i.InvitedBy), i.CreatedAt, i.SentAt, i.ExpiresAt)
	if err == nil && n == 0 {
		return parties.ErrUnit
	}
	return err
}

// SaveInvitation implements parties.Store, under the lock of LockInvitation.
func (Store) SaveInvitation(ctx context.Context, i parties.Invitation) error {
	n, err := exec(ctx, `UPDATE parties_invitations SET token_hash = $3, sent_at = $4, expires_at = $5, withdrawn_at = $6, accepted_at = $7, accepted_by = $8 WHERE org_id = $1 AND id = $2`,
		i.Org.UUID(), i.ID.UUID(), i.Hash[:], i.SentAt, i.ExpiresAt, moment(i.WithdrawnAt), moment(i.AcceptedAt), none(i.AcceptedBy))
	if err == nil && n == 0 {
		return parties.ErrNoInvitation
	}
	return err
}

// EndInvitations implements parties.Store.
func (Store) EndInvitations(ctx context.Context, o id.Org, email string, at time.Time) error {
	_, err := exec(ctx, `UPDATE parties_invitations SET withdrawn_at = $3 WHERE org_id = $1 AND email = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL`, o.UUID(), email, at)
	return err
}

// EndInvitationsOf implements parties.Store.
func (Store) EndInvitationsOf(ctx context.Context, o id.Org, inviter id.Person, at time.Time) error {
	_, err := exec(ctx, `UPDATE parties_invitations SET withdrawn_at = $3 WHERE org_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL`, o.UUID(), inviter.UUID(), at)
	return err
}

// LockInvitation implements parties.Store.
func (s Store) LockInvitation(ctx context.Context, o id.Org, which id.Invitation) (parties.Invitation, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return parties.Invitation{}, err
	}
	rows, err := tx.Query(ctx, invitationColumns+`WHERE i.org_id = $1 AND i.id = $2 FOR UPDATE`, o.UUID(), which.UUID())
	if err != nil {
		return parties.Invitation{}, err
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanInvitation)
	if pg.NoRows(err) {
		return i, parties.ErrNoInvitation
	}
	return i, err
}

// InvitationByHash implements parties.Store.
func (s Store) InvitationByHash(ctx context.Context, h parties.TokenHash) (parties.Invitation, error) {
	is, err := list(ctx, s.db, scanInvitation, invitationColumns+`WHERE i.token_hash = $1`, h[:])
	if err != nil {
		return parties.Invitation{}, err
	}
	if len(is) == 0 {
		return parties.Invitation{}, parties.ErrInvitation
	}
	return is[0], nil
}

// Invitations implements parties.Store.
func (s Store) Invitations(ctx context.Context, o id.Org) ([]parties.Invitation, error) {
	return list(ctx, s.db, scanInvitation, invitationColumns+`WHERE i.org_id = $1 ORDER BY i.id DESC LIMIT 200`, o.UUID())
}

// LockOrg implements parties.Store. The lock is weaker than that of a deletion, so that
// those who only point at the company do not wait.
func (Store) LockOrg(ctx context.Context, o id.Org) error {
	_, err := exec(ctx, `SELECT FROM parties_orgs WHERE id = $1 FOR NO KEY UPDATE`, o.UUID())
	return err
}

// HasActive implements parties.Store.
func (s Store) HasActive(ctx context.Context, o id.Org, roles []string) (bool, error) {
	return s.holder(ctx, `m.org_id = $1 AND m.roles && $2`, o.UUID(), roles)
}

// Stands implements parties.Store.
func (s Store) Stands(ctx context.Context, o id.Org, p id.Person, roles []string) (bool, error) {
	return s.holder(ctx, `m.org_id = $1 AND m.roles && $2 AND m.person_id = $3`, o.UUID(), roles, p.UUID())
}

// holder asks for any member who may sign in.
func (s Store) holder(ctx context.Context, where string, args ...any) (bool, error) {
	var has bool
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
			WHERE `+where+` AND p.state = 'active')`, args...).QueryRow(func(r pgx.Row) error { return r.Scan(&has) })
	})
	return has, err
}

package partiesdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const representations = `SELECT r.id, r.person_id, p.name, p.email, r.company_id, a.name, r.employer_id, coalesce(e.name, ''), r.note, r.asked_by, r.asked_at,
	r.scope, r.consented_by, r.consented_at, r.until, r.ended_by, r.ended_at
	FROM parties_representations r JOIN identity_people p ON p.tenant_id = r.tenant_id AND p.id = r.person_id
	JOIN parties_orgs a ON a.tenant_id = r.tenant_id AND a.id = r.company_id
	LEFT JOIN parties_orgs e ON e.tenant_id = r.tenant_id AND e.id = r.employer_id `

func scanRepresentation(row pgx.CollectableRow) (parties.Representation, error) {
	var r parties.Representation
	var firm, asked, agreed, ended *[16]byte
	var agreedAt, until, endedAt *time.Time
	err := row.Scan((*[16]byte)(&r.ID), (*[16]byte)(&r.Person), &r.Name, &r.Email, (*[16]byte)(&r.Account), &r.AccountName, &firm, &r.Firm, &r.Note, &asked, &r.AskedAt,
		&r.Scope, &agreed, &agreedAt, &until, &ended, &endedAt)
	for to, from := range map[*[16]byte]*[16]byte{(*[16]byte)(&r.Employer): firm, (*[16]byte)(&r.AskedBy): asked, (*[16]byte)(&r.ConsentedBy): agreed, (*[16]byte)(&r.EndedBy): ended} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*time.Time]*time.Time{&r.ConsentedAt: agreedAt, &r.Until: until, &r.EndedAt: endedAt} {
		if from != nil {
			*to = from.UTC()
		}
	}
	r.AskedAt = r.AskedAt.UTC()
	return r, err
}

// InsertRepresentation implements parties.Store. One is open per person and account.
func (Store) InsertRepresentation(ctx context.Context, r parties.Representation) error {
	_, err := exec(ctx, `INSERT INTO parties_representations (tenant_id, id, person_id, company_id, employer_id, note, asked_by, asked_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7)`,
		r.ID.UUID(), r.Person.UUID(), r.Account.UUID(), none(r.Employer), r.Note, none(r.AskedBy), r.AskedAt)
	if _, ok := pg.Violated(err); ok {
		return parties.ErrRepresented.Because(err)
	}
	return err
}

// LockRepresentation implements parties.Store.
func (Store) LockRepresentation(ctx context.Context, which id.Representation) (parties.Representation, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return parties.Representation{}, err
	}
	rows, err := tx.Query(ctx, representations+`WHERE r.id = $1 FOR UPDATE OF r`, which.UUID())
	if err != nil {
		return parties.Representation{}, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRepresentation)
	if pg.NoRows(err) {
		return r, parties.ErrNoRepresentation
	}
	return r, err
}

// SaveRepresentation implements parties.Store, under the lock of LockRepresentation.
func (Store) SaveRepresentation(ctx context.Context, r parties.Representation) error {
	_, err := exec(ctx, `UPDATE parties_representations SET scope = $2, consented_by = $3, consented_at = $4, until = $5, ended_by = $6, ended_at = $7 WHERE id = $1`,
		r.ID.UUID(), r.Scope, none(r.ConsentedBy), moment(r.ConsentedAt), moment(r.Until), none(r.EndedBy), moment(r.EndedAt))
	return err
}

// RemoveRepresentative implements parties.Store.
func (Store) RemoveRepresentative(ctx context.Context, which id.Representation) error {
	_, err := exec(ctx, `DELETE FROM parties_members WHERE representation_id = $1`, which.UUID())
	return err
}

// EndRepresentationsOf implements parties.Store.
func (Store) EndRepresentationsOf(ctx context.Context, firm id.Org, p id.Person, at time.Time) error {
	_, err := exec(ctx, `WITH over AS (UPDATE parties_representations SET ended_at = $3 WHERE employer_id = $1 AND person_id = $2 AND ended_at IS NULL RETURNING id)
		DELETE FROM parties_members m USING over WHERE m.person_id = $2 AND m.representation_id = over.id`, firm.UUID(), p.UUID(), at)
	return err
}

// Employs implements parties.Store. Who represents a company is none of its own people.
func (s Store) Employs(ctx context.Context, firm id.Org, p id.Person) (bool, error) {
	var has bool
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM identity_people p WHERE p.id = $2 AND p.state = 'active' AND CASE WHEN $1::uuid IS NULL THEN p.staff_role = 'operator'
			ELSE EXISTS (SELECT FROM parties_members m WHERE m.tenant_id = p.tenant_id AND m.org_id = $1 AND m.person_id = p.id AND m.representation_id IS NULL) END)`,
			none(firm), p.UUID()).QueryRow(func(r pgx.Row) error { return r.Scan(&has) })
	})
	return has, err
}

// Representations implements parties.Store.
func (s Store) Representations(ctx context.Context, p id.Person, account, firm id.Org, staff bool) ([]parties.Representation, error) {
	return list(ctx, s.db, scanRepresentation, representations+`WHERE r.person_id = $1 OR r.company_id = $2 OR r.employer_id = $3 OR ($4 AND r.employer_id IS NULL)
		ORDER BY r.id DESC LIMIT 500`, p.UUID(), none(account), none(firm), staff)
}

package partiesdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const memberColumns = `SELECT m.org_id, m.person_id, p.name, p.email, m.roles, m.unit_id, m.limit_minor, m.currency, m.created_at, m.limit_inherits, m.representation_id, m.until
	FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id `

const memberOf = memberColumns + `WHERE m.org_id = $1 AND m.person_id = $2`

const membersOf = memberColumns + `WHERE m.org_id = $1 ORDER BY m.created_at, m.person_id`

func scanMember(r pgx.CollectableRow) (parties.Member, error) {
	var m parties.Member
	var unit, consent *[16]byte
	var until *time.Time
	err := r.Scan((*[16]byte)(&m.Org), (*[16]byte)(&m.Person), &m.Name, &m.Email, &m.Roles, &unit, &m.LimitMinor, &m.Currency, &m.CreatedAt, &m.LimitInherits, &consent, &until)
	if unit != nil {
		m.Unit = *unit
	}
	if consent != nil {
		m.Representation = *consent
	}
	if until != nil {
		m.Until = until.UTC()
	}
	m.CreatedAt = m.CreatedAt.UTC()
	return m, err
}

// PutMember implements parties.Store. A department of another company is no department.
func (Store) PutMember(ctx context.Context, m parties.Member) error {
	n, err := exec(ctx, `INSERT INTO parties_members AS m (tenant_id, org_id, person_id, roles, unit_id, limit_minor, currency, created_at, limit_inherits, representation_id, until)
		SELECT current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
		WHERE $4::uuid IS NULL OR EXISTS (SELECT FROM parties_units u WHERE u.id = $4 AND u.org_id = $1)
		ON CONFLICT (tenant_id, org_id, person_id) DO UPDATE SET roles = EXCLUDED.roles, unit_id = EXCLUDED.unit_id, limit_minor = EXCLUDED.limit_minor, currency = EXCLUDED.currency, limit_inherits = EXCLUDED.limit_inherits,
			representation_id = EXCLUDED.representation_id, until = EXCLUDED.until`,
		m.Org.UUID(), m.Person.UUID(), m.Roles, none(m.Unit), m.LimitMinor, string(m.Currency), m.CreatedAt, m.LimitInherits, none(m.Representation), moment(m.Until))
	if _, ok := pg.Dangling(err); ok {
		return parties.ErrNoMember.Because(err)
	}
	if err == nil && n == 0 {
		return parties.ErrUnit
	}
	return err
}

// RemoveMember implements parties.Store.
func (Store) RemoveMember(ctx context.Context, o id.Org, p id.Person) error {
	n, err := exec(ctx, `DELETE FROM parties_members WHERE org_id = $1 AND person_id = $2`, o.UUID(), p.UUID())
	if err == nil && n == 0 {
		return parties.ErrNoMember
	}
	return err
}

// Member implements parties.Store.
func (s Store) Member(ctx context.Context, o id.Org, p id.Person) (parties.Member, error) {
	ms, err := list(ctx, s.db, scanMember, memberOf, o.UUID(), p.UUID())
	if err != nil {
		return parties.Member{}, err
	}
	if len(ms) == 0 {
		return parties.Member{}, parties.ErrNoMember
	}
	return ms[0], nil
}

// Members implements parties.Store.
func (s Store) Members(ctx context.Context, o id.Org) ([]parties.Member, error) {
	return list(ctx, s.db, scanMember, membersOf, o.UUID())
}

// HasMember implements parties.Store.
func (s Store) HasMember(ctx context.Context, o id.Org, but id.Person, roles []string, amount money.Money) (bool, error) {
	var has bool
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
			WHERE m.org_id = $1 AND m.person_id <> $2 AND m.roles && $5 AND p.state = 'active'
			AND (m.limit_minor IS NULL OR (m.currency = $3 AND m.limit_minor >= $4)))`, o.UUID(), but.UUID(), string(amount.Currency), amount.Minor, roles).
			QueryRow(func(r pgx.Row) error { return r.Scan(&has) })
	})
	return has, err
}

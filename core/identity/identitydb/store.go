// Package identitydb keeps people and sessions in PostgreSQL.
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

// Store implements identity.Store.
type Store struct{ db *pg.DB }

// New makes the store.
func New(db *pg.DB) Store { return Store{db} }

var _ identity.Store = Store{}

const personColumns = `p.id, p.email, p.name, p.locale, p.staff_role, p.state, p.password_hash, p.created_at, p.version`

func scanPerson(r pgx.Row, more ...any) (identity.Person, error) {
	var p identity.Person
	err := r.Scan(append([]any{(*[16]byte)(&p.ID), &p.Email, &p.Name, &p.Locale, &p.StaffRole, &p.State, &p.PasswordHash, &p.CreatedAt, &p.Version}, more...)...)
	p.CreatedAt = p.CreatedAt.UTC()
	return p, err
}

// Insert implements identity.Store.
func (s Store) Insert(ctx context.Context, p identity.Person) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_people (tenant_id, id, email, name, locale, password_hash, staff_role, state, created_at, version)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID.UUID(), p.Email, p.Name, p.Locale, p.PasswordHash, p.StaffRole, string(p.State), p.CreatedAt, p.Version)
	if c, ok := pg.Violated(err); ok && c == "identity_people_tenant_id_email_key" {
		return identity.ErrEmailTaken.Because(err)
	}
	return err
}

// Save implements identity.Store.
func (s Store) Save(ctx context.Context, p identity.Person) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE identity_people SET name = $3, locale = $4, password_hash = $5, state = $6, version = version + 1 WHERE id = $1 AND version = $2`,
		p.ID.UUID(), p.Version, p.Name, p.Locale, p.PasswordHash, string(p.State))
	if err == nil && tag.RowsAffected() == 0 {
		return identity.ErrStale
	}
	return err
}

func (s Store) person(ctx context.Context, where string, arg any) (identity.Person, error) {
	var p identity.Person
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+personColumns+` FROM identity_people p WHERE `+where, arg).QueryRow(func(r pgx.Row) error {
			var err error
			p, err = scanPerson(r)
			return err
		})
	})
	if pg.NoRows(err) {
		return identity.Person{}, identity.ErrNotFound
	}
	return p, err
}

// ByEmail implements identity.Store.
func (s Store) ByEmail(ctx context.Context, email string) (identity.Person, error) {
	return s.person(ctx, `p.email = $1`, email)
}

// ByID implements identity.Store.
func (s Store) ByID(ctx context.Context, p id.Person) (identity.Person, error) {
	return s.person(ctx, `p.id = $1`, p.UUID())
}

// People implements identity.Store.
func (s Store) People(ctx context.Context, req page.Request) (page.List[identity.Person], error) {
	var after id.Person
	if err := page.Decode(req.After, &after); err != nil {
		return page.List[identity.Person]{}, err
	}
	var out []identity.Person
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+personColumns+` FROM identity_people p WHERE p.id > $1 ORDER BY p.id LIMIT $2`, after.UUID(), req.Size()+1).
			Query(func(rows pgx.Rows) error {
				var err error
				out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (identity.Person, error) { return scanPerson(r) })
				return err
			})
	})
	return page.Cut(out, req.Size(), func(p identity.Person) any { return p.ID }), err
}

// UsedFrom implements identity.Store.
func (s Store) UsedFrom(ctx context.Context, email, ip string) (bool, error) {
	var used bool
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM identity_people p JOIN identity_sessions s ON s.tenant_id = p.tenant_id AND s.person_id = p.id
			WHERE p.email = $1 AND s.ip = $2)`, email, ip).QueryRow(func(r pgx.Row) error { return r.Scan(&used) })
	})
	return used, err
}

// Memberships implements identity.Store. It reads what parties owns, as a projection of a
// person: who may act for whom is asked at every sign-in.
func (s Store) Memberships(ctx context.Context, p id.Person) ([]identity.Membership, error) {
	var out []identity.Membership
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT m.org_id, o.name, o.name_local, o.state, m.roles, m.representation_id IS NOT NULL, coalesce(m.until, 'epoch') FROM parties_members m
			JOIN parties_orgs o ON o.tenant_id = m.tenant_id AND o.id = m.org_id
			WHERE m.person_id = $1 ORDER BY m.created_at, m.org_id`, p.UUID()).Query(func(rows pgx.Rows) error {
			var err error
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (identity.Membership, error) {
				var m identity.Membership
				err := r.Scan((*[16]byte)(&m.Org), &m.Name, &m.Local, &m.State, &m.Roles, &m.Represents, &m.Until)
				if m.Until = m.Until.UTC(); m.Until.Unix() == 0 {
					m.Until = time.Time{}
				}
				return m, err
			})
			return err
		})
	})
	return out, err
}

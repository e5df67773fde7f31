// Package scimdb keeps what directories say in PostgreSQL.
package scimdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/scim"
)

// Store implements scim.Store.
type Store struct {
	db     *pg.DB
	phones *contact.Phones
}

// New makes the store; telephone numbers are kept elsewhere.
func New(db *pg.DB, phones *contact.Phones) Store { return Store{db, phones} }

var _ scim.Store = Store{}

// Lock implements scim.Store.
func (Store) Lock(ctx context.Context, x id.SSOConnection) error {
	return pg.Write(ctx, func(b *pgx.Batch) { b.Queue(`SELECT FROM sso_connections WHERE id = $1 FOR NO KEY UPDATE`, x.UUID()) })
}

const userColumns = `u.id, u.connection_id, u.person_id, u.doc, u.active, u.made, u.version, u.created_at, u.changed_at, u.deleted_at,
	coalesce((SELECT json_agg(json_build_object('ID', g.id, 'Name', g.name) ORDER BY g.name) FROM scim_members m JOIN scim_groups g ON g.tenant_id = m.tenant_id AND g.id = m.scim_group_id
		WHERE m.tenant_id = u.tenant_id AND m.scim_user_id = u.id), '[]')`

func scanUser(r pgx.Row) (scim.User, error) {
	var u scim.User
	var doc, groups []byte
	var deleted *time.Time
	err := r.Scan((*[16]byte)(&u.ID), (*[16]byte)(&u.Connection), (*[16]byte)(&u.Person), &doc, &u.Active, &u.Made, &u.Version, &u.CreatedAt, &u.ChangedAt, &deleted, &groups)
	if err != nil {
		return u, err
	}
	u.CreatedAt, u.ChangedAt = u.CreatedAt.UTC(), u.ChangedAt.UTC()
	if deleted != nil {
		u.DeletedAt = deleted.UTC()
	}
	if err := json.Unmarshal(doc, &u.Doc); err != nil {
		return u, err
	}
	return u, json.Unmarshal(groups, &u.Groups)
}

func (s Store) users(ctx context.Context, where string, args ...any) (out []scim.User, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+userColumns+` FROM scim_users u WHERE u.connection_id = $1 AND `+where, args...).Query(func(rows pgx.Rows) error {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (scim.User, error) { return scanUser(r) })
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, s.shown(ctx, out)
}

func (s Store) user(ctx context.Context, where string, args ...any) (scim.User, error) {
	us, err := s.users(ctx, where, args...)
	if err == nil && len(us) != 1 {
		err = scim.ErrNotFound
	}
	if err != nil {
		return scim.User{}, err
	}
	return us[0], nil
}

// User implements scim.Store.
func (s Store) User(ctx context.Context, x id.SSOConnection, u id.DirectoryUser) (scim.User, error) {
	return s.user(ctx, `u.id = $2 AND u.deleted_at IS NULL`, x.UUID(), u.UUID())
}

// OfPerson implements scim.Store.
func (s Store) OfPerson(ctx context.Context, x id.SSOConnection, p id.Person) (scim.User, error) {
	return s.user(ctx, `u.person_id = $2`, x.UUID(), p.UUID())
}

// Named implements scim.Store.
func (s Store) Named(ctx context.Context, x id.SSOConnection, userName string) (scim.User, error) {
	return s.user(ctx, `u.user_name = $2 AND u.deleted_at IS NULL`, x.UUID(), strings.ToLower(userName))
}

// Standing implements scim.Store.
func (s Store) Standing(ctx context.Context, x id.SSOConnection, ids []id.DirectoryUser) ([]scim.User, error) {
	return s.users(ctx, `u.id = ANY($2) AND u.deleted_at IS NULL ORDER BY u.id`, x.UUID(), uuids(ids))
}

func uuids(ids []id.DirectoryUser) [][16]byte {
	out := make([][16]byte, len(ids))
	for i, u := range ids {
		out[i] = u
	}
	return out
}

// Users implements scim.Store.
func (s Store) Users(ctx context.Context, x id.SSOConnection, f []scim.Term, p scim.Page) ([]scim.User, int, error) {
	where, args := `u.deleted_at IS NULL`, []any{x.UUID()}
	for _, t := range f {
		v := t.Value
		column := map[string]string{"userName": "u.user_name = $%d", "externalId": "u.external_id = $%d AND u.external_id <> ''", "emails": "$%d = ANY(u.emails)", "active": "u.active = $%d", "id": "u.id::text = $%d"}[t.Path]
		if text, ok := v.(string); ok && t.Path != "externalId" {
			v = strings.ToLower(text)
		}
		args = append(args, v)
		where += ` AND ` + fmt.Sprintf(column, len(args))
	}
	var n int
	if err := s.count(ctx, &n, `SELECT count(*) FROM scim_users u WHERE u.connection_id = $1 AND `+where, args...); err != nil || p.Count == 0 || n < p.Start {
		return nil, n, err
	}
	us, err := s.users(ctx, where+fmt.Sprintf(` ORDER BY u.created_at, u.id OFFSET %d LIMIT %d`, p.Start-1, p.Count), args...)
	return us, n, err
}

func (s Store) count(ctx context.Context, n *int, sql string, args ...any) error {
	return s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).QueryRow(func(r pgx.Row) error { return r.Scan(n) })
	})
}

// PutUser implements scim.Store.
func (s Store) PutUser(ctx context.Context, u scim.User) error {
	kept, err := s.hidden(ctx, u.Doc)
	if err != nil {
		return err
	}
	doc, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	userName, _ := u.Doc["userName"].(string)
	external, _ := u.Doc["externalId"].(string)
	emails := []string{}
	vs, _ := u.Doc["emails"].([]any)
	for _, v := range vs {
		m, _ := v.(map[string]any)
		e, _ := m["value"].(string)
		emails = append(emails, strings.ToLower(e))
	}
	var deleted any
	if !u.DeletedAt.IsZero() {
		deleted = u.DeletedAt
	}
	_, err = tx.Exec(ctx, `INSERT INTO scim_users (tenant_id, id, connection_id, person_id, user_name, external_id, emails, active, made, doc, version, created_at, changed_at, deleted_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (tenant_id, id) DO UPDATE SET user_name = EXCLUDED.user_name, external_id = EXCLUDED.external_id, emails = EXCLUDED.emails, active = EXCLUDED.active,
			doc = EXCLUDED.doc, version = EXCLUDED.version, changed_at = EXCLUDED.changed_at, deleted_at = EXCLUDED.deleted_at`,
		u.ID.UUID(), u.Connection.UUID(), u.Person.UUID(), strings.ToLower(userName), external, emails, u.Active, u.Made, doc, u.Version, u.CreatedAt, u.ChangedAt, deleted)
	if c, ok := pg.Violated(err); ok && c == "scim_users_name" {
		return scim.ErrTaken.With("attribute", "userName").Because(err)
	}
	return err
}

// Known implements scim.Store.
func (s Store) Known(ctx context.Context, x id.SSOConnection, ids []id.DirectoryUser) (out []id.DirectoryUser, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id FROM scim_users WHERE connection_id = $1 AND id = ANY($2) AND deleted_at IS NULL`, x.UUID(), uuids(ids)).Query(func(rows pgx.Rows) error {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (u id.DirectoryUser, err error) { return u, r.Scan((*[16]byte)(&u)) })
			return err
		})
	})
	return out, err
}

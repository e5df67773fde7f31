package ssodb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Activate implements sso.Store.
func (s Store) Activate(ctx context.Context, c id.SSOConnection, p id.Person, active bool) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`UPDATE sso_links SET active = $3 WHERE connection_id = $1 AND person_id = $2 AND active <> $3`, c.UUID(), p.UUID(), active)
	})
}

// Grouped implements sso.Store. It reads what scim owns, as Directed does.
func (s Store) Grouped(ctx context.Context, c id.SSOConnection, p id.Person) (is bool, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM scim_users u JOIN scim_members m ON m.tenant_id = u.tenant_id AND m.scim_user_id = u.id WHERE u.connection_id = $1 AND u.person_id = $2 AND u.deleted_at IS NULL)`, c.UUID(), p.UUID()).
			QueryRow(func(r pgx.Row) error { return r.Scan(&is) })
	})
	return is, err
}

// Directed implements sso.Store. It reads what scim owns, as a projection of a connection.
func (s Store) Directed(ctx context.Context, c id.SSOConnection, p id.Person) (is bool, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT EXISTS (SELECT FROM scim_users WHERE connection_id = $1 AND person_id = $2 AND deleted_at IS NULL) AND EXISTS (SELECT FROM scim_groups WHERE connection_id = $1)`, c.UUID(), p.UUID()).
			QueryRow(func(r pgx.Row) error { return r.Scan(&is) })
	})
	return is, err
}

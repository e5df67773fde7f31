package identitydb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// LockOperators implements identity.Store. Rows are locked in one order, so that two who come
// at once wait and do not stop each other.
func (s Store) LockOperators(ctx context.Context) ([]id.Person, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT id FROM identity_people WHERE staff_role = $1 AND state = $2 ORDER BY id FOR UPDATE`, identity.StaffOperator, string(identity.Active))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (p id.Person, err error) { return p, r.Scan((*[16]byte)(&p)) })
}

// SaveStaff implements identity.Store.
func (s Store) SaveStaff(ctx context.Context, p identity.Person) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE identity_people SET staff_role = $3, version = version + 1 WHERE id = $1 AND version = $2`, p.ID.UUID(), p.Version, p.StaffRole)
	if err == nil && tag.RowsAffected() == 0 {
		return identity.ErrStale
	}
	return err
}

package partiesdb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const licenceColumns = `SELECT l.id, l.org_id, l.kind, l.number, l.scope, l.valid_from, l.valid_to, l.state, l.document_id, l.checked_at, l.created_at FROM parties_licences l `

const licencesOf = licenceColumns + `WHERE l.org_id = $1 ORDER BY l.id DESC`

func scanLicence(r pgx.CollectableRow) (parties.Licence, error) {
	var l parties.Licence
	var doc *[16]byte
	var checked *time.Time
	err := r.Scan((*[16]byte)(&l.ID), (*[16]byte)(&l.Org), &l.Kind, &l.Number, &l.Scope, &l.ValidFrom, &l.ValidTo, &l.State, &doc, &checked, &l.CreatedAt)
	if doc != nil {
		l.Document = *doc
	}
	if checked != nil {
		l.CheckedAt = checked.UTC()
	}
	l.CreatedAt = l.CreatedAt.UTC()
	return l, err
}

// InsertLicence implements parties.Store.
func (Store) InsertLicence(ctx context.Context, l parties.Licence) error {
	_, err := exec(ctx, `INSERT INTO parties_licences (tenant_id, id, org_id, kind, number, scope, valid_from, valid_to, state, document_id, created_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.ID.UUID(), l.Org.UUID(), l.Kind, l.Number, l.Scope, l.ValidFrom, l.ValidTo, string(l.State), none(l.Document), l.CreatedAt)
	if _, ok := pg.Violated(err); ok {
		return parties.ErrLicenceTaken.Because(err)
	}
	if _, ok := pg.Dangling(err); ok {
		return parties.ErrNotFound.Because(err)
	}
	return err
}

// SaveLicence implements parties.Store. Of two operators at the same moment, the one who
// revokes wins.
func (Store) SaveLicence(ctx context.Context, l parties.Licence) error {
	n, err := exec(ctx, `UPDATE parties_licences SET state = $2, checked_at = $3 WHERE id = $1 AND state <> 'revoked'`, l.ID.UUID(), string(l.State), moment(l.CheckedAt))
	if err == nil && n == 0 {
		return parties.ErrStale
	}
	return err
}

// Licence implements parties.Store.
func (s Store) Licence(ctx context.Context, which id.Licence) (parties.Licence, error) {
	ls, err := list(ctx, s.db, scanLicence, licenceColumns+`WHERE l.id = $1`, which.UUID())
	if err != nil {
		return parties.Licence{}, err
	}
	if len(ls) == 0 {
		return parties.Licence{}, parties.ErrLicence
	}
	return ls[0], nil
}

// Licences implements parties.Store.
func (s Store) Licences(ctx context.Context, o id.Org) ([]parties.Licence, error) {
	return list(ctx, s.db, scanLicence, licencesOf, o.UUID())
}

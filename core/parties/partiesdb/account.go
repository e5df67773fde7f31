package partiesdb

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// PlainAccounts implements parties.Store.
func (Store) PlainAccounts(ctx context.Context, most int) (map[id.Org]string, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT id, iban FROM parties_orgs WHERE iban <> '' ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[id.Org]string{}
	for rows.Next() {
		var o id.Org
		var iban string
		if err := rows.Scan((*[16]byte)(&o), &iban); err != nil {
			return nil, err
		}
		out[o] = iban
	}
	return out, rows.Err()
}

// SetAccount implements parties.Store.
func (Store) SetAccount(ctx context.Context, o id.Org, a parties.Account) error {
	_, err := exec(ctx, `UPDATE parties_orgs SET iban = '', iban_sealed = $2, iban_index = $3, iban_shown = $4 WHERE id = $1`, o.UUID(), a.Sealed, a.Index, a.Shown)
	return err
}

package vault

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// Keys are a tenant's keys for one piece of work, so that many values cost one reading of
// them. Nobody keeps them longer: a key that is destroyed must be gone on all nodes.
type Keys struct {
	tenant string
	aead   tink.AEAD
	blind  []byte // nil: nothing was ever indexed
}

const readKeys = `SELECT keyset, destroyed_at IS NOT NULL, blind FROM vault_keys`

// Ask queues the reading of the tenant's keys beside what somebody asks anyway; they are
// there when the batch has been answered. A tenant without keys has nothing sealed.
func (v *Vault) Ask(b *pgx.Batch) func(ctx context.Context) (Keys, error) {
	r, blind := row{missing: true}, []byte(nil)
	b.Queue(readKeys).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			r.missing = false
			if err := rows.Scan(&r.keyset, &r.destroyed, &blind); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return func(ctx context.Context) (Keys, error) {
		tenant, err := tenantOf(ctx)
		if err != nil {
			return Keys{}, err
		}
		if r.missing {
			return Keys{tenant: tenant}, nil
		}
		return v.keys(tenant, r, blind)
	}
}

func (v *Vault) keys(tenant string, r row, blind []byte) (Keys, error) {
	h, err := v.unwrap(tenant, r)
	if err != nil {
		return Keys{}, err
	}
	k := Keys{tenant: tenant}
	if k.aead, err = aead.New(h); err != nil {
		return Keys{}, fmt.Errorf("vault: %w", err)
	}
	if blind != nil {
		if k.blind, err = v.wrap.Decrypt(blind, place(tenant, "blind")); err != nil {
			return Keys{}, ErrMasterKey.Because(err)
		}
	}
	return k, nil
}

// Keys are the caller's tenant's, whole, inside a unit of work; the first use makes them.
func (v *Vault) Keys(ctx context.Context) (Keys, error) {
	k, err := v.asked(ctx)
	if err != nil || k.aead != nil && k.blind != nil {
		return k, err
	}
	if _, err := v.handle(ctx, k.tenant); err != nil {
		return Keys{}, err
	}
	if k.blind == nil {
		if err := v.firstBlind(ctx, k.tenant); err != nil {
			return Keys{}, err
		}
	}
	return v.asked(ctx)
}

func (v *Vault) asked(ctx context.Context) (Keys, error) {
	var got func(context.Context) (Keys, error)
	if err := v.db.Read(ctx, func(b *pgx.Batch) { got = v.Ask(b) }); err != nil {
		return Keys{}, err
	}
	return got(ctx)
}

// KeysIn are the tenant's keys as a snapshot has them, which open whatever else it holds.
func (v *Vault) KeysIn(ctx context.Context, tx pgx.Tx) (Keys, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return Keys{}, err
	}
	var r row
	var blind []byte
	switch err := tx.QueryRow(ctx, readKeys).Scan(&r.keyset, &r.destroyed, &blind); {
	case pg.NoRows(err):
		return Keys{tenant: tenant}, nil
	case err != nil:
		return Keys{}, err
	}
	return v.keys(tenant, r, blind)
}

// Seal is Vault.Seal.
func (k Keys) Seal(table, column, row string, plain []byte) ([]byte, error) {
	return k.aead.Encrypt(plain, place(k.tenant, table, column, row))
}

// Open is Vault.Open.
func (k Keys) Open(table, column, row string, sealed []byte) ([]byte, error) {
	if k.aead == nil {
		return nil, ErrForeign
	}
	plain, err := k.aead.Decrypt(sealed, place(k.tenant, table, column, row))
	if err != nil {
		return nil, ErrForeign.Because(err)
	}
	return plain, nil
}

// Index is Vault.Index. Keys that were only asked for may have none to make it with; then
// nothing was ever indexed, and nothing is found.
func (k Keys) Index(table, column, value string) []byte {
	if k.blind == nil {
		return nil
	}
	h := hmac.New(sha256.New, k.blind)
	h.Write(place(table, column, value))
	return h.Sum(nil)[:16]
}

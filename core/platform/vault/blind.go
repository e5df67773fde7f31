package vault

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// Index is a value's blind index: equal for equal values of one column of one tenant, and
// telling nothing else. It is made with a key of its own that rotation leaves alone, or
// nothing would be found again. Like Seal it runs inside a unit of work.
func (v *Vault) Index(ctx context.Context, table, column, value string) ([]byte, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := v.handle(ctx, tenant); err != nil { // also refuses a tenant whose keys are destroyed
		return nil, err
	}
	wrapped, err := v.blind(ctx)
	if err != nil {
		return nil, err
	}
	if wrapped == nil {
		if err := v.firstBlind(ctx, tenant); err != nil {
			return nil, err
		}
		if wrapped, err = v.blind(ctx); err != nil {
			return nil, err
		}
	}
	key, err := v.wrap.Decrypt(wrapped, place(tenant, "blind"))
	if err != nil {
		return nil, ErrMasterKey.Because(err)
	}
	h := hmac.New(sha256.New, key)
	h.Write(place(table, column, value))
	return h.Sum(nil)[:16], nil
}

func (v *Vault) blind(ctx context.Context) (wrapped []byte, err error) {
	err = v.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT blind FROM vault_keys`).QueryRow(func(r pgx.Row) error { return r.Scan(&wrapped) })
	})
	return wrapped, err
}

// firstBlind makes the key: of two at once one does, and both read that one.
func (v *Vault) firstBlind(ctx context.Context, tenant string) error {
	key := make([]byte, 32)
	rand.Read(key) //nolint:errcheck // crypto/rand does not fail
	wrapped, err := v.wrap.Encrypt(key, place(tenant, "blind"))
	if err != nil {
		return fmt.Errorf("vault: wrap a key: %w", err)
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE vault_keys SET blind = $1 WHERE blind IS NULL AND destroyed_at IS NULL`, wrapped)
	return err
}

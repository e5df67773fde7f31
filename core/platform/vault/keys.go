package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/kontorhq/kontor/core/platform/pg"
)

type row struct {
	keyset    []byte
	destroyed bool
	missing   bool
}

const readKey = `SELECT keyset, destroyed_at IS NOT NULL FROM vault_keys`

func (v *Vault) read(ctx context.Context) (r row, err error) {
	err = v.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(readKey).QueryRow(func(x pgx.Row) error { return x.Scan(&r.keyset, &r.destroyed) })
	})
	if pg.NoRows(err) {
		return row{missing: true}, nil
	}
	return r, err
}

// handle is the tenant's key, made if there is none. Of two first uses one inserts; the
// other waits for it and reads what the first one made.
func (v *Vault) handle(ctx context.Context, tenant string) (*keyset.Handle, error) {
	r, err := v.read(ctx)
	if err != nil {
		return nil, err
	}
	if r.missing {
		if err := v.first(ctx, tenant); err != nil {
			return nil, err
		}
		if r, err = v.read(ctx); err != nil {
			return nil, err
		}
	}
	return v.unwrap(tenant, r)
}

func (v *Vault) first(ctx context.Context, tenant string) error {
	h, err := newKeyset()
	if err != nil {
		return err
	}
	wrapped, err := v.wrapped(tenant, h)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO vault_keys (tenant_id, keyset, created_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2) ON CONFLICT DO NOTHING`, wrapped, v.now())
	return err
}

func (v *Vault) wrapped(tenant string, h *keyset.Handle) ([]byte, error) {
	var b bytes.Buffer
	if err := h.WriteWithAssociatedData(keyset.NewBinaryWriter(&b), v.wrap, place(tenant)); err != nil {
		return nil, fmt.Errorf("vault: wrap a key: %w", err)
	}
	return b.Bytes(), nil
}

func (v *Vault) unwrap(tenant string, r row) (*keyset.Handle, error) {
	switch {
	case r.missing:
		return nil, errors.New("vault: a tenant's key was made and is not there")
	case r.destroyed:
		return nil, ErrDestroyed
	}
	h, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(r.keyset)), v.wrap, place(tenant))
	if err != nil {
		return nil, ErrMasterKey.Because(err)
	}
	return h, nil
}

// Ensure makes the caller's tenant's key inside a unit of work, if there is none.
func (v *Vault) Ensure(ctx context.Context) error {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	_, err = v.handle(ctx, tenant)
	return err
}

// Rotate gives the caller's tenant a new primary key inside a unit of work. What older keys
// sealed still opens; Reseal seals it anew.
func (v *Vault) Rotate(ctx context.Context) error {
	return v.change(ctx, func(h *keyset.Handle) (*keyset.Handle, error) {
		m := keyset.NewManagerFromHandle(h)
		key, err := m.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return nil, err
		}
		if err := m.SetPrimary(key); err != nil {
			return nil, err
		}
		return m.Handle()
	})
}

// change puts another keyset in the place of the tenant's, locked: of two changes at once
// none may lose the other's key.
func (v *Vault) change(ctx context.Context, to func(*keyset.Handle) (*keyset.Handle, error)) error {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	if _, err := v.handle(ctx, tenant); err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var r row
	if err := tx.QueryRow(ctx, readKey+` FOR UPDATE`).Scan(&r.keyset, &r.destroyed); err != nil {
		return err
	}
	h, err := v.unwrap(tenant, r)
	if err != nil {
		return err
	}
	if h, err = to(h); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	wrapped, err := v.wrapped(tenant, h)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE vault_keys SET keyset = $1, rotated_at = $2`, wrapped, v.now())
	return err
}

// Destroy throws the caller's tenant's keys away inside a unit of work, for good: whatever
// they sealed is unreadable from then on, in backups of other tables too.
func (v *Vault) Destroy(ctx context.Context) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO vault_keys (tenant_id, created_at, destroyed_at) VALUES (current_setting('app.tenant_id')::uuid, $1, $1)
		ON CONFLICT (tenant_id) DO UPDATE SET keyset = NULL, blind = NULL, destroyed_at = $1 WHERE vault_keys.destroyed_at IS NULL`, v.now())
	return err
}

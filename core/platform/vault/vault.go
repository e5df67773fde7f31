package vault

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Vault seals and opens with the key of the caller's tenant. It keeps no opened key: what
// is sealed is rare and small, and a key destroyed on one node is gone on all.
type Vault struct {
	db   *pg.DB
	wrap tink.AEAD
	now  clock.Now
}

// New makes the vault over a master key of at least MasterMin bytes.
func New(db *pg.DB, master []byte, now clock.Now) (*Vault, error) {
	w, err := wrapper(master)
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = clock.System
	}
	return &Vault{db, w, now}, nil
}

// Seal encrypts for one place: a column of a row of a table of the caller's tenant. It
// runs inside the unit of work that stores the result; the tenant's first use makes its
// key. The id of the key stands in what it answers.
func (v *Vault) Seal(ctx context.Context, table, column, row string, plain []byte) ([]byte, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return nil, err
	}
	h, err := v.handle(ctx, tenant)
	if err != nil {
		return nil, err
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return a.Encrypt(plain, place(tenant, table, column, row))
}

// Open decrypts what was sealed for that place, with the primary key or an older one.
func (v *Vault) Open(ctx context.Context, table, column, row string, sealed []byte) ([]byte, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r, err := v.read(ctx)
	if err != nil {
		return nil, err
	}
	if r.missing {
		return nil, ErrForeign
	}
	h, err := v.unwrap(tenant, r)
	if err != nil {
		return nil, err
	}
	a, err := aead.New(h)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	plain, err := a.Decrypt(sealed, place(tenant, table, column, row))
	if err != nil {
		return nil, ErrForeign.Because(err)
	}
	return plain, nil
}

// Stale reports whether something was sealed with another key than the tenant's newest, so
// that whoever owns the column can seal it anew.
func (v *Vault) Stale(ctx context.Context, sealed []byte) (bool, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return false, err
	}
	h, err := v.handle(ctx, tenant)
	if err != nil {
		return false, err
	}
	// Tink's prefix: one byte of version, four of the key's id.
	return len(sealed) < 5 || binary.BigEndian.Uint32(sealed[1:5]) != h.KeysetInfo().GetPrimaryKeyId(), nil
}

func tenantOf(ctx context.Context) (string, error) {
	c, err := caller.From(ctx)
	return c.Tenant.String(), err
}

// place is the associated data. Each part carries its length: "ab|c" is not "a|bc".
func place(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p))) //nolint:gosec // names and ids are short
		b = append(b, p...)
	}
	return b
}

func newKeyset() (*keyset.Handle, error) { return keyset.NewHandle(aead.AES256GCMKeyTemplate()) }

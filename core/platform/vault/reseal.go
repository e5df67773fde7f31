package vault

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/kontorhq/kontor/core/platform/pg"
)

// Column is where something sealed lies. Row is the column whose text named the row when it
// was sealed.
type Column struct{ Table, Column, Row string }

// Reseal seals anew, in the current unit, up to most values that an older key sealed, and
// says how many those were. What somebody else is changing meanwhile is left for the next
// time: he seals with the newest key himself.
func (v *Vault) Reseal(ctx context.Context, c Column, most int) (int, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	newest, err := v.prefix(ctx)
	if err != nil {
		return 0, err
	}
	table, column, row := quote(c.Table), quote(c.Column), quote(c.Row)
	rows, err := tx.Query(ctx, `SELECT `+row+`::text, `+column+` FROM `+table+` WHERE substring(`+column+` FROM 1 FOR 5) <> $1 ORDER BY 1 LIMIT $2 FOR UPDATE SKIP LOCKED`, newest, most)
	if err != nil {
		return 0, err
	}
	type value struct {
		row    string
		sealed []byte
	}
	old, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (x value, err error) { return x, r.Scan(&x.row, &x.sealed) })
	if err != nil {
		return 0, err
	}
	for _, x := range old {
		plain, err := v.Open(ctx, c.Table, c.Column, x.row, x.sealed)
		if err != nil {
			return 0, fmt.Errorf("reseal %s.%s of %s: %w", c.Table, c.Column, x.row, err)
		}
		sealed, err := v.Seal(ctx, c.Table, c.Column, x.row, plain)
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `UPDATE `+table+` SET `+column+` = $2 WHERE `+row+`::text = $1 AND `+column+` = $3`, x.row, sealed, x.sealed); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

// Unsealed counts the values of a column that an older key sealed.
func (v *Vault) Unsealed(ctx context.Context, c Column) (n int, err error) {
	newest, err := v.prefix(ctx)
	if err != nil {
		return 0, err
	}
	err = v.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT count(*) FROM `+quote(c.Table)+` WHERE substring(`+quote(c.Column)+` FROM 1 FOR 5) <> $1`, newest).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	})
	return n, err
}

// prefix is how everything begins that the newest key has sealed: Tink's byte of version and
// the key's id.
func (v *Vault) prefix(ctx context.Context) ([]byte, error) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return nil, err
	}
	h, err := v.handle(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32([]byte{1}, h.KeysetInfo().GetPrimaryKeyId()), nil
}

// Retire forgets, in the current unit, all keys but the newest. Whatever they alone sealed
// opens no more, so ask Unsealed first.
func (v *Vault) Retire(ctx context.Context) error {
	return v.change(ctx, func(h *keyset.Handle) (*keyset.Handle, error) {
		m := keyset.NewManagerFromHandle(h)
		info := h.KeysetInfo()
		for _, k := range info.GetKeyInfo() {
			if k.GetKeyId() == info.GetPrimaryKeyId() {
				continue
			}
			if err := m.Delete(k.GetKeyId()); err != nil {
				return nil, err
			}
		}
		return m.Handle()
	})
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

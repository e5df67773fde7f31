package inventorydb

import (
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
)

type tag = pgconn.CommandTag

// lot scans the nil UUID as what it stands for: no lot.
type lot struct{ to *id.Lot }

// ScanUUID implements pgtype.UUIDScanner.
func (l lot) ScanUUID(u pgtype.UUID) error { *l.to = u.Bytes; return nil }

// moment scans a time or a date that may be missing into a zero time.
type moment struct{ to *time.Time }

// ScanTimestamptz implements pgtype.TimestamptzScanner.
func (m moment) ScanTimestamptz(t pgtype.Timestamptz) error {
	*m.to = time.Time{}
	if t.Valid {
		*m.to = t.Time.UTC()
	}
	return nil
}

// ScanDate implements pgtype.DateScanner.
func (m moment) ScanDate(d pgtype.Date) error {
	*m.to = time.Time{}
	if d.Valid {
		*m.to = d.Time
	}
	return nil
}

func gather[T any](out *[]T, scan func(pgx.Rows, *T) error) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		*out = (*out)[:0]
		for rows.Next() {
			var v T
			if err := scan(rows, &v); err != nil {
				return err
			}
			*out = append(*out, v)
		}
		return rows.Err()
	}
}

const holdColumns = `h.id, h.offer_id, h.warehouse_id, h.lot_id, h.qty_micro, h.ref_kind, h.ref_id, h.state, h.expires_at`

func scanHold(r pgx.Rows, h *inventory.Hold) error {
	return r.Scan(&h.ID, &h.Offer, &h.Warehouse, lot{&h.Lot}, &h.Micro, &h.Ref.Kind, &h.Ref.ID, &h.State, moment{&h.ExpiresAt})
}

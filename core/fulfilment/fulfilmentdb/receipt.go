package fulfilmentdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

type receiptRow struct {
	TenantID   uuid.UUID `gorm:"primaryKey"`
	ID         uuid.UUID `gorm:"primaryKey"`
	Number     string
	ShipmentID uuid.UUID
	OrderID    uuid.UUID
	ReceivedBy uuid.UUID
	At         time.Time
	Note       string
}

func (receiptRow) TableName() string { return "fulfilment_receipts" }

// InsertReceipt implements fulfilment.Store. The key on the shipment makes a second
// receipt impossible.
func (*Store) InsertReceipt(ctx context.Context, r fulfilment.Receipt) error {
	tx, tenant, err := unit(ctx)
	if err != nil {
		return err
	}
	row := receiptRow{
		TenantID: tenant, ID: r.ID.UUID(), Number: r.Number, ShipmentID: r.Shipment.UUID(), OrderID: r.Order.UUID(),
		ReceivedBy: r.ReceivedBy.UUID(), At: r.At, Note: r.Note,
	}
	if err := tx.Create(&row).Error; err != nil {
		if _, twice := pg.Violated(err); twice {
			return fulfilment.ErrAlreadyReceived.Because(err)
		}
		return err
	}
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range r.Lines {
		var weighed *int64
		if l.WeighedMicro > 0 {
			weighed = &l.WeighedMicro
		}
		b.Queue(`INSERT INTO fulfilment_receipt_lines (tenant_id, receipt_id, order_line_id, qty_micro, unit, weighed_micro, lot, outcome, note)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`, tenant, r.ID.UUID(), l.Line.UUID(), l.Qty.Micro, string(l.Qty.Unit), weighed, l.Lot, string(l.Outcome), l.Note)
	}
	return conn.SendBatch(ctx, &b).Close()
}

// Receipts implements fulfilment.Store.
func (s *Store) Receipts(ctx context.Context, order id.Order) ([]fulfilment.Receipt, error) {
	var receipts []fulfilment.Receipt
	at := map[id.Receipt]int{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		receipts = nil
		clear(at)
		b.Queue(`SELECT id, number, shipment_id, order_id, received_by, at, note FROM fulfilment_receipts WHERE order_id = $1 ORDER BY id`, order.UUID()).
			Query(func(rows pgx.Rows) error {
				for rows.Next() {
					var r fulfilment.Receipt
					if err := rows.Scan(&r.ID, &r.Number, &r.Shipment, &r.Order, &r.ReceivedBy, &r.At, &r.Note); err != nil {
						return err
					}
					r.At = r.At.UTC()
					at[r.ID] = len(receipts)
					receipts = append(receipts, r)
				}
				return rows.Err()
			})
		b.Queue(`SELECT l.receipt_id, l.order_line_id, l.qty_micro, l.unit, coalesce(l.weighed_micro, 0), l.lot, l.outcome, l.note FROM fulfilment_receipts r
			JOIN fulfilment_receipt_lines l ON l.tenant_id = r.tenant_id AND l.receipt_id = r.id WHERE r.order_id = $1
			ORDER BY l.order_line_id, l.lot, l.outcome`, order.UUID()).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var of id.Receipt
				var l fulfilment.ReceiptLine
				if err := rows.Scan(&of, &l.Line, &l.Qty.Micro, (*string)(&l.Qty.Unit), &l.WeighedMicro, &l.Lot, (*string)(&l.Outcome), &l.Note); err != nil {
					return err
				}
				if i, ok := at[of]; ok {
					receipts[i].Lines = append(receipts[i].Lines, l)
				}
			}
			return rows.Err()
		})
	})
	return receipts, err
}

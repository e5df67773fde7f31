// Package fulfilmentdb keeps shipments and receipts in PostgreSQL.
package fulfilmentdb

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements fulfilment.Store.
type Store struct{ db *pg.DB }

// New is a store on db.
func New(db *pg.DB) *Store { return &Store{db} }

var _ fulfilment.Store = (*Store)(nil)

// shipmentRow is a shipment's head.
type shipmentRow struct {
	TenantID  uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	Number    string
	OrderID   uuid.UUID
	BuyerID   uuid.UUID
	SellerID  uuid.UUID
	Carrier   string
	Service   string
	Tracking  string
	Vehicle   string
	State     string
	ShippedBy uuid.UUID
	ShippedAt time.Time
	Eta       *time.Time
	Final     bool
	Booking   string
	Note      string
	Version   int64
}

func (shipmentRow) TableName() string { return "fulfilment_shipments" }

// Insert implements fulfilment.Store.
func (*Store) Insert(ctx context.Context, s fulfilment.Shipment) error {
	tx, tenant, err := unit(ctx)
	if err != nil {
		return err
	}
	booking, err := json.Marshal(s.Booking)
	if err != nil {
		return err
	}
	row := shipmentRow{
		TenantID: tenant, ID: s.ID.UUID(), Number: s.Number, OrderID: s.Order.UUID(), BuyerID: s.Buyer.UUID(), SellerID: s.Seller.UUID(),
		Carrier: s.Carrier, Service: s.Service, Tracking: s.Tracking, Vehicle: s.Vehicle, State: string(s.State), ShippedBy: s.ShippedBy.UUID(),
		ShippedAt: s.ShippedAt, Eta: orNull(s.ETA), Final: s.Final, Booking: string(booking), Note: s.Note, Version: s.Version,
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range s.Lines {
		lots := l.Lots
		if lots == nil {
			lots = []string{}
		}
		b.Queue(`INSERT INTO fulfilment_shipment_lines (tenant_id, shipment_id, order_line_id, qty_micro, unit, lot_numbers) VALUES ($1,$2,$3,$4,$5,$6)`,
			tenant, s.ID.UUID(), l.Line.UUID(), l.Qty.Micro, string(l.Qty.Unit), lots)
	}
	return conn.SendBatch(ctx, &b).Close()
}

// Save implements fulfilment.Store.
func (*Store) Save(ctx context.Context, s fulfilment.Shipment) error {
	tx, _, err := unit(ctx)
	if err != nil {
		return err
	}
	booking, err := json.Marshal(s.Booking)
	if err != nil {
		return err
	}
	res := tx.Model(&shipmentRow{}).Where("id = ? AND version = ?", s.ID.UUID(), s.Version).Updates(map[string]any{
		"carrier": s.Carrier, "service": s.Service, "tracking": s.Tracking, "state": string(s.State), "shipped_at": s.ShippedAt, "eta": orNull(s.ETA),
		"received_at": orNull(s.ReceivedAt), "booking": string(booking), "note": s.Note, "version": s.Version + 1,
	})
	if res.Error == nil && res.RowsAffected == 0 {
		return fulfilment.ErrStale
	}
	if res.Error != nil || s.State != fulfilment.Shipped {
		return res.Error
	}
	return saveLots(ctx, s)
}

// saveLots notes the lots that the warehouse took, which are known only when the load
// leaves.
func saveLots(ctx context.Context, s fulfilment.Shipment) error {
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range s.Lines {
		if len(l.Lots) > 0 {
			b.Queue(`UPDATE fulfilment_shipment_lines SET lot_numbers = $3 WHERE shipment_id = $1 AND order_line_id = $2`, s.ID.UUID(), l.Line.UUID(), l.Lots)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return conn.SendBatch(ctx, &b).Close()
}

const shipmentColumns = `s.id, s.number, s.order_id, s.buyer_id, s.seller_id, s.carrier, s.service, s.tracking, s.vehicle, s.state, s.shipped_by, s.shipped_at,
	s.eta, s.received_at, s.final, s.booking, s.note, s.version`

// Shipment implements fulfilment.Store.
func (s *Store) Shipment(ctx context.Context, shipment id.Shipment) (fulfilment.Shipment, error) {
	return s.one(ctx, shipment, "")
}

// Lock implements fulfilment.Store.
func (s *Store) Lock(ctx context.Context, shipment id.Shipment) (fulfilment.Shipment, error) {
	if _, err := pg.Conn(ctx); err != nil {
		return fulfilment.Shipment{}, err
	}
	return s.one(ctx, shipment, " FOR UPDATE")
}

func (s *Store) one(ctx context.Context, shipment id.Shipment, lock string) (fulfilment.Shipment, error) {
	loads, err := s.query(ctx, "s.id = $1", lock, shipment.UUID())
	if err == nil && len(loads) == 0 {
		err = fulfilment.ErrNotFound
	}
	if err != nil {
		return fulfilment.Shipment{}, err
	}
	return loads[0], nil
}

// OfOrder implements fulfilment.Store.
func (s *Store) OfOrder(ctx context.Context, order id.Order) ([]fulfilment.Shipment, error) {
	return s.query(ctx, "s.order_id = $1", "", order.UUID())
}

func (s *Store) query(ctx context.Context, where, lock string, key uuid.UUID) ([]fulfilment.Shipment, error) {
	var loads []fulfilment.Shipment
	at := map[id.Shipment]int{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		loads = nil
		clear(at)
		b.Queue(`SELECT `+shipmentColumns+` FROM fulfilment_shipments s WHERE `+where+` ORDER BY s.id`+lock, key).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				l, err := scanShipment(rows)
				if err != nil {
					return err
				}
				at[l.ID] = len(loads)
				loads = append(loads, l)
			}
			return rows.Err()
		})
		b.Queue(`SELECT l.shipment_id, l.order_line_id, l.qty_micro, l.unit, l.lot_numbers FROM fulfilment_shipments s
			JOIN fulfilment_shipment_lines l ON l.tenant_id = s.tenant_id AND l.shipment_id = s.id WHERE `+where+` ORDER BY l.order_line_id`, key).
			Query(func(rows pgx.Rows) error {
				for rows.Next() {
					var of id.Shipment
					var l fulfilment.ShipmentLine
					if err := rows.Scan(&of, &l.Line, &l.Qty.Micro, (*string)(&l.Qty.Unit), &l.Lots); err != nil {
						return err
					}
					if i, ok := at[of]; ok {
						loads[i].Lines = append(loads[i].Lines, l)
					}
				}
				return rows.Err()
			})
	})
	return loads, err
}

func scanShipment(row pgx.Row) (fulfilment.Shipment, error) {
	var s fulfilment.Shipment
	var eta, received *time.Time
	var booking []byte
	err := row.Scan(&s.ID, &s.Number, &s.Order, &s.Buyer, &s.Seller, &s.Carrier, &s.Service, &s.Tracking, &s.Vehicle, (*string)(&s.State), &s.ShippedBy,
		&s.ShippedAt, &eta, &received, &s.Final, &booking, &s.Note, &s.Version)
	if err != nil {
		return s, err
	}
	s.ShippedAt, s.ETA, s.ReceivedAt = s.ShippedAt.UTC(), utc(eta), utc(received)
	return s, json.Unmarshal(booking, &s.Booking)
}

// Preparing implements fulfilment.Store.
func (s *Store) Preparing(ctx context.Context, before time.Time, most int) ([]id.Shipment, error) {
	var ids []id.Shipment
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id FROM fulfilment_shipments WHERE state = 'preparing' AND shipped_at < $1 ORDER BY shipped_at LIMIT $2`, before, most).
			Query(func(rows pgx.Rows) error {
				var err error
				ids, err = pgx.CollectRows(rows, pgx.RowTo[id.Shipment])
				return err
			})
	})
	return ids, err
}

func unit(ctx context.Context) (*gorm.DB, uuid.UUID, error) {
	tx, err := pg.Tx(ctx)
	if err != nil {
		return nil, uuid.Nil, err
	}
	c, err := caller.From(ctx)
	return tx, c.Tenant.UUID(), err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

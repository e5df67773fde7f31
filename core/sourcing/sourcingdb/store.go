// Package sourcingdb keeps requests, quotes and awards in PostgreSQL. Reads go in one
// round trip; heads are written with GORM, lines and the like in pipelined batches.
package sourcingdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/sourcing"
)

// Store implements sourcing.Store.
type Store struct {
	db     *pg.DB
	phones *contact.Phones
}

// New is a store on db; telephone numbers are kept elsewhere.
func New(db *pg.DB, phones *contact.Phones) *Store { return &Store{db, phones} }

var _ sourcing.Store = (*Store)(nil)

// rfqRow is a request's head.
type rfqRow struct {
	TenantID    uuid.UUID `gorm:"primaryKey"`
	ID          uuid.UUID `gorm:"primaryKey"`
	Number      *string
	BuyerID     uuid.UUID
	CreatedBy   uuid.UUID
	Title       string
	Note        string
	Currency    string
	Incoterm    string
	ShipTo      string
	PhoneID     *uuid.UUID
	ClosesAt    time.Time
	State       string
	CreatedAt   time.Time
	PublishedAt *time.Time
	AwardedAt   *time.Time
	EndNote     string
	Version     int64
}

func (rfqRow) TableName() string { return "sourcing_rfqs" }

// Insert implements sourcing.Store.
func (s *Store) Insert(ctx context.Context, r sourcing.RFQ) error {
	tx, tenant, err := unit(ctx)
	if err != nil {
		return err
	}
	to, phone, err := s.destination(ctx, r.ShipTo)
	if err != nil {
		return err
	}
	row := rfqRow{
		TenantID: tenant, ID: r.ID.UUID(), Number: orNull(r.Number), BuyerID: r.Buyer.UUID(), CreatedBy: r.CreatedBy.UUID(),
		Title: r.Title, Note: r.Note, Currency: string(r.Currency), Incoterm: r.Incoterm, ShipTo: to, PhoneID: phone, ClosesAt: r.ClosesAt,
		State: string(r.State), CreatedAt: r.CreatedAt, Version: r.Version,
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	return s.insertParts(ctx, tenant, r)
}

// Save implements sourcing.Store.
func (*Store) Save(ctx context.Context, r sourcing.RFQ) error {
	return update(ctx, r, map[string]any{
		"number": orNull(r.Number), "state": string(r.State), "published_at": orZero(r.PublishedAt), "awarded_at": orZero(r.AwardedAt),
		"end_note": r.EndNote, "version": r.Version + 1,
	})
}

// Rewrite implements sourcing.Store: lines are replaced as a whole, which a draft can
// afford because no quote points at them yet.
func (s *Store) Rewrite(ctx context.Context, r sourcing.RFQ) error {
	to, phone, err := s.destination(ctx, r.ShipTo)
	if err != nil {
		return err
	}
	if err := update(ctx, r, map[string]any{
		"title": r.Title, "note": r.Note, "currency": string(r.Currency), "incoterm": r.Incoterm,
		"ship_to": to, "phone_id": phone, "closes_at": r.ClosesAt, "version": r.Version + 1,
	}); err != nil {
		return err
	}
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, table := range []string{"sourcing_rfq_lines", "sourcing_rfq_sellers", "sourcing_rfq_attachments"} {
		b.Queue(`DELETE FROM `+table+` WHERE rfq_id = $1`, r.ID.UUID())
	}
	if err := conn.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	return s.insertParts(ctx, c.Tenant.UUID(), r)
}

// update changes the head if nobody else has meanwhile.
func update(ctx context.Context, r sourcing.RFQ, columns map[string]any) error {
	tx, _, err := unit(ctx)
	if err != nil {
		return err
	}
	res := tx.Model(&rfqRow{}).Where("id = ? AND version = ?", r.ID.UUID(), r.Version).Updates(columns)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return sourcing.ErrStale
	}
	return nil
}

func (*Store) insertParts(ctx context.Context, tenant uuid.UUID, r sourcing.RFQ) error {
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range r.Lines {
		b.Queue(`INSERT INTO sourcing_rfq_lines (tenant_id, id, rfq_id, position, item_id, description, qty_micro, unit, target_price_micro, need_by)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, tenant, l.ID.UUID(), r.ID.UUID(), l.Position, idOrNull(l.Item), l.Description,
			l.Qty.Micro, string(l.Qty.Unit), microOrNull(l.Target), orZero(l.NeedBy))
	}
	for _, v := range r.Sellers {
		b.Queue(`INSERT INTO sourcing_rfq_sellers (tenant_id, rfq_id, seller_id, state, invited_at, note) VALUES ($1,$2,$3,$4,$5,$6)`,
			tenant, r.ID.UUID(), v.Seller.UUID(), string(v.State), v.InvitedAt, v.Note)
	}
	for _, f := range r.Files {
		b.Queue(`INSERT INTO sourcing_rfq_attachments (tenant_id, rfq_id, blob_id) VALUES ($1,$2,$3)`, tenant, r.ID.UUID(), f.UUID())
	}
	if b.Len() == 0 {
		return nil
	}
	return conn.SendBatch(ctx, &b).Close()
}

// SaveInvitation implements sourcing.Store.
func (*Store) SaveInvitation(ctx context.Context, rfq id.RFQ, v sourcing.Invitation) error {
	tx, _, err := unit(ctx)
	if err != nil {
		return err
	}
	res := tx.Table("sourcing_rfq_sellers").Where("rfq_id = ? AND seller_id = ?", rfq.UUID(), v.Seller.UUID()).
		Updates(map[string]any{"state": string(v.State), "invited_at": v.InvitedAt, "note": v.Note})
	if res.Error == nil && res.RowsAffected == 0 {
		return sourcing.ErrNotFound
	}
	return res.Error
}

func unit(ctx context.Context) (*gorm.DB, uuid.UUID, error) {
	tx, err := pg.Tx(ctx)
	if err != nil {
		return nil, uuid.Nil, err
	}
	c, err := caller.From(ctx)
	return tx, c.Tenant.UUID(), err
}

// What Go leaves empty the database leaves null.

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func idOrNull[N any](i id.ID[N]) *uuid.UUID {
	if i.IsZero() {
		return nil
	}
	u := i.UUID()
	return &u
}

func microOrNull(p money.Price) *int64 {
	if p.Micro == 0 {
		return nil
	}
	return &p.Micro
}

// Package aftersalesdb keeps claims in PostgreSQL.
package aftersalesdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements aftersales.Store.
type Store struct{ db *pg.DB }

// New is a store on db.
func New(db *pg.DB) *Store { return &Store{db} }

var _ aftersales.Store = (*Store)(nil)

type claimRow struct {
	TenantID      uuid.UUID `gorm:"primaryKey"`
	ID            uuid.UUID `gorm:"primaryKey"`
	Number        string
	OrderID       uuid.UUID
	OrderLineID   uuid.UUID
	BuyerID       uuid.UUID
	SellerID      uuid.UUID
	Kind          string
	ExpectedMicro int64
	ActualMicro   int64
	Unit          string
	AmountMinor   int64
	Currency      string
	State         string
	OpenedBy      string
	OpenedAt      time.Time
	Note          string
	Version       int64
}

func (claimRow) TableName() string { return "aftersales_claims" }

// Insert implements aftersales.Store.
func (*Store) Insert(ctx context.Context, c aftersales.Claim) error {
	tx, tenant, err := unit(ctx)
	if err != nil {
		return err
	}
	return tx.Create(&claimRow{
		TenantID: tenant, ID: c.ID.UUID(), Number: c.Number, OrderID: c.Order.UUID(), OrderLineID: c.Line.UUID(), BuyerID: c.Buyer.UUID(),
		SellerID: c.Seller.UUID(), Kind: string(c.Kind), ExpectedMicro: c.Expected.Micro, ActualMicro: c.Actual.Micro, Unit: string(c.Expected.Unit),
		AmountMinor: c.Amount.Minor, Currency: string(c.Amount.Currency), State: string(c.State), OpenedBy: c.OpenedBy, OpenedAt: c.OpenedAt, Note: c.Note,
		Version: c.Version,
	}).Error
}

// Save implements aftersales.Store.
func (*Store) Save(ctx context.Context, c aftersales.Claim) error {
	tx, _, err := unit(ctx)
	if err != nil {
		return err
	}
	res := tx.Model(&claimRow{}).Where("id = ? AND version = ?", c.ID.UUID(), c.Version).Updates(map[string]any{
		"state": string(c.State), "decided_by": c.DecidedBy, "decided_at": orNull(c.DecidedAt), "answer": c.Answer, "version": c.Version + 1,
	})
	if res.Error == nil && res.RowsAffected == 0 {
		return aftersales.ErrStale
	}
	return res.Error
}

// Claim implements aftersales.Store.
func (s *Store) Claim(ctx context.Context, claim id.Claim) (aftersales.Claim, error) {
	return s.one(ctx, claim, "")
}

// Lock implements aftersales.Store.
func (s *Store) Lock(ctx context.Context, claim id.Claim) (aftersales.Claim, error) {
	if _, err := pg.Conn(ctx); err != nil {
		return aftersales.Claim{}, err
	}
	return s.one(ctx, claim, " FOR UPDATE")
}

func (s *Store) one(ctx context.Context, claim id.Claim, lock string) (aftersales.Claim, error) {
	cs, err := s.query(ctx, "c.id = $1 ORDER BY c.id"+lock, claim.UUID())
	if err == nil && len(cs) == 0 {
		err = aftersales.ErrNotFound
	}
	if err != nil {
		return aftersales.Claim{}, err
	}
	return cs[0], nil
}

// OfOrder implements aftersales.Store.
func (s *Store) OfOrder(ctx context.Context, order id.Order) ([]aftersales.Claim, error) {
	return s.query(ctx, "c.order_id = $1 ORDER BY c.id", order.UUID())
}

type cursor struct {
	ID id.Claim `json:"id"`
}

// List implements aftersales.Store.
func (s *Store) List(ctx context.Context, f aftersales.Filter, p page.Request) (page.List[aftersales.Claim], error) {
	var after cursor
	if err := page.Decode(p.After, &after); err != nil {
		return page.List[aftersales.Claim]{}, err
	}
	cs, err := s.query(ctx, `($1::uuid IS NULL OR c.buyer_id = $1) AND ($2::uuid IS NULL OR c.seller_id = $2) AND ($3 = '' OR c.state = $3)
		AND ($4::uuid IS NULL OR c.id < $4) ORDER BY c.id DESC LIMIT $5`, idOrNull(f.Buyer), idOrNull(f.Seller), string(f.State), idOrNull(after.ID), p.Size()+1)
	if err != nil {
		return page.List[aftersales.Claim]{}, err
	}
	return page.Cut(cs, p.Size(), func(c aftersales.Claim) any { return cursor{c.ID} }), nil
}

func (s *Store) query(ctx context.Context, where string, args ...any) ([]aftersales.Claim, error) {
	cs := []aftersales.Claim{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		cs = cs[:0]
		b.Queue(`SELECT c.id, c.number, c.order_id, c.order_line_id, c.buyer_id, c.seller_id, c.kind, c.expected_micro, c.actual_micro, c.unit, c.amount_minor, c.currency,
			c.state, c.opened_by, c.opened_at, c.decided_by, c.decided_at, c.note, c.answer, c.version FROM aftersales_claims c WHERE `+where, args...).
			Query(func(rows pgx.Rows) error {
				for rows.Next() {
					var c aftersales.Claim
					var decided *time.Time
					if err := rows.Scan(&c.ID, &c.Number, &c.Order, &c.Line, &c.Buyer, &c.Seller, (*string)(&c.Kind), &c.Expected.Micro, &c.Actual.Micro,
						(*string)(&c.Expected.Unit), &c.Amount.Minor, (*string)(&c.Amount.Currency), (*string)(&c.State), &c.OpenedBy, &c.OpenedAt, &c.DecidedBy,
						&decided, &c.Note, &c.Answer, &c.Version); err != nil {
						return err
					}
					c.Actual.Unit, c.OpenedAt = c.Expected.Unit, c.OpenedAt.UTC()
					if decided != nil {
						c.DecidedAt = decided.UTC()
					}
					cs = append(cs, c)
				}
				return rows.Err()
			})
	})
	return cs, err
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

func idOrNull[N any](i id.ID[N]) *uuid.UUID {
	if i.IsZero() {
		return nil
	}
	u := i.UUID()
	return &u
}

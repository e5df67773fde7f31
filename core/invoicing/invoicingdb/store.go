// Package invoicingdb keeps invoices in PostgreSQL.
package invoicingdb

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements invoicing.Store.
type Store struct{ db *pg.DB }

// New makes a store.
func New(db *pg.DB) Store { return Store{db} }

// Add writes an invoice; an order has one.
func (Store) Add(ctx context.Context, i invoicing.Invoice) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	lines, err := json.Marshal(i.Lines)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `INSERT INTO invoicing_invoices (tenant_id, id, number, order_id, seller_id, buyer_id, currency, net_minor, tax_minor, total_minor, lines, pdf_blob_id, issued_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (tenant_id, order_id) DO NOTHING`,
		c.Tenant.UUID(), i.ID.UUID(), i.Number, i.Order.UUID(), i.Seller.UUID(), i.Buyer.UUID(), string(i.Currency), i.Net.Minor, i.Tax.Minor, i.Total.Minor, lines, i.PDF.UUID(), i.IssuedAt)
	if err == nil && ct.RowsAffected() == 0 {
		return invoicing.ErrIssued
	}
	return err
}

const query = `SELECT id, number, order_id, seller_id, buyer_id, currency, net_minor, tax_minor, total_minor, lines, pdf_blob_id, issued_at FROM invoicing_invoices WHERE `

func scan(r pgx.Row) (invoicing.Invoice, error) {
	var i invoicing.Invoice
	var lines []byte
	err := r.Scan(&i.ID, &i.Number, &i.Order, &i.Seller, &i.Buyer, (*string)(&i.Currency), &i.Net.Minor, &i.Tax.Minor, &i.Total.Minor, &lines, &i.PDF, &i.IssuedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return i, invoicing.ErrNotFound
	}
	if err != nil {
		return i, err
	}
	i.Net.Currency, i.Tax.Currency, i.Total.Currency = i.Currency, i.Currency, i.Currency
	i.IssuedAt = i.IssuedAt.UTC()
	return i, json.Unmarshal(lines, &i.Lines)
}

// ByID finds one invoice.
func (s Store) ByID(ctx context.Context, iid id.Invoice) (invoicing.Invoice, error) {
	return s.one(ctx, `id = $1`, iid.UUID())
}

// ByOrder finds an order's invoice.
func (s Store) ByOrder(ctx context.Context, oid id.Order) (invoicing.Invoice, error) {
	return s.one(ctx, `order_id = $1`, oid.UUID())
}

func (s Store) one(ctx context.Context, where string, arg any) (i invoicing.Invoice, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(query+where, arg).QueryRow(func(r pgx.Row) (err error) { i, err = scan(r); return err })
	})
	return i, err
}

type cursor struct {
	ID id.Invoice `json:"id"`
}

// List lists invoices, newest first.
func (s Store) List(ctx context.Context, f invoicing.Filter, p page.Request) (page.List[invoicing.Invoice], error) {
	last := cursor{id.Invoice{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	if err := page.Decode(p.After, &last); err != nil {
		return page.List[invoicing.Invoice]{}, err
	}
	where, arg := `$1::uuid IS NULL`, any(nil)
	if !f.Buyer.IsZero() {
		where, arg = `buyer_id = $1`, f.Buyer.UUID()
	}
	if !f.Seller.IsZero() {
		where, arg = `seller_id = $1`, f.Seller.UUID()
	}
	var list []invoicing.Invoice
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(query+where+` AND id < $2 ORDER BY id DESC LIMIT $3`, arg, last.ID.UUID(), p.Size()+1).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (invoicing.Invoice, error) { return scan(r) })
			return err
		})
	})
	return page.Cut(list, p.Size(), func(i invoicing.Invoice) any { return cursor{i.ID} }), err
}

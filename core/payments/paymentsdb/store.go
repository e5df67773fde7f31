// Package paymentsdb keeps escrows, releases and payouts in PostgreSQL.
package paymentsdb

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements payments.Store.
type Store struct{ db *pg.DB }

// New makes a store.
func New(db *pg.DB) Store { return Store{db} }

func tenantAnd(ctx context.Context) (pgx.Tx, id.Tenant, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, id.Tenant{}, err
	}
	c, err := caller.From(ctx)
	return tx, c.Tenant, err
}

// Add opens a safe.
func (Store) Add(ctx context.Context, e payments.Escrow) error {
	_, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO payments_escrows (tenant_id, id, order_id, buyer_id, seller_id, currency, amount_minor, state, plugin, created_at)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, tenant.UUID(), e.ID.UUID(), e.Order.UUID(), e.Buyer.UUID(), e.Seller.UUID(),
			string(e.Amount.Currency), e.Amount.Minor, string(e.State), e.Plugin, e.CreatedAt)
	})
}

// Remove takes away a safe that never held anything.
func (Store) Remove(ctx context.Context, eid id.Escrow) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM payments_escrows WHERE id = $1 AND funded_minor = 0`, eid.UUID())
	return err
}

const escrowQuery = `SELECT id, order_id, buyer_id, seller_id, currency, amount_minor, funded_minor, overpaid_minor, released_minor, refunded_minor, commission_minor,
	state, plugin, op_ref, instructions, created_at, funded_at, closed_at, version FROM payments_escrows WHERE `

func (s Store) one(ctx context.Context, where string, arg any, lock bool) (e payments.Escrow, err error) {
	q := escrowQuery + where
	if !lock {
		err = s.db.Read(ctx, func(b *pgx.Batch) {
			b.Queue(q, arg).QueryRow(func(r pgx.Row) (err error) { e, err = scanEscrow(r); return err })
		})
		return e, err
	}
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return payments.Escrow{}, err
	}
	return scanEscrow(tx.QueryRow(ctx, q+` FOR UPDATE`, arg))
}

func scanEscrow(r pgx.Row) (payments.Escrow, error) {
	var (
		e              payments.Escrow
		cur            money.Currency
		instructions   []byte
		funded, closed *time.Time
	)
	err := r.Scan(&e.ID, &e.Order, &e.Buyer, &e.Seller, (*string)(&cur), &e.Amount.Minor, &e.Held.Minor, &e.Overpaid.Minor, &e.ToSeller.Minor, &e.ToBuyer.Minor,
		&e.Commission.Minor, (*string)(&e.State), &e.Plugin, &e.Operation, &instructions, &e.CreatedAt, &funded, &closed, &e.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, payments.ErrNotFound
	}
	if err != nil {
		return e, err
	}
	for _, m := range []*money.Money{&e.Amount, &e.Held, &e.Overpaid, &e.ToSeller, &e.ToBuyer, &e.Commission} {
		m.Currency = cur
	}
	if funded != nil {
		e.FundedAt = funded.UTC()
	}
	if closed != nil {
		e.ClosedAt = closed.UTC()
	}
	return e, json.Unmarshal(instructions, &e.Instructions)
}

// ByOrder, ByID and ByOperation find one safe.
func (s Store) ByOrder(ctx context.Context, oid id.Order, lock bool) (payments.Escrow, error) {
	return s.one(ctx, `order_id = $1`, oid.UUID(), lock)
}

// ByID finds it by its own identifier.
func (s Store) ByID(ctx context.Context, eid id.Escrow, lock bool) (payments.Escrow, error) {
	return s.one(ctx, `id = $1`, eid.UUID(), lock)
}

// ByOperation finds it by the provider's reference.
func (s Store) ByOperation(ctx context.Context, op string) (payments.Escrow, error) {
	return s.one(ctx, `op_ref = $1 AND op_ref <> ''`, op, false)
}

// Save writes a safe under the version read.
func (Store) Save(ctx context.Context, e payments.Escrow) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	if e.Instructions == nil {
		e.Instructions = map[string]string{}
	}
	instructions, err := json.Marshal(e.Instructions)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE payments_escrows SET funded_minor = $3, overpaid_minor = $4, released_minor = $5, refunded_minor = $6, commission_minor = $7, state = $8,
		plugin = $9, op_ref = $10, instructions = $11, funded_at = $12, closed_at = $13, version = version + 1 WHERE id = $1 AND version = $2`,
		e.ID.UUID(), e.Version, e.Held.Minor, e.Overpaid.Minor, e.ToSeller.Minor, e.ToBuyer.Minor, e.Commission.Minor, string(e.State), e.Plugin, e.Operation,
		instructions, orNull(e.FundedAt), orNull(e.ClosedAt))
	if err == nil && ct.RowsAffected() == 0 {
		return payments.ErrStale
	}
	return err
}

// Seen notes a message; the second time it is not new.
func (Store) Seen(ctx context.Context, plugin, dedupe string, body []byte) (bool, error) {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return false, err
	}
	hash := sha256.Sum256(body)
	ct, err := tx.Exec(ctx, `INSERT INTO payments_webhooks (tenant_id, plugin, event_id, body_hash, at) VALUES ($1,$2,$3,$4,now()) ON CONFLICT DO NOTHING`,
		tenant.UUID(), plugin, dedupe, hash[:])
	return ct.RowsAffected() == 1, err
}

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// Package orderingdb keeps carts, checkouts, orders and approvals in PostgreSQL.
package orderingdb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements ordering.Store.
type Store struct{}

// tenantAnd is the transaction of the unit and the tenant it is bound to.
func tenantAnd(ctx context.Context) (pgx.Tx, id.Tenant, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, id.Tenant{}, err
	}
	c, err := caller.From(ctx)
	return tx, c.Tenant, err
}

// OpenCart finds the open cart of a person, or makes it, with its lines.
func (Store) OpenCart(ctx context.Context, org id.Org, person id.Person) (ordering.Cart, error) {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return ordering.Cart{}, err
	}
	cart := ordering.Cart{Org: org, Person: person}
	var b pgx.Batch
	// The partial unique index decides who makes it; the loser reads the winner's.
	b.Queue(`INSERT INTO ordering_carts (tenant_id, id, org_id, person_id, state, created_at, updated_at)
		VALUES ($1,$2,$3,$4,'open',now(),now()) ON CONFLICT (tenant_id, org_id, person_id) WHERE state = 'open' DO NOTHING`,
		tenant.UUID(), cart.ID.New().UUID(), org.UUID(), person.UUID())
	b.Queue(`SELECT id, version, updated_at FROM ordering_carts WHERE org_id = $1 AND person_id = $2 AND state = 'open'`, org.UUID(), person.UUID()).
		QueryRow(func(r pgx.Row) error { return r.Scan(&cart.ID, &cart.Version, &cart.UpdatedAt) })
	b.Queue(`SELECT l.offer_id, l.qty_micro, l.unit FROM ordering_cart_lines l JOIN ordering_carts c ON c.tenant_id = l.tenant_id AND c.id = l.cart_id
		WHERE c.org_id = $1 AND c.person_id = $2 AND c.state = 'open' ORDER BY l.added_at, l.offer_id`, org.UUID(), person.UUID()).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var l ordering.CartLine
				if err := rows.Scan(&l.Offer, &l.Qty.Micro, (*string)(&l.Qty.Unit)); err != nil {
					return err
				}
				cart.Lines = append(cart.Lines, l)
			}
			return rows.Err()
		})
	err = tx.SendBatch(ctx, &b).Close()
	return cart, err
}

// PutLine sets a line; at most limit lines fit.
func (Store) PutLine(ctx context.Context, cart ordering.Cart, l ordering.CartLine, limit int) error {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	there := false
	for _, have := range cart.Lines {
		there = there || have.Offer == l.Offer
	}
	if !there && len(cart.Lines) >= limit {
		return ordering.ErrCartFull.With("max", limit)
	}
	var b pgx.Batch
	b.Queue(`INSERT INTO ordering_cart_lines (tenant_id, cart_id, offer_id, qty_micro, unit, added_at) VALUES ($1,$2,$3,$4,$5,now())
		ON CONFLICT (tenant_id, cart_id, offer_id) DO UPDATE SET qty_micro = excluded.qty_micro, unit = excluded.unit`,
		tenant.UUID(), cart.ID.UUID(), l.Offer.UUID(), l.Qty.Micro, string(l.Qty.Unit))
	b.Queue(`UPDATE ordering_carts SET version = version + 1, updated_at = now() WHERE id = $1`, cart.ID.UUID())
	return tx.SendBatch(ctx, &b).Close()
}

// RemoveLine takes a line out.
func (Store) RemoveLine(ctx context.Context, cart ordering.Cart, offer id.Offer) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue(`DELETE FROM ordering_cart_lines WHERE cart_id = $1 AND offer_id = $2`, cart.ID.UUID(), offer.UUID())
	b.Queue(`UPDATE ordering_carts SET version = version + 1, updated_at = now() WHERE id = $1`, cart.ID.UUID())
	return tx.SendBatch(ctx, &b).Close()
}

// CloseCart ends a cart that has not changed since its checkout.
func (Store) CloseCart(ctx context.Context, cart id.Cart, version int64) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE ordering_carts SET state = 'checked_out', updated_at = now() WHERE id = $1 AND version = $2 AND state = 'open'`, cart.UUID(), version)
	if err == nil && ct.RowsAffected() == 0 {
		return ordering.ErrCheckoutOld
	}
	return err
}

// SaveCheckout keeps a checkout.
func (Store) SaveCheckout(ctx context.Context, c ordering.Checkout) error {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	parts, err := json.Marshal(c.Parts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO ordering_checkouts (tenant_id, id, cart_id, cart_version, org_id, person_id, currency, tax_rate_micro, parts, created_at, expires_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`, tenant.UUID(), c.ID.UUID(), c.Cart.UUID(), c.CartVersion, c.Org.UUID(), c.Person.UUID(),
		string(c.Currency), c.TaxRate, parts, c.CreatedAt, c.ExpiresAt)
	return err
}

// Checkout loads a company's own checkout.
func (Store) Checkout(ctx context.Context, cid id.Checkout, org id.Org) (ordering.Checkout, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return ordering.Checkout{}, err
	}
	c := ordering.Checkout{ID: cid, Org: org}
	var parts []byte
	var used *time.Time
	err = tx.QueryRow(ctx, `SELECT cart_id, cart_version, person_id, currency, tax_rate_micro, parts, created_at, expires_at, used_at
		FROM ordering_checkouts WHERE id = $1 AND org_id = $2`, cid.UUID(), org.UUID()).
		Scan(&c.Cart, &c.CartVersion, &c.Person, (*string)(&c.Currency), &c.TaxRate, &parts, &c.CreatedAt, &c.ExpiresAt, &used)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, ordering.ErrCheckout
	}
	if err != nil {
		return c, err
	}
	if used != nil {
		c.UsedAt = *used
	}
	return c, json.Unmarshal(parts, &c.Parts)
}

// UseCheckout marks it used; of two at once the second finds it used.
func (Store) UseCheckout(ctx context.Context, cid id.Checkout) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE ordering_checkouts SET used_at = now() WHERE id = $1 AND used_at IS NULL`, cid.UUID())
	if err == nil && ct.RowsAffected() == 0 {
		return ordering.ErrCheckoutUsed
	}
	return err
}

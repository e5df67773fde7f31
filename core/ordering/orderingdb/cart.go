// Package orderingdb keeps carts, checkouts, orders and approvals in PostgreSQL.
package orderingdb

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements ordering.Store. What changes is asked in the unit that changes it; what
// is only looked at is one trip of its own.
type Store struct {
	db     *pg.DB
	phones *contact.Phones
}

// New makes a store; telephone numbers are kept elsewhere.
func New(db *pg.DB, phones *contact.Phones) Store { return Store{db, phones} }

// tenantAnd is the transaction of the unit and the tenant it is bound to.
func tenantAnd(ctx context.Context) (pgx.Tx, id.Tenant, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, id.Tenant{}, err
	}
	c, err := caller.From(ctx)
	return tx, c.Tenant, err
}

// theCart is the identifier of a person's open cart. It is looked up by itself, never
// joined: a plan that was made while there were no lines would begin with all of them.
const theCart = `(SELECT c.id FROM ordering_carts c WHERE c.org_id = $1 AND c.person_id = $2 AND c.state = 'open')`

// touchCart finds the open cart and moves its version on, or makes it.
const touchCart = `INSERT INTO ordering_carts AS c (tenant_id, id, org_id, person_id, state, created_at, updated_at)
	VALUES ($3, $4, $1, $2, 'open', now(), now())
	ON CONFLICT (tenant_id, org_id, person_id) WHERE state = 'open' DO UPDATE SET version = c.version + 1, updated_at = now()
	RETURNING c.id, c.version, c.updated_at`

// OpenCart finds the open cart of a person, or makes it, with its lines.
func (Store) OpenCart(ctx context.Context, org id.Org, person id.Person) (ordering.Cart, error) {
	return cartAfter(ctx, org, person, func(b *pgx.Batch, cart *ordering.Cart, tenant, fresh uuid.UUID) {
		// The partial unique index decides who makes it; the loser reads the winner's.
		b.Queue(`INSERT INTO ordering_carts (tenant_id, id, org_id, person_id, state, created_at, updated_at)
			VALUES ($3, $4, $1, $2, 'open', now(), now()) ON CONFLICT (tenant_id, org_id, person_id) WHERE state = 'open' DO NOTHING`,
			org.UUID(), person.UUID(), tenant, fresh)
		b.Queue(`SELECT id, version, updated_at FROM ordering_carts WHERE org_id = $1 AND person_id = $2 AND state = 'open'`, org.UUID(), person.UUID()).
			QueryRow(func(r pgx.Row) error { return r.Scan(&cart.ID, &cart.Version, &cart.UpdatedAt) })
	})
}

// PutLine sets a line; at most limit lines fit.
func (Store) PutLine(ctx context.Context, org id.Org, person id.Person, l ordering.CartLine, limit int) (ordering.Cart, error) {
	return cartAfter(ctx, org, person, func(b *pgx.Batch, cart *ordering.Cart, tenant, fresh uuid.UUID) {
		b.Queue(`WITH cart AS (`+touchCart+`), put AS (
			INSERT INTO ordering_cart_lines (tenant_id, cart_id, offer_id, qty_micro, unit, added_at)
			SELECT $3, cart.id, $5, $6, $7, now() FROM cart
				WHERE $8 > (SELECT count(*) FROM ordering_cart_lines l WHERE l.cart_id = (SELECT id FROM cart) AND l.offer_id <> $5)
			ON CONFLICT (tenant_id, cart_id, offer_id) DO UPDATE SET qty_micro = excluded.qty_micro, unit = excluded.unit RETURNING 1)
			SELECT id, version, updated_at, EXISTS (SELECT FROM put) FROM cart`,
			org.UUID(), person.UUID(), tenant, fresh, l.Offer.UUID(), l.Qty.Micro, string(l.Qty.Unit), limit).QueryRow(func(r pgx.Row) error {
			var fits bool
			if err := r.Scan(&cart.ID, &cart.Version, &cart.UpdatedAt, &fits); err != nil {
				return err
			}
			if !fits {
				return ordering.ErrCartFull.With("max", limit)
			}
			return nil
		})
	})
}

// RemoveLine takes a line out.
func (Store) RemoveLine(ctx context.Context, org id.Org, person id.Person, offer id.Offer) (ordering.Cart, error) {
	return cartAfter(ctx, org, person, func(b *pgx.Batch, cart *ordering.Cart, tenant, fresh uuid.UUID) {
		b.Queue(`DELETE FROM ordering_cart_lines l WHERE l.cart_id = `+theCart+` AND l.offer_id = $3`, org.UUID(), person.UUID(), offer.UUID())
		b.Queue(touchCart, org.UUID(), person.UUID(), tenant, fresh).
			QueryRow(func(r pgx.Row) error { return r.Scan(&cart.ID, &cart.Version, &cart.UpdatedAt) })
	})
}

// cartAfter is the open cart as it is after a change to it, all in one round trip.
func cartAfter(ctx context.Context, org id.Org, person id.Person, change func(b *pgx.Batch, cart *ordering.Cart, tenant, fresh uuid.UUID)) (ordering.Cart, error) {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return ordering.Cart{}, err
	}
	cart := ordering.Cart{Org: org, Person: person}
	var b pgx.Batch
	change(&b, &cart, tenant.UUID(), cart.ID.New().UUID())
	b.Queue(`SELECT l.offer_id, l.qty_micro, l.unit FROM ordering_cart_lines l WHERE l.cart_id = `+theCart+` ORDER BY l.added_at, l.offer_id`, org.UUID(), person.UUID()).
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
	_, err = tx.Exec(ctx, `INSERT INTO ordering_checkouts (tenant_id, id, cart_id, cart_version, org_id, person_id, currency, tax_rate_micro, to_city, to_country, parts, created_at, expires_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`, tenant.UUID(), c.ID.UUID(), c.Cart.UUID(), c.CartVersion, c.Org.UUID(), c.Person.UUID(),
		string(c.Currency), c.TaxRate, c.To.City, c.To.Country, parts, c.CreatedAt, c.ExpiresAt)
	return err
}

const checkoutQuery = `SELECT cart_id, cart_version, person_id, currency, tax_rate_micro, to_city, to_country, parts, created_at, expires_at
	FROM ordering_checkouts WHERE id = $1 AND org_id = $2`

// Checkout loads a company's own checkout.
func (s Store) Checkout(ctx context.Context, cid id.Checkout, org id.Org) (c ordering.Checkout, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(checkoutQuery, cid.UUID(), org.UUID()).QueryRow(func(r pgx.Row) (err error) { c, err = scanCheckout(r, cid, org); return err })
	})
	return c, err
}

func scanCheckout(r pgx.Row, cid id.Checkout, org id.Org) (ordering.Checkout, error) {
	c := ordering.Checkout{ID: cid, Org: org}
	var parts []byte
	err := r.Scan(&c.Cart, &c.CartVersion, &c.Person, (*string)(&c.Currency), &c.TaxRate, &c.To.City, &c.To.Country, &parts, &c.CreatedAt, &c.ExpiresAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, ordering.ErrCheckout
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(parts, &c.Parts)
}

// TakeCheckout implements ordering.Store. The change is sent with the question: whoever may
// not have the checkout fails, and it with him.
func (Store) TakeCheckout(ctx context.Context, cid id.Checkout, org id.Org) (c ordering.Checkout, taken bool, err error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return c, false, err
	}
	var b pgx.Batch
	b.Queue(checkoutQuery, cid.UUID(), org.UUID()).QueryRow(func(r pgx.Row) (err error) {
		c, err = scanCheckout(r, cid, org)
		return err
	})
	b.Queue(`UPDATE ordering_carts c SET state = 'checked_out', checkout_id = o.id, updated_at = now() FROM ordering_checkouts o
		WHERE o.id = $1 AND o.org_id = $2 AND c.tenant_id = o.tenant_id AND c.id = o.cart_id AND c.version = o.cart_version AND c.state = 'open'`, cid.UUID(), org.UUID()).
		Exec(func(ct pgconn.CommandTag) error { taken = ct.RowsAffected() == 1; return nil })
	err = tx.SendBatch(ctx, &b).Close()
	return c, taken, err
}

// Used implements ordering.Store.
func (Store) Used(ctx context.Context, c ordering.Checkout) (used bool, err error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return false, err
	}
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ordering_carts WHERE id = $1 AND checkout_id = $2)`, c.Cart.UUID(), c.ID.UUID()).Scan(&used)
	return used, err
}

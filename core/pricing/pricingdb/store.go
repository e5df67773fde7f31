// Package pricingdb keeps prices, the floors that lists show, and the price board.
package pricingdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/pricing"
)

// Store implements pricing.Store.
type Store struct{ db *pg.DB }

var _ pricing.Store = Store{}

// New makes a store.
func New(db *pg.DB) Store { return Store{db} }

const columns = `p.id, p.offer_id, p.buyer_id, p.min_qty_micro, p.unit, p.price_micro, p.currency, p.valid_from, coalesce(p.valid_to, 'epoch'::timestamptz)`

func scan(rows pgx.Rows, p *pricing.Price) error {
	err := rows.Scan(&p.ID, &p.Offer, &p.Buyer, &p.MinMicro, &p.Unit, &p.Micro, &p.Currency, &p.ValidFrom, &p.ValidTo)
	if p.ValidTo.Unix() == 0 {
		p.ValidTo = time.Time{}
	}
	return err
}

// visible is the condition that makes a price anybody's or the buyer's own: $2 is the buyer.
const visible = `p.buyer_id IN ('00000000-0000-0000-0000-000000000000'::uuid, $2::uuid)`

// Prices implements pricing.Store.
func (s Store) Prices(ctx context.Context, offers []id.Offer, buyer id.Org) ([]pricing.Price, error) {
	var out []pricing.Price
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+columns+` FROM pricing_prices p WHERE p.offer_id = ANY ($1) AND `+visible+` ORDER BY p.id`, uuids(offers), buyer.UUID()).Query(gather(&out, scan))
	})
	return out, err
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

// Put implements pricing.Store. A price with the same offer, buyer, tier and beginning is
// the same price: it keeps its identifier, which is given back.
func (s Store) Put(ctx context.Context, ps []pricing.Price) error {
	n := len(ps)
	ids, offers, buyers := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n)
	mins, micros := make([]int64, n), make([]int64, n)
	units, currencies := make([]string, n), make([]string, n)
	from, to := make([]time.Time, n), make([]*time.Time, n)
	for i, p := range ps {
		ids[i], offers[i], buyers[i], mins[i], units[i], micros[i], currencies[i], from[i] = p.ID.UUID(), p.Offer.UUID(), p.Buyer.UUID(), p.MinMicro, string(p.Unit), p.Micro, string(p.Currency), p.ValidFrom
		if !p.ValidTo.IsZero() {
			to[i] = &ps[i].ValidTo
		}
	}
	return query(ctx, `INSERT INTO pricing_prices (tenant_id, id, offer_id, buyer_id, min_qty_micro, unit, price_micro, currency, valid_from, valid_to)
		SELECT $1, r.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::timestamptz[], $10::timestamptz[]) r
		ON CONFLICT (tenant_id, offer_id, buyer_id, min_qty_micro, valid_from) DO UPDATE SET unit = excluded.unit, price_micro = excluded.price_micro,
			currency = excluded.currency, valid_to = excluded.valid_to
		RETURNING id, offer_id, buyer_id, min_qty_micro, valid_from`, func(rows pgx.Rows) error {
		type key struct {
			o, b uuid.UUID
			m, t int64
		}
		stored := map[key]id.Price{}
		for rows.Next() {
			var pid id.Price
			var k key
			var at time.Time
			if err := rows.Scan(&pid, &k.o, &k.b, &k.m, &at); err != nil {
				return err
			}
			k.t = at.UnixMicro()
			stored[k] = pid
		}
		for i := range ps {
			ps[i].ID = stored[key{offers[i], buyers[i], mins[i], from[i].UnixMicro()}]
		}
		return rows.Err()
	}, ids, offers, buyers, mins, units, micros, currencies, from, to)
}

// End implements pricing.Store.
func (s Store) End(ctx context.Context, offer id.Offer, buyer id.Org, keep []id.Price, at time.Time) error {
	return query(ctx, `UPDATE pricing_prices SET valid_to = greatest($5, valid_from + interval '1 microsecond') WHERE tenant_id = $1 AND offer_id = $2 AND buyer_id = $3 AND NOT id = ANY ($4)
		AND (valid_to IS NULL OR valid_to > $5)`, nil, offer.UUID(), buyer.UUID(), uuids(keep), at)
}

// query runs a statement on the unit's transaction, with the tenant as its first argument.
func query(ctx context.Context, sql string, scan func(pgx.Rows) error, args ...any) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sql, append([]any{who.Tenant.UUID()}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if scan != nil {
		if err := scan(rows); err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}

func uuids[N any](ids []id.ID[N]) []uuid.UUID {
	out := make([]uuid.UUID, len(ids))
	for i, v := range ids {
		out[i] = v.UUID()
	}
	return out
}

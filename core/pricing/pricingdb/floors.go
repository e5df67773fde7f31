package pricingdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/pricing"
)

// AllPrices implements pricing.Store. Which offers are open is the catalogue's to say;
// reading it here keeps floors to one query however many items change.
func (s Store) AllPrices(ctx context.Context, items []id.Item, at time.Time) ([]pricing.OfferTerms, []pricing.Price, error) {
	var terms []pricing.OfferTerms
	var prices []pricing.Price
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT o.id, o.item_id, i.unit, i.kg_per_unit_micro FROM catalog_offers o JOIN catalog_items i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
			WHERE o.item_id = ANY ($1) AND o.state = 'published' ORDER BY o.item_id, o.id`, uuids(items)).
			Query(gather(&terms, func(r pgx.Rows, t *pricing.OfferTerms) error {
				return r.Scan(&t.Offer, &t.Item, &t.ItemUnit, &t.KgPerUnitMicro)
			}))
		b.Queue(`SELECT `+columns+` FROM catalog_offers o JOIN pricing_prices p ON p.tenant_id = o.tenant_id AND p.offer_id = o.id
			WHERE o.item_id = ANY ($1) AND o.state = 'published' AND (p.valid_to IS NULL OR p.valid_to > $2)`, uuids(items), at).Query(gather(&prices, scan))
	})
	return terms, prices, err
}

// PutFloors implements pricing.Store: the items' floors become exactly these.
func (s Store) PutFloors(ctx context.Context, items []id.Item, fs []pricing.Floor) error {
	n := len(fs)
	is, buyers, offers := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n)
	micros, comparable := make([]int64, n), make([]int64, n)
	units, currencies := make([]string, n), make([]string, n)
	stale := make([]*time.Time, n)
	for i, f := range fs {
		is[i], buyers[i], offers[i] = f.Item.UUID(), f.Buyer.UUID(), f.Offer.UUID()
		micros[i], comparable[i], units[i], currencies[i] = f.Price.Micro, f.Comparable, string(f.Price.Per), string(f.Price.Currency)
		if !f.StaleAt.IsZero() {
			stale[i] = &fs[i].StaleAt
		}
	}
	if err := query(ctx, `DELETE FROM pricing_floors f WHERE f.tenant_id = $1 AND f.item_id = ANY ($2)
		AND NOT EXISTS (SELECT 1 FROM unnest($3::uuid[], $4::uuid[]) n(item, buyer) WHERE n.item = f.item_id AND n.buyer = f.buyer_id)`, nil, uuids(items), is, buyers); err != nil {
		return err
	}
	return query(ctx, `INSERT INTO pricing_floors (tenant_id, item_id, buyer_id, offer_id, price_micro, unit, currency, comparable, stale_at)
		SELECT $1, r.* FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::timestamptz[]) r
		ON CONFLICT (tenant_id, item_id, buyer_id) DO UPDATE SET offer_id = excluded.offer_id, price_micro = excluded.price_micro, unit = excluded.unit,
			currency = excluded.currency, comparable = excluded.comparable, stale_at = excluded.stale_at`, nil, is, buyers, offers, micros, units, currencies, comparable, stale)
}

// StaleItems implements pricing.Store.
func (s Store) StaleItems(ctx context.Context, at time.Time, limit int) ([]id.Item, error) {
	var out []id.Item
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT DISTINCT item_id FROM pricing_floors WHERE stale_at <= $1 LIMIT $2`, at, limit).
			Query(gather(&out, func(r pgx.Rows, i *id.Item) error { return r.Scan(i) }))
	})
	return out, err
}

// PutIndices implements pricing.Store.
func (s Store) PutIndices(ctx context.Context, ins []pricing.Index) error {
	n := len(ins)
	keys, units, currencies, sources := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	days, micros := make([]time.Time, n), make([]int64, n)
	for i, x := range ins {
		keys[i], days[i], micros[i], currencies[i], units[i], sources[i] = x.Key, x.Day, x.Micro, string(x.Currency), string(x.Unit), x.Source
	}
	return query(ctx, `INSERT INTO pricing_indices (tenant_id, key, day, price_micro, currency, unit, source)
		SELECT $1, r.* FROM unnest($2::text[], $3::date[], $4::bigint[], $5::text[], $6::text[], $7::text[]) r
		ON CONFLICT (tenant_id, key, day) DO UPDATE SET price_micro = excluded.price_micro, currency = excluded.currency, unit = excluded.unit, source = excluded.source`,
		nil, keys, days, micros, currencies, units, sources)
}

// Indices implements pricing.Store.
func (s Store) Indices(ctx context.Context, since time.Time) ([]pricing.Index, error) {
	var out []pricing.Index
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT key, day, price_micro, currency, unit, source FROM pricing_indices WHERE day >= $1 ORDER BY key, day`, since).
			Query(gather(&out, func(r pgx.Rows, x *pricing.Index) error {
				return r.Scan(&x.Key, &x.Day, &x.Micro, &x.Currency, &x.Unit, &x.Source)
			}))
	})
	return out, err
}

package catalogdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/catalog"
)

// facetCap bounds how many hits are looked at for counting.
const facetCap = 20_000

// Find implements catalog.Store through the search functions, page and counts in one trip.
func (s Store) Find(ctx context.Context, f catalog.Find) ([]catalog.Hit, []catalog.Count, error) {
	var hits []catalog.Hit
	var counts []catalog.Count
	var n, sk, after any
	if f.After != nil {
		u, err := uuid.Parse(f.After.ID)
		if err != nil {
			return nil, nil, err
		}
		n, sk, after = f.After.N, f.After.S, u
	}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		collect(b, &hits, scanHit, `SELECT item_id, n, s FROM srch.catalog_items($1, $2, $3, $4::jsonb, $5, $6::bigint, $7::text, $8::uuid, $9::int)`,
			f.Wanted, f.InName, f.InCodes, null(f.Ranges), string(f.Sort), n, sk, after, f.Limit)
		if f.Sets != "" {
			collect(b, &counts, func(r pgx.Rows, c *catalog.Count) error {
				var low, high *int64
				if err := r.Scan(&c.Key, &c.Term, &c.Items, &low, &high); err != nil {
					return err
				}
				if low != nil && high != nil {
					c.Low, c.High = *low, *high
				}
				return nil
			}, `SELECT key, term, items, low, high FROM srch.catalog_facets($1::jsonb, $2::int) ORDER BY key, items DESC, term`, f.Sets, facetCap)
		}
	})
	return hits, counts, err
}

func scanHit(r pgx.Rows, h *catalog.Hit) error {
	if err := r.Scan(&h.Item, &h.N, &h.S); err != nil {
		return err
	}
	h.ID = h.Item.String()
	return nil
}

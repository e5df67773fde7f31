package catalogdb

import (
	"context"
	"encoding/binary"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/catalog"
)

// facetCap bounds how many hits are looked at for counting.
const facetCap = 20_000

// Find implements catalog.Store through the search functions, page and counts in one trip.
func (s Store) Find(ctx context.Context, f catalog.Find) ([]catalog.Hit, []catalog.Tally, error) {
	var hits []catalog.Hit
	var tallies []catalog.Tally
	var n, sk, after any
	if f.After != nil {
		u, err := uuid.Parse(f.After.ID)
		if err != nil {
			return nil, nil, err
		}
		n, sk, after = f.After.N, f.After.S, u
	}
	counted := 0
	if f.Counted != nil {
		counted = facetCap
		tallies = make([]catalog.Tally, 1+len(f.Apart))
	}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT item_id, n, s, terms FROM srch.catalog_items($1, $2, $3, $4::jsonb, $5, $6::bigint, $7::text, $8::uuid, $9::int, $10::int)`,
			f.Wanted, f.InName, f.InCodes, null(f.Ranges), string(f.Sort), n, sk, after, f.Limit, counted).Query(func(rows pgx.Rows) error {
			hits = make([]catalog.Hit, 0, f.Limit)
			for rows.Next() {
				var h catalog.Hit
				raw := rows.RawValues()
				if err := rows.Scan(&h.Item, &h.N, &h.S, nil); err != nil {
					return err
				}
				if h.Item.IsZero() {
					tallies[0] = tally(h.N, raw[3])
					continue
				}
				h.ID = h.Item.String()
				hits = append(hits, h)
			}
			return rows.Err()
		})
		for at, a := range f.Apart {
			b.Queue(`SELECT n, terms FROM srch.catalog_counts($1, $2::jsonb, $3::int)`, a.Wanted, null(a.Ranges), counted).QueryRow(func(r pgx.Row) error {
				var n int64
				var packed []byte
				err := r.Scan(&n, &packed)
				tallies[at+1] = tally(n, packed)
				return err
			})
		}
	})
	return hits, tallies, err
}

// tally counts the numbers that a search hands over in one piece, eight bytes each.
func tally(hits int64, packed []byte) catalog.Tally {
	t := catalog.Tally{Hits: hits, Terms: make(map[int64]int64, 128)}
	for ; len(packed) >= 8; packed = packed[8:] {
		t.Terms[int64(binary.BigEndian.Uint64(packed))]++ //nolint:gosec // all sixty-four bits
	}
	return t
}

// Terms implements catalog.Store.
func (s Store) Terms(ctx context.Context, numbers []int64) (map[int64]catalog.Term, error) {
	out := make(map[int64]catalog.Term, len(numbers))
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, key, term, num_micro FROM catalog_terms WHERE id = ANY ($1)`, numbers).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var n int64
				var t catalog.Term
				if err := rows.Scan(&n, &t.Key, &t.Term, &t.Micro); err != nil {
					return err
				}
				out[n] = t
			}
			return rows.Err()
		})
	})
	return out, err
}

package catalogdb

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
)

// listChunk is how many listings one statement carries: the text index costs the same per
// row, and a statement's document stays small.
const listChunk = 500

// termID is the number that stands for a facet value in a listing.
const termID = `hashtextextended(v.key || chr(1) || v.term, 0)`

// List implements catalog.Store: listings and facet values are replaced. A row that would not change is not written:
// the text index is what an import spends its time on.
func (s Store) List(ctx context.Context, ls []catalog.Listing) error {
	for part := range slices.Chunk(ls, listChunk) {
		if err := s.list(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (s Store) list(ctx context.Context, ls []catalog.Listing) error {
	items, nm, vectors := make([]uuid.UUID, len(ls)), make([]string, len(ls)), make([]string, len(ls))
	newness := make([]int64, len(ls))
	var fItems []uuid.UUID
	var fKeys, fTerms []string
	var fMicro []*int64
	for n, l := range ls {
		items[n], nm[n], newness[n], vectors[n] = l.Item.UUID(), l.Name, l.Newness, l.Vector
		for _, f := range l.Facets {
			fItems, fKeys, fTerms, fMicro = append(fItems, l.Item.UUID()), append(fKeys, f.Key), append(fTerms, f.Term), append(fMicro, f.Micro)
		}
	}
	if _, err := exec(ctx, `INSERT INTO catalog_listings (tenant_id, item_id, name, newness, tsv, terms)
		SELECT $1, r.item, r.name, r.newness, r.tsv::tsvector, coalesce(f.terms, '')
		FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[]) r(item, name, newness, tsv)
		LEFT JOIN (SELECT item, string_agg(DISTINCT int8send(`+termID+`), '') AS terms FROM unnest($6::uuid[], $7::text[], $8::text[]) v(item, key, term) GROUP BY item) f USING (item)
		ON CONFLICT (tenant_id, item_id) DO UPDATE SET name = excluded.name, tsv = excluded.tsv, terms = excluded.terms
		WHERE catalog_listings.name <> excluded.name OR catalog_listings.tsv <> excluded.tsv OR catalog_listings.terms <> excluded.terms`,
		items, nm, newness, vectors, fItems, fKeys, fTerms); err != nil {
		return err
	}
	if _, err := exec(ctx, `INSERT INTO catalog_terms (tenant_id, id, key, term, num_micro)
		SELECT DISTINCT ON (v.key, v.term) $1, `+termID+`, v.key, v.term, v.micro FROM unnest($2::text[], $3::text[], $4::bigint[]) v(key, term, micro)
		ON CONFLICT (tenant_id, id) DO UPDATE SET num_micro = excluded.num_micro WHERE catalog_terms.num_micro IS DISTINCT FROM excluded.num_micro`,
		fKeys, fTerms, fMicro); err != nil {
		return err
	}
	if _, err := exec(ctx, `DELETE FROM catalog_facets f WHERE f.tenant_id = $1 AND f.item_id = ANY ($2)
		AND NOT EXISTS (SELECT 1 FROM unnest($3::uuid[], $4::text[], $5::text[]) n(item, key, term) WHERE n.item = f.item_id AND n.key = f.key AND n.term = f.term)`,
		items, fItems, fKeys, fTerms); err != nil {
		return err
	}
	_, err := exec(ctx, `INSERT INTO catalog_facets (tenant_id, item_id, key, term, num_micro)
		SELECT DISTINCT ON (r.item, r.key, r.term) $1, r.item, r.key, r.term, r.micro FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) r(item, key, term, micro)
		ON CONFLICT (tenant_id, item_id, key, term) DO UPDATE SET num_micro = excluded.num_micro WHERE catalog_facets.num_micro IS DISTINCT FROM excluded.num_micro`,
		fItems, fKeys, fTerms, fMicro)
	return err
}

// Unlist implements catalog.Store.
func (s Store) Unlist(ctx context.Context, ids []id.Item) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := exec(ctx, `DELETE FROM catalog_listings WHERE tenant_id = $1 AND item_id = ANY ($2)`, uuids(ids)); err != nil {
		return err
	}
	_, err := exec(ctx, `DELETE FROM catalog_facets WHERE tenant_id = $1 AND item_id = ANY ($2)`, uuids(ids))
	return err
}

package catalogdb

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

type itemRow struct {
	ID           uuid.UUID         `json:"id"`
	Category     uuid.UUID         `json:"category_id"`
	SKU          string            `json:"sku"`
	Names        catalog.Names     `json:"names"`
	Descriptions catalog.Names     `json:"descriptions"`
	Brand        string            `json:"brand"`
	Attributes   map[string]string `json:"attributes"`
	Unit         string            `json:"unit"`
	Kg           int64             `json:"kg_per_unit_micro"`
	Regulated    string            `json:"regulated"`
	Picture      string            `json:"picture"`
	State        string            `json:"state"`
	Seller       *uuid.UUID        `json:"seller_id"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`
}

func itemRows(is []catalog.Item) []itemRow {
	out := make([]itemRow, len(is))
	for n, i := range is {
		out[n] = itemRow{
			ID: i.ID.UUID(), Category: i.Category.UUID(), SKU: i.SKU, Names: names(i.Names), Descriptions: names(i.Descriptions), Brand: i.Brand,
			Attributes: i.Attributes, Unit: string(i.Unit), Kg: i.KgPerUnitMicro, Regulated: i.Regulated, Picture: i.Picture, State: string(i.State),
			CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
		}
		if i.Attributes == nil {
			out[n].Attributes = map[string]string{}
		}
		if !i.Seller.IsZero() {
			u := i.Seller.UUID()
			out[n].Seller = &u
		}
	}
	return out
}

const itemRecord = `r(id uuid, category_id uuid, sku text, names jsonb, descriptions jsonb, brand text, attributes jsonb, unit text, kg_per_unit_micro bigint,
	regulated text, picture text, state text, seller_id uuid, created_at timestamptz, updated_at timestamptz)`

const insertItems = `INSERT INTO catalog_items (tenant_id, id, category_id, sku, names, descriptions, brand, attributes, unit, kg_per_unit_micro, regulated, picture, state, seller_id, created_at, updated_at)
	SELECT $1, r.id, r.category_id, r.sku, r.names, r.descriptions, r.brand, r.attributes, r.unit, r.kg_per_unit_micro, r.regulated, r.picture, r.state, r.seller_id, r.created_at, r.updated_at
	FROM jsonb_to_recordset($2::jsonb) ` + itemRecord

// AddItem implements catalog.Store.
func (s Store) AddItem(ctx context.Context, i catalog.Item) error {
	d, err := doc(itemRows([]catalog.Item{i}))
	if err != nil {
		return err
	}
	_, err = exec(ctx, insertItems, d)
	if _, taken := pg.Violated(err); taken {
		return catalog.ErrSKUTaken.With("sku", i.SKU).Because(err)
	}
	return err
}

// SaveItem implements catalog.Store: every column, guarded by the version that was read.
func (s Store) SaveItem(ctx context.Context, i catalog.Item) error {
	d, err := doc(itemRows([]catalog.Item{i}))
	if err != nil {
		return err
	}
	n, err := exec(ctx, `UPDATE catalog_items i SET category_id = r.category_id, sku = r.sku, names = r.names, descriptions = r.descriptions, brand = r.brand,
		attributes = r.attributes, unit = r.unit, kg_per_unit_micro = r.kg_per_unit_micro, regulated = r.regulated, picture = r.picture, state = r.state,
		updated_at = r.updated_at, version = i.version + 1
		FROM jsonb_to_recordset($2::jsonb) `+itemRecord+` WHERE i.tenant_id = $1 AND i.id = r.id AND i.version = $3`, d, i.Version)
	if _, taken := pg.Violated(err); taken {
		return catalog.ErrSKUTaken.With("sku", i.SKU).Because(err)
	}
	if err == nil && n == 0 {
		return catalog.ErrItemStale
	}
	return err
}

// PutItems implements catalog.Store. Rows that would not change are not written.
func (s Store) PutItems(ctx context.Context, is []catalog.Item) error {
	if len(is) == 0 {
		return nil
	}
	skus := make([]string, len(is))
	for n, i := range is {
		skus[n] = i.SKU
	}
	have := map[string]id.Item{}
	if err := known(ctx, have, `SELECT sku, id FROM catalog_items WHERE tenant_id = $1 AND sku = ANY ($2)`, skus); err != nil {
		return err
	}
	for n := range is {
		if i, ok := have[is[n].SKU]; ok {
			is[n].ID = i
		}
	}
	d, err := doc(itemRows(is))
	if err != nil {
		return err
	}
	_, err = exec(ctx, insertItems+` ON CONFLICT (tenant_id, sku) DO UPDATE SET category_id = excluded.category_id, names = excluded.names,
		descriptions = excluded.descriptions, brand = excluded.brand, attributes = excluded.attributes, unit = excluded.unit,
		kg_per_unit_micro = excluded.kg_per_unit_micro, regulated = excluded.regulated, picture = excluded.picture, state = excluded.state,
		updated_at = excluded.updated_at, version = catalog_items.version + 1
		WHERE (catalog_items.category_id, catalog_items.names, catalog_items.descriptions, catalog_items.brand, catalog_items.attributes, catalog_items.unit,
			catalog_items.kg_per_unit_micro, catalog_items.regulated, catalog_items.picture, catalog_items.state)
		IS DISTINCT FROM (excluded.category_id, excluded.names, excluded.descriptions, excluded.brand, excluded.attributes, excluded.unit,
			excluded.kg_per_unit_micro, excluded.regulated, excluded.picture, excluded.state)`, d)
	return err
}

// known fills have with what exists under a key.
func known[K comparable, N any](ctx context.Context, have map[K]id.ID[N], sql string, args ...any) error {
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
	for rows.Next() {
		var k K
		var v id.ID[N]
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		have[k] = v
	}
	return rows.Err()
}

// AddDocument implements catalog.Store.
func (s Store) AddDocument(ctx context.Context, d catalog.Document) error {
	var until any
	if !d.ValidTo.IsZero() {
		until = d.ValidTo
	}
	_, err := exec(ctx, `INSERT INTO catalog_documents (tenant_id, id, item_id, offer_id, kind, title, blob_id, lot, valid_to) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.ID.UUID(), orNull(d.Item), orNull(d.Offer), d.Kind, d.Title, d.Blob.UUID(), d.Lot, until)
	if _, missing := pg.Dangling(err); missing {
		return catalog.ErrDocument.With("why", "file").Because(err)
	}
	return err
}

package inventorydb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// AddWarehouse implements inventory.Store.
func (s Store) AddWarehouse(ctx context.Context, w inventory.Warehouse) error {
	err := batch(ctx, func(b *pgx.Batch, tenant uuid.UUID) {
		b.Queue(`INSERT INTO inventory_warehouses (tenant_id, id, org_id, code, name, country, city) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			tenant, w.ID.UUID(), w.Org.UUID(), w.Code, w.Name, w.Country, w.City)
	})
	if _, taken := pg.Violated(err); taken {
		return inventory.ErrWarehouseTaken.With("code", w.Code).Because(err)
	}
	return err
}

// PutLots implements inventory.Store: what exists keeps its identifier and its dates.
func (s Store) PutLots(ctx context.Context, ls []inventory.Lot) error {
	if len(ls) == 0 {
		return nil
	}
	n := len(ls)
	ids, offers, numbers := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]string, n)
	made, expires := make([]*time.Time, n), make([]*time.Time, n)
	for i := range ls {
		ids[i], offers[i], numbers[i], made[i], expires[i] = ls[i].ID.UUID(), ls[i].Offer.UUID(), ls[i].Number, day(&ls[i].MadeOn), day(&ls[i].ExpiresOn)
	}
	type key struct {
		offer  id.Offer
		number string
	}
	have := map[key]id.Lot{}
	err := batch(ctx, func(b *pgx.Batch, tenant uuid.UUID) {
		b.Queue(`INSERT INTO inventory_lots (tenant_id, id, offer_id, number, made_on, expires_on)
			SELECT $1, r.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::date[]) r ON CONFLICT (tenant_id, offer_id, number) DO NOTHING`,
			tenant, ids, offers, numbers, made, expires)
		b.Queue(`SELECT l.offer_id, l.number, l.id FROM unnest($2::uuid[], $3::text[]) r(offer, number)
			JOIN inventory_lots l ON l.tenant_id = $1 AND l.offer_id = r.offer AND l.number = r.number`, tenant, offers, numbers).Query(func(rows pgx.Rows) error {
			var k key
			var l id.Lot
			_, err := pgx.ForEachRow(rows, []any{&k.offer, &k.number, &l}, func() error { have[k] = l; return nil })
			return err
		})
	})
	for i := range ls {
		ls[i].ID = have[key{ls[i].Offer, ls[i].Number}]
	}
	return err
}

func day(t *time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return t
}

// movements is the columns of many movements, as one statement takes them.
const movements = `unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::timestamptz[]) r(id, offer_id, warehouse_id, lot_id, kind, micro, ref_kind, ref_id, at)`

// PutStock implements inventory.Store. An opening count is taken for shelves that have
// never been counted: repeating it changes nothing.
func (s Store) PutStock(ctx context.Context, ms []inventory.Movement) error {
	n := len(ms)
	ids, offers, houses, lots := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n)
	kinds, micros, refKinds, refIDs, ats := make([]string, n), make([]int64, n), make([]string, n), make([]string, n), make([]time.Time, n)
	for i, m := range ms {
		ids[i], offers[i], houses[i], lots[i] = m.ID.UUID(), m.Offer.UUID(), m.Warehouse.UUID(), m.Lot.UUID()
		kinds[i], micros[i], refKinds[i], refIDs[i], ats[i] = m.Kind, m.OnHand, m.Ref.Kind, m.Ref.ID, m.At
	}
	return batch(ctx, func(b *pgx.Batch, tenant uuid.UUID) {
		args := []any{tenant, ids, offers, houses, lots, kinds, micros, refKinds, refIDs, ats}
		b.Queue(`WITH r AS MATERIALIZED (SELECT * FROM `+movements+` WHERE kind = 'opening'),
			fresh AS (INSERT INTO inventory_stock (tenant_id, offer_id, warehouse_id, lot_id, on_hand_micro)
				SELECT $1, offer_id, warehouse_id, lot_id, sum(micro)::bigint FROM r GROUP BY 2, 3, 4 ORDER BY 2, 3, 4
				ON CONFLICT (tenant_id, offer_id, warehouse_id, lot_id) DO NOTHING RETURNING offer_id, warehouse_id, lot_id)
			INSERT INTO inventory_movements (tenant_id, id, offer_id, warehouse_id, lot_id, kind, on_hand_micro, reserved_micro, ref_kind, ref_id, at)
			SELECT $1, r.id, r.offer_id, r.warehouse_id, r.lot_id, r.kind, r.micro, 0, r.ref_kind, r.ref_id, r.at FROM r JOIN fresh USING (offer_id, warehouse_id, lot_id)`, args...)
		b.Queue(`WITH r AS MATERIALIZED (SELECT * FROM `+movements+` WHERE kind <> 'opening'),
			put AS (INSERT INTO inventory_stock AS s (tenant_id, offer_id, warehouse_id, lot_id, on_hand_micro)
				SELECT $1, offer_id, warehouse_id, lot_id, sum(micro)::bigint FROM r GROUP BY 2, 3, 4 ORDER BY 2, 3, 4
				ON CONFLICT (tenant_id, offer_id, warehouse_id, lot_id) DO UPDATE SET on_hand_micro = s.on_hand_micro + excluded.on_hand_micro)
			INSERT INTO inventory_movements (tenant_id, id, offer_id, warehouse_id, lot_id, kind, on_hand_micro, reserved_micro, ref_kind, ref_id, at)
			SELECT $1, r.id, r.offer_id, r.warehouse_id, r.lot_id, r.kind, r.micro, 0, r.ref_kind, r.ref_id, r.at FROM r`, args...)
	})
}

// Keep implements inventory.Store.
func (s Store) Keep(ctx context.Context, refs []inventory.Ref) error {
	kinds, ids := split(refs)
	return batch(ctx, func(b *pgx.Batch, tenant uuid.UUID) {
		b.Queue(`UPDATE inventory_holds SET expires_at = NULL WHERE tenant_id = $1 AND state = 'held' AND (ref_kind, ref_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))`, tenant, kinds, ids)
	})
}

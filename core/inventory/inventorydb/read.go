package inventorydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
)

// Shelves implements inventory.Store.
func (s Store) Shelves(ctx context.Context, offers []id.Offer) ([]inventory.Shelf, error) {
	var out []inventory.Shelf
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT s.offer_id, s.warehouse_id, s.lot_id, s.on_hand_micro, s.reserved_micro, l.expires_on FROM inventory_stock s
			LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = nullif(s.lot_id, '00000000-0000-0000-0000-000000000000') WHERE s.offer_id = ANY ($1)`, uuids(offers)).
			Query(gather(&out, func(r pgx.Rows, s *inventory.Shelf) error {
				return r.Scan(&s.Offer, &s.Warehouse, lot{&s.Lot}, &s.OnHand, &s.Reserved, moment{&s.ExpiresOn})
			}))
	})
	return out, err
}

// available sums what can be promised: $1 is offers, $2 the moment.
const available = `SELECT s.offer_id, sum(s.on_hand_micro - s.reserved_micro)::bigint FROM inventory_stock s
	LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = nullif(s.lot_id, '00000000-0000-0000-0000-000000000000')
	WHERE s.offer_id = ANY ($1) AND (l.expires_on IS NULL OR l.expires_on > $2) GROUP BY s.offer_id`

// Available implements inventory.Store.
func (s Store) Available(ctx context.Context, offers []id.Offer, at time.Time) (map[id.Offer]int64, error) {
	out := map[id.Offer]int64{}
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(available, uuids(offers), at).Query(func(rows pgx.Rows) error {
			clear(out)
			var o id.Offer
			var n int64
			_, err := pgx.ForEachRow(rows, []any{&o, &n}, func() error { out[o] = n; return nil })
			return err
		})
	})
	return out, err
}

// Holds implements inventory.Store. Locked ones come in the order in which stock is locked.
func (s Store) Holds(ctx context.Context, refs []inventory.Ref, forUpdate bool) ([]inventory.Hold, error) {
	var out []inventory.Hold
	kinds, ids := split(refs)
	sql := `SELECT ` + holdColumns + ` FROM inventory_holds h WHERE (h.ref_kind, h.ref_id) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY h.offer_id, h.warehouse_id, h.lot_id, h.id`
	if forUpdate {
		sql += ` FOR UPDATE OF h`
	}
	err := s.db.Read(ctx, func(b *pgx.Batch) { b.Queue(sql, kinds, ids).Query(gather(&out, scanHold)) })
	return out, err
}

func split(refs []inventory.Ref) (kinds, ids []string) {
	for _, r := range refs {
		kinds, ids = append(kinds, r.Kind), append(ids, r.ID)
	}
	return kinds, ids
}

// Expired implements inventory.Store. Holds that somebody is just changing are left to him.
func (s Store) Expired(ctx context.Context, at time.Time, limit int) ([]inventory.Hold, error) {
	var out []inventory.Hold
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+holdColumns+` FROM inventory_holds h WHERE h.state = 'held' AND h.expires_at <= $1
			ORDER BY h.offer_id, h.warehouse_id, h.lot_id, h.id LIMIT $2 FOR UPDATE SKIP LOCKED`, at, limit).Query(gather(&out, scanHold))
	})
	return out, err
}

// Warehouses implements inventory.Store; a zero company means all.
func (s Store) Warehouses(ctx context.Context, org id.Org) ([]inventory.Warehouse, error) {
	var out []inventory.Warehouse
	var of any
	if !org.IsZero() {
		of = org.UUID()
	}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, org_id, code, name, country, city FROM inventory_warehouses WHERE $1::uuid IS NULL OR org_id = $1 ORDER BY org_id, code`, of).
			Query(gather(&out, func(r pgx.Rows, w *inventory.Warehouse) error {
				return r.Scan(&w.ID, &w.Org, &w.Code, &w.Name, &w.Country, &w.City)
			}))
	})
	return out, err
}

// Movements implements inventory.Store.
func (s Store) Movements(ctx context.Context, offer id.Offer, after id.Movement, limit int) ([]inventory.Movement, error) {
	var out []inventory.Movement
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, offer_id, warehouse_id, lot_id, kind, on_hand_micro, reserved_micro, ref_kind, ref_id, at FROM inventory_movements
			WHERE offer_id = $1 AND id > $2 ORDER BY id LIMIT $3`, offer.UUID(), after.UUID(), limit).
			Query(gather(&out, func(r pgx.Rows, m *inventory.Movement) error {
				return r.Scan(&m.ID, &m.Offer, &m.Warehouse, lot{&m.Lot}, &m.Kind, &m.OnHand, &m.Reserved, &m.Ref.Kind, &m.Ref.ID, moment{&m.At})
			}))
	})
	return out, err
}

// Drift implements inventory.Store.
func (s Store) Drift(ctx context.Context) ([]inventory.Drift, error) {
	var out []inventory.Drift
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT * FROM (
			SELECT s.offer_id, s.warehouse_id, s.lot_id, s.on_hand_micro, s.reserved_micro, coalesce(m.on_hand, 0) AS on_hand, coalesce(m.reserved, 0) AS reserved, coalesce(h.held, 0) AS held
			FROM inventory_stock s
			LEFT JOIN (SELECT offer_id, warehouse_id, lot_id, sum(on_hand_micro)::bigint AS on_hand, sum(reserved_micro)::bigint AS reserved FROM inventory_movements GROUP BY 1, 2, 3) m USING (offer_id, warehouse_id, lot_id)
			LEFT JOIN (SELECT offer_id, warehouse_id, lot_id, sum(qty_micro)::bigint AS held FROM inventory_holds WHERE state = 'held' GROUP BY 1, 2, 3) h USING (offer_id, warehouse_id, lot_id)) x
			WHERE on_hand_micro <> on_hand OR reserved_micro <> reserved OR reserved_micro <> held LIMIT 100`).
			Query(gather(&out, func(r pgx.Rows, d *inventory.Drift) error {
				return r.Scan(&d.Offer, &d.Warehouse, lot{&d.Lot}, &d.OnHand, &d.Reserved, &d.MovedOnHand, &d.MovedReserved, &d.Held)
			}))
	})
	return out, err
}

// Package inventorydb keeps stock in PostgreSQL. Every change of a stock row is one
// guarded statement that also writes its movement and its hold, so that none can be there
// without the others; the changes of an order travel together.
package inventorydb

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements inventory.Store.
type Store struct{ db *pg.DB }

var _ inventory.Store = Store{}

// New makes a store.
func New(db *pg.DB) Store { return Store{db} }

// claim takes each line whole from one shelf of its offer, the best first; a line that none
// can fill is left out of the answer. Shelves are locked in the order of the lines.
const claim = `WITH line AS MATERIALIZED (
	SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[])
		WITH ORDINALITY r(offer, micro, hold, movement, ref_kind, ref_id, until, n)
), first AS MATERIALIZED (
	SELECT r.*, f.warehouse_id, f.lot_id FROM line r CROSS JOIN LATERAL (
		SELECT s.warehouse_id, s.lot_id, s.on_hand_micro - s.reserved_micro AS free
		FROM inventory_stock s LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = nullif(s.lot_id, '00000000-0000-0000-0000-000000000000')
		WHERE s.tenant_id = $1 AND s.offer_id = r.offer AND s.on_hand_micro > s.reserved_micro AND (l.expires_on IS NULL OR l.expires_on > $9::timestamptz)
		ORDER BY l.expires_on NULLS LAST, least(s.on_hand_micro - s.reserved_micro, r.micro) DESC, s.on_hand_micro - s.reserved_micro DESC, s.warehouse_id, s.lot_id LIMIT 1) f
	WHERE f.free >= r.micro ORDER BY r.n
), taken AS (
	UPDATE inventory_stock s SET reserved_micro = s.reserved_micro + f.micro FROM first f
	WHERE s.tenant_id = $1 AND s.offer_id = f.offer AND s.warehouse_id = f.warehouse_id AND s.lot_id = f.lot_id AND s.on_hand_micro - s.reserved_micro >= f.micro
	RETURNING f.*
), moved AS (
	INSERT INTO inventory_movements (tenant_id, id, offer_id, warehouse_id, lot_id, kind, on_hand_micro, reserved_micro, ref_kind, ref_id, at)
	SELECT $1, movement, offer, warehouse_id, lot_id, 'reserve', 0, micro, ref_kind, ref_id, $9 FROM taken
)
INSERT INTO inventory_holds (tenant_id, id, offer_id, warehouse_id, lot_id, qty_micro, ref_kind, ref_id, state, expires_at, at)
SELECT $1, hold, offer, warehouse_id, lot_id, micro, ref_kind, ref_id, 'held', until, $9 FROM taken RETURNING id, warehouse_id, lot_id`

// claims are so many lines as claim takes them.
type claims struct {
	offers, holds, movements []uuid.UUID
	micros                   []int64
	kinds, refs              []string
	until                    []*time.Time
}

func (v *claims) add(c inventory.Claim) {
	v.offers, v.holds, v.movements = append(v.offers, c.Offer.UUID()), append(v.holds, c.Hold.UUID()), append(v.movements, c.Movement.UUID())
	v.micros, v.kinds, v.refs, v.until = append(v.micros, c.Micro), append(v.kinds, c.Ref.Kind), append(v.refs, c.Ref.ID), append(v.until, day(&c.ExpiresAt))
}

// Claim implements inventory.Store. One statement changes a row once, so lines of the same
// offer go in statements of their own.
func (s Store) Claim(ctx context.Context, cs []inventory.Claim, at time.Time) ([]*inventory.Hold, error) {
	out := make([]*inventory.Hold, len(cs))
	place := make(map[id.Hold]int, len(cs))
	took := func(rows pgx.Rows) error {
		for rows.Next() {
			var h inventory.Hold
			if err := rows.Scan(&h.ID, &h.Warehouse, lot{&h.Lot}); err != nil {
				return err
			}
			c := cs[place[h.ID]]
			h.Offer, h.Micro, h.Ref, h.State, h.ExpiresAt = c.Offer, c.Micro, c.Ref, inventory.Held, c.ExpiresAt
			out[place[h.ID]] = &h
		}
		return rows.Err()
	}
	err := batch(ctx, func(b *pgx.Batch, tenant uuid.UUID) {
		pg.Planned(ctx, b)
		for i := 0; i < len(cs); {
			var v claims
			for ; i < len(cs) && !slices.Contains(v.offers, cs[i].Offer.UUID()); i++ {
				v.add(cs[i])
				place[cs[i].Hold] = i
			}
			b.Queue(claim, tenant, v.offers, v.micros, v.holds, v.movements, v.kinds, v.refs, v.until, at).Query(took)
		}
	})
	return out, err
}

const move = `WITH changed AS (
	UPDATE inventory_stock SET on_hand_micro = on_hand_micro + $6::bigint, reserved_micro = reserved_micro + $7::bigint
	WHERE tenant_id = $1 AND offer_id = $2 AND warehouse_id = $3 AND lot_id = $4
		AND reserved_micro + $7::bigint >= 0 AND on_hand_micro + $6::bigint >= reserved_micro + $7::bigint
	RETURNING 1
)
INSERT INTO inventory_movements (tenant_id, id, offer_id, warehouse_id, lot_id, kind, on_hand_micro, reserved_micro, ref_kind, ref_id, at)
SELECT $1, $5, $2, $3, $4, $8, $6::bigint, $7::bigint, $9, $10, $11 FROM changed`

const putHold = `INSERT INTO inventory_holds (tenant_id, id, offer_id, warehouse_id, lot_id, qty_micro, ref_kind, ref_id, state, expires_at, at)
	SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $12::uuid IS NULL OR EXISTS (SELECT 1 FROM inventory_movements WHERE tenant_id = $1 AND offer_id = $3 AND id = $12)
	ON CONFLICT (tenant_id, ref_kind, ref_id, id) DO UPDATE SET qty_micro = excluded.qty_micro, state = excluded.state`

// Apply implements inventory.Store. A hold is written only if its movement was.
func (s Store) Apply(ctx context.Context, ms []inventory.Move) ([]bool, error) {
	ok := make([]bool, len(ms))
	err := batch(ctx, func(b *pgx.Batch, tenant uuid.UUID) {
		for i, m := range ms {
			v := m.Movement
			var record any
			if v.Kind == "" {
				ok[i] = true
			} else {
				record = v.ID.UUID()
				b.Queue(move, tenant, v.Offer.UUID(), v.Warehouse.UUID(), v.Lot.UUID(), v.ID.UUID(), v.OnHand, v.Reserved, v.Kind, v.Ref.Kind, v.Ref.ID, v.At).
					Exec(func(t tag) error { ok[i] = t.RowsAffected() == 1; return nil })
			}
			if h := m.Hold; h != nil {
				at := v.At
				if at.IsZero() {
					at = time.Now().UTC()
				}
				b.Queue(putHold, tenant, h.ID.UUID(), h.Offer.UUID(), h.Warehouse.UUID(), h.Lot.UUID(), h.Micro, h.Ref.Kind, h.Ref.ID, string(h.State), orNil(h.ExpiresAt), at, record)
			}
		}
	})
	return ok, err
}

// batch sends many statements in one trip on the unit's transaction.
func batch(ctx context.Context, fill func(*pgx.Batch, uuid.UUID)) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	fill(b, who.Tenant.UUID())
	if b.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, b).Close()
}

func orNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func uuids[N any](ids []id.ID[N]) []uuid.UUID {
	out := make([]uuid.UUID, len(ids))
	for i, v := range ids {
		out[i] = v.UUID()
	}
	return out
}

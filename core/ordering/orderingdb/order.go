package orderingdb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/quantity"
)

const insertOrder = `INSERT INTO ordering_orders (tenant_id, id, number, group_id, buyer_id, seller_id, currency,
	goods_minor, discount_minor, freight_minor, tax_rate_micro, tax_minor, total_minor, order_state, payment_state, fulfilment_state, aftersale_state,
	po_number, cost_centre_id, ship_to, note, freight_service, placed_by, placed_at, version, completed_at, consent_id, phone_id)
	VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$28)`

// insertLines writes all lines of an order at once.
const insertLines = `INSERT INTO ordering_order_lines (tenant_id, order_id, id, position, offer_id, item_id, sku, names, qty_micro, unit,
	price_micro, price_unit, priced_qty_micro, basis, goods_minor, price_source, settled_qty_micro, settled_minor)
	SELECT $1, $2, r.id, r.position, r.offer_id, r.item_id, r.sku, r.names::jsonb, r.qty_micro, r.unit,
		r.price_micro, r.price_unit, r.priced_qty_micro, r.basis, r.goods_minor, r.price_source::jsonb, r.settled_qty_micro, r.settled_minor
	FROM unnest($3::uuid[], $4::int[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::bigint[], $10::text[],
		$11::bigint[], $12::text[], $13::bigint[], $14::text[], $15::bigint[], $16::text[], $17::bigint[], $18::bigint[])
		r(id, position, offer_id, item_id, sku, names, qty_micro, unit, price_micro, price_unit, priced_qty_micro, basis, goods_minor, price_source, settled_qty_micro, settled_minor)`

// SaveGroup writes a group with its orders and lines, on the unit's way to its commit.
func (s Store) SaveGroup(ctx context.Context, g ordering.Group, orders []ordering.Order) error {
	_, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	numbers := make([]string, len(orders))
	for i, o := range orders {
		numbers[i] = o.ShipTo.Phone
	}
	phones, err := s.phones.Keep(ctx, numbers...)
	if err != nil {
		return err
	}
	var b pgx.Batch
	b.Queue(`INSERT INTO ordering_groups (tenant_id, id, number, buyer_id, placed_by, source, rfq_id, currency, total_minor, created_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,now())`, tenant.UUID(), g.ID.UUID(), g.Number, g.Buyer.UUID(), g.PlacedBy.UUID(), g.Source, orNull(g.RFQ), string(g.Currency), g.Total.Minor)
	for i, o := range orders {
		if err := queueOrder(&b, tenant.UUID(), g, o, phones[i]); err != nil {
			return err
		}
	}
	return pg.Write(ctx, func(all *pgx.Batch) { all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...) })
}

func queueOrder(b *pgx.Batch, t uuid.UUID, g ordering.Group, o ordering.Order, phone id.Phone) error {
	o.ShipTo.Phone = ""
	to, err := json.Marshal(o.ShipTo)
	if err != nil {
		return err
	}
	b.Queue(insertOrder, t, o.ID.UUID(), o.Number, g.ID.UUID(), g.Buyer.UUID(), o.Seller.UUID(), string(o.Currency),
		o.Goods.Minor, o.Discount.Minor, o.Freight.Minor, o.TaxRateMicro, o.Tax.Minor, o.Total.Minor,
		string(o.State), string(o.Payment), string(o.Fulfilment), string(o.Aftersale),
		o.PONumber, orNull(o.CostCentre), to, o.Note, o.FreightService, o.PlacedBy.UUID(), o.PlacedAt, o.Version, timeOrNull(o.CompletedAt), orNull(o.Consent), orNull(phone))
	return queueLines(b, t, o)
}

func queueLines(b *pgx.Batch, t uuid.UUID, o ordering.Order) error {
	n := len(o.Lines)
	ids, offers, items, positions := make([]uuid.UUID, n), make([]*uuid.UUID, n), make([]*uuid.UUID, n), make([]int, n)
	skus, names, sources := make([]string, n), make([]string, n), make([]string, n)
	units, per, bases := make([]string, n), make([]string, n), make([]string, n)
	qty, price, priced, goods := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	settledQty, settledSum := make([]*int64, n), make([]*int64, n)
	for i, l := range o.Lines {
		name, err := json.Marshal(l.Names)
		if err != nil {
			return err
		}
		source, err := json.Marshal(l.PriceSource)
		if err != nil {
			return err
		}
		ids[i], positions[i], offers[i], items[i], skus[i], names[i], sources[i] = l.ID.UUID(), l.Position, some(l.Offer), some(l.Item), l.SKU, string(name), string(source)
		qty[i], units[i], price[i], per[i], priced[i], bases[i], goods[i] = l.Qty.Micro, string(l.Qty.Unit), l.Price.Micro, string(l.Price.Per), l.PricedQty.Micro, string(l.Basis), l.Goods.Minor
		if l.SettledQty != nil {
			settledQty[i] = &l.SettledQty.Micro
		}
		if l.SettledSum != nil {
			settledSum[i] = &l.SettledSum.Minor
		}
	}
	b.Queue(insertLines, t, o.ID.UUID(), ids, positions, offers, items, skus, names, qty, units, price, per, priced, bases, goods, sources, settledQty, settledSum)
	return nil
}

// some is an identifier, or nil for none.
func some[N any](i id.ID[N]) *uuid.UUID {
	if i.IsZero() {
		return nil
	}
	u := i.UUID()
	return &u
}

// orNull passes no identifier as NULL and any other with its exact type.
func orNull[N any](i id.ID[N]) any {
	if i.IsZero() {
		return nil
	}
	return i.UUID()
}

const orderColumns = `o.id, o.number, o.group_id, o.buyer_id, o.seller_id, o.currency, o.goods_minor, o.discount_minor, o.freight_minor, o.tax_rate_micro,
	o.tax_minor, o.total_minor, o.order_state, o.payment_state, o.fulfilment_state, o.aftersale_state, o.po_number, o.cost_centre_id, o.ship_to, o.note,
	o.freight_service, o.placed_by, o.placed_at, o.accepted_at, o.completed_at, o.version, o.consent_id, o.phone_id`

// kept is an order as its row tells it: without the number under which to reach somebody.
type kept struct {
	ordering.Order
	phone id.Phone
}

func scanOrder(r pgx.Row) (kept, error) {
	var o kept
	var to []byte
	var accepted, completed *time.Time
	var consent *[16]byte
	err := r.Scan(&o.ID, &o.Number, &o.Group, &o.Buyer, &o.Seller, (*string)(&o.Currency), &o.Goods.Minor, &o.Discount.Minor, &o.Freight.Minor, &o.TaxRateMicro,
		&o.Tax.Minor, &o.Total.Minor, (*string)(&o.State), (*string)(&o.Payment), (*string)(&o.Fulfilment), (*string)(&o.Aftersale), &o.PONumber, &o.CostCentre, &to, &o.Note,
		&o.FreightService, &o.PlacedBy, &o.PlacedAt, &accepted, &completed, &o.Version, &consent, &o.phone)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, ordering.ErrNotFound
	}
	if err != nil {
		return o, err
	}
	if consent != nil {
		o.Consent = *consent
	}
	for _, m := range []*money.Money{&o.Goods, &o.Discount, &o.Freight, &o.Tax, &o.Total} {
		m.Currency = o.Currency
	}
	if accepted != nil {
		o.AcceptedAt = accepted.UTC()
	}
	if completed != nil {
		o.CompletedAt = completed.UTC()
	}
	o.PlacedAt = o.PlacedAt.UTC()
	return o, json.Unmarshal(to, &o.ShipTo)
}

// Order loads an order with its lines, and its row locked when it will change.
func (s Store) Order(ctx context.Context, oid id.Order, lock bool) (ordering.Order, error) {
	var o kept
	var lines map[id.Order][]ordering.Line
	q := `SELECT ` + orderColumns + ` FROM ordering_orders o WHERE o.id = $1`
	fill := func(b *pgx.Batch) {
		b.Queue(q, oid.UUID()).QueryRow(func(r pgx.Row) (err error) { o, err = scanOrder(r); return err })
		b.Queue(lineQuery, [][16]byte{oid}).Query(func(rows pgx.Rows) (err error) { lines, err = scanLines(rows); return err })
	}
	if !lock {
		if err := s.db.Read(ctx, fill); err != nil {
			return ordering.Order{}, err
		}
		return s.reached(ctx, o, lines)
	}
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return ordering.Order{}, err
	}
	q += ` FOR UPDATE`
	var b pgx.Batch
	fill(&b)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return ordering.Order{}, err
	}
	return s.reached(ctx, o, lines)
}

// withLines gives the lines the order's currency.
func withLines(o ordering.Order, lines map[id.Order][]ordering.Line) ordering.Order {
	o.Lines = lines[o.ID]
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Price.Currency, l.Goods.Currency = o.Currency, o.Currency
		if l.SettledSum != nil {
			l.SettledSum.Currency = o.Currency
		}
	}
	return o
}

const lineQuery = `SELECT order_id, id, position, offer_id, item_id, sku, names, qty_micro, unit, price_micro, price_unit, priced_qty_micro, basis, goods_minor,
	settled_qty_micro, settled_minor, price_source FROM ordering_order_lines WHERE order_id = ANY($1) ORDER BY order_id, position`

func scanLines(rows pgx.Rows) (map[id.Order][]ordering.Line, error) {
	out := map[id.Order][]ordering.Line{}
	for rows.Next() {
		var (
			oid           id.Order
			l             ordering.Line
			names, source []byte
			sq, ss        *int64
		)
		if err := rows.Scan(&oid, &l.ID, &l.Position, &l.Offer, &l.Item, &l.SKU, &names, &l.Qty.Micro, (*string)(&l.Qty.Unit), &l.Price.Micro, (*string)(&l.Price.Per),
			&l.PricedQty.Micro, (*string)(&l.Basis), &l.Goods.Minor, &sq, &ss, &source); err != nil {
			return nil, err
		}
		l.PricedQty.Unit = l.Price.Per
		if sq != nil && ss != nil {
			l.SettledQty, l.SettledSum = &quantity.Quantity{Micro: *sq, Unit: l.Price.Per}, &money.Money{Minor: *ss}
		}
		if err := json.Unmarshal(names, &l.Names); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(source, &l.PriceSource); err != nil {
			return nil, err
		}
		out[oid] = append(out[oid], l)
	}
	return out, rows.Err()
}

// SaveMoves writes the four axes under the version read.
func (Store) SaveMoves(ctx context.Context, o ordering.Order) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE ordering_orders SET order_state = $3, payment_state = $4, fulfilment_state = $5, aftersale_state = $6,
		accepted_at = $7, completed_at = $8, version = version + 1 WHERE id = $1 AND version = $2`,
		o.ID.UUID(), o.Version, string(o.State), string(o.Payment), string(o.Fulfilment), string(o.Aftersale), timeOrNull(o.AcceptedAt), timeOrNull(o.CompletedAt))
	if err == nil && ct.RowsAffected() == 0 {
		return ordering.ErrStale
	}
	return err
}

// SaveSettlement writes what the lines came to.
func (Store) SaveSettlement(ctx context.Context, o ordering.Order) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range o.Lines {
		if l.SettledQty != nil {
			b.Queue(`UPDATE ordering_order_lines SET settled_qty_micro = $2, settled_minor = $3 WHERE id = $1`, l.ID.UUID(), l.SettledQty.Micro, l.SettledSum.Minor)
		}
	}
	return tx.SendBatch(ctx, &b).Close()
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

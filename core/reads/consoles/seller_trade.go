package consoles

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
)

// HeldLot is what is set aside of one shelf for an order's line, first to expire first.
type HeldLot struct {
	Line      id.OrderLine
	House     string
	City      string
	LotNumber string
	ExpiresOn *time.Time
	Micro     int64
}

// HeldFor lists what the caller's company has set aside for an order.
func (r *Reads) HeldFor(ctx context.Context, order id.Order) (map[id.OrderLine][]HeldLot, error) {
	var rows []HeldLot
	org, err := ours(ctx)
	if err != nil {
		return nil, err
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT l.id, w.name, w.city, coalesce(t.number, ''), t.expires_on, h.qty_micro FROM ordering_order_lines l
			JOIN ordering_orders o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
			JOIN inventory_holds h ON h.tenant_id = l.tenant_id AND h.ref_kind = 'order_line' AND h.ref_id = l.id::text AND h.state = 'held'
			JOIN inventory_warehouses w ON w.tenant_id = h.tenant_id AND w.id = h.warehouse_id
			LEFT JOIN inventory_lots t ON t.tenant_id = h.tenant_id AND t.id = h.lot_id
			WHERE o.id = $1 AND o.seller_id = $2 ORDER BY l.position, t.expires_on NULLS LAST, t.number`, order.UUID(), org.UUID())
	})
	out := map[id.OrderLine][]HeldLot{}
	for _, h := range rows {
		out[h.Line] = append(out[h.Line], h)
	}
	return out, err
}

// ShipmentRow is a line of the list of loads.
type ShipmentRow struct {
	Shipment  id.Shipment
	Number    string
	Order     id.Order
	OrderNo   string
	Buyer     string
	Carrier   string
	Service   string
	Tracking  string
	Vehicle   string
	State     string
	ShippedAt time.Time
	ETA       *time.Time
	Received  *time.Time
}

// Shipments lists the loads of the caller's company, newest first.
func (r *Reads) Shipments(ctx context.Context, state string, p page.Request) (page.List[ShipmentRow], error) {
	var rows []ShipmentRow
	org, err := ours(ctx)
	if err != nil {
		return page.List[ShipmentRow]{}, err
	}
	at, err := from(p)
	if err != nil {
		return page.List[ShipmentRow]{}, err
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT s.id, s.number, o.id, o.number, b.name, s.carrier, s.service, s.tracking, s.vehicle, s.state, s.shipped_at, s.eta, s.received_at
			FROM fulfilment_shipments s JOIN ordering_orders o ON o.tenant_id = s.tenant_id AND o.id = s.order_id JOIN parties_orgs b ON b.tenant_id = o.tenant_id AND b.id = o.buyer_id
			WHERE s.seller_id = $1 AND ($2 = '' OR s.state = $2) AND s.id < $3 ORDER BY s.id DESC LIMIT $4`, org.UUID(), state, at, p.Size()+1)
	})
	return page.Cut(rows, p.Size(), func(s ShipmentRow) any { return s.Shipment }), err
}

// Booking is one line of a company's account.
type Booking struct {
	Entry   id.Entry
	Kind    string
	RefKind string
	RefID   string
	Memo    string
	At      time.Time
	money.Money
}

// Account is the caller's company's account as a seller, in one currency.
type Account struct {
	Bookings []Booking // the newest
	Debit    int64     // of all
	Credit   int64
	Escrow   int64 // held for it and not yet released
	IBAN     string
}

// SellerAccount reads the account behind balance and payouts.
func (r *Reads) SellerAccount(ctx context.Context, cur money.Currency) (Account, error) {
	var out Account
	org, err := ours(ctx)
	if err != nil {
		return out, err
	}
	key := "seller:" + org.String()
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &out.Bookings, `SELECT e.id, e.kind, e.ref_kind, e.ref_id, e.memo, e.at, p.amount_minor, p.currency FROM ledger_accounts a
			JOIN ledger_postings p ON p.tenant_id = a.tenant_id AND p.account_id = a.id JOIN ledger_entries e ON e.tenant_id = p.tenant_id AND e.id = p.entry_id
			WHERE a.key = $1 AND a.currency = $2 ORDER BY e.id DESC LIMIT 24`, key, string(cur))
		one(b, `SELECT coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0)::bigint, coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)::bigint
			FROM ledger_accounts a JOIN ledger_postings p ON p.tenant_id = a.tenant_id AND p.account_id = a.id WHERE a.key = $1 AND a.currency = $2`, []any{key, string(cur)}, &out.Debit, &out.Credit)
		one(b, `SELECT coalesce(sum(funded_minor - released_minor - refunded_minor - commission_minor), 0)::bigint FROM payments_escrows
			WHERE seller_id = $1 AND currency = $2 AND state IN ('pending','funded','partly_released','disputed')`, []any{org.UUID(), string(cur)}, &out.Escrow)
		one(b, `SELECT CASE WHEN iban <> '' THEN left(iban, 4) || ' •••• ' || right(iban, 4) ELSE iban_shown END FROM parties_orgs WHERE id = $1`, []any{org.UUID()}, &out.IBAN)
	})
	return out, err
}

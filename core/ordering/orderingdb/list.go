package orderingdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/contact"
)

// newest starts a list that runs from the newest identifier down.
var newest = [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

type cursor struct {
	ID id.Order `json:"id"`
}

// Orders lists orders, newest first, with their lines, in two statements. It opens no
// telephone numbers: an order tells its own.
func (s Store) Orders(ctx context.Context, f ordering.Filter, p page.Request) (page.List[ordering.Order], error) {
	last := cursor{id.Order(newest)}
	if err := page.Decode(p.After, &last); err != nil {
		return page.List[ordering.Order]{}, err
	}
	// Somebody who calls is found by his number; every other search is asked as it always was.
	reached, numbers := "", []any(nil)
	if contact.Looks(f.Text) {
		called, err := s.phones.Find(ctx, f.Text)
		if err != nil {
			return page.List[ordering.Order]{}, err
		}
		if len(called) > 0 {
			ids := make([]uuid.UUID, len(called))
			for i, n := range called {
				ids[i] = n.UUID()
			}
			reached, numbers = ` OR o.phone_id = ANY($9)`, []any{ids}
		}
	}
	found, err := s.query(ctx, `SELECT `+orderColumns+` FROM ordering_orders o
		WHERE ($1::uuid IS NULL OR o.buyer_id = $1) AND ($2::uuid IS NULL OR (o.seller_id = $2 AND o.order_state <> 'awaiting_approval'))
		  AND ($3 = '' OR o.order_state = $3) AND ($4 = '' OR o.payment_state = $4) AND ($5 = '' OR o.fulfilment_state = $5)
		  AND ($6 = '' OR o.number = $6 OR o.po_number = $6 OR (o.number >= $6 AND o.number < $6 || chr(1114109))`+reached+`)
		  AND o.id < $7 ORDER BY o.id DESC LIMIT $8`,
		append([]any{orNull(f.Buyer), orNull(f.Seller), string(f.State), string(f.Payment), string(f.Fulfilment), f.Text, last.ID.UUID(), p.Size() + 1}, numbers...)...)
	if err != nil {
		return page.List[ordering.Order]{}, err
	}
	orders := make([]ordering.Order, len(found))
	for i, o := range found {
		orders[i] = o.Order
		orders[i].ShipTo.Phone = ""
	}
	return page.Cut(orders, p.Size(), func(o ordering.Order) any { return cursor{o.ID} }), nil
}

// OrdersOfGroup is every order of a group.
func (s Store) OrdersOfGroup(ctx context.Context, gid id.Group) ([]ordering.Order, error) {
	found, err := s.query(ctx, `SELECT `+orderColumns+` FROM ordering_orders o WHERE o.group_id = $1 ORDER BY o.number`, gid.UUID())
	if err != nil {
		return nil, err
	}
	return s.opened(ctx, found)
}

func (s Store) query(ctx context.Context, sql string, args ...any) ([]kept, error) {
	var orders []kept
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) { orders, err = pgx.CollectRows(rows, row(scanOrder)); return err })
	})
	if err != nil || len(orders) == 0 {
		return orders, err
	}
	ids := make([][16]byte, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	var lines map[id.Order][]ordering.Line
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(lineQuery, ids).Query(func(rows pgx.Rows) (err error) { lines, err = scanLines(rows); return err })
	})
	for i := range orders {
		orders[i].Order = withLines(orders[i].Order, lines)
	}
	return orders, err
}

func row[T any](scan func(pgx.Row) (T, error)) pgx.RowToFunc[T] {
	return func(r pgx.CollectableRow) (T, error) { return scan(r) }
}

// Spent is what a cost centre's live orders come to.
func (Store) Spent(ctx context.Context, cc id.CostCentre) (int64, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return 0, err
	}
	var sum int64
	err = tx.QueryRow(ctx, `SELECT coalesce(sum(o.total_minor), 0)::bigint FROM ordering_orders o
		JOIN parties_cost_centres c ON c.tenant_id = o.tenant_id AND c.id = o.cost_centre_id
		WHERE o.cost_centre_id = $1 AND o.order_state NOT IN ('declined','cancelled')
		  AND o.placed_at >= c.from_day AND o.placed_at < c.to_day + 1`, cc.UUID()).Scan(&sum)
	return sum, err
}

// KnownNumbers are those order numbers that exist.
func (Store) KnownNumbers(ctx context.Context, numbers []string) (map[string]bool, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT number FROM ordering_orders WHERE number = ANY($1)`, numbers)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	var n string
	_, err = pgx.ForEachRow(rows, []any{&n}, func() error { out[n] = true; return nil })
	return out, err
}

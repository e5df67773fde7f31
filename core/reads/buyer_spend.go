package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// SpendAsk is a period, its end not included; zero times mean everything there is. Zone is
// where months begin and end.
type SpendAsk struct {
	From, To time.Time
	Currency money.Currency
	Zone     string
}

// Spend is what a company ordered in a period, by month, seller and category. Orders that
// were declined or cancelled do not count.
type Spend struct {
	Total      money.Money
	Orders     int
	Sellers    int
	First      time.Time // of all orders, whatever the period
	Last       time.Time
	Months     []SpendMonth
	BySeller   []SpendPart
	ByCategory []SpendPart
}

// SpendMonth is one month, from its first day.
type SpendMonth struct {
	Month  time.Time
	Minor  int64
	Orders int
}

// SpendPart is one seller's or category's share.
type SpendPart struct {
	Seller id.Org            // none for categories
	Name   string            // of the seller
	Names  map[string]string // of the category
	Minor  int64
	Orders int
}

// spendMost bounds each breakdown; what is beyond is left to the export.
const spendMost = 20

// Spend reads the company's spend in one round trip. Goods count as they were settled.
func (s *Buyer) Spend(ctx context.Context, a SpendAsk) (Spend, error) {
	out := Spend{Total: money.Zero(a.Currency)}
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return out, err
	}
	from, to := a.From, a.To
	if to.IsZero() {
		to = s.now().AddDate(100, 0, 0)
	}
	const counted = ` FROM ordering_orders o WHERE o.buyer_id = $1 AND o.currency = $2 AND o.order_state NOT IN ('declined','cancelled') AND o.placed_at >= $3 AND o.placed_at < $4`
	args := []any{c.Org.UUID(), string(a.Currency), from, to}
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT coalesce(sum(o.total_minor), 0)::bigint, count(*)::int, count(DISTINCT o.seller_id)::int`+counted, args...).
			QueryRow(func(r pgx.Row) error { return r.Scan(&out.Total.Minor, &out.Orders, &out.Sellers) })
		b.Queue(`SELECT coalesce(min(placed_at), $3), coalesce(max(placed_at), $3) FROM ordering_orders WHERE buyer_id = $1 AND currency = $2 AND order_state NOT IN ('declined','cancelled')`, c.Org.UUID(), string(a.Currency), s.now()).
			QueryRow(func(r pgx.Row) error { return r.Scan(&out.First, &out.Last) })
		b.Queue(`SELECT date_trunc('month', o.placed_at AT TIME ZONE $5) AS m, sum(o.total_minor)::bigint, count(*)::int`+counted+` GROUP BY m ORDER BY m`, append(args, a.Zone)...).
			Query(func(rows pgx.Rows) error { return scanMonths(rows, &out.Months) })
		b.Queue(spoken(c, `SELECT x.seller_id, {seller}, x.minor, x.n FROM (SELECT o.tenant_id, o.seller_id, sum(o.total_minor)::bigint AS minor, count(*)::int AS n`+counted+` GROUP BY 1, 2) x
			JOIN parties_orgs s ON s.tenant_id = x.tenant_id AND s.id = x.seller_id ORDER BY x.minor DESC, s.name LIMIT $5`), append(args, spendMost)...).
			Query(func(rows pgx.Rows) error {
				out.BySeller = nil
				var v SpendPart
				_, err := pgx.ForEachRow(rows, []any{&v.Seller, &v.Name, &v.Minor, &v.Orders}, func() error { out.BySeller = append(out.BySeller, v); return nil })
				return err
			})
		b.Queue(`SELECT coalesce(k.names, '{}'::jsonb), sum(coalesce(l.settled_minor, l.goods_minor))::bigint AS minor, count(DISTINCT l.order_id)::int
			FROM (SELECT o.tenant_id, o.id`+counted+`) o JOIN ordering_order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
			LEFT JOIN catalog_items i ON i.tenant_id = l.tenant_id AND i.id = l.item_id LEFT JOIN catalog_categories k ON k.tenant_id = i.tenant_id AND k.id = i.category_id
			GROUP BY k.id, k.names ORDER BY minor DESC LIMIT $5`, append(args, spendMost)...).
			Query(func(rows pgx.Rows) error { return scanCategories(rows, &out.ByCategory) })
	})
	return out, err
}

func scanMonths(rows pgx.Rows, out *[]SpendMonth) error {
	*out = nil
	var v SpendMonth
	_, err := pgx.ForEachRow(rows, []any{&v.Month, &v.Minor, &v.Orders}, func() error { *out = append(*out, v); return nil })
	return err
}

func scanCategories(rows pgx.Rows, out *[]SpendPart) error {
	*out = nil
	for rows.Next() {
		var v SpendPart
		if err := rows.Scan(&v.Names, &v.Minor, &v.Orders); err != nil {
			return err
		}
		*out = append(*out, v)
	}
	return rows.Err()
}

package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// Demand is an open request as everybody may see it: what is wanted, how much and until
// when. Neither who asks nor what he wrote is told; that is for the sellers he invited.
type Demand struct {
	SKU    string
	Names  map[string]string
	Qty    quantity.Quantity
	Lines  int
	Closes time.Time
}

// Closing are the open requests that close next, by their largest line of the catalogue.
func (s *Storefront) Closing(ctx context.Context, limit int) ([]Demand, error) {
	var out []Demand
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT i.sku, i.names, l.qty_micro, l.unit, r.n, r.closes_at
			FROM (SELECT r.tenant_id, r.id, r.closes_at, (SELECT count(*) FROM sourcing_rfq_lines x WHERE x.tenant_id = r.tenant_id AND x.rfq_id = r.id) AS n
				FROM sourcing_rfqs r WHERE r.state = 'published' AND r.closes_at > $1 ORDER BY r.closes_at LIMIT $2) r
			JOIN LATERAL (SELECT l.item_id, l.qty_micro, l.unit FROM sourcing_rfq_lines l WHERE l.tenant_id = r.tenant_id AND l.rfq_id = r.id AND l.item_id IS NOT NULL
				ORDER BY l.position LIMIT 1) l ON true
			JOIN catalog_items i ON i.tenant_id = r.tenant_id AND i.id = l.item_id AND i.state = 'published'
			ORDER BY r.closes_at`, s.now(), limit).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (d Demand, err error) {
				err = r.Scan(&d.SKU, &d.Names, &d.Qty.Micro, (*string)(&d.Qty.Unit), &d.Lines, &d.Closes)
				return d, err
			})
			return err
		})
	})
	return out, err
}

// GroupOf is an order group's number and what its sellers are called.
type GroupOf struct {
	Number  string
	Sellers map[id.Org]SellerName
}

// SellerName is a company's name in Latin script and in its own.
type SellerName struct{ Name, Native string }

// Group reads what ordering's own answer about a group leaves out. Ask ordering first:
// it knows whose it is.
func (s *Storefront) Group(ctx context.Context, g id.Group) (GroupOf, error) {
	out := GroupOf{Sellers: map[id.Org]SellerName{}}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT number FROM ordering_groups WHERE id = $1`, g.UUID()).QueryRow(func(r pgx.Row) error { return r.Scan(&out.Number) })
		b.Queue(`SELECT p.id, p.name, p.name_local FROM ordering_orders o JOIN parties_orgs p ON p.tenant_id = o.tenant_id AND p.id = o.seller_id WHERE o.group_id = $1`, g.UUID()).
			Query(func(rows pgx.Rows) error {
				var i id.Org
				var n SellerName
				_, err := pgx.ForEachRow(rows, []any{(*[16]byte)(&i), &n.Name, &n.Native}, func() error { out.Sellers[i] = n; return nil })
				return err
			})
	})
	return out, err
}

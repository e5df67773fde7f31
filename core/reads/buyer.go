package reads

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Buyer reads what a buying company's own pages show. Every answer is of the caller's
// company; who has none gets nothing.
type Buyer struct {
	db  *pg.DB
	now clock.Now
}

// NewBuyer makes the reads of the buying side.
func NewBuyer(db *pg.DB, now clock.Now) *Buyer {
	if now == nil {
		now = clock.System
	}
	return &Buyer{db, now}
}

// spoken writes the seller s by the name that the caller's language has for him.
func spoken(c caller.Caller, sql string) string {
	name := "s.name"
	if c.Locale == "zh-CN" {
		name = "coalesce(nullif(s.name_local, ''), s.name)"
	}
	return strings.ReplaceAll(sql, "{seller}", name)
}

// Waiting is how much waits in each room of the console.
type Waiting struct{ Inbox, RFQs, Approvals, Orders, Claims int }

// who is the caller, and whether he acts for a company.
func who(ctx context.Context) (caller.Caller, bool, error) {
	c, err := caller.From(ctx)
	return c, err == nil && !c.Org.IsZero(), err
}

// Waiting counts what waits for the caller; decides says that he may approve.
func (s *Buyer) Waiting(ctx context.Context, decides bool) (Waiting, error) {
	var w Waiting
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return w, err
	}
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		one := func(into *int, sql string, args ...any) {
			b.Queue(spoken(c, sql), args...).QueryRow(func(r pgx.Row) error { return r.Scan(into) })
		}
		one(&w.RFQs, `SELECT count(*) FROM (`+comparable+`) x`, c.Org.UUID(), s.now())
		if decides {
			one(&w.Approvals, `SELECT (SELECT count(*) FROM (`+decidable+`) x) + (SELECT count(*) FROM (`+releasable+`) y WHERE y.requested_by <> $3)`, c.Org.UUID(), c.Person.UUID(), c.Subject())
		}
		one(&w.Orders, `SELECT (SELECT count(*) FROM (`+payable+`) x) + (SELECT count(*) FROM (`+arriving+`) y)`, c.Org.UUID())
		one(&w.Claims, `SELECT count(*) FROM (`+contested+`) x`, c.Org.UUID())
	})
	w.Inbox = w.RFQs + w.Approvals + w.Orders + w.Claims
	return w, err
}

// OrderRef is an order by its number.
type OrderRef struct {
	ID     id.Order
	Number string
	Seller id.Org
	Name   string // the seller's
	State  string
	Total  money.Money
}

// OrdersOfRFQ are the orders that an award led to.
func (s *Buyer) OrdersOfRFQ(ctx context.Context, rfq id.RFQ) ([]OrderRef, error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return nil, err
	}
	var out []OrderRef
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(spoken(c, `SELECT o.id, o.number, o.seller_id, {seller}, o.order_state, o.total_minor, o.currency FROM ordering_groups g
			JOIN ordering_orders o ON o.tenant_id = g.tenant_id AND o.group_id = g.id
			JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
			WHERE g.buyer_id = $1 AND g.rfq_id = $2 ORDER BY o.number`), c.Org.UUID(), rfq.UUID()).Query(func(rows pgx.Rows) error {
			var v OrderRef
			out = nil
			_, err := pgx.ForEachRow(rows, []any{&v.ID, &v.Number, &v.Seller, &v.Name, &v.State, &v.Total.Minor, (*string)(&v.Total.Currency)}, func() error { out = append(out, v); return nil })
			return err
		})
	})
	return out, err
}

// People are names by identifier, of those who act or acted for the caller's company.
func (s *Buyer) People(ctx context.Context, ids ...id.Person) (map[id.Person]string, error) {
	out := map[id.Person]string{}
	if len(ids) == 0 {
		return out, nil
	}
	raw := make([][16]byte, len(ids))
	for i, p := range ids {
		raw[i] = p
	}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, name FROM identity_people WHERE id = ANY ($1)`, raw).Query(func(rows pgx.Rows) error {
			var p id.Person
			var n string
			_, err := pgx.ForEachRow(rows, []any{&p, &n}, func() error { out[p] = n; return nil })
			return err
		})
	})
	return out, err
}

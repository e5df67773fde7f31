package consoles

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
)

// Cockpit is how the market goes, and what stands in its way.
type Cockpit struct {
	Currency string
	Days     []DaySum // sold per day, the last thirty with any
	Before   int64    // sold in the thirty days before those
	States   []NamedCount
	Funnel   Funnel
	Clocks   []Clock
	Waits    Waits
	Sellers  []NamedSum
}

// NamedCount is how many there are of something.
type NamedCount struct {
	Name  string
	Count int
}

// NamedSum is what something came to.
type NamedSum struct {
	ID    id.Org
	Name  string
	Local string
	Minor int64
	Count int
}

// Funnel is how requests become orders, over ninety days.
type Funnel struct{ Asked, Quoted, Awarded, Ordered, Paid, Done int }

// Clock is something that somebody should have done by now.
type Clock struct {
	Kind   string // "accept", "quote", "claim", "dispute", "admission", "payment"
	ID     string
	Text   string
	Whose  string
	Since  time.Time
	Due    time.Time
	Number string
}

// Waits are the numbers of what waits for the operator.
type Waits struct {
	Companies, Licences, Items, Disputes, Releases, Effects, Mails, Parked int
}

// The hours after which a clock shows.
const (
	acceptHours  = 24
	claimHours   = 48
	paymentHours = 72
	quoteHours   = 24
)

// Cockpit reads the operator's home page. Days are those of the market's time zone.
func (r *Reads) Cockpit(ctx context.Context, currency, zone string) (Cockpit, error) {
	c := Cockpit{Currency: currency}
	now := r.now()
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &c.Days, `SELECT (placed_at AT TIME ZONE $3)::date, sum(total_minor)::bigint, count(*)::int FROM ordering_orders
			WHERE placed_at > $1 AND currency = $2 AND order_state NOT IN ('awaiting_approval','declined','cancelled') GROUP BY 1 ORDER BY 1`, r.daysAgo(30), currency, zoneOr(zone))
		one(b, `SELECT coalesce(sum(total_minor), 0)::bigint FROM ordering_orders WHERE placed_at > $1 AND placed_at <= $2 AND currency = $3
			AND order_state NOT IN ('awaiting_approval','declined','cancelled')`, []any{r.daysAgo(60), r.daysAgo(30), currency}, &c.Before)
		many(b, &c.States, `SELECT order_state, count(*)::int FROM ordering_orders WHERE placed_at > $1 GROUP BY 1 ORDER BY 2 DESC`, r.daysAgo(90))
		r.queueFunnel(b, &c.Funnel)
		r.queueClocks(b, &c.Clocks, now)
		r.queueWaits(b, &c.Waits, now)
		many(b, &c.Sellers, `SELECT s.id, s.name, s.name_local, sum(o.total_minor)::bigint, count(*)::int FROM ordering_orders o JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
			WHERE o.placed_at > $1 AND o.currency = $2 AND o.order_state NOT IN ('awaiting_approval','declined','cancelled') GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 6`, r.daysAgo(90), currency)
	})
	return c, err
}

// zoneOr is a time zone that the database knows too, UTC where there is none.
func zoneOr(zone string) string {
	if _, err := time.LoadLocation(zone); err != nil || zone == "" {
		return "UTC"
	}
	return zone
}

func (r *Reads) queueFunnel(b *pgx.Batch, f *Funnel) {
	one(b, `SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM sourcing_quotes q WHERE q.tenant_id = r.tenant_id AND q.rfq_id = r.id AND q.state <> 'withdrawn')),
		count(*) FILTER (WHERE r.state = 'awarded') FROM sourcing_rfqs r WHERE r.published_at > $1`, []any{r.daysAgo(90)}, &f.Asked, &f.Quoted, &f.Awarded)
	one(b, `SELECT count(*), count(*) FILTER (WHERE o.payment_state IN ('funded','released')), count(*) FILTER (WHERE o.order_state = 'completed')
		FROM ordering_orders o JOIN ordering_groups g ON g.tenant_id = o.tenant_id AND g.id = o.group_id WHERE g.source = 'rfq' AND o.placed_at > $1`, []any{r.daysAgo(90)}, &f.Ordered, &f.Paid, &f.Done)
}

// clockColumns: kind, id, text, whose, since, due, number.
func (r *Reads) queueClocks(b *pgx.Batch, into *[]Clock, now time.Time) {
	many(b, into, `SELECT * FROM (
		SELECT 'accept', o.id::text, o.number, s.name, o.placed_at, o.placed_at + interval '24 hours' AS due, o.number FROM ordering_orders o JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
			WHERE o.order_state = 'placed' AND o.placed_at < $1
		UNION ALL SELECT 'payment', o.id::text, o.number, b.name, o.accepted_at, o.accepted_at + interval '72 hours', o.number FROM ordering_orders o JOIN parties_orgs b ON b.tenant_id = o.tenant_id AND b.id = o.buyer_id
			WHERE o.order_state = 'accepted' AND o.payment_state IN ('none','pending') AND o.accepted_at < $2
		UNION ALL SELECT CASE c.state WHEN 'contested' THEN 'dispute' ELSE 'claim' END, c.id::text, c.number, s.name, c.opened_at, c.opened_at + interval '48 hours', c.number FROM aftersales_claims c JOIN parties_orgs s ON s.tenant_id = c.tenant_id AND s.id = c.seller_id
			WHERE c.state = 'contested' OR (c.state = 'open' AND c.opened_at < $3)
		UNION ALL SELECT 'admission', p.id::text, p.name, p.city, p.created_at, p.created_at + interval '24 hours', p.reg_no FROM parties_orgs p WHERE p.state = 'submitted'
		UNION ALL SELECT 'quote', q.id::text, q.title, b.name, q.published_at, q.closes_at, coalesce(q.number, '') FROM sourcing_rfqs q JOIN parties_orgs b ON b.tenant_id = q.tenant_id AND b.id = q.buyer_id
			WHERE q.state = 'published' AND q.closes_at < $4 AND q.closes_at > $5 AND NOT EXISTS (SELECT FROM sourcing_quotes t WHERE t.tenant_id = q.tenant_id AND t.rfq_id = q.id AND t.state = 'submitted')
		) x ORDER BY due LIMIT 12`, now.Add(-acceptHours*time.Hour), now.Add(-paymentHours*time.Hour), now.Add(-claimHours*time.Hour), now.Add(quoteHours*time.Hour), now)
}

func (r *Reads) queueWaits(b *pgx.Batch, w *Waits, now time.Time) {
	one(b, `SELECT (SELECT count(*) FROM parties_orgs WHERE state = 'submitted'), (SELECT count(*) FROM parties_licences WHERE state = 'submitted'),
		(SELECT count(*) FROM catalog_items WHERE state = 'review'), (SELECT count(*) FROM aftersales_claims WHERE state = 'contested'),
		(SELECT count(*) FROM payments_releases WHERE state = 'requested'), (SELECT count(*) FROM plugin_operations WHERE state IN ('failed','unknown') AND updated_at > $1),
		(SELECT count(*) FROM notify_mails WHERE state = 'failed'), (SELECT count(*) FROM event_failures WHERE parked)`, []any{now.AddDate(0, 0, -7)},
		&w.Companies, &w.Licences, &w.Items, &w.Disputes, &w.Releases, &w.Effects, &w.Mails, &w.Parked)
}

// OperatorCounts are the numbers behind the entries of the operator's sidebar.
func (r *Reads) OperatorCounts(ctx context.Context) (map[string]int, error) {
	var w Waits
	err := r.db.Read(ctx, func(b *pgx.Batch) { r.queueWaits(b, &w, r.now()) })
	return map[string]int{"companies": w.Companies + w.Licences, "catalogue": w.Items, "disputes": w.Disputes, "releases": w.Releases, "plugins": w.Effects}, err
}

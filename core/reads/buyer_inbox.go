package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/money"
)

// What waits, one statement per kind; $1 is the company. Each answers: id, number, title,
// party, amount, currency, n, of, since, until.
const (
	// An approver sees what others asked for and nobody has decided; $2 is the person.
	decidable = `SELECT a.id::text, o.number, a.rule AS title, coalesce(p.name, '') AS party, a.amount_minor AS minor, a.currency, 0 AS n, 0 AS of, a.requested_at AS since, NULL::timestamptz AS until
		FROM ordering_approvals a JOIN ordering_orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
		LEFT JOIN identity_people p ON p.tenant_id = a.tenant_id AND p.id = a.requested_by
		WHERE a.state = 'pending' AND o.buyer_id = $1 AND a.requested_by <> $2`
	releasable = `SELECT r.id::text, o.number, r.reason AS title, {seller} AS party, e.amount_minor AS minor, e.currency, 0 AS n, 0 AS of, r.requested_at AS since, NULL::timestamptz AS until, r.requested_by
		FROM payments_releases r JOIN payments_escrows e ON e.tenant_id = r.tenant_id AND e.id = r.escrow_id
		JOIN ordering_orders o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
		JOIN parties_orgs s ON s.tenant_id = e.tenant_id AND s.id = e.seller_id
		WHERE r.state = 'requested' AND e.buyer_id = $1`
	// Requests to decide: closed with quotes that hold, or every seller has answered; $2 is now.
	comparable = `SELECT r.id::text, coalesce(r.number, '') AS number, r.title, '' AS party, 0::bigint AS minor, r.currency, q.n, i.of, greatest(q.since, least(r.closes_at, $2)) AS since,
			CASE WHEN r.state = 'published' AND r.closes_at > $2 THEN r.closes_at ELSE q.until END AS until
		FROM sourcing_rfqs r
		JOIN LATERAL (SELECT count(DISTINCT seller_id)::int AS n, max(submitted_at) AS since, min(valid_until) AS until FROM sourcing_quotes q
			WHERE q.tenant_id = r.tenant_id AND q.rfq_id = r.id AND q.state = 'submitted' AND q.valid_until > $2) q ON true
		JOIN LATERAL (SELECT count(*)::int AS of, count(*) FILTER (WHERE state IN ('quoted','declined'))::int AS done FROM sourcing_rfq_sellers i
			WHERE i.tenant_id = r.tenant_id AND i.rfq_id = r.id) i ON true
		WHERE r.buyer_id = $1 AND q.n > 0 AND (r.state = 'evaluating' OR (r.state = 'published' AND (r.closes_at <= $2 OR i.done = i.of)))`
	payable = `SELECT o.id::text, o.number, '' AS title, {seller} AS party, o.total_minor - coalesce(e.funded_minor, 0) AS minor, o.currency, 0 AS n, 0 AS of, o.placed_at AS since, NULL::timestamptz AS until
		FROM ordering_orders o JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
		LEFT JOIN payments_escrows e ON e.tenant_id = o.tenant_id AND e.order_id = o.id
		WHERE o.buyer_id = $1 AND o.order_state IN ('placed','accepted') AND o.payment_state IN ('none','pending') AND o.total_minor > 0`
	arriving = `SELECT f.id::text, f.number, o.number AS title, {seller} AS party, 0::bigint AS minor, o.currency, 0 AS n, 0 AS of, f.shipped_at AS since, f.eta::timestamptz AS until
		FROM fulfilment_shipments f JOIN ordering_orders o ON o.tenant_id = f.tenant_id AND o.id = f.order_id
		JOIN parties_orgs s ON s.tenant_id = f.tenant_id AND s.id = f.seller_id
		WHERE f.buyer_id = $1 AND f.state = 'shipped'`
	contested = `SELECT c.id::text, c.number, o.number AS title, {seller} AS party, c.amount_minor AS minor, c.currency, 0 AS n, 0 AS of, coalesce(c.decided_at, c.opened_at) AS since, NULL::timestamptz AS until
		FROM aftersales_claims c JOIN ordering_orders o ON o.tenant_id = c.tenant_id AND o.id = c.order_id
		JOIN parties_orgs s ON s.tenant_id = c.tenant_id AND s.id = c.seller_id
		WHERE c.buyer_id = $1 AND c.state = 'contested'`
	// Licences that end within sixty days; $2 is now.
	ending = `SELECT l.id::text, l.number, l.kind AS title, '' AS party, 0::bigint AS minor, '' AS currency, 0 AS n, 0 AS of, l.created_at AS since, l.valid_to::timestamptz AS until
		FROM parties_licences l WHERE l.org_id = $1 AND l.state = 'valid' AND l.valid_to < ($2::timestamptz + interval '60 days')::date AND l.valid_to > ($2::timestamptz - interval '30 days')::date`
)

// Task is one thing that waits for the caller.
type Task struct {
	Kind   string // approval, release, rfq, pay, receive, claim, licence
	ID     string
	Number string
	Title  string
	Party  string
	Amount money.Money
	N, Of  int
	Since  time.Time
	Until  time.Time
}

// limit bounds each kind; a list behind each shows the rest.
const limit = "12"

// Inbox is a buyer's first page.
type Inbox struct {
	Tasks []Task
	Stats Stats
}

// Stats are the figures above the inbox, in one currency.
type Stats struct {
	OpenRFQs, Drafts, Awaiting, OpenOrders, OpenClaims int
	Open, Escrow                                       money.Money
	Months                                             []int64 // ordered in each of the last twelve months, oldest first
}

// Inbox reads what waits for the caller and his company's figures, in one round trip;
// decides says that he may approve.
func (s *Buyer) Inbox(ctx context.Context, cur money.Currency, decides bool) (Inbox, error) {
	in := Inbox{Stats: Stats{Open: money.Zero(cur), Escrow: money.Zero(cur)}}
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return in, err
	}
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		in.Tasks = nil
		queue := func(kind, sql string, args ...any) {
			b.Queue(spoken(c, `SELECT x.* FROM (`+sql+`) x ORDER BY x.since LIMIT `+limit), args...).Query(func(rows pgx.Rows) error { return scanTasks(rows, kind, &in.Tasks) })
		}
		if decides {
			queue("approval", decidable, c.Org.UUID(), c.Person.UUID())
			queue("release", `SELECT id, number, title, party, minor, currency, n, of, since, until FROM (`+releasable+`) r WHERE r.requested_by <> $2`, c.Org.UUID(), c.Subject())
		}
		queue("rfq", comparable, c.Org.UUID(), s.now())
		queue("pay", payable, c.Org.UUID())
		queue("receive", arriving, c.Org.UUID())
		queue("claim", contested, c.Org.UUID())
		queue("licence", ending, c.Org.UUID(), s.now())
		s.queueStats(b, c, cur, &in.Stats)
	})
	return in, err
}

func scanTasks(rows pgx.Rows, kind string, out *[]Task) error {
	for rows.Next() {
		t := Task{Kind: kind}
		var until *time.Time
		if err := rows.Scan(&t.ID, &t.Number, &t.Title, &t.Party, &t.Amount.Minor, (*string)(&t.Amount.Currency), &t.N, &t.Of, &t.Since, &until); err != nil {
			return err
		}
		if until != nil {
			t.Until = *until
		}
		*out = append(*out, t)
	}
	return rows.Err()
}

func (s *Buyer) queueStats(b *pgx.Batch, c caller.Caller, cur money.Currency, st *Stats) {
	b.Queue(`SELECT count(*) FILTER (WHERE state IN ('published','evaluating'))::int, count(*) FILTER (WHERE state = 'draft')::int FROM sourcing_rfqs WHERE buyer_id = $1`, c.Org.UUID()).
		QueryRow(func(r pgx.Row) error { return r.Scan(&st.OpenRFQs, &st.Drafts) })
	b.Queue(`SELECT count(*) FILTER (WHERE order_state = 'awaiting_approval')::int, count(*) FILTER (WHERE order_state IN ('placed','accepted'))::int,
			coalesce(sum(total_minor) FILTER (WHERE order_state IN ('placed','accepted') AND currency = $2), 0)::bigint
		FROM ordering_orders WHERE buyer_id = $1 AND order_state IN ('awaiting_approval','placed','accepted')`, c.Org.UUID(), string(cur)).
		QueryRow(func(r pgx.Row) error { return r.Scan(&st.Awaiting, &st.OpenOrders, &st.Open.Minor) })
	b.Queue(`SELECT coalesce(sum(e.funded_minor - e.released_minor - e.refunded_minor - e.commission_minor), 0)::bigint FROM payments_escrows e
		WHERE e.buyer_id = $1 AND e.currency = $2 AND e.state IN ('pending','funded','disputed')`, c.Org.UUID(), string(cur)).
		QueryRow(func(r pgx.Row) error { return r.Scan(&st.Escrow.Minor) })
	b.Queue(`SELECT count(*)::int FROM aftersales_claims WHERE buyer_id = $1 AND state IN ('open','contested')`, c.Org.UUID()).
		QueryRow(func(r pgx.Row) error { return r.Scan(&st.OpenClaims) })
	b.Queue(`SELECT coalesce(sum(o.total_minor), 0)::bigint FROM generate_series(date_trunc('month', $3::timestamptz) - interval '11 months', date_trunc('month', $3::timestamptz), interval '1 month') m
		LEFT JOIN ordering_orders o ON o.buyer_id = $1 AND o.currency = $2 AND o.order_state NOT IN ('declined','cancelled') AND o.placed_at >= m AND o.placed_at < m + interval '1 month'
		GROUP BY m ORDER BY m`, c.Org.UUID(), string(cur), s.now()).Query(func(rows pgx.Rows) error {
		st.Months = nil
		var v int64
		_, err := pgx.ForEachRow(rows, []any{&v}, func() error { st.Months = append(st.Months, v); return nil })
		return err
	})
}

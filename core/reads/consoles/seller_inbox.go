package consoles

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Inbox is what waits for a seller, the most urgent first.
type Inbox struct {
	RFQs     []RFQTask
	Accept   []OrderTask
	Ship     []OrderTask
	Claims   []ClaimTask
	Balances []Held
	Counts   InboxCounts
	Sales    []DaySum // the last thirty days, days without a sale left out
}

// InboxCounts are the whole numbers behind the first lines of each list.
type InboxCounts struct {
	RFQs, Quotes, Accept, Unpaid, Ship, OnTheWay, Claims, Offers, Out int
}

// RFQTask is a request that the seller was asked to quote on.
type RFQTask struct {
	RFQ       id.RFQ
	Number    string
	Title     string
	Buyer     string
	Local     string
	State     string
	Lines     int
	InvitedAt time.Time
	ClosesAt  time.Time
}

// OrderTask is an order that waits for the seller.
type OrderTask struct {
	Order   id.Order
	Number  string
	Buyer   string
	Local   string
	Payment string
	Since   time.Time
	money.Money
}

// ClaimTask is a claim that waits for an answer.
type ClaimTask struct {
	Claim  id.Claim
	Number string
	Order  string
	Buyer  string
	Kind   string
	Since  time.Time
	money.Money
}

// Held is the money of a seller in one currency: at his disposal, and in escrow for him.
type Held struct {
	Currency money.Currency
	Free     int64
	Escrow   int64
}

// DaySum is what one day came to.
type DaySum struct {
	Day   time.Time
	Minor int64
	Count int
}

const rfqsToAnswer = `FROM sourcing_rfq_sellers s JOIN sourcing_rfqs r ON r.tenant_id = s.tenant_id AND r.id = s.rfq_id
	WHERE s.seller_id = $1 AND s.state IN ('invited','viewed') AND r.state = 'published' AND r.closes_at > $2`

const orderTasks = `SELECT o.id, o.number, b.name, b.name_local, o.payment_state, coalesce(o.accepted_at, o.placed_at), o.total_minor, o.currency
	FROM ordering_orders o JOIN parties_orgs b ON b.tenant_id = o.tenant_id AND b.id = o.buyer_id WHERE o.seller_id = $1 AND `

const (
	toAccept = `o.order_state = 'placed'`
	toShip   = `o.order_state = 'accepted' AND o.payment_state = 'funded' AND o.fulfilment_state IN ('none','partly_shipped')`
)

// inboxLines is how many lines of each kind an inbox shows.
const inboxLines = 12

// SellerInbox reads the home page of the caller's company as a seller. Days are those of
// the market's time zone.
func (r *Reads) SellerInbox(ctx context.Context, zone string) (Inbox, error) {
	var in Inbox
	org, err := ours(ctx)
	if err != nil {
		return in, err
	}
	me, now := org.UUID(), r.now()
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &in.RFQs, `SELECT r.id, coalesce(r.number, ''), r.title, b.name, b.name_local, s.state,
			(SELECT count(*) FROM sourcing_rfq_lines l WHERE l.tenant_id = r.tenant_id AND l.rfq_id = r.id)::int, s.invited_at, r.closes_at
			FROM sourcing_rfq_sellers s JOIN sourcing_rfqs r ON r.tenant_id = s.tenant_id AND r.id = s.rfq_id
			JOIN parties_orgs b ON b.tenant_id = r.tenant_id AND b.id = r.buyer_id
			WHERE s.seller_id = $1 AND s.state IN ('invited','viewed') AND r.state = 'published' AND r.closes_at > $2 ORDER BY r.closes_at LIMIT $3`, me, now, inboxLines)
		many(b, &in.Accept, orderTasks+toAccept+` ORDER BY o.id LIMIT $2`, me, inboxLines)
		many(b, &in.Ship, orderTasks+toShip+` ORDER BY o.id LIMIT $2`, me, inboxLines)
		many(b, &in.Claims, `SELECT c.id, c.number, o.number, b.name, c.kind, c.opened_at, c.amount_minor, c.currency FROM aftersales_claims c
			JOIN ordering_orders o ON o.tenant_id = c.tenant_id AND o.id = c.order_id JOIN parties_orgs b ON b.tenant_id = c.tenant_id AND b.id = c.buyer_id
			WHERE c.seller_id = $1 AND c.state = 'open' ORDER BY c.id LIMIT $2`, me, inboxLines)
		many(b, &in.Balances, balances, me, "seller:"+org.String())
		many(b, &in.Sales, `SELECT (placed_at AT TIME ZONE $3)::date, sum(total_minor)::bigint, count(*)::int FROM ordering_orders
			WHERE seller_id = $1 AND placed_at > $2 AND order_state NOT IN ('awaiting_approval','declined','cancelled') GROUP BY 1 ORDER BY 1`, me, r.daysAgo(30), zoneOr(zone))
		c := &in.Counts
		one(b, `SELECT count(*) `+rfqsToAnswer, []any{me, now}, &c.RFQs)
		one(b, `SELECT count(*) FROM sourcing_quotes q JOIN sourcing_rfqs r ON r.tenant_id = q.tenant_id AND r.id = q.rfq_id
			WHERE q.seller_id = $1 AND q.state = 'submitted' AND r.state IN ('published','evaluating') AND q.valid_until > $2`, []any{me, now}, &c.Quotes)
		one(b, `SELECT count(*) FILTER (WHERE `+toAccept+`), count(*) FILTER (WHERE o.order_state = 'accepted' AND o.payment_state IN ('none','pending')),
			count(*) FILTER (WHERE `+toShip+`), count(*) FILTER (WHERE o.order_state = 'accepted' AND o.fulfilment_state = 'shipped')
			FROM ordering_orders o WHERE o.seller_id = $1`, []any{me}, &c.Accept, &c.Unpaid, &c.Ship, &c.OnTheWay)
		one(b, `SELECT count(*) FROM aftersales_claims WHERE seller_id = $1 AND state = 'open'`, []any{me}, &c.Claims)
		one(b, `SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM inventory_stock s WHERE s.tenant_id = o.tenant_id AND s.offer_id = o.id AND s.on_hand_micro > s.reserved_micro))
			FROM catalog_offers o WHERE o.seller_id = $1 AND o.state = 'published'`, []any{me}, &c.Offers, &c.Out)
	})
	return in, err
}

// balances by currency: what the ledger owes the seller, and what lies in escrow for him.
const balances = `SELECT currency, sum(free)::bigint, sum(escrow)::bigint FROM (
	SELECT a.currency, -p.amount_minor AS free, 0 AS escrow FROM ledger_accounts a JOIN ledger_postings p ON p.tenant_id = a.tenant_id AND p.account_id = a.id WHERE a.key = $2
	UNION ALL SELECT e.currency, 0, e.funded_minor - e.released_minor - e.refunded_minor - e.commission_minor FROM payments_escrows e
		JOIN ordering_orders o ON o.tenant_id = e.tenant_id AND o.id = e.order_id WHERE o.seller_id = $1 AND e.state IN ('pending','funded','partly_released','disputed')) x
	GROUP BY currency ORDER BY currency`

// SellerCounts are the numbers behind the entries of a seller's sidebar.
func (r *Reads) SellerCounts(ctx context.Context) (map[string]int, error) {
	org, err := ours(ctx)
	if err != nil {
		return nil, err
	}
	var rfqs, orders, claims int
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		one(b, `SELECT count(*) `+rfqsToAnswer, []any{org.UUID(), r.now()}, &rfqs)
		one(b, `SELECT count(*) FROM ordering_orders o WHERE o.seller_id = $1 AND (`+toAccept+` OR `+toShip+`)`, []any{org.UUID()}, &orders)
		one(b, `SELECT count(*) FROM aftersales_claims WHERE seller_id = $1 AND state = 'open'`, []any{org.UUID()}, &claims)
	})
	return map[string]int{"rfqs": rfqs, "orders": orders, "claims": claims}, err
}

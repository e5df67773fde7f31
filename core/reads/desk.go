package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Desk is what waits for one person, what he has under way and what his company may
// still spend.
type Desk struct {
	Approvals []DeskApproval
	Orders    []DeskOrder
	Arriving  []DeskOrder // of his own, shipped and not yet received
	Centres   []Centre
	Often     []id.Item
	Licences  []Licence
}

// DeskApproval is an order that waits for the reader's word.
type DeskApproval struct {
	ID     id.Approval
	Number string
	Seller string
	By     string
	Amount money.Money
	Since  time.Time
}

// DeskOrder is one line of the reader's own orders.
type DeskOrder struct {
	ID     id.Order
	Number string
	Seller string
	State  string
	Goods  string // fulfilment
	Total  money.Money
	At     time.Time
}

// Centre is a cost centre with what its live orders come to: Spent is settled or paid,
// Bound is ordered and still open.
type Centre struct {
	ID           id.CostCentre
	Code, Name   string
	Budget       money.Money
	Spent, Bound int64
}

// Licence is one of the reader's company's licences.
type Licence struct {
	Kind, Number, State string
	Scope               []string
	To                  time.Time
}

// Desk reads the first page of a signed-in buyer, in one trip.
func (s *Storefront) Desk(ctx context.Context) (Desk, error) {
	who, err := caller.From(ctx)
	if err != nil || who.Org.IsZero() || who.Person.IsZero() {
		return Desk{}, err
	}
	var d Desk
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		org, me := who.Org.UUID(), who.Person.UUID()
		b.Queue(deskApprovals, org, me, who.Has(caller.RoleApprover)).Query(func(rows pgx.Rows) (err error) {
			d.Approvals, err = pgx.CollectRows(rows, scanApproval)
			return err
		})
		b.Queue(deskOrders+` AND o.placed_by = $2 ORDER BY o.id DESC LIMIT 6`, org, me).Query(func(rows pgx.Rows) (err error) {
			d.Orders, err = pgx.CollectRows(rows, scanDeskOrder)
			return err
		})
		b.Queue(deskOrders+` AND o.placed_by = $2 AND o.fulfilment_state IN ('partly_shipped','shipped') ORDER BY o.id DESC LIMIT 6`, org, me).Query(func(rows pgx.Rows) (err error) {
			d.Arriving, err = pgx.CollectRows(rows, scanDeskOrder)
			return err
		})
		b.Queue(deskCentres, org, s.now()).Query(func(rows pgx.Rows) (err error) {
			d.Centres, err = pgx.CollectRows(rows, scanCentre)
			return err
		})
		b.Queue(deskOften, org).Query(func(rows pgx.Rows) (err error) {
			d.Often, err = pgx.CollectRows(rows, pgx.RowTo[id.Item])
			return err
		})
		b.Queue(`SELECT kind, number, state, scope, valid_to FROM parties_licences WHERE org_id = $1 ORDER BY valid_to DESC LIMIT 20`, org).Query(func(rows pgx.Rows) (err error) {
			d.Licences, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Licence])
			return err
		})
	})
	return d, err
}

// An approver sees what he may approve: others' orders of his company within his limit.
const deskApprovals = `SELECT a.id, o.number, s.name, p.name, a.amount_minor, a.currency, a.requested_at
	FROM ordering_approvals a
	JOIN ordering_orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
	JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
	JOIN identity_people p ON p.tenant_id = a.tenant_id AND p.id = a.requested_by
	JOIN parties_members m ON m.tenant_id = o.tenant_id AND m.org_id = o.buyer_id AND m.person_id = $2
	WHERE a.state = 'pending' AND o.buyer_id = $1 AND a.requested_by <> $2
	  AND $3 AND (m.limit_minor IS NULL OR m.limit_minor >= a.amount_minor)
	ORDER BY a.id LIMIT 10`

const deskOrders = `SELECT o.id, o.number, s.name, o.order_state, o.fulfilment_state, o.total_minor, o.currency, o.placed_at
	FROM ordering_orders o JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id WHERE o.buyer_id = $1`

const deskCentres = `SELECT c.id, c.code, c.name, c.budget_minor, c.currency,
	coalesce(sum(o.total_minor) FILTER (WHERE o.order_state = 'completed'), 0)::bigint,
	coalesce(sum(o.total_minor) FILTER (WHERE o.order_state IN ('awaiting_approval','placed','accepted')), 0)::bigint
	FROM parties_cost_centres c LEFT JOIN ordering_orders o ON o.tenant_id = c.tenant_id AND o.cost_centre_id = c.id
	  AND o.placed_at >= c.from_day AND o.placed_at < c.to_day + 1
	WHERE c.org_id = $1 AND c.from_day <= $2::timestamptz::date AND c.to_day >= $2::timestamptz::date
	GROUP BY c.id, c.code, c.name, c.budget_minor, c.currency ORDER BY c.code LIMIT 12`

const deskOften = `SELECT l.item_id FROM ordering_order_lines l JOIN ordering_orders o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
	WHERE o.buyer_id = $1 AND l.item_id IS NOT NULL AND o.placed_at > (SELECT max(x.placed_at) - interval '400 days' FROM ordering_orders x WHERE x.buyer_id = $1)
	GROUP BY l.item_id ORDER BY count(*) DESC, l.item_id LIMIT 12`

func scanApproval(r pgx.CollectableRow) (a DeskApproval, err error) {
	err = r.Scan(&a.ID, &a.Number, &a.Seller, &a.By, &a.Amount.Minor, (*string)(&a.Amount.Currency), &a.Since)
	return a, err
}

func scanDeskOrder(r pgx.CollectableRow) (o DeskOrder, err error) {
	err = r.Scan(&o.ID, &o.Number, &o.Seller, &o.State, &o.Goods, &o.Total.Minor, (*string)(&o.Total.Currency), &o.At)
	return o, err
}

func scanCentre(r pgx.CollectableRow) (c Centre, err error) {
	err = r.Scan(&c.ID, &c.Code, &c.Name, &c.Budget.Minor, (*string)(&c.Budget.Currency), &c.Spent, &c.Bound)
	return c, err
}

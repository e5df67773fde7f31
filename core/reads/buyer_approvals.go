package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
)

// ApprovalRow is one approval with the order that it is about.
type ApprovalRow struct {
	ID          id.Approval
	Order       id.Order
	Number      string
	Seller      string
	Amount      money.Money
	Rule        string
	State       string
	RequestedBy id.Person
	Requester   string
	RequestedAt time.Time
	Decider     string
	DecidedAt   time.Time
	Note        string
	CostCentre  string
}

const approvalSelect = `SELECT a.id, a.order_id, o.number, {seller}, a.amount_minor, a.currency, a.rule, a.state, a.requested_by, coalesce(p.name, ''), a.requested_at,
		coalesce(d.name, ''), a.decided_at, a.note, coalesce(cc.code || ' · ' || cc.name, '')
	FROM ordering_approvals a JOIN ordering_orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
	JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
	LEFT JOIN identity_people p ON p.tenant_id = a.tenant_id AND p.id = a.requested_by
	LEFT JOIN identity_people d ON d.tenant_id = a.tenant_id AND d.id = a.decided_by
	LEFT JOIN parties_cost_centres cc ON cc.tenant_id = o.tenant_id AND cc.id = o.cost_centre_id `

func scanApprovals(rows pgx.Rows, out *[]ApprovalRow) error {
	*out = nil
	for rows.Next() {
		var v ApprovalRow
		var decided *time.Time
		if err := rows.Scan(&v.ID, &v.Order, &v.Number, &v.Seller, &v.Amount.Minor, (*string)(&v.Amount.Currency), &v.Rule, &v.State, &v.RequestedBy, &v.Requester, &v.RequestedAt,
			&v.Decider, &decided, &v.Note, &v.CostCentre); err != nil {
			return err
		}
		if decided != nil {
			v.DecidedAt = *decided
		}
		*out = append(*out, v)
	}
	return rows.Err()
}

// Approvals lists the company's approvals, newest first; state "" is all.
func (s *Buyer) Approvals(ctx context.Context, state string, p page.Request) (page.List[ApprovalRow], error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return page.List[ApprovalRow]{}, err
	}
	after, err := last(p.After)
	if err != nil {
		return page.List[ApprovalRow]{}, err
	}
	var rows []ApprovalRow
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(spoken(c, approvalSelect+`WHERE o.buyer_id = $1 AND a.id < $2::uuid AND ($3 = '' OR a.state = $3) ORDER BY a.id DESC LIMIT $4`), c.Org.UUID(), after, state, p.Size()+1).
			Query(func(r pgx.Rows) error { return scanApprovals(r, &rows) })
	})
	return page.Cut(rows, p.Size(), func(r ApprovalRow) any { return idCursor{r.ID.String()} }), err
}

// Consent is everything a person needs to decide an approval.
type Consent struct {
	ApprovalRow
	Limit  *money.Money // what the one who ordered may place without asking; nil is no limit
	Mine   *money.Money // what the caller may approve; nil is no limit
	Budget *Budget      // of the order's cost centre
	Counts bool         // the order is among what Budget has spent
}

// Budget is a cost centre's money in its period.
type Budget struct {
	ID         id.CostCentre
	Code, Name string
	Unit       string
	From, To   time.Time
	Amount     money.Money
	Spent      money.Money // orders of the period that were not declined or cancelled
}

// Left is what may still be spent; below zero when more was.
func (b Budget) Left() money.Money { return money.Of(b.Amount.Minor-b.Spent.Minor, b.Amount.Currency) }

const budgetSelect = `SELECT cc.id, cc.code, cc.name, coalesce(u.name, ''), cc.from_day, cc.to_day, cc.budget_minor, cc.currency,
		coalesce((SELECT sum(x.total_minor) FROM ordering_orders x WHERE x.tenant_id = cc.tenant_id AND x.cost_centre_id = cc.id AND x.order_state NOT IN ('declined','cancelled')
			AND x.placed_at >= cc.from_day AND x.placed_at < cc.to_day + 1), 0)::bigint
	FROM parties_cost_centres cc LEFT JOIN parties_units u ON u.tenant_id = cc.tenant_id AND u.id = cc.unit_id `

func scanBudgets(rows pgx.Rows, out *[]Budget) error {
	*out = nil
	var v Budget
	_, err := pgx.ForEachRow(rows, []any{&v.ID, &v.Code, &v.Name, &v.Unit, &v.From, &v.To, &v.Amount.Minor, (*string)(&v.Amount.Currency), &v.Spent.Minor}, func() error {
		v.Spent.Currency = v.Amount.Currency
		*out = append(*out, v)
		return nil
	})
	return err
}

// Budgets are the company's cost centres with what was spent, by code.
func (s *Buyer) Budgets(ctx context.Context) ([]Budget, error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return nil, err
	}
	var out []Budget
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(budgetSelect+`WHERE cc.org_id = $1 ORDER BY cc.code`, c.Org.UUID()).Query(func(r pgx.Rows) error { return scanBudgets(r, &out) })
	})
	return out, err
}

// Approval reads one approval of the caller's company, or ordering.ErrApproval.
func (s *Buyer) Approval(ctx context.Context, which id.Approval) (Consent, error) {
	c, ok, err := who(ctx)
	if err != nil {
		return Consent{}, err
	}
	if !ok {
		return Consent{}, ordering.ErrApproval
	}
	var found []ApprovalRow
	var budgets []Budget
	limits := map[id.Person]*money.Money{}
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(spoken(c, approvalSelect+`WHERE o.buyer_id = $1 AND a.id = $2`), c.Org.UUID(), which.UUID()).Query(func(r pgx.Rows) error { return scanApprovals(r, &found) })
		b.Queue(budgetSelect+`JOIN ordering_orders o ON o.tenant_id = cc.tenant_id AND o.cost_centre_id = cc.id JOIN ordering_approvals a ON a.tenant_id = o.tenant_id AND a.order_id = o.id
			WHERE o.buyer_id = $1 AND a.id = $2`, c.Org.UUID(), which.UUID()).Query(func(r pgx.Rows) error { return scanBudgets(r, &budgets) })
		b.Queue(`SELECT m.person_id, m.limit_minor, m.currency FROM parties_members m WHERE m.org_id = $1 AND (m.person_id = $3 OR m.person_id = (SELECT requested_by FROM ordering_approvals WHERE id = $2))`,
			c.Org.UUID(), which.UUID(), c.Person.UUID()).Query(func(r pgx.Rows) error { return scanLimits(r, limits) })
	})
	if err != nil {
		return Consent{}, err
	}
	if len(found) == 0 {
		return Consent{}, ordering.ErrApproval
	}
	out := Consent{ApprovalRow: found[0], Limit: limits[found[0].RequestedBy], Mine: limits[c.Person]}
	if len(budgets) > 0 {
		out.Budget, out.Counts = &budgets[0], out.State == string(ordering.Pending) || out.State == string(ordering.Approved)
	}
	return out, nil
}

func scanLimits(rows pgx.Rows, out map[id.Person]*money.Money) error {
	for rows.Next() {
		var p id.Person
		var minor *int64
		var cur string
		if err := rows.Scan(&p, &minor, &cur); err != nil {
			return err
		}
		if minor != nil {
			m := money.Of(*minor, money.Currency(cur))
			out[p] = &m
		}
	}
	return rows.Err()
}

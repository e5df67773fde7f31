package consoles

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
)

// CompanyStates counts companies by state.
func (r *Reads) CompanyStates(ctx context.Context) (map[string]int, error) {
	var rows []stateCount
	err := r.db.Read(ctx, func(b *pgx.Batch) { many(b, &rows, `SELECT state, count(*)::int FROM parties_orgs GROUP BY state`) })
	return counted(rows), err
}

// CompanyTrade is what a company has done here.
type CompanyTrade struct {
	Bought, Sold   int
	Offers, People int
	Claims         int
	DecidedBy      string
}

// CompanyTrade counts a company's trade for those who decide about it.
func (r *Reads) CompanyTrade(ctx context.Context, org id.Org) (CompanyTrade, []DecisionRow, error) {
	var t CompanyTrade
	var rows []DecisionRow
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		one(b, `SELECT (SELECT count(*) FROM ordering_orders WHERE buyer_id = $1), (SELECT count(*) FROM ordering_orders WHERE seller_id = $1), (SELECT count(*) FROM catalog_offers WHERE seller_id = $1 AND state = 'published'),
			(SELECT count(*) FROM parties_members WHERE org_id = $1), (SELECT count(*) FROM aftersales_claims WHERE seller_id = $1),
			(SELECT coalesce(max(p.name), '') FROM parties_orgs o JOIN identity_people p ON p.tenant_id = o.tenant_id AND p.id = o.decided_by WHERE o.id = $1)`, []any{org.UUID()},
			&t.Bought, &t.Sold, &t.Offers, &t.People, &t.Claims, &t.DecidedBy)
		many(b, &rows, decisionRows+`WHERE d.object = $1 ORDER BY d.id DESC LIMIT 10`, org.String())
	})
	return t, rows, err
}

// ReviewRow is an item that waits for a reviewer.
type ReviewRow struct {
	Item      id.Item
	SKU       string
	Names     map[string]string
	Category  map[string]string
	Brand     string
	Picture   string
	Attrs     map[string]string
	Regulated string
	State     string
	Seller    string
	Updated   time.Time
}

// Items lists the catalogue by state, the longest waiting first.
func (r *Reads) Items(ctx context.Context, state, text string, p page.Request) (page.List[ReviewRow], map[string]int, error) {
	var rows []ReviewRow
	var states []stateCount
	after := id.Item{}
	if err := page.Decode(p.After, &after); err != nil {
		return page.List[ReviewRow]{}, nil, err
	}
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT i.id, i.sku, i.names, c.names, i.brand, i.picture, i.attributes, i.regulated, i.state, coalesce(s.name, ''), i.updated_at FROM catalog_items i
			JOIN catalog_categories c ON c.tenant_id = i.tenant_id AND c.id = i.category_id LEFT JOIN parties_orgs s ON s.tenant_id = i.tenant_id AND s.id = i.seller_id
			WHERE i.state = $1 AND ($2 = '' OR i.sku ILIKE $2 OR i.names::text ILIKE $2) AND i.id > $3 ORDER BY i.id LIMIT $4`, state, like(text), after.UUID(), p.Size()+1)
		many(b, &states, `SELECT state, count(*)::int FROM catalog_items GROUP BY state`)
	})
	return page.Cut(rows, p.Size(), func(i ReviewRow) any { return i.Item }), counted(states), err
}

// ReleaseRow is a release of escrow with what one must know to decide it.
type ReleaseRow struct {
	Release     id.Release
	Order       id.Order
	Number      string
	Buyer       string
	BuyerLocal  string
	Seller      string
	SellerLocal string
	State       string
	Held        int64
	ToSeller    int64
	ToBuyer     int64
	Commission  int64
	Currency    money.Currency
	RequestedBy string
	RequestedAt time.Time
	ApprovedBy  string
	ApprovedAt  *time.Time
	Why         string
	Asker       string // names of those two
	Approver    string
	Claims      int // open
}

const releaseRows = `SELECT r.id, o.id, o.number, b.name, b.name_local, s.name, s.name_local, r.state, e.funded_minor, r.to_seller_minor, r.to_buyer_minor, r.commission_minor, e.currency,
	r.requested_by, r.requested_at, r.approved_by, r.approved_at, r.reason, coalesce(p.name, ''), coalesce(q.name, ''),
	(SELECT count(*) FROM aftersales_claims c WHERE c.tenant_id = o.tenant_id AND c.order_id = o.id AND c.state IN ('open','contested'))::int
	FROM payments_releases r JOIN payments_escrows e ON e.tenant_id = r.tenant_id AND e.id = r.escrow_id JOIN ordering_orders o ON o.tenant_id = e.tenant_id AND o.id = e.order_id
	JOIN parties_orgs b ON b.tenant_id = o.tenant_id AND b.id = o.buyer_id JOIN parties_orgs s ON s.tenant_id = o.tenant_id AND s.id = o.seller_id
	LEFT JOIN identity_people p ON p.tenant_id = r.tenant_id AND p.id = CASE WHEN starts_with(r.requested_by, 'person:') THEN substr(r.requested_by, 8)::uuid END
	LEFT JOIN identity_people q ON q.tenant_id = r.tenant_id AND q.id = CASE WHEN starts_with(r.approved_by, 'person:') THEN substr(r.approved_by, 8)::uuid END `

// Releases lists releases in a state, newest first.
func (r *Reads) Releases(ctx context.Context, state string, p page.Request) (page.List[ReleaseRow], map[string]int, error) {
	var rows []ReleaseRow
	var states []stateCount
	at, err := from(p)
	if err != nil {
		return page.List[ReleaseRow]{}, nil, err
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, releaseRows+`WHERE ($1 = '' OR r.state = $1) AND r.id < $2 ORDER BY r.id DESC LIMIT $3`, state, at, p.Size()+1)
		many(b, &states, `SELECT state, count(*)::int FROM payments_releases GROUP BY state`)
	})
	return page.Cut(rows, p.Size(), func(x ReleaseRow) any { return x.Release }), counted(states), err
}

// Release is one release; found says whether there is one.
func (r *Reads) Release(ctx context.Context, rid id.Release) (ReleaseRow, bool, error) {
	var rows []ReleaseRow
	err := r.db.Read(ctx, func(b *pgx.Batch) { many(b, &rows, releaseRows+`WHERE r.id = $1`, rid.UUID()) })
	if err != nil || len(rows) == 0 {
		return ReleaseRow{}, false, err
	}
	return rows[0], true, nil
}

// DecisionRow is one answer of the gate.
type DecisionRow struct {
	Decision  id.Decision
	At        time.Time
	Actor     string
	Name      string
	Email     string
	Action    string
	Object    string
	Outcome   string
	Reasons   json.RawMessage
	InputHash string
	Rev       string
	Request   string
}

const decisionRows = `SELECT d.id, d.at, d.actor, coalesce(p.name, ''), coalesce(p.email, ''), d.action, d.object, d.outcome, d.reasons, d.input_hash, d.policy_rev, d.request_id FROM policy_decisions d
	LEFT JOIN identity_people p ON p.tenant_id = d.tenant_id AND p.id = CASE WHEN starts_with(d.actor, 'person:') THEN substr(d.actor, 8)::uuid END `

// DecisionFilter narrows the record of decisions; empty fields match everything.
type DecisionFilter struct{ Outcome, Action, Text string }

// Decisions lists answers of the gate, newest first.
func (r *Reads) Decisions(ctx context.Context, f DecisionFilter, p page.Request) (page.List[DecisionRow], []string, error) {
	var rows []DecisionRow
	var actions []string
	at, err := from(p)
	if err != nil {
		return page.List[DecisionRow]{}, nil, err
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, decisionRows+`WHERE ($1 = '' OR d.outcome = $1) AND ($2 = '' OR d.action = $2) AND ($3 = '' OR d.object = $3 OR d.request_id = $3 OR p.name ILIKE $4 OR p.email ILIKE $4)
			AND d.id < $5 ORDER BY d.id DESC LIMIT $6`, f.Outcome, f.Action, f.Text, like(f.Text), at, p.Size()+1)
		b.Queue(`SELECT DISTINCT action FROM policy_decisions ORDER BY action LIMIT 100`).Query(func(rs pgx.Rows) (err error) {
			actions, err = pgx.CollectRows(rs, pgx.RowTo[string])
			return err
		})
	})
	return page.Cut(rows, p.Size(), func(d DecisionRow) any { return d.Decision }), actions, err
}

// Decision is one answer; found says whether there is one.
func (r *Reads) Decision(ctx context.Context, did id.Decision) (DecisionRow, bool, error) {
	var rows []DecisionRow
	err := r.db.Read(ctx, func(b *pgx.Batch) { many(b, &rows, decisionRows+`WHERE d.id = $1`, did.UUID()) })
	if err != nil || len(rows) == 0 {
		return DecisionRow{}, false, err
	}
	return rows[0], true, nil
}

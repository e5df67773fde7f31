package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// RFQRow is one request of the caller's company in a list.
type RFQRow struct {
	ID       id.RFQ
	Number   string
	Title    string
	State    string
	ClosesAt time.Time
	Created  time.Time
	By       string
	Lines    int
	Sellers  int
	Quotes   int
}

// RFQAsk narrows the list; Text is part of a title or the beginning of a number.
type RFQAsk struct{ State, Text string }

type idCursor struct {
	ID string `json:"id"`
}

// last is the cursor's row, or what comes before every row of a list of newest first.
func last(cursor string) (string, error) {
	k := idCursor{"ffffffff-ffff-ffff-ffff-ffffffffffff"}
	err := page.Decode(cursor, &k)
	return k.ID, err
}

// RFQs lists the company's requests, newest first.
func (s *Buyer) RFQs(ctx context.Context, a RFQAsk, p page.Request) (page.List[RFQRow], error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return page.List[RFQRow]{}, err
	}
	after, err := last(p.After)
	if err != nil {
		return page.List[RFQRow]{}, err
	}
	var rows []RFQRow
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT r.id, coalesce(r.number, ''), r.title, CASE WHEN r.state = 'published' AND r.closes_at <= $6 THEN 'evaluating' ELSE r.state END, r.closes_at, r.created_at, coalesce(p.name, ''),
				(SELECT count(*)::int FROM sourcing_rfq_lines l WHERE l.tenant_id = r.tenant_id AND l.rfq_id = r.id),
				(SELECT count(*)::int FROM sourcing_rfq_sellers i WHERE i.tenant_id = r.tenant_id AND i.rfq_id = r.id),
				(SELECT count(DISTINCT q.seller_id)::int FROM sourcing_quotes q WHERE q.tenant_id = r.tenant_id AND q.rfq_id = r.id AND q.state NOT IN ('superseded','withdrawn'))
			FROM sourcing_rfqs r LEFT JOIN identity_people p ON p.tenant_id = r.tenant_id AND p.id = r.created_by
			WHERE r.buyer_id = $1 AND r.id < $2::uuid AND ($3 = '' OR r.state = $3) AND ($4 = '' OR starts_with(upper(coalesce(r.number, '')), upper($4)) OR position(lower($4) IN lower(r.title)) > 0)
			ORDER BY r.id DESC LIMIT $5`, c.Org.UUID(), after, a.State, a.Text, p.Size()+1, s.now()).Query(func(rs pgx.Rows) error {
			rows = nil
			var v RFQRow
			_, err := pgx.ForEachRow(rs, []any{&v.ID, &v.Number, &v.Title, &v.State, &v.ClosesAt, &v.Created, &v.By, &v.Lines, &v.Sellers, &v.Quotes}, func() error { rows = append(rows, v); return nil })
			return err
		})
	})
	return page.Cut(rows, p.Size(), func(r RFQRow) any { return idCursor{r.ID.String()} }), err
}

// SellerRow is a company that could be asked.
type SellerRow struct {
	ID      id.Org
	Name    string
	Native  string
	City    string
	Country string
	Offers  int // how many of the items asked about it offers
}

// sellersMost bounds suggestions and search results.
const sellersMost = 12

// Sellers suggests whom to ask: those who offer the items, then those that the text finds,
// then those already chosen. The caller's own company is never among them.
func (s *Buyer) Sellers(ctx context.Context, items []id.Item, text string, chosen []id.Org) ([]SellerRow, error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return nil, err
	}
	raw := make([][16]byte, len(items))
	for i, v := range items {
		raw[i] = v
	}
	mine := make([][16]byte, len(chosen))
	for i, v := range chosen {
		mine[i] = v
	}
	var out []SellerRow
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT p.id, p.name, p.name_local, p.city, p.country, coalesce(o.n, 0)::int FROM parties_orgs p
			LEFT JOIN (SELECT tenant_id, seller_id, count(DISTINCT item_id) AS n FROM catalog_offers WHERE item_id = ANY ($2) AND state = 'published' GROUP BY 1, 2) o
				ON o.tenant_id = p.tenant_id AND o.seller_id = p.id
			WHERE p.sells AND p.state = 'approved' AND p.id <> $1
			  AND (o.n > 0 OR p.id = ANY ($4) OR ($3 <> '' AND (position(lower($3) IN lower(p.name)) > 0 OR position($3 IN p.name_local) > 0 OR position(lower($3) IN lower(p.city)) > 0)))
			ORDER BY p.id = ANY ($4) DESC, coalesce(o.n, 0) DESC, p.name LIMIT $5`, c.Org.UUID(), raw, text, mine, sellersMost+len(chosen)).Query(func(rows pgx.Rows) error {
			out = nil
			var v SellerRow
			_, err := pgx.ForEachRow(rows, []any{&v.ID, &v.Name, &v.Native, &v.City, &v.Country, &v.Offers}, func() error { out = append(out, v); return nil })
			return err
		})
	})
	return out, err
}

package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/quantity"
)

// InvoiceRow is one invoice to the caller's company.
type InvoiceRow struct {
	ID       id.Invoice
	Number   string
	Order    id.Order
	OrderNo  string
	Seller   string
	Net, Tax money.Money
	Total    money.Money
	IssuedAt time.Time
}

// Invoices lists the invoices that the company got, newest first. Text is the beginning of
// an invoice's or order's number or part of a seller's name.
func (s *Buyer) Invoices(ctx context.Context, text string, p page.Request) (page.List[InvoiceRow], error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return page.List[InvoiceRow]{}, err
	}
	after, err := last(p.After)
	if err != nil {
		return page.List[InvoiceRow]{}, err
	}
	var rows []InvoiceRow
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(spoken(c, `SELECT i.id, i.number, i.order_id, o.number, {seller}, i.net_minor, i.tax_minor, i.total_minor, i.currency, i.issued_at FROM invoicing_invoices i
			JOIN ordering_orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id JOIN parties_orgs s ON s.tenant_id = i.tenant_id AND s.id = i.seller_id
			WHERE i.buyer_id = $1 AND i.id < $2::uuid AND ($3 = '' OR starts_with(i.number, upper($3)) OR starts_with(o.number, upper($3)) OR position(lower($3) IN lower(s.name)) > 0 OR position($3 IN s.name_local) > 0)
			ORDER BY i.id DESC LIMIT $4`), c.Org.UUID(), after, text, p.Size()+1).Query(func(rs pgx.Rows) error {
			rows = nil
			var v InvoiceRow
			var cur string
			_, err := pgx.ForEachRow(rs, []any{&v.ID, &v.Number, &v.Order, &v.OrderNo, &v.Seller, &v.Net.Minor, &v.Tax.Minor, &v.Total.Minor, &cur, &v.IssuedAt}, func() error {
				v.Net.Currency, v.Tax.Currency, v.Total.Currency = money.Currency(cur), money.Currency(cur), money.Currency(cur)
				rows = append(rows, v)
				return nil
			})
			return err
		})
	})
	return page.Cut(rows, p.Size(), func(r InvoiceRow) any { return idCursor{r.ID.String()} }), err
}

// ClaimRow is one claim of the caller's company.
type ClaimRow struct {
	ID               id.Claim
	Number           string
	Order            id.Order
	OrderNo          string
	Seller           string
	SKU              string
	Names            map[string]string
	Kind, State      string
	Expected, Actual quantity.Quantity
	Amount           money.Money
	Note, Answer     string
	OpenedAt         time.Time
	DecidedAt        time.Time
}

// Claims lists the company's claims, newest first; state "" is all.
func (s *Buyer) Claims(ctx context.Context, state string, p page.Request) (page.List[ClaimRow], error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return page.List[ClaimRow]{}, err
	}
	after, err := last(p.After)
	if err != nil {
		return page.List[ClaimRow]{}, err
	}
	var rows []ClaimRow
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(spoken(c, `SELECT k.id, k.number, k.order_id, o.number, {seller}, l.sku, l.names, k.kind, k.state, k.expected_micro, k.actual_micro, k.unit, k.amount_minor, k.currency, k.note, k.answer, k.opened_at, k.decided_at
			FROM aftersales_claims k JOIN ordering_orders o ON o.tenant_id = k.tenant_id AND o.id = k.order_id JOIN parties_orgs s ON s.tenant_id = k.tenant_id AND s.id = k.seller_id
			JOIN ordering_order_lines l ON l.tenant_id = k.tenant_id AND l.id = k.order_line_id
			WHERE k.buyer_id = $1 AND k.id < $2::uuid AND ($3 = '' OR k.state = $3) ORDER BY k.id DESC LIMIT $4`), c.Org.UUID(), after, state, p.Size()+1).
			Query(func(rs pgx.Rows) error { return scanClaims(rs, &rows) })
	})
	return page.Cut(rows, p.Size(), func(r ClaimRow) any { return idCursor{r.ID.String()} }), err
}

func scanClaims(rs pgx.Rows, out *[]ClaimRow) error {
	*out = nil
	for rs.Next() {
		var v ClaimRow
		var unit string
		var decided *time.Time
		if err := rs.Scan(&v.ID, &v.Number, &v.Order, &v.OrderNo, &v.Seller, &v.SKU, &v.Names, &v.Kind, &v.State, &v.Expected.Micro, &v.Actual.Micro, &unit, &v.Amount.Minor, (*string)(&v.Amount.Currency),
			&v.Note, &v.Answer, &v.OpenedAt, &decided); err != nil {
			return err
		}
		v.Expected.Unit, v.Actual.Unit = quantity.Unit(unit), quantity.Unit(unit)
		if decided != nil {
			v.DecidedAt = *decided
		}
		*out = append(*out, v)
	}
	return rs.Err()
}

// ReleaseRow is one request to empty the safe of an order of the caller's company.
type ReleaseRow struct {
	ID                            id.Release
	Order                         id.Order
	OrderNo                       string
	Seller                        string
	Held                          money.Money
	ToSeller, ToBuyer, Commission money.Money
	State                         string
	RequestedBy, Requester        string // as subject, and his name
	RequestedAt                   time.Time
	Approver                      string
	ApprovedAt                    time.Time
	Why                           string
}

const releaseSelect = `SELECT r.id, o.id, o.number, {seller}, e.funded_minor, r.to_seller_minor, r.to_buyer_minor, r.commission_minor, e.currency, r.state, r.requested_by,
		coalesce(p.name, ''), r.requested_at, coalesce(q.name, ''), r.approved_at, r.reason
	FROM payments_releases r JOIN payments_escrows e ON e.tenant_id = r.tenant_id AND e.id = r.escrow_id
	JOIN ordering_orders o ON o.tenant_id = e.tenant_id AND o.id = e.order_id JOIN parties_orgs s ON s.tenant_id = e.tenant_id AND s.id = e.seller_id
	LEFT JOIN identity_people p ON p.tenant_id = r.tenant_id AND p.id = CASE WHEN starts_with(r.requested_by, 'person:') THEN substr(r.requested_by, 8)::uuid END
	LEFT JOIN identity_people q ON q.tenant_id = r.tenant_id AND q.id = CASE WHEN starts_with(r.approved_by, 'person:') THEN substr(r.approved_by, 8)::uuid END `

// Release reads one release of the company, or payments.ErrRelease.
func (s *Buyer) Release(ctx context.Context, which id.Release) (ReleaseRow, error) {
	rows, err := s.releases(ctx, releaseSelect+`WHERE e.buyer_id = $1 AND r.id = $2`, which.UUID())
	if err == nil && len(rows) == 0 {
		err = payments.ErrRelease
	}
	if err != nil {
		return ReleaseRow{}, err
	}
	return rows[0], nil
}

// ReleasesOf are the releases of one order of the company, oldest first.
func (s *Buyer) ReleasesOf(ctx context.Context, order id.Order) ([]ReleaseRow, error) {
	return s.releases(ctx, releaseSelect+`WHERE e.buyer_id = $1 AND e.order_id = $2 ORDER BY r.id`, order.UUID())
}

// ReleasesWaiting are those that wait for a second person, oldest first.
func (s *Buyer) ReleasesWaiting(ctx context.Context) ([]ReleaseRow, error) {
	return s.releases(ctx, releaseSelect+`WHERE e.buyer_id = $1 AND r.state = 'requested' ORDER BY r.id LIMIT 100`)
}

func (s *Buyer) releases(ctx context.Context, sql string, args ...any) ([]ReleaseRow, error) {
	c, ok, err := who(ctx)
	if err != nil || !ok {
		return nil, err
	}
	var out []ReleaseRow
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(spoken(c, sql), append([]any{c.Org.UUID()}, args...)...).Query(func(rows pgx.Rows) error {
			out = nil
			for rows.Next() {
				v, err := scanRelease(rows)
				if err != nil {
					return err
				}
				out = append(out, v)
			}
			return rows.Err()
		})
	})
	return out, err
}

func scanRelease(r pgx.Rows) (v ReleaseRow, err error) {
	var cur string
	var approved *time.Time
	err = r.Scan(&v.ID, &v.Order, &v.OrderNo, &v.Seller, &v.Held.Minor, &v.ToSeller.Minor, &v.ToBuyer.Minor, &v.Commission.Minor, &cur, &v.State, &v.RequestedBy,
		&v.Requester, &v.RequestedAt, &v.Approver, &approved, &v.Why)
	for _, m := range []*money.Money{&v.Held, &v.ToSeller, &v.ToBuyer, &v.Commission} {
		m.Currency = money.Currency(cur)
	}
	if approved != nil {
		v.ApprovedAt = *approved
	}
	return v, err
}

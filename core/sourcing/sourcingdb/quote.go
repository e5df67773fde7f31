package sourcingdb

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/sourcing"
)

// quoteRow is one version of a quote, without its lines.
type quoteRow struct {
	TenantID     uuid.UUID `gorm:"primaryKey"`
	ID           uuid.UUID `gorm:"primaryKey"`
	RfqID        uuid.UUID
	SellerID     uuid.UUID
	Number       int
	State        string
	Currency     string
	FreightMinor int64
	TaxRateMicro int64
	PaymentDays  int
	Note         string
	ValidUntil   time.Time
	SubmittedBy  uuid.UUID
	SubmittedAt  time.Time
	Version      int64
}

func (quoteRow) TableName() string { return "sourcing_quotes" }

// InsertQuote implements sourcing.Store.
func (*Store) InsertQuote(ctx context.Context, q sourcing.Quote) error {
	tx, tenant, err := unit(ctx)
	if err != nil {
		return err
	}
	row := quoteRow{
		TenantID: tenant, ID: q.ID.UUID(), RfqID: q.RFQ.UUID(), SellerID: q.Seller.UUID(), Number: q.Number, State: string(q.State),
		Currency: string(q.Currency), FreightMinor: q.Freight.Minor, TaxRateMicro: q.TaxRateMicro, PaymentDays: q.PaymentDays, Note: q.Note,
		ValidUntil: q.ValidUntil, SubmittedBy: q.SubmittedBy.UUID(), SubmittedAt: q.SubmittedAt, Version: q.Version,
	}
	if err := tx.Create(&row).Error; err != nil {
		if _, twice := pg.Violated(err); twice {
			return sourcing.ErrStale.Because(err) // two versions of one seller at once
		}
		return err
	}
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range q.Lines {
		b.Queue(`INSERT INTO sourcing_quote_lines (tenant_id, quote_id, rfq_line_id, qty_micro, unit, price_micro, price_unit, basis, lead_days, offer_id, measure_unit, kg_per_unit_micro)
			VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`, tenant, q.ID.UUID(), l.Line.UUID(), l.Qty.Micro, string(l.Qty.Unit),
			l.Price.Micro, string(l.Price.Per), string(l.Basis), l.LeadDays, idOrNull(l.Offer), string(l.MeasureUnit), l.KgPerUnitMicro)
	}
	return conn.SendBatch(ctx, &b).Close()
}

// SaveQuote implements sourcing.Store.
func (*Store) SaveQuote(ctx context.Context, q sourcing.Quote) error {
	tx, _, err := unit(ctx)
	if err != nil {
		return err
	}
	res := tx.Model(&quoteRow{}).Where("id = ? AND version = ?", q.ID.UUID(), q.Version).
		Updates(map[string]any{"state": string(q.State), "version": q.Version + 1})
	if res.Error == nil && res.RowsAffected == 0 {
		return sourcing.ErrStale
	}
	return res.Error
}

// Quotes implements sourcing.Store.
func (s *Store) Quotes(ctx context.Context, rfq id.RFQ, seller id.Org) ([]sourcing.Quote, error) {
	return s.quotes(ctx, `q.rfq_id = $1 AND ($2::uuid IS NULL OR q.seller_id = $2)`, rfq.UUID(), idOrNull(seller))
}

// Quote implements sourcing.Store.
func (s *Store) Quote(ctx context.Context, quote id.Quote) (sourcing.Quote, error) {
	qs, err := s.quotes(ctx, `q.id = $1 AND $2::uuid IS NULL`, quote.UUID(), nil)
	if err != nil {
		return sourcing.Quote{}, err
	}
	if len(qs) == 0 {
		return sourcing.Quote{}, sourcing.ErrQuoteNotFound
	}
	return qs[0], nil
}

func (s *Store) quotes(ctx context.Context, where string, args ...any) ([]sourcing.Quote, error) {
	var quotes []sourcing.Quote
	at := map[id.Quote]int{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		quotes = nil
		clear(at)
		b.Queue(`SELECT q.id, q.rfq_id, q.seller_id, q.number, q.state, q.currency, q.freight_minor, q.tax_rate_micro, q.payment_days, q.note,
			q.valid_until, q.submitted_by, q.submitted_at, q.version FROM sourcing_quotes q WHERE `+where+` ORDER BY q.seller_id, q.number DESC`, args...).
			Query(func(rows pgx.Rows) error {
				for rows.Next() {
					q, err := scanQuote(rows)
					if err != nil {
						return err
					}
					at[q.ID] = len(quotes)
					quotes = append(quotes, q)
				}
				return rows.Err()
			})
		b.Queue(`SELECT l.quote_id, l.rfq_line_id, l.qty_micro, l.unit, l.price_micro, l.price_unit, l.basis, l.lead_days, l.offer_id, l.measure_unit, l.kg_per_unit_micro
			FROM sourcing_quotes q JOIN sourcing_quote_lines l ON l.tenant_id = q.tenant_id AND l.quote_id = q.id
			JOIN sourcing_rfq_lines a ON a.tenant_id = l.tenant_id AND a.id = l.rfq_line_id
			WHERE `+where+` ORDER BY a.position`, args...).
			Query(func(rows pgx.Rows) error { return scanQuoteLines(rows, quotes, at) })
	})
	return quotes, err
}

func scanQuote(row pgx.Row) (sourcing.Quote, error) {
	var q sourcing.Quote
	err := row.Scan(&q.ID, &q.RFQ, &q.Seller, &q.Number, (*string)(&q.State), (*string)(&q.Currency), &q.Freight.Minor, &q.TaxRateMicro,
		&q.PaymentDays, &q.Note, &q.ValidUntil, &q.SubmittedBy, &q.SubmittedAt, &q.Version)
	q.Freight.Currency = q.Currency
	q.ValidUntil, q.SubmittedAt = q.ValidUntil.UTC(), q.SubmittedAt.UTC()
	return q, err
}

func scanQuoteLines(rows pgx.Rows, quotes []sourcing.Quote, at map[id.Quote]int) error {
	for rows.Next() {
		var quote id.Quote
		var l sourcing.QuoteLine
		if err := rows.Scan(&quote, &l.Line, &l.Qty.Micro, (*string)(&l.Qty.Unit), &l.Price.Micro, (*string)(&l.Price.Per), (*string)(&l.Basis),
			&l.LeadDays, &l.Offer, (*string)(&l.MeasureUnit), &l.KgPerUnitMicro); err != nil {
			return err
		}
		if i, ok := at[quote]; ok { // a version submitted between the two statements has no head here
			l.Price.Currency = quotes[i].Currency
			quotes[i].Lines = append(quotes[i].Lines, l)
		}
	}
	return rows.Err()
}

package sourcingdb

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/sourcing"
)

const rfqColumns = `r.id, coalesce(r.number, ''), r.buyer_id, r.created_by, r.title, r.note, r.currency, r.incoterm, r.ship_to, r.closes_at, r.state,
	r.created_at, r.published_at, r.awarded_at, r.end_note, r.version, r.phone_id`

// RFQ implements sourcing.Store.
func (s *Store) RFQ(ctx context.Context, rfq id.RFQ) (sourcing.RFQ, error) {
	return s.load(ctx, rfq, "")
}

// Lock implements sourcing.Store.
func (s *Store) Lock(ctx context.Context, rfq id.RFQ) (sourcing.RFQ, error) {
	if _, err := pg.Conn(ctx); err != nil {
		return sourcing.RFQ{}, err
	}
	return s.load(ctx, rfq, " FOR UPDATE")
}

func (s *Store) load(ctx context.Context, rfq id.RFQ, lock string) (sourcing.RFQ, error) {
	var r sourcing.RFQ
	var phone id.Phone
	key := rfq.UUID()
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		r = sourcing.RFQ{}
		b.Queue(`SELECT `+rfqColumns+` FROM sourcing_rfqs r WHERE r.id = $1`+lock, key).QueryRow(func(row pgx.Row) error { return scanRFQ(row, &r, &phone) })
		b.Queue(`SELECT id, position, item_id, description, qty_micro, unit, target_price_micro, need_by
			FROM sourcing_rfq_lines WHERE rfq_id = $1 ORDER BY position`, key).Query(func(rows pgx.Rows) error { return scanLines(rows, &r) })
		b.Queue(`SELECT seller_id, state, invited_at, note FROM sourcing_rfq_sellers WHERE rfq_id = $1 ORDER BY seller_id`, key).
			Query(func(rows pgx.Rows) error { return scanSellers(rows, &r) })
		b.Queue(`SELECT blob_id FROM sourcing_rfq_attachments WHERE rfq_id = $1 ORDER BY blob_id`, key).Query(func(rows pgx.Rows) error {
			files, err := pgx.CollectRows(rows, pgx.RowTo[id.Blob])
			r.Files = files
			return err
		})
	})
	if pg.NoRows(err) {
		return sourcing.RFQ{}, sourcing.ErrNotFound
	}
	if err != nil {
		return r, err
	}
	numbers, err := s.phones.Open(ctx, phone)
	r.ShipTo.Phone = contact.Of(numbers, phone, r.ShipTo.Phone)
	return r, err
}

func scanRFQ(row pgx.Row, r *sourcing.RFQ, phone *id.Phone) error {
	var to []byte
	var published, awarded *time.Time
	err := row.Scan(&r.ID, &r.Number, &r.Buyer, &r.CreatedBy, &r.Title, &r.Note, (*string)(&r.Currency), &r.Incoterm, &to, &r.ClosesAt,
		(*string)(&r.State), &r.CreatedAt, &published, &awarded, &r.EndNote, &r.Version, phone)
	if err != nil {
		return err
	}
	r.ClosesAt, r.CreatedAt, r.PublishedAt, r.AwardedAt = r.ClosesAt.UTC(), r.CreatedAt.UTC(), utc(published), utc(awarded)
	return json.Unmarshal(to, &r.ShipTo)
}

func scanLines(rows pgx.Rows, r *sourcing.RFQ) error {
	for rows.Next() {
		var l sourcing.Line
		var target *int64
		var need *time.Time
		if err := rows.Scan(&l.ID, &l.Position, &l.Item, &l.Description, &l.Qty.Micro, (*string)(&l.Qty.Unit), &target, &need); err != nil {
			return err
		}
		if target != nil {
			l.Target = money.Price{Micro: *target, Currency: r.Currency, Per: l.Qty.Unit}
		}
		l.NeedBy = utc(need)
		r.Lines = append(r.Lines, l)
	}
	return rows.Err()
}

func scanSellers(rows pgx.Rows, r *sourcing.RFQ) error {
	for rows.Next() {
		var v sourcing.Invitation
		if err := rows.Scan(&v.Seller, (*string)(&v.State), &v.InvitedAt, &v.Note); err != nil {
			return err
		}
		v.InvitedAt = v.InvitedAt.UTC()
		r.Sellers = append(r.Sellers, v)
	}
	return rows.Err()
}

// Due implements sourcing.Store: published ones whose hour has come, and evaluations in
// which no quote is good any more.
func (s *Store) Due(ctx context.Context, now time.Time, most int) ([]id.RFQ, error) {
	var due []id.RFQ
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT r.id FROM sourcing_rfqs r WHERE r.state = 'published' AND r.closes_at <= $1
			UNION ALL
			SELECT r.id FROM sourcing_rfqs r WHERE r.state = 'evaluating' AND r.closes_at <= $1 AND NOT EXISTS (
				SELECT 1 FROM sourcing_quotes q WHERE q.rfq_id = r.id AND q.state = 'submitted' AND q.valid_until > $1)
			LIMIT $2`, now, most).Query(func(rows pgx.Rows) error {
			var err error
			due, err = pgx.CollectRows(rows, pgx.RowTo[id.RFQ])
			return err
		})
	})
	return due, err
}

type cursor struct {
	ID id.RFQ `json:"id"`
}

// Lists run from the newest identifier down: UUIDv7 sorts by time.
const (
	buyersList = `SELECT r.id, coalesce(r.number, ''), r.title, r.buyer_id, r.currency, r.state, r.closes_at, r.created_at,
		(SELECT count(*) FROM sourcing_rfq_lines l WHERE l.rfq_id = r.id),
		(SELECT count(*) FROM sourcing_rfq_sellers v WHERE v.rfq_id = r.id),
		(SELECT count(*) FROM sourcing_quotes q WHERE q.rfq_id = r.id AND q.state IN ('submitted','awarded','lost')), ''
		FROM sourcing_rfqs r WHERE r.buyer_id = $1 AND ($2 = '' OR r.state = $2) AND ($3::uuid IS NULL OR r.id < $3)
		ORDER BY r.id DESC LIMIT $4`
	sellersList = `SELECT r.id, coalesce(r.number, ''), r.title, r.buyer_id, r.currency, r.state, r.closes_at, r.created_at,
		(SELECT count(*) FROM sourcing_rfq_lines l WHERE l.rfq_id = r.id), 0, 0, v.state
		FROM sourcing_rfq_sellers v JOIN sourcing_rfqs r ON r.tenant_id = v.tenant_id AND r.id = v.rfq_id
		WHERE v.seller_id = $1 AND r.number IS NOT NULL AND ($2 = '' OR r.state = $2) AND ($3::uuid IS NULL OR v.rfq_id < $3)
		ORDER BY v.rfq_id DESC LIMIT $4`
	operatorsList = `SELECT r.id, coalesce(r.number, ''), r.title, r.buyer_id, r.currency, r.state, r.closes_at, r.created_at,
		(SELECT count(*) FROM sourcing_rfq_lines l WHERE l.rfq_id = r.id),
		(SELECT count(*) FROM sourcing_rfq_sellers v WHERE v.rfq_id = r.id),
		(SELECT count(*) FROM sourcing_quotes q WHERE q.rfq_id = r.id AND q.state IN ('submitted','awarded','lost')), ''
		FROM sourcing_rfqs r WHERE $1::uuid IS NULL AND r.number IS NOT NULL AND ($2 = '' OR r.state = $2) AND ($3::uuid IS NULL OR r.id < $3)
		ORDER BY r.id DESC LIMIT $4`
)

// List implements sourcing.Store.
func (s *Store) List(ctx context.Context, which sourcing.Listing, p page.Request) (page.List[sourcing.Summary], error) {
	var after cursor
	if err := page.Decode(p.After, &after); err != nil {
		return page.List[sourcing.Summary]{}, err
	}
	sql := map[sourcing.Audience]string{sourcing.AsBuyer: buyersList, sourcing.AsSeller: sellersList, sourcing.AsOperator: operatorsList}[which.As]
	rows := []sourcing.Summary{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		rows = rows[:0]
		b.Queue(sql, idOrNull(which.Org), string(which.State), idOrNull(after.ID), p.Size()+1).Query(func(rs pgx.Rows) error {
			for rs.Next() {
				var l sourcing.Summary
				if err := rs.Scan(&l.RFQ, &l.Number, &l.Title, &l.Buyer, (*string)(&l.Currency), (*string)(&l.State), &l.ClosesAt, &l.CreatedAt,
					&l.Lines, &l.Sellers, &l.Quotes, (*string)(&l.Invitation)); err != nil {
					return err
				}
				l.ClosesAt, l.CreatedAt = l.ClosesAt.UTC(), l.CreatedAt.UTC()
				rows = append(rows, l)
			}
			return rs.Err()
		})
	})
	if err != nil {
		return page.List[sourcing.Summary]{}, err
	}
	return page.Cut(rows, p.Size(), func(l sourcing.Summary) any { return cursor{l.RFQ} }), nil
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

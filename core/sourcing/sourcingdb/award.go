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

type awardRow struct {
	TenantID  uuid.UUID `gorm:"primaryKey"`
	ID        uuid.UUID `gorm:"primaryKey"`
	RfqID     uuid.UUID
	Reason    string
	AwardedBy uuid.UUID
	At        time.Time
}

func (awardRow) TableName() string { return "sourcing_awards" }

// InsertAward implements sourcing.Store. The key on the request makes a second award
// impossible whatever the code above believes.
func (*Store) InsertAward(ctx context.Context, a sourcing.Award) error {
	tx, tenant, err := unit(ctx)
	if err != nil {
		return err
	}
	row := awardRow{TenantID: tenant, ID: a.ID.UUID(), RfqID: a.RFQ.UUID(), Reason: a.Reason, AwardedBy: a.By.UUID(), At: a.At}
	if err := tx.Create(&row).Error; err != nil {
		if _, twice := pg.Violated(err); twice {
			return sourcing.ErrAlreadyAwarded.Because(err)
		}
		return err
	}
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, l := range a.Lines {
		b.Queue(`INSERT INTO sourcing_award_lines (tenant_id, award_id, rfq_line_id, quote_id, qty_micro, order_id) VALUES ($1,$2,$3,$4,$5,$6)`,
			tenant, a.ID.UUID(), l.Line.UUID(), l.Quote.UUID(), l.Qty.Micro, idOrNull(l.Order))
	}
	return conn.SendBatch(ctx, &b).Close()
}

// Award implements sourcing.Store.
func (s *Store) Award(ctx context.Context, rfq id.RFQ) (sourcing.Award, error) {
	var a sourcing.Award
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		a = sourcing.Award{}
		b.Queue(`SELECT id, rfq_id, reason, awarded_by, at FROM sourcing_awards WHERE rfq_id = $1`, rfq.UUID()).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&a.ID, &a.RFQ, &a.Reason, &a.By, &a.At)
			a.At = a.At.UTC()
			return err
		})
		b.Queue(`SELECT l.rfq_line_id, l.quote_id, l.qty_micro, r.unit, l.order_id FROM sourcing_awards a
			JOIN sourcing_award_lines l ON l.tenant_id = a.tenant_id AND l.award_id = a.id
			JOIN sourcing_rfq_lines r ON r.tenant_id = l.tenant_id AND r.id = l.rfq_line_id
			WHERE a.rfq_id = $1 ORDER BY r.position, l.quote_id`, rfq.UUID()).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var l sourcing.AwardLine
				if err := rows.Scan(&l.Line, &l.Quote, &l.Qty.Micro, (*string)(&l.Qty.Unit), &l.Order); err != nil {
					return err
				}
				a.Lines = append(a.Lines, l)
			}
			return rows.Err()
		})
	})
	if pg.NoRows(err) {
		return sourcing.Award{}, nil
	}
	return a, err
}

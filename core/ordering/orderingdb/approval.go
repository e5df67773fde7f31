package orderingdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
)

const approvalColumns = `a.id, a.order_id, a.tier, a.rule, a.amount_minor, a.currency, a.state, a.requested_by, a.requested_at, a.decided_by, a.decided_at, a.note, a.version`

// AddApproval files a tier.
func (Store) AddApproval(ctx context.Context, a ordering.Approval) error {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO ordering_approvals (tenant_id, id, order_id, tier, rule, amount_minor, currency, state, requested_by, requested_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, tenant.UUID(), a.ID.UUID(), a.Order.UUID(), a.Tier, a.Rule, a.Amount.Minor, string(a.Amount.Currency),
		string(a.State), a.RequestedBy.UUID(), a.RequestedAt)
	return err
}

func scanApproval(r pgx.Row) (ordering.Approval, error) {
	var a ordering.Approval
	var decided *time.Time
	err := r.Scan(&a.ID, &a.Order, &a.Tier, &a.Rule, &a.Amount.Minor, (*string)(&a.Amount.Currency), (*string)(&a.State), &a.RequestedBy, &a.RequestedAt,
		&a.DecidedBy, &decided, &a.Note, &a.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, ordering.ErrApproval
	}
	if decided != nil {
		a.DecidedAt = decided.UTC()
	}
	return a, err
}

// Approval loads one tier.
func (s Store) Approval(ctx context.Context, aid id.Approval, lock bool) (a ordering.Approval, err error) {
	q := `SELECT ` + approvalColumns + ` FROM ordering_approvals a WHERE a.id = $1`
	if !lock {
		err = s.db.Read(ctx, func(b *pgx.Batch) {
			b.Queue(q, aid.UUID()).QueryRow(func(r pgx.Row) (err error) { a, err = scanApproval(r); return err })
		})
		return a, err
	}
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return ordering.Approval{}, err
	}
	return scanApproval(tx.QueryRow(ctx, q+` FOR UPDATE`, aid.UUID()))
}

// ApprovalsOf lists the tiers of an order.
func (s Store) ApprovalsOf(ctx context.Context, oid id.Order) ([]ordering.Approval, error) {
	return s.approvals(ctx, `SELECT `+approvalColumns+` FROM ordering_approvals a WHERE a.order_id = $1 ORDER BY a.tier`, oid.UUID())
}

// SaveApproval writes a decision under the version read.
func (Store) SaveApproval(ctx context.Context, a ordering.Approval) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE ordering_approvals SET state = $3, decided_by = $4, decided_at = $5, note = $6, version = version + 1 WHERE id = $1 AND version = $2`,
		a.ID.UUID(), a.Version, string(a.State), orNull(a.DecidedBy), timeOrNull(a.DecidedAt), a.Note)
	if err == nil && ct.RowsAffected() == 0 {
		return ordering.ErrDecided
	}
	return err
}

type approvalCursor struct {
	ID id.Approval `json:"id"`
}

// PendingApprovals lists what waits in a company, newest first.
func (s Store) PendingApprovals(ctx context.Context, org id.Org, p page.Request) (page.List[ordering.Approval], error) {
	last := approvalCursor{id.Approval(newest)}
	if err := page.Decode(p.After, &last); err != nil {
		return page.List[ordering.Approval]{}, err
	}
	rows, err := s.approvals(ctx, `SELECT `+approvalColumns+` FROM ordering_approvals a JOIN ordering_orders o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
		WHERE a.state = 'pending' AND o.buyer_id = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3`, org.UUID(), last.ID.UUID(), p.Size()+1)
	return page.Cut(rows, p.Size(), func(a ordering.Approval) any { return approvalCursor{a.ID} }), err
}

func (s Store) approvals(ctx context.Context, sql string, args ...any) (out []ordering.Approval, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) { out, err = pgx.CollectRows(rows, row(scanApproval)); return err })
	})
	return out, err
}

package paymentsdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/payments"
)

const releaseQuery = `SELECT r.id, r.escrow_id, e.currency, r.to_seller_minor, r.to_buyer_minor, r.commission_minor, r.state, r.requested_by, r.requested_at,
	r.approved_by, r.approved_at, r.reason, r.version FROM payments_releases r JOIN payments_escrows e ON e.tenant_id = r.tenant_id AND e.id = r.escrow_id WHERE `

func scanRelease(row pgx.Row) (payments.Release, error) {
	var (
		r        payments.Release
		cur      money.Currency
		approved *time.Time
	)
	err := row.Scan(&r.ID, &r.Escrow, (*string)(&cur), &r.Split.ToSeller.Minor, &r.Split.ToBuyer.Minor, &r.Split.Commission.Minor, (*string)(&r.State),
		&r.RequestedBy, &r.RequestedAt, &r.ApprovedBy, &approved, &r.Why, &r.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, payments.ErrRelease
	}
	r.Split.ToSeller.Currency, r.Split.ToBuyer.Currency, r.Split.Commission.Currency = cur, cur, cur
	if approved != nil {
		r.ApprovedAt = approved.UTC()
	}
	return r, err
}

// AddRelease files a request.
func (Store) AddRelease(ctx context.Context, r payments.Release) error {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO payments_releases (tenant_id, id, escrow_id, to_seller_minor, to_buyer_minor, commission_minor, state, requested_by, requested_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`, tenant.UUID(), r.ID.UUID(), r.Escrow.UUID(), r.Split.ToSeller.Minor, r.Split.ToBuyer.Minor, r.Split.Commission.Minor,
		string(r.State), r.RequestedBy, r.RequestedAt)
	return err
}

// Release loads one.
func (Store) Release(ctx context.Context, rid id.Release, lock bool) (payments.Release, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return payments.Release{}, err
	}
	q := releaseQuery + `r.id = $1`
	if lock {
		q += ` FOR UPDATE OF r`
	}
	return scanRelease(tx.QueryRow(ctx, q, rid.UUID()))
}

// OpenRelease finds one that is not decided yet.
func (Store) OpenRelease(ctx context.Context, eid id.Escrow) (payments.Release, bool, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return payments.Release{}, false, err
	}
	r, err := scanRelease(tx.QueryRow(ctx, releaseQuery+`r.escrow_id = $1 AND r.state IN ('requested','approved') LIMIT 1`, eid.UUID()))
	if errors.Is(err, payments.ErrRelease) {
		return r, false, nil
	}
	return r, err == nil, err
}

// SaveRelease writes a decision under the version read.
func (Store) SaveRelease(ctx context.Context, r payments.Release) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE payments_releases SET state = $3, approved_by = $4, approved_at = $5, reason = $6, version = version + 1 WHERE id = $1 AND version = $2`,
		r.ID.UUID(), r.Version, string(r.State), r.ApprovedBy, orNull(r.ApprovedAt), r.Why)
	if err == nil && ct.RowsAffected() == 0 {
		return payments.ErrReleaseDecided
	}
	return err
}

type releaseCursor struct {
	ID id.Release `json:"id"`
}

var newest = [16]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// Releases lists those in a state, newest first.
func (s Store) Releases(ctx context.Context, state payments.ReleaseState, p page.Request) (page.List[payments.Release], error) {
	last := releaseCursor{id.Release(newest)}
	if err := page.Decode(p.After, &last); err != nil {
		return page.List[payments.Release]{}, err
	}
	var list []payments.Release
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(releaseQuery+`r.state = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3`, string(state), last.ID.UUID(), p.Size()+1).
			Query(func(rows pgx.Rows) (err error) {
				list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (payments.Release, error) { return scanRelease(r) })
				return err
			})
	})
	return page.Cut(list, p.Size(), func(r payments.Release) any { return releaseCursor{r.ID} }), err
}

const payoutQuery = `SELECT id, seller_id, currency, amount_minor, iban, account_sealed, state, op_ref, created_by, created_at, paid_at, version FROM payments_payouts WHERE `

func scanPayout(row pgx.Row) (payments.Payout, error) {
	var p payments.Payout
	var paid *time.Time
	err := row.Scan(&p.ID, &p.Seller, (*string)(&p.Amount.Currency), &p.Amount.Minor, &p.IBAN, &p.Sealed, (*string)(&p.State), &p.Operation, &p.CreatedBy, &p.CreatedAt, &paid, &p.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, payments.ErrPayout
	}
	if paid != nil {
		p.PaidAt = paid.UTC()
	}
	return p, err
}

// AddPayout files a payout.
func (Store) AddPayout(ctx context.Context, p payments.Payout) error {
	tx, tenant, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO payments_payouts (tenant_id, id, seller_id, currency, amount_minor, iban, account_sealed, state, created_by, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		tenant.UUID(), p.ID.UUID(), p.Seller.UUID(), string(p.Amount.Currency), p.Amount.Minor, p.IBAN, p.Sealed, string(p.State), p.CreatedBy.UUID(), p.CreatedAt)
	return err
}

// Payout loads one.
func (Store) Payout(ctx context.Context, pid id.Payout, lock bool) (payments.Payout, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return payments.Payout{}, err
	}
	q := payoutQuery + `id = $1`
	if lock {
		q += ` FOR UPDATE`
	}
	return scanPayout(tx.QueryRow(ctx, q, pid.UUID()))
}

// PayoutByOperation finds one by the provider's reference.
func (Store) PayoutByOperation(ctx context.Context, op string) (payments.Payout, bool, error) {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return payments.Payout{}, false, err
	}
	p, err := scanPayout(tx.QueryRow(ctx, payoutQuery+`op_ref = $1 AND op_ref <> '' FOR UPDATE`, op))
	if errors.Is(err, payments.ErrPayout) {
		return p, false, nil
	}
	return p, err == nil, err
}

// SavePayout writes where a payout stands.
func (Store) SavePayout(ctx context.Context, p payments.Payout) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	ct, err := tx.Exec(ctx, `UPDATE payments_payouts SET state = $3, op_ref = $4, paid_at = $5, version = version + 1 WHERE id = $1 AND version = $2`,
		p.ID.UUID(), p.Version, string(p.State), p.Operation, orNull(p.PaidAt))
	if err == nil && ct.RowsAffected() == 0 {
		return payments.ErrStale
	}
	return err
}

type payoutCursor struct {
	ID id.Payout `json:"id"`
}

// Payouts lists a seller's, newest first.
func (s Store) Payouts(ctx context.Context, seller id.Org, p page.Request) (page.List[payments.Payout], error) {
	last := payoutCursor{id.Payout(newest)}
	if err := page.Decode(p.After, &last); err != nil {
		return page.List[payments.Payout]{}, err
	}
	var list []payments.Payout
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(payoutQuery+`seller_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, seller.UUID(), last.ID.UUID(), p.Size()+1).
			Query(func(rows pgx.Rows) (err error) {
				list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (payments.Payout, error) { return scanPayout(r) })
				return err
			})
	})
	return page.Cut(list, p.Size(), func(p payments.Payout) any { return payoutCursor{p.ID} }), err
}

// LockSeller makes requests for one seller's balance wait for each other.
func (Store) LockSeller(ctx context.Context, seller id.Org) error {
	tx, _, err := tenantAnd(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `SELECT 1 FROM parties_orgs WHERE id = $1 FOR UPDATE`, seller.UUID())
	return err
}

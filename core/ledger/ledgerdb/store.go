// Package ledgerdb keeps the books in PostgreSQL.
package ledgerdb

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/work"
)

// Store implements ledger.Store.
type Store struct {
	// opened are accounts that are known to be there. Nobody may remove one, and the
	// identifier of an account names its tenant, key and currency.
	opened *otter.Cache[id.Account, struct{}]
}

// New makes a store.
func New() Store {
	return Store{otter.Must(&otter.Options[id.Account, struct{}]{MaximumSize: 20_000})}
}

const (
	insertEntry = `INSERT INTO ledger_entries (tenant_id, id, kind, ref_kind, ref_id, memo, at, by)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (tenant_id, kind, ref_kind, ref_id) DO NOTHING`
	insertAccounts = `INSERT INTO ledger_accounts (tenant_id, id, key, kind, currency)
		SELECT $1, r.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) r ON CONFLICT DO NOTHING`
	insertPostings = `INSERT INTO ledger_postings (tenant_id, entry_id, position, account_id, amount_minor, currency)
		SELECT $1, $2, r.position, r.account, r.amount, r.currency FROM unnest($3::int[], $4::uuid[], $5::bigint[], $6::text[]) r(position, account, amount, currency)`
)

// Post writes the entry, its postings and any account seen for the first time, on the
// unit's way to its commit; it runs on every order.
func (s Store) Post(ctx context.Context, tenant id.Tenant, e ledger.Entry) error {
	accounts := make([]id.Account, len(e.Postings))
	for i, p := range e.Postings {
		accounts[i] = p.Account.ID(tenant, p.Amount.Currency)
	}
	work.After(ctx, func() {
		for _, a := range accounts {
			s.opened.Set(a, struct{}{})
		}
	})
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(insertEntry, tenant.UUID(), e.ID.UUID(), e.Kind, e.Ref.Kind, e.Ref.ID, e.Memo, e.At, e.By).Exec(func(ct pgconn.CommandTag) error {
			if ct.RowsAffected() == 0 {
				return ledger.ErrPosted
			}
			return nil
		})
		n := len(e.Postings)
		ids, keys, kinds, currencies := make([]uuid.UUID, n), make([]string, n), make([]string, n), make([]string, n)
		positions, amounts := make([]int, n), make([]int64, n)
		known := true
		for i, p := range e.Postings {
			ids[i], keys[i], kinds[i], currencies[i] = accounts[i].UUID(), p.Account.Key, string(p.Account.Kind), string(p.Amount.Currency)
			positions[i], amounts[i] = i, p.Amount.Minor
			if _, ok := s.opened.GetIfPresent(accounts[i]); !ok {
				known = false
			}
		}
		if !known {
			b.Queue(insertAccounts, tenant.UUID(), ids, keys, kinds, currencies)
		}
		b.Queue(insertPostings, tenant.UUID(), e.ID.UUID(), positions, ids, amounts, currencies)
	})
}

// Balance is debits less credits.
func (Store) Balance(ctx context.Context, account id.Account) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	var sum int64
	err = tx.QueryRow(ctx, `SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_postings WHERE account_id = $1`, account.UUID()).Scan(&sum)
	return sum, err
}

// Trial sums every account.
func (Store) Trial(ctx context.Context) ([]ledger.Balance, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT a.key, a.kind, a.currency, sum(p.amount_minor)::bigint, count(*)
		FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id AND p.tenant_id = a.tenant_id
		GROUP BY a.key, a.kind, a.currency ORDER BY a.kind, a.key, a.currency`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (ledger.Balance, error) {
		var b ledger.Balance
		err := r.Scan(&b.Account.Key, &b.Account.Kind, &b.Amount.Currency, &b.Amount.Minor, &b.Entries)
		return b, err
	})
}

type cursor struct {
	Entry    id.Entry `json:"e"`
	Position int      `json:"p"`
}

// Entries lists postings, newest entry first.
func (Store) Entries(ctx context.Context, f ledger.Filter, p page.Request) (page.List[ledger.Line], error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return page.List[ledger.Line]{}, err
	}
	last := cursor{Entry: id.Entry{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	if err := page.Decode(p.After, &last); err != nil {
		return page.List[ledger.Line]{}, err
	}
	rows, err := tx.Query(ctx, `SELECT e.id, e.kind, e.ref_kind, e.ref_id, e.memo, e.at, e.by, p.position, a.key, a.kind, p.amount_minor, p.currency
		FROM ledger_entries e
		JOIN ledger_postings p ON p.tenant_id = e.tenant_id AND p.entry_id = e.id
		JOIN ledger_accounts a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
		WHERE ($1 = '' OR a.key = $1) AND ($2 = '' OR (e.ref_kind = $2 AND e.ref_id = $3))
		  AND (e.id < $4 OR (e.id = $4 AND p.position > $5))
		ORDER BY e.id DESC, p.position LIMIT $6`,
		f.AccountKey, f.Ref.Kind, f.Ref.ID, last.Entry.UUID(), last.Position, p.Size()+1)
	if err != nil {
		return page.List[ledger.Line]{}, err
	}
	type keyed struct {
		ledger.Line
		pos int
	}
	lines, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (keyed, error) {
		var l keyed
		var at time.Time
		err := r.Scan(&l.Entry.ID, &l.Entry.Kind, &l.Entry.Ref.Kind, &l.Entry.Ref.ID, &l.Entry.Memo, &at, &l.Entry.By, &l.pos,
			&l.Posting.Account.Key, &l.Posting.Account.Kind, &l.Posting.Amount.Minor, &l.Posting.Amount.Currency)
		l.Entry.At = at.UTC()
		return l, err
	})
	if err != nil {
		return page.List[ledger.Line]{}, fmt.Errorf("list journal: %w", err)
	}
	cut := page.Cut(lines, p.Size(), func(l keyed) any { return cursor{l.Entry.ID, l.pos} })
	out := page.List[ledger.Line]{Next: cut.Next}
	for _, l := range cut.Items {
		out.Items = append(out.Items, l.Line)
	}
	return out, nil
}

package consoles

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
)

// AccountRow is one account of the trial balance.
type AccountRow struct {
	Key      string
	Kind     string
	Currency money.Currency
	Debit    int64
	Credit   int64
	Entries  int
	Name     string // of the company whose account it is
	Local    string
}

// Balance is debits less credits.
func (a AccountRow) Balance() int64 { return a.Debit - a.Credit }

// Whose is the part of the key before the company: "seller", "buyer", or the whole key.
func (a AccountRow) Whose() string {
	who, _, _ := strings.Cut(a.Key, ":")
	return who
}

// Trial is the trial balance: every account with both its sides.
func (r *Reads) Trial(ctx context.Context) ([]AccountRow, error) {
	var rows []AccountRow
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT a.key, a.kind, a.currency, coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0)::bigint,
			coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)::bigint, count(DISTINCT p.entry_id)::int, coalesce(max(o.name), ''), coalesce(max(o.name_local), '')
			FROM ledger_accounts a LEFT JOIN ledger_postings p ON p.tenant_id = a.tenant_id AND p.account_id = a.id
			LEFT JOIN parties_orgs o ON o.tenant_id = a.tenant_id AND o.id = CASE WHEN a.key LIKE '%:%' THEN split_part(a.key, ':', 2)::uuid END
			GROUP BY a.key, a.kind, a.currency ORDER BY a.currency, array_position(ARRAY['asset','liability','revenue','expense','memo'], a.kind), a.key LIMIT 1000`)
	})
	return rows, err
}

// PostingRow is one posting of the journal with its entry.
type PostingRow struct {
	Entry    id.Entry
	Kind     string
	RefKind  string
	RefID    string
	Memo     string
	At       time.Time
	By       string
	Seq      *int64
	Position int
	Key      string
	Name     string
	Order    string // number of the order it is about
	OrderID  id.Order
	money.Money
}

// Whose is the part of the account's key before the company.
func (p PostingRow) Whose() string {
	who, _, _ := strings.Cut(p.Key, ":")
	return who
}

// EntryRow is an entry with its postings.
type EntryRow struct {
	PostingRow // of the first
	Postings   []PostingRow
}

const postingRows = `SELECT e.id, e.kind, e.ref_kind, e.ref_id, e.memo, e.at, e.by, e.seq, p.position, a.key, coalesce(c.name, ''), coalesce(o.number, ''), o.id, p.amount_minor, p.currency
	FROM ledger_entries e JOIN ledger_postings p ON p.tenant_id = e.tenant_id AND p.entry_id = e.id JOIN ledger_accounts a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
	LEFT JOIN parties_orgs c ON c.tenant_id = a.tenant_id AND c.id = CASE WHEN a.key LIKE '%:%' THEN split_part(a.key, ':', 2)::uuid END
	LEFT JOIN ordering_orders o ON o.tenant_id = e.tenant_id AND o.id = CASE WHEN e.ref_kind = 'order' THEN e.ref_id::uuid WHEN e.memo ~ '^[0-9a-f]{8}-[0-9a-f-]{27}$' THEN e.memo::uuid END `

// JournalFilter narrows the journal; empty fields match everything.
type JournalFilter struct {
	Account string // key
	Kind    string
	Text    string // an order's number, a memo or a reference
	Order   id.Order
}

// Journal lists entries, newest first, whole.
func (r *Reads) Journal(ctx context.Context, f JournalFilter, p page.Request) (page.List[EntryRow], []string, error) {
	var rows []PostingRow
	var kinds []string
	at, err := from(p)
	if err != nil {
		return page.List[EntryRow]{}, nil, err
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, postingRows+`WHERE e.id IN (SELECT x.id FROM ledger_entries x WHERE x.id < $1 AND ($2 = '' OR x.kind = $2)
				AND ($3 = '' OR EXISTS (SELECT FROM ledger_postings q JOIN ledger_accounts k ON k.tenant_id = q.tenant_id AND k.id = q.account_id WHERE q.tenant_id = x.tenant_id AND q.entry_id = x.id AND k.key = $3))
				AND ($4 = '' OR x.memo = $4 OR x.ref_id = $4 OR x.ref_id = (SELECT w.id::text FROM ordering_orders w WHERE w.tenant_id = x.tenant_id AND w.number = $4))
				AND ($5 = '' OR (x.ref_kind = 'order' AND x.ref_id = $5) OR x.memo = $5) ORDER BY x.id DESC LIMIT $6)
			ORDER BY e.id DESC, p.position`, at, f.Kind, f.Account, f.Text, f.Order.String(), p.Size()+1)
		b.Queue(`SELECT DISTINCT kind FROM ledger_entries ORDER BY kind LIMIT 50`).Query(func(rs pgx.Rows) (err error) {
			kinds, err = pgx.CollectRows(rs, pgx.RowTo[string])
			return err
		})
	})
	return page.Cut(entries(rows), p.Size(), func(e EntryRow) any { return e.Entry }), kinds, err
}

func entries(rows []PostingRow) []EntryRow {
	var out []EntryRow
	for _, p := range rows {
		if len(out) == 0 || out[len(out)-1].Entry != p.Entry {
			out = append(out, EntryRow{PostingRow: p})
		}
		e := &out[len(out)-1]
		e.Postings = append(e.Postings, p)
	}
	return out
}

// Latest are the newest postings of the accounts that every market has, for the T-accounts.
func (r *Reads) Latest(ctx context.Context, keys []string, currency money.Currency, each int) (map[string][]PostingRow, error) {
	got := make([][]PostingRow, len(keys))
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		for i, key := range keys {
			many(b, &got[i], postingRows+`WHERE a.key = $1 AND a.currency = $2 ORDER BY e.id DESC, p.position LIMIT $3`, key, string(currency), each)
		}
	})
	out := map[string][]PostingRow{}
	for i, key := range keys {
		out[key] = got[i]
	}
	return out, err
}

// Credit is the amount of a credit, without its sign.
func (p PostingRow) Credit() money.Money { return money.Of(-p.Minor, p.Currency) }

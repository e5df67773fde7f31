package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Stays are the tables of a deleted tenant that are not emptied, and why.
var Stays = map[string]string{
	"tenancy_holds": "says what the law has kept, and until when",
	"tenancy_held":  "what the law has kept, without who it was about",
	"vault_keys":    "remembers that the key was destroyed, so that no new one takes its place",
}

// purgePortion is how many rows go at once.
const purgePortion = 5000

// Purge removes rows of a deleted tenant, children first, and says how many; none means
// that nothing is left. The database makes sure by itself that the tenant is deleted.
func Purge(ctx context.Context, db *pg.DB, t id.Tenant, progress func(done, total int64)) (removed int64, err error) {
	return purgeBut(ctx, db, t, Stays, progress)
}

// PurgeMoved is Purge for a tenant that lives in another database by now: nothing stays.
func PurgeMoved(ctx context.Context, db *pg.DB, t id.Tenant) (int64, error) {
	return purgeBut(ctx, db, t, nil, func(int64, int64) {})
}

func purgeBut(ctx context.Context, db *pg.DB, t id.Tenant, stays map[string]string, progress func(done, total int64)) (removed int64, err error) {
	all, err := Tables(ctx, db)
	if err != nil {
		return 0, err
	}
	slices.Reverse(all)
	for i, x := range all {
		progress(int64(i), int64(len(all)))
		if stays[x.Name] != "" {
			continue
		}
		n, err := purge(ctx, db, t, x)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("purge %s: %w", x.Name, err)
		}
	}
	progress(int64(len(all)), int64(len(all)))
	return removed, nil
}

func purge(ctx context.Context, db *pg.DB, t id.Tenant, x Table) (removed int64, err error) {
	most := purgePortion
	if len(x.Self) > 0 {
		most = 0 // a tree goes at once, or a portion would take parents from their children
	}
	for {
		var n int64
		err := db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, `SELECT tenancy_purge($1, $2, $3)`, t.UUID(), x.Name, most).Scan(&n)
		})
		removed += n
		if err != nil || n < int64(most) || most == 0 {
			return removed, err
		}
	}
}

// Forget removes what the queue holds for a tenant: its tasks may name people.
func Forget(ctx context.Context, db *pg.DB, t id.Tenant) error {
	_, err := db.Pool().Exec(ctx, `DELETE FROM river.river_job WHERE state <> 'running' AND args->>'tenant' = $1`, t.String())
	return err
}

// Hold is what a law has somebody keep of a marketplace that is gone.
type Hold struct {
	What   string
	Tables []string
	Years  int
	Why    string
}

// Holds are the terms. The longest that fits a table is the one that counts.
func Holds(verticals []string) []Hold {
	trade := 3
	if slices.Contains(verticals, "pharma") {
		trade = 5
	}
	return []Hold{
		{"books", []string{"ledger_accounts", "ledger_entries", "ledger_postings", "invoicing_invoices", "payments_escrows", "payments_payouts"}, 10, "Books and invoices: ten years (DE AO § 147, HGB § 257; CN Measures for accounting archives, the longer of which bind the operator himself)."},
		{"trade", []string{"ordering_groups", "ordering_orders", "ordering_order_lines"}, trade, "Records of trade: three years after the deal (CN E-Commerce Law art. 31), five for drugs."},
	}
}

var errNoHold = errors.New("archive: a table that the law has kept is not there")

// Keep copies the rows of a hold out of the caller's tenant's tables, without who they are
// about, in the current unit. Copies of an earlier try are replaced.
func Keep(ctx context.Context, db *pg.DB, t id.Tenant, h Hold, until any, m *Mask) (rows int64, err error) {
	all, err := Tables(ctx, db)
	if err != nil {
		return 0, err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM tenancy_held WHERE what = $1`, h.What); err != nil {
		return 0, err
	}
	for _, name := range h.Tables {
		i := slices.IndexFunc(all, func(x Table) bool { return x.Name == name })
		if i < 0 {
			return rows, fmt.Errorf("%w: %s", errNoHold, name)
		}
		n, err := keep(ctx, tx, t, h.What, all[i], m)
		if rows += n; err != nil {
			return rows, fmt.Errorf("keep %s: %w", name, err)
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO tenancy_holds (tenant_id, what, until, why, rows) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, what) DO UPDATE SET rows = EXCLUDED.rows`, t.UUID(), h.What, until, h.Why, rows)
	return rows, err
}

// keep copies one table in portions by its place in the key's order.
func keep(ctx context.Context, tx pgx.Tx, t id.Tenant, what string, x Table, m *Mask) (rows int64, err error) {
	for {
		got, err := tx.Query(ctx, x.selects()+` OFFSET $1 LIMIT $2`, rows, purgePortion)
		if err != nil {
			return rows, err
		}
		lines, err := pgx.CollectRows(got, pgx.RowTo[[]byte])
		if err != nil || len(lines) == 0 {
			return rows, err
		}
		b := &pgx.Batch{}
		for i, line := range lines {
			row, err := m.Row(x.Name, line)
			if err != nil {
				return rows, err
			}
			b.Queue(`INSERT INTO tenancy_held (tenant_id, what, table_name, position, data) VALUES ($1, $2, $3, $4, $5)`, t.UUID(), what, x.Name, rows+int64(i), row)
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return rows, err
		}
		rows += int64(len(lines))
	}
}

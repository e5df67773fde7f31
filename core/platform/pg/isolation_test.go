package pg_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// unconstrained is a database in which any row may be inserted: what is under test is
// whose rows can be reached, not whether they make sense.
func unconstrained(t *testing.T) (*pgtest.DB, []string) {
	t.Helper()
	db := pgtest.Clone(t)
	ops := db.Ops(t)
	_, err := ops.Exec(t.Context(), `DO $$ DECLARE r record; BEGIN
		FOR r IN SELECT CASE WHEN contypid <> 0 THEN 'DOMAIN ' || contypid::regtype ELSE 'TABLE ' || conrelid::regclass END t, conname
			FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace AND conparentid = 0 LOOP
			EXECUTE format('ALTER %s DROP CONSTRAINT %I', r.t, r.conname);
		END LOOP; END $$`)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ops.Query(t.Context(), `SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relname = ANY ($1) ORDER BY 1`, keys(reference))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 50 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	return db, tables
}

// TestNoTableLetsATenantReachAnother is generated from the catalog: a new table is tested
// the moment its migration exists.
func TestNoTableLetsATenantReachAnother(t *testing.T) {
	t.Parallel()
	db, tables := unconstrained(t)
	a, b := db.NewTenant(t), db.NewTenant(t)
	ops := db.Ops(t)
	for _, table := range tables {
		columns, values := generated(t.Context(), t, ops, table)
		insert := `INSERT INTO ` + table + ` (` + columns + `) VALUES (` + values + `)`
		theirs := pgtest.Tenant(t, b).UUID()
		if _, err := ops.Exec(t.Context(), insert, theirs); err != nil {
			t.Errorf("%s: the test's row: %v", table, err)
			continue
		}
		if n, err := try(b, db, `SELECT FROM `+table); n != 1 || err != nil {
			t.Errorf("%s: its own tenant sees %d rows, %v", table, n, err)
		}
		for _, sql := range []string{`SELECT FROM ` + table, `UPDATE ` + table + ` SET tenant_id = tenant_id`, `DELETE FROM ` + table, `SELECT FROM ` + table + ` WHERE tenant_id = '` + theirs.String() + `'`} {
			if n, err := try(a, db, sql); n != 0 || (err != nil && sqlstate(err) != "42501") {
				t.Errorf("as a neighbour, %s: %d rows, %v", sql, n, err)
			}
		}
		if _, err := try(a, db, insert, theirs); sqlstate(err) != "42501" {
			t.Errorf("%s: inserting into another tenant: %v", table, err)
		}
		if _, err := try(a, db, insert, pgtest.Tenant(t, a).UUID()); err != nil {
			t.Errorf("%s: inserting into one's own: %v", table, err)
			continue
		}
		if n, err := try(a, db, `UPDATE `+table+` SET tenant_id = $1`, theirs); sqlstate(err) != "42501" {
			t.Errorf("%s: giving a row away: %d rows, %v", table, n, err)
		}
		lost(t, db.Pool(), table)
	}
}

// lost: a query that forgot its tenant must fail, not answer "nothing".
func lost(t *testing.T, pool *pgxpool.Pool, table string) {
	t.Helper()
	var n int
	err := pool.QueryRow(context.Background(), `SELECT count(*) FROM `+table).Scan(&n)
	if s := sqlstate(err); s != "42704" && s != "22P02" {
		t.Errorf("%s: without a tenant: %d rows, %v", table, n, err)
	}
}

func try(ctx context.Context, db *pgtest.DB, sql string, args ...any) (n int64, err error) {
	err = db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sql, args...)
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

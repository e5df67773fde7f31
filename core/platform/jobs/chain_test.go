package jobs_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// book writes one balanced ledger entry.
func book(ctx context.Context, t *testing.T, db *pgtest.DB) {
	t.Helper()
	err := db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		tenant := pgtest.Tenant(t, ctx).UUID()
		acc, entry := id.Account{}.New().UUID(), id.Entry{}.New().UUID()
		_, err = tx.Exec(ctx, `INSERT INTO ledger_accounts VALUES ($1, $2, $3, 'asset', 'CNY')`, tenant, acc, acc.String())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO ledger_entries (tenant_id, id, kind, ref_kind, ref_id, at, by) VALUES ($1, $2, 'test', 'order', $3, now(), 'test')`, tenant, entry, entry.String())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO ledger_postings VALUES ($1, $2, 1, $3, 100, 'CNY'), ($1, $2, 2, $3, -100, 'CNY')`, tenant, entry, acc)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// chained is a tenant with sealed records and ledger entries.
func chained(t *testing.T) (context.Context, *pgtest.DB, *jobs.Queue) {
	db := pgtest.New(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)
	tell(ctx, t, db, q, 1, 2, 3)
	for range 3 {
		book(ctx, t, db)
	}
	n, err := q.Seal(ctx)
	if err != nil || n != 6 {
		t.Fatalf("sealed %d, %v", n, err)
	}
	tell(ctx, t, db, q, 4)
	if n, err := q.Seal(ctx); err != nil || n != 1 {
		t.Fatalf("sealed %d, %v", n, err)
	}
	return ctx, db, q
}

func TestAnUntouchedChainVerifies(t *testing.T) {
	t.Parallel()
	ctx, _, q := chained(t)
	heads, err := q.Verify(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(heads) != 2 || heads[0].Seq != 4 || heads[1].Seq != 3 || len(heads[0].Hash) != 32 {
		t.Fatalf("got %+v", heads)
	}
}

func TestWhoeverChangesTheRecordIsFoundOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		chain string
		seq   int64
	}{
		"another actor":            {`UPDATE audit_entries SET actor = 'person:x' WHERE tenant_id = $1 AND seq = 2`, "audit record", 2},
		"another digest":           {`UPDATE audit_entries SET data = '{}' WHERE tenant_id = $1 AND seq = 3`, "audit record", 3},
		"a row removed":            {`DELETE FROM audit_entries WHERE tenant_id = $1 AND seq = 2`, "audit record", 3},
		"an amount":                {`UPDATE ledger_postings SET amount_minor = amount_minor * 2 WHERE tenant_id = $1 AND entry_id = (SELECT id FROM ledger_entries WHERE tenant_id = $1 AND seq = 2)`, "ledger", 2},
		"a posting removed":        {`DELETE FROM ledger_postings WHERE tenant_id = $1 AND position = 2 AND entry_id = (SELECT id FROM ledger_entries WHERE tenant_id = $1 AND seq = 1)`, "ledger", 1},
		"a time moved":             {`UPDATE ledger_entries SET at = at + interval '1 microsecond' WHERE tenant_id = $1 AND seq = 3`, "ledger", 3},
		"a hash forged after that": {`UPDATE audit_entries SET hash = sha256('x') WHERE tenant_id = $1 AND seq = 1`, "audit record", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, db, q := chained(t)
			if tag, err := db.Ops(t).Exec(ctx, c.sql, pgtest.Tenant(t, ctx).UUID()); err != nil || tag.RowsAffected() == 0 {
				t.Fatalf("the forgery: %v, %v", tag, err)
			}
			_, err := q.Verify(ctx)
			var b *jobs.Broken
			if !errors.As(err, &b) || b.Chain != c.chain || b.Seq != c.seq {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestTheApplicationItselfCannotRewriteTheRecord(t *testing.T) {
	t.Parallel()
	ctx, db, _ := chained(t)
	for _, sql := range []string{
		`UPDATE audit_entries SET actor = 'x'`, `DELETE FROM audit_entries`, `UPDATE ledger_postings SET amount_minor = 1`,
		`DELETE FROM ledger_entries`, `UPDATE ledger_entries SET memo = 'x'`, `TRUNCATE audit_entries`,
	} {
		err := db.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Tx(ctx)
			if err != nil {
				return err
			}
			return tx.Exec(sql).Error
		})
		if err == nil {
			t.Errorf("%s was allowed", sql)
		}
	}
}

func TestExpiredKeysArePrunedAndLivingOnesKept(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	q := newQueue(t, db, jobs.Options{})
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		for key, at := range map[string]time.Time{"old": time.Now().Add(-time.Minute), "new": time.Now().Add(time.Hour)} {
			if _, err := tx.Exec(ctx, `INSERT INTO web_idempotency (tenant_id, actor, key, route, body_hash, state, created_at, expires_at) VALUES ($1, 'a', $2, 'r', '', 'done', now(), $3)`,
				pgtest.Tenant(t, ctx).UUID(), key, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := q.Prune(ctx); err != nil || n != 1 {
		t.Fatalf("pruned %d, %v", n, err)
	}
	if k := one[string](ctx, t, db, `SELECT key FROM web_idempotency`); k != "new" {
		t.Fatalf("kept %q", k)
	}
}

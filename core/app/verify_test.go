package app_test

import (
	"context"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/policies"
	"github.com/kontorhq/kontor/themes"
)

// Each spoiling is something that only the database's owner could do; verify must name it.
func TestVerifyNamesWhatWasSpoiled(t *testing.T) {
	t.Parallel()
	db := pgtest.Clone(t)
	ctx := db.NewTenant(t)
	tenant := pgtest.Tenant(t, ctx).UUID()
	h, err := app.Open(context.Background(), app.Options{DB: db.Config, Data: t.TempDir(), MasterKey: []byte("the master key of this one test alone"), Policies: policies.FS, Themes: themes.FS})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	clean, err := h.Verify(context.Background())
	if err != nil || clean.Broken() {
		t.Fatalf("an empty market is broken: %v\n%s", err, clean)
	}
	const some = `'01a20000-0000-7000-8000-00000000000`
	ops := db.Ops(t)
	for _, sql := range []string{
		`INSERT INTO ledger_accounts VALUES ($1, ` + some + `1', 'bank', 'asset', 'CNY')`,
		`INSERT INTO ledger_entries (tenant_id, id, kind, ref_kind, ref_id, at, by) VALUES ($1, ` + some + `2', 'x', 'x', 'x', now(), 'x')`,
		`INSERT INTO ledger_postings VALUES ($1, ` + some + `2', 0, ` + some + `1', 100, 'CNY')`,
		`INSERT INTO event_outbox (tenant_id, id, name, subject_kind, subject_id, data, actor, at) VALUES ($1, ` + some + `3', 'x.y.v1', 'x', 'x', '{}', 'x', now())`,
		`INSERT INTO web_idempotency (tenant_id, actor, key, route, body_hash, state, created_at, expires_at) VALUES ($1, 'x', 'k', 'r', '', 'done', now(), now())`,
		`INSERT INTO audit_entries (tenant_id, id, at, actor, org_id, action, object_kind, object_id, outcome, data) VALUES ($1, ` + some + `4', now(), 'x', ` + some + `5', 'x', 'x', 'x', 'done', '{}')`,
		`INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at) VALUES ($1, ` + some + `6', 'x', 'CN', 'other', '1', true, false, 'approved', now())`,
		`INSERT INTO sourcing_rfqs (tenant_id, id, number, buyer_id, created_by, title, currency, closes_at, state, created_at) VALUES ($1, ` + some + `7', 'R', ` + some + `6', ` + some + `8', 'x', 'CNY', now(), 'awarded', now())`,
		`INSERT INTO plans_counters VALUES ($1, 'orders', '2026-11', 3)`,
	} {
		if _, err := ops.Exec(ctx, sql, tenant); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	broken, err := h.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"I2 every ledger entry adds up", "I6 every kept answer", "I7 every event has its line", "I9 no row refers", "I10 nothing is in a state", "I12 every counter of use", "I12 the months' orders"} {
		if !strings.Contains(broken.String(), "BROKEN") || !found(broken, want) {
			t.Errorf("%q was not named:\n%s", want, broken)
		}
	}
}

func found(r app.Report, name string) bool {
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Invariant, name) && len(f.Breaches) > 0 {
			return true
		}
	}
	return false
}

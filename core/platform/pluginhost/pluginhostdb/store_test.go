package pluginhostdb_test

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/pluginhostdb"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func effect(key string) pluginhost.EffectRow {
	now := clock.System()
	return pluginhost.EffectRow{
		ID: id.Operation{}.New(), Plugin: "kontor.escrow", RPC: "payment.Begin", Key: key, RequestHash: []byte{1, 2}, Request: []byte(`{"a": 1}`),
		State: pluginhost.EffectPending, Attempts: 1, NextAt: now.Add(-time.Second), CreatedAt: now, UpdatedAt: now,
	}
}

func TestOnlyOneClaimantOfAKeyIsTheFirst(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	s := pluginhostdb.New(db.DB)

	first := effect("k1")
	if _, created, err := s.Claim(ctx, first); err != nil || !created {
		t.Fatalf("first claim: created %v, %v", created, err)
	}
	kept, created, err := s.Claim(ctx, effect("k1"))
	if err != nil || created {
		t.Fatalf("second claim: created %v, %v", created, err)
	}
	first.Result, kept.NextAt, first.NextAt = []byte("null"), time.Time{}, time.Time{}
	kept.CreatedAt, kept.UpdatedAt = kept.CreatedAt.UTC(), kept.UpdatedAt.UTC()
	if d := cmp.Diff(first, kept); d != "" {
		t.Fatalf("the second claimant did not read the first's row (-first +kept):\n%s", d)
	}
	if _, created, err := s.Claim(db.NewTenant(t), effect("k1")); err != nil || !created {
		t.Fatalf("another tenant's same key: created %v, %v", created, err)
	}
}

func TestASettledEffectIsNotOverwrittenByWhoeverComesLate(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	s := pluginhostdb.New(db.DB)
	row := effect("k2")
	if _, _, err := s.Claim(ctx, row); err != nil {
		t.Fatal(err)
	}
	due, err := s.Due(ctx, clock.System(), 10)
	if err != nil || len(due) != 1 || due[0].ID != row.ID {
		t.Fatalf("due: %v, %v", due, err)
	}
	was := row.UpdatedAt
	row.State, row.Result, row.NextAt, row.UpdatedAt = pluginhost.EffectSucceeded, []byte(`{"id": "esc_1"}`), time.Time{}, was.Add(time.Second)
	if ok, err := s.Settle(ctx, row, was); err != nil || !ok {
		t.Fatalf("settled %v, %v", ok, err)
	}
	row.State = pluginhost.EffectUnknown
	if ok, err := s.Settle(ctx, row, was); err != nil || ok {
		t.Fatalf("a late writer: settled %v, %v", ok, err)
	}
	if due, err := s.Due(ctx, clock.System(), 10); err != nil || len(due) != 0 {
		t.Fatalf("a settled effect is due: %v, %v", due, err)
	}
}

func TestTheHostSeesAllTenantsAndTheApplicationOnlyItsOwn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := pluginhostdb.New(db.DB)
	began := clock.System().Add(-time.Second)
	var tenants []id.Tenant
	for range 2 {
		ctx := db.NewTenant(t)
		who, err := caller.From(ctx)
		if err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, who.Tenant)
		if _, err := db.Ops(t).Exec(ctx, `INSERT INTO plugin_installations (tenant_id, id, plugin, version, config, created_at, updated_at) VALUES ($1,$2,'kontor.freight','1.0.0','{"min_charge":"1"}',now(),now())`,
			who.Tenant.UUID(), id.Installation{}.New().UUID()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Claim(ctx, effect("k3")); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Changed(t.Context(), began)
	if err != nil {
		t.Fatal(err)
	}
	due, err := s.TenantsDue(t.Context(), clock.System())
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		at := slices.IndexFunc(got, func(in pluginhost.Installation) bool { return in.Tenant == tenant })
		if at < 0 || got[at].Plugin != "kontor.freight" || !got[at].Enabled || got[at].Revision != 1 {
			t.Errorf("installations of %s: %+v", tenant, got)
		}
		if !slices.Contains(due, tenant) {
			t.Errorf("%s has something due: %v", tenant, due)
		}
	}
	if later, err := s.Changed(t.Context(), clock.System().Add(time.Hour)); err != nil || len(later) != 0 {
		t.Errorf("changed in the future: %v, %v", later, err)
	}
	_, err = db.DB.Pool().Exec(t.Context(), `SELECT plugin_installations_since('epoch')`)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		t.Error("the application role may look over all tenants")
	}
}

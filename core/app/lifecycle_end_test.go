package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/tenancy"
)

// closing closes a market and answers it.
func closing(t *testing.T, h *apptest.House, slug string) tenancy.Tenant {
	t.Helper()
	m, err := h.Tenancy.Store.BySlug(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	m, err = h.Tenancy.SetState(asPlatform(t, h), tenancy.SetStateInput{Slug: slug, To: tenancy.Closing, Note: "test", Version: m.Version})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A market with everything that a market can have is deleted, by a process that dies at
// every step, and nothing of it is found anywhere but what the law has kept, without names.
func TestADeletedMarketLeavesNothingBehindButWhatTheLawKeeps(t *testing.T) {
	h := apptest.New(t)
	h.Tenancy.Interrupt(kills.at)
	settled(t, h)
	words := people(t, h, tenantID(t, h, "steel"))
	name, x := taken(t, h.House, "steel")
	in, err := h.Import(t.Context(), app.ImportInput{File: name, Slug: "doomed", Names: map[string]string{"en": "The doomed canary market", "zh-CN": "注定关闭的市场"}})
	if err != nil {
		t.Fatal(err)
	}
	words = append(words, "The doomed canary market")
	steel := rows(t, h, tenantID(t, h, "steel"))
	own := caller.AsSystem(t.Context(), in.Tenant, "test")
	if err := h.House.DB.Do(own, h.Vault.Ensure); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ExportNow(t.Context(), "doomed", func(string) {}); err != nil { // an export of its own lies there too
		t.Fatal(err)
	}
	if m := closing(t, h, "doomed"); m.ClosesAt.IsZero() {
		t.Fatal("a closing market says not until when")
	}
	steps := []string{"freeze", "holds", "rows", "files", "key", "name", "check"}
	kills.plan("doomed", tenancy.Delete, steps...)
	r, err := h.Tenancy.Delete(asPlatform(t, h), tenancy.DeleteInput{Slug: "doomed", Typed: "doomed", Note: "ended"})
	if err != nil {
		t.Fatal(err)
	}
	if r = await(t, h, asPlatform(t, h), r.ID); len(r.Steps) != len(steps) {
		t.Fatalf("steps %+v", r.Steps)
	}
	all, err := archive.Tables(t.Context(), h.House.DB)
	if err != nil {
		t.Fatal(err)
	}
	left := everything(t, h.DB, all, in.Tenant)
	recognised(t, left, words)
	for table := range left {
		if archive.Stays[table] == "" && table != "tenancy_tenants" {
			t.Errorf("%s still has rows", table)
		}
	}
	kept := 0
	for _, e := range x.Tables {
		switch e.Name {
		case "ledger_accounts", "ledger_entries", "ledger_postings", "invoicing_invoices", "payments_escrows", "payments_payouts", "ordering_groups", "ordering_orders", "ordering_order_lines":
			kept += int(e.Rows)
		}
	}
	if got := strings.Count(left["tenancy_held"], "\n") + 1; got != kept || kept == 0 {
		t.Errorf("%d rows are kept, not %d", got, kept)
	}
	if strings.Count(left["tenancy_holds"], "until") != 2 {
		t.Errorf("holds: %s", left["tenancy_holds"])
	}
	if err := h.House.DB.Do(own, h.Vault.Ensure); !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("its key: %v", err)
	}
	if err := filepath.WalkDir(h.Folder(), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(p, in.Tenant.String()) && !strings.Contains(p, "anchors") {
			t.Errorf("%s is still there", p)
		}
		return nil
	}); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if got := visit(t, h, "doomed", "/"); got.StatusCode != 404 {
		t.Errorf("its address answers %d", got.StatusCode)
	}
	var held bool
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM tenancy_released WHERE host = 'doomed.localhost')`).Scan(&held); err != nil || !held {
		t.Errorf("its address is not held back: %v", err)
	}
	if got := rows(t, h, tenantID(t, h, "steel")); got != steel {
		t.Errorf("the neighbour's rows changed: %s, were %s", got, steel)
	}
	if _, err := h.Tenancy.Create(asPlatform(t, h), tenancy.NewMarket{Slug: "doomed", Name: map[string]string{"en": "Again", "zh-CN": "再次"}, Kind: tenancy.Open, Pack: "general", Region: "de", Email: "a@b.example", Locale: "en"}); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("its name was given to another: %v", err)
	}
	// and when the term has passed, what the law has kept goes too
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE tenancy_holds SET until = '2020-01-01' WHERE tenant_id = $1`, in.Tenant.UUID()); err != nil {
		t.Fatal(err)
	}
	if err := h.Ends(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := everything(t, h.DB, all, in.Tenant); left["tenancy_held"] != "" || left["tenancy_holds"] != "" {
		t.Error("a hold outlived its term")
	}
}

func TestOnlyAClosingMarketIsDeletedAndOnlyByTypingItsName(t *testing.T) {
	h := apptest.New(t)
	orderMarket(t, h, tenancy.NewMarket{Slug: "stays", Kind: tenancy.Open, Pack: "general", Email: "op@stays.example"})
	ctx := asPlatform(t, h)
	if _, err := h.Tenancy.Delete(ctx, tenancy.DeleteInput{Slug: "stays", Typed: "stays", Note: "x"}); !errors.Is(err, tenancy.ErrNotClosing) {
		t.Errorf("an open market: %v", err)
	}
	m := closing(t, h, "stays")
	for what, in := range map[string]tenancy.DeleteInput{"nothing typed": {Slug: "stays", Note: "x"}, "another name": {Slug: "stays", Typed: "steel", Note: "x"}} {
		if _, err := h.Tenancy.Delete(ctx, in); !errors.Is(err, tenancy.ErrTyped) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := h.Tenancy.Delete(ctx, tenancy.DeleteInput{Slug: "stays", Typed: "stays"}); !errors.Is(err, tenancy.ErrNote) {
		t.Errorf("without a reason: %v", err)
	}
	op := caller.With(t.Context(), caller.Caller{Tenant: m.ID, Kind: caller.Person, Roles: []string{caller.RoleOperator, caller.RolePlatform}, Locale: "en"})
	if _, err := h.Tenancy.Delete(op, tenancy.DeleteInput{Slug: "stays", Typed: "stays", Note: "x"}); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("its own operator: %v", err)
	}
	var n int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT tenancy_purge($1, 'parties_orgs', 10)`, m.ID.UUID()).Scan(&n); err == nil {
		t.Error("the database emptied the tables of a market that is not deleted")
	}
	if err := h.Ends(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, _ = h.Tenancy.Store.BySlug(t.Context(), "stays"); m.State != tenancy.Closing {
		t.Errorf("it is %s before its window has ended", m.State)
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE tenancy_tenants SET closes_at = now() - interval '1 minute' WHERE id = $1`, m.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	if err := h.Ends(t.Context()); err != nil {
		t.Fatal(err)
	}
	rs, err := h.Tenancy.Runs(ctx, m.ID)
	if err != nil || len(rs) == 0 || rs[0].Workflow != tenancy.Delete {
		t.Fatalf("its window has ended and nothing happens: %v, %v", rs, err)
	}
	await(t, h, ctx, rs[0].ID)
}

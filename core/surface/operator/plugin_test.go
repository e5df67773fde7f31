package operator_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// The story of a plugin through its pages: looked at, agreed to, set up, on, changed, put
// back, off and away.
func TestAPluginIsInstalledThroughItsPages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "procure", "en", "operator")
	const at = "/operator/plugins/kontor.steelprice"
	do := func(what string, kv ...string) surfacetest.Page {
		t.Helper()
		p := b.Get(at)
		if p.Status != http.StatusOK {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
		return b.Post(at+"/"+what, append(kv, "revision", p.Value("revision"), "asks", p.Value("asks"))...)
	}
	shows := func(p surfacetest.Page, words ...string) {
		t.Helper()
		if !p.Shows(words...) {
			t.Errorf("want %q in %s", words, p.Text())
		}
	}
	if p := b.Get("/operator/plugins"); !p.Shows("More plugins", "Steel by theoretical and weighed mass", "Escrow at the bank", "Serving") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Get("/operator/plugins/nobody.knows"); p.Status != http.StatusNotFound {
		t.Errorf("a plugin that there is not: %d", p.Status)
	}
	shows(b.Get(at), "Install", "Does:", "Pricing")
	do("install")
	shows(b.Get(at), "To be agreed to", "I agree")
	if p := b.Post(at+"/consent", "asks", `[{"kind":"do","what":"payment"}]`); p.Status != http.StatusConflict || !p.Shows("not what you were shown") {
		t.Errorf("consent to something else: %d %s", p.Status, p.Text())
	}
	do("consent")
	shows(b.Get(at), "Ready", "Switch on", "Density", "kg/m³")
	if p := do("settings", "density_kg_m3", "0", "weighing_tolerance", "much", "cutting_fee_per_piece", "4.50", "settle", "weighbridge"); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusBadRequest ||
		!p.Shows("That is too small", "not in the expected form") || p.Value("cutting_fee_per_piece") != "4.50" {
		t.Errorf("bad settings: %d %s", p.Status, p.Text())
	}
	old := b.Get(at).Value("revision")
	do("settings", "density_kg_m3", "7850", "weighing_tolerance", "0.02", "settle", "weighbridge")
	if p := b.Post(at+"/settings", "revision", old, "density_kg_m3", "7000"); p.Status != http.StatusConflict || !p.Shows("changed this meanwhile") {
		t.Errorf("stale settings: %d %s", p.Status, p.Text())
	}
	do("enable")
	p := b.Get(at)
	shows(p, "Serving", "Switch off", "Other marketplaces use this process")
	if p.Value("weighing_tolerance") != "0.02" || strings.Contains(p.Body, "/remove") {
		t.Errorf("%s", p.Text())
	}
	do("settings", "density_kg_m3", "7900", "weighing_tolerance", "0.05", "settle", "weighbridge")
	back := revisionOf(t, h, "0.02")
	if p := b.Post(at+"/roll-back", "revision", back); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(at); p.Value("weighing_tolerance") != "0.02" || !p.Shows("Went back") {
		t.Errorf("%s", p.Text())
	}
	do("isolation", "alone", "1")
	shows(b.Get(at), "No other marketplace uses this process")
	if p := do("remove"); p.Status != http.StatusConflict {
		t.Errorf("removed while it is on: %d", p.Status)
	}
	do("disable")
	shows(b.Get(at), "Off")
	do("remove")
	shows(surfacetest.As(t, h, "procure", "zh-CN", "operator").Get(at), "安装")
}

// revisionOf is the first revision with a tolerance.
func revisionOf(t *testing.T, h *apptest.House, tolerance string) string {
	t.Helper()
	var n int64
	if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT min(r.revision) FROM plugins_revisions r JOIN tenancy_tenants t ON t.id = r.tenant_id WHERE t.slug = 'procure' AND r.config->>'weighing_tolerance' = $1`, tolerance).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(n, 10)
}

package platform_test

import (
	"context"
	"net/http"
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

func TestEveryPageOfThePlatformSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for lang, word := range map[string]string{"en": "Open market", "zh-CN": "采购门户"} {
		b := surfacetest.As(t, h, "platform", lang, "admin")
		for _, path := range []string{"/platform", "/platform/tenants/procure", "/platform/tenants/platform", "/platform/plugins", "/platform/packages", "/platform/jobs", "/platform/health", "/platform/audit", "/platform/audit?actor=admin"} {
			if p := b.Get(path); p.Status != http.StatusOK {
				t.Errorf("%s %s: %d %s", lang, path, p.Status, p.Text())
			}
		}
		if p := b.Get("/platform"); !p.Shows("steel", "pharma", "procure") || lang == "zh-CN" && !p.Shows(word) {
			t.Errorf("%s: %s", lang, p.Text())
		}
		if p := b.Get("/platform/tenants/nobody"); p.Status != http.StatusNotFound {
			t.Errorf("a market that is not there: %d", p.Status)
		}
	}
}

func TestNobodyOfAMarketSeesThePlatform(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for _, who := range []string{"operator", "buyer"} {
		b := surfacetest.As(t, h, "steel", "en", who)
		for _, path := range []string{"/platform", "/platform/tenants/pharma", "/platform/jobs", "/platform/health"} {
			if p := b.Get(path); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
				t.Errorf("%s sees %s: %d", who, path, p.Status)
			}
		}
	}
}

func TestAMarketIsSuspendedWithAReasonAndOpenedAgain(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	state := func() (s string) {
		t.Helper()
		if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT state FROM tenancy_tenants WHERE slug = 'procure'`).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	b := surfacetest.As(t, h, "platform", "en", "admin")
	const page = "/platform/tenants/procure" // no other test of this package works there
	version := b.Get(page).Value("version")
	for name, form := range map[string][]string{
		"no reason": {"to", "suspended", "version", version}, "a made-up state": {"to", "sold", "version", version, "note", "x"}, "too far at once": {"to", "deleted", "version", version, "note", "x"},
		"an old look": {"to", "suspended", "version", "1000000", "note", "x"},
	} {
		if p := b.Post(page+"/state", form...); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusConflict {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
		if s := state(); s != "active" {
			t.Fatalf("%s made it %s", name, s)
		}
	}
	for _, to := range []string{"suspended", "active"} {
		p := b.Get(page)
		if p := b.Post(page+"/state", "to", to, "version", p.Value("version"), "note", "Drill of the night"); p.Status != http.StatusSeeOther || state() != to {
			t.Fatalf("to %s: %d %s", to, p.Status, p.Text())
		}
	}
	if p := b.Get("/platform/audit"); !p.Shows("Drill of the night") {
		t.Errorf("the record does not say why: %s", p.Text())
	}
	b.Get("/platform/tenants/platform")
	if p := b.Post("/platform/tenants/platform/state", "to", "suspended", "version", "1", "note", "x"); p.Status == http.StatusSeeOther {
		t.Error("the platform shut itself out")
	}
}

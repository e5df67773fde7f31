package platform_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

func TestAPlanIsEditedIntoItsNextVersion(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "platform", "en", "admin")
	form := func(version string, more ...string) []string {
		return append([]string{"code", "trial", "version", version, "names.en", "Trial", "names.zh-CN", "试用版", "soft_percent", "75", "limits.users", "3", "limits.storage", "100", "feature", "rfq"}, more...)
	}
	b.Get("/platform/plans/new")
	if p := b.Post("/platform/plans", form("0", "do", "publish")...); p.Status != http.StatusSeeOther {
		t.Fatalf("published: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/platform/plans/trial"); !p.Shows("Trial", "All versions") || p.Value("limits.storage") != "100" || p.Value("limits.users") != "3" {
		t.Fatalf("%s", p.Text())
	}
	if p := b.Get("/platform/plans"); !p.Shows("Trial", "100.0 MB", "Business") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Post("/platform/plans", form("0", "do", "publish")...); p.Status != http.StatusConflict && p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a second plan of the same name: %d", p.Status)
	}
	if p := b.Post("/platform/plans", form("1", "do", "publish", "limits.orders", "many")...); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a limit that is no number: %d %s", p.Status, p.Text())
	}
	var limits string
	if err := h.DB.Ops(t).QueryRow(context.Background(), `SELECT string_agg(version || limits::text, ' ') FROM plans_plans WHERE code = 'trial'`).Scan(&limits); err != nil || limits != `1{"users": 3, "storage": 104857600}` {
		t.Errorf("stored: %s %v", limits, err)
	}
}

func TestAMarketIsGivenAPlanAndAnException(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "platform", "en", "admin")
	const page = "/platform/tenants/pharma/plan"
	p := b.Get(page)
	if !p.Shows("Business", "Products", "50,000") {
		t.Fatalf("%s", p.Text())
	}
	for name, form := range map[string][]string{
		"no reason": {"plan", "enterprise", "version", p.Value("version")}, "a made-up plan": {"plan", "gold", "version", p.Value("version"), "note", "for the test"}, "an old look": {"plan", "enterprise", "version", "77", "note", "for the test"},
	} {
		if p := b.Post(page, form...); p.Status < 400 || p.Status >= 500 {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	if p := b.Post(page, "plan", "enterprise", "version", p.Value("version"), "note", "they grew"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(page); !p.Shows("Enterprise") {
		t.Errorf("%s", p.Text())
	}
	for name, form := range map[string][]string{
		"no reason": {"name", "users", "amount", "5"}, "yesterday": {"name", "users", "amount", "5", "reason", "a fair", "last_day", "2020-01-01"},
		"no day": {"name", "users", "amount", "5", "reason", "a fair", "last_day", "someday"}, "no number": {"name", "users", "amount", "five", "reason", "a fair"},
	} {
		if p := b.Post("/platform/tenants/pharma/exceptions", form...); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
	if p := b.Post("/platform/tenants/pharma/exceptions", "name", "users", "amount", "1", "reason", "a trade fair", "last_day", "2999-01-01"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(page); !p.Shows("Exceptions", "a trade fair", "Used up") {
		t.Errorf("%s", p.Text())
	}
	for lang, words := range map[string][]string{"en": {"Used up", "a trade fair", "Exception"}, "zh-CN": {"已用尽", "套餐与用量", "例外"}} {
		if p := surfacetest.As(t, h, "pharma", lang, "operator").Get("/operator/usage"); p.Status != http.StatusOK || !p.Shows(words...) {
			t.Errorf("%s: %d %s", lang, p.Status, p.Text())
		}
	}
	b.Get("/platform/plans/enterprise")
	over := b.Post("/platform/plans", "code", "enterprise", "version", "1", "names.en", "Enterprise", "names.zh-CN", "企业版", "soft_percent", "90", "limits.products", "1", "move", "1", "do", "preview")
	if over.Status != http.StatusOK || !over.Shows("What this version would mean", "They lose nothing") || over.Value("limits.products") != "1" {
		t.Errorf("preview: %d %s", over.Status, over.Text())
	}
	b.Get(page)
	if p := b.Post("/platform/tenants/pharma/exceptions/users/end"); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/platform/tenants/pharma/exceptions/users/end"); p.Status != http.StatusNotFound {
		t.Errorf("ended twice: %d", p.Status)
	}
	if p := b.Get("/platform/audit"); !p.Shows("plans.plan.manage") && !strings.Contains(p.Body, "they grew") {
		t.Errorf("the record does not say: %s", p.Text())
	}
	if p := b.Post("/platform/tenants/platform/plan", "plan", "business", "version", "0", "note", "for the test"); p.Status != http.StatusConflict {
		t.Errorf("the platform itself: %d", p.Status)
	}
}

func TestOnlyThePlatformSeesPlans(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for _, who := range []string{"operator", "buyer"} {
		b := surfacetest.As(t, h, "steel", "en", who)
		for _, path := range []string{"/platform/plans", "/platform/plans/business", "/platform/tenants/steel/plan", "/platform/plans/new"} {
			if p := b.Get(path); p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
				t.Errorf("%s sees %s: %d", who, path, p.Status)
			}
		}
	}
	if p := surfacetest.As(t, h, "steel", "en", "buyer").Get("/operator/usage"); p.Status != http.StatusForbidden {
		t.Errorf("a buyer sees what is used: %d", p.Status)
	}
	admin := surfacetest.As(t, h, "platform", "zh-CN", "admin")
	for _, path := range []string{"/platform/plans", "/platform/plans/new", "/platform/plans/business", "/platform/tenants/steel/plan", "/platform/tenants/procure/plan"} {
		if p := admin.Get(path); p.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}
	if p := admin.Get("/platform/plans/gold"); p.Status != http.StatusNotFound {
		t.Errorf("a plan that is not there: %d", p.Status)
	}
}

package account_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

const representatives = "/company/representatives"

// option is a choice's value by its words.
func option(t *testing.T, p surfacetest.Page, words string) string {
	t.Helper()
	m := regexp.MustCompile(`<option value="([^"]+)"[^>]*>` + words).FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("no choice %s: %s", words, p.Text())
	}
	return m[1]
}

func TestARepresentativeIsAskedForAgreedToAndShownOnEveryPage(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	rep := surfacetest.As(t, h, "steel", "en", "seller3")
	p := rep.Get(representatives)
	if p.Status != http.StatusOK || !p.Shows("None of your people represents another company.") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	person := regexp.MustCompile(`name="person"[^>]*>(?:<option value="">[^<]*</option>)?<option value="([^"]+)"`).FindStringSubmatch(p.Body)
	if person == nil {
		t.Fatalf("nobody to assign: %s", p.Body)
	}
	if p := rep.Post(representatives, "person", person[1], "company", "", "note", ""); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("no company: %d", p.Status)
	}
	company := option(t, rep.Get(representatives), "[^<]*Haishuo")
	if p := rep.Post(representatives, "person", person[1], "company", company, "note", "Your account manager"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	boss := surfacetest.As(t, h, "steel", "en", "buyer3")
	p = boss.Get(representatives)
	if !p.Shows("Waits for consent", "Your account manager", "Give your consent") {
		t.Fatalf("the company is asked: %s", p.Text())
	}
	to := regexp.MustCompile(representatives + `/[0-9a-f-]{36}`).FindString(p.Body)
	if p := boss.Post(to+"/consent", "scope", "agent_order", "until", "2001-01-01"); p.Status != http.StatusUnprocessableEntity || !p.Shows("A consent ends on a day to come") {
		t.Errorf("a day that is over: %d %s", p.Status, p.Text())
	}
	if p := rep.Post(to+"/consent", "scope", "agent_order", "until", time.Now().AddDate(0, 0, 5).Format(time.DateOnly)); p.Status != http.StatusNotFound {
		t.Errorf("he agrees himself: %d", p.Status)
	}
	boss.Get(representatives)
	if p := boss.Post(to+"/consent", "scope", "agent_order", "until", time.Now().AddDate(0, 0, 5).Format(time.DateOnly)); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	rep.Get(representatives)
	if p := rep.Post("/account/company", "company", company); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	for _, path := range []string{"/", "/cart", "/account", "/buyer/orders"} {
		if p := rep.Get(path); p.Status != http.StatusOK || !p.Shows("You act on behalf of") {
			t.Errorf("%s: %d, no banner: %.200s", path, p.Status, p.Text())
		}
	}
	for _, path := range []string{"/buyer/company/members", "/company/structure", "/company/invitations"} {
		if p := rep.Get(path); p.Status != http.StatusForbidden {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
	rep.Get("/account")
	if p := rep.Post("/account/company", "stop", "1"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d", p.Status)
	}
	if p := rep.Get("/account"); p.Shows("You act on behalf of") {
		t.Error("he stopped and still acts")
	}
	boss.Get(representatives)
	if p := boss.Post(to + "/end"); p.Status != http.StatusSeeOther || !boss.Get(representatives).Shows("Ended") {
		t.Errorf("%d", p.Status)
	}
	rep.Get("/account")
	if p := rep.Post("/account/company", "company", company); p.Status == http.StatusSeeOther {
		t.Error("he switches to a company that has ended it")
	}
}

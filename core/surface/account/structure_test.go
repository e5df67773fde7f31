package account_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// unitOf is the address of a unit's page, by its name on the page of the tree.
func unitOf(t *testing.T, p surfacetest.Page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`href="(/company/structure/[0-9a-f-]{36})"[^>]*>` + regexp.QuoteMeta(name)).FindStringSubmatch(p.Body)
	if m == nil {
		t.Fatalf("no unit %s: %s", name, p.Text())
	}
	return m[1]
}

func TestAnAdministratorShapesTheCompanyAndSeesWhatAMoveChanges(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "procure", "en", "approver2")
	const home = "/company/structure"
	b.Get(home)
	for _, u := range [][3]string{{"ZN", "Zone North", "division"}, {"ZS", "Zone South", "division"}} {
		if p := b.Post(home, "code", u[0], "name", u[1], "kind", u[2], "parent", ""); p.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", u[1], p.Status, p.Text())
		}
		b.Get(home)
	}
	north, south := unitOf(t, b.Get(home), "Zone North"), unitOf(t, b.Get(home), "Zone South")
	b.Post(home, "code", "ZT", "name", "Pump shop", "kind", "team", "parent", strings.TrimPrefix(north, home+"/"))
	shop := unitOf(t, b.Get(home), "Pump shop")
	if p := b.Post(home, "code", "ZT", "name", "Again", "kind", "team"); p.Status != http.StatusConflict || !p.Shows("There is a unit with this code.") {
		t.Errorf("the same code: %d %s", p.Status, p.Text())
	}
	b.Get(north)
	if p := b.Post(north+"/settings", "key", "limit", "value", "1200"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(shop); !p.Shows("€1,200.00", "from Zone North", "Override") {
		t.Errorf("what the shop inherits: %s", p.Text())
	}
	p := b.Get(shop + "/move?to=" + strings.TrimPrefix(south, home+"/"))
	if !p.Shows("Move Pump shop?", "Nothing has happened yet", "Order limit", "€1,200.00", "set nowhere", "Contract prices") {
		t.Errorf("the preview: %s", p.Text())
	}
	if p := b.Post(shop+"/move", "to", strings.TrimPrefix(south, home+"/")); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(shop); !strings.Contains(p.Body, "Zone South") || strings.Contains(p.Body, "€1,200.00") {
		t.Errorf("after the move: %s", p.Text())
	}
	if p := b.Get(south + "/move?to=" + strings.TrimPrefix(shop, home+"/")); !p.Shows("A unit cannot stand below itself.") {
		t.Errorf("a circle: %s", p.Text())
	}
	if p := b.Post(shop+"/settings", "key", "language", "value", "fr"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a language that is none: %d", p.Status)
	}
	if p := b.Post(north+"/settings", "key", "limit", "value", ""); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("an empty limit: %d", p.Status)
	}
	if p := b.Post(north+"/settings", "key", "limit", "reset", "1"); p.Status != http.StatusSeeOther || !b.Get(north).Shows("set nowhere") {
		t.Errorf("reset: %d", p.Status)
	}
	buyer := surfacetest.As(t, h, "procure", "en", "buyer")
	if p := buyer.Get(north); strings.Contains(p.Body, "Override") || !strings.Contains(p.Body, "Zone North") {
		t.Errorf("a buyer looks and changes nothing: %s", p.Text())
	}
	if p := buyer.Post(north+"/settings", "key", "limit", "value", "9"); p.Status != http.StatusForbidden {
		t.Errorf("a buyer sets a limit: %d", p.Status)
	}
}

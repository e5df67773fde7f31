package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
)

// outsider is somebody to whom the steel market's rows do not exist.
type outsider struct {
	name  string
	who   *apptest.Client
	same  bool // of the steel market, another company: may know what everybody there may
	staff bool
}

// TestWhatIsSomebodyElsesIsAbsent is generated from the route table: whoever asks for what
// is not his, through any route with an identifier, hears byte for byte what he hears
// about an identifier that nobody has, and changes nothing.
func TestWhatIsSomebodyElsesIsAbsent(t *testing.T) {
	h := apptest.New(t)
	settled(t, h)
	d := describe(t, h)
	steel := tenantID(t, h, "steel")
	before := rows(t, h, steel)
	others := []outsider{
		{name: "visitor elsewhere", who: h.Visitor(t, "pharma")},
		{name: "buyer elsewhere", who: h.Client(t, "pharma", "approver@pharma.example")},
		{name: "seller elsewhere", who: h.Client(t, "pharma", "seller@pharma.example")},
		{name: "operator elsewhere", who: h.Client(t, "pharma", "operator@pharma.example")},
		{name: "platform", who: h.Client(t, "platform", "admin@platform.example"), staff: true},
		{name: "another buyer", who: h.Client(t, "steel", "buyer3@steel.example"), same: true},
		{name: "another seller", who: h.Client(t, "steel", "seller6@steel.example"), same: true},
	}
	tried, absent := 0, 0
	for _, line := range h.Web.Table() {
		ps, ok := params(line.Path)
		if !ok {
			t.Errorf("%s %s: say in objects_test.go what its identifiers are of", line.Method, line.Path)
			continue
		}
		if len(ps) == 0 {
			continue
		}
		for _, o := range others {
			if o.same && knownThere(ps) || o.staff && ps[0].table == "tenancy_tenants" {
				continue
			}
			tried++
			if compare(t, h, d, steel, line, ps, o).status == http.StatusNotFound {
				absent++
			}
		}
	}
	if absent < tried/4 {
		t.Errorf("of %d refusals only %d said that there is nothing; do the requests get as far as the objects?", tried, absent)
	}
	if after := rows(t, h, steel); after != before {
		t.Errorf("rows of the steel market changed: %s, were %s", after, before)
	}
}

func knownThere(ps []param) bool {
	for _, p := range ps {
		if !inTenant[p.table] {
			return false
		}
	}
	return true
}

func compare(t *testing.T, h *apptest.House, d *document, tenant id.Tenant, line web.Line, ps []param, o outsider) heard {
	t.Helper()
	media, body := request(t, d, line.Method, line.Path, line.API)
	real, _ := owned(t, h, tenant, line.Path, ps)
	random := line.Path
	for _, p := range ps {
		none := id.Order{}.New().String()
		if p.name == "slug" {
			none = "nobody"
		}
		random = strings.Replace(random, "{"+p.name+"}", none, 1)
	}
	a, b := ask(t, h, o.who, line.Method, real, media, body), ask(t, h, o.who, line.Method, plainPath(random), media, body)
	if a != b {
		t.Errorf("%s %s as %s: %d for what is not his, %d for nothing\n%s", line.Method, real, o.name, a.status, b.status, firstDifference([]byte(b.head+b.body), []byte(a.head+a.body)))
	}
	if a.status >= 500 {
		t.Errorf("%s %s as %s: %d %.300s", line.Method, real, o.name, a.status, a.body)
	}
	return a
}

func tenantID(t *testing.T, h *apptest.House, slug string) id.Tenant {
	t.Helper()
	all, err := h.Tenancy.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.Slug == slug {
			return x.ID
		}
	}
	t.Fatalf("no marketplace %s", slug)
	return id.Tenant{}
}

package web

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
)

// A page has one address. The others lead there with all that was asked, also while the
// page itself is kept; the API and what changes something answer at all of them.
func TestOtherAddressesLeadToTheMainOne(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	w := newTown(t, nil, countedPage(&n), Get("/things", "test.item.view", func(context.Context, *struct{}) (rfqView, error) { return rfqView{Title: "thing"}, nil }))
	w.sites.sites["www.steel.localhost"] = w.sites.sites["steel.localhost"]
	at := func(host, path string) got { return w.ask(t, ask{host: host, path: path}) }

	to := at("www.steel.localhost:8080", "/items/a%2Fb?a=1&b=%E9%92%A2")
	if to.status != 301 || to.header.Get("Location") != "http://steel.localhost:8080/items/a%2Fb?a=1&b=%E9%92%A2" || n.Load() != 0 {
		t.Errorf("%d %v", to.status, to.header)
	}
	at("steel.localhost:8080", "/items/beam")
	if at("steel.localhost:8080", "/items/beam").header.Get("X-Cache") != "hit" {
		t.Fatal("the page is not kept")
	}
	if g := at("www.steel.localhost:8080", "/items/beam"); g.status != 301 || g.header.Get("X-Cache") == "hit" {
		t.Errorf("while the page is kept: %d %v", g.status, g.header)
	}
	if g := at("WWW.Steel.localhost:8080", "/items/beam"); g.status != 301 || !strings.HasPrefix(g.header.Get("Location"), "http://steel.localhost:8080/") {
		t.Errorf("in another spelling: %d %v", g.status, g.header)
	}
	if g := at("www.steel.localhost:8080", "/api/v1/things"); g.status != 200 {
		t.Errorf("the API: %d %s", g.status, g.body)
	}
	if g := w.ask(t, ask{method: "POST", host: "www.steel.localhost:8080", path: "/things", media: "application/x-www-form-urlencoded"}); g.status == 301 {
		t.Errorf("a form: %d", g.status)
	}
}

package sourcinghttp_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/sourcing/sourcingtest"
)

type obj = map[string]any

func (e *edge) wish() obj {
	return obj{
		"title": "Beams for the bridge", "currency": "CNY", "incoterm": "DAP", "closes_at": sourcingtest.Noon.Add(24 * time.Hour),
		"ship_to": obj{"country": "CN", "city": "Hangzhou", "contact": "Li", "phone": "+86 1"}, "sellers": []id.Org{e.Mill, e.Trader}, "files": []id.Blob{e.Drawing},
		"lines": []obj{
			{"item": e.Beam, "qty": obj{"value": "10", "unit": "H87"}, "target_price": "2400", "need_by": "2026-12-24"},
			{"description": "Anchor bolts", "qty": obj{"value": "120.5", "unit": "KGM"}},
		},
	}
}

func (e *edge) publish(t *testing.T) (path string, lines []string) {
	t.Helper()
	r := e.ask(t, "POST", "/rfqs", e.buyer(), e.wish(), 201)
	path = "/rfqs/" + r["id"].(string)
	e.ask(t, "POST", path+"/publish", e.buyer(), nil, 200)
	for _, l := range r["lines"].([]any) {
		lines = append(lines, l.(obj)["id"].(string))
	}
	return path, lines
}

func answer(lines []string, tonne string) obj {
	return obj{
		"freight": "800", "tax_rate": "0.13", "payment_days": 30, "valid_until": sourcingtest.Noon.Add(240 * time.Hour),
		"lines": []obj{{"line": lines[0], "price": tonne, "price_unit": "TNE", "basis": "weighed", "lead_days": 7}, {"line": lines[1], "price": "12.5", "lead_days": 3}},
	}
}

func TestTheWholeStoryOverHTTP(t *testing.T) {
	t.Parallel()
	e := open(t)
	path, lines := e.publish(t)
	e.ask(t, "POST", path+"/quotes", e.mill(), answer(lines, "3850"), 201)
	e.ask(t, "POST", path+"/quotes", e.trader(), answer(lines, "3900"), 201)
	e.ask(t, "POST", path+"/close", e.buyer(), nil, 200)
	table := e.ask(t, "GET", path+"/comparison", e.buyer(), nil, 200)
	best := table["columns"].([]any)[0].(obj)
	if best["total"].(obj)["amount"] != "28682.96" || !slices.Contains(best["marks"].([]any), any("lowest_total")) {
		t.Fatalf("%v", best)
	}
	choice := obj{"lines": []obj{{"line": lines[0], "quote": best["quote"]}, {"line": lines[1], "quote": best["quote"]}}}
	won := e.ask(t, "POST", path+"/award", e.buyer(), choice, 200)
	if won["state"] != "awarded" || won["buyer_side"].(obj)["award"].(obj)["lines"].([]any)[0].(obj)["order"] == "" {
		t.Fatalf("%v", won)
	}
	if p := e.ask(t, "POST", path+"/award", e.buyer(), choice, 409); p["code"] != "sourcing.rfq_already_awarded" {
		t.Fatalf("%v", p)
	}
}

func keysOf(m obj) []string { return slices.Sorted(maps.Keys(m)) }

// What each role is sent, key by key: a new key has to be let through here on purpose.
func TestEachSideIsSentItsOwnKeysAndNoOthers(t *testing.T) {
	t.Parallel()
	e := open(t)
	path, lines := e.publish(t)
	e.ask(t, "POST", path+"/quotes", e.mill(), answer(lines, "3850"), 201)
	common := []string{"buyer", "closes_at", "created_at", "currency", "end_note", "files", "id", "incoterm", "lines", "note", "number", "published_at", "ship_to", "state", "title", "version"}
	buyer, seller := e.ask(t, "GET", path, e.buyer(), nil, 200), e.ask(t, "GET", path, e.trader(), nil, 200)
	for name, c := range map[string]struct {
		got  obj
		want []string
	}{
		"buyer":       {buyer, append([]string{"buyer_side"}, common...)},
		"seller":      {seller, append([]string{"seller_side"}, common...)},
		"buyer_side":  {buyer["buyer_side"].(obj), []string{"quotes", "sellers"}},
		"seller_side": {seller["seller_side"].(obj), []string{"state"}},
	} {
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, keysOf(c.got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"city", "country"}, keysOf(seller["ship_to"].(obj))); diff != "" {
		t.Errorf("a seller is told whom to call: %s", diff)
	}
	if q := e.ask(t, "GET", path+"/quotes", e.trader(), nil, 200); len(q["items"].([]any)) != 0 {
		t.Errorf("the trader sees the mill's quote: %v", q)
	}
}

func TestWhoMayNotIsToldThereIsNothing(t *testing.T) {
	t.Parallel()
	e := open(t)
	path, lines := e.publish(t)
	stranger := "seller " + e.Stranger.String()
	for _, c := range []struct {
		method, path, as string
		body             any
	}{
		{"GET", path, stranger, nil},
		{"GET", path + "/comparison", e.mill(), nil},
		{"POST", path + "/quotes", stranger, answer(lines, "1")},
		{"POST", path + "/decline", stranger, obj{"note": ""}},
		{"POST", path + "/cancel", e.mill(), obj{"reason": "x"}},
		{"POST", path + "/close", e.mill(), nil},
		{"GET", "/rfqs/" + id.RFQ{}.New().String(), e.buyer(), nil},
		{"POST", "/quotes/" + id.Quote{}.New().String() + "/withdraw", e.mill(), nil},
	} {
		e.ask(t, c.method, c.path, c.as, c.body, 404)
	}
	e.ask(t, "GET", path, "", nil, 401)
}

func TestBadInputIsAProblemWithFieldsAndStoresNothing(t *testing.T) {
	t.Parallel()
	e := open(t)
	for name, change := range map[string]func(obj){
		"negative quantity": func(o obj) { o["lines"].([]obj)[0]["qty"] = obj{"value": "-1", "unit": "H87"} },
		"absurd quantity":   func(o obj) { o["lines"].([]obj)[0]["qty"] = obj{"value": "1e400", "unit": "H87"} },
		"unit does not fit": func(o obj) { o["lines"].([]obj)[0]["qty"] = obj{"value": "1", "unit": "LTR"} },
		"unknown unit": func(o obj) {
			o["lines"].([]obj)[0]["qty"] = obj{"value": "1", "unit": "'; DROP TABLE sourcing_rfqs --"}
		},
		"foreign item":       func(o obj) { o["lines"].([]obj)[0]["item"] = id.Item{}.New() },
		"broken id":          func(o obj) { o["sellers"] = []string{"not-an-id"} },
		"a NUL in the title": func(o obj) { o["title"] = "a\x00b" },
		"own company":        func(o obj) { o["sellers"] = []id.Org{e.Buyer} },
		"unknown key":        func(o obj) { o["state"] = "awarded" },
	} {
		in := e.wish()
		change(in)
		status := 422
		if name == "a NUL in the title" {
			status = 400 // the edge lets none in
		}
		if p := e.ask(t, "POST", "/rfqs", e.buyer(), in, status); p["code"] == "" {
			t.Errorf("%s: %v", name, p)
		}
	}
	if l := e.ask(t, "GET", "/rfqs", e.buyer(), nil, 200); len(l["items"].([]any)) != 0 {
		t.Fatalf("stored: %v", l)
	}
}

func TestListsAndWithdrawal(t *testing.T) {
	t.Parallel()
	e := open(t)
	path, lines := e.publish(t)
	q := e.ask(t, "POST", path+"/quotes", e.mill(), answer(lines, "3850"), 201)
	for as, want := range map[string]obj{e.buyer(): {"quotes": 1.0, "sellers": 2.0}, e.mill(): {"invitation": "quoted"}} {
		row := e.ask(t, "GET", "/rfqs?limit=5", as, nil, 200)["items"].([]any)[0].(obj)
		for k, v := range want {
			if row[k] != v {
				t.Errorf("%s of %s is %v", k, as, row[k])
			}
		}
	}
	if got := e.ask(t, "POST", "/quotes/"+q["id"].(string)+"/withdraw", e.mill(), nil, 200); got["state"] != "withdrawn" {
		t.Fatalf("%v", got)
	}
	e.ask(t, "POST", path+"/decline", e.mill(), obj{"note": "no slot"}, 200)
	edited := e.ask(t, "PATCH", path, e.buyer(), obj{"version": 2, "title": "x"}, 409)
	if edited["code"] != "sourcing.rfq_not_draft" {
		t.Fatalf("%v", edited)
	}
	if got := e.ask(t, "POST", path+"/cancel", e.buyer(), obj{"reason": "Project stopped."}, 200); got["state"] != "cancelled" {
		t.Fatalf("%v", got)
	}
}

package main

import (
	"crypto/md5" //nolint:gosec // idempotency keys
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// scenario is one thing that is measured, in the baseline (of is empty) or in the product
// against one of the baseline's.
type scenario struct {
	name   string
	what   string
	of     string  // the baseline's name
	budget float64 // the least ratio to it
	load   load
	warm   int // asks before measuring; 0: for a moment
	writes bool
}

func get(r *fasthttp.Request, addr, uri string) {
	r.Header.SetMethod(fasthttp.MethodGet)
	r.SetRequestURI("http://" + addr + uri)
}

// hop spreads numbers, so that neighbours in time are no neighbours on the disk.
func hop(n uint64, size int) int { return int((n * 2654435761) % uint64(size)) } //nolint:gosec // size is a length

// baseline are the bare program's, in the order of the product's.
func baseline(addr string, tenants int) []scenario {
	get := func(uri func(n uint64) string) load {
		return load{addr: addr, conns: 16, want: 200, fill: func(n uint64, r *fasthttp.Request) bool { get(r, addr, uri(n)); return true }}
	}
	t := func(n uint64) uuid.UUID { return rawTenant(int(n) % tenants) } //nolint:gosec // small
	post := func(want int, fill func(n uint64, r *fasthttp.Request)) load {
		return load{addr: addr, conns: 16, want: want, fill: func(n uint64, r *fasthttp.Request) bool {
			r.Header.SetMethod(fasthttp.MethodPost)
			fill(n, r)
			return true
		}}
	}
	return []scenario{
		{name: "hello", what: "hello", load: get(func(uint64) string { return "/hello" })},
		{name: "row", what: "one row by key", load: get(func(n uint64) string { return fmt.Sprintf("/item/%s/%s", t(n), rawID("item", hop(n, rawItems))) })},
		{name: "list", what: "list of 24 under RLS in one batch", load: get(func(n uint64) string { return fmt.Sprintf("/list/%s/%d", t(n), hop(n, rawCategories)) })},
		{name: "find", what: "text search through a search function", load: get(func(n uint64) string {
			w, limit := wording(n)
			return fmt.Sprintf("/search/%s?q=%s&limit=%d", t(n), url.QueryEscape(w), limit)
		})},
		{name: "update", what: "one-row update", writes: true, load: post(200, func(n uint64, r *fasthttp.Request) {
			r.SetRequestURI(fmt.Sprintf("http://%s/touch/%s/%s", addr, t(n), rawID("item", hop(n, rawItems))))
		})},
		{name: "order", what: "order transaction: 3 lines, 3 guarded stock updates, outbox", writes: true, load: post(201, func(n uint64, r *fasthttp.Request) {
			r.SetRequestURI(fmt.Sprintf("http://%s/order/%s", addr, t(n)))
			r.Header.SetContentType("application/json")
			r.SetBodyString(fmt.Sprintf(`{"items":["%s","%s","%s"]}`, rawID("item", hop(n, rawItems)), rawID("item", hop(n+7, rawItems)), rawID("item", hop(n+19, rawItems))))
		})},
	}
}

// wording is the n-th search: one word of two characters. How many hits it asks for
// varies, because lists that were just asked for are answered from memory.
func wording(n uint64) (string, int) {
	return words[n%uint64(len(words))], 12 + int(n/uint64(len(words)))%wordingEach //nolint:gosec // small
}

const wordingEach = 25

// anew is the n-th search's word with signs behind it that a search drops, for as long as
// that takes a different text each: none of its lists is in memory, however fast it goes.
func anew(n uint64) string {
	word, _ := wording(n)
	var signs strings.Builder
	for k := n / uint64(len(words)*wordingEach); k > 0; k /= 2 {
		signs.WriteByte("!?"[k%2])
	}
	return strings.TrimSpace(word + " " + signs.String())
}

// product are kontor's. Visitors ask for what others have asked for before; buyers see
// prices of their own, and nothing is kept of those.
func product(addr string, w *crowd) []scenario {
	get := func(conns int, auth, accept string, uri func(n uint64) string) load {
		return load{addr: addr, conns: conns, want: 200, fill: func(n uint64, r *fasthttp.Request) bool {
			get(r, addr, uri(n))
			r.UseHostHeader = true
			r.Header.SetHost(marketHost)
			r.Header.Set("Accept-Language", "zh-CN")
			if accept != "" {
				r.Header.Set("Accept-Encoding", accept)
			}
			if auth != "" {
				r.Header.Set("Authorization", "Bearer "+token(w.run, auth, int(n%browsers))) //nolint:gosec // small
			}
			return true
		}}
	}
	item := func(of int) func(n uint64) string {
		return func(n uint64) string { return "/api/v1/items/" + w.items[hop(n, of)].id.String() }
	}
	list := func(format string) func(n uint64) string {
		return func(n uint64) string {
			k := int(n % uint64(len(shelves)*len(grades))) //nolint:gosec // small
			return fmt.Sprintf(format, shelves[k%len(shelves)], grades[k/len(shelves)])
		}
	}
	find := func(n uint64) string {
		_, limit := wording(n)
		return fmt.Sprintf("/api/v1/items?q=%s&limit=%d", url.QueryEscape(anew(n)), limit)
	}
	return []scenario{
		{name: "item_html", what: "item page, visitor, warm", of: "row", budget: 0.6, warm: visited, load: get(16, "", "gzip", func(n uint64) string { return "/i/" + w.items[n%visited].sku })},
		{name: "item_json", what: "item JSON, visitor, warm", of: "row", budget: 0.6, warm: visited, load: get(16, "", "", func(n uint64) string { return item(len(w.items))(n % visited) })},
		{name: "list_html", what: "list of 24 with two facets, page, visitor, warm", of: "list", budget: 0.6, warm: 48, load: get(16, "", "gzip", list("/c/%s?attr.grade=%s&attr.standard=GB/T+11263"))},
		{name: "list_json", what: "list of 24 with two facets, JSON, visitor, warm", of: "list", budget: 0.6, warm: 48, load: get(16, "", "", list("/api/v1/items?category=%s&attr=grade:%s&attr=standard:GB/T+11263"))},
		{name: "buyer_item", what: "item JSON, buyer with own prices", of: "row", budget: 0.25, load: get(16, "browse", "", item(2000))},
		{name: "buyer_list", what: "list of 24, JSON, buyer with own prices", of: "list", budget: 0.33, load: get(16, "browse", "", list("/api/v1/items?category=%s&attr=grade:%s&attr=standard:GB/T+11263"))},
		{name: "search", what: "search, JSON, visitor, list not in memory", of: "find", budget: 0.66, load: get(16, "", "", find)},
		{name: "cart", what: "add to cart", of: "update", budget: 0.25, writes: true, load: w.cart(addr)},
		{name: "place", what: "place an order of 3 lines", of: "order", budget: 0.2, writes: true, load: w.place(addr)},
	}
}

// visited is how many different item pages visitors look at.
const visited = 200

func (w *crowd) signed(r *fasthttp.Request, addr, method, uri, kind string, who int) {
	r.Header.SetMethod(method)
	r.SetRequestURI("http://" + addr + uri)
	r.UseHostHeader = true
	r.Header.SetHost(marketHost)
	r.Header.SetContentType("application/json")
	r.Header.Set("Authorization", "Bearer "+token(w.run, kind, who))
}

func (w *crowd) cart(addr string) load {
	return load{addr: addr, conns: 16, want: 200, fill: func(n uint64, r *fasthttp.Request) bool {
		who, line := int(n%shoppers), int(n/shoppers%cartLines)
		offer := w.offers[hop(uint64(who*cartLines+line), len(w.offers))]
		w.signed(r, addr, fasthttp.MethodPut, "/api/v1/cart/lines/"+uuid.UUID(offer).String(), "shop", who)
		r.SetBodyString(fmt.Sprintf(`{"quantity":{"value":"%d","unit":"H87"}}`, 1+n%50))
		return true
	}}
}

func (w *crowd) place(addr string) load {
	return load{addr: addr, conns: 16, want: 201, fill: func(n uint64, r *fasthttp.Request) bool {
		who := w.placed + int(n) //nolint:gosec // small
		if who >= w.orders {
			return false
		}
		w.signed(r, addr, fasthttp.MethodPost, "/api/v1/orders", "order", who)
		r.Header.Set("Idempotency-Key", fmt.Sprintf("%x", md5.Sum(fmt.Appendf(nil, "%s %d", w.run, who)))) //nolint:gosec // a name
		r.SetBodyString(fmt.Sprintf(`{"checkout_id":"%s","ship_to":{"contact":"Li","street":"1 Road","city":"上海","country":"CN"},"po_number":"B-%d"}`, nameOf(w.run, "checkout", who), who))
		return true
	}}
}

// counters gives every scenario its own count of asks, which goes on from round to round.
func counters(all []scenario) []scenario {
	for i := range all {
		all[i].load.next = new(atomic.Uint64)
	}
	return all
}

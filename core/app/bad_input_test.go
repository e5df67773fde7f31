package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// refused is one request that must be refused with a typed problem.
type refused struct {
	name   string
	status int
	code   string
	send   func() heard
}

func TestBadInputIsRefusedWithATypedProblemAndNothingIsStored(t *testing.T) {
	h := apptest.New(t)
	buyer := h.Client(t, "steel", "buyer2@steel.example")
	offer := seller(t, itemBySKU(t, buyer, "HW200x200x8x12-Q355B-12"), "Lanqiao", "H87")
	cart := func(qty, unit string) func() heard {
		return func() heard {
			body := fmt.Sprintf(`{"quantity":{"value":%q,"unit":%q}}`, qty, unit)
			return ask(t, h, buyer, http.MethodPut, "/api/v1/cart/lines/"+offer.Id, "application/json", []byte(body))
		}
	}
	rfq := func(media string, body []byte) func() heard {
		return func() heard { return ask(t, h, buyer, http.MethodPost, "/api/v1/rfqs", media, body) }
	}
	draft := func(qty string) []byte {
		return fmt.Appendf(nil, `{"title":"x","currency":"CNY","closes_at":"2030-01-01T00:00:00Z","lines":[{"description":"beams","qty":{"value":%q,"unit":"TNE"}}]}`, qty)
	}
	nobody := &apptest.Client{Host: "nobody" + buyer.Host[strings.IndexByte(buyer.Host, '.'):], Token: buyer.Token}
	old := h.Client(t, "steel", "buyer3@steel.example")
	expire(t, h, old)
	before := quiet(t, h)
	for _, c := range []refused{
		{"a host that is nobody's", 404, "http.unknown_host", func() heard { return ask(t, h, nobody, "GET", "/api/v1/items", "", nil) }},
		{"an expired session", 401, "identity.session_ended", func() heard { return ask(t, h, old, "GET", "/api/v1/me", "", nil) }},
		{"a session of another marketplace", 401, "identity.session_ended", func() heard {
			return ask(t, h, &apptest.Client{Host: h.Host("pharma"), Token: buyer.Token}, "GET", "/api/v1/me", "", nil)
		}},
		{"an identifier that is none", 422, "http.invalid", func() heard { return ask(t, h, buyer, "GET", "/api/v1/orders/1%27%20OR%201=1", "", nil) }},
		{"a negative quantity", 422, "", cart("-1", "H87")},
		{"no quantity", 422, "", cart("0", "H87")},
		{"a quantity beyond reason", 422, "", cart("999999999999999", "H87")},
		{"a quantity that is no number", 422, "", cart("NaN", "H87")},
		{"a quantity in another notation", 422, "", cart("1e3", "H87")},
		{"part of a piece", 422, "", cart("0.5", "H87")},
		{"a unit that does not fit", 422, "", cart("1", "MTR")},
		{"a unit that does not exist", 422, "", cart("1", "ZZZ")},
		{"a negative quantity in a request", 422, "sourcing.rfq_invalid", rfq("application/json", draft("-3"))},
		{"an absurd quantity in a request", 422, "sourcing.rfq_invalid", rfq("application/json", draft("1000000000000000"))},
		{"broken JSON", 400, "http.json_malformed", rfq("application/json", []byte(`{"title":`))},
		{"broken UTF-8", 400, "http.text_malformed", rfq("application/json", []byte("{\"title\":\"\xff\xfe\"}"))},
		{"a NUL", 400, "http.text_malformed", rfq("application/json", []byte(`{"title":"a\u0000b"}`))},
		{"another content type", 415, "http.content_type_unsupported", rfq("text/xml", []byte("<x/>"))},
		{"a field that does not exist", 422, "http.invalid", rfq("application/json", bytes.Replace(draft("1"), []byte(`"title"`), []byte(`"tenant_id":"x","title"`), 1))},
		{"a body of a gigabyte", 413, "http.body_too_large", func() heard { return raw(t, h, buyer, "Content-Length: 1073741824\r\n", nil) }},
		{"a gzip bomb", 415, "http.encoding_unsupported", func() heard { return raw(t, h, buyer, "Content-Encoding: gzip\r\n", bomb(t)) }},
	} {
		started := time.Now()
		got := c.send()
		if got.status != c.status || c.code != "" && got.code() != c.code || got.code() == "" {
			t.Errorf("%s: %d %s, want %d %s: %.300s", c.name, got.status, got.code(), c.status, c.code, got.body)
		}
		if took := time.Since(started); took > 20*time.Second { // a refusal, not somebody's patience coming to its end
			t.Errorf("%s: refused after %v", c.name, took)
		}
	}
	if after := quiet(t, h); after != before {
		t.Errorf("something was stored: %s", firstDifference([]byte(before), []byte(after)))
	}
}

// expire ends a session as time would, before anybody has looked at it: a session once
// read is remembered with its end, which no row can move afterwards.
func expire(t *testing.T, h *apptest.House, c *apptest.Client) {
	t.Helper()
	hash := identity.HashToken(c.Token)
	tag, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions SET expires_at = now() - interval '1 minute' WHERE token_hash = $1`, hash[:])
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatal(tag, err)
	}
}

// quiet waits until nothing moves by itself any more, and says what there is.
func quiet(t *testing.T, h *apptest.House) string {
	t.Helper()
	last := rows(t, h, id.Tenant{})
	for range 40 {
		time.Sleep(250 * time.Millisecond)
		now := rows(t, h, id.Tenant{})
		if now == last {
			return now
		}
		last = now
	}
	t.Fatal("the house does not come to rest")
	return ""
}

// raw sends a head of its own making, so that no library corrects it.
func raw(t *testing.T, h *apptest.House, who *apptest.Client, head string, body []byte) heard {
	t.Helper()
	conn, err := net.Dial("tcp", h.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if !strings.Contains(head, "Content-Length") {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(conn, "POST /api/v1/rfqs HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Type: application/json\r\n%s\r\n", who.Host, who.Token, apptest.Key(), head)
	_, _ = conn.Write(body)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var b bytes.Buffer
	_, _ = b.ReadFrom(res.Body)
	return levelled(res, b.Bytes(), "/api/v1/rfqs")
}

// bomb is 200 MB of nothing in 200 KB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	chunk := make([]byte, 1<<20)
	for range 200 {
		if _, err := z.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	_ = z.Close()
	return b.Bytes()
}

func TestTheSameKeyWithAnotherBodyIsRefused(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer := h.Client(t, "steel", "buyer3@steel.example")
	key := apptest.Key()
	in := kontor.PostRfqsRequest{Title: "one", Currency: "CNY", ClosesAt: time.Now().Add(time.Hour * 24).UTC().Truncate(time.Second), Lines: &[]kontor.SourcingLineInput{{Description: new("beams"), Qty: kontor.SourcingQtyInput{Value: "1", Unit: new("TNE")}}}}
	post := func() (*kontor.PostRfqsResponse, error) {
		return buyer.PostRfqsWithResponse(t.Context(), &kontor.PostRfqsParams{IdempotencyKey: key}, in)
	}
	r, err := post()
	first := apptest.Got(t, r, err, 201, func() *kontor.SourcingRfqView { return r.JSON201 })
	r, err = post()
	if again := apptest.Got(t, r, err, 201, func() *kontor.SourcingRfqView { return r.JSON201 }); again.Id != first.Id || r.HTTPResponse.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same request again made %s beside %s", again.Id, first.Id)
	}
	in.Title = "two"
	r, err = post()
	apptest.Refused(t, r, err, 422, "http.idempotency_mismatch")
}

func TestOfTwoAwardsAtOnceOneHolds(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	s := newSteelSale(t, h)
	s.request(t)
	quote := s.offer(t, s.lanqiao, "0", "3200", "3100")
	closed, err := s.buyer.PostRfqsByIdCloseWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdCloseParams{IdempotencyKey: apptest.Key()})
	apptest.Got(t, closed, err, 200, func() *kontor.SourcingRfqView { return closed.JSON200 })
	var in kontor.PostRfqsByIdAwardRequest
	for _, l := range s.rfq.Lines {
		in.Lines = append(in.Lines, kontor.SourcingAwardLineInput{Line: l.Id, Quote: quote.Id})
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[int]int{}
	for range 4 {
		wg.Go(func() {
			r, err := s.buyer.PostRfqsByIdAwardWithResponse(t.Context(), s.rfq.Id, &kontor.PostRfqsByIdAwardParams{IdempotencyKey: apptest.Key()}, in)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			got[r.StatusCode()]++
		})
	}
	wg.Wait()
	if got[200] != 1 || got[409] != 3 {
		t.Errorf("four awards at once: %v", got)
	}
	var orders int
	err = h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM ordering_orders o JOIN ordering_groups g ON g.tenant_id = o.tenant_id AND g.id = o.group_id WHERE g.rfq_id = $1`, s.rfq.Id).Scan(&orders)
	if err != nil || orders != 1 {
		t.Errorf("%d orders came of it: %v", orders, err)
	}
}

// nasty are texts that mean something to somebody: SQL, a page, a shell, a template, a
// number's edge.
var nasty = []any{
	`'); DROP TABLE ordering_orders; --`, `<script>alert(1)</script><img src=x onerror=alert(1)>`, `{{.}}${7*7}$(id)%n%s../../etc/passwd`,
	strings.Repeat("长", 20_000), -9223372036854775808, 1e308, nil,
	[]any{},
	map[string]any{},
}

// TestNoFieldOfAnyBodyBreaksTheHouse is generated from the API's description: into every
// field of every body goes every nasty value. Each answer is a typed problem or a success,
// never a failure, and where all were refused nothing is stored.
func TestNoFieldOfAnyBodyBreaksTheHouse(t *testing.T) {
	h := apptest.New(t)
	d := describe(t, h)
	people := []*apptest.Client{
		h.Client(t, "steel", "buyer2@steel.example"), h.Client(t, "steel", "seller@steel.example"), h.Client(t, "steel", "operator@steel.example"),
		h.Client(t, "platform", "admin@platform.example"), h.Client(t, "procure", "approver2@procure.example"),
	}
	before, fields := quiet(t, h), 0
	for _, l := range h.Web.Table() {
		s := d.body(l.Method, l.Path)
		if !l.API || s == nil {
			continue
		}
		who := allowed(t, h, d, l, people)
		all := true
		for _, at := range leaves(d.sample("", s), nil) {
			fields++
			for _, bad := range nasty {
				body, err := json.Marshal(with(d.sample("", s), at, bad))
				if err != nil {
					t.Fatal(err)
				}
				got := ask(t, h, who, l.Method, strange(l.Path), "application/json", body)
				if got.status >= 500 || got.status >= 400 && got.code() == "" {
					t.Errorf("%s %s with %.60v in %v: %d %.300s", l.Method, l.Path, bad, at, got.status, got.body)
				}
				all = all && got.status >= 400
			}
		}
		now := rows(t, h, id.Tenant{})
		if all && now != before {
			t.Errorf("%s %s refused everything, but something was stored: %s", l.Method, l.Path, firstDifference([]byte(before), []byte(now)))
		}
		before = now
		if !all {
			before = quiet(t, h)
		}
	}
	if fields < 150 {
		t.Errorf("only %d fields were tried; is the description read as it is meant?", fields)
	}
}

// allowed is the first of some people whose role lets him call a route.
func allowed(t *testing.T, h *apptest.House, d *document, l web.Line, people []*apptest.Client) *apptest.Client {
	t.Helper()
	for _, p := range people {
		if got := ask(t, h, p, l.Method, strange(l.Path), "application/json", []byte(`{}`)); got.code() != "http.role_missing" {
			return p
		}
	}
	t.Errorf("%s %s: nobody here may call it", l.Method, l.Path)
	return people[0]
}

// leaves are the paths of every value inside v that is not made of others.
func leaves(v any, at []any) [][]any {
	switch v := v.(type) {
	case map[string]any:
		var out [][]any
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, leaves(v[k], append(slices.Clone(at), k))...)
		}
		return out
	case []any:
		return leaves(v[0], append(slices.Clone(at), 0))
	}
	return [][]any{at}
}

// with puts a value at a path.
func with(v any, at []any, value any) any {
	if len(at) == 0 {
		return value
	}
	switch v := v.(type) {
	case map[string]any:
		k := at[0].(string)
		v[k] = with(v[k], at[1:], value)
	case []any:
		v[0] = with(v[0], at[1:], value)
	}
	return v
}

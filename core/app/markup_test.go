package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/web"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
	"github.com/kontorhq/kontor/tenants"
)

// hostile closes what it might stand in: an SQL string, an element, an attribute, a script,
// a template.
const hostile = `';DROP TABLE x;--</script><script>alert(7)</script>"><img src=x>{{7}}`

// untouched are writes whose text nobody new can reach, or which would end his session.
func untouched(l web.Line) bool {
	return !l.API || l.Method == http.MethodGet || l.Method == http.MethodDelete || strings.Contains(l.Path, "/sessions") || strings.Contains(l.Path, "/platform/") || strings.HasSuffix(l.Path, "/me/org")
}

// A company that is new here writes SQL and markup into every text of every request. It is
// stored as text or refused with a typed problem, and no page that shows it runs it.
func TestSQLAndMarkupAreTextWhereverTheyAreWritten(t *testing.T) {
	h := apptest.New(t)
	d := describe(t, h)
	heard := h.Listen()
	who, own := newcomer(t, h)
	sent, kept := 0, 0
	for _, l := range h.Web.Table() {
		schema := d.body(l.Method, l.Path)
		if untouched(l) || schema == nil {
			continue
		}
		path := l.Path
		for name, id := range own {
			path = strings.Replace(path, name, id, 1)
		}
		path = strange(path)
		for _, body := range spoiled(d.sample("", schema)) {
			raw, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			got := ask(t, h, who, l.Method, path, "application/json", raw)
			sent++
			switch {
			case got.status >= 500, got.status >= 400 && got.code() == "":
				t.Errorf("%s %s: %d %.300s\nsent %.600s", l.Method, path, got.status, got.body, raw)
			case got.status < 300:
				kept++
			}
		}
	}
	if sent < 150 || kept < 6 {
		t.Errorf("%d requests, %d of them taken: is this still a trial?", sent, kept)
	}
	shown := 0
	operator := h.Client(t, "steel", "operator@steel.example")
	for _, at := range []struct {
		who  *apptest.Client
		path string
	}{
		{who, "/buyer"},
		{who, "/buyer/rfqs"},
		{who, "/buyer/rfqs/" + own["/rfqs/{id}"][len("/rfqs/"):]},
		{who, "/buyer/company"},
		{who, "/buyer/company/profile"},
		{who, "/buyer/company/members"},
		{who, "/buyer/company/addresses"},
		{who, "/buyer/company/licences"},
		{who, "/buyer/company/budgets"},
		{who, "/seller"},
		{who, "/seller/company"},
		{who, "/seller/stock"},
		{who, "/seller/offers"},
		{who, "/account"},
		{who, "/messages"},
		{operator, "/operator"},
		{operator, "/operator/companies"},
		{operator, "/operator" + own["/companies/{id}"]},
		{operator, "/operator/catalogue"},
		{operator, "/operator/audit"},
		{operator, "/operator/audit.csv"},
	} {
		got := ask(t, h, at.who, http.MethodGet, at.path, "", nil)
		if got.status != http.StatusOK {
			t.Errorf("%s: %d", at.path, got.status)
		}
		html := strings.Contains(got.head, "text/html")
		if html && (strings.Contains(got.body, "<script>alert(7)") || strings.Contains(got.body, "<img src=x")) {
			t.Errorf("%s runs what was written", at.path)
		}
		if strings.Contains(got.body, "alert(7)") {
			shown++
		}
	}
	unsaid(t, heard(), "alert(7)", "newcomer@markup.example", who.Token, tenants.DemoPassword, "MARKUP-1")
	if shown < 4 {
		t.Errorf("what was written is shown on %d pages only: nothing was tried", shown)
	}
}

// unsaid makes sure that the log, which told every request at debug level, repeats nothing
// of what people wrote or carry (trust.md S42).
func unsaid(t *testing.T, log string, words ...string) {
	t.Helper()
	if n := strings.Count(log, `"route":`); n < 200 {
		t.Errorf("the log tells of %d requests: was anybody listening?", n)
	}
	for _, w := range words {
		if i := strings.Index(log, w); i >= 0 {
			t.Errorf("the log says %q: …%s…", w, log[max(0, i-200):min(len(log), i+100)])
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log was broken: %s", line)
		}
	}
}

// newcomer is the administrator of an admitted company of his own, and the paths to what
// is his.
func newcomer(t *testing.T, h *apptest.House) (*apptest.Client, map[string]string) {
	t.Helper()
	const email = "newcomer@markup.example"
	v := h.Visitor(t, "steel")
	reg, err := v.PostRegistrationsWithResponse(t.Context(), &kontor.PostRegistrationsParams{IdempotencyKey: apptest.Key()}, kontor.PostRegistrationsRequest{
		Company: kontor.PartiesCompanyBody{Name: hostile, Country: "DE", RegKind: "other", RegNo: "MARKUP-1", City: new(hostile), Address: new(hostile), Buys: true, Sells: true},
		Person:  kontor.PartiesPersonBody{Email: email, Name: hostile, Password: tenants.DemoPassword},
	})
	if err != nil || reg.StatusCode() != 202 {
		t.Fatalf("register: %v %d %s", err, reg.StatusCode(), reg.Body)
	}
	who := h.Client(t, "steel", email)
	me, err := who.GetMeWithResponse(t.Context())
	org := *apptest.Got(t, me, err, 200, func() *kontor.IdentityMeView { return me.JSON200 }).OrgId
	op := h.Client(t, "steel", "operator@steel.example")
	if got := ask(t, h, op, http.MethodPost, "/api/v1/companies/"+org+"/decision", "application/json", []byte(`{"decision":"approved","version":1}`)); got.status != 200 {
		t.Fatalf("admit: %d %s", got.status, got.body)
	}
	rfq := ask(t, h, who, http.MethodPost, "/api/v1/rfqs", "application/json", fmt.Appendf(nil, `{"title":"x","currency":"CNY","closes_at":%q,"lines":[{"description":"x","qty":{"value":"1","unit":"TNE"}}]}`, time.Now().AddDate(0, 0, 7).Format(time.RFC3339)))
	var all struct {
		Items []struct{ ID string }
	}
	list, err := plain(h).Do(plainly(t, who, "/api/v1/rfqs"))
	if err != nil || rfq.status != 201 {
		t.Fatalf("a request of his own: %v %d %s", err, rfq.status, rfq.body)
	}
	defer func() { _ = list.Body.Close() }()
	if err := json.NewDecoder(list.Body).Decode(&all); err != nil || len(all.Items) != 1 {
		t.Fatalf("%v %+v", err, all)
	}
	return who, map[string]string{"/companies/{id}": "/companies/" + org, "/rfqs/{id}": "/rfqs/" + all.Items[0].ID}
}

func plainly(t *testing.T, who *apptest.Client, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+who.Host+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+who.Token)
	return r
}

// spoiled are copies of a body with one of its texts made hostile, and one with all.
func spoiled(body any) []any {
	var out []any
	all := true
	var walk func(v any, at int, n *int) any
	walk = func(v any, at int, n *int) any {
		switch v := v.(type) {
		case string:
			*n++
			if all || *n == at {
				return hostile
			}
			return v
		case []any:
			c := make([]any, len(v))
			for i := range v {
				c[i] = walk(v[i], at, n)
			}
			return c
		case map[string]any:
			c := map[string]any{}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				c[k] = walk(v[k], at, n)
			}
			return c
		}
		return v
	}
	texts := 0
	out = append(out, walk(body, 0, &texts))
	all = false
	for at := 1; at <= texts; at++ {
		n := 0
		out = append(out, walk(body, at, &n))
	}
	return out
}

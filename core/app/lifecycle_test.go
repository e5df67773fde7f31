package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/tenancy"
)

// asPlatform is the platform's administrator, as his services see him.
func asPlatform(t testing.TB, h *apptest.House) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: tenantID(t.(*testing.T), h, "platform"), Kind: caller.Person, Person: id.Person{}.New(), Name: "admin", Roles: []string{caller.RolePlatform}, Locale: "en"})
}

// interruptions makes the work of a test's own markets die where the test wants it to.
type interruptions struct {
	mu   sync.Mutex
	once map[string]bool // "slug/step": dies once there
	died map[string]int
}

var kills = &interruptions{once: map[string]bool{}, died: map[string]int{}}

func (k *interruptions) at(r tenancy.Run, step string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := r.Slug + "/" + string(r.Workflow) + "/" + step
	if k.once[key] {
		delete(k.once, key)
		k.died[r.Slug]++
		return errors.New("killed by a test at " + key)
	}
	return nil
}

func (k *interruptions) plan(slug string, w tenancy.Workflow, steps ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range steps {
		k.once[slug+"/"+string(w)+"/"+s] = true
	}
}

// orderMarket makes a market of the platform's and waits until it stands.
func orderMarket(t *testing.T, h *apptest.House, in tenancy.NewMarket) tenancy.Run {
	t.Helper()
	if in.Name == nil {
		in.Name = map[string]string{"en": "Test market", "zh-CN": "测试市场"}
	}
	if in.Locale == "" {
		in.Locale, in.Region = "en", "de"
	}
	ctx := asPlatform(t, h)
	r, err := h.Tenancy.Create(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return await(t, h, ctx, r.ID)
}

func await(t *testing.T, h *apptest.House, ctx context.Context, which id.Run) (r tenancy.Run) { //nolint:revive // tests pass t first
	t.Helper()
	pgtest.Eventually(t, 90*time.Second, "the work ends", func() bool {
		got, err := h.Tenancy.Store.Run(ctx, which)
		if err != nil {
			t.Fatal(err)
		}
		r = got
		return r.State != tenancy.RunOpen
	})
	if r.State != tenancy.RunDone {
		t.Fatalf("the work was given up: %+v", r.Steps)
	}
	return r
}

// standing is what there is of a market, without what differs from one to the next by nature.
func standing(t *testing.T, h *apptest.House, slug string) string {
	t.Helper()
	ctx, tid := context.Background(), tenantID(t, h, slug)
	var b strings.Builder
	for _, q := range []string{
		`SELECT 'state '||state||' '||kind FROM tenancy_tenants WHERE id = $1`,
		`SELECT 'host '||count(*) FROM tenancy_hosts WHERE tenant_id = $1`,
		`SELECT 'roles '||count(*)||' '||string_agg(ptype||v0||v1, ',' ORDER BY ptype, v0, v1) FROM gate_rules WHERE tenant_id = $1`,
		`SELECT 'key '||count(*) FROM vault_keys WHERE tenant_id = $1`,
		`SELECT 'plugin '||coalesce(string_agg(plugin||config::text, ',' ORDER BY plugin), '') FROM plugin_installations WHERE tenant_id = $1`,
		`SELECT 'categories '||count(*)||' '||count(DISTINCT id) FROM catalog_categories WHERE tenant_id = $1`,
		`SELECT 'attributes '||count(*) FROM catalog_attributes WHERE tenant_id = $1`,
		`SELECT 'people '||count(*)||' '||coalesce(string_agg(staff_role||state, ','), '') FROM identity_people WHERE tenant_id = $1`,
		`SELECT 'tokens '||count(*) FROM identity_tokens WHERE tenant_id = $1`,
		`SELECT 'letters '||count(*) FROM notify_mails WHERE tenant_id = $1 AND body_text LIKE '%/reset?token=%'`,
	} {
		var line string
		if err := h.DB.Ops(t).QueryRow(ctx, q, tid.UUID()).Scan(&line); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestAMarketIsMadeWholeHoweverOftenItsMakerDies(t *testing.T) {
	h := apptest.New(t)
	h.Tenancy.Interrupt(kills.at)
	var steps []string
	for _, s := range orderMarket(t, h, tenancy.NewMarket{Slug: "undisturbed", Kind: tenancy.Open, Pack: "general", Email: "op@undisturbed.example"}).Steps {
		steps = append(steps, s.Name)
		if s.State != tenancy.StepDone || s.Attempts != 1 {
			t.Errorf("step %s: %s after %d attempts", s.Name, s.State, s.Attempts)
		}
	}
	want := standing(t, h, "undisturbed")
	if !strings.Contains(want, "state active open") || !strings.Contains(want, "key 1") || !strings.Contains(want, "people 1 operatoractive") || !strings.Contains(want, "letters 1") {
		t.Fatalf("the market is not whole:\n%s", want)
	}
	if len(steps) != 7 {
		t.Fatalf("steps %v", steps)
	}
	var wg sync.WaitGroup
	for i, step := range append(steps, "") { // each one alone, and all of them
		slug := fmt.Sprintf("killed-%d", i)
		dies := []string{step}
		if step == "" {
			dies = steps
		}
		kills.plan(slug, tenancy.Provision, dies...)
		wg.Go(func() {
			orderMarket(t, h, tenancy.NewMarket{Slug: slug, Kind: tenancy.Open, Pack: "general", Email: "op@" + slug + ".example"})
			if got := standing(t, h, slug); got != want {
				t.Errorf("killed at %v it ended as\n%s\nand not as\n%s", dies, got, want)
			}
			kills.mu.Lock()
			defer kills.mu.Unlock()
			if kills.died[slug] != len(dies) {
				t.Errorf("it died %d times, not at %v", kills.died[slug], dies)
			}
		})
	}
	wg.Wait()
}

func TestEveryKindOfMarketCanBeOrderedAndAnswers(t *testing.T) {
	h := apptest.New(t)
	for kind, pack := range map[tenancy.Kind]string{tenancy.Vertical: "pharma", tenancy.Portal: "indirect", tenancy.Single: "steel"} {
		slug := "kind-" + string(kind)
		orderMarket(t, h, tenancy.NewMarket{Slug: slug, Kind: kind, Pack: pack, Email: "op@" + slug + ".example"})
		for path, status := range map[string]int{"/sign-in": http.StatusOK, "/": http.StatusOK} {
			if kind == tenancy.Portal && path == "/" {
				status = http.StatusSeeOther
			}
			if got := visit(t, h, slug, path); got.StatusCode != status {
				t.Errorf("%s%s: %d", slug, path, got.StatusCode)
			}
		}
	}
}

// visit asks for a page as a visitor.
func visit(t *testing.T, h *apptest.House, slug, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+h.Addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = slug + ".localhost"
	r.Header.Set("Accept-Language", "en")
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestAnOrderForAMarketIsCheckedWhole(t *testing.T) {
	h := apptest.New(t)
	good := tenancy.NewMarket{Slug: "checked", Name: map[string]string{"en": "Checked", "zh-CN": "已核对"}, Kind: tenancy.Open, Pack: "general", Region: "de", Email: "op@checked.example", Locale: "en"}
	for name, spoil := range map[string]func(*tenancy.NewMarket){
		"an empty slug": func(m *tenancy.NewMarket) { m.Slug = "" }, "a reserved one": func(m *tenancy.NewMarket) { m.Slug = "www" }, "one that climbs": func(m *tenancy.NewMarket) { m.Slug = "../x" },
		"a long one": func(m *tenancy.NewMarket) { m.Slug = strings.Repeat("a", 31) }, "no Chinese name": func(m *tenancy.NewMarket) { m.Name = map[string]string{"en": "X Y"} },
		"another language": func(m *tenancy.NewMarket) { m.Name = map[string]string{"en": "XY", "zh-CN": "名字", "fr": "Z"} }, "the platform's kind": func(m *tenancy.NewMarket) { m.Kind = tenancy.Platform },
		"a pack of another kind": func(m *tenancy.NewMarket) { m.Pack = "pharma" }, "no such region": func(m *tenancy.NewMarket) { m.Region = "mars" },
		"no address": func(m *tenancy.NewMarket) { m.Email = "op" }, "two addresses": func(m *tenancy.NewMarket) { m.Email = "a@b.example, c@d.example" }, "no such language": func(m *tenancy.NewMarket) { m.Locale = "fr" },
	} {
		in := good
		spoil(&in)
		if _, err := h.Tenancy.Create(asPlatform(t, h), in); !errors.Is(err, tenancy.ErrMarket) {
			t.Errorf("%s: %v", name, err)
		}
	}
	in := good
	in.Slug = "steel"
	if _, err := h.Tenancy.Create(asPlatform(t, h), in); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("a name that is taken: %v", err)
	}
	op := caller.With(context.Background(), caller.Caller{Tenant: tenantID(t, h, "steel"), Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{caller.RoleOperator, caller.RolePlatform}, Locale: "en"})
	if _, err := h.Tenancy.Create(op, good); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("somebody of a market made one: %v", err)
	}
	// of two at once one is made
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for range 4 {
		wg.Go(func() {
			_, err := h.Tenancy.Create(asPlatform(t, h), good)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else if !errors.Is(err, tenancy.ErrUnderway) && !errors.Is(err, tenancy.ErrSlugTaken) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if made != 1 {
		t.Errorf("%d of four were made", made)
	}
}

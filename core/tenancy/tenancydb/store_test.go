package tenancydb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
	"github.com/kontorhq/kontor/policies"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// log remembers events and audit entries.
type log struct {
	mu     sync.Mutex
	events []event.Event
	audit  []audit.Entry
}

func (l *log) Append(_ context.Context, es ...event.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, es...)
	return nil
}

func (l *log) Record(_ context.Context, e audit.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.audit = append(l.audit, e)
	return nil
}

type house struct {
	*tenancy.Service
	gate *gate.Gate
	log  *log
	db   *pgtest.DB
	now  *time.Time
	dns  *zones
}

func setup(t *testing.T) house {
	t.Helper()
	db := pgtest.New(t)
	now := time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC) // New Year in Shanghai
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: gate.NewDB(db.DB)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	h := house{gate: g, log: &log{}, db: db, now: &now, dns: &zones{txt: map[string][]string{}}}
	h.Service = tenancy.New(tenancy.Deps{
		Store: tenancydb.New(db.DB), Unit: db.DB, Gate: g, Events: h.log, Audit: h.log,
		Now: func() time.Time { return *h.now }, Verticals: g.Verticals(),
		BaseDomain: "kontor.example", DNS: h.dns,
	})
	h.OnChange(g.Invalidate)
	return h
}

// blueprint has a slug of its own, so that tests run beside each other.
func blueprint(t *testing.T) tenancy.Blueprint {
	slug := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	return tenancy.Blueprint{
		Slug: slug, Kind: tenancy.Vertical, Name: map[string]string{"en": "Pharma", "zh-CN": "药材"}, Ref: "tenants/pharma", Hash: "h1",
		Hosts: []tenancy.Host{{Name: slug + ".localhost", Canonical: true}, {Name: "www." + slug + ".localhost"}},
		Settings: tenancy.Settings{
			Locales: []string{"en", "zh-CN"}, DefaultLocale: "en", Currency: "USD", TimeZone: "Asia/Shanghai", Theme: "pharma",
			Verticals: []string{"pharma"}, ReleaseLimitMinor: 5000,
		},
		Roles: []tenancy.RoleLine{{Type: "g", Role: "trader", Grants: "buyer"}, {Type: "g", Role: "trader", Grants: "seller"}},
	}
}

func TestABlueprintAppliedTwiceChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	h, ctx := setup(t), context.Background()
	b := blueprint(t)
	first, d, err := h.Apply(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	if !d.New || first.State != tenancy.Active || first.CanonicalHost() != b.Slug+".localhost" || len(first.Hosts) != 2 {
		t.Fatalf("made %+v", first)
	}
	second, d, err := h.Apply(ctx, b)
	if err != nil || !d.Empty() {
		t.Fatalf("the second time changes %s (%v)", d, err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

func TestAChangedBlueprintPrintsItsDifferenceAndIsFollowed(t *testing.T) {
	t.Parallel()
	h, ctx := setup(t), context.Background()
	b := blueprint(t)
	was, _, err := h.Apply(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	trader := caller.With(ctx, caller.Caller{Tenant: was.ID, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{"trader"}})
	if !h.gate.Can(trader, "sourcing.quote.submit") {
		t.Fatal("the blueprint's role does not work")
	}
	b.Hash, b.Settings.Currency, b.Hosts, b.Roles = "h2", "EUR", b.Hosts[:1], b.Roles[:1]
	want := b.Slug + ": changes\n" +
		"  - hosts[www." + b.Slug + ".localhost]: alias\n" +
		"  - roles[g, trader, seller]: granted\n" +
		"  ~ settings.currency: \"USD\" -> \"EUR\"\n"
	if d, err := h.Plan(ctx, b); err != nil || d.String() != want {
		t.Fatalf("%v\n%s", err, cmp.Diff(want, d.String()))
	}
	now, _, err := h.Apply(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	if now.ID != was.ID || now.Settings.Currency != "EUR" || now.PolicyVersion <= was.PolicyVersion {
		t.Errorf("became %+v", now)
	}
	if h.gate.Can(trader, "sourcing.quote.submit") || !h.gate.Can(trader, "ordering.order.place") {
		t.Error("the role still does what was taken away")
	}
	if _, err := h.ByHost(ctx, "www."+b.Slug+".localhost"); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("the old address still answers: %v", err)
	}
}

func TestAnAddressBelongsToOneMarketplace(t *testing.T) {
	t.Parallel()
	h, ctx := setup(t), context.Background()
	b := blueprint(t)
	if _, _, err := h.Apply(ctx, b); err != nil {
		t.Fatal(err)
	}
	thief := b
	thief.Slug += "-thief"
	if _, _, err := h.Apply(ctx, thief); !errors.Is(err, tenancy.ErrTaken) {
		t.Fatalf("got %v", err)
	}
	if _, err := tenancydb.New(h.db.DB).BySlug(ctx, thief.Slug); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("a refused tenant was stored: %v", err)
	}
	got, err := h.ByHost(ctx, strings.ToUpper(b.Slug)+".LOCALHOST:8080")
	if err != nil || got.Slug != b.Slug {
		t.Errorf("%v %v", got.Slug, err)
	}
}

func TestTheAddressOfNobodyIsNobodys(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for _, host := range []string{"nobody.localhost", "", "a b", "' OR 1=1"} {
		if _, err := h.ByHost(context.Background(), host); !errors.Is(err, tenancy.ErrNotFound) {
			t.Errorf("%q: %v", host, err)
		}
	}
}

func platform(t *testing.T, h house) context.Context {
	t.Helper()
	b := blueprint(t)
	b.Slug += "-platform"
	b.Kind, b.Settings.Verticals, b.Hosts = tenancy.Platform, nil, []tenancy.Host{{Name: b.Slug + ".localhost", Canonical: true}}
	p, _, err := h.Apply(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	return caller.With(context.Background(), caller.Caller{Tenant: p.ID, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{"platform"}})
}

func TestASuspendedMarketplaceStopsAtOnceAndTheRecordSaysWhy(t *testing.T) {
	t.Parallel()
	h := setup(t)
	admin := platform(t, h)
	shop, _, err := h.Apply(context.Background(), blueprint(t))
	if err != nil {
		t.Fatal(err)
	}
	buyer := caller.With(context.Background(), caller.Caller{Tenant: shop.ID, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{"buyer"}})
	if !h.gate.Can(buyer, "ordering.order.place") {
		t.Fatal("an open shop sells nothing")
	}
	in := tenancy.SetStateInput{Slug: shop.Slug, To: tenancy.Suspended, Note: "fraud report 7", Version: shop.Version}
	got, err := h.SetState(admin, in)
	if err != nil || got.State != tenancy.Suspended {
		t.Fatalf("%v %v", got.State, err)
	}
	if h.gate.Can(buyer, "ordering.order.place") {
		t.Error("a suspended shop still sells")
	}
	want := []event.Event{event.TenantStateChanged{Tenant: shop.ID.String(), Slug: shop.Slug, From: "active", To: "suspended", Note: "fraud report 7"}}
	if d := cmp.Diff(want, h.log.events); d != "" || len(h.log.audit) != 1 {
		t.Errorf("%s, audit %+v", d, h.log.audit)
	}
	if _, err := h.SetState(admin, in); !errors.Is(err, tenancy.ErrStale) {
		t.Errorf("the same version again: %v", err)
	}
	in.Version, in.To = got.Version, tenancy.Deleted
	if _, err := h.SetState(admin, in); !errors.Is(err, tenancy.ErrMove) {
		t.Errorf("deleted without closing first: %v", err)
	}
	in.To, in.Note = tenancy.Active, " "
	if _, err := h.SetState(admin, in); !errors.Is(err, tenancy.ErrNote) {
		t.Errorf("no reason given: %v", err)
	}
}

// A role is worth something only in the tenant that gave it.
func TestOnlyThePlatformManagesMarketplaces(t *testing.T) {
	t.Parallel()
	h := setup(t)
	shop, _, err := h.Apply(context.Background(), blueprint(t))
	if err != nil {
		t.Fatal(err)
	}
	in := tenancy.SetStateInput{Slug: shop.Slug, To: tenancy.Suspended, Note: "x", Version: shop.Version}
	for role, want := range map[string]fault.Kind{"operator": fault.Denied, "buyer": fault.Denied, "platform": fault.NotFound} {
		ctx := caller.With(context.Background(), caller.Caller{Tenant: shop.ID, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{role}})
		if _, err := h.SetState(ctx, in); fault.KindOf(err) != want {
			t.Errorf("%s of a shop: %v", role, err)
		}
		if _, err := h.List(ctx, page.Request{}); fault.KindOf(err) != want {
			t.Errorf("%s of a shop lists: %v", role, err)
		}
	}
	if now, _ := tenancydb.New(h.db.DB).ByID(context.Background(), shop.ID); now.State != tenancy.Active || len(h.log.events) != 0 {
		t.Error("something happened all the same")
	}
}

func TestNumbersCountPerTenantKindAndTheTenantsOwnYear(t *testing.T) {
	t.Parallel()
	h := setup(t)
	shop, _, err := h.Apply(context.Background(), blueprint(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx := caller.AsSystem(context.Background(), shop.ID, "test")
	draw := func(ctx context.Context, kind string, fail error) (n string) {
		err := h.db.Do(ctx, func(ctx context.Context) error {
			var err error
			if n, err = h.Numbers().Next(ctx, kind); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		return n
	}
	got := []string{draw(ctx, "order", nil), draw(ctx, "PO", nil), draw(ctx, "rfq", nil), draw(ctx, "order", errors.New("no")), draw(ctx, "order", nil)}
	want := []string{"PO-2027-000001", "PO-2027-000002", "RFQ-2027-000001", "PO-2027-000003", "PO-2027-000003"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	other := h.db.NewTenant(t)
	if n := draw(other, "order", nil); n != "PO-2026-000001" {
		t.Errorf("another tenant drew %s", n)
	}
	if _, err := h.Numbers().Next(ctx, "order"); err == nil {
		t.Error("a number was drawn outside a unit of work")
	}
}

// In the rush nobody waits for another's commit, no number is given twice, and none is
// beyond the counter. Invoices are counted one by one all the same.
func TestInARushNumbersAreCountedAhead(t *testing.T) {
	t.Parallel()
	h := setup(t)
	ctx := h.db.NewTenant(t)
	boom := errors.New("boom")
	var mu sync.Mutex
	seen := map[string]int{}
	highest := ""
	rush := func(n int, fail error, kinds ...string) {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() {
				err := h.db.Do(ctx, func(ctx context.Context) error {
					all, err := h.Numbers().Take(ctx, kinds...)
					if err != nil || fail != nil {
						return errors.Join(err, fail)
					}
					mu.Lock()
					defer mu.Unlock()
					for _, no := range all {
						seen[no]++
						if strings.HasPrefix(no, "PO") {
							highest = max(highest, no)
						}
					}
					return nil
				})
				if !errors.Is(err, fail) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	for range 5 {
		rush(40, nil, "group", "order", "order")
		rush(3, boom, "group", "order")
		time.Sleep(20 * time.Millisecond) // for pads to be filled
	}
	rush(20, nil, "invoice")
	rush(3, boom, "invoice")
	rush(1, nil, "invoice")
	for no, n := range seen {
		if n != 1 {
			t.Errorf("%s was given out %d times", no, n)
		}
	}
	if len(seen) != 5*40*3+21 || seen["INV-2026-000021"] != 1 {
		t.Errorf("%d numbers", len(seen))
	}
	var counter int64
	if err := h.db.Ops(t).QueryRow(context.Background(), `SELECT value FROM numbering_counters WHERE tenant_id = $1 AND kind = 'PO'`, pgtest.Tenant(t, ctx).UUID()).Scan(&counter); err != nil {
		t.Fatal(err)
	}
	if top := fmt.Sprintf("PO-2026-%06d", counter); highest > top {
		t.Errorf("%s was given out, the counter is at %s", highest, top)
	}
	if counter <= 5*40*2 {
		t.Errorf("nothing was counted ahead: %d", counter)
	}
}

func TestPagesOfMarketplacesFollowEachOther(t *testing.T) {
	t.Parallel()
	h := setup(t)
	admin := platform(t, h)
	if _, _, err := h.Apply(context.Background(), blueprint(t)); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for p := (page.Request{Limit: 1}); ; {
		l, err := h.List(admin, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range l.Items {
			if seen[x.Slug] {
				t.Fatalf("%s twice", x.Slug)
			}
			seen[x.Slug] = true
		}
		if l.Next == "" {
			break
		}
		p.After = l.Next
	}
	if !seen[blueprint(t).Slug] {
		t.Error("a marketplace is missing from the list")
	}
}

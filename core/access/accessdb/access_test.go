package accessdb_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/access/accessdb"
	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/policies"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

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

// works is one tenant with a company, its administrator, and a clock that tests move.
type works struct {
	*access.Service
	gate   *gate.Gate
	db     *pgtest.DB
	log    *log
	sys    context.Context
	admin  context.Context
	tenant id.Tenant
	org    id.Org
	boss   id.Person
	mu     sync.Mutex
	now    time.Time
}

func (w *works) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *works) wait(by time.Duration) { w.mu.Lock(); w.now = w.now.Add(by); w.mu.Unlock() }

func (w *works) node() *access.Service {
	return access.New(access.Deps{Store: accessdb.New(w.db.DB), Unit: w.db.DB, Gate: w.gate, Roles: w.gate, Actions: w.gate, Events: w.log, Audit: w.log, Now: w.clock})
}

func (w *works) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := w.db.Ops(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func setup(t *testing.T) *works {
	t.Helper()
	db := pgtest.New(t)
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: gate.NewDB(db.DB)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	w := &works{gate: g, db: db, log: &log{}, sys: db.NewTenant(t), org: id.Org{}.New(), boss: id.Person{}.New(), now: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)}
	c, _ := caller.From(w.sys)
	w.tenant = c.Tenant
	w.exec(t, `INSERT INTO identity_people (tenant_id, id, email, name, locale, password_hash, staff_role, state, created_at, version) VALUES ($1, $2, 'boss@steel.example', 'Boss', 'en', 'x', '', 'active', now(), 1)`, w.tenant.UUID(), w.boss.UUID())
	w.exec(t, `INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at) VALUES ($1, $2, 'Works', 'CN', 'other', '1', true, false, 'approved', now())`, w.tenant.UUID(), w.org.UUID())
	w.admin = w.as("admin", "buyer")
	w.Service = w.node()
	return w
}

func (w *works) as(roles ...string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: w.tenant, Kind: caller.Person, Person: w.boss, Name: "boss@steel.example", Org: w.org, Roles: roles, Locale: "en"})
}

func (w *works) account(t *testing.T, roles ...string) access.Account {
	t.Helper()
	a, err := w.MakeAccount(w.admin, access.NewAccount{Name: "ERP", Purpose: "orders", Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *works) key(t *testing.T, in access.NewKey) access.MadeKey {
	t.Helper()
	if in.Account.IsZero() {
		in.Account = w.account(t, "buyer").ID
	}
	if in.Scopes == nil {
		in.Scopes = []string{"sourcing.rfq.read"}
	}
	k, err := w.MakeKey(w.admin, in)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const home = "192.0.2.7"

func (w *works) try(ctx context.Context, s *access.Service, key string) (caller.Caller, error) {
	return s.Resolve(ctx, w.tenant, key, home)
}

func (w *works) reasons() (out []string) {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	for _, e := range w.log.audit {
		if e.Action == "access.key.use" && e.Outcome == audit.Refused {
			out = append(out, e.Data.(map[string]string)["reason"])
		}
	}
	return out
}

func TestADumpOfTheDatabaseHoldsNoKey(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := w.key(t, access.NewKey{})
	if !strings.HasPrefix(m.Secret, "kontor_live_"+m.Key.PublicID+"_") || len(m.Secret) != 12+16+1+52 {
		t.Fatalf("%q", m.Secret)
	}
	var dump string
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(k::text, '') || (SELECT string_agg(a::text, '') FROM access_accounts a) FROM access_keys k`).Scan(&dump); err != nil {
		t.Fatal(err)
	}
	half := m.Secret[len(m.Secret)-52:]
	if !strings.Contains(dump, m.Key.PublicID) || strings.Contains(dump, half) {
		t.Error("the dump holds the secret, or not even the key's name")
	}
	for _, e := range w.log.events {
		if made, ok := e.(event.APIKeyMade); ok && (strings.Contains(made.Prefix, half) || made.Prefix != m.Key.Prefix()) {
			t.Errorf("the event says %q", made.Prefix)
		}
	}
}

func TestWhatIsWrongWithAKeyIsSaidToTheAuditTrailAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.account(t, "buyer")
	expired := w.key(t, access.NewKey{Account: a.ID, Days: 1})
	w.wait(25 * time.Hour)
	good := w.key(t, access.NewKey{Account: a.ID, Days: 300})
	revoked := w.key(t, access.NewKey{Account: a.ID})
	if err := w.Revoke(w.admin, a.ID, revoked.Key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.try(t.Context(), w.Service, good.Secret); err != nil {
		t.Fatal(err)
	}
	last := "a"
	if strings.HasSuffix(good.Secret, "a") {
		last = "b"
	}
	forged := good.Secret[:len(good.Secret)-1] + last
	stranger := "kontor_live_" + strings.Repeat("a", 16) + "_" + strings.Repeat("b", 52)
	for _, k := range []string{"kontor_", "kontor_live_x_y", stranger, forged, expired.Secret, revoked.Secret, expired.Secret} {
		if c, err := w.try(t.Context(), w.Service, k); err == nil || err.Error() != access.ErrKey.Error() || c.Kind != "" {
			t.Errorf("%.20s…: %v, %+v", k, err, c)
		}
	}
	want := []string{"malformed", "unknown", "unknown", "expired", "revoked"}
	if got := w.reasons(); !slices.Equal(got, want) {
		t.Errorf("the trail says %v, want %v, each once", got, want)
	}
}

func TestAKeyOfAnotherMarketplaceIsNoKeyHere(t *testing.T) {
	t.Parallel()
	w, there := setup(t), setup(t)
	m := w.key(t, access.NewKey{})
	if _, err := w.try(t.Context(), w.Service, m.Secret); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Resolve(t.Context(), there.tenant, m.Secret, home); err == nil || err.Error() != access.ErrKey.Error() {
		t.Errorf("elsewhere: %v", err)
	}
}

func TestAKeyIsUsedFromItsAddressesAlone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := w.key(t, access.NewKey{Networks: []string{"192.0.2.0/24", "2001:db8::/32", "198.51.100.4"}})
	for ip, fine := range map[string]bool{
		"192.0.2.200": true, "2001:db8:1::9": true, "198.51.100.4": true, "::ffff:192.0.2.9": true,
		"192.0.3.1": false, "198.51.100.5": false, "2001:db9::1": false, "": false, "nonsense": false,
	} {
		_, err := w.Resolve(t.Context(), w.tenant, m.Secret, ip)
		if (err == nil) != fine || (!fine && !errors.Is(err, access.ErrAddress)) {
			t.Errorf("from %q: %v", ip, err)
		}
	}
	for _, bad := range []string{"x", "10.0.0.0/40", "::ffff:10.0.0.0/104", "fe80::1%eth0"} {
		if _, err := w.MakeKey(w.admin, access.NewKey{Account: w.account(t, "buyer").ID, Scopes: []string{"sourcing.rfq.read"}, Networks: []string{bad}}); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestAKeyDoesWhatItsScopesAndItsRolesBothSay(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := w.key(t, access.NewKey{Scopes: []string{"sourcing.rfq.read"}})
	c, err := w.try(t.Context(), w.Service, m.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kind != caller.Service || c.Org != w.org || c.Person != w.boss || c.Subject() != "service:"+c.Account.String() || c.Name != "ERP" {
		t.Errorf("%+v", c)
	}
	at := caller.With(t.Context(), c)
	for _, do := range w.gate.Actions(at) {
		err := w.gate.Allow(at, do, nil)
		if do == "sourcing.rfq.read" {
			if err != nil || !w.gate.Can(at, do) {
				t.Errorf("%s: %v", do, err)
			}
		} else if !errors.Is(err, policy.ErrScope) || w.gate.Can(at, do) {
			t.Errorf("%s: %v", do, err)
		}
	}
	w.exec(t, `UPDATE access_accounts SET roles = '{}' WHERE tenant_id = $1`, w.tenant.UUID())
	w.wait(6 * time.Minute)
	if c, err = w.try(t.Context(), w.Service, m.Secret); err != nil {
		t.Fatal(err)
	}
	if err := w.gate.Allow(caller.With(t.Context(), c), "sourcing.rfq.read", nil); !errors.Is(err, policy.ErrDenied) {
		t.Errorf("with the scope and without the role: %v", err)
	}
}

func TestNobodyGivesWhatHeLacks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if _, err := w.MakeAccount(w.admin, access.NewAccount{Name: "x", Roles: []string{"seller"}}); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a role that its maker lacks: %v", err)
	}
	a := w.account(t, "buyer")
	for _, s := range []string{"catalog.item.write", "parties.org.manage", "nothing.at.all", "", "access.key.manage", "identity.session.own", "parties.member.manage", "notify.message.read"} {
		if _, err := w.MakeKey(w.admin, access.NewKey{Account: a.ID, Scopes: []string{s}}); !errors.Is(err, access.ErrScope) {
			t.Errorf("scope %q: %v", s, err)
		}
	}
	if _, err := w.MakeKey(w.as("admin"), access.NewKey{Account: a.ID, Scopes: []string{"sourcing.rfq.create"}}); !errors.Is(err, access.ErrScope) {
		t.Errorf("an administrator who does not buy gave a buyer's scope: %v", err)
	}
	if _, err := w.MakeKey(w.as("buyer"), access.NewKey{Account: a.ID, Scopes: []string{"sourcing.rfq.read"}}); !errors.Is(err, policy.ErrDenied) {
		t.Errorf("who is no administrator made a key: %v", err)
	}
	for _, days := range []int{-1, 731} {
		if _, err := w.MakeKey(w.admin, access.NewKey{Account: a.ID, Scopes: []string{"sourcing.rfq.read"}, Days: days}); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%d days: %v", days, err)
		}
	}
}

func TestAKeyMakesNoKeysMembersOrSessionsWhateverItsRowSays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.account(t, "admin", "buyer")
	m := w.key(t, access.NewKey{Account: a.ID})
	var every []string
	for _, do := range w.gate.Actions(w.sys) {
		every = append(every, string(do))
	}
	w.exec(t, `UPDATE access_keys SET scopes = $2 WHERE tenant_id = $1`, w.tenant.UUID(), every)
	c, err := w.try(t.Context(), w.Service, m.Secret)
	if err != nil {
		t.Fatal(err)
	}
	at := caller.With(t.Context(), c)
	for _, do := range []policy.Action{"access.key.manage", "access.key.read", "identity.session.create", "identity.session.own", "identity.person.signup", "identity.person.manage", "parties.member.manage", "parties.org.register", "tenancy.tenant.manage", "notify.message.read", "console.seller.read", "plugin.manage"} {
		if w.gate.Can(at, do) {
			t.Errorf("a key may %s", do)
		}
	}
	if !w.gate.Can(at, "parties.org.manage") {
		t.Error("it may nothing at all, which proves nothing")
	}
	c.Scopes = every // a forged caller
	if _, err := w.MakeKey(caller.With(t.Context(), c), access.NewKey{Account: a.ID, Scopes: []string{"sourcing.rfq.read"}}); !errors.Is(err, access.ErrNobody) {
		t.Errorf("a key made a key: %v", err)
	}
}

func TestTheOldKeyWorksBesideTheNewOneForTheOverlap(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.account(t, "buyer")
	old := w.key(t, access.NewKey{Account: a.ID, Networks: []string{"192.0.2.0/24"}})
	if _, err := w.Rotate(w.admin, access.Rotation{Account: a.ID, Key: old.Key.ID, Overlap: access.MaxOverlap + time.Hour}); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a longer overlap: %v", err)
	}
	next, err := w.Rotate(w.admin, access.Rotation{Account: a.ID, Key: old.Key.ID, Overlap: 48 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(next.Key.Scopes, old.Key.Scopes) || !slices.Equal(next.Key.Networks, old.Key.Networks) {
		t.Errorf("the successor is %+v", next.Key)
	}
	w.wait(47 * time.Hour)
	for _, k := range []string{old.Secret, next.Secret} {
		if _, err := w.try(t.Context(), w.Service, k); err != nil {
			t.Errorf("within the overlap: %v", err)
		}
	}
	w.wait(time.Hour)
	if _, err := w.try(t.Context(), w.Service, old.Secret); !errors.Is(err, access.ErrKey) {
		t.Errorf("after the overlap: %v", err)
	}
	if _, err := w.try(t.Context(), w.Service, next.Secret); err != nil {
		t.Error(err)
	}
	if _, err := w.Rotate(w.admin, access.Rotation{Account: a.ID, Key: old.Key.ID}); !errors.Is(err, access.ErrEnded) {
		t.Errorf("an ended key was replaced: %v", err)
	}
}

func TestTheLastUseIsWrittenNowAndThen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := w.key(t, access.NewKey{})
	used := func() (time.Time, string) {
		as, err := w.Accounts(w.admin)
		if err != nil || len(as) != 1 || len(as[0].Keys) != 1 {
			t.Fatalf("%v %+v", err, as)
		}
		return as[0].Keys[0].UsedAt, as[0].Keys[0].UsedFrom
	}
	if at, _ := used(); !at.IsZero() {
		t.Errorf("used before its first use: %v", at)
	}
	first := w.clock()
	for range 3 {
		if _, err := w.try(t.Context(), w.Service, m.Secret); err != nil {
			t.Fatal(err)
		}
		if at, from := used(); !at.Equal(first) || from != home {
			t.Errorf("last used %v from %s", at, from)
		}
		w.wait(time.Minute)
	}
	w.wait(3 * time.Minute)
	if _, err := w.Resolve(t.Context(), w.tenant, m.Secret, "192.0.2.8"); err != nil {
		t.Fatal(err)
	}
	if at, from := used(); !at.Equal(w.clock()) || from != "192.0.2.8" {
		t.Errorf("last used %v from %s", at, from)
	}
}

func TestARevokedKeyIsRefusedEverywhereWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.account(t, "buyer")
	other := w.node()
	byKey, byEnd := w.key(t, access.NewKey{Account: a.ID}), w.key(t, access.NewKey{Account: a.ID})
	for _, s := range []*access.Service{w.Service, other} {
		for _, k := range []string{byKey.Secret, byEnd.Secret} {
			if _, err := w.try(t.Context(), s, k); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Revoke(w.admin, a.ID, byKey.Key.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.End(w.admin, a.ID); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, k := range []string{byKey.Secret, byEnd.Secret} {
		if _, err := w.try(t.Context(), w.Service, k); !errors.Is(err, access.ErrKey) {
			t.Errorf("here, at once: %v", err)
		}
		for {
			if _, err := w.try(t.Context(), other, k); errors.Is(err, access.ErrKey) {
				break
			}
			if time.Since(began) > 5*time.Second {
				t.Fatal("another node believes it still")
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

func TestTheKeysOfASuspendedCompanyDoNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	m := w.key(t, access.NewKey{})
	w.exec(t, `UPDATE parties_orgs SET state = 'suspended' WHERE tenant_id = $1`, w.tenant.UUID())
	if _, err := w.try(t.Context(), w.Service, m.Secret); !errors.Is(err, access.ErrCompany) {
		t.Error(err)
	}
}

func TestTheAccountsOfAnotherCompanyAreAbsent(t *testing.T) {
	t.Parallel()
	w := setup(t)
	a := w.account(t, "buyer")
	k := w.key(t, access.NewKey{Account: a.ID})
	c, _ := caller.From(w.admin)
	c.Org = id.Org{}.New()
	stranger := caller.With(context.Background(), c)
	operator := caller.With(context.Background(), caller.Caller{Tenant: w.tenant, Kind: caller.Person, Person: w.boss, Roles: []string{"operator"}, Locale: "en"})
	for _, ctx := range []context.Context{stranger, operator} {
		if l, err := w.Accounts(ctx); err != nil || len(l) != 0 {
			t.Errorf("%v %+v", err, l)
		}
		_, makes := w.MakeKey(ctx, access.NewKey{Account: a.ID, Scopes: []string{"sourcing.rfq.read"}})
		_, rotates := w.Rotate(ctx, access.Rotation{Account: a.ID, Key: k.Key.ID})
		for _, err := range []error{makes, rotates, w.Revoke(ctx, a.ID, k.Key.ID), w.End(ctx, a.ID)} {
			if !errors.Is(err, access.ErrNotFound) {
				t.Error(err)
			}
		}
	}
	if _, err := w.try(t.Context(), w.Service, k.Secret); err != nil {
		t.Errorf("and the key still works: %v", err)
	}
}

func TestOwnersAreToldOnceThatAKeyEnds(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.key(t, access.NewKey{Days: 30})
	w.key(t, access.NewKey{Days: 5}) // made to end soon
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{22 * 24 * time.Hour, 0}, {24 * time.Hour, 1}, {24 * time.Hour, 0}} {
		w.wait(step.wait)
		if n, err := w.Warn(w.sys); err != nil || n != step.want {
			t.Errorf("after %v: %d, %v, want %d", step.wait, n, err, step.want)
		}
	}
}

package ssodb_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/identity/identitydb"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/parties/partiesdb"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/sso/ssodb"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
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

// provider vouches for whom a test says; what it is asked with is looked at.
type provider struct {
	claims sso.Claims
	err    error
	asked  sso.Asked
	state  string
}

func (p *provider) Askable(issuer string) bool { return len(issuer) > 8 && issuer[:8] == "https://" }

func (p *provider) Address(_ context.Context, a sso.Asked, state string) (string, error) {
	p.asked, p.state = a, state
	return a.Issuer + "/auth", nil
}

func (p *provider) Redeem(_ context.Context, a sso.Asked, _, _ string) (sso.Claims, error) {
	if a.Nonce != p.asked.Nonce || a.Verifier != p.asked.Verifier {
		return sso.Claims{}, sso.ErrToken
	}
	return p.claims, p.err
}

type dns map[string][]string

func (d dns) TXT(_ context.Context, name string) ([]string, error) { return d[name], nil }

// market is one tenant with two companies, and a clock that tests move.
type market struct {
	*sso.Service
	db       *pgtest.DB
	people   *identity.Service
	parties  *parties.Service
	log      *log
	provider *provider
	saml     *federator
	dns      dns
	tenant   id.Tenant
	org      id.Org // with boss and ada
	other    id.Org // with eve
	boss     id.Person
	ada      id.Person
	eve      id.Person
	staff    id.Person
	mu       sync.Mutex
	now      time.Time
}

func (m *market) clock() time.Time { m.mu.Lock(); defer m.mu.Unlock(); return m.now }

func (m *market) wait(by time.Duration) { m.mu.Lock(); m.now = m.now.Add(by); m.mu.Unlock() }

func (m *market) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := m.db.Ops(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func (m *market) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	if err := m.db.Ops(t).QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const secret = "correct horse battery"

func setup(t *testing.T) *market {
	t.Helper()
	db := pgtest.New(t)
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: gate.NewDB(db.DB)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	m := &market{db: db, log: &log{}, provider: &provider{}, saml: &federator{}, dns: dns{}, now: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)}
	sys := db.NewTenant(t)
	c, _ := caller.From(sys)
	m.tenant = c.Tenant
	sealer, err := vault.New(db.DB, []byte("the master key of these tests, long enough"), m.clock)
	if err != nil {
		t.Fatal(err)
	}
	tenants := tenancy.New(tenancy.Deps{Store: tenancydb.New(db.DB), Unit: db.DB, Gate: g, Events: m.log, Audit: m.log})
	fed := &late{}
	m.people = identity.New(identity.Deps{
		Store: identitydb.New(db.DB), Unit: db.DB, Gate: g, Events: m.log, Audit: m.log, Tenants: tenants, Vault: sealer, Federation: fed, Now: m.clock,
		Passwords: identity.NewPasswords(identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}),
	})
	m.parties = parties.New(parties.Deps{Store: partiesdb.New(db.DB, contact.New(db.DB, sealer)), Unit: db.DB, Gate: g, Roles: g, Events: m.log, People: m.people, Tenants: tenants, Vault: sealer, Now: m.clock})
	m.Service = sso.New(sso.Deps{Store: ssodb.New(db.DB), Unit: db.DB, Gate: g, Roles: g, Events: m.log, Audit: m.log, People: m.people, Members: m.parties, Vault: sealer, Providers: map[sso.Kind]sso.Provider{sso.OIDC: m.provider}, SAML: m.saml, DNS: m.dns, Now: m.clock})
	fed.Federation = sso.Federation{Service: m.Service}
	m.org, m.other = id.Org{}.New(), id.Org{}.New()
	for i, o := range []id.Org{m.org, m.other} {
		m.exec(t, `INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at) VALUES ($1, $2, 'Works', 'CN', 'other', $3, true, false, 'approved', now())`, m.tenant.UUID(), o.UUID(), string(rune('1'+i)))
	}
	join := func(email string, org id.Org, roles ...string) id.Person {
		p, err := m.people.SignUp(sys, identity.SignUpInput{Email: email, Name: "Somebody", Locale: "en", Password: secret})
		if err != nil {
			t.Fatal(err)
		}
		if !org.IsZero() {
			m.exec(t, `INSERT INTO parties_members (tenant_id, org_id, person_id, roles, created_at) VALUES ($1, $2, $3, $4, now())`, m.tenant.UUID(), org.UUID(), p.ID.UUID(), roles)
		}
		return p.ID
	}
	m.boss, m.ada, m.eve = join("boss@steel.example", m.org, "admin"), join("ada@steel.example", m.org, "buyer"), join("eve@steel.example", m.other, "buyer")
	m.staff = join("op@steel.example", id.Org{})
	m.exec(t, `UPDATE identity_people SET staff_role = 'operator' WHERE tenant_id = $1 AND id = $2`, m.tenant.UUID(), m.staff.UUID())
	return m
}

// late is asked before single sign-on is made, as in the house.
type late struct{ identity.Federation }

func (m *market) admin() context.Context { return m.as(m.boss, m.org, "admin") }

func (m *market) as(p id.Person, org id.Org, roles ...string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: m.tenant, Kind: caller.Person, Person: p, Name: "x", Org: org, Roles: roles, Locale: "en"})
}

func (m *market) visitor() context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: m.tenant, Kind: caller.Visitor, Roles: []string{"visitor"}, Locale: "en"})
}

func input() sso.Input {
	return sso.Input{Name: "Entra", Issuer: "https://login.example.org", ClientID: "kontor", Secret: "hush", RoleClaim: "groups", RoleMap: []sso.Mapping{{Value: "B", Role: "buyer"}, {Value: "A", Role: "approver"}}, JIT: true}
}

const base = "http://shop.example"

// on is a connection that was tested, whose domain is proved, and that is on.
func (m *market) on(t *testing.T, change func(*sso.Input)) sso.Connection {
	t.Helper()
	in := input()
	if change != nil {
		change(&in)
	}
	c, err := m.Make(m.admin(), in)
	if err != nil {
		t.Fatal(err)
	}
	d, err := m.AddDomain(m.admin(), c.ID, "Steel.Example")
	if err != nil {
		t.Fatal(err)
	}
	name, text := d.Record()
	m.dns[name] = []string{text}
	if d, err = m.CheckDomain(m.admin(), c.ID, d.ID); err != nil || !d.Proved() {
		t.Fatal(d, err)
	}
	m.provider.claims = sso.Claims{Subject: "tester", Values: map[string][]string{"groups": {"B"}, "nonce": {"x"}}}
	b, err := m.BeginTest(m.admin(), c.ID, base)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Finish(m.admin(), m.back(b)); err != nil {
		t.Fatal(err)
	}
	if c, err = m.TurnOn(m.admin(), c.ID); err != nil {
		t.Fatal(err)
	}
	return c
}

func (m *market) back(b sso.Begun) sso.Returned {
	return sso.Returned{State: m.provider.state, Code: "code", Browser: b.Browser, Base: base, UserAgent: "Firefox/1"}
}

// come takes somebody of the claims through.
func (m *market) come(t *testing.T, k sso.Claims) (sso.Finished, error) {
	t.Helper()
	m.provider.claims = k
	b, err := m.Begin(m.visitor(), "anybody@steel.example", base, "/next")
	if err != nil {
		t.Fatal(err)
	}
	return m.Finish(m.visitor(), m.back(b))
}

func who(subject, email string, groups ...string) sso.Claims {
	return sso.Claims{Subject: subject, Email: email, Verified: true, Name: "Ada Winter", Values: map[string][]string{"groups": groups}}
}

func (m *market) caller(t *testing.T, f sso.Finished) caller.Caller {
	t.Helper()
	c, err := m.people.Resolve(context.Background(), m.tenant, f.In.Token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAConnectionIsTurnedOnAfterATestAndAProofAlone(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c, err := m.Make(m.admin(), input())
	if err != nil {
		t.Fatal(err)
	}
	if n := m.count(t, `SELECT count(*) FROM sso_connections WHERE tenant_id = $1 AND position('hush'::bytea in secret) > 0`, m.tenant.UUID()); n != 0 {
		t.Error("the secret lies open")
	}
	if _, err := m.TurnOn(m.admin(), c.ID); !errors.Is(err, sso.ErrUntested) {
		t.Errorf("untested: %v", err)
	}
	b, err := m.BeginTest(m.admin(), c.ID, base)
	if err != nil || m.provider.asked.Secret != "hush" {
		t.Fatal(err)
	}
	if _, err := m.Finish(m.as(m.ada, m.org, "admin"), m.back(b)); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("another administrator's test: %v", err)
	}
	b, _ = m.BeginTest(m.admin(), c.ID, base)
	m.provider.claims = sso.Claims{Subject: "7", Values: map[string][]string{"groups": {"B"}, "nonce": {"x"}}}
	if _, err := m.Finish(m.admin(), m.back(b)); err != nil {
		t.Fatal(err)
	}
	c, _ = m.Connection(m.admin(), c.ID)
	if c.State != sso.Tested || c.Seen["groups"][0] != "B" || c.Seen["nonce"] != nil {
		t.Errorf("%+v", c)
	}
	if _, err := m.TurnOn(m.admin(), c.ID); !errors.Is(err, sso.ErrUnproved) {
		t.Errorf("no domain: %v", err)
	}
	in := input()
	in.Secret, in.Issuer = "", "https://other.example.org"
	if c, err = m.Change(m.admin(), c.ID, c.Version, in); err != nil || c.State != sso.Draft {
		t.Errorf("another issuer was tested: %v %v", c.State, err)
	}
	if _, err := m.Change(m.admin(), c.ID, c.Version-1, in); !errors.Is(err, sso.ErrStale) {
		t.Errorf("two at once: %v", err)
	}
}

// Nobody gives by a connection what he could not give by hand.
func TestAConnectionGivesNoRoleThatItsMakerCouldNotGive(t *testing.T) {
	t.Parallel()
	m := setup(t)
	for _, role := range []string{"operator", "platform", "system", "nothing"} {
		in := input()
		in.RoleMap = []sso.Mapping{{Value: "x", Role: role}}
		if _, err := m.Make(m.admin(), in); !errors.Is(err, sso.ErrInvalid) {
			t.Errorf("a mapping to %s: %v", role, err)
		}
		in = input()
		in.Roles = []string{role}
		if _, err := m.Make(m.admin(), in); !errors.Is(err, sso.ErrInvalid) {
			t.Errorf("everybody is %s: %v", role, err)
		}
	}
	for what, change := range map[string]func(*sso.Input){
		"plain http": func(in *sso.Input) { in.Issuer = "http://x.example.org" }, "no name": func(in *sso.Input) { in.Name = " " }, "no secret": func(in *sso.Input) { in.Secret = "" },
	} {
		in := input()
		change(&in)
		if _, err := m.Make(m.admin(), in); !errors.Is(err, sso.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := m.Make(m.as(m.ada, m.org, "buyer"), input()); err == nil {
		t.Error("a buyer made a connection")
	}
	c, err := m.Make(m.admin(), input())
	if err != nil {
		t.Fatal(err)
	}
	stranger := m.as(m.eve, m.other, "admin")
	_, foreign := m.Connection(stranger, c.ID)
	_, random := m.Connection(stranger, id.SSOConnection{}.New())
	if !errors.Is(foreign, sso.ErrNotFound) || foreign.Error() != random.Error() {
		t.Errorf("another company's: %v, nobody's: %v", foreign, random)
	}
	if _, err := m.TurnOff(m.as(m.staff, id.Org{}, "operator"), c.ID); !errors.Is(err, sso.ErrNotFound) {
		t.Errorf("the operator: %v", err)
	}
}

func TestADomainIsOneConnectionsWhoProvedIt(t *testing.T) {
	t.Parallel()
	m := setup(t)
	stranger := m.as(m.eve, m.other, "admin")
	squatter, err := m.Make(stranger, input())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := m.AddDomain(stranger, squatter.ID, "steel.example")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := m.CheckDomain(stranger, squatter.ID, theirs.ID); err != nil || d.Proved() {
		t.Errorf("proved by nothing: %v %v", d, err)
	}
	if _, err := m.Begin(m.visitor(), "ada@steel.example", base, ""); !errors.Is(err, sso.ErrNoDomain) {
		t.Errorf("unproved, and yet: %v", err)
	}
	c := m.on(t, nil) // whoever only says so hinders nobody
	name, text := theirs.Record()
	m.dns[name] = append(m.dns[name], text)
	if _, err := m.CheckDomain(stranger, squatter.ID, theirs.ID); !errors.Is(err, sso.ErrTaken) {
		t.Errorf("two have proved it: %v", err)
	}
	for _, bad := range []string{"", "com", "co.uk", "127.0.0.1", "a b.example", "https://x.example.com/", "x@steel.example"} {
		if _, err := m.AddDomain(m.admin(), c.ID, bad); !errors.Is(err, sso.ErrDomain) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := m.AddDomain(m.admin(), c.ID, "steel.example"); !errors.Is(err, sso.ErrListed) {
		t.Errorf("twice: %v", err)
	}
	delete(m.dns, name)
	sys := caller.AsSystem(context.Background(), m.tenant, "test")
	for range sso.LapseAfter {
		m.wait(25 * time.Hour)
		if err := m.Recheck(sys); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Begin(m.visitor(), "ada@steel.example", base, ""); !errors.Is(err, sso.ErrNoDomain) {
		t.Errorf("lapsed, and yet: %v", err)
	}
}

func TestAnAttemptIsOneBrowsersOnceForTenMinutes(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.on(t, nil)
	m.provider.claims = who("7", "ada@steel.example", "B")
	begin := func() sso.Returned {
		b, err := m.Begin(m.visitor(), "ada@steel.example", base, "")
		if err != nil {
			t.Fatal(err)
		}
		return m.back(b)
	}
	refuse := func(what string, r sso.Returned, want error) {
		t.Helper()
		before := m.count(t, `SELECT count(*) FROM identity_sessions WHERE tenant_id = $1`, m.tenant.UUID())
		if _, err := m.Finish(m.visitor(), r); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
		if n := m.count(t, `SELECT count(*) FROM identity_sessions WHERE tenant_id = $1`, m.tenant.UUID()); n != before {
			t.Errorf("%s: a session all the same", what)
		}
	}
	r, victim := begin(), begin()
	stolen := r
	stolen.Browser = victim.Browser
	refuse("a state of another browser", stolen, sso.ErrAttempt)
	none := r
	none.Browser = ""
	refuse("no browser", none, sso.ErrAttempt)
	made := victim
	made.State = "made-up-made-up-made-up-made-up-made-up-made-up"
	refuse("a state of nobody's", made, sso.ErrAttempt)
	if _, err := m.Finish(m.visitor(), victim); err != nil {
		t.Errorf("the right one: %v", err)
	}
	refuse("a state that was used", victim, sso.ErrAttempt)
	late := begin()
	m.wait(sso.AttemptLives + time.Second)
	refuse("too late", late, sso.ErrAttempt)
	no := begin()
	no.Error = "access_denied"
	refuse("declined", no, sso.ErrDeclined)
	empty := begin()
	empty.Code = ""
	refuse("no code", empty, sso.ErrToken)

	elsewhere := setup(t)
	elsewhere.on(t, nil)
	refuse2 := begin()
	if _, err := elsewhere.Finish(elsewhere.visitor(), refuse2); !errors.Is(err, sso.ErrAttempt) {
		t.Errorf("another marketplace's: %v", err)
	}
	changed := begin()
	in := input()
	in.Secret = "" // the same provider, and yet what was begun was begun with what it said then
	if _, err := m.Change(m.admin(), c.ID, mustVersion(t, m, c.ID), in); err != nil {
		t.Fatal(err)
	}
	refuse("a connection that was changed meanwhile", changed, sso.ErrAttempt)
	off := begin()
	if _, err := m.TurnOff(m.admin(), c.ID); err != nil {
		t.Fatal(err)
	}
	refuse("a connection that was turned off meanwhile", off, sso.ErrAttempt)
}

func mustVersion(t *testing.T, m *market, which id.SSOConnection) int64 {
	t.Helper()
	c, err := m.Connection(m.admin(), which)
	if err != nil {
		t.Fatal(err)
	}
	return c.Version
}

func TestAProviderIsBelievedAboutItsOwnPeopleAlone(t *testing.T) {
	t.Parallel()
	m := setup(t)
	m.on(t, nil)
	unverified := who("1", "ada@steel.example", "B")
	unverified.Verified = false
	for what, k := range map[string]sso.Claims{
		"an address that it did not verify": unverified, "of a foreign domain": who("2", "ceo@elsewhere.example", "B"), "of a domain below": who("3", "ada@x.steel.example", "B"),
		"none": who("4", "", "B"), "two at once": who("5", "ada@steel.example,b@evil.example", "B"), "that only ends like it": who("6", "ada@notsteel.example", "B"),
	} {
		if _, err := m.come(t, k); !errors.Is(err, sso.ErrAddress) {
			t.Errorf("an address %s: %v", what, err)
		}
	}
	for what, k := range map[string]sso.Claims{"another company's member": who("7", "eve@steel.example", "B"), "the marketplace's operator": who("8", "op@steel.example", "B")} {
		if _, err := m.come(t, k); !errors.Is(err, sso.ErrUnknown) {
			t.Errorf("%s is signed in: %v", what, err)
		}
	}
	if n := m.count(t, `SELECT count(*) FROM identity_sessions WHERE tenant_id = $1`, m.tenant.UUID()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

func TestTheSubjectIsThePersonAndNotTheAddress(t *testing.T) {
	t.Parallel()
	m := setup(t)
	m.on(t, nil)
	f, err := m.come(t, who("7", "ada@steel.example", "B", "A"))
	if err != nil {
		t.Fatal(err)
	}
	c := m.caller(t, f)
	if c.Person != m.ada || c.Org != m.org || !slices.Equal(c.Roles, []string{"approver", "buyer"}) || !c.ProvedAt.Equal(m.clock()) || f.Next != "/next" {
		t.Errorf("%+v next %q", c, f.Next)
	}
	if f, err = m.come(t, who("7", "ada.married@steel.example", "B")); err != nil || m.caller(t, f).Person != m.ada || !slices.Equal(m.caller(t, f).Roles, []string{"buyer"}) {
		t.Errorf("with another address: %v", err)
	}
	if _, err := m.come(t, who("8", "ada@steel.example", "B")); !errors.Is(err, sso.ErrUnknown) {
		t.Errorf("another subject with her address: %v", err)
	}
}

func TestNewcomersGetWhatTheDirectorySays(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.on(t, nil)
	f, err := m.come(t, who("9", "new@steel.example", "B", "unknown"))
	if err != nil {
		t.Fatal(err)
	}
	got := m.caller(t, f)
	if !slices.Equal(got.Roles, []string{"buyer"}) || got.Org != m.org || f.In.Person.Name != "Ada Winter" {
		t.Errorf("%+v", got)
	}
	if _, err := m.come(t, who("10", "nobody@steel.example", "unknown")); !errors.Is(err, sso.ErrNoRole) {
		t.Errorf("without a role: %v", err)
	}
	if n := m.count(t, `SELECT count(*) FROM identity_people WHERE tenant_id = $1 AND email = 'nobody@steel.example'`, m.tenant.UUID()); n != 0 {
		t.Error("refused, and yet an account")
	}
	in := input()
	in.Secret, in.JIT = "", false
	if _, err := m.Change(m.admin(), c.ID, mustVersion(t, m, c.ID), in); err != nil {
		t.Fatal(err)
	}
	if _, err := m.come(t, who("11", "late@steel.example", "B")); !errors.Is(err, sso.ErrUnknown) {
		t.Errorf("just in time, although that is off: %v", err)
	}
	if _, err := m.come(t, who("12", "boss@steel.example", "B")); err != nil {
		t.Fatal(err)
	}
	if n := m.count(t, `SELECT count(*) FROM parties_members WHERE tenant_id = $1 AND person_id = $2 AND 'admin' = ANY(roles)`, m.tenant.UUID(), m.boss.UUID()); n != 1 {
		t.Error("the directory took the last administrator's role")
	}
}

func TestASessionEndsWithItsConnectionAndActsForItsCompanyAlone(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.on(t, nil)
	f, err := m.come(t, who("7", "ada@steel.example", "B"))
	if err != nil {
		t.Fatal(err)
	}
	m.exec(t, `INSERT INTO parties_members (tenant_id, org_id, person_id, roles, created_at) VALUES ($1, $2, $3, '{admin}', now())`, m.tenant.UUID(), m.other.UUID(), m.ada.UUID())
	as := caller.With(context.Background(), m.caller(t, f))
	if _, err := m.people.SwitchOrg(as, m.other); !errors.Is(err, identity.ErrBound) {
		t.Errorf("her provider acts for another company: %v", err)
	}
	if _, err := m.TurnOff(m.admin(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := m.people.Resolve(context.Background(), m.tenant, f.In.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the session lives on: %v", err)
	}
}

func TestWhoHasASecondFactorShowsItUnlessTheProviderAsked(t *testing.T) {
	t.Parallel()
	m := setup(t)
	m.on(t, nil)
	m.factor(t, m.ada)
	f, err := m.come(t, who("7", "ada@steel.example", "B"))
	if err != nil || f.In.Ticket == "" || f.In.Token != "" {
		t.Errorf("%+v %v", f, err)
	}
	k := who("7", "ada@steel.example", "B")
	k.Strong = true
	if f, err = m.come(t, k); err != nil || f.In.Token == "" {
		t.Errorf("asked there already: %+v %v", f, err)
	}
}

func (m *market) factor(t *testing.T, p id.Person) {
	t.Helper()
	m.exec(t, `INSERT INTO identity_factors (tenant_id, person_id, sealed, created_at, confirmed_at) VALUES ($1, $2, 'x', now(), now())`, m.tenant.UUID(), p.UUID())
}

func (m *market) password(email string) (identity.SignedIn, error) {
	return m.people.SignIn(m.visitor(), identity.SignInInput{Email: email, Password: secret})
}

func TestAnEnforcedConnectionIsTheOnlyWayInButForEmergencies(t *testing.T) {
	t.Parallel()
	m := setup(t)
	c := m.on(t, nil)
	if _, err := m.Enforce(m.admin(), c.ID, true, nil); !errors.Is(err, sso.ErrEmergency) {
		t.Errorf("nobody is marked: %v", err)
	}
	for what, p := range map[string]id.Person{"without a second factor": m.boss, "who is no administrator": m.ada, "of another company": m.eve} {
		if _, err := m.Enforce(m.admin(), c.ID, true, []id.Person{p}); !errors.Is(err, sso.ErrMarked) {
			t.Errorf("somebody %s is marked: %v", what, err)
		}
	}
	m.factor(t, m.boss)
	if _, err := m.Enforce(m.admin(), c.ID, true, []id.Person{m.boss}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.password("ada@steel.example"); !errors.Is(err, identity.ErrFederated) {
		t.Errorf("by password: %v", err)
	}
	if _, err := m.people.SignIn(m.visitor(), identity.SignInInput{Email: "ada@steel.example", Password: "wrong"}); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("who has no password learns who must come through a provider: %v", err)
	}
	if _, err := m.password("eve@steel.example"); err != nil {
		t.Errorf("another company's member is bound: %v", err)
	}
	if in, err := m.password("boss@steel.example"); err != nil || in.Ticket == "" {
		t.Errorf("the emergency's administrator: %+v %v", in, err)
	}
	boss, err := m.people.ByAddress(m.admin(), "boss@steel.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := (sso.Federation{Service: m.Service}).Emergency(m.admin(), boss); err != nil {
		t.Fatal(err)
	}
	if e, ok := m.log.events[len(m.log.events)-1].(event.SSOEmergency); !ok || e.Org != m.org.String() || e.Person != m.boss.String() {
		t.Errorf("nobody is told: %+v", m.log.events[len(m.log.events)-1])
	}
	m.exec(t, `DELETE FROM identity_factors WHERE tenant_id = $1`, m.tenant.UUID())
	if _, err := m.password("boss@steel.example"); !errors.Is(err, identity.ErrFederated) {
		t.Errorf("marked, and without a second factor: %v", err)
	}
	if _, err := m.Enforce(m.admin(), c.ID, false, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := m.password("ada@steel.example"); err != nil {
		t.Errorf("let in again: %v", err)
	}
}

func TestAProofIsAFreshOneOfTheSamePerson(t *testing.T) {
	t.Parallel()
	m := setup(t)
	m.on(t, nil)
	f, err := m.come(t, who("7", "ada@steel.example", "B"))
	if err != nil {
		t.Fatal(err)
	}
	ada := caller.With(context.Background(), m.caller(t, f))
	m.wait(10 * time.Minute)
	prove := func(k sso.Claims) (sso.Finished, error) {
		t.Helper()
		m.provider.claims = k
		b, err := m.BeginProof(ada, base, "/account")
		if err != nil || !m.provider.asked.Again {
			t.Fatal(err)
		}
		return m.Finish(ada, m.back(b))
	}
	if _, err := prove(who("7", "ada@steel.example")); !errors.Is(err, identity.ErrProof) {
		t.Errorf("it does not say when: %v", err)
	}
	old := who("7", "ada@steel.example")
	old.At = m.clock().Add(-time.Hour)
	if _, err := prove(old); !errors.Is(err, identity.ErrProof) {
		t.Errorf("an hour ago: %v", err)
	}
	other, err := m.come(t, who("8", "boss@steel.example", "B"))
	if err != nil || other.In.Token == "" {
		t.Fatal(err)
	}
	now := who("8", "boss@steel.example")
	now.At = m.clock()
	if _, err := prove(now); !errors.Is(err, identity.ErrProof) {
		t.Errorf("somebody else: %v", err)
	}
	now.Subject = "7"
	fresh, err := prove(now)
	if err != nil || !m.caller(t, fresh).ProvedAt.Equal(m.clock()) {
		t.Errorf("just now: %v", err)
	}
}

func TestWhoWasShutOutDoesNotComeBackThroughAProvider(t *testing.T) {
	t.Parallel()
	m := setup(t)
	m.on(t, nil)
	if _, err := m.come(t, who("7", "ada@steel.example", "B")); err != nil {
		t.Fatal(err)
	}
	m.exec(t, `UPDATE identity_people SET state = 'disabled' WHERE tenant_id = $1 AND id = $2`, m.tenant.UUID(), m.ada.UUID())
	if _, err := m.come(t, who("7", "ada@steel.example", "B")); !errors.Is(err, sso.ErrUnknown) {
		t.Errorf("%v", err)
	}
}

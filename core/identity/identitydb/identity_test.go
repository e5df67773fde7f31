package identitydb_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/identity/identitydb"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
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

// door is one tenant with one person, and a clock that tests move.
type door struct {
	*identity.Service
	db     *pgtest.DB
	log    *log
	sys    context.Context
	tenant id.Tenant
	ada    identity.Person
	mu     sync.Mutex
	now    time.Time
}

const secret = "correct horse battery"

func (d *door) clock() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.now }

func (d *door) wait(by time.Duration) { d.mu.Lock(); d.now = d.now.Add(by); d.mu.Unlock() }

func setup(t *testing.T) *door {
	t.Helper()
	db := pgtest.New(t)
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: gate.NewDB(db.DB)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	d := &door{db: db, log: &log{}, sys: db.NewTenant(t), now: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)}
	c, _ := caller.From(d.sys)
	d.tenant = c.Tenant
	tenants := tenancy.New(tenancy.Deps{Store: tenancydb.New(db.DB), Unit: db.DB, Gate: g, Events: d.log, Audit: d.log})
	sealer, err := vault.New(db.DB, []byte("the master key of identity's tests"), d.clock)
	if err != nil {
		t.Fatal(err)
	}
	d.Service = identity.New(identity.Deps{
		Store: identitydb.New(db.DB), Unit: db.DB, Gate: g, Events: d.log, Audit: d.log, Tenants: tenants, Vault: sealer,
		Passwords: identity.NewPasswords(identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}), Now: d.clock,
	})
	d.ada, err = d.SignUp(d.sys, identity.SignUpInput{Email: "Ada@Steel.Example", Name: " Ada  Winter ", Locale: "en", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *door) visitor(ip string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: d.tenant, Kind: caller.Visitor, IP: ip})
}

func (d *door) as(t *testing.T, token string) context.Context {
	t.Helper()
	c, err := d.Resolve(context.Background(), d.tenant, token)
	if err != nil {
		t.Fatal(err)
	}
	return caller.With(context.Background(), c)
}

func (d *door) enter(t *testing.T) identity.SignedIn {
	t.Helper()
	in, err := d.SignIn(d.visitor("10.0.0.1"), identity.SignInInput{Email: "ada@steel.example", Password: secret, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// join makes a company with ada as its member.
func (d *door) join(t *testing.T, name string, roles ...string) id.Org {
	t.Helper()
	org := id.Org{}.New()
	err := d.db.Do(d.sys, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		b.Queue(`INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at)
			VALUES (current_setting('app.tenant_id')::uuid, $1, $2, 'DE', 'other', $2, true, true, 'approved', $3)`, org.UUID(), name, d.clock())
		b.Queue(`INSERT INTO parties_members (tenant_id, org_id, person_id, roles, created_at)
			VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, clock_timestamp())`, org.UUID(), d.ada.ID.UUID(), roles)
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return org
}

func TestSigningInResolvesToTheRolesOfTheFirstCompany(t *testing.T) {
	t.Parallel()
	d := setup(t)
	first := d.join(t, "First", "buyer", "approver")
	second := d.join(t, "Second", "seller")
	in := d.enter(t)
	c, err := d.Resolve(context.Background(), d.tenant, in.Token)
	if err != nil || c.Org != first || !c.Has("buyer") || !c.Has("approver") || c.Has("seller") || c.Name != "ada@steel.example" || c.Tenant != d.tenant {
		t.Fatalf("%+v %v", c, err)
	}
	moved, err := d.SwitchOrg(d.as(t, in.Token), second)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := d.Resolve(context.Background(), d.tenant, moved.Token); err != nil || c.Org != second || !c.Has("seller") || c.Has("buyer") {
		t.Errorf("%+v %v", c, err)
	}
	if moved.Session.ExpiresAt != in.Session.ExpiresAt {
		t.Error("changing company made the session longer")
	}
	if _, err := d.Resolve(context.Background(), d.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the token from before the change still works: %v", err)
	}
	if _, err := d.SwitchOrg(d.as(t, moved.Token), id.Org{}.New()); !errors.Is(err, identity.ErrNotMember) {
		t.Errorf("acts for a stranger's company: %v", err)
	}
}

func TestTheTableHoldsNoTokenAndNoPassword(t *testing.T) {
	t.Parallel()
	d := setup(t)
	in := d.enter(t)
	var found int
	err := d.db.Ops(t).QueryRow(context.Background(), `SELECT count(*) FROM identity_sessions s, identity_people p
		WHERE s.tenant_id = $1 AND p.tenant_id = $1 AND (encode(s.token_hash, 'escape') LIKE '%'||$2||'%' OR p.password_hash LIKE '%'||$3||'%')`,
		d.tenant.UUID(), in.Token, secret).Scan(&found)
	if err != nil || found != 0 {
		t.Error(found, err)
	}
}

func TestASessionEndsByIdlenessAgeAndSigningOut(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ended := func(token string) bool {
		_, err := d.Resolve(context.Background(), d.tenant, token)
		return errors.Is(err, identity.ErrSession)
	}
	idle := d.enter(t)
	d.wait(8*time.Hour - time.Minute)
	if ended(idle.Token) {
		t.Fatal("ended a minute early")
	}
	d.wait(8*time.Hour - time.Minute) // the look just now was a use
	if ended(idle.Token) {
		t.Fatal("a used session ended")
	}
	d.wait(8 * time.Hour)
	if !ended(idle.Token) {
		t.Error("eight idle hours did not end it")
	}
	old := d.enter(t)
	for range 7*24/6 - 1 {
		d.wait(6 * time.Hour)
		if ended(old.Token) {
			t.Fatal("ended before its time")
		}
	}
	d.wait(6 * time.Hour)
	if !ended(old.Token) {
		t.Error("seven days did not end it")
	}
	out := d.enter(t)
	if err := d.SignOut(d.as(t, out.Token)); err != nil {
		t.Fatal(err)
	}
	if !ended(out.Token) {
		t.Error("signing out did not end it")
	}
	for _, token := range []string{"", "x", out.Token + "x", "' OR 1=1 --' OR 1=1 --' OR 1=1 --' OR 1=1 --"} {
		if !ended(token) {
			t.Errorf("%q is a session", token)
		}
	}
}

// A token names no tenant, so the host decides where it is looked up.
func TestATokenIsWorthNothingInAnotherShop(t *testing.T) {
	t.Parallel()
	d, other := setup(t), setup(t)
	in := d.enter(t)
	d.as(t, in.Token) // remembered by the cache now
	if _, err := other.Resolve(context.Background(), other.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Error(err)
	}
	if _, err := d.Resolve(context.Background(), other.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Error(err)
	}
	if _, err := identitydb.New(d.db.DB).ByID(other.sys, d.ada.ID); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("another tenant reads the person: %v", err)
	}
	l, err := other.People(caller.With(context.Background(), caller.Caller{Tenant: other.tenant, Kind: caller.Person, Person: other.ada.ID, Roles: []string{"operator"}}), page.Request{})
	if err != nil || len(l.Items) != 1 || l.Items[0].ID != other.ada.ID {
		t.Errorf("%+v %v", l, err)
	}
}

func TestAWrongPasswordAnUnknownAddressAndADisabledPersonSoundAlike(t *testing.T) {
	t.Parallel()
	d := setup(t)
	bob, err := d.SignUp(d.sys, identity.SignUpInput{Email: "bob@steel.example", Name: "Bob", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Disable(d.sys, bob.ID); err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]identity.SignInInput{
		"wrong password": {Email: "ada@steel.example", Password: "wrong horse battery"},
		"unknown":        {Email: "nobody@steel.example", Password: secret},
		"disabled":       {Email: "bob@steel.example", Password: secret},
		"no address":     {Email: "' OR 1=1", Password: secret},
	} {
		_, err := d.SignIn(d.visitor("10.0.0.2"), in)
		f := fault.From(err)
		if f.Code != identity.ErrCredentials.Code || f.Detail != identity.ErrCredentials.Detail || len(f.Fields) != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestDisablingAPersonEndsTheSessions(t *testing.T) {
	t.Parallel()
	d := setup(t)
	in := d.enter(t)
	d.as(t, in.Token)
	buyer := caller.With(context.Background(), caller.Caller{Tenant: d.tenant, Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{"buyer"}})
	if err := d.Disable(buyer, d.ada.ID); fault.KindOf(err) != fault.Denied {
		t.Fatalf("a buyer disables people: %v", err)
	}
	d.as(t, in.Token)
	if err := d.Disable(d.sys, d.ada.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Resolve(context.Background(), d.tenant, in.Token); !errors.Is(err, identity.ErrSession) {
		t.Error(err)
	}
}

func TestGuessersAreSlowedDownAndTheOwnerStillGetsIn(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.enter(t) // the owner's own address is known now
	guess := func() error {
		_, err := d.SignIn(d.visitor("10.6.6.6"), identity.SignInInput{Email: "ada@steel.example", Password: "guess guess guess"})
		return err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	tried := 0
	for range 40 {
		wg.Go(func() {
			if errors.Is(guess(), identity.ErrCredentials) {
				mu.Lock()
				tried++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if tried != 5 {
		t.Errorf("%d of 40 guesses at one moment were tried, want 5", tried)
	}
	var waited time.Duration
	for range 20 {
		for errors.Is(guess(), identity.ErrSlowDown) {
			d.wait(time.Second)
			waited += time.Second
		}
	}
	if waited < 20*time.Second {
		t.Errorf("twenty more guesses took only %v", waited)
	}
	d.enter(t)
	if _, err := d.SignIn(d.visitor("10.7.7.7"), identity.SignInInput{Email: "nobody@steel.example", Password: secret}); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("another account is slowed down too: %v", err)
	}
	d.wait(16 * time.Minute)
	if err := guess(); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("time does not forgive: %v", err)
	}
}

func TestSigningInAgainReplacesTheSession(t *testing.T) {
	t.Parallel()
	d := setup(t)
	before := d.enter(t)
	ctx := d.as(t, before.Token)
	after, err := d.SignIn(ctx, identity.SignInInput{Email: "ada@steel.example", Password: secret})
	if err != nil || after.Token == before.Token {
		t.Fatal(err)
	}
	if _, err := d.Resolve(context.Background(), d.tenant, before.Token); !errors.Is(err, identity.ErrSession) {
		t.Errorf("the session from before still lives: %v", err)
	}
}

func TestNobodyEndsAnothersSession(t *testing.T) {
	t.Parallel()
	d := setup(t)
	if _, err := d.SignUp(d.sys, identity.SignUpInput{Email: "bob@steel.example", Name: "Bob", Password: secret}); err != nil {
		t.Fatal(err)
	}
	ada := d.enter(t)
	bob, err := d.SignIn(d.visitor("10.0.0.9"), identity.SignInInput{Email: "bob@steel.example", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Revoke(d.as(t, bob.Token), ada.Session.ID); !errors.Is(err, identity.ErrNoSession) {
		t.Fatal(err)
	}
	ss, err := d.Sessions(d.as(t, ada.Token))
	if err != nil || len(ss) != 1 || ss[0].ID != ada.Session.ID {
		t.Errorf("%+v %v", ss, err)
	}
	if err := d.Revoke(d.as(t, ada.Token), ada.Session.ID); err != nil {
		t.Error(err)
	}
}

func TestSigningUpRefusesAndStoresNothing(t *testing.T) {
	t.Parallel()
	d := setup(t)
	visitor := d.visitor("10.0.0.3")
	for name, c := range map[string]struct {
		ctx  context.Context
		in   identity.SignUpInput
		want *fault.Error
	}{
		"a taken address":               {visitor, identity.SignUpInput{Email: "ADA@steel.example", Name: "Eve", Password: secret}, identity.ErrEmailTaken},
		"a weak password":               {visitor, identity.SignUpInput{Email: "eve@steel.example", Name: "Eve", Password: "short"}, identity.ErrInvalid},
		"no name":                       {visitor, identity.SignUpInput{Email: "eve@steel.example", Name: "\x00", Password: secret}, identity.ErrInvalid},
		"a role of one's own choice":    {visitor, identity.SignUpInput{Email: "eve@steel.example", Name: "Eve", Password: secret, StaffRole: "operator"}, identity.ErrInvalid},
		"a hash of one's own choice":    {visitor, identity.SignUpInput{Email: "eve@steel.example", Name: "Eve", PasswordHash: "x"}, identity.ErrInvalid},
		"a platform admin in a shop":    {d.sys, identity.SignUpInput{Email: "eve@steel.example", Name: "Eve", Password: secret, StaffRole: "platform"}, identity.ErrStaffRole},
		"a role that nobody knows here": {d.sys, identity.SignUpInput{Email: "eve@steel.example", Name: "Eve", Password: secret, StaffRole: "king"}, identity.ErrStaffRole},
	} {
		if _, err := d.SignUp(c.ctx, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var people int
	if err := d.db.Ops(t).QueryRow(context.Background(), `SELECT count(*) FROM identity_people WHERE tenant_id = $1`, d.tenant.UUID()).Scan(&people); err != nil || people != 1 {
		t.Errorf("%d people (%v), want ada alone", people, err)
	}
	if len(d.log.events) != 1 {
		t.Errorf("%d events, want ada's alone", len(d.log.events))
	}
}

func TestSigningInNeedsNoUnitAroundIt(t *testing.T) {
	t.Parallel()
	d := setup(t)
	err := d.db.Do(d.visitor("10.0.0.4"), func(ctx context.Context) error {
		_, err := d.SignIn(ctx, identity.SignInInput{Email: "ada@steel.example", Password: secret})
		return err
	})
	if err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("signed in where a failure would be forgotten: %v", err)
	}
}

// What ended long ago goes, but for the last trace of each person and whatever is of others.
func TestWhatEndedLongAgoIsRemoved(t *testing.T) {
	t.Parallel()
	d, other := setup(t), setup(t)
	for _, x := range []*door{d, other} {
		x.enter(t)
		x.wait(time.Hour)
		x.enter(t)
		x.wait(time.Hour)
		x.enter(t)
		if _, err := x.SignIn(x.visitor("10.6.6.6"), identity.SignInInput{Email: "ada@steel.example", Password: "guess guess guess"}); err == nil {
			t.Fatal("a guess was right")
		}
	}
	rows := func(x *door, table string) (n int) {
		err := x.db.Read(x.sys, func(b *pgx.Batch) {
			b.Queue(`SELECT count(*) FROM ` + table).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	d.wait(200 * 24 * time.Hour) // beyond every session's age and ninety days
	if n, err := d.Prune(d.sys); err != nil || n < 3 {
		t.Fatalf("%d rows went (%v)", n, err)
	}
	if n := rows(d, "identity_sessions"); n != 1 {
		t.Errorf("%d sessions are left of somebody who has not been here for long, want the last", n)
	}
	if n := rows(d, "identity_attempts"); n != 0 {
		t.Errorf("%d counts are left", n)
	}
	if s, a := rows(other, "identity_sessions"), rows(other, "identity_attempts"); s != 3 || a == 0 {
		t.Errorf("the neighbour has %d sessions and %d counts", s, a)
	}
	fresh := setup(t)
	fresh.enter(t)
	fresh.enter(t)
	if n, err := fresh.Prune(fresh.sys); n != 0 || err != nil {
		t.Errorf("%d rows of today went (%v)", n, err)
	}
}

package partiesdb_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/identity/identitydb"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/parties/partiesdb"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/core/work/worktest"
	"github.com/kontorhq/kontor/policies"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

type log struct {
	mu     sync.Mutex
	events []event.Event
}

// Append keeps what commits, like the outbox.
func (l *log) Append(ctx context.Context, es ...event.Event) error {
	work.After(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, es...)
	})
	return nil
}

func (l *log) Record(context.Context, audit.Entry) error { return nil }

func (l *log) names() []string {
	var out []string
	for _, e := range l.events {
		out = append(out, e.EventName())
	}
	return out
}

// market is one marketplace with everything that parties stands on.
type market struct {
	*parties.Service
	people *identity.Service
	db     *pgtest.DB
	gate   *gate.Gate
	log    *log
	phones *contact.Phones
	tenant tenancy.Tenant
	sys    context.Context
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, change func(*tenancy.Settings)) *market {
	t.Helper()
	db := pgtest.New(t)
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: gate.NewDB(db.DB)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	m := &market{db: db, gate: g, log: &log{}}
	tenants := tenancy.New(tenancy.Deps{Store: tenancydb.New(db.DB), Unit: db.DB, Gate: g, Events: m.log, Audit: m.log, Verticals: g.Verticals()})
	slug := "m" + id.Org{}.New().String()
	b := tenancy.Blueprint{
		Slug: slug, Kind: tenancy.Open, Name: map[string]string{"en": "M"}, Hosts: []tenancy.Host{{Name: slug + ".localhost", Canonical: true}},
		Roles:    []tenancy.RoleLine{{Type: "g", Role: "trader", Grants: "buyer"}, {Type: "g", Role: "deputy", Grants: "operator"}},
		Settings: tenancy.Settings{Locales: []string{"en"}, DefaultLocale: "en", Currency: "EUR", TimeZone: "UTC", Verticals: []string{"steel"}},
	}
	if change != nil {
		change(&b.Settings)
	}
	if m.tenant, _, err = tenants.Apply(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	m.sys = caller.AsSystem(context.Background(), m.tenant.ID, "test")
	now := func() time.Time { return noon }
	m.people = identity.New(identity.Deps{
		Store: identitydb.New(db.DB), Unit: db.DB, Gate: g, Events: m.log, Audit: m.log, Tenants: tenants,
		Passwords: identity.NewPasswords(identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}), Now: now,
	})
	sealer, err := vault.New(db.DB, []byte("the master key of the companies' tests"), now)
	if err != nil {
		t.Fatal(err)
	}
	m.phones = contact.New(db.DB, sealer)
	m.Service = parties.New(parties.Deps{Store: partiesdb.New(db.DB, m.phones), Unit: db.DB, Gate: g, Roles: g, Events: m.log, People: m.people, Tenants: tenants, Now: now, Files: nobodys{}, Vault: sealer})
	return m
}

func (m *market) visitor() context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: m.tenant.ID, Kind: caller.Visitor})
}

func (m *market) as(p id.Person, org id.Org, roles ...string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: m.tenant.ID, Kind: caller.Person, Person: p, Org: org, Roles: roles})
}

func (m *market) operator() context.Context { return m.as(id.Person{}.New(), id.Org{}, "operator") }

func (m *market) count(t *testing.T, table string) (n int) {
	t.Helper()
	if err := m.db.Ops(t).QueryRow(context.Background(), `SELECT count(*) FROM `+table+` WHERE tenant_id = $1`, m.tenant.ID.UUID()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func german() parties.OrgInput {
	return parties.OrgInput{
		Name: "Nordwerk GmbH", Country: "de", RegKind: "vat", RegNo: "DE 136,695 976", City: "Hamburg", Buys: true, Sells: true,
		IBAN: "DE89 3704 0044 0532 0130 00", About: map[string]string{"en": "Sections."},
	}
}

func ada() *identity.SignUpInput {
	return &identity.SignUpInput{Email: "ada@nordwerk.example", Name: "Ada", Password: "correct horse battery"}
}

func (m *market) register(t *testing.T) parties.Registered {
	t.Helper()
	r, err := m.Register(m.visitor(), parties.RegisterInput{Company: german(), Person: ada()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACompanyRegistersWithItsFirstPerson(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	got, err := m.Own(m.as(r.Person, r.Org.ID, "admin"), r.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.RegNo != "DE136695976" || got.Account.Shown != "DE89 •••• 3000" || got.State != parties.Submitted || got.Country != "DE" {
		t.Errorf("stored %+v", got)
	}
	ms, err := m.Members(m.as(r.Person, r.Org.ID, "admin"), r.Org.ID)
	if err != nil || len(ms) != 1 || ms[0].Email != "ada@nordwerk.example" || ms[0].LimitMinor != nil {
		t.Fatalf("%+v %v", ms, err)
	}
	if d := cmp.Diff([]string{"admin", "buyer", "seller"}, ms[0].Roles); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"identity.person_signed_up.v1", "parties.company_registered.v1"}, m.log.names()); d != "" {
		t.Error(d)
	}
	in, err := m.people.SignIn(m.visitor(), identity.SignInInput{Email: "ada@nordwerk.example", Password: "correct horse battery"})
	if err != nil || in.Session.Org != r.Org.ID {
		t.Errorf("signed in for %s, %v", in.Session.Org, err)
	}
}

// nobodys are files of other companies.
type nobodys struct{}

func (nobodys) Owns(context.Context, id.Org, id.Blob) (bool, error) { return false, nil }

// The answer was lost, the same form comes again: it hears what it would have heard, and
// nobody is told that the address is taken.
func TestARegistrationThatIsSentAgainIsTheSameOne(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	ctx := work.WithAttempt(m.visitor(), &worktest.Request{})
	for range 2 {
		r, err := m.Register(ctx, parties.RegisterInput{Company: german(), Person: ada()})
		if err != nil || r.Person.IsZero() || r.Org.RegNo != "DE136695976" {
			t.Fatalf("%+v %v", r, err)
		}
	}
	if d := cmp.Diff([]string{"identity.person_signed_up.v1", "parties.company_registered.v1"}, m.log.names()); d != "" {
		t.Error(d)
	}
}

func TestARefusedRegistrationLeavesNothing(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	m.register(t)
	events := len(m.log.events)
	other := func(change func(*parties.RegisterInput)) parties.RegisterInput {
		in := parties.RegisterInput{Company: german(), Person: ada()}
		in.Company.RegNo, in.Person.Email = "DE129273398", "eve@nordwerk.example"
		change(&in)
		return in
	}
	for name, c := range map[string]struct {
		in   parties.RegisterInput
		want *fault.Error
	}{
		"the same number, spelt otherwise": {other(func(in *parties.RegisterInput) { in.Company.RegNo = "de-136.695.976" }), parties.ErrDuplicate},
		"the same person":                  {other(func(in *parties.RegisterInput) { in.Person.Email = "ADA@nordwerk.example" }), identity.ErrEmailTaken},
		"a wrong check digit":              {other(func(in *parties.RegisterInput) { in.Company.RegNo = "DE136695977" }), parties.ErrInvalid},
		"a wrong account":                  {other(func(in *parties.RegisterInput) { in.Company.IBAN = "DE89370400440532013001" }), parties.ErrInvalid},
		"neither buys nor sells":           {other(func(in *parties.RegisterInput) { in.Company.Buys, in.Company.Sells = false, false }), parties.ErrInvalid},
		"broken UTF-8":                     {other(func(in *parties.RegisterInput) { in.Company.Name = "\xff" }), parties.ErrInvalid},
		"a weak password":                  {other(func(in *parties.RegisterInput) { in.Person.Password = "short" }), parties.ErrInvalid},
		"nobody":                           {other(func(in *parties.RegisterInput) { in.Person = nil }), parties.ErrInvalid},
		"a staff role for himself":         {other(func(in *parties.RegisterInput) { in.Person.StaffRole = "operator" }), parties.ErrInvalid},
		"somebody else as founder":         {other(func(in *parties.RegisterInput) { in.Founder = id.Person{}.New() }), parties.ErrInvalid},
	} {
		if _, err := m.Register(m.visitor(), c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m.count(t, "parties_orgs") != 1 || m.count(t, "identity_people") != 1 || m.count(t, "parties_members") != 1 {
		t.Error("a refused registration left something behind")
	}
	// The owner of the address hears of it; nothing else has happened.
	if d := cmp.Diff([]string{"identity.sign_up_repeated.v1"}, m.log.names()[events:]); d != "" {
		t.Error(d)
	}
}

func TestEveryProblemOfAFormIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	_, err := m.Register(m.visitor(), parties.RegisterInput{Company: parties.OrgInput{Country: "Germany", RegKind: "vat", RegNo: "1"}, Person: &identity.SignUpInput{Email: "x", Password: "y"}})
	var paths []string
	for _, f := range fault.From(err).Fields {
		paths = append(paths, f.Path)
	}
	if d := cmp.Diff([]string{"buys", "country", "name", "reg_no", "person.email", "person.name", "person.password"}, paths); d != "" {
		t.Error(d)
	}
}

func TestAPortalTakesNoApplications(t *testing.T) {
	t.Parallel()
	m := open(t, func(s *tenancy.Settings) { s.SignUp = tenancy.SignUpInvited })
	if _, err := m.Register(m.visitor(), parties.RegisterInput{Company: german(), Person: ada()}); !errors.Is(err, parties.ErrInvited) {
		t.Fatal(err)
	}
	if m.count(t, "parties_orgs") != 0 {
		t.Error("stored all the same")
	}
	if _, err := m.Ensure(m.sys, german()); err != nil {
		t.Errorf("the operator's tool could not: %v", err)
	}
	first, _ := m.Ensure(m.sys, german())
	if again, err := m.Ensure(m.sys, german()); err != nil || again.ID != first.ID || m.count(t, "parties_orgs") != 1 {
		t.Errorf("a seed that runs twice: %v", err)
	}
}

func TestAdmissionIsTheOperatorsAndIsTold(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	org := r.Org.ID
	admit := parties.DecideInput{Org: org, To: parties.Approved, Version: 1}
	if _, err := m.Decide(m.as(r.Person, org, "admin", "buyer", "seller"), admit); fault.KindOf(err) != fault.Denied {
		t.Fatalf("a company admits itself: %v", err)
	}
	if _, err := m.Decide(m.as(r.Person, id.Org{}, "operator"), admit); fault.From(err).Reasons[0].Code != "own_company" {
		t.Fatalf("an operator admits his own company: %v", err)
	}
	if _, err := m.Get(m.visitor(), org); !errors.Is(err, parties.ErrNotFound) {
		t.Errorf("strangers see a company that waits: %v", err)
	}
	if _, err := m.Decide(m.operator(), parties.DecideInput{Org: org, To: parties.Rejected, Version: 1}); !errors.Is(err, parties.ErrNote) {
		t.Errorf("rejected without a reason: %v", err)
	}
	if _, err := m.Decide(m.operator(), parties.DecideInput{Org: org, To: parties.Approved, Version: 7}); !errors.Is(err, parties.ErrStale) {
		t.Errorf("decided on what was not looked at: %v", err)
	}
	got, err := m.Decide(m.operator(), admit)
	if err != nil || got.State != parties.Approved || got.Version != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := m.Decide(m.operator(), parties.DecideInput{Org: org, To: parties.Rejected, Note: "x", Version: 2}); !errors.Is(err, parties.ErrDecided) {
		t.Errorf("an approved company was rejected: %v", err)
	}
	seen, err := m.Get(m.visitor(), org)
	if err != nil || seen.Name != "Nordwerk GmbH" || seen.Account.Shown != "" || seen.Account.Sealed != nil {
		t.Errorf("%+v %v", seen, err)
	}
	want := event.CompanyDecided{Org: org.String(), Name: "Nordwerk GmbH", From: "submitted", To: "approved"}
	if d := cmp.Diff(event.Event(want), m.log.events[len(m.log.events)-1]); d != "" {
		t.Error(d)
	}
	m.gate.Flush()
	var allowed, denied int
	err = m.db.Ops(t).QueryRow(context.Background(), `SELECT count(*) FILTER (WHERE outcome = 'allow'), count(*) FILTER (WHERE outcome = 'deny')
		FROM policy_decisions WHERE tenant_id = $1 AND action = 'parties.org.decide' AND object = $2`, m.tenant.ID.UUID(), org.String()).Scan(&allowed, &denied)
	// One decision went through; the ones that were refused later rolled back with their unit.
	if err != nil || allowed != 1 || denied != 1 {
		t.Errorf("decisions kept: %d allowed, %d denied, %v", allowed, denied, err)
	}
}

func TestTheLawOfTheMarketplaceIsAskedOnAdmission(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	o, err := m.Ensure(m.sys, parties.OrgInput{Name: "Acme", Country: "CN", RegKind: "other", RegNo: "12345", Buys: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Decide(m.operator(), parties.DecideInput{Org: o.ID, To: parties.Approved, Version: 1})
	if f := fault.From(err); f.Code != "gate.denied" || len(f.Reasons) != 1 || f.Reasons[0].Code != "uscc_required" {
		t.Errorf("%+v", f)
	}
}

func TestMembersHaveRolesAndLimitsThatTheCompanyMayGive(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	org, admin := r.Org.ID, m.as(r.Person, r.Org.ID, "admin")
	limit := money.Of(50000, "EUR")
	p, err := m.people.SignUp(m.sys, identity.SignUpInput{Email: "bob@nordwerk.example", Name: "Bob", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	bob, err := m.PutMember(m.sys, parties.MemberInput{Org: org, Person: p.ID, Roles: []string{"trader", "approver"}, Limit: &limit})
	if err != nil || *bob.LimitMinor != 50000 || bob.Currency != "EUR" || bob.Name != "Bob" {
		t.Fatalf("%+v %v", bob, err)
	}
	for amount, want := range map[int64]bool{50000: true, 50001: false} {
		if got, err := m.ApproverFor(m.sys, org, r.Person, money.Of(amount, "EUR")); err != nil || got != want {
			t.Errorf("%d: %v %v", amount, got, err)
		}
	}
	if got, _ := m.ApproverFor(m.sys, org, bob.Person, money.Of(1, "EUR")); got {
		t.Error("bob approves his own")
	}
	if got, _ := m.ApproverFor(m.sys, org, r.Person, money.Of(1, "USD")); got {
		t.Error("a limit in euros covers dollars")
	}
	dollars, negative := money.Of(1, "USD"), money.Of(-1, "EUR")
	for name, c := range map[string]struct {
		ctx  context.Context
		in   parties.MemberInput
		want *fault.Error
	}{
		"a role that reaches further": {admin, parties.MemberInput{Org: org, Person: bob.Person, Roles: []string{"deputy"}}, parties.ErrRole},
		"the operator's role":         {admin, parties.MemberInput{Org: org, Person: bob.Person, Roles: []string{"operator"}}, parties.ErrRole},
		"a stranger":                  {admin, parties.MemberInput{Org: org, Person: id.Person{}.New(), Roles: []string{"buyer"}}, parties.ErrNoMember},
		"another currency":            {admin, parties.MemberInput{Org: org, Person: bob.Person, Limit: &dollars}, parties.ErrInvalid},
		"a negative limit":            {admin, parties.MemberInput{Org: org, Person: bob.Person, Limit: &negative}, parties.ErrInvalid},
		"another company":             {admin, parties.MemberInput{Org: id.Org{}.New(), Person: bob.Person}, parties.ErrNotFound},
		"no department of ours":       {admin, parties.MemberInput{Org: org, Person: bob.Person, Unit: id.Unit{}.New()}, parties.ErrUnit},
		"the last administrator":      {admin, parties.MemberInput{Org: org, Person: r.Person, Roles: []string{"buyer"}}, parties.ErrLastAdmin},
	} {
		if _, err := m.PutMember(c.ctx, c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.PutMember(m.as(bob.Person, org, "buyer"), parties.MemberInput{Org: org, Person: bob.Person, Roles: []string{"admin"}}); fault.KindOf(err) != fault.Denied {
		t.Errorf("a buyer makes himself administrator: %v", err)
	}
	if err := m.RemoveMember(admin, org, r.Person); !errors.Is(err, parties.ErrLastAdmin) {
		t.Errorf("the last administrator left: %v", err)
	}
	now, err := m.Member(m.sys, org, bob.Person)
	if err != nil || *now.LimitMinor != 50000 || len(now.Roles) != 2 {
		t.Errorf("a refused change was stored: %+v", now)
	}
	if err := m.RemoveMember(admin, org, bob.Person); err != nil {
		t.Error(err)
	}
}

func TestALicenceCountsOnceTheOperatorHasLooked(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	org, seller := r.Org.ID, m.as(r.Person, r.Org.ID, "seller")
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	l, err := m.SubmitLicence(seller, parties.Licence{Org: org, Kind: "dea_registration", Number: "RA1", Scope: []string{"CII"}, ValidFrom: day("2026-01-01"), ValidTo: day("2026-12-31"), State: parties.LicenceValid})
	if err != nil || l.State != parties.LicenceSubmitted {
		t.Fatalf("a company verifies its own licence: %+v %v", l, err)
	}
	if _, err := m.VerifyLicence(seller, l.ID, parties.LicenceValid); fault.KindOf(err) != fault.Denied {
		t.Fatal(err)
	}
	if _, err := m.VerifyLicence(m.operator(), l.ID, parties.LicenceValid); err != nil {
		t.Fatal(err)
	}
	want := parties.Company{ID: org.String(), Name: "Nordwerk GmbH", State: "submitted", Licences: []parties.CompanyLicence{
		{Kind: "dea_registration", Number: "RA1", Scope: []string{"CII"}, ValidFrom: "2026-01-01", ValidTo: "2026-12-31", State: "valid"},
	}}
	got, err := m.Company(m.sys, org)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := m.SubmitLicence(seller, parties.Licence{Org: org, Kind: "dea_registration", Number: "RA1", ValidFrom: day("2026-01-01"), ValidTo: day("2026-12-31")}); !errors.Is(err, parties.ErrLicenceTaken) {
		t.Errorf("the same licence twice: %v", err)
	}
	if _, err := m.SubmitLicence(seller, parties.Licence{Org: org, Kind: "x", Number: "z", Document: id.Blob{}.New(), ValidFrom: day("2026-01-01"), ValidTo: day("2026-12-31")}); !errors.Is(err, parties.ErrInvalid) {
		t.Errorf("a paper of somebody else's: %v", err)
	}
	if _, err := m.SubmitLicence(seller, parties.Licence{Org: org, Kind: "x", Number: "y", ValidFrom: day("2026-02-01"), ValidTo: day("2026-01-01")}); !errors.Is(err, parties.ErrInvalid) {
		t.Errorf("a licence that ends before it begins: %v", err)
	}
	if _, err := m.VerifyLicence(m.operator(), l.ID, parties.LicenceRevoked); err != nil {
		t.Error(err)
	}
	if _, err := m.VerifyLicence(m.operator(), l.ID, parties.LicenceValid); !errors.Is(err, parties.ErrLicenceState) {
		t.Errorf("a revoked licence came back: %v", err)
	}
}

func TestDepartmentsCostCentresAndAddressesAreTheCompanysOwn(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	org, admin := r.Org.ID, m.as(r.Person, r.Org.ID, "admin", "buyer")
	root, err := m.PutUnit(admin, parties.Unit{Org: org, Code: "OPS", Name: "Operations"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.PutUnit(admin, parties.Unit{Org: org, Code: "OPS", Name: "Works"})
	if err != nil || again.ID != root.ID {
		t.Errorf("%v %v", again, err)
	}
	cc := parties.CostCentre{Org: org, Unit: root.ID, Code: "4711", Name: "Spare parts", Budget: money.Of(100, "EUR"), From: noon.Truncate(24 * time.Hour), To: noon.Truncate(24*time.Hour).AddDate(0, 1, 0)}
	stored, err := m.PutCostCentre(admin, cc)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.CostCentre(m.sys, org, stored.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(stored, got); d != "" {
		t.Error(d)
	}
	other, err := m.Ensure(m.sys, parties.OrgInput{Name: "Other", Country: "DE", RegKind: "other", RegNo: "HRB 1", Buys: true})
	if err != nil {
		t.Fatal(err)
	}
	foreign := m.as(id.Person{}.New(), other.ID, "admin", "buyer")
	for name, err := range map[string]error{
		"units":        second(m.Units(foreign, org)),
		"cost centres": second(m.CostCentres(foreign, org)),
		"addresses":    second(m.Addresses(foreign, org)),
		"members":      second(m.Members(foreign, org)),
		"licences":     second(m.Licences(foreign, org)),
		"own page":     second(m.Own(foreign, org)),
		"put unit":     second(m.PutUnit(foreign, parties.Unit{Org: org, Code: "X", Name: "X"})),
		"put centre":   second(m.PutCostCentre(foreign, cc)),
		"update":       second(m.Update(foreign, parties.UpdateInput{Org: org, Version: 1})),
	} {
		if !errors.Is(err, parties.ErrNotFound) {
			t.Errorf("another company, %s: %v", name, err)
		}
	}
	if _, err := m.PutUnit(foreign, parties.Unit{Org: other.ID, Parent: root.ID, Code: "X", Name: "X"}); !errors.Is(err, parties.ErrUnit) {
		t.Errorf("hung below another company's department: %v", err)
	}
	a, err := m.PutAddress(admin, parties.Address{Org: org, Label: "Gate 3", Country: "DE", City: "Hamburg", Street: "Hafenstr. 3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.PutAddress(admin, parties.Address{Org: org, Label: "x\x00", Country: "DE", City: "H", Street: "S"}); !errors.Is(err, parties.ErrAddress) {
		t.Errorf("a NUL: %v", err)
	}
	if err := m.RemoveAddress(foreign, other.ID, a.ID); !errors.Is(err, parties.ErrNoAddress) {
		t.Errorf("another company removes it: %v", err)
	}
	if err := m.RemoveAddress(admin, org, a.ID); err != nil {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestNothingOfAMarketplaceIsInAnother(t *testing.T) {
	t.Parallel()
	m, other := open(t, nil), open(t, nil)
	r := m.register(t)
	store := partiesdb.New(m.db.DB, contact.New(m.db.DB, nil))
	for name, err := range map[string]error{
		"company": second(other.Own(other.sys, r.Org.ID)),
		"facts":   second(other.Company(other.sys, r.Org.ID)),
		"member":  second(other.Member(other.sys, r.Org.ID, r.Person)),
		"decide":  second(other.Decide(other.operator(), parties.DecideInput{Org: r.Org.ID, To: parties.Approved, Version: 1})),
		"by no":   second(store.ByRegistration(other.sys, "DE", "vat", "DE136695976")),
		"put":     second(other.PutMember(other.sys, parties.MemberInput{Org: r.Org.ID, Person: r.Person, Roles: []string{"buyer"}})),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	l, err := other.List(other.operator(), parties.Filter{}, page.Request{})
	if err != nil || len(l.Items) != 0 {
		t.Errorf("%+v %v", l, err)
	}
	found, err := other.Companies(other.sys, []id.Org{r.Org.ID})
	if err != nil || len(found) != 0 {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := other.Register(other.visitor(), parties.RegisterInput{Company: german(), Person: ada()}); err != nil {
		t.Errorf("the same company cannot trade on two marketplaces: %v", err)
	}
}

func TestListsShowStrangersTheAdmittedAlone(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	for _, no := range []string{"HRB 1", "HRB 2", "HRB 3"} {
		if _, err := m.Ensure(m.sys, parties.OrgInput{Name: no, Country: "DE", RegKind: "other", RegNo: no, Sells: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Decide(m.sys, parties.DecideInput{Org: r.Org.ID, To: parties.Approved}); err != nil {
		t.Fatal(err)
	}
	l, err := m.List(m.visitor(), parties.Filter{State: parties.Submitted}, page.Request{})
	if err != nil || len(l.Items) != 1 || l.Items[0].ID != r.Org.ID || l.Items[0].Account.Shown != "" {
		t.Errorf("%+v %v", l, err)
	}
	seen := 0
	for p := (page.Request{Limit: 2}); ; {
		l, err := m.List(m.operator(), parties.Filter{State: parties.Submitted}, p)
		if err != nil {
			t.Fatal(err)
		}
		seen += len(l.Items)
		if p.After = l.Next; l.Next == "" {
			break
		}
	}
	if seen != 3 {
		t.Errorf("the operator sees %d who wait, want 3", seen)
	}
}

package gate_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/policies"
)

// memory is a store that keeps what it is told.
type memory struct {
	mu     sync.Mutex
	tenant gate.Tenant
	err    error
	inside []gate.Decision
	apart  []gate.Decision
	reads  int
}

func (m *memory) Tenant(context.Context, id.Tenant) (gate.Tenant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return m.tenant, m.err
}

func (m *memory) Versions(context.Context, map[id.Tenant]int64) (map[id.Tenant]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return map[id.Tenant]int64{m.tenant.ID: m.tenant.Version}, m.err
}

func (m *memory) Record(_ context.Context, d gate.Decision) error {
	m.inside = append(m.inside, d)
	return nil
}

func (m *memory) RecordApart(_ context.Context, ds ...gate.Decision) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.apart = append(m.apart, ds...)
	return nil
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func setup(t testing.TB, change func(*gate.Tenant)) (*gate.Gate, *memory) {
	t.Helper()
	m := &memory{tenant: gate.Tenant{
		ID: id.Tenant{}.New(), Slug: "steel", Kind: "open", State: "active", Version: 1,
		Settings: gate.Settings{Currency: "CNY", TimeZone: "Asia/Shanghai", ReleaseLimitMinor: 1000},
	}}
	if change != nil {
		change(&m.tenant)
	}
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: m, Now: clock.At(noon), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, m
}

func person(m *memory, roles ...string) caller.Caller {
	return caller.Caller{Tenant: m.tenant.ID, Kind: caller.Person, Person: id.Person{}.New(), Org: id.Org{}.New(), Roles: roles, Locale: "en"}
}

func as(c caller.Caller) context.Context { return caller.With(context.Background(), c) }

func TestRolesDecideAlone(t *testing.T) {
	t.Parallel()
	g, m := setup(t, nil)
	visitor := caller.Caller{Tenant: m.tenant.ID, Kind: caller.Visitor}
	for _, c := range []struct {
		name string
		who  caller.Caller
		do   policy.Action
		want bool
	}{
		{"a visitor looks at the goods", visitor, "catalog.item.read", true},
		{"a visitor does not order", visitor, "ordering.order.place", false},
		{"a visitor who claims a role is still a visitor", caller.Caller{Tenant: m.tenant.ID, Kind: caller.Visitor, Roles: []string{"operator"}}, "parties.org.decide", false},
		{"a buyer orders", person(m, "buyer"), "ordering.order.place", true},
		{"a buyer inherits what visitors may", person(m, "buyer"), "catalog.item.read", true},
		{"a buyer does not quote", person(m, "buyer"), "sourcing.quote.submit", false},
		{"a seller and buyer does both", person(m, "buyer", "seller"), "sourcing.quote.submit", true},
		{"a person without a company reads own notices", person(m), "notify.message.read", true},
		{"the operator admits companies", person(m, "operator"), "parties.org.decide", true},
		{"the operator does not manage tenants", person(m, "operator"), "tenancy.tenant.manage", false},
		{"an unknown action is nobody's", person(m, "operator"), "no.such.action", false},
		{"an unknown role grants nothing", person(m, "emperor"), "parties.org.decide", false},
		{"jobs act for every side", caller.Caller{Tenant: m.tenant.ID, Kind: caller.System, Roles: []string{"system"}}, "ordering.order.accept", true},
	} {
		if got := g.Can(as(c.who), c.do); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
		err := g.Allow(as(c.who), c.do, nil)
		if rules := c.do == "ordering.order.place" || c.do == "parties.org.decide"; !rules && (err == nil) != c.want {
			t.Errorf("%s: Allow says %v", c.name, err)
		}
	}
	if g.Can(context.Background(), "catalog.item.read") {
		t.Error("a call without a tenant was allowed")
	}
}

func TestARoleRefusalSaysWhoMayAndWhoGrants(t *testing.T) {
	t.Parallel()
	g, m := setup(t, nil)
	err := g.Allow(as(person(m, "buyer")), "sourcing.quote.submit", nil)
	if !errors.Is(err, policy.ErrDenied) || fault.KindOf(err) != fault.Denied {
		t.Fatalf("got %v", err)
	}
	want := []fault.Reason{{Code: "role_missing", Detail: "This takes one of these roles: seller.", Fix: "Your company's administrator can give you the role."}}
	if d := cmp.Diff(want, fault.From(err).Reasons); d != "" {
		t.Error(d)
	}
	c := person(m, "buyer")
	c.Locale = "zh-CN"
	zh := fault.From(g.Allow(as(c), "sourcing.quote.submit", nil)).Reasons[0]
	if zh.Detail != "此操作需要以下角色之一：供应商。" {
		t.Errorf("got %q", zh.Detail)
	}
}

func TestStrangersSeeNothingWhereSignInIsAsked(t *testing.T) {
	t.Parallel()
	g, m := setup(t, func(t *gate.Tenant) { t.Settings.LoginRequired = true })
	visitor := caller.Caller{Tenant: m.tenant.ID, Kind: caller.Visitor, Roles: []string{"visitor"}}
	if g.Can(as(visitor), "catalog.item.read") || !g.Can(as(visitor), "identity.session.create") {
		t.Error("a stranger of a private portal may sign in and do nothing else")
	}
	if !g.Can(as(person(m)), "catalog.item.read") {
		t.Error("who is signed in may look")
	}
}

func TestTheTenantsStateBindsEverybody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state, role string
		do          policy.Action
		want        bool
	}{
		{"read_only", "buyer", "catalog.item.read", true},
		{"read_only", "buyer", "ordering.order.place", false},
		{"read_only", "operator", "parties.org.decide", false},
		{"suspended", "buyer", "catalog.item.read", false},
		{"suspended", "system", "ordering.order.accept", false},
		{"suspended", "buyer", "identity.session.own", true},
		{"suspended", "platform", "audit.entry.read", true},
		{"draft", "system", "catalog.item.write", true},
		{"draft", "buyer", "catalog.item.read", false},
	} {
		g, m := setup(t, func(t *gate.Tenant) { t.State = c.state })
		if got := g.Can(as(person(m, c.role)), c.do); got != c.want {
			t.Errorf("%s, %s, %s: got %v", c.state, c.role, c.do, got)
		}
	}
}

func TestTenantsAddRolesAndNeverTheForbidden(t *testing.T) {
	t.Parallel()
	add := func(lines ...gate.Rule) func(*gate.Tenant) {
		return func(t *gate.Tenant) { t.Rules = lines }
	}
	g, m := setup(t, add(gate.Rule{Type: "g", Role: "storekeeper", Grants: "seller"}, gate.Rule{Type: "p", Role: "storekeeper", Grants: "ledger.read"}))
	if !g.Can(as(person(m, "storekeeper")), "inventory.stock.write") || !g.Can(as(person(m, "storekeeper")), "ledger.read") {
		t.Error("the tenant's own role does not work")
	}
	for _, bad := range []gate.Rule{
		{Type: "p", Role: "visitor", Grants: "ordering.order.place"},
		{Type: "g", Role: "buyer", Grants: "platform"},
		{Type: "g", Role: "buyer", Grants: "operator"}, // found by a probe
		{Type: "p", Role: "buyer", Grants: "tenancy.tenant.manage"},
		{Type: "p", Role: "r:buyer", Grants: "ledger.read"},
	} {
		g, m := setup(t, add(bad, gate.Rule{Type: "p", Role: "buyer", Grants: "ledger.read"}))
		if g.Can(as(person(m, "buyer")), "ledger.read") || !g.Can(as(person(m, "buyer")), "ordering.order.place") {
			t.Errorf("%s: a tenant with a forbidden line keeps the base roles and nothing more", bad)
		}
	}
}

// Whoever runs a company must not be able to make an operator of a colleague.
func TestACompanyGivesNoRoleThatReachesFurther(t *testing.T) {
	t.Parallel()
	g, m := setup(t, func(t *gate.Tenant) {
		t.Rules = []gate.Rule{
			{Type: "g", Role: "trader", Grants: "seller"},
			{Type: "g", Role: "deputy", Grants: "operator"},
			{Type: "p", Role: "auditor", Grants: "ledger.read"},
			{Type: "p", Role: "weigher", Grants: "fulfilment.shipment.receive"},
		}
	})
	if d := cmp.Diff([]string{"seller", "trader"}, g.Holding(as(person(m, "admin")), "seller")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"trader", "weigher", "seller"}, g.Expand(t.Context(), m.tenant.ID, []string{"trader", "weigher"})); d != "" {
		t.Error(d)
	}
	want := []string{"admin", "approver", "buyer", "seller", "trader", "weigher"}
	if d := cmp.Diff(want, g.Grantable(as(person(m, "admin")))); d != "" {
		t.Error(d)
	}
}

func TestAChangedVersionDropsTheCompiledRoles(t *testing.T) {
	t.Parallel()
	g, m := setup(t, nil)
	who := as(person(m, "clerk"))
	if g.Can(who, "ledger.read") {
		t.Fatal("granted before the line was there")
	}
	m.mu.Lock()
	m.tenant.Rules = []gate.Rule{{Type: "p", Role: "clerk", Grants: "ledger.read"}}
	m.tenant.Version = 2
	m.mu.Unlock()
	if g.Can(who, "ledger.read") {
		t.Fatal("read again without a reason to")
	}
	if err := g.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !g.Can(who, "ledger.read") {
		t.Error("still the old version after a refresh")
	}
}

func TestAStoreThatFailsAllowsNothing(t *testing.T) {
	t.Parallel()
	g, m := setup(t, nil)
	m.err = errors.New("down")
	if g.Can(as(person(m, "buyer")), "catalog.item.read") {
		t.Error("allowed without knowing the tenant")
	}
	if err := g.Allow(as(person(m, "buyer")), "catalog.item.read", nil); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}

type facts = map[string]any

func release(amount int64, by ...string) facts {
	return facts{"object": "escrow-1", "amount": facts{"minor": amount, "currency": "CNY"}, "requested_by": "person:1", "approved_by": append([]string{}, by...), "open_claims": 0}
}

func TestRulesJudgeFactsAndTheDecisionIsKept(t *testing.T) {
	t.Parallel()
	g, m := setup(t, nil)
	inUnit := work.Mark(as(person(m, "buyer")))
	if err := g.Allow(inUnit, "payments.escrow.release", release(1000)); err != nil {
		t.Fatal(err)
	}
	err := g.Allow(inUnit, "payments.escrow.release", release(1001))
	if !policy.Needs(err, "second_person_required") {
		t.Fatalf("got %v, want a review", err)
	}
	err = g.Allow(inUnit, "payments.escrow.release", release(1, "person:1"))
	if !errors.Is(err, policy.ErrDenied) || fault.From(err).Reasons[0].Code != "same_person" {
		t.Fatalf("got %v", err)
	}
	g.Flush()
	if len(m.inside) != 2 || m.inside[0].Outcome != gate.Allow || m.inside[1].Outcome != gate.Review {
		t.Errorf("in the unit: %+v", m.inside)
	}
	if len(m.apart) != 1 || m.apart[0].Outcome != gate.Deny || m.apart[0].Object != "escrow-1" || m.apart[0].InputHash == "" {
		t.Errorf("beside it: %+v", m.apart)
	}
}

// In Rego a missing field makes a rule silent, which would read as a yes.
func TestFactsThatAreNotWholeAreRefused(t *testing.T) {
	t.Parallel()
	g, m := setup(t, nil)
	for name, f := range map[string]any{
		"none":            nil,
		"a field missing": facts{"amount": facts{"minor": 1, "currency": "CNY"}, "requested_by": "person:1", "approved_by": []string{}},
		"a null":          func() any { f := release(1); f["open_claims"] = nil; return f }(),
		"a broken number": func() any { f := release(1); f["amount"] = facts{"minor": 1.5, "currency": "CNY"}; return f }(),
		"no list":         func() any { f := release(1); f["approved_by"] = "person:2"; return f }(),
		"not JSON":        func() {},
	} {
		err := g.Allow(as(person(m, "buyer")), "payments.escrow.release", f)
		if !errors.Is(err, policy.ErrDenied) || fault.From(err).Reasons[0].Code != "policy_unanswered" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAVerticalNobodyWroteRefusesInsteadOfVanishing(t *testing.T) {
	t.Parallel()
	g, m := setup(t, func(t *gate.Tenant) { t.Settings.Verticals = []string{"pharmacy"} })
	if err := g.Allow(as(person(m, "buyer")), "payments.escrow.release", release(1)); !errors.Is(err, policy.ErrDenied) {
		t.Errorf("got %v", err)
	}
}

func publish(schedule, until string) facts {
	return facts{"item": facts{"id": "i1", "name": "Codeine", "regulated": schedule}, "seller": facts{
		"id": "s1", "name": "Acme", "state": "approved",
		"licences": []facts{{"kind": "DEA", "number": "RA1", "scope": []string{"CII"}, "valid_from": "2026-01-01", "valid_to": until, "state": "valid"}},
	}}
}

func TestPharmaAddsTheLicenceAndSteelDoesNot(t *testing.T) {
	t.Parallel()
	steel, ms := setup(t, nil)
	pharma, mp := setup(t, func(t *gate.Tenant) { t.Settings.Verticals = []string{"pharma"} })
	expired := publish("CII", "2026-05-31")
	if err := steel.Allow(as(person(ms, "seller")), "catalog.item.publish", expired); err != nil {
		t.Error(err)
	}
	err := pharma.Allow(as(person(mp, "seller")), "catalog.item.publish", expired)
	if !errors.Is(err, policy.ErrDenied) {
		t.Fatal("an expired licence covered a schedule II item")
	}
	r := fault.From(err).Reasons[0]
	if r.Code != "licence_expired" || !strings.Contains(r.Detail, "RA1 of Acme ended on 2026-05-31") {
		t.Errorf("got %+v", r)
	}
	// Noon in UTC is already evening in Shanghai, still the same day: the last day counts.
	if err := pharma.Allow(as(person(mp, "seller")), "catalog.item.publish", publish("CII", "2026-06-01")); err != nil {
		t.Error(err)
	}
}

func TestExplainNamesTheChainTheRulesAndTheWayOut(t *testing.T) {
	t.Parallel()
	g, m := setup(t, func(t *gate.Tenant) { t.Settings.Verticals = []string{"pharma"} })
	e, err := g.Explain(context.Background(), person(m, "buyer"), "catalog.item.read", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []gate.RoleAnswer{
		{Role: "person", Grants: true, Chain: []string{"person", "visitor"}, Line: "p, visitor, catalog.item.read", Source: "base"},
		{Role: "buyer", Grants: true, Chain: []string{"buyer", "person", "visitor"}, Line: "p, visitor, catalog.item.read", Source: "base"},
	}
	if d := cmp.Diff(want, e.Roles); d != "" || e.Outcome != gate.Allow {
		t.Errorf("%s %s", e.Outcome, d)
	}
	e, err = g.Explain(context.Background(), person(m, "buyer"), "catalog.item.publish", publish("CV", "2026-12-31"))
	if err != nil {
		t.Fatal(err)
	}
	text := e.Text()
	for _, part := range []string{"DENY", "- buyer  does not grant it", "granted to: operator, seller", "kontor.catalog.publish_item", "with pharma", "licence_missing", "what would change it"} {
		if !strings.Contains(text, part) {
			t.Errorf("missing %q in:\n%s", part, text)
		}
	}
	g.Flush()
	if len(m.apart)+len(m.inside) != 0 {
		t.Error("an explanation was recorded as a decision")
	}
}

func BenchmarkCan(b *testing.B) {
	g, m := setup(b, nil)
	ctx := as(person(m, "approver", "buyer"))
	g.Can(ctx, "ordering.order.place")
	for b.Loop() {
		g.Can(ctx, "ordering.order.place")
	}
}

func BenchmarkAllowAnOrderOfThreeLines(b *testing.B) {
	g, m := setup(b, func(t *gate.Tenant) { t.Settings.Verticals = []string{"pharma"} })
	ctx := work.Mark(as(person(m, "buyer")))
	seller := publish("CII", "2026-12-31")["seller"]
	line := facts{"item": "i", "name": "Codeine", "regulated": "CII", "seller": seller}
	order := facts{
		"lines": []facts{line, line, line}, "total": facts{"minor": 100, "currency": "USD"},
		"buyer":  facts{"id": "b1", "name": "Buyer", "state": "approved", "licences": seller.(facts)["licences"]},
		"member": facts{"limit_minor": 1000, "currency": "USD"},
	}
	for b.Loop() {
		if err := g.Allow(ctx, "ordering.order.place", order); err != nil {
			b.Fatal(err)
		}
		m.inside = m.inside[:0]
	}
}

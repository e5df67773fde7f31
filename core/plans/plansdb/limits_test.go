package plansdb_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/policy"
)

func TestPeopleComeInUpToTheLimitAndNotBeyond(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Users: 5})
	for i := range 5 {
		if err := n.add(ctx); err != nil {
			t.Fatalf("person %d: %v", i+1, err)
		}
	}
	err := n.add(ctx)
	f := fault.From(err)
	if !errors.Is(err, plans.ErrOver) || f.Args["used"] != "5" || f.Args["limit"] != "5" || f.Next == "" || len(f.Reasons) != 1 || f.Reasons[0].Code != "plan_limit.users" || f.Reasons[0].Detail != "5 / 5" {
		t.Fatalf("got %v %+v", err, f)
	}
	if k := n.people(t, ctx); k != 5 {
		t.Errorf("%d people are stored", k)
	}
	other := n.db.NewTenant(t) // without a plan
	for range 7 {
		if err := n.db.Do(other, n.add); err != nil {
			t.Fatal(err)
		}
	}
	if told := n.log.told(); told != "near users 4/5, reached users 5/5" {
		t.Errorf("told: %s", told)
	}
}

// What turns out to be too much is not kept, even where nobody knew before how much it was.
func TestNothingIsPartlyWritten(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Users: 3})
	err := n.Growing(ctx, plans.Users, 0, func(ctx context.Context) error {
		for range 4 {
			if err := n.Growing(ctx, plans.Storage, 1, func(ctx context.Context) error { return insertPerson(ctx) }); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, plans.ErrOver) || n.people(t, ctx) != 0 {
		t.Errorf("%v, %d are stored", err, n.people(t, ctx))
	}
}

func insertPerson(ctx context.Context) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_people (tenant_id, id, email, name, locale, state, created_at) SELECT current_setting('app.tenant_id')::uuid, u, u || '@example.org', 'Li', 'en', 'active', now() FROM gen_random_uuid() u`)
	return err
}

func TestOfFiftyAtOnceOneGetsTheLastPlace(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Users: 3})
	for range 2 {
		if err := n.add(ctx); err != nil {
			t.Fatal(err)
		}
	}
	in, full := rush(50, func() error { return n.add(ctx) }, plans.ErrOver)
	if in != 1 || full != 49 || n.people(t, ctx) != 3 {
		t.Errorf("%d came in, %d were refused, %d are there", in, full, n.people(t, ctx))
	}
}

// rush does something many times at once, and counts how often it went well and how often
// it was refused as expected.
func rush(times int, do func() error, refusal error) (well, refused int32) {
	var wg sync.WaitGroup
	var a, b atomic.Int32
	for range times {
		wg.Go(func() {
			switch err := do(); {
			case err == nil:
				a.Add(1)
			case errors.Is(err, refusal):
				b.Add(1)
			}
		})
	}
	wg.Wait()
	return a.Load(), b.Load()
}

func TestOfFiftyOrdersAtOnceOneIsTheLast(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Orders: 10})
	place := func(k int64, fail error) error {
		return n.db.Do(ctx, func(ctx context.Context) error {
			if err := n.TakeOrders(ctx, k); err != nil {
				return err
			}
			tx, err := pg.Conn(ctx)
			if err == nil {
				_, err = tx.Exec(ctx, `SELECT 1`)
			}
			return errors.Join(err, fail)
		})
	}
	boom := errors.New("boom")
	if err := place(9, nil); err != nil {
		t.Fatal(err)
	}
	if err := place(1, boom); !errors.Is(err, boom) { // its place is given back
		t.Fatal(err)
	}
	if err := place(2, nil); !errors.Is(err, plans.ErrOver) {
		t.Fatalf("two where there is room for one: %v", err)
	}
	in, full := rush(50, func() error { return place(1, nil) }, plans.ErrOver)
	if in != 1 || full != 49 {
		t.Errorf("%d were placed, %d refused", in, full)
	}
	f := fault.From(place(1, nil))
	if f.Args["used"] != "10" || f.Reasons[0].Detail != "10 / 10 · → 2026-12-01" || f.Kind != fault.Conflict {
		t.Errorf("%+v", f)
	}
}

func TestPlacingAnOrderAsksNothingOnceTheNumberIsKnown(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Orders: 100})
	take := func(ctx context.Context) error {
		return n.db.Do(ctx, func(ctx context.Context) error { return n.TakeOrders(ctx, 1) })
	}
	if err := take(ctx); err != nil {
		t.Fatal(err)
	}
	counting, count := pg.Counting(ctx)
	for range 10 {
		if err := take(counting); err != nil {
			t.Fatal(err)
		}
	}
	if count.Trips() != 0 || count.Statements() != 0 {
		t.Errorf("%d trips, %d statements", count.Trips(), count.Statements())
	}
}

func TestASmallerPlanTakesNothingAwayAndLetsNothingIn(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Users: 9})
	for range 6 {
		if err := n.add(ctx); err != nil {
			t.Fatal(err)
		}
	}
	small := n.plan(t, ctx, "s", plans.Limits{plans.Users: 2})
	n.assign(t, ctx, small.Code, 1)
	if err := n.add(ctx); !errors.Is(err, plans.ErrOver) {
		t.Fatalf("got %v", err)
	}
	if err := n.Growing(ctx, plans.Users, 0, func(context.Context) error { return nil }); err != nil {
		t.Errorf("to change what is there: %v", err)
	}
	if k := n.people(t, ctx); k != 6 {
		t.Errorf("%d people are left", k)
	}
}

func TestAnExceptionCountsUntilItsEnd(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, tenant := n.market(t, plans.Limits{plans.Users: 2})
	end := noon.Add(48 * time.Hour)
	if err := n.Except(ctx, tenant.String(), plans.Override{Name: "users", Amount: 3, Reason: "a trade fair", EndsAt: end}); err != nil {
		t.Fatal(err)
	}
	if err := n.Except(ctx, tenant.String(), plans.Override{Name: "rfq", Amount: 1, Reason: "to try it"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want int64
	}{{noon, 3}, {end.Add(-time.Microsecond), 3}, {end, 2}} {
		n.set(c.at)
		if got := n.Limit(tenant, plans.Users); got != c.want {
			t.Errorf("at %s the limit is %d, want %d", c.at, got, c.want)
		}
	}
	if !n.Enabled(tenant, plans.RFQ) || n.Enabled(tenant, plans.OwnDomain) {
		t.Error("the feature's exception does not count, or more than it")
	}
	if err := n.EndException(ctx, tenant.String(), "rfq"); err != nil || n.Enabled(tenant, plans.RFQ) {
		t.Errorf("%v, still enabled: %v", err, n.Enabled(tenant, plans.RFQ))
	}
	if err := n.EndException(ctx, tenant.String(), "rfq"); !errors.Is(err, plans.ErrNoOverride) {
		t.Errorf("ended twice: %v", err)
	}
	for name, o := range map[string]plans.Override{
		"no reason": {Name: "users", Amount: 3}, "a made-up metric": {Name: "cars", Amount: 1, Reason: "because"}, "over before it begins": {Name: "users", Amount: 3, Reason: "because", EndsAt: noon},
		"one transaction": {Name: "transactions", Amount: 1, Reason: "because"}, "half a feature": {Name: "rfq", Amount: 2, Reason: "because"},
	} {
		if err := n.Except(ctx, tenant.String(), o); !errors.Is(err, plans.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFeatureThatIsNotInThePlanIsRefusedByName(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, tenant := n.market(t, nil)
	buyer := caller.With(ctx, caller.Caller{Tenant: tenant, Kind: caller.Person, Roles: []string{"buyer"}})
	gate := n.Gated(yes{})
	err := gate.Allow(buyer, "sourcing.rfq.create", nil)
	if f := fault.From(err); !errors.Is(err, plans.ErrFeature) || f.Args["feature"] != "rfq" || f.Kind != fault.Denied {
		t.Errorf("got %v", err)
	}
	for _, do := range []string{"sourcing.rfq.read", "sourcing.rfq.award", "tenancy.host.manage"} { // what was begun goes on
		if err := gate.Allow(buyer, policy.Action(do), nil); err != nil {
			t.Errorf("%s: %v", do, err)
		}
	}
	if err := gate.Allow(ctx, "sourcing.rfq.create", nil); err != nil {
		t.Errorf("the platform's own work: %v", err)
	}
	if off := n.Off(tenant); !off["sourcing.rfq.create"] || !off["tenancy.host.claim"] {
		t.Errorf("off: %v", off)
	}
	other := pgtest.Tenant(t, n.db.NewTenant(t))
	if len(n.Off(other)) != 0 {
		t.Error("a market without a plan goes without something")
	}
}

func TestRequestsComeThroughUpToTheLimitOfAMinute(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	_, tenant := n.market(t, plans.Limits{plans.Requests: 30})
	for i := range 30 {
		if err := n.Admit(tenant); err != nil {
			t.Fatalf("request %d: %v", i+1, err)
		}
	}
	err := n.Admit(tenant)
	if f := fault.From(err); !errors.Is(err, plans.ErrRequests) || f.Kind != fault.Throttled || f.Args["limit"] != "30" || f.Args["seconds"] != "2" {
		t.Fatalf("got %v %v", err, f.Args)
	}
	n.set(noon.Add(2 * time.Second)) // one drips in every two seconds
	if err := n.Admit(tenant); err != nil {
		t.Errorf("after the time that was said: %v", err)
	}
	if err := n.Admit(tenant); err == nil {
		t.Error("two came through where one had become free")
	}
	n.set(noon.Add(2 * time.Minute))
	if well, _ := rush(50, func() error { return n.Admit(tenant) }, plans.ErrRequests); well != 30 {
		t.Errorf("of fifty at once %d came through", well)
	}
	other := pgtest.Tenant(t, n.db.NewTenant(t))
	for range 100 {
		if err := n.Admit(other); err != nil {
			t.Fatalf("another market: %v", err)
		}
	}
}

// What another process lets through counts here too, but shuts nobody out for longer than a
// bucket takes to fill.
func TestRequestsOfAllProcessesCountTogether(t *testing.T) {
	t.Parallel()
	a := newNode(t)
	_, tenant := a.market(t, plans.Limits{plans.Requests: 30})
	b := newNode(t)
	if err := b.Learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := a.Admit(tenant); err != nil {
			t.Fatal(err)
		}
	}
	spent := a.Spent()
	if len(spent) != 1 || spent[tenant] != 20 || len(a.Spent()) != 0 {
		t.Fatalf("told %v", spent)
	}
	b.Charge(tenant, spent[tenant])
	if well, _ := rush(30, func() error { return b.Admit(tenant) }, plans.ErrRequests); well != 10 {
		t.Errorf("%d of the ten that are left came through", well)
	}
	b.Charge(tenant, 1<<40)
	b.set(noon.Add(2 * time.Second))
	if err := b.Admit(tenant); err != nil {
		t.Errorf("one drips in every two seconds: %v", err)
	}
	a.Charge(pgtest.Tenant(t, a.db.NewTenant(t)), 5) // a market without a limit
}

// The last place is given, but not yet for good: whoever comes now waits to see.
func TestWhoComesBeforeAnotherIsDoneWaitsForHim(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Users: 1})
	in, hold, first := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first <- n.db.Do(ctx, func(ctx context.Context) error {
			err := n.add(ctx)
			close(in)
			<-hold
			return err
		})
	}()
	<-in
	second := make(chan error, 1)
	go func() { second <- n.add(ctx) }()
	time.Sleep(200 * time.Millisecond)
	close(hold)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if err := <-second; !errors.Is(err, plans.ErrOver) || n.people(t, ctx) != 1 {
		t.Errorf("the second: %v; %d are there", err, n.people(t, ctx))
	}
}

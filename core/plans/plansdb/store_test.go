package plansdb_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/plans/plansdb"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestAChangeOfPlanIsKnownEverywhereWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	here, there := newNode(t), newNode(t)
	ctx, tenant := here.market(t, plans.Limits{plans.Products: 7})
	go there.Watch(t.Context())
	within := func(what string, ok func() bool) {
		t.Helper()
		begun := time.Now()
		pgtest.Eventually(t, 2*time.Second, what, ok)
		t.Logf("%s after %v", what, time.Since(begun).Round(time.Millisecond))
	}
	within("a new plan", func() bool { return there.Limit(tenant, plans.Products) == 7 })
	if err := here.Except(ctx, tenant.String(), plans.Override{Name: "products", Amount: 8, Reason: "a while"}); err != nil {
		t.Fatal(err)
	}
	within("an exception", func() bool { return there.Limit(tenant, plans.Products) == 8 })
	if err := here.EndException(ctx, tenant.String(), "products"); err != nil {
		t.Fatal(err)
	}
	within("its end", func() bool { return there.Limit(tenant, plans.Products) == 7 })
}

func TestAVersionOfAPlanNeverChanges(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, tenant := n.market(t, plans.Limits{plans.Products: 7})
	first, _, err := n.Plan(ctx, "p"+tenant.String()[24:])
	if err != nil {
		t.Fatal(err)
	}
	next := first
	next.Limits = plans.Limits{plans.Products: 9}
	if _, err := n.Publish(ctx, next, false); err != nil {
		t.Fatal(err)
	}
	if got := n.Limit(tenant, plans.Products); got != 7 {
		t.Errorf("who did not move has %d", got)
	}
	if _, err := n.Publish(ctx, next, true); !errors.Is(err, plans.ErrStale) {
		t.Fatalf("a form that was open for too long: %v", err)
	}
	next.Version, next.Limits = 2, plans.Limits{plans.Products: 11}
	if _, err := n.Publish(ctx, next, true); err != nil {
		t.Fatal(err)
	}
	if got := n.Limit(tenant, plans.Products); got != 11 {
		t.Errorf("who moved has %d", got)
	}
	err = n.db.Control(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE plans_plans SET limits = '{}' WHERE code = $1`, first.Code)
		return err
	})
	if err == nil {
		t.Error("even the platform's own role can change a version")
	}
	err = n.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `SELECT plan FROM plans_subscriptions`)
		return err
	})
	if err == nil {
		t.Error("requests can read who has which plan")
	}
}

func TestAPlanThatCannotWorkIsRefusedWithAllThatIsWrong(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx := n.db.NewTenant(t)
	for name, p := range map[string]plans.Plan{
		"nothing":          {},
		"a negative limit": {Code: "bad", Names: map[string]string{"en": "a", "zh-CN": "b"}, SoftPercent: 80, Limits: plans.Limits{plans.Users: -1}},
		"an endless one":   {Code: "bad", Names: map[string]string{"en": "a", "zh-CN": "b"}, SoftPercent: 80, Limits: plans.Limits{plans.Users: 1 << 62}},
		"a made-up one":    {Code: "bad", Names: map[string]string{"en": "a", "zh-CN": "b"}, SoftPercent: 80, Limits: plans.Limits{"cars": 1}},
		"a strange name":   {Code: "Bad code", Names: map[string]string{"en": "a", "zh-CN": "b"}, SoftPercent: 80},
		"no such feature":  {Code: "bad", Names: map[string]string{"en": "a", "zh-CN": "b"}, SoftPercent: 80, Features: []plans.Feature{"gold"}},
		"soft at the end":  {Code: "bad", Names: map[string]string{"en": "a", "zh-CN": "b"}, SoftPercent: 100},
	} {
		if _, err := n.Publish(ctx, p, false); !errors.Is(err, plans.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// placed appends the news of orders, as placing them does.
func placed(t *testing.T, ctx context.Context, q *jobs.Queue, db *pgtest.DB, n int) {
	t.Helper()
	err := db.Do(ctx, func(ctx context.Context) error {
		for range n {
			if err := q.Append(ctx, event.OrderPlaced{OrderParties: event.OrderParties{Order: id.Order{}.New().String()}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The counter is the number of orders whatever dies when: it is written together with the
// note that the news was heard.
func TestOrdersAreCountedOnceEach(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Orders: 40})
	queue := func(hear func(context.Context, []event.Recorded) error) *jobs.Queue {
		q, err := jobs.New(n.db.DB, jobs.Options{Now: n.now})
		if err != nil {
			t.Fatal(err)
		}
		q.Subscribe(plansdb.Consumer, hear, "ordering.order_placed.v1")
		return q
	}
	dies := errors.New("killed")
	dying := queue(func(ctx context.Context, es []event.Recorded) error {
		if err := n.HearOrders(ctx, es); err != nil {
			return err
		}
		return dies // after it was counted, before the unit's end
	})
	placed(t, ctx, dying, n.db, 30)
	for range 3 {
		_ = dying.Relay(ctx)
	}
	n.set(noon.Add(time.Hour))
	living := queue(n.HearOrders)
	var wg sync.WaitGroup
	for range 4 { // as many processes
		wg.Go(func() { _ = living.Relay(ctx) })
	}
	wg.Wait()
	pgtest.Eventually(t, 5*time.Second, "all are counted", func() bool {
		_ = living.Relay(ctx)
		told, counted, err := plansdb.New(n.db.DB).OrdersTold(ctx)
		return err == nil && told == 30 && counted == 30
	})
	if missed, err := n.Recount(ctx); err != nil || missed != 0 {
		t.Errorf("counted again: %d, %v", missed, err)
	}
	var sum int64
	if err := n.db.Ops(t).QueryRow(t.Context(), `SELECT sum(delta) FROM plans_ledger WHERE tenant_id = $1 AND metric = 'orders'`, pgtest.Tenant(t, ctx).UUID()).Scan(&sum); err != nil || sum != 30 {
		t.Errorf("the ledger says %d, %v", sum, err)
	}
	placed(t, ctx, living, n.db, 2) // placed, and not yet heard of
	p := plans.Month(n.now(), shanghai(t))
	if used, err := plansdb.New(n.db.DB).OrdersOf(ctx, p); err != nil || used != 32 {
		t.Errorf("%d orders, %v", used, err)
	}
	if err := living.Relay(ctx); err != nil {
		t.Fatal(err)
	}
	if told := n.log.told(); told != "near orders 32/40" {
		t.Errorf("told %q", told)
	}
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// What an older program relayed without counting is found and put right.
func TestWhatWasMissedIsCountedAgain(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, nil)
	old, err := jobs.New(n.db.DB, jobs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	placed(t, ctx, old, n.db, 3)
	if err := old.Relay(ctx); err != nil {
		t.Fatal(err)
	}
	if missed, err := n.Recount(ctx); err != nil || missed != 3 {
		t.Fatalf("%d, %v", missed, err)
	}
	if missed, err := n.Recount(ctx); err != nil || missed != 0 {
		t.Fatalf("again %d, %v", missed, err)
	}
}

// A month ends when it does where the marketplace is: in Shanghai eight hours before UTC.
func TestTheMonthTurnsInTheMarketsOwnZone(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Orders: 2})
	turn := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	take := func() error {
		return n.db.Do(ctx, func(ctx context.Context) error { return n.TakeOrders(ctx, 1) })
	}
	n.set(turn.Add(-time.Minute))
	for range 2 {
		if err := take(); err != nil {
			t.Fatal(err)
		}
	}
	n.set(turn.Add(-time.Microsecond))
	if err := take(); !errors.Is(err, plans.ErrOver) {
		t.Fatalf("in the last moment of November: %v", err)
	}
	n.set(turn)
	if err := take(); err != nil {
		t.Fatalf("in the first moment of December: %v", err)
	}
	hear := func(at time.Time) {
		t.Helper()
		data, _ := json.Marshal(event.OrderPlaced{})
		err := n.db.Do(ctx, func(ctx context.Context) error {
			return n.HearOrders(ctx, []event.Recorded{{ID: id.Event{}.New().String(), Name: "ordering.order_placed.v1", Data: data, AtUnix: at.UnixMilli()}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	hear(turn.Add(-time.Millisecond))
	hear(turn)
	hear(turn)
	got := map[string]int64{}
	counters, err := plansdb.New(n.db.DB).History(ctx, "2026-01")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counters {
		got[c.Period] = c.Used
	}
	if got["2026-11"] != 1 || got["2026-12"] != 2 {
		t.Errorf("counted %v", got)
	}
}

func TestRequestsComeIntoTheLedgerInPortions(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, tenant := n.market(t, nil)
	for range 700 {
		if err := n.Admit(tenant); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Admit(tenant); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(n.Flush(t.Context()), n.Flush(t.Context())); err != nil {
		t.Fatal(err)
	}
	var lines, sum, used int64
	if err := n.db.Ops(t).QueryRow(t.Context(), `SELECT count(*), sum(delta), (SELECT used FROM plans_counters c WHERE c.tenant_id = $1 AND metric = 'requests') FROM plans_ledger WHERE tenant_id = $1`, pgtest.Tenant(t, ctx).UUID()).Scan(&lines, &sum, &used); err != nil {
		t.Fatal(err)
	}
	if lines != 2 || sum != 701 || used != 701 {
		t.Errorf("%d lines, %d requests, the counter says %d", lines, sum, used)
	}
}

func TestTheLedgerOfUseIsNeverRewritten(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, tenant := n.market(t, nil)
	_ = n.Admit(tenant)
	if err := n.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`UPDATE plans_ledger SET delta = 0`, `DELETE FROM plans_ledger`} {
		err := n.db.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, sql)
			return err
		})
		if err == nil {
			t.Errorf("%s was let through", sql)
		}
	}
}

func TestUsageSaysWhatThereIsAndWhenItEnds(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, _ := n.market(t, plans.Limits{plans.Users: 4, plans.Orders: 60}, plans.RFQ)
	for range 3 {
		if err := n.add(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Measure(ctx); err != nil {
		t.Fatal(err)
	}
	err := n.db.Do(ctx, func(ctx context.Context) error {
		_, err := plansdb.New(n.db.DB).Note(ctx, plans.Entry{Metric: plans.Orders, Period: "2026-11", Delta: 40, Source: "test", At: noon})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := n.Usage(ctx)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[plans.Metric]plans.Line{}
	for _, l := range u.Lines {
		lines[l.Metric] = l
	}
	// Half of the month is over (14.5 of 30 days by the market's clock) and 40 of 60 are used.
	if l := lines[plans.Orders]; l.Used != 40 || l.Limit != 60 || l.Step != "" || l.ReachedAt.IsZero() || l.ReachedAt.Before(noon.AddDate(0, 0, 7)) || l.ReachedAt.After(noon.AddDate(0, 0, 8)) {
		t.Errorf("orders: %+v", l)
	}
	if l := lines[plans.Users]; l.Used != 3 || l.Limit != 4 || l.Step != "" || !l.ReachedAt.IsZero() {
		t.Errorf("people: %+v", l)
	}
	if last := u.Months[len(u.Months)-1]; last.Period != "2026-11" || last.Used[plans.Users] != 3 || last.Used[plans.Orders] != 40 {
		t.Errorf("this month: %+v", last)
	}
	if !u.Features[0].On || u.Features[1].On || u.Plan == nil {
		t.Errorf("features %+v", u.Features)
	}
}

func TestAPreviewSaysWhoWouldBeOver(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	ctx, tenant := n.market(t, plans.Limits{plans.Users: 9})
	for range 3 {
		if err := n.add(ctx); err != nil {
			t.Fatal(err)
		}
	}
	p, _, err := n.Plan(ctx, "p"+tenant.String()[24:])
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]int{2: 1, 3: 0} {
		p.Limits = plans.Limits{plans.Users: limit}
		over, looked, all, err := n.Preview(ctx, p)
		if err != nil || len(over) != want || looked != 1 || all != 1 {
			t.Errorf("limit %d: %+v, %d of %d, %v", limit, over, looked, all, err)
		}
	}
}

package app

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/plans/plansdb"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/tenancy"
)

// makePlans comes right after tenancy: whoever comes later asks it.
func (h *House) makePlans() {
	h.Plans = plans.New(plans.Deps{
		Store: plansdb.New(h.DB), Unit: h.DB, Gate: h.Gate, Events: h.Queue, Audit: h.Queue, Tenants: h.Tenancy, Now: h.Now, Log: h.Log,
		Levels: map[plans.Metric]plans.Level{
			plans.Products: h.level(`SELECT count(*) FROM catalog_items WHERE state <> 'retired'`),
			plans.Users:    h.level(`SELECT count(*) FROM identity_people WHERE state = 'active'`),
			plans.Storage:  h.level(`SELECT coalesce(sum(size), 0)::bigint FROM blob_objects`),
		},
		Changed: func(t id.Tenant) {
			if h.Web != nil {
				h.Web.Cache().Invalidate(t) // menus say what there is
			}
		},
	})
	h.DB.Share(h.Plans.AtOnce)
	h.Queue.Weigh(h.Plans.Weight)
}

// level counts something in the caller's tenant.
func (h *House) level(sql string) plans.Level {
	return func(ctx context.Context) (n int64, err error) {
		err = h.DB.Read(ctx, func(b *pgx.Batch) {
			b.Queue(sql).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
		})
		return n, err
	}
}

// growing is the room that a context asks for before it stores more of something.
type growing struct {
	*House
	metric plans.Metric
}

// Growing implements catalog.Room, identity.Room and blob.Room.
func (g growing) Growing(ctx context.Context, n int64, add func(ctx context.Context) error) error {
	// An invoice must be written, and be kept, however full the house is. It counts.
	if c, err := caller.From(ctx); g.metric == plans.Storage && err == nil && c.Kind == caller.System {
		return add(ctx)
	}
	return g.Plans.Growing(ctx, g.metric, n, add)
}

// rolesFor answers menus and routes: what the plan does not include nobody can.
type rolesFor struct{ *House }

// Can implements policy.Roles.
func (h rolesFor) Can(ctx context.Context, do policy.Action) bool {
	return h.Gate.Can(ctx, do) && h.Plans.Offered(ctx, do) == nil
}

// Granting implements web.Granting.
func (h rolesFor) Granting(ctx context.Context, do policy.Action) []string {
	return h.Gate.Granting(ctx, do)
}

// Offered implements web.Offering.
func (h rolesFor) Offered(ctx context.Context, do policy.Action) error {
	return h.Plans.Offered(ctx, do)
}

// measureEvery is how often what is there is written down for the history.
const measureEvery = sweepEvery

// hearPlans lets the meters follow what happens.
func (h *House) hearPlans() {
	h.Queue.Subscribe(plansdb.Consumer, h.Plans.HearOrders, "ordering.order_placed.v1")
	h.Queue.Every("plans.measure", measureEvery, h.Plans.Measure)
}

// demoPlans are what the demonstration's markets have.
var demoPlans = map[string]string{"steel": "business", "pharma": "business", "procure": "enterprise"}

// plan publishes the plans that a first start brings, and in a demonstration gives the
// marketplace one.
func (s *seeder) plan(ctx context.Context) error {
	for _, p := range plans.Builtin() {
		if err := s.Plans.Ensure(ctx, p); err != nil {
			return err
		}
	}
	want := demoPlans[s.tenant.Slug]
	if !s.Demo.On || want == "" || s.tenant.Kind == tenancy.Platform {
		return nil
	}
	return s.Plans.Begin(ctx, want)
}

// noticed asks of which limits the operators were told this month.
func (h *House) noticed(b *pgx.Batch, zone string, into *[]plans.Notice) {
	b.Queue(plansdb.SelectNotices, h.Plans.MonthOf((tenancy.Tenant{Settings: tenancy.Settings{TimeZone: zone}}).Zone()).Name).Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[plans.Notice])
		return err
	})
}

// alerts are the banners above an operator's pages, one for each limit that is near.
func (h *House) alerts(c web.Chrome, told []plans.Notice) []theme.Alert {
	var out []theme.Alert
	w := h.Theme.Printer(c.Site.Theme, c.Locale, c.Site.TimeZone)
	for _, n := range h.Plans.Warnings(c.Site.Tenant, told) {
		tone := "warn"
		if n.Step == "reached" {
			tone = "bad"
		}
		out = append(out, theme.Alert{
			Tone: tone, URL: "/operator/usage", Action: w.T("usage.see"),
			Text: w.T("usage.alert_"+n.Step, "metric", w.T("usage.metric."+string(n.Metric)), "used", console.Amount(w, n.Metric, n.Used), "limit", console.Amount(w, n.Metric, n.Most)),
		})
	}
	return out
}

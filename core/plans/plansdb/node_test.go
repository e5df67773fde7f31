package plansdb_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/plans/plansdb"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// noon is in the middle of a month, in Shanghai and everywhere.
var noon = time.Date(2026, 11, 15, 4, 0, 0, 0, time.UTC)

// log remembers what was told and recorded.
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

func (l *log) told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, e := range l.events {
		switch e := e.(type) {
		case event.PlanLimitNear:
			out = append(out, fmt.Sprintf("near %s %d/%d", e.Metric, e.Used, e.Limit))
		case event.PlanLimitReached:
			out = append(out, fmt.Sprintf("reached %s %d/%d", e.Metric, e.Used, e.Limit))
		}
	}
	return strings.Join(out, ", ")
}

type yes struct{}

func (yes) Allow(context.Context, policy.Action, any) error { return nil }

// markets are all in Shanghai.
type markets struct{}

func (markets) ByID(_ context.Context, t id.Tenant) (tenancy.Tenant, error) {
	return tenancy.Tenant{ID: t, Slug: t.String(), Settings: tenancy.Settings{TimeZone: "Asia/Shanghai"}}, nil
}

func (m markets) Get(ctx context.Context, slug string) (tenancy.Tenant, error) {
	var t id.Tenant
	if err := t.UnmarshalText([]byte(slug)); err != nil {
		return tenancy.Tenant{}, tenancy.ErrNotFound
	}
	return m.ByID(ctx, t)
}

func (markets) List(context.Context, page.Request) (page.List[tenancy.Tenant], error) {
	return page.List[tenancy.Tenant]{}, nil
}

// node is one process.
type node struct {
	*plans.Service
	db  *pgtest.DB
	log *log
	mu  sync.Mutex
	at  time.Time
}

func (n *node) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at
}

func (n *node) set(t time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at = t
}

func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{db: pgtest.New(t), log: &log{}, at: noon}
	people := func(ctx context.Context) (k int64, err error) {
		err = n.db.Read(ctx, func(b *pgx.Batch) {
			b.Queue(`SELECT count(*) FROM identity_people WHERE state = 'active'`).QueryRow(func(r pgx.Row) error { return r.Scan(&k) })
		})
		return k, err
	}
	n.Service = plans.New(plans.Deps{
		Store: plansdb.New(n.db.DB), Unit: n.db.DB, Gate: yes{}, Events: n.log, Audit: n.log, Tenants: markets{}, Now: n.now,
		Levels: map[plans.Metric]plans.Level{plans.Users: people},
	})
	return n
}

// add lets one more person in.
func (n *node) add(ctx context.Context) error {
	return n.Growing(ctx, plans.Users, 1, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		p := id.Person{}.New()
		_, err = tx.Exec(ctx, `INSERT INTO identity_people (tenant_id, id, email, name, locale, state, created_at) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, 'Li', 'en', 'active', now())`, p.UUID(), p.String()+"@example.org")
		return err
	})
}

func (n *node) people(t *testing.T, ctx context.Context) (k int) {
	t.Helper()
	if err := n.db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM identity_people WHERE tenant_id = $1`, pgtest.Tenant(t, ctx).UUID()).Scan(&k); err != nil {
		t.Fatal(err)
	}
	return k
}

// plan publishes a plan of the test's own.
func (n *node) plan(t *testing.T, ctx context.Context, code string, limits plans.Limits, features ...plans.Feature) plans.Plan {
	t.Helper()
	tenant := pgtest.Tenant(t, ctx).String()
	p, err := n.Publish(ctx, plans.Plan{
		Code: code + tenant[len(tenant)-12:], Names: map[string]string{"en": "Test", "zh-CN": "测试"}, Limits: limits, Features: features, SoftPercent: 80,
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// market is a marketplace with a plan of its own.
func (n *node) market(t *testing.T, limits plans.Limits, features ...plans.Feature) (context.Context, id.Tenant) {
	t.Helper()
	ctx := n.db.NewTenant(t)
	tenant := pgtest.Tenant(t, ctx)
	p := n.plan(t, ctx, "p", limits, features...)
	n.assign(t, ctx, p.Code, 0)
	return ctx, tenant
}

func (n *node) assign(t *testing.T, ctx context.Context, code string, version int64) {
	t.Helper()
	if err := n.Assign(ctx, plans.AssignInput{Slug: pgtest.Tenant(t, ctx).String(), Plan: code, Note: "for the test", Version: version}); err != nil {
		t.Fatal(err)
	}
}

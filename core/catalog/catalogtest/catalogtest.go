// Package catalogtest is a small steel market for tests of the catalogue and of what
// stands on it: sellers, categories, attributes, items and open offers.
package catalogtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogdb"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/quantity"
)

// Gate allows everything but what it was told to refuse, and remembers what it was asked.
type Gate struct {
	mu     sync.Mutex
	Refuse map[policy.Action]bool
	Asked  []policy.Action
	Facts  map[policy.Action]any
}

// ErrRefused is what the gate refuses with.
var ErrRefused = fault.New(fault.Denied, "test.refused", "The test says no.")

// Allow implements policy.Gate.
func (g *Gate) Allow(_ context.Context, do policy.Action, facts any) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.Asked = append(g.Asked, do)
	if g.Facts == nil {
		g.Facts = map[policy.Action]any{}
	}
	if facts != nil {
		g.Facts[do] = facts
	}
	if g.Refuse[do] {
		return ErrRefused
	}
	return nil
}

// Log remembers events instead of recording them.
type Log struct {
	mu     sync.Mutex
	Events []event.Event
}

// Append implements event.Log.
func (l *Log) Append(_ context.Context, es ...event.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Events = append(l.Events, es...)
	return nil
}

// Names are the events' names, in order.
func (l *Log) Names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, e := range l.Events {
		out = append(out, e.EventName())
	}
	return out
}

type licences struct{}

// Company implements catalog.SellerLicences: everybody is admitted and has no licence.
func (licences) Company(_ context.Context, o id.Org) (catalog.Company, error) {
	return catalog.Company{ID: o.String(), Name: "Test", State: "approved"}, nil
}

// Market is a tenant with a catalogue.
type Market struct {
	DB      *pgtest.DB
	Ctx     context.Context
	Catalog *catalog.Service
	Gate    *Gate
	Log     *Log
	Sellers []id.Org
	Buyer   id.Org
}

// New makes a market with two sellers, a buyer and the steel categories.
func New(t testing.TB, db *pgtest.DB) *Market {
	t.Helper()
	m := &Market{DB: db, Ctx: db.NewTenant(t), Gate: &Gate{Refuse: map[policy.Action]bool{}}, Log: &Log{}}
	m.Catalog = catalog.New(catalog.Deps{Unit: db.DB, Store: catalogdb.New(db.DB), Gate: m.Gate, Events: m.Log, Licences: licences{}, Now: clock.System})
	for i, n := range []string{"日照钢铁", "Baltic Beam"} {
		m.Sellers = append(m.Sellers, m.Org(t, n, fmt.Sprint("S", i), true))
	}
	m.Buyer = m.Org(t, "Bauhaus Nord", "B0", false)
	must(t, m.Catalog.WriteAttributes(m.Ctx, []catalog.Attribute{
		{Key: "h", Names: catalog.Names{"en": "Height", "zh-CN": "高度"}, Type: catalog.Number, Unit: "mm", Facet: catalog.RangeFacet, Position: 1},
		{
			Key: "grade", Names: catalog.Names{"en": "Grade", "zh-CN": "牌号"}, Type: catalog.Enum, Facet: catalog.TermsFacet, Position: 2,
			Options: []catalog.Option{{Value: "Q235B"}, {Value: "Q355B"}, {Value: "316L"}},
		},
		{Key: "standard", Names: catalog.Names{"en": "Standard", "zh-CN": "标准"}, Type: catalog.Text, Facet: catalog.NoFacet, Position: 3},
	}))
	_, err := m.Catalog.WriteCategories(m.Ctx, []catalog.Category{
		{Slug: "sections", Names: catalog.Names{"en": "Sections", "zh-CN": "型材"}},
		{Slug: "h-beams", Path: "sections/h-beams", Names: catalog.Names{"en": "H-beams", "zh-CN": "H型钢"}, Attributes: []string{"h", "grade", "standard"}},
		{Slug: "tubes", Names: catalog.Names{"en": "Tubes", "zh-CN": "不锈钢管"}, Position: 2},
		{Slug: "bearings", Names: catalog.Names{"en": "Bearings", "zh-CN": "轴承"}, Position: 3},
	})
	must(t, err)
	return m
}

// Org adds an admitted company to the market's tenant.
func (m *Market) Org(t testing.TB, name, no string, sells bool) id.Org {
	t.Helper()
	o := id.Org{}.New()
	_, err := m.DB.Ops(t).Exec(m.Ctx, `INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at)
		VALUES ($1, $2, $3, 'CN', 'other', $4, true, $5, 'approved', now())`, pgtest.Tenant(t, m.Ctx).UUID(), o.UUID(), name, no, sells)
	must(t, err)
	return o
}

// As is a person of a company.
func (m *Market) As(t testing.TB, org id.Org, roles ...string) context.Context {
	t.Helper()
	return caller.With(m.Ctx, caller.Caller{Tenant: pgtest.Tenant(t, m.Ctx), Kind: caller.Person, Person: id.Person{}.New(), Org: org, Roles: roles, Locale: "en"})
}

// Put imports entries and answers what was stored.
func (m *Market) Put(t testing.TB, es ...catalog.Entry) catalog.Imported {
	t.Helper()
	out, err := m.Catalog.Import(m.Ctx, es)
	must(t, err)
	return out
}

// Beam is an H-beam of which one piece weighs as much as kg says, offered by a seller in
// pieces, at least two and in steps of two.
func Beam(sku, zh, en string, h, grade string, kg int64, seller id.Org) catalog.Entry {
	return catalog.Entry{
		Path: "sections/h-beams",
		Item: catalog.Item{
			SKU: sku, Names: catalog.Names{"zh-CN": zh, "en": en}, Brand: "Rizhao", Attributes: map[string]string{"h": h, "grade": grade, "standard": "GB/T 11263"},
			Unit: quantity.Piece, KgPerUnitMicro: kg * quantity.Scale, State: catalog.Published,
		},
		Offers: []catalog.Offer{Offer(sku+"-O", seller)},
	}
}

// Offer is an open offer in pieces.
func Offer(sku string, seller id.Org) catalog.Offer {
	return catalog.Offer{
		Seller: seller, SellerSKU: sku, Unit: quantity.Piece, MOQMicro: 2 * quantity.Scale, StepMicro: 2 * quantity.Scale,
		LeadDays: 3, Incoterm: "EXW", Currency: "CNY", Basis: catalog.Theoretical, State: catalog.OfferPublished,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

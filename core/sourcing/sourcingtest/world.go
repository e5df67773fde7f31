// Package sourcingtest is a marketplace around sourcing for tests: a real database with
// companies, items and files in it, and stand-ins for the contexts that sourcing asks.
package sourcingtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/sourcing/sourcingdb"
)

// Noon is when tests happen, unless a World's clock is moved.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// World is one tenant with a buyer, three sellers and an H-beam.
type World struct {
	*sourcing.Service
	DB     *pgtest.DB
	Tenant id.Tenant
	Phones *contact.Phones

	Buyer, Mill, Trader, Stranger id.Org // Stranger sells too, and is never asked
	Beam                          id.Item
	Drawing                       id.Blob // the buyer's

	mu        sync.Mutex
	now       time.Time
	refused   map[policy.Action]bool
	companies map[id.Org]sourcing.Company
	items     map[id.Item]sourcing.Item
	Own       map[id.Offer]sourcing.Offer
	Placed    []sourcing.AwardedGroup
	PlaceErr  error
	numbers   atomic.Int64
}

// New makes a World in a fresh tenant.
func New(t testing.TB, db *pgtest.DB) *World {
	t.Helper()
	w := &World{
		DB: db, Tenant: pgtest.Tenant(t, db.NewTenant(t)), now: Noon, refused: map[policy.Action]bool{},
		companies: map[id.Org]sourcing.Company{}, items: map[id.Item]sourcing.Item{}, Own: map[id.Offer]sourcing.Offer{},
	}
	w.Buyer = w.Company(t, sourcing.Company{Name: "Hangzhou Bridge", Buys: true, Approved: true})
	w.Mill = w.Company(t, sourcing.Company{Name: "Maanshan Mill", Sells: true, Approved: true})
	w.Trader = w.Company(t, sourcing.Company{Name: "Wuxi Trading", Sells: true, Approved: true})
	w.Stranger = w.Company(t, sourcing.Company{Name: "Tangshan Steel", Sells: true, Approved: true})
	w.Beam = w.Item(t, sourcing.Item{SKU: "HW200", Names: map[string]string{"en": "H-beam 200", "zh-CN": "H型钢 200"}, Unit: quantity.Piece, KgPerUnitMicro: 599_400_000})
	w.Drawing = w.File(t, w.Buyer)
	sealer, err := vault.New(db.DB, []byte("the master key of the requests' tests"), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Phones = contact.New(db.DB, sealer)
	w.Service = sourcing.New(sourcing.Needs{
		Unit: db.DB, Store: sourcingdb.New(db.DB, w.Phones), Gate: w, Events: w, Now: w.Now,
		Catalog: w, Companies: w, Files: w, Numbers: w, Orders: w,
	})
	return w
}

// As is a context in which a person of the company acts.
func (w *World) As(org id.Org, roles ...string) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: w.Tenant, Kind: caller.Person, Person: id.Person{}.New(), Name: "someone", Org: org, Roles: roles, Locale: "en"})
}

// System is a context of a job.
func (w *World) System() context.Context {
	return caller.AsSystem(context.Background(), w.Tenant, "sourcing.expire")
}

// Now is the world's clock.
func (w *World) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

// Wait moves it.
func (w *World) Wait(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

// Refuse makes the gate deny an action.
func (w *World) Refuse(do policy.Action) { w.refused[do] = true }

// ErrRefused is what the gate then says.
var ErrRefused = fault.New(fault.Denied, "policy.denied", "Not allowed.")

// Allow implements policy.Gate.
func (w *World) Allow(_ context.Context, do policy.Action, facts any) error {
	if _, err := json.Marshal(facts); err != nil {
		return err
	}
	if w.refused[do] {
		return ErrRefused
	}
	return nil
}

// Append implements event.Log on the outbox, so that what rolls back was never said.
func (w *World) Append(ctx context.Context, events ...event.Event) error {
	conn, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, `INSERT INTO event_outbox (tenant_id, id, name, subject_kind, subject_id, data, actor, at) VALUES ($1,$2,$3,$4,$5,$6,'test',$7)`,
			w.Tenant.UUID(), id.Event{}.New().UUID(), e.EventName(), e.Subject().Kind, e.Subject().ID, data, w.Now()); err != nil {
			return err
		}
	}
	return nil
}

// Told lists the names of the events on a request, in order.
func (w *World) Told(t testing.TB, rfq id.RFQ) []string {
	t.Helper()
	rows, err := w.DB.Ops(t).Query(context.Background(), `SELECT name FROM event_outbox WHERE tenant_id = $1 AND subject_kind = 'rfq' AND subject_id = $2 ORDER BY id`, w.Tenant.UUID(), rfq.String())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names := []string{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	return names
}

// Companies implements sourcing.Companies.
func (w *World) Companies(_ context.Context, ids []id.Org) (map[id.Org]sourcing.Company, error) {
	return pick(w.companies, ids), nil
}

// Items implements sourcing.Catalog.
func (w *World) Items(_ context.Context, ids []id.Item) (map[id.Item]sourcing.Item, error) {
	return pick(w.items, ids), nil
}

// Offers implements sourcing.Catalog.
func (w *World) Offers(_ context.Context, ids []id.Offer) (map[id.Offer]sourcing.Offer, error) {
	return pick(w.Own, ids), nil
}

func pick[K comparable, V any](from map[K]V, keys []K) map[K]V {
	out := map[K]V{}
	for _, k := range keys {
		if v, ok := from[k]; ok {
			out[k] = v
		}
	}
	return out
}

// Next implements sourcing.Numbers.
func (w *World) Next(context.Context, string) (string, error) {
	return fmt.Sprintf("RFQ-2026-%06d", w.numbers.Add(1)), nil
}

// PlaceAwarded implements sourcing.Orders.
func (w *World) PlaceAwarded(_ context.Context, g sourcing.AwardedGroup) (map[id.Org]sourcing.PlacedOrder, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.PlaceErr != nil {
		return nil, w.PlaceErr
	}
	w.Placed = append(w.Placed, g)
	out := map[id.Org]sourcing.PlacedOrder{}
	for i, o := range g.Orders {
		out[o.Seller] = sourcing.PlacedOrder{Order: id.Order{}.New(), Number: fmt.Sprintf("PO-2026-%06d", i+1)}
	}
	return out, nil
}

package jobs_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// waiting is a row that makes a task due at a time for a tenant, and as little else as the
// table takes.
var waiting = map[string]string{
	"jobs.seal":             `INSERT INTO event_outbox (tenant_id, id, name, subject_kind, subject_id, data, actor, at) VALUES ($1, gen_random_uuid(), 'x', 'x', 'x', '{}', 'x', $2)`,
	"inventory.expire":      `INSERT INTO inventory_holds (tenant_id, id, offer_id, warehouse_id, lot_id, qty_micro, ref_kind, ref_id, state, at, expires_at) VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'x', 'x', 'held', now(), $2)`,
	"pricing.floors":        `INSERT INTO pricing_floors (tenant_id, item_id, buyer_id, offer_id, price_micro, unit, currency, comparable, stale_at) VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'kg', 'EUR', 1, $2)`,
	"fulfilment.resume":     `INSERT INTO fulfilment_shipments (tenant_id, id, number, order_id, seller_id, buyer_id, carrier, state, shipped_by, shipped_at) VALUES ($1, gen_random_uuid(), 'x', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x', 'preparing', gen_random_uuid(), $2)`,
	"notify.sweep":          `INSERT INTO notify_mails (tenant_id, id, recipient, subject, body_text, body_html, state, created_at) VALUES ($1, gen_random_uuid(), 'x', 'x', 'x', 'x', 'queued', $2)`,
	"tenancy.recheck_hosts": `INSERT INTO tenancy_claims (tenant_id, id, host, token, state, created_at) VALUES ($1, gen_random_uuid(), 'x', 'x', 'verified', $2)`,
	"sourcing.expire":       `INSERT INTO sourcing_rfqs (tenant_id, id, number, buyer_id, created_by, title, currency, closes_at, state, created_at) VALUES ($1, gen_random_uuid(), 'x', gen_random_uuid(), gen_random_uuid(), 'x', 'EUR', $2, 'published', now())`,
	"payments.unfinished":   `INSERT INTO payments_releases (tenant_id, id, escrow_id, to_seller_minor, to_buyer_minor, commission_minor, state, requested_by, requested_at) VALUES ($1, gen_random_uuid(), gen_random_uuid(), 1, 0, 0, 'approved', 'x', $2)`,
}

// whenever are the tasks that are due as soon as there is such a row.
var whenever = []string{"jobs.seal", "notify.sweep", "tenancy.recheck_hosts", "payments.unfinished"}

func TestAPeriodicTaskIsDueWhereSomethingWaitsAndNowhereElse(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ops := db.Ops(t)
	var source string
	if err := ops.QueryRow(t.Context(), `SELECT prosrc FROM pg_proc WHERE proname = 'jobs_due'`).Scan(&source); err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, m := range regexp.MustCompile(`WHEN '([^']+)'`).FindAllStringSubmatch(source, -1) {
		known = append(known, m[1])
	}
	slices.Sort(known)
	if tried := slices.Sorted(maps.Keys(waiting)); !slices.Equal(known, tried) {
		t.Fatalf("jobs_due knows %v; tried are %v", known, tried)
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for task, row := range waiting {
		due, later, idle := pgtest.Tenant(t, db.NewTenant(t)).UUID(), pgtest.Tenant(t, db.NewTenant(t)).UUID(), pgtest.Tenant(t, db.NewTenant(t)).UUID()
		err := pgx.BeginFunc(t.Context(), ops, func(tx pgx.Tx) error {
			// What the row refers to does not matter here.
			if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), row, due, at.Add(-time.Minute)); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), row, later, at.Add(time.Minute))
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", task, err)
			continue
		}
		rows, err := ops.Query(t.Context(), `SELECT jobs_due($1, $2)`, task, at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			t.Errorf("%s: %v", task, err)
			continue
		}
		if !slices.Contains(got, due) || slices.Contains(got, idle) || slices.Contains(got, later) != slices.Contains(whenever, task) {
			t.Errorf("%s: due %v, later %v, idle %v", task, slices.Contains(got, due), slices.Contains(got, later), slices.Contains(got, idle))
		}
	}
}

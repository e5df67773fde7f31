package app_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// News reaches those who hold the role, else the administrators, and nobody who may no
// longer sign in; all of it is found out in one trip, however many events there are.
func TestNewsReachesThoseWhoHoldTheRole(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	tenant := pgtest.Tenant(t, h.DB.NewTenant(t))
	ops := h.DB.Ops(t)
	copied := func(table, where string, with map[string]any) {
		t.Helper()
		with["tenant_id"] = tenant
		set, err := json.Marshal(with)
		if err != nil {
			t.Fatal(err)
		}
		if tag, err := ops.Exec(t.Context(), `INSERT INTO `+table+` SELECT (jsonb_populate_record(x.t, $1::jsonb)).* FROM (SELECT t FROM `+table+` t WHERE `+where+` LIMIT 1) x`, string(set)); err != nil || tag.RowsAffected() != 1 {
			t.Fatalf("%s: %v", table, err)
		}
	}
	names := map[id.Person]string{}
	person := func(name, state, staff string) id.Person {
		p := id.Person{}.New()
		names[p] = name
		copied("identity_people", "staff_role = ''", map[string]any{"id": p, "email": name + "@example.org", "name": name, "state": state, "staff_role": staff})
		return p
	}
	company := func(roles map[string]id.Person) id.Org {
		org := id.Org{}.New()
		copied("parties_orgs", "true", map[string]any{"id": org, "reg_no": org.String()})
		for role, p := range roles {
			copied("parties_members", "unit_id IS NULL", map[string]any{"org_id": org, "person_id": p, "roles": []string{role}})
		}
		return org
	}
	desk := person("desk", "active", "operator")
	person("left-desk", "disabled", "operator")
	staffed := company(map[string]id.Person{"seller": person("seller", "active", ""), "admin": person("his-admin", "active", "")})
	unstaffed := company(map[string]id.Person{"seller": person("left", "disabled", ""), "admin": person("admin", "active", "")})
	buyer := company(map[string]id.Person{"buyer": person("buyer", "active", "")})

	var es []event.Recorded
	for _, e := range []event.Event{
		event.OrderReceived{OrderParties: event.OrderParties{Order: "o1", Number: "PO-1", Buyer: buyer.String(), Seller: staffed.String()}},
		event.OrderReceived{OrderParties: event.OrderParties{Order: "o2", Number: "PO-2", Buyer: buyer.String(), Seller: unstaffed.String()}},
		event.CompanyRegistered{Org: unstaffed.String(), Name: "Mill"},
	} {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, event.Recorded{ID: id.Event{}.New().String(), Name: e.EventName(), Data: data, Actor: "system:test"})
	}
	ctx, count := pg.Counting(caller.AsSystem(context.Background(), tenant, "notify"))
	if err := h.DB.Do(ctx, func(ctx context.Context) error { return h.Notify.Hear(ctx, es) }); err != nil {
		t.Fatal(err)
	}
	if count.Trips() > 5 { // who is who, the messages, whose letterhead, the task that sends them, the commit
		t.Errorf("%d trips", count.Trips())
	}
	rows, err := ops.Query(t.Context(), `SELECT person_id, kind FROM notify_messages WHERE tenant_id = $1`, tenant.UUID())
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	var who id.Person
	var kind string
	if _, err := pgx.ForEachRow(rows, []any{&who, &kind}, func() error { told = append(told, names[who]+" "+kind); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(told)
	if want := []string{"admin order_received", "desk company_registered", "seller order_received"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v (operator %s)", told, want, desk)
	}
}

package mover_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/mover"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func none(int64, int64) {}

func TestAServerThatCannotReplicateIsNamedByItsSetting(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t), pgtest.Clone(t) // the tests' common server writes too little
	m := mover.Move{Tenant: pgtest.Tenant(t, a.NewTenant(t)), Run: id.Run{}.New(), From: a.Admin(), To: b.Admin()}
	err := m.Check(t.Context())
	if !errors.Is(err, mover.ErrSetting) || !strings.Contains(fault.From(err).Text(), "wal_level = minimal") {
		t.Errorf("%v: %s", err, fault.From(err).Text())
	}
}

func TestWhatStandsInTheWayIsSaidBeforeAnythingIsBegun(t *testing.T) {
	t.Parallel()
	server := pgtest.Logical(t, nil)
	a, b := server.New(t), server.New(t)
	tid := pgtest.Tenant(t, a.NewTenant(t))
	m := mover.Move{Tenant: tid, Run: id.Run{}.New(), From: a.Admin(), To: b.Admin()}
	if err := m.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	same := m
	same.To = a.Admin()
	if err := same.Check(t.Context()); !errors.Is(err, mover.ErrSame) {
		t.Errorf("the same database: %v", err)
	}
	plain := m
	plain.From = a.Config.App // a role that may do nothing of the kind
	if err := plain.Check(t.Context()); !errors.Is(err, mover.ErrReplicate) {
		t.Errorf("the application's role: %v", err)
	}
	away := m
	away.To = strings.Replace(b.Admin(), "port=5432", "port=5431", 1)
	if err := away.Check(t.Context()); !errors.Is(err, mover.ErrUnreached) {
		t.Errorf("a server that is not there: %v", err)
	}
	ctx := context.Background()
	for _, step := range []struct {
		sql  string
		want error
	}{
		{`INSERT INTO tenancy_tenants (id, slug, kind, state, name, settings, created_at, updated_at) VALUES (gen_random_uuid(), 't-` + tid.String() + `', 'open', 'active', '{}', '{}', now(), now())`, mover.ErrThere},
		{`DELETE FROM tenancy_tenants; INSERT INTO kontor_migrations VALUES ('20990101T0000_tomorrow.sql', 'x', now())`, mover.ErrVersions},
	} {
		if _, err := b.Ops(t).Exec(ctx, step.sql); err != nil {
			t.Fatal(err)
		}
		if err := m.Check(t.Context()); !errors.Is(err, step.want) {
			t.Errorf("%v instead of %v", err, step.want)
		}
	}
}

func TestChangesArriveOnceAndNobodyElsesDo(t *testing.T) {
	t.Parallel()
	server := pgtest.Logical(t, nil)
	a, b := server.New(t), server.New(t)
	mine, other := pgtest.Tenant(t, a.NewTenant(t)), pgtest.Tenant(t, a.NewTenant(t))
	long := strings.Repeat("0123456789abcdef", 4000) // lies outside its row, and is not sent when it stays
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := a.Ops(t).Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	insert := `INSERT INTO event_outbox (tenant_id, id, name, subject_kind, subject_id, data, actor, at) SELECT $1, gen_random_uuid(), 'x', 'y', g::text, jsonb_build_object('text', md5(random()::text) || $2::text), 'test', now() FROM generate_series(1, $3::int) g`
	run(insert, mine.UUID(), long, 20)
	run(insert, other.UUID(), "", 20)
	m := mover.Move{Tenant: mine, Run: id.Run{}.New(), From: a.Admin(), To: b.Admin()}
	if rows, err := m.Copy(t.Context(), none); err != nil || rows != 20 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	run(insert, mine.UUID(), "", 30)
	run(insert, other.UUID(), "", 30)
	run(`UPDATE event_outbox SET actor = 'somebody', org_id = NULL WHERE subject_id IN ('1', '2')`)
	run(`DELETE FROM event_outbox WHERE subject_id = '3'`)
	slot := "kontor_move_" + strings.ReplaceAll(m.Run.String(), "-", "")
	run(`SELECT pg_copy_logical_replication_slot($1, 'as_it_was')`, slot)
	for i, want := range []int{30 + 4 + 2, 0, 0} { // the second time there is nothing left
		if i == 2 { // it died after it had written, and before it could say so to the source
			run(`SELECT pg_drop_replication_slot($1)`, slot)
			run(`SELECT pg_copy_logical_replication_slot('as_it_was', $1)`, slot)
			run(`SELECT pg_drop_replication_slot('as_it_was')`)
		}
		if n, err := m.CatchUp(t.Context()); err != nil || n != want {
			t.Errorf("round %d: %d changes, %v", i, n, err)
		}
	}
	got, err := m.Compare(t.Context(), none)
	if err != nil || got.Rows != 48 {
		t.Errorf("%+v, %v", got, err)
	}
	run(`UPDATE event_outbox SET actor = 'later' WHERE subject_id = '7'`)
	if _, err := m.CompareTouched(t.Context()); err != nil {
		t.Errorf("nothing was taken over since, and yet: %v", err)
	}
	if _, err := m.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := m.CompareTouched(t.Context()); err != nil || got.Tables != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := b.Ops(t).Exec(t.Context(), `UPDATE event_outbox SET actor = 'a forger' WHERE subject_id = '9'`); err != nil {
		t.Fatal(err)
	}
	if _, err := m.CompareTouched(t.Context()); !errors.Is(err, mover.ErrDiffers) {
		t.Errorf("a row that differs: %v", err)
	}
	var theirs int
	if err := b.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM event_outbox WHERE tenant_id <> $1`, mine.UUID()).Scan(&theirs); err != nil || theirs != 0 {
		t.Errorf("%d rows of somebody else's came along, %v", theirs, err)
	}
	if err := m.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := b.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM event_outbox`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left of what was called off, %v", left, err)
	}
}

func TestWhatWaitsInTheQueueIsHandedOverOnce(t *testing.T) {
	t.Parallel()
	server := pgtest.Logical(t, nil)
	a, b := server.New(t), server.New(t)
	mine, other := pgtest.Tenant(t, a.NewTenant(t)), pgtest.Tenant(t, a.NewTenant(t))
	job := `INSERT INTO river.river_job (id, args, kind, max_attempts, queue, state, priority, scheduled_at) VALUES ($1, jsonb_build_object('name', 'x', 'tenant', $2::text, 'args', '{}'::jsonb), 'task', 25, 'tasks', $3, 1, now() + interval '1 hour')`
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := a.Ops(t).Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	for i, state := range []string{"available", "scheduled", "running"} {
		run(job, 100+i, mine.String(), state)
		run(job, 200+i, other.String(), state)
	}
	run(`INSERT INTO jobs_backlog (tenant_id, id, args, tags) VALUES ($1, gen_random_uuid(), jsonb_build_object('name', 'x', 'tenant', $1::uuid, 'args', '{}'::jsonb), '{}')`, mine.UUID())
	m := mover.Move{Tenant: mine, Run: id.Run{}.New(), From: a.Admin(), To: b.Admin()}
	if running, err := m.Tasks(t.Context()); err != nil || running != 1 {
		t.Fatalf("%d run, %v", running, err)
	}
	run(job, 100, mine.String(), "available") // it died after it was written there, and before it was removed here
	if running, err := m.Tasks(t.Context()); err != nil || running != 1 {
		t.Fatalf("%d run, %v", running, err)
	}
	run(`UPDATE river.river_job SET state = 'scheduled' WHERE id = 102`) // the running one was put aside
	if running, err := m.Tasks(t.Context()); err != nil || running != 0 {
		t.Fatalf("%d run, %v", running, err)
	}
	var there, left, others int
	if err := b.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM river.river_job WHERE args->>'tenant' = $1`, mine.String()).Scan(&there); err != nil || there != 4 {
		t.Errorf("%d are there, not 4, %v", there, err)
	}
	if err := a.Ops(t).QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE args->>'tenant' = $1), count(*) FILTER (WHERE args->>'tenant' = $2) FROM river.river_job`, mine.String(), other.String()).Scan(&left, &others); err != nil || left != 0 || others != 3 {
		t.Errorf("%d are left, and %d of somebody else's, %v", left, others, err)
	}
}

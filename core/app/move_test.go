package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/mover"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/tenancy"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// twoCells are main with markets and north with none, each on a database of its own.
type twoCells struct {
	main, north *apptest.House
}

func cellsOf(t *testing.T, slugs ...string) twoCells {
	t.Helper()
	server := pgtest.Logical(t, nil)
	a, b := server.New(t), server.New(t)
	c := twoCells{main: apptest.Beside(t, a, func(*app.Options) {}, append(slugs, "platform")...)}
	if err := c.main.AddCell(t.Context(), "north", "http://127.0.0.1:1", b.Admin()); err != nil {
		t.Fatal(err)
	}
	c.north = apptest.Beside(t, b, func(o *app.Options) { o.Cell, o.ControlURL = "north", a.Admin() })
	for name, h := range map[string]*apptest.House{"north": c.north, "main": c.main} {
		if err := c.main.AddCell(t.Context(), name, "http://"+h.Addr, b.Admin()); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// move moves a market and expects it to end well.
func (c twoCells) move(t *testing.T, slug, to string) tenancy.Run {
	t.Helper()
	r, err := c.main.MoveNow(t.Context(), slug, to, "more room", func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	if r.State != tenancy.RunDone {
		t.Fatalf("the move ended as %s: %+v", r.State, r.Steps)
	}
	return r
}

// kept are everything a tenant has in a database, table by table.
func kept(t *testing.T, db *pgtest.DB, tid id.Tenant) map[string]string {
	t.Helper()
	all, err := archive.Tables(context.Background(), db.DB)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, x := range all {
		var s string
		sql := `SELECT count(*) || ' ' || coalesce(md5(string_agg(r::text, E'\n' ORDER BY r::text)), '') FROM ` + archive.Quote(x.Name) + ` r WHERE tenant_id = $1`
		if err := db.Ops(t).QueryRow(context.Background(), sql, tid.UUID()).Scan(&s); err != nil {
			t.Fatalf("%s: %v", x.Name, err)
		}
		if !strings.HasPrefix(s, "0 ") {
			out[x.Name] = s
		}
	}
	return out
}

// writer keeps posting requests for quotation, and a journal of what it was told.
type writer struct {
	mu      sync.Mutex
	acked   []string
	refused map[string]int
	wrong   []string
	longest time.Duration // between two acknowledgements
	last    time.Time
	stop    atomic.Bool
	done    sync.WaitGroup
}

func (w *writer) start(t *testing.T, c *apptest.Client, many int) *writer {
	w.refused, w.last = map[string]int{}, time.Now()
	for range many {
		w.done.Go(func() {
			for !w.stop.Load() {
				key := apptest.Key()
				for !w.once(t, c, key) && !w.stop.Load() { // the same key until it is taken
					time.Sleep(20 * time.Millisecond)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return w
}

func (w *writer) once(t *testing.T, c *apptest.Client, key string) (acked bool) {
	r, err := c.PostRfqsWithResponse(context.WithoutCancel(t.Context()), &kontor.PostRfqsParams{IdempotencyKey: key}, kontor.PostRfqsRequest{
		Title: "Beams " + key, Currency: "CNY", ClosesAt: time.Now().Add(48 * time.Hour),
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil:
		w.wrong = append(w.wrong, err.Error())
	case r.StatusCode() == http.StatusCreated:
		w.acked = append(w.acked, r.JSON201.Id)
		w.longest, w.last = max(w.longest, time.Since(w.last)), time.Now()
		return true
	case r.StatusCode() == http.StatusServiceUnavailable && r.HTTPResponse.Header.Get("Retry-After") != "":
		var p kontor.Problem
		_ = json.Unmarshal(r.Body, &p)
		w.refused[p.Code]++
	default:
		w.wrong = append(w.wrong, fmt.Sprintf("%d %s", r.StatusCode(), r.Body))
	}
	return false
}

func (w *writer) end() {
	w.stop.Store(true)
	w.done.Wait()
}

func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.acked)
}

func TestAMarketMovesToAnotherDatabaseWhileItTrades(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "steel", "pharma")
	tid := tenantID(t, c.main, "steel")
	buyer := c.main.Client(t, "steel", "buyer@steel.example")
	file, err := c.main.Blobs.Put(caller.AsSystem(t.Context(), tid, "test"), blob.Upload{Name: "drawing.txt", Body: strings.NewReader("a drawing of a beam")})
	if err != nil {
		t.Fatal(err)
	}
	ours := new(writer).start(t, buyer, 3)
	others := new(writer).start(t, c.main.Client(t, "pharma", "buyer@pharma.example"), 1)
	pgtest.Eventually(t, 20*time.Second, "writers write", func() bool { return ours.count() > 20 && others.count() > 5 })
	r := c.move(t, "steel", "north")
	was := ours.count()
	pgtest.Eventually(t, 20*time.Second, "writers write on over there", func() bool { return ours.count() > was+20 })
	ours.end()
	others.end()

	var frozen int64
	if err := c.main.DB.Ops(t).QueryRow(t.Context(), `SELECT (data->>'frozen_ms')::bigint FROM event_outbox WHERE name = 'cells.tenant_moved.v1' AND subject_id = $1`, tid.String()).Scan(&frozen); err != nil {
		t.Fatal(err)
	}
	t.Logf("frozen %d ms; longest without an answer %v; %d acknowledged, refused meanwhile %v", frozen, ours.longest, len(ours.acked), ours.refused)
	if frozen <= 0 || frozen > 5000 || ours.longest > 5*time.Second {
		t.Errorf("it was frozen for %d ms, and nobody was answered for %v", frozen, ours.longest)
	}
	if len(ours.wrong) > 0 || len(others.wrong) > 0 || len(others.refused) > 0 {
		t.Errorf("answers that nobody can do anything with: %v; others: %v %v", ours.wrong, others.wrong, others.refused)
	}
	there := map[string]bool{}
	rows, err := c.north.DB.Ops(t).Query(t.Context(), `SELECT id::text FROM sourcing_rfqs WHERE tenant_id = $1`, tid.UUID())
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		there[s] = true
	}
	for _, rfq := range ours.acked {
		if !there[rfq] {
			t.Errorf("acknowledged and lost: %s", rfq)
		}
	}
	var twice int
	if err := c.north.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM (SELECT title FROM sourcing_rfqs WHERE tenant_id = $1 AND title LIKE 'Beams %' GROUP BY title HAVING count(*) > 1) x`, tid.UUID()).Scan(&twice); err != nil || twice > 0 {
		t.Errorf("%d written twice, %v", twice, err)
	}
	homed(t, c, tid, r)
	if err := c.north.Blobs.Verify(caller.AsSystem(t.Context(), tid, "test"), file.ID); err != nil {
		t.Errorf("its file did not come: %v", err)
	}
	if got, err := buyer.GetRfqsWithResponse(t.Context(), nil); err != nil || got.StatusCode() != 200 {
		t.Errorf("he who was signed in is not any more: %v %d", err, got.StatusCode())
	}
}

// homed checks what there is where after a move.
func homed(t *testing.T, c twoCells, tid id.Tenant, r tenancy.Run) {
	t.Helper()
	ctx := context.Background()
	// Where it was, nothing can be changed any more, whatever a process there believes.
	err := c.main.DB.DB.Do(caller.AsSystem(ctx, tid, "test"), func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE sourcing_rfqs SET title = 'written where it was'`)
		}
		return err
	})
	if !errors.Is(err, pg.ErrMoving) {
		t.Errorf("the source took a change: %v", err)
	}
	for what, sql := range map[string]string{
		"the source is marked":            `SELECT state = 'moved' FROM tenancy_tenants WHERE id = $1`,
		"its rows are kept for a while":   `SELECT count(*) > 0 FROM sourcing_rfqs WHERE tenant_id = $1`,
		"no publication and slot is left": `SELECT NOT EXISTS (SELECT FROM pg_publication WHERE $1 = $1) AND NOT EXISTS (SELECT FROM pg_replication_slots)`,
		"nothing of it waits in a queue":  `SELECT NOT EXISTS (SELECT FROM river.river_job WHERE args->>'tenant' = $1::text AND state NOT IN ('completed','cancelled','discarded'))`,
	} {
		var ok bool
		arg := any(tid.UUID())
		if strings.Contains(sql, "::text") {
			arg = tid.String()
		}
		if err := c.main.DB.Ops(t).QueryRow(ctx, sql, arg).Scan(&ok); err != nil || !ok {
			t.Errorf("%s: %v, %v", what, ok, err)
		}
	}
	p, err := c.main.Cells.Store.Placed(ctx, tid)
	if err != nil || p.Cell != "north" {
		t.Errorf("it is placed in %s, %v", p.Cell, err)
	}
	m, err := c.main.Cells.Store.Move(ctx, tid)
	if err != nil || m.Phase != cells.Settled || m.Run != r.ID {
		t.Errorf("the move is %+v, %v", m, err)
	}
}

func TestAMoveGoesOnWhereverItsMakerDies(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "pharma")
	c.main.Tenancy.Interrupt(kills.at)
	tid := tenantID(t, c.main, "pharma")
	steps := []string{"prepare", "copy", "files", "catch_up", "verify", "switch", "settle"}
	kills.plan("pharma", tenancy.Move, steps...)
	ours := new(writer).start(t, c.main.Client(t, "pharma", "buyer@pharma.example"), 1)
	start, err := c.main.Cells.Start(asPlatform(t, c.main), "pharma", "north", "more room")
	if err != nil {
		t.Fatal(err)
	}
	r := await(t, c.main, asPlatform(t, c.main), start.ID)
	ours.end()
	var names []string
	for _, s := range r.Steps {
		names = append(names, s.Name)
	}
	kills.mu.Lock()
	if kills.died["pharma"] != len(steps) {
		t.Errorf("it died %d times", kills.died["pharma"])
	}
	kills.mu.Unlock()
	if !slices.Equal(names, steps) {
		t.Fatalf("steps %v", names)
	}
	homed(t, c, tid, r)
	for _, rfq := range ours.acked {
		var ok bool
		if err := c.north.DB.Ops(t).QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM sourcing_rfqs WHERE tenant_id = $1 AND id = $2::text::uuid)`, tid.UUID(), rfq).Scan(&ok); err != nil || !ok {
			t.Errorf("acknowledged and lost: %s %v", rfq, err)
		}
	}
	if len(ours.wrong) > 0 {
		t.Errorf("answers that nobody can do anything with: %v", ours.wrong)
	}

	// And back again, to where its leftovers are still.
	before := kept(t, c.north.DB, tid)
	if r, err := c.main.MoveNow(t.Context(), "pharma", "main", "back again", func(s string) { t.Log(s) }); err != nil || r.State != tenancy.RunDone {
		t.Fatalf("back: %v %+v", err, r.Steps)
	}
	after := kept(t, c.main.DB, tid)
	for name, sum := range before {
		if !slices.Contains(busy, name) && after[name] != sum {
			t.Errorf("%s came back as %s, not %s", name, after[name], sum)
		}
	}
	if got := visit(t, c.north, "pharma", "/sign-in"); got.StatusCode != http.StatusOK {
		t.Errorf("from the other cell it is answered with %d", got.StatusCode)
	}
}

func TestAMoveThatMeetsAStrangeRowCallsItselfOff(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "pharma")
	tid := tenantID(t, c.main, "pharma")
	// Somebody writes into the database that it goes to, between the copy and the comparison.
	tamper := func(r tenancy.Run, step string) error {
		if r.Slug == "pharma" && step == "catch_up" {
			_, err := c.north.DB.Ops(t).Exec(context.Background(), `UPDATE catalog_items SET sku = sku || 'x' WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM catalog_items LIMIT 1)`)
			return err
		}
		return nil
	}
	c.main.Tenancy.Interrupt(tamper)
	before := kept(t, c.main.DB, tid)
	r, err := c.main.MoveNow(t.Context(), "pharma", "north", "more room", func(s string) { t.Log(s) })
	if err != nil || r.State != tenancy.RunFailed {
		t.Fatalf("it ended as %s, %v", r.State, err)
	}
	if s, _ := r.Failed(); s.Name != "verify" || !strings.Contains(s.Error, "catalog_items") {
		t.Errorf("it failed at %s: %s", s.Name, s.Error)
	}
	whole(t, c, tid, before)
	if _, err := c.main.Tenancy.Retry(asPlatform(t, c.main), r.ID); err != nil { // trying it again does not undo that
		t.Fatal(err)
	}
	pgtest.Eventually(t, 20*time.Second, "the second try ends", func() bool {
		got, err := c.main.Tenancy.Store.Run(asPlatform(t, c.main), r.ID)
		return err == nil && got.State == tenancy.RunFailed
	})
	c.main.Tenancy.Interrupt(func(tenancy.Run, string) error { return nil })
	c.move(t, "pharma", "north") // once the cause is gone it can be moved
}

// busy are tables that change by themselves: letters go out, news is told, use is counted.
var busy = []string{"plugin_installations", "audit_entries", "event_outbox", "event_consumed", "event_failures", "notify_mails", "notify_messages", "web_idempotency", "contact_walks", "plans_ledger", "plans_counters", "plans_notices", "policy_decisions"}

// whole checks that a market is where it was, and nowhere else.
func whole(t *testing.T, c twoCells, tid id.Tenant, before map[string]string) {
	t.Helper()
	if left := kept(t, c.north.DB, tid); len(left) > 0 {
		t.Errorf("it left rows over there: %v", left)
	}
	after := kept(t, c.main.DB, tid)
	for name, sum := range before {
		if after[name] != sum && !slices.Contains(busy, name) {
			t.Errorf("%s is %s, and was %s", name, after[name], sum)
		}
	}
	if err := c.main.DB.DB.Do(caller.AsSystem(context.Background(), tid, "test"), func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err == nil {
			_, err = tx.Exec(ctx, `SELECT 1`)
		}
		return err
	}); err != nil {
		t.Errorf("it cannot be written: %v", err)
	}
	var clean bool
	if err := c.main.DB.Ops(t).QueryRow(context.Background(), `SELECT NOT EXISTS (SELECT FROM pg_replication_slots) AND NOT EXISTS (SELECT FROM pg_publication) AND NOT EXISTS (SELECT FROM cells_fences)`).Scan(&clean); err != nil || !clean {
		t.Errorf("slot, publication or fence is left: %v", err)
	}
}

func TestAMoveIsCalledOffBeforeItIsDecidedAndNotAfter(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "pharma")
	tid := tenantID(t, c.main, "pharma")
	hold := make(chan struct{})
	c.main.Tenancy.Interrupt(func(r tenancy.Run, step string) error {
		if step == "verify" {
			<-hold
		}
		return nil
	})
	before := kept(t, c.main.DB, tid)
	ended := make(chan tenancy.Run, 1)
	go func() {
		r, err := c.main.MoveNow(context.Background(), "pharma", "north", "more room", func(string) {})
		if err != nil {
			t.Error(err)
		}
		ended <- r
	}()
	pgtest.Eventually(t, 60*time.Second, "it is copied", func() bool { return len(kept(t, c.north.DB, tid)) > 20 })
	if _, err := c.main.MoveNow(t.Context(), "pharma", "north", "twice", func(string) {}); !errors.Is(err, cells.ErrOnItsWay) {
		t.Errorf("a second move: %v", err)
	}
	if err := c.main.AbortMove(t.Context(), "pharma", "changed our minds"); err != nil {
		t.Fatal(err)
	}
	close(hold)
	if r := <-ended; r.State != tenancy.RunFailed {
		t.Fatalf("it ended as %s", r.State)
	}
	whole(t, c, tid, before)
	c.main.Tenancy.Interrupt(func(tenancy.Run, string) error { return nil })
	c.move(t, "pharma", "north")
	if err := c.main.AbortMove(t.Context(), "pharma", "too late"); !errors.Is(err, cells.ErrTooLate) {
		t.Errorf("after it was decided: %v", err)
	}
}

func TestAHostOfAnotherCellIsPassedOnAndADeadCellHurtsItsOwnAlone(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "steel", "pharma")
	buyer, token := c.main.Client(t, "steel", "buyer@steel.example"), ""
	token = buyer.Token
	c.move(t, "steel", "north")
	// Whoever asks main is answered by north, and the other way round, signed in or not.
	for _, from := range []*apptest.House{c.main, c.north} {
		for slug, status := range map[string]int{"steel": 200, "pharma": 200, "nobody": 404} {
			if got := visit(t, from, slug, "/sign-in"); got.StatusCode != status {
				t.Errorf("%s from %s: %d", slug, from.Addr, got.StatusCode)
			}
		}
		who := from.WithToken(t, "steel", token)
		if r, err := who.GetRfqsWithResponse(t.Context(), nil); err != nil || r.StatusCode() != 200 {
			t.Errorf("signed in from %s: %v %d %s", from.Addr, err, r.StatusCode(), r.Body)
		}
	}
	// Nobody is believed who only says that he is a process of ours.
	for _, code := range []string{"", "v1.1.00", fmt.Sprintf("v1.%d.%064d", time.Now().Unix(), 0)} {
		r, err := http.NewRequest(http.MethodGet, "http://"+c.main.Addr+"/_cell/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "pharma.localhost"
		r.Header.Set("X-Kontor-Hop", code)
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("code %q opens what processes ask each other: %d", code, res.StatusCode)
		}
	}
	// The address of a visitor arrives as his, and is in the record.
	var ip string
	if err := c.north.DB.Ops(t).QueryRow(t.Context(), `SELECT ip FROM audit_entries WHERE tenant_id = $1 AND ip <> '' ORDER BY id DESC LIMIT 1`, tenantID(t, c.main, "steel").UUID()).Scan(&ip); err != nil || ip != "127.0.0.1" {
		t.Errorf("the record says %q, %v", ip, err)
	}
	c.north.Close()
	if got := visit(t, c.main, "steel", "/sign-in"); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("a market of a dead cell: %d", got.StatusCode)
	}
	if got := visit(t, c.main, "pharma", "/sign-in"); got.StatusCode != http.StatusOK {
		t.Errorf("a market of a living cell: %d", got.StatusCode)
	}
	// In the control database nobody is asked where its name stands for a market elsewhere.
	if _, err := c.main.Tenancy.SetState(asPlatform(t, c.main), tenancy.SetStateInput{Slug: "steel", To: tenancy.Active, Note: "x", Version: version(t, c.main, "steel")}); err == nil {
		t.Error("a market that has moved away was opened where it was")
	}
	if _, err := c.main.Cells.Start(asPlatform(t, c.main), "platform", "north", "x"); !errors.Is(err, cells.ErrPlatform) {
		t.Errorf("the platform itself: %v", err)
	}
	for to, want := range map[string]error{"nowhere": cells.ErrNotFound, "main": cells.ErrSameCell} {
		if _, err := c.main.Cells.Start(asPlatform(t, c.main), "pharma", to, "x"); !errors.Is(err, want) {
			t.Errorf("to %s: %v", to, err)
		}
	}
	admin := caller.With(t.Context(), caller.Caller{Tenant: tenantID(t, c.main, "pharma"), Kind: caller.Person, Person: id.Person{}.New(), Roles: []string{caller.RolePlatform}})
	if _, err := c.main.Cells.Start(admin, "pharma", "north", "x"); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("an administrator of a marketplace: %v", err)
	}
	if all, err := c.main.Cells.List(admin); !errors.Is(err, tenancy.ErrNotFound) {
		t.Errorf("he sees the cells: %v %v", all, err)
	}
}

func version(t *testing.T, h *apptest.House, slug string) int64 {
	t.Helper()
	x, err := h.Tenancy.Store.BySlug(context.Background(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return x.Version
}

func TestAMarketWithOtherWorkUnderWayIsNotMoved(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "pharma")
	hold := make(chan struct{})
	c.main.Tenancy.Interrupt(func(r tenancy.Run, _ string) error {
		if r.Workflow == tenancy.Rotate {
			<-hold
		}
		return nil
	})
	ctx := asPlatform(t, c.main)
	if _, err := c.main.Tenancy.RotateKey(ctx, "pharma", "a year has passed"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.main.Cells.Start(ctx, "pharma", "north", "x"); !errors.Is(err, cells.ErrOtherWork) {
		t.Errorf("while its key is changed: %v", err)
	}
	close(hold)
}

func TestOfTablesWithoutTenantsIsKnownWhetherTheirRowsTravel(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	rows, err := db.Ops(t).Query(t.Context(), `SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relforcerowsecurity`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if (mover.Behind[name] != "") == slices.Contains(mover.Beside(), name) {
			t.Errorf("%s: say in mover whether a marketplace's rows of it travel, or why they stay", name)
		}
	}
}

func TestWhatAMarketLeftBehindGoesAfterAWeek(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "pharma")
	tid := tenantID(t, c.main, "pharma")
	c.move(t, "pharma", "north")
	if err := c.main.Ends(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(kept(t, c.main.DB, tid)) < 20 {
		t.Error("it went at once")
	}
	if _, err := c.main.DB.Ops(t).Exec(t.Context(), `UPDATE cells_fences SET moved_at = moved_at - interval '8 days'`); err != nil {
		t.Fatal(err)
	}
	if err := c.main.Ends(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := kept(t, c.main.DB, tid); len(left) > 0 {
		t.Errorf("left behind still: %v", left)
	}
	if len(kept(t, c.north.DB, tid)) < 20 {
		t.Error("it went where it lives")
	}
	if got := visit(t, c.main, "pharma", "/sign-in"); got.StatusCode != http.StatusOK {
		t.Errorf("it is answered with %d", got.StatusCode)
	}
}

func TestAFreezeThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	server := pgtest.Logical(t, nil)
	a, b := server.New(t), server.New(t)
	ctx := a.NewTenant(t)
	tid := pgtest.Tenant(t, ctx)
	m := mover.Move{Tenant: tid, Run: id.Run{}.New(), From: a.Admin(), To: b.Admin()}
	if _, err := m.Copy(t.Context(), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	write := func() error {
		return a.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err == nil {
				_, err = tx.Exec(ctx, `INSERT INTO numbering_counters (tenant_id, kind, year, value) VALUES ($1, 'x', 2026, 1) ON CONFLICT (tenant_id, kind, year) DO UPDATE SET value = numbering_counters.value + 1`, tid.UUID())
			}
			return err
		})
	}
	if err := write(); err != nil {
		t.Fatalf("it cannot be written while it is copied: %v", err)
	}
	took, err := m.Freeze(t.Context(), 500*time.Millisecond, func(ctx context.Context) (bool, error) {
		if err := write(); !errors.Is(err, pg.ErrMoving) {
			t.Errorf("written while it was shut: %v", err)
		}
		<-ctx.Done()
		return false, ctx.Err()
	})
	if !errors.Is(err, mover.ErrFreezeLong) || took > 3*time.Second {
		t.Errorf("it took %v: %v", took, err)
	}
	if err := write(); err != nil {
		t.Errorf("it was not opened again: %v", err)
	}
	// A unit that is at work is waited for, and whoever comes after it is refused meanwhile.
	within, release := make(chan struct{}), make(chan struct{})
	go func() {
		_ = a.Do(ctx, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err == nil {
				_, err = tx.Exec(ctx, `INSERT INTO numbering_counters (tenant_id, kind, year, value) VALUES ($1, 'y', 2026, 1)`, tid.UUID())
			}
			close(within)
			<-release
			return err
		})
	}()
	<-within
	time.AfterFunc(200*time.Millisecond, func() {
		if err := write(); !errors.Is(err, pg.ErrMoving) {
			t.Errorf("written past the fence: %v", err)
		}
		close(release)
	})
	if _, err := m.Freeze(t.Context(), 3*time.Second, func(ctx context.Context) (bool, error) {
		if _, err := m.CatchUp(ctx); err != nil {
			return false, err
		}
		var there int
		if err := b.Ops(t).QueryRow(ctx, `SELECT count(*) FROM numbering_counters WHERE tenant_id = $1 AND kind = 'y'`, tid.UUID()).Scan(&there); err != nil || there != 1 {
			t.Errorf("what was waited for did not come: %d, %v", there, err)
		}
		return false, errors.New("not this time")
	}); err == nil {
		t.Error("no error")
	}
	if _, err := a.Ops(t).Exec(t.Context(), `UPDATE cells_fences SET shut_until = clock_timestamp() + interval '300 milliseconds'`); err != nil { // its mover was killed
		t.Fatal(err)
	}
	if err := write(); !errors.Is(err, pg.ErrMoving) {
		t.Errorf("written while it was shut: %v", err)
	}
	pgtest.Eventually(t, 3*time.Second, "it opens by itself", func() bool { return write() == nil })
}

package consoles

import (
	"context"
	"flag"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var auditRows = flag.Int("audit.rows", 100_000, "how long the record of BenchmarkSearchTheRecord is")

// written is a market's record of n sealed entries, one every seven seconds up to now, by a hundred
// people of whom the last acted once in ten thousand, and two that are not sealed yet.
func written(t testing.TB, n int) (context.Context, *Reads, *pgtest.DB) {
	t.Helper()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	must := func(sql string, args ...any) {
		if _, err := db.Ops(t).Exec(ctx, sql, append([]any{pgtest.Tenant(t, ctx).UUID()}, args...)...); err != nil {
			t.Fatal(err)
		}
	}
	const entry = `INSERT INTO audit_entries (tenant_id, id, at, actor, actor_name, action, object_kind, object_id, outcome, data, seq, prev_hash, hash)
		SELECT $1, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '8' || lpad(to_hex(i), 15, '0'))::uuid, at,
			'person:' || who, 'p' || who || '@example.com', 'ordering.order.' || (ARRAY['place','confirm','cancel'])[1 + i % 3], 'order', 'o' || i / 10, 'done', '{}', `
	const rest = ` FROM (SELECT i, now() - make_interval(secs => ($2::int - i) * 7) AS at, CASE WHEN i % 10000 = 0 THEN 100 ELSE i % 100 END AS who FROM generate_series($3::int, $4::int) i) x`
	must(entry+`i, '\x00', '\x00'`+rest, n, 1, n)
	must(entry+`NULL, NULL, NULL`+rest, n+1, n+1, n+2)
	if _, err := db.Ops(t).Exec(ctx, `ANALYZE audit_entries`); err != nil {
		t.Fatal(err)
	}
	return ctx, New(db.DB, time.Now), db
}

var searches = map[string]AuditFilter{
	"everything":          {},
	"by a person":         {Actor: "person:100"},
	"by an action":        {Action: "order.cancel"},
	"by an object":        {Object: "o77"},
	"by a kind":           {Object: "order"},
	"by a day":            {From: time.Now().Add(-48 * time.Hour), To: time.Now().Add(-24 * time.Hour)},
	"by who did what":     {Actor: "person:100", Action: "order.confirm"},
	"what is not there":   {Actor: "person:none"},
	"what was refused":    {Outcome: "refused"},
	"refused by a person": {Actor: "person:7", Outcome: "refused"},
}

// What is not sealed yet is found like the rest, and pages follow one another.
func TestASearchOfTheRecordFindsFreshEntriesAndOldOnes(t *testing.T) {
	t.Parallel()
	ctx, r, _ := written(t, 20_000)
	for name, want := range map[string]int{"by a person": 2, "by an object": 10, "what is not there": 0, "refused by a person": 0} {
		l, _, err := r.Audit(ctx, searches[name], page.Request{})
		if err != nil || len(l.Items) != want {
			t.Errorf("%s: %d rows, %v", name, len(l.Items), err)
		}
	}
	l, chain, err := r.Audit(ctx, AuditFilter{Action: "ordering.order"}, page.Request{})
	if err != nil || chain.Unsealed != 2 || l.Items[0].Seq != nil || l.Items[1].Seq != nil || l.Items[2].Seq == nil || *l.Items[2].Seq != 20_000 {
		t.Fatalf("%+v, %+v, %v", l.Items[:3], chain, err)
	}
	next, _, err := r.Audit(ctx, AuditFilter{Action: "ordering.order"}, page.Request{After: l.Next})
	if err != nil || *next.Items[0].Seq != *l.Items[len(l.Items)-1].Seq-1 {
		t.Errorf("the second page begins with %+v, %v", next.Items[0], err)
	}
}

// BenchmarkSearchTheRecord with -audit.rows=10000000 is what the promise of a second is
// measured with; its baseline is the newest page, which needs no search.
func BenchmarkSearchTheRecord(b *testing.B) {
	ctx, r, _ := written(b, *auditRows)
	for name, f := range searches {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for range b.N {
				if _, _, err := r.Audit(ctx, f, page.Request{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

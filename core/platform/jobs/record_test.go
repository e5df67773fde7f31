package jobs_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// noted is a tenant with five sealed rows whose heads were noted outside.
func noted(t *testing.T) (ctx context.Context, db *pgtest.DB, q *jobs.Queue, folder string) {
	t.Helper()
	db, folder = pgtest.New(t), filepath.Join(t.TempDir(), "anchors")
	q = newQueue(t, db, jobs.Options{Anchors: folder})
	ctx = db.NewTenant(t)
	tell(ctx, t, db, q, 1, 2, 3, 4, 5)
	book(ctx, t, db)
	if _, err := q.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Anchor(ctx); err != nil || n != 2 {
		t.Fatalf("noted %d, %v", n, err)
	}
	return ctx, db, q, folder
}

func forge(ctx context.Context, t *testing.T, db *pgtest.DB, sqls ...string) {
	t.Helper()
	for _, sql := range sqls {
		if tag, err := db.Ops(t).Exec(ctx, sql, pgtest.Tenant(t, ctx).UUID()); err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("the forgery %q: %v, %v", sql, tag, err)
		}
	}
}

const unseal = `UPDATE audit_entries SET seq = NULL, prev_hash = NULL, hash = NULL WHERE tenant_id = $1 AND seq >= 2`

func TestARecordThatWasRewrittenAndSealedAgainIsFoundByItsNotesAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forgery []string
		seq     int64
		says    string
	}{
		"one row changed, the tail hashed anew": {[]string{`UPDATE audit_entries SET actor = 'person:x' WHERE tenant_id = $1 AND seq = 2`, unseal}, 5, "rewritten"},
		"one row removed, the tail hashed anew": {[]string{`DELETE FROM audit_entries WHERE tenant_id = $1 AND seq = 2`, unseal}, 5, "were removed"},
		"the newest rows cut off":               {[]string{`DELETE FROM audit_entries WHERE tenant_id = $1 AND seq >= 4`}, 4, "were removed"},
		"a row inserted, the tail hashed anew": {[]string{`INSERT INTO audit_entries (tenant_id, id, at, actor, action, object_kind, object_id, outcome, data)
			SELECT tenant_id, overlay(id::text placing '0' from 36)::uuid, at, 'person:x', action, object_kind, object_id, outcome, data FROM audit_entries WHERE tenant_id = $1 AND seq = 2 AND right(id::text, 1) <> '0'
			UNION ALL SELECT tenant_id, overlay(id::text placing '1' from 36)::uuid, at, 'person:x', action, object_kind, object_id, outcome, data FROM audit_entries WHERE tenant_id = $1 AND seq = 2 AND right(id::text, 1) = '0'`, unseal}, 5, "rewritten"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, db, q, _ := noted(t)
			forge(ctx, t, db, c.forgery...)
			if _, err := q.Seal(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := q.VerifyAgainst(ctx, nil); err != nil {
				t.Fatalf("the forgery is clumsy, the chain alone shows it: %v", err)
			}
			_, err := q.Verify(ctx)
			var b *jobs.Broken
			if !errors.As(err, &b) || b.Seq != c.seq || !strings.Contains(b.Why, c.says) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestARowInsertedBetweenSealedOnesIsNamed(t *testing.T) {
	t.Parallel()
	ctx, db, q, _ := noted(t)
	forge(ctx, t, db, `UPDATE audit_entries SET seq = seq + 100 WHERE tenant_id = $1 AND seq >= 3`, `UPDATE audit_entries SET seq = seq - 99 WHERE tenant_id = $1 AND seq >= 100`,
		`INSERT INTO audit_entries SELECT tenant_id, gen_random_uuid(), at, 'person:x', actor_name, org_id, action, object_kind, object_id, outcome, data, ip, request_id, 3, hash, sha256('x') FROM audit_entries WHERE tenant_id = $1 AND seq = 2`)
	_, err := q.Verify(ctx)
	var b *jobs.Broken
	if !errors.As(err, &b) || b.Chain != "audit record" || b.Seq != 3 {
		t.Fatalf("got %v", err)
	}
}

func TestTheNotesAreWrittenOnceAndSpeakOfOneTenant(t *testing.T) {
	t.Parallel()
	ctx, db, q, folder := noted(t)
	if n, err := q.Anchor(ctx); err != nil || n != 0 {
		t.Errorf("what did not move was noted again: %d, %v", n, err)
	}
	if _, err := q.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	other := db.NewTenant(t)
	if _, err := q.Verify(other); err != nil {
		t.Errorf("another tenant was measured by these notes: %v", err)
	}
	tell(ctx, t, db, q, 6)
	if _, err := q.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Anchor(ctx); err != nil || n != 1 {
		t.Errorf("noted %d, %v", n, err)
	}
	all, err := jobs.ReadAnchors(folder, id.Tenant{})
	if err != nil || len(all) != 1 || len(all[pgtest.Tenant(t, ctx)]) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*"))
	if err := os.WriteFile(files[0], []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Verify(ctx); err == nil || !strings.Contains(err.Error(), "no anchor") {
		t.Errorf("damaged notes were taken for none: %v", err)
	}
}

// exported is the path of a tenant's whole record.
func exported(ctx context.Context, t *testing.T, q *jobs.Queue) string {
	t.Helper()
	var file bytes.Buffer
	m, err := q.Export(ctx, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), &file)
	if err != nil || m.Rows != 5 || m.First != 1 || m.Last != 5 {
		t.Fatalf("%+v, %v", m, err)
	}
	name := filepath.Join(t.TempDir(), "record.zip")
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// rewritten copies an export with its rows edited.
func rewritten(t *testing.T, name string, edit func(string) string) string {
	t.Helper()
	in, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(name + ".forged.zip")
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r)
		if f.Name == "audit.ndjson" {
			text = []byte(edit(string(text)))
		}
		to, _ := w.Create(f.Name)
		_, _ = to.Write(text)
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

func TestAnExportProvesItselfWithoutADatabase(t *testing.T) {
	t.Parallel()
	ctx, _, q, folder := noted(t)
	name := exported(ctx, t, q)
	notes, err := jobs.ReadAnchors(folder, id.Tenant{})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := jobs.VerifyFile(name, notes); err != nil || m.Rows != 5 {
		t.Fatalf("%+v, %v", m, err)
	}
	nth := func(lines string, n int) string { return strings.SplitAfter(lines, "\n")[n] }
	for what, c := range map[string]struct {
		edit func(string) string
		seq  int64
	}{
		"a row changed": {func(s string) string {
			return strings.Replace(s, nth(s, 2), strings.Replace(nth(s, 2), "testing", "forging", 1), 1)
		}, 3},
		"a row removed":     {func(s string) string { return strings.Replace(s, nth(s, 1), "", 1) }, 3},
		"a row twice":       {func(s string) string { return strings.Replace(s, nth(s, 1), nth(s, 1)+nth(s, 1), 1) }, 2},
		"the end cut off":   {func(s string) string { return strings.Replace(s, nth(s, 4), "", 1) }, 5},
		"a space put in":    {func(s string) string { return strings.Replace(s, `{"seq":4`, `{ "seq":4`, 1) }, 1},
		"a line of rubbish": {func(s string) string { return s + "rubbish\n" }, 6},
	} {
		_, err := jobs.VerifyFile(rewritten(t, name, c.edit), nil)
		var b *jobs.Broken
		if !errors.As(err, &b) || b.Seq != c.seq {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, n := range notes {
		n[len(n)-1].Hash, n[0].Hash = strings.Repeat("0", 64), strings.Repeat("0", 64)
	}
	if _, err := jobs.VerifyFile(name, notes); err == nil {
		t.Error("an export that differs from the notes was believed")
	}
}

func TestAnEmptyPeriodAndAStrangersExportAreRefused(t *testing.T) {
	t.Parallel()
	ctx, db, q, _ := noted(t)
	var out bytes.Buffer
	if _, err := q.Export(ctx, time.Now().AddDate(-2, 0, 0), time.Now().AddDate(-1, 0, 0), &out); !errors.Is(err, jobs.ErrNothing) {
		t.Errorf("%v", err)
	}
	if _, err := q.Export(db.NewTenant(t), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), &out); !errors.Is(err, jobs.ErrNothing) {
		t.Errorf("a neighbour exported this record: %v", err)
	}
	if _, err := q.Export(context.Background(), time.Now(), time.Now(), &out); !errors.Is(err, caller.ErrMissing) {
		t.Errorf("%v", err)
	}
	plain := filepath.Join(t.TempDir(), "x")
	_ = os.WriteFile(plain, []byte("hello"), 0o600)
	if _, err := jobs.VerifyFile(plain, nil); err == nil {
		t.Error("a text was taken for an export")
	}
}

package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/policies"
	"github.com/kontorhq/kontor/themes"
)

// taken is a market's export, as a file and as its checked parts.
func taken(t *testing.T, h *app.House, slug string) (string, *archive.Reader) {
	t.Helper()
	r, err := h.ExportNow(t.Context(), slug, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	body, size, err := h.OpenExport(r)
	if err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	defer body.Close()
	name := filepath.Join(t.TempDir(), slug+".zip")
	b, err := io.ReadAll(body)
	if err != nil || int64(len(b)) != size {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name, opened(t, name)
}

func opened(t *testing.T, name string) *archive.Reader {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	x, err := archive.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// elsewhere is a house on a database of its own that nobody has written to.
func elsewhere(t *testing.T) (*app.House, *pgtest.DB) {
	t.Helper()
	db := pgtest.Clone(t)
	h, err := app.Open(t.Context(), app.Options{DB: db.Config, Data: t.TempDir(), Policies: policies.FS, Themes: themes.FS, Secret: []byte("a secret of another installation altogether"), MasterKey: []byte("a master key of another installation altogether")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h, db
}

// sums are an export's tables with their content, but for those that the import itself adds to.
func sums(x *archive.Reader) map[string]string {
	out := map[string]string{}
	for _, e := range x.Tables {
		if e.Name != "audit_entries" && e.Name != "event_outbox" {
			out[e.Name] = fmt.Sprintf("%d %s", e.Rows, e.SHA256)
		}
	}
	for _, f := range x.Manifest.Files {
		out[f.Path] = f.SHA256
	}
	return out
}

func TestAnExportHoldsEveryTableOfATenantOrSaysWhyNot(t *testing.T) {
	h := apptest.New(t)
	settled(t, h)
	name, x := taken(t, h.House, "steel")
	all, err := archive.Tables(t.Context(), h.House.DB)
	if err != nil || len(all) < 60 {
		t.Fatalf("%d tables, %v", len(all), err)
	}
	for _, table := range all {
		in := slices.ContainsFunc(x.Tables, func(e archive.TableEntry) bool { return e.Name == table.Name })
		if why := archive.Omitted[table.Name]; in == (why != "") {
			t.Errorf("%s: in the export %v, left out because %q", table.Name, in, why)
		}
	}
	for omitted := range archive.Omitted {
		if !slices.ContainsFunc(all, func(t archive.Table) bool { return t.Name == omitted }) {
			t.Errorf("%s is left out and does not exist", omitted)
		}
	}
	if !x.Consistent || len(x.Snapshots) != 1 {
		t.Errorf("an export that nobody disturbed is of %d moments", len(x.Snapshots))
	}
	// nothing that opens anything is in it
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "tables/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, r); err != nil {
			t.Fatal(err)
		}
	}
	tid := tenantID(t, h, "steel").UUID()
	for _, q := range []string{
		`SELECT password_hash FROM identity_people WHERE tenant_id = $1`, `SELECT encode(token_hash, 'hex') FROM identity_sessions WHERE tenant_id = $1`,
		`SELECT encode(keyset, 'hex') FROM vault_keys WHERE tenant_id = $1`, `SELECT encode(sealed, 'hex') FROM notify_mails WHERE tenant_id = $1 AND sealed IS NOT NULL`,
		`SELECT encode(token_hash, 'hex') FROM parties_invitations WHERE tenant_id = $1`,
	} {
		rows, err := h.DB.Ops(t).Query(t.Context(), q, tid)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			if s != "" && bytes.Contains(text.Bytes(), []byte(s)) {
				t.Errorf("the export holds what %s finds", q)
			}
		}
		rows.Close()
	}
}

func TestAnExportThatIsCutOffWritesNoTableTwice(t *testing.T) {
	h := apptest.New(t)
	ctx := caller.AsSystem(t.Context(), tenantID(t, h, "pharma"), "test")
	dir := t.TempDir()
	store := archive.New(h.House.DB, h.Blobs, h.Vault, app.Travels, dir, h.Now)
	run := id.Run{}.New()
	cut, stop := context.WithCancel(ctx)
	_, err := store.Rows(cut, run, func(done, _ int64) {
		if done == 20 {
			stop()
		}
	})
	if err == nil {
		t.Fatal("it was not cut off")
	}
	before := stamps(t, dir)
	if len(before) < 20 || len(before) > 30 {
		t.Fatalf("%d tables were finished", len(before))
	}
	time.Sleep(20 * time.Millisecond)
	if more, err := store.Rows(ctx, run, func(int64, int64) {}); err != nil || more {
		t.Fatal(more, err)
	}
	for name, at := range stamps(t, dir) {
		if was, ok := before[name]; ok && !was.Equal(at) {
			t.Errorf("%s was written twice", name)
		}
	}
	if _, err := store.Pack(ctx, run, json.RawMessage(`{"kind":"vertical"}`), func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	f, err := store.Open(tenantID(t, h, "pharma"), run)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if x := opened(t, f.Name()); x.Consistent || len(x.Snapshots) != 2 {
		t.Errorf("an export of two moments calls itself consistent: %v", x.Snapshots)
	}
}

func stamps(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]time.Time{}
	for _, n := range names {
		st, err := os.Stat(n)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = st.ModTime()
	}
	return out
}

func TestAnExportIsTheSameMarketInAnEmptyDatabase(t *testing.T) {
	h := apptest.New(t)
	settled(t, h)
	if err := h.Queue.Relay(caller.AsSystem(t.Context(), tenantID(t, h, "steel"), "test")); err != nil {
		t.Log(err) // another test's consumer may wait; what is unheard arrives as heard
	}
	name, x := taken(t, h.House, "steel")
	there, db := elsewhere(t)
	in, err := there.Import(t.Context(), app.ImportInput{File: name, Slug: "steel-moved"})
	if err != nil {
		t.Fatal(err)
	}
	_, y := taken(t, there, "steel-moved")
	want, got := sums(x), sums(y)
	if len(want) < 50 || len(x.Manifest.Files) == 0 {
		t.Fatalf("%d tables and %d files prove little", len(want), len(x.Manifest.Files))
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s there, %s here", k, got[k], v)
		}
	}
	report, err := there.Verify(t.Context())
	if err != nil || report.Broken() {
		t.Errorf("the moved market's invariants: %v\n%s", err, report)
	}
	var waiting []string // but for what the arrival and the second export tell of themselves
	var going int
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT (SELECT array_agg(name || ' by ' || actor) FROM event_outbox WHERE relayed_at IS NULL AND tenant_id = $1 AND actor NOT IN ('system:import', 'system:tool')), (SELECT count(*) FROM notify_mails WHERE tenant_id = $1 AND state = 'queued')`, in.Tenant.UUID()).Scan(&waiting, &going); err != nil || len(waiting)+going > 0 {
		t.Errorf("%v would be told again and %d letters sent again, %v", waiting, going, err)
	}
	if _, err := there.Import(t.Context(), app.ImportInput{File: name, Slug: "steel-moved"}); !errors.Is(err, tenancy.ErrSlugTaken) {
		t.Errorf("imported over a market that is there: %v", err)
	}
}

// rewrite makes another export out of one, with some parts changed.
func rewrite(t *testing.T, name string, change func(part string, b []byte) []byte, seal bool) string {
	t.Helper()
	old, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	out := filepath.Join(t.TempDir(), "changed.zip")
	f, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	parts, order := map[string][]byte{}, []string{}
	for _, p := range old.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[p.Name], order = change(p.Name, b), append(order, p.Name)
	}
	if seal {
		var m archive.Manifest
		if err := json.Unmarshal(parts["manifest.json"], &m); err != nil {
			t.Fatal(err)
		}
		for i, e := range m.Tables {
			sum := sha256.Sum256(parts[e.Path])
			m.Tables[i].SHA256, m.Tables[i].Bytes, m.Tables[i].Rows = hex.EncodeToString(sum[:]), int64(len(parts[e.Path])), int64(bytes.Count(parts[e.Path], []byte("\n")))
		}
		if parts["manifest.json"], err = json.Marshal(m); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range order {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(parts[n]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

var sellers = regexp.MustCompile(`"seller_id":"[0-9a-f-]{36}"`)

func TestADamagedExportLeavesNothingBehind(t *testing.T) {
	h := apptest.New(t)
	name, _ := taken(t, h.House, "pharma")
	there, db := elsewhere(t)
	rowsLeft := func() (n int) {
		tid := tenancy.TenantID("broken").UUID()
		all, err := archive.Tables(t.Context(), there.DB)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			var c int
			if err := db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM `+x.Name+` WHERE tenant_id = $1`, tid).Scan(&c); err != nil {
				t.Fatal(err)
			}
			n += c
		}
		var c int
		if err := db.Ops(t).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM tenancy_tenants WHERE slug = 'broken') + (SELECT count(*) FROM tenancy_hosts WHERE host LIKE 'broken.%')`).Scan(&c); err != nil {
			t.Fatal(err)
		}
		return n + c
	}
	same := func(_ string, b []byte) []byte { return b }
	for what, file := range map[string]string{
		"a byte was changed": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "tables/parties_orgs.ndjson" {
				b = bytes.Replace(b, []byte("name"), []byte("nome"), 1)
			}
			return b
		}, false),
		"a row is missing": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "tables/parties_orgs.ndjson" {
				b = b[bytes.IndexByte(b, '\n')+1:]
			}
			return b
		}, false),
		"another version": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "manifest.json" {
				b = bytes.Replace(b, []byte(`"version": 1`), []byte(`"version": 9`), 1)
			}
			return b
		}, false),
		"parents are missing, and the manifest agrees": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "tables/parties_orgs.ndjson" {
				b = nil
			}
			return b
		}, true),
		"a stranger is referred to, and the manifest agrees": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "tables/catalog_offers.ndjson" {
				b = sellers.ReplaceAll(b, []byte(`"seller_id":"01a208ad-b73c-710e-921e-d0c514d61f3e"`))
			}
			return b
		}, true),
		"a table of tomorrow": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "manifest.json" {
				b = bytes.Replace(b, []byte(`"name": "parties_orgs"`), []byte(`"name": "parties_moons"`), 1)
			}
			return b
		}, false),
		"it is the platform": rewrite(t, name, func(p string, b []byte) []byte {
			if p == "manifest.json" {
				b = bytes.Replace(b, []byte(`"kind": "vertical"`), []byte(`"kind": "platform"`), 1)
			}
			return b
		}, false),
		"no export at all": func() string {
			f := filepath.Join(t.TempDir(), "x.zip")
			if err := os.WriteFile(f, []byte("nothing"), 0o600); err != nil {
				t.Fatal(err)
			}
			return f
		}(),
	} {
		if _, err := there.Import(t.Context(), app.ImportInput{File: file, Slug: "broken"}); err == nil {
			t.Errorf("%s: it was imported", what)
		}
		if n := rowsLeft(); n != 0 {
			t.Errorf("%s: %d rows stay behind", what, n)
		}
	}
	if _, err := there.Import(t.Context(), app.ImportInput{File: rewrite(t, name, same, true), Slug: "broken"}); err != nil {
		t.Errorf("the same export, untouched: %v", err)
	}
}

// people are the words by which somebody of a market would be recognised.
func people(t *testing.T, h *apptest.House, tid id.Tenant) (out []string) {
	t.Helper()
	for _, q := range []string{
		`SELECT unnest(ARRAY[name, email]) FROM identity_people WHERE tenant_id = $1`, `SELECT unnest(ARRAY[name, name_local, address, iban, reg_no]) FROM parties_orgs WHERE tenant_id = $1`,
		`SELECT number FROM parties_identifiers WHERE tenant_id = $1`, `SELECT value FROM parties_orgs, jsonb_each_text(facts) WHERE tenant_id = $1`, `SELECT unnest(ARRAY[street, contact]) FROM parties_addresses WHERE tenant_id = $1`, `SELECT unnest(ARRAY[note]) FROM ordering_orders WHERE tenant_id = $1 AND note <> 'imported'`,
	} {
		rows, err := h.DB.Ops(t).Query(t.Context(), q, tid.UUID())
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			if len([]rune(s)) >= 5 || len(s) >= 9 {
				out = append(out, s)
			}
		}
		rows.Close()
	}
	rows, err := h.DB.Ops(t).Query(t.Context(), `SELECT id FROM contact_phones WHERE tenant_id = $1`, tid.UUID())
	if err != nil {
		t.Fatal(err)
	}
	phones, err := pgx.CollectRows(rows, pgx.RowTo[id.Phone])
	if err != nil {
		t.Fatal(err)
	}
	opened, err := h.Phones.Open(caller.AsSystem(t.Context(), tid, "test"), phones...)
	if err != nil || len(opened) < 3 {
		t.Fatalf("%d numbers prove little, %v", len(opened), err)
	}
	for _, number := range opened {
		out = append(out, number)
	}
	if len(out) < 50 {
		t.Fatalf("only %d words would be recognised", len(out))
	}
	return out
}

// everything is all that the database holds of a tenant, table by table.
func everything(t *testing.T, db *pgtest.DB, all []archive.Table, tid id.Tenant) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, x := range all {
		var s *string
		if err := db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(row_to_json(x)::text, E'\n') FROM `+x.Name+` x WHERE tenant_id = $1`, tid.UUID()).Scan(&s); err != nil {
			t.Fatal(err)
		}
		if s != nil {
			out[x.Name] = *s
		}
	}
	var self string
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT row_to_json(x)::text FROM tenancy_tenants x WHERE id = $1`, tid.UUID()).Scan(&self); err != nil {
		t.Fatal(err)
	}
	out["tenancy_tenants"] = self
	var queued *string
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(args::text, E'\n') FROM river.river_job WHERE args->>'tenant' = $1`, tid.String()).Scan(&queued); err != nil {
		t.Fatal(err)
	}
	if queued != nil {
		out["river_job"] = *queued
	}
	return out
}

func recognised(t *testing.T, in map[string]string, words []string) {
	t.Helper()
	for table, text := range in {
		for _, w := range words {
			if strings.Contains(text, w) {
				t.Errorf("%s still says %q", table, w)
			}
		}
	}
}

func TestNobodyIsRecognisedInAnAnonymisedClone(t *testing.T) {
	h := apptest.New(t)
	settled(t, h)
	name, x := taken(t, h.House, "steel")
	words := people(t, h, tenantID(t, h, "steel"))
	in, err := h.Import(t.Context(), app.ImportInput{File: name, Slug: "steel-masked", Anonymise: true})
	if err != nil {
		t.Fatal(err)
	}
	all, err := archive.Tables(t.Context(), h.House.DB)
	if err != nil {
		t.Fatal(err)
	}
	now := everything(t, h.DB, all, in.Tenant)
	delete(now, "catalog_documents") // titles of certificates name standards and makers of goods
	recognised(t, now, words)
	for _, table := range []string{"identity_people", "parties_orgs", "ordering_orders", "catalog_items"} {
		i := slices.IndexFunc(x.Tables, func(e archive.TableEntry) bool { return e.Name == table })
		if got := int64(strings.Count(now[table], "\n") + 1); got != x.Tables[i].Rows {
			t.Errorf("%s: %d rows of %d", table, got, x.Tables[i].Rows)
		}
	}
	masked, err := h.DB.Ops(t).Query(t.Context(), `SELECT id FROM contact_phones WHERE tenant_id = $1`, in.Tenant.UUID())
	if err != nil {
		t.Fatal(err)
	}
	phones, err := pgx.CollectRows(masked, pgx.RowTo[id.Phone])
	if err != nil {
		t.Fatal(err)
	}
	opened, err := h.Phones.Open(caller.AsSystem(t.Context(), in.Tenant, "test"), phones...)
	if err != nil || len(opened) < 3 {
		t.Errorf("%d numbers in the clone, %v", len(opened), err)
	}
	for _, number := range opened {
		if !strings.HasPrefix(number, "+00 ") || slices.Contains(words, number) {
			t.Errorf("somebody in the clone can be called under %s", number)
		}
	}
	if strings.Count(now["identity_people"], "@example.invalid") != strings.Count(now["identity_people"], "\n")+1 {
		t.Error("somebody in the clone can be written to")
	}
}

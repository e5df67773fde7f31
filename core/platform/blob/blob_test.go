package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const pdf = "%PDF-1.7\n%mill certificate\n"

func store(t *testing.T) (*pgtest.DB, *blob.Store, string) {
	t.Helper()
	db, dir := pgtest.New(t), t.TempDir()
	s, err := blob.New(db.DB, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return db, s, dir
}

func files(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFileComesBackAsItWasStored(t *testing.T) {
	t.Parallel()
	db, s, _ := store(t)
	ctx := db.NewTenant(t)
	org := id.Org{}.New()
	o, err := s.Put(ctx, blob.Upload{Name: "材质单 H200.pdf", Body: strings.NewReader(pdf), Org: org, Public: true})
	if err != nil {
		t.Fatal(err)
	}
	f, got, err := s.Open(ctx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, _ := io.ReadAll(f)
	if string(b) != pdf || got.MediaType != "application/pdf" || got.Name != "材质单 H200.pdf" || got.Org != org || !got.Public || got.Size != int64(len(pdf)) || got.CreatedBy != "system:test" {
		t.Fatalf("got %q %+v", b, got)
	}
	if err := s.Verify(ctx, o.ID); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherTenantsFileIsNotThere(t *testing.T) {
	t.Parallel()
	db, s, _ := store(t)
	o, err := s.Put(db.NewTenant(t), blob.Upload{Name: "a.pdf", Body: strings.NewReader(pdf), Public: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(db.NewTenant(t), o.ID); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestWhatAFileIsIsReadFromItsContent(t *testing.T) {
	t.Parallel()
	db, s, dir := store(t)
	ctx := db.NewTenant(t)
	for name, c := range map[string]struct{ file, content, want string }{
		"a page called picture":       {"x.png", "<html><script>alert(1)</script>", ""},
		"a drawing with scripts":      {"x.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, ""},
		"xml behind blanks":           {"x.txt", "\n  <note/>", ""},
		"a program":                   {"x.pdf", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", ""},
		"an archive called table":     {"x.xlsx", "PK\x03\x04" + strings.Repeat("\x00", 26) + "evil.exe", ""},
		"a table":                     {"x.xlsx", "PK\x03\x04" + strings.Repeat("\x00", 26) + "[Content_Types].xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		"a list":                      {"x.csv", "sku,price\nA,1\n", "text/csv"},
		"a picture with a wrong name": {"x.pdf", "\x89PNG\r\n\x1a\n", "image/png"},
	} {
		o, err := s.Put(ctx, blob.Upload{Name: c.file, Body: strings.NewReader(c.content)})
		if c.want == "" && !errors.Is(err, blob.ErrType) {
			t.Errorf("%s: accepted as %s, %v", name, o.MediaType, err)
		}
		if c.want != "" && (err != nil || o.MediaType != c.want) {
			t.Errorf("%s: %s, %v", name, o.MediaType, err)
		}
	}
	if n := files(t, dir); n != 3 {
		t.Errorf("%d files on the disk, 3 were accepted", n)
	}
}

func TestTooLargeAndEmptyFilesLeaveNothing(t *testing.T) {
	t.Parallel()
	db, s, dir := store(t)
	ctx := db.NewTenant(t)
	_, err := s.Put(ctx, blob.Upload{Name: "a.pdf", Body: io.MultiReader(strings.NewReader(pdf), bytes.NewReader(make([]byte, 2<<20))), Max: 1 << 20})
	if !errors.Is(err, blob.ErrTooLarge) || fault.From(err).Args["megabytes"] != "1" {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Put(ctx, blob.Upload{Name: "a.pdf", Body: strings.NewReader("")}); !errors.Is(err, blob.ErrEmpty) {
		t.Fatalf("got %v", err)
	}
	if n := files(t, dir); n != 0 {
		t.Fatalf("%d files left", n)
	}
}

func TestNamesCannotClimb(t *testing.T) {
	t.Parallel()
	db, s, dir := store(t)
	ctx := db.NewTenant(t)
	for in, want := range map[string]string{
		"../../etc/passwd": "passwd", `..\..\boot.ini`: "boot.ini", "a\x00b\r\n.pdf": "ab.pdf", "..": "file", "": "file",
		"invoice\u202efdp.exe": "invoicefdp.exe", strings.Repeat("长", 100) + ".pdf": strings.Repeat("长", 65) + ".pdf",
	} {
		o, err := s.Put(ctx, blob.Upload{Name: in, Body: strings.NewReader(pdf)})
		if err != nil || o.Name != want {
			t.Errorf("%q became %q (%v), want %q", in, o.Name, err, want)
		}
	}
	if n := files(t, filepath.Join(dir, pgtest.Tenant(t, ctx).String())); n != 7 {
		t.Errorf("%d of 7 files are in the tenant's folder", n)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	db, s, dir := store(t)
	ctx := db.NewTenant(t)
	o, err := s.Put(ctx, blob.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)})
	if err != nil {
		t.Fatal(err)
	}
	name := o.ID.String()
	p := filepath.Join(dir, pgtest.Tenant(t, ctx).String(), name[len(name)-2:], name)
	if err := os.WriteFile(p, []byte("%PDF-1.7 forged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(ctx, o.ID); !errors.Is(err, blob.ErrDamaged) {
		t.Fatalf("got %v", err)
	}
}

func TestBytesWithoutARowAreSwept(t *testing.T) {
	t.Parallel()
	db, s, dir := store(t)
	ctx := db.NewTenant(t)
	no := errors.New("no")
	err := db.Do(ctx, func(ctx context.Context) error {
		if _, err := s.Put(ctx, blob.Upload{Name: "a.pdf", Body: strings.NewReader(pdf)}); err != nil {
			t.Error(err)
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
	kept, err := s.Put(ctx, blob.Upload{Name: "b.pdf", Body: strings.NewReader(pdf)})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Sweep(ctx, time.Hour); n != 0 || err != nil {
		t.Fatalf("young ones were swept: %d %v", n, err)
	}
	if n, err := s.Sweep(ctx, 0); n != 1 || err != nil || files(t, dir) != 1 {
		t.Fatalf("swept %d, %v", n, err)
	}
	if err := s.Verify(ctx, kept.ID); err != nil {
		t.Fatal(err)
	}
}

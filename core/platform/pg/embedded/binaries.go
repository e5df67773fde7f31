package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The major versions that Kontor is tested with.
const (
	oldest = 15
	newest = 18
)

// Binaries is a folder with initdb and postgres in it.
type Binaries struct {
	Dir     string
	Version string // "15.18"
	Major   int
	From    string // which step found them, for people
}

// ErrNoPostgres says what to do when there is none.
var ErrNoPostgres = errors.New("no PostgreSQL 15 to 18 found: install it (Debian and Ubuntu: apt-get install postgresql; " +
	"macOS: brew install postgresql@17), point KONTOR_PG_BIN to its bin folder, or set KONTOR_DATABASE_URL")

// place is somewhere binaries may be, with the words that doctor prints for it.
type place struct{ from, dir string }

// places lists where to look on this machine, best first.
func places(cache string) []place {
	var ps []place
	if d := os.Getenv("KONTOR_PG_BIN"); d != "" {
		return []place{{"KONTOR_PG_BIN", d}} // named by a person: nothing else will do
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil { // initdb finds its files beside the real program
			p = real
		}
		ps = append(ps, place{"PATH", filepath.Dir(p)})
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, _ := filepath.Glob(pattern)
		slices.Sort(found)
		slices.Reverse(found) // newest first: all have two-digit versions
		for _, d := range found {
			ps = append(ps, place{"installed", d})
		}
	}
	if cache != "" {
		ps = append(ps, place{"downloaded earlier", filepath.Join(cacheDir(cache), "bin")})
	}
	return ps
}

// Local finds binaries that are already on this machine. major 0 accepts every version we
// know; otherwise only the one that made the data folder.
func Local(ctx context.Context, cache string, major int) (Binaries, error) {
	var seen []string
	for _, p := range places(cache) {
		b, err := inspect(ctx, p)
		switch {
		case err != nil:
			seen = append(seen, fmt.Sprintf("%s (%s): %v", p.dir, p.from, err))
		case major != 0 && b.Major != major:
			seen = append(seen, fmt.Sprintf("%s (%s): version %s, but the data folder needs %d", p.dir, p.from, b.Version, major))
		default:
			return b, nil
		}
	}
	if len(seen) == 0 {
		return Binaries{}, ErrNoPostgres
	}
	return Binaries{}, fmt.Errorf("%w; looked at %s", ErrNoPostgres, strings.Join(seen, "; "))
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)(\S*)`)

// inspect asks the program for its version: a folder's name proves nothing.
func inspect(ctx context.Context, p place) (Binaries, error) {
	for _, prog := range []string{"postgres", "initdb"} {
		if _, err := os.Stat(filepath.Join(p.dir, prog)); err != nil {
			return Binaries{}, fmt.Errorf("there is no %s", prog)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(p.dir, "postgres"), "--version").CombinedOutput()
	if err != nil {
		return Binaries{}, fmt.Errorf("does not run: %v %s", err, strings.TrimSpace(string(out)))
	}
	m := versionLine.FindStringSubmatch(string(out))
	if m == nil {
		return Binaries{}, fmt.Errorf("is not PostgreSQL: %q", strings.TrimSpace(string(out)))
	}
	major, _ := strconv.Atoi(m[1])
	if major < oldest || major > newest {
		return Binaries{}, fmt.Errorf("version %s is not between %d and %d", m[1]+m[2], oldest, newest)
	}
	return Binaries{Dir: p.dir, Version: m[1] + m[2], Major: major, From: p.from}, nil
}

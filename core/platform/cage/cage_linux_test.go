package cage_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/platform/cage"
)

// outside is what there is to be found on this machine.
type outside struct {
	address string // somebody listens
	secret  string // a file that everybody may read
	open    string // a folder that everybody may write
	bundle  string
}

func around(t *testing.T) outside {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	at, err := os.MkdirTemp("/tmp", "ct") // everybody may pass: what keeps a plugin out is the cage
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(at) })
	o := outside{l.Addr().String(), filepath.Join(at, "secret"), filepath.Join(at, "open"), filepath.Join(at, "bundle")}
	must(t, errors.Join(os.Chmod(at, 0o755), os.WriteFile(o.secret, []byte("x"), 0o644), os.Mkdir(o.open, 0o777), os.Chmod(o.open, 0o777), os.Mkdir(o.bundle, 0o755),
		os.WriteFile(filepath.Join(o.bundle, "table"), []byte("x"), 0o644), os.Chmod(o.bundle, 0o777)))
	return o
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func look(t *testing.T, tier cage.Tier, o outside) cage.Sight {
	t.Helper()
	t.Setenv("KONTOR_SECRET_OF_THE_HOST", "x")
	s, err := cage.Look(t.Context(), cage.Spec{Tier: tier, Bundle: o.bundle, Memory: 1 << 30, Files: 64}, cage.Question{
		Dial: o.address, Write: []string{"/", "/tmp", "/usr", "/plugin", o.open, o.bundle}, Read: []string{o.secret, "/etc/passwd", "/plugin/table"}, Nest: tier == cage.Sealed,
	})
	must(t, err)
	return s
}

func TestABoundProgramHasLimitsAndNoWayToGainRights(t *testing.T) {
	s := look(t, cage.Bound, around(t))
	if !s.NoNewRights || s.Caps != "" || len(s.Groups) > 1 || s.Core != 0 || s.Files != 64 || s.Data != 1<<30 {
		t.Errorf("%+v", s)
	}
	if os.Geteuid() == 0 && s.User == 0 {
		t.Error("it is root as we are")
	}
	if slices.Contains(s.Environ, "KONTOR_SECRET_OF_THE_HOST") || len(s.Environ) != 1 {
		t.Errorf("it sees our environment: %v", s.Environ)
	}
}

func TestASealedProgramIsAlone(t *testing.T) {
	o := around(t)
	s := look(t, cage.Sealed, o)
	if !s.NoNewRights || s.Caps != "" || s.Core != 0 || s.Files != 64 || s.Data != 1<<30 {
		t.Errorf("less than a bound one: %+v", s)
	}
	if s.Dials || len(s.Interfaces) > 0 {
		t.Errorf("it has a network: dials %v, interfaces %v", s.Dials, s.Interfaces)
	}
	if !slices.Equal(s.Processes, []int{1}) {
		t.Errorf("it sees processes %v", s.Processes)
	}
	if !slices.Equal(s.Writes, []string{"/tmp"}) {
		t.Errorf("it writes to %v", s.Writes)
	}
	if !slices.Equal(s.Reads, []string{"/plugin/table"}) {
		t.Errorf("it reads %v", s.Reads)
	}
	if s.Mounts || s.Unshares || s.Traces {
		t.Errorf("it mounts %v, makes namespaces %v, traces %v", s.Mounts, s.Unshares, s.Traces)
	}
	if len(s.Environ) != 1 {
		t.Errorf("it sees our environment: %v", s.Environ)
	}
}

// Within a cage no other can be made, which is what a machine looks like that does not
// allow it at all.
func TestWhatCannotBeShutIsNotLeftOpen(t *testing.T) {
	o := around(t)
	if s := look(t, cage.Sealed, o); s.Nested == "" {
		t.Error("there is a cage within the cage")
	}
	_, err := cage.Look(t.Context(), cage.Spec{Tier: cage.Sealed, Meet: o.secret}, cage.Question{})
	if !errors.Is(err, cage.ErrNotReached) || !strings.Contains(err.Error(), "root") {
		t.Errorf("a root that cannot be built: %v", err)
	}
	if _, err := cage.Look(t.Context(), cage.Spec{Tier: cage.Walled}, cage.Question{}); !errors.Is(err, cage.ErrNotReached) {
		t.Errorf("a container: %v", err)
	}
}

func TestATierIsReadByItsName(t *testing.T) {
	t.Parallel()
	for _, tier := range []cage.Tier{cage.Open, cage.Bound, cage.Sealed, cage.Walled} {
		if got, err := cage.ParseTier(tier.String()); err != nil || got != tier {
			t.Errorf("%s: %v %v", tier, got, err)
		}
	}
	for _, s := range []string{"", "s1", "S4", "S-1"} {
		if _, err := cage.ParseTier(s); !errors.Is(err, cage.ErrTier) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

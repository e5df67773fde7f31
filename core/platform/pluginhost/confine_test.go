package pluginhost_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

func tierOf(s string) *cage.Tier {
	t, err := cage.ParseTier(s)
	if err != nil {
		return nil
	}
	return &t
}

// held is a host that holds the wild plugin in a tier.
func held(t *testing.T, tier string) (running, func(what string) error) {
	t.Helper()
	timing := quick()
	timing.HealthMax, timing.Quote = time.Minute, time.Minute // whoever leaks is slow first, and that is not what is tried
	r := run(t, pluginhost.Config{Dirs: []string{folder(t, "wild")}, Tier: tierOf(tier), Timing: timing})
	ctx, _ := r.tenants.install(map[string]any{}, "kontor.wild")
	if err := r.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	return r, func(what string) error {
		_, err := r.Quote(ctx, "EUR", do(what))
		return err
	}
}

func TestASealedPluginServesAndReachesNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir, err := os.MkdirTemp("/tmp", "kpo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	secret := filepath.Join(dir, "secret")
	if err := errors.Join(os.Chmod(dir, 0o777), os.WriteFile(secret, nil, 0o644)); err != nil { //nolint:gosec // everybody may, but not from a cage
		t.Fatal(err)
	}
	tries := []string{"dial " + l.Addr().String(), "read " + secret, "write " + filepath.Join(dir, "x")}
	open, tryOpen := held(t, "S0")
	sealed, trySealed := held(t, "S2")
	for _, what := range tries {
		if err := tryOpen(what); err != nil {
			t.Errorf("without a cage: %s: %v", what, err)
		}
		if err := trySealed(what); err == nil {
			t.Errorf("in a cage: %s", what)
		}
	}
	if err := trySealed(""); err != nil {
		t.Errorf("it does not serve: %v", err)
	}
	if a, b := open.status(t, "kontor.wild").Tier, sealed.status(t, "kontor.wild").Tier; a != "S0" || b != "S2" {
		t.Errorf("held in %s and %s", a, b)
	}
}

func TestASealedPluginTakesItsChildrenAlong(t *testing.T) {
	t.Parallel()
	r, try := held(t, "S2")
	if err := try("fork"); err != nil {
		t.Fatal(err)
	}
	first := r.status(t, "kontor.wild").PID
	began := time.Now()
	syscall.Kill(first, syscall.SIGKILL) //nolint:errcheck
	until(t, "another process serves, though a child held its pipe", 5*time.Second, func() bool {
		s := r.status(t, "kontor.wild")
		return s.State == pluginhost.StateReady && s.PID != first
	})
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("after %v", d)
	}
}

// The limit ends one process; the machine and whoever else runs on it notice nothing.
func TestAPluginThatLeaksIsEndedByItsLimit(t *testing.T) {
	t.Parallel()
	for _, tier := range []string{"S1", "S2"} {
		r, try := held(t, tier)
		first := r.status(t, "kontor.wild")
		if err := try("leak"); !errors.Is(err, pluginhost.ErrUnavailable) {
			t.Errorf("%s: %v", tier, err)
		}
		until(t, "another process serves", 20*time.Second, func() bool {
			s := r.status(t, "kontor.wild")
			return s.State == pluginhost.StateReady && s.PID != first.PID
		})
		if s := r.status(t, "kontor.wild"); !strings.Contains(s.LastError, "memory") && !strings.Contains(s.LastError, "pthread_create") { // whichever asked for more first
			t.Errorf("%s: the operator reads %q", tier, s.LastError[:min(900, len(s.LastError))])
		}
	}
}

func TestAPluginThatCannotBeHeldAsItAsksIsRefused(t *testing.T) {
	t.Parallel()
	for change, want := range map[string]string{
		"isolation: {min_tier: S3}": "container",
		"isolation: {min_tier: S9}": "min_tier",
		"resources: {tmp: a lot}":   "sizes",
	} {
		dir := folder(t, "wild")
		rewrite(t, filepath.Join(dir, "wild"), func(s string) string { return strings.Replace(s, "resources: {memory: 64Mi}", change, 1) })
		r := run(t, pluginhost.Config{Dirs: []string{dir}})
		all := r.Status()
		if len(all) != 1 || all[0].State != pluginhost.StateRefused || !strings.Contains(all[0].LastError, want) || all[0].PID != 0 {
			t.Errorf("%s: %+v", change, all)
		}
	}
}

// rewrite changes the manifest of a folder of links.
func rewrite(t *testing.T, dir string, change func(string) string) {
	t.Helper()
	path := filepath.Join(dir, "plugin.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte(change(string(b))), 0o644)); err != nil {
		t.Fatal(err)
	}
}

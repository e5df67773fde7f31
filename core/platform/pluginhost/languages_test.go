package pluginhost_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/quantity"
)

// example is a folder with one of the example plugins, sealed, in the version that the
// harness installs.
func example(t *testing.T, lang string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pl") // the plugin's own user passes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // below /tmp
	from, to := "../../../plugins/examples/"+lang, filepath.Join(dir, lang)
	err = errors.Join(os.Chmod(dir, 0o755), filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		name, rerr := filepath.Rel(from, path)
		if err = errors.Join(err, rerr); err != nil || e.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(to, name), 0o755))
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if name == "plugin" || name == pluginhost.ManifestName {
			b = bytes.Replace(b, []byte("0.1.0"), []byte("1.0.0"), 1)
		}
		return os.WriteFile(filepath.Join(to, name), b, 0o755)
	}), pluginhost.Seal(to))
	if err != nil {
		t.Fatalf("%v: make test-tools fetches what it stands on", err)
	}
	return dir
}

// A plugin that is a script runs like any other, in the cages in which others run.
func TestPluginsInOtherLanguagesServe(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"python", "node"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			timing := quick()
			timing.HealthMax, timing.Quote = time.Minute, time.Minute                                            // an interpreter takes its time where many run
			r := run(t, pluginhost.Config{Dirs: []string{example(t, lang)}, Tier: tierOf("S1"), Timing: timing}) // its manifest asks for S2
			ctx, _ := r.tenants.install(map[string]any{"markup_pct": "10"}, "example."+lang)
			if err := r.Reload(ctx); err != nil {
				t.Fatal(err)
			}
			got, err := r.Quote(ctx, "EUR", []pluginhost.PriceLine{{LineID: "1", Qty: quantity.Of(3, quantity.Piece), Unit: money.Price{Micro: 2_000_000, Currency: "EUR", Per: quantity.Piece}}})
			if err != nil || len(got) != 1 || got[0].Amount != money.Of(660, "EUR") || got[0].Plugin != "example."+lang {
				t.Fatalf("%+v, %v", got, err)
			}
			if s := r.status(t, "example."+lang); s.State != pluginhost.StateReady || s.Restarts != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

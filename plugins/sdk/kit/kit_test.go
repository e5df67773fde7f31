package kit_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

const (
	example = "../../examples/go"
	broken  = "testdata/broken"
)

// built is the broken plugin: the example, compiled together with what breaks it.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("/tmp", "kitbuilt")
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, name := range []string{"settings.go", "pricing.go", "logistics.go", "payment.go", "outside.go"} {
		replace[filepath.Join(here, broken, name)] = filepath.Join(here, example, name)
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, b, 0o600); err != nil {
		return "", err
	}
	program := filepath.Join(dir, "bundle", "plugin")
	if err := os.Mkdir(filepath.Dir(program), 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", program, "./"+broken)
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if p, err := built(); err == nil {
		os.RemoveAll(filepath.Dir(filepath.Dir(p))) //nolint:errcheck // below /tmp
	}
	os.Exit(code)
}

// bench is one with the broken plugin, which has the fault of that name; none is sound.
func bench(t *testing.T, fault string, change func(*kit.Target, *kit.Examples)) *kit.Bench {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	x, err := kit.ReadExamples(os.DirFS(filepath.Join(example, "fixtures")))
	if err != nil {
		t.Fatal(err)
	}
	target := kit.Target{
		Program: program, Args: []string{fault}, Dir: filepath.Dir(program), Hold: hold(filepath.Dir(program), fault),
		Manifest: &kit.Manifest{
			ID: "example.go", Version: "0.1.0", Memory: 128 << 20,
			Capabilities: map[string][]string{"pricing": {"reprice"}, "logistics": {"book"}, "payment": {"escrow", "payout"}},
		},
	}
	if change != nil {
		change(&target, &x)
	}
	b, err := kit.Open(t.Context(), target, x)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func hold(dir string, args ...string) func(*os.File, string, []string) (*exec.Cmd, error) {
	return func(program *os.File, meet string, env []string) (*exec.Cmd, error) {
		return cage.Command(cage.Spec{Tier: cage.Sealed, Name: "broken", Args: args, Bundle: dir, Meet: meet}, program, env)
	}
}

// The other direction of the table below: a plugin without a fault passes everything.
func TestASoundPluginPassesEveryCheck(t *testing.T) {
	t.Parallel()
	b := bench(t, "none", nil)
	all := b.Checks()
	if len(all) != len(kit.Checks()) {
		t.Errorf("%d checks of %d concern it", len(all), len(kit.Checks()))
	}
	for _, c := range all {
		if c.Needs&kit.Long != 0 {
			continue
		}
		if r := b.Try(context.Background(), c); r.Outcome != kit.Passed {
			t.Errorf("%s %s: %s\n%s\n%s\n%s", r.Check, r.Outcome, r.Why, r.Method, r.Request, r.Response)
		} else if testing.Verbose() {
			t.Log(r.Check, r.Took)
		}
	}
}

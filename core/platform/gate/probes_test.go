package gate_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"testing"
	"testing/fstest"

	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/policies"
)

// withRole is the house's policies with a line more in its roles.
func withRole(t *testing.T, line string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.FS, name)
		if name == "casbin/roles.csv" {
			text = append(text, []byte("\n"+line+"\n")...)
		}
		out[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestATableThatBreaksAProbeStopsTheStart(t *testing.T) {
	t.Parallel()
	lines := gate.ProbeLines()
	if len(lines) < 10 {
		t.Fatalf("only %d probes", len(lines))
	}
	for _, line := range append(lines, "g, visitor, operator", "g, buyer, platform", "g, guest, person") {
		g, err := gate.New(gate.Options{Policies: withRole(t, line), Store: &memory{}, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			g.Close()
			t.Errorf("the gate started with %q", line)
		} else if !errors.Is(err, gate.ErrProbe) && !errors.Is(err, gate.ErrRule) {
			t.Errorf("%q: %v", line, err)
		}
	}
	g, err := gate.New(gate.Options{Policies: withRole(t, "p, buyer, blob.file.read"), Store: &memory{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("a harmless line stopped the start: %v", err)
	}
	g.Close()
}

package cage_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/platform/cage"
)

// script runs one in a cage and gives what it said.
func script(t *testing.T, tier cage.Tier, text string) (string, error) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "cs")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // below /tmp
	bundle, meet := filepath.Join(dir, "bundle"), filepath.Join(dir, "meet")
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Mkdir(bundle, 0o755))
	must(t, os.Mkdir(meet, 0o755))
	at := filepath.Join(bundle, "plugin")
	must(t, os.WriteFile(at, []byte(text), 0o755))
	f, err := os.Open(at)
	must(t, err)
	defer f.Close()
	c, err := cage.Command(cage.Spec{Tier: tier, Name: "script", Args: []string{"one", "two"}, Bundle: bundle, Meet: meet}, f, []string{"A=b"})
	must(t, err)
	must(t, os.WriteFile(at+".new", []byte("#!/bin/sh\necho another"), 0o755))
	must(t, os.Rename(at+".new", at)) // what is read is what was open
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err = c.Run()
	return strings.TrimSpace(out.String()), err
}

func TestAScriptIsReadByItsInterpreter(t *testing.T) {
	for _, tier := range []cage.Tier{cage.Bound, cage.Sealed} {
		for first, want := range map[string]string{
			"#!/bin/sh":               "one two b",
			"#!/usr/bin/env sh":       "one two b",
			"#!/usr/bin/env -S sh -e": "one two b",
		} {
			if got, err := script(t, tier, first+"\necho $1 $2 $A\n"); err != nil || got != want {
				t.Errorf("%s, %s: %q, %v", tier, first, got, err)
			}
		}
		if got, err := script(t, tier, "#!/usr/bin/env kontor-no-such-thing\n"); err == nil || !strings.HasPrefix(got, cage.Mark) || !strings.Contains(got, "interpreter") {
			t.Errorf("%s: %q, %v", tier, got, err)
		}
	}
}

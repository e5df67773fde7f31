package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

func clients(parts ...string) string {
	return filepath.Join(append([]string{apptest.Root(), "deploy", "clients"}, parts...)...)
}

// run runs a tool in a folder and wants it to succeed.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// node installs what a program in JavaScript needs, once per lock file.
func node(t *testing.T, dir string) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Fatal("the clients in JavaScript need node and npm: make test-tools installs them")
	}
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(dir, "node_modules", ".installed-lock")
	if have, err := os.ReadFile(mark); err != nil || !bytes.Equal(have, lock) {
		run(t, dir, nil, "npm", "ci", "--silent")
		if err := os.WriteFile(mark, lock, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheGoClientIsTheOneThatTheDescriptionGives(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "kontor.gen.go")
	run(t, clients("go"), nil, "go", "tool", "-modfile=../../tools/go.mod", "oapi-codegen", "-config", "oapi-codegen.yaml", "-o", out, "../openapi-3.0.json")
	alike(t, out, clients("go", "kontor.gen.go"))
}

func alike(t *testing.T, fresh, committed string) {
	t.Helper()
	want, err := os.ReadFile(fresh)
	if err != nil {
		t.Fatal(err)
	}
	sameFile(t, committed, want, "make gen")
}

// The TypeScript client is generated anew and compared, compiled, and then walks the whole
// story against a running house.
func TestTheTypeScriptClientWalksTheWholeStory(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	dir := node(t, clients("ts"))
	fresh := filepath.Join(t.TempDir(), "schema.d.ts")
	run(t, dir, nil, "npx", "--no-install", "openapi-typescript", "../openapi.json", "-o", fresh)
	alike(t, fresh, clients("ts", "schema.d.ts"))
	build := t.TempDir()
	run(t, dir, nil, "npx", "--no-install", "tsc", "-p", ".", "--outDir", build)
	if err := os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(build, "node_modules")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(build, "package.json"), []byte(`{"type":"module"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	said := run(t, build, []string{"KONTOR_ADDR=" + h.Addr, "KONTOR_SIMULATOR=" + h.Sim.URL}, "node", "--test", "story.test.js")
	if !strings.Contains(said, "# pass 3") {
		t.Errorf("the story was not told:\n%s", said)
	}
}

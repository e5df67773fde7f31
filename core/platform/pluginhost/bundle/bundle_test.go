package bundle_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	other "github.com/jedisct1/go-minisign"
	"github.com/klauspost/compress/zstd"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/bundle"
)

const manifest = `manifest: 1
id: acme.steel
version: 1.4.2
contract: {min: "1.0", max: "1.x"}
title: {en: Steel}
capabilities: {pricing: {}}
runtime: {kind: process, exec: {any: bin/plugin}}
`

// made is a sealed folder.
func made(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, f := range map[string]struct {
		body string
		mode fs.FileMode
	}{"plugin.yaml": {manifest, 0o644}, "bin/plugin": {"#!/bin/sh\n", 0o755}, "schemas/rebar.json": {"{}", 0o600}} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(f.body), f.mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := pluginhost.Seal(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func packed(t *testing.T, dir string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := bundle.Pack(dir, &b); err != nil {
		t.Fatal(err, fault.From(err).Text())
	}
	return b.Bytes()
}

func TestAPackageIsTheFolderAgain(t *testing.T) {
	t.Parallel()
	dir := made(t)
	b := packed(t, dir)
	if !bytes.Equal(b, packed(t, dir)) {
		t.Error("packed twice it is not the same")
	}
	into := t.TempDir()
	for range 2 { // the second time it is there already
		p, at, err := bundle.Unpack(bytes.NewReader(b), into)
		if err != nil || p.Manifest.ID != "acme.steel" || p.Manifest.Publisher() != "acme" || filepath.Base(at) != bundle.Folder(p.Manifest.Digest()) || p.Size != 12 {
			t.Fatalf("%+v %s %v", p, at, err)
		}
		m, err := pluginhost.ReadManifest(at)
		if err != nil || m.Digest() != p.Manifest.Digest() || m.Verify() != nil {
			t.Errorf("%v %v", err, m.Verify())
		}
		for name, mode := range map[string]fs.FileMode{"bin/plugin": 0o555, "schemas/rebar.json": 0o444, "plugin.yaml": 0o444, ".": fs.ModeDir | 0o755} {
			if info, err := os.Stat(filepath.Join(at, name)); err != nil || info.Mode() != mode {
				t.Errorf("%s: %v %v", name, info.Mode(), err)
			}
		}
	}
	left, err := os.ReadDir(into)
	if err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
}

func TestOnlyWhatTheManifestNamesIsPacked(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(dir string) error{
		"a file more":    func(d string) error { return os.WriteFile(filepath.Join(d, "notes.txt"), nil, 0o644) },
		"a file less":    func(d string) error { return os.Remove(filepath.Join(d, "schemas/rebar.json")) },
		"another file":   func(d string) error { return os.WriteFile(filepath.Join(d, "bin/plugin"), []byte("x"), 0o755) },
		"a link":         func(d string) error { return os.Symlink("/etc/passwd", filepath.Join(d, "link")) },
		"never sealed":   func(d string) error { return os.WriteFile(filepath.Join(d, "plugin.yaml"), []byte(manifest), 0o644) },
		"a broken yaml":  func(d string) error { return os.WriteFile(filepath.Join(d, "plugin.yaml"), []byte("\t"), 0o644) },
		"no manifest":    func(d string) error { return os.Remove(filepath.Join(d, "plugin.yaml")) },
		"a file outside": func(d string) error { return grow(d, `"../x": "sha256:`+strings.Repeat("0", 64)+`"`) },
	} {
		dir := made(t)
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Pack(dir, &bytes.Buffer{}); err == nil {
			t.Errorf("%s is packed", name)
		}
	}
}

func grow(dir, entry string) error {
	path := filepath.Join(dir, "plugin.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, bytes.Replace(b, []byte("files: {"), []byte("files: {"+entry+", "), 1), 0o644)
}

// entry is one file of a package that somebody made by hand.
type entry struct {
	tar.Header
	body string
}

func file(name, body string) entry {
	return entry{tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(body))}, body}
}

func forged(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, e := range entries {
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPackageThatIsNotWhatItSaysLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := made(t)
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	yaml, program, schema := file("plugin.yaml", read("plugin.yaml")), file("bin/plugin", read("bin/plugin")), file("schemas/rebar.json", "{}")
	if _, _, err := bundle.Unpack(bytes.NewReader(forged(t, yaml, schema, program)), t.TempDir()); err != nil {
		t.Fatalf("the honest one: %v", err)
	}
	bits := func(e entry, change func(*tar.Header)) entry {
		change(&e.Header)
		return e
	}
	whole := packed(t, dir)
	var bomb bytes.Buffer
	z, err := zstd.NewWriter(&bomb)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	_ = w.WriteHeader(&yaml.Header)
	_, _ = w.Write([]byte(yaml.body))
	_ = w.WriteHeader(&tar.Header{Name: "bin/plugin", Typeflag: tar.TypeReg, Mode: 0o644, Size: 300 << 20})
	for range 300 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	_ = errors.Join(w.Close(), z.Close())
	many := []entry{yaml}
	for i := range 5001 {
		many = append(many, file(fmt.Sprint("f", i), ""))
	}
	for name, b := range map[string][]byte{
		"nothing":                   nil,
		"no package":                []byte("hello"),
		"an empty one":              forged(t),
		"half of it":                whole[:len(whole)/2],
		"a byte changed":            append(append([]byte{}, whole[:len(whole)-20]...), make([]byte, 20)...),
		"the manifest not first":    forged(t, program, yaml, schema),
		"a file missing":            forged(t, yaml, program),
		"a file twice":              forged(t, yaml, program, program, schema),
		"a second manifest":         forged(t, yaml, program, schema, yaml),
		"a file that is not named":  forged(t, yaml, program, schema, file("extra", "")),
		"another content":           forged(t, yaml, file("bin/plugin", "#!/bin/bad"), schema),
		"a way out":                 forged(t, yaml, program, schema, file("../../out", "x")),
		"an absolute name":          forged(t, yaml, program, schema, file("/tmp/out", "x")),
		"a link":                    forged(t, yaml, entry{Header: tar.Header{Name: "bin/plugin", Typeflag: tar.TypeSymlink, Linkname: "/bin/sh"}}, schema),
		"a hard link":               forged(t, yaml, entry{Header: tar.Header{Name: "bin/plugin", Typeflag: tar.TypeLink, Linkname: "/bin/sh"}}, schema),
		"a device":                  forged(t, yaml, entry{Header: tar.Header{Name: "bin/plugin", Typeflag: tar.TypeChar}}, schema),
		"a folder":                  forged(t, yaml, entry{Header: tar.Header{Name: "x/", Typeflag: tar.TypeDir}}, program, schema),
		"setuid":                    forged(t, yaml, bits(program, func(h *tar.Header) { h.Mode = 0o4755 }), schema),
		"300 MB in little":          bomb.Bytes(),
		"too many files":            forged(t, many...),
		"a manifest that is a book": forged(t, file("plugin.yaml", strings.Repeat("#", 300<<10))),
		"a manifest of nothing":     forged(t, file("plugin.yaml", "manifest: 1\nbogus: 2\n")),
	} {
		into := t.TempDir()
		_, _, err := bundle.Unpack(bytes.NewReader(b), into)
		if fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(into); err != nil || len(left) > 0 {
			t.Errorf("%s leaves %v, %v", name, left, err)
		}
		if _, err := bundle.Check(bytes.NewReader(b)); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s, looked at: %v", name, err)
		}
	}
}

func TestASignatureIsOfOneKeyAndOneManifest(t *testing.T) {
	t.Parallel()
	pub, priv, err := bundle.NewKey("sesame")
	if err != nil {
		t.Fatal(err)
	}
	stranger, _, err := bundle.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	dir := made(t)
	look := func() bundle.Package {
		t.Helper()
		p, err := bundle.Check(bytes.NewReader(packed(t, dir)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if _, err := look().Signed([]string{string(pub)}); !errors.Is(err, bundle.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	if err := bundle.Sign(dir, priv, "open"); !errors.Is(err, bundle.ErrKey) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := bundle.Sign(dir, priv, "sesame"); err != nil {
		t.Fatal(err)
	}
	p := look()
	if by, err := p.Signed([]string{string(stranger), string(pub)}); err != nil || by != string(pub) {
		t.Errorf("%q %v", by, err)
	}
	if _, err := p.Signed([]string{string(stranger)}); !errors.Is(err, bundle.ErrSignature) {
		t.Errorf("a stranger's: %v", err)
	}
	if _, err := p.Signed(nil); !errors.Is(err, bundle.ErrSignature) {
		t.Errorf("nobody's: %v", err)
	}
	if _, err := p.Signed([]string{"untrusted comment: x\nnonsense"}); !errors.Is(err, bundle.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	// Another reader of the format says the same.
	key, err := other.DecodePublicKey(string(pub))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := other.DecodeSignature(string(p.Signature))
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := key.Verify(p.Raw, sig); !ok || err != nil {
		t.Errorf("another reader: %v %v", ok, err)
	}
	// What is changed after it was signed is sealed anew, and no longer signed.
	if err := os.WriteFile(filepath.Join(dir, "bin/plugin"), []byte("#!/bin/bad\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := pluginhost.Seal(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := look().Signed([]string{string(pub)}); !errors.Is(err, bundle.ErrSignature) {
		t.Errorf("changed afterwards: %v", err)
	}
}

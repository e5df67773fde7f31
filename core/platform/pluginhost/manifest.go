package pluginhost

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"gopkg.in/yaml.v3"
)

// Manifest is a plugin's plugin.yaml. Unknown keys are refused: a misspelt limit must not
// pass for none.
type Manifest struct {
	Manifest     int                       `yaml:"manifest"`
	ID           string                    `yaml:"id"`
	Version      string                    `yaml:"version"`
	Contract     struct{ Min, Max string } `yaml:"contract"`
	Title        map[string]string         `yaml:"title"`
	Description  map[string]string         `yaml:"description"`
	License      string                    `yaml:"license"`
	Homepage     string                    `yaml:"homepage"`
	Support      string                    `yaml:"support"`
	Capabilities map[string]Capability     `yaml:"capabilities"`
	Runtime      Runtime                   `yaml:"runtime"`
	Resources    Resources                 `yaml:"resources"`
	Isolation    struct {
		Shareable bool   `yaml:"shareable"`
		MinTier   string `yaml:"min_tier"`
	} `yaml:"isolation"`
	Permissions struct {
		Host   []string `yaml:"host"`
		Egress []Egress `yaml:"egress"`
		Events []string `yaml:"events"`
	} `yaml:"permissions"`
	Config struct {
		Schema  string `yaml:"schema"` // a file in the dialect; empty: there is nothing to set
		Version int    `yaml:"version"`
	} `yaml:"config"`
	Secrets []struct {
		Name       string `yaml:"name"`
		Title      string `yaml:"title"`
		RotateDays int    `yaml:"rotate_days"`
	} `yaml:"secrets"`
	Schemas []string          `yaml:"schemas"`
	Data    yaml.Node         `yaml:"data"`
	Files   map[string]string `yaml:"files"` // every file but the manifest and its signature

	dir    string
	digest string
}

// Capability is one thing that the plugin does. Where several plugins do it, the lower
// OrderHint is asked first.
type Capability struct {
	Features  []string `yaml:"features"`
	OrderHint int      `yaml:"order_hint"`
}

// Runtime is how the plugin runs. Exec is by "linux/amd64", or "any".
type Runtime struct {
	Kind       string            `yaml:"kind"`
	Exec       map[string]string `yaml:"exec"`
	Args       []string          `yaml:"args"`
	Activation string            `yaml:"activation"`
}

// Resources are the plugin's limits.
type Resources struct {
	Memory        string `yaml:"memory"`
	CPU           string `yaml:"cpu"`
	PIDs          int    `yaml:"pids"`
	Tmp           string `yaml:"tmp"`
	Concurrency   int    `yaml:"max_concurrency"`
	PerTenantConc int    `yaml:"per_tenant_concurrency"`
}

// Names of the two files that the manifest does not list.
const (
	ManifestName  = "plugin.yaml"
	SignatureName = "plugin.yaml.sig"
)

var (
	idForm      = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9-]+){1,3}$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	digestForm  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// ReadManifest reads and checks the manifest of a plugin's folder.
func ReadManifest(dir string) (Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err != nil {
		return Manifest{}, ErrManifest.With("why", "it cannot be read").Because(err)
	}
	m, err := ParseManifest(b)
	if err != nil {
		return Manifest{}, err
	}
	m.dir, err = filepath.Abs(dir)
	return m, err
}

// ParseManifest reads and checks a manifest by itself.
func ParseManifest(raw []byte) (Manifest, error) {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	var m Manifest
	if err := d.Decode(&m); err != nil {
		return Manifest{}, ErrManifest.With("why", err.Error()).Because(err)
	}
	sum := sha256.Sum256(raw)
	m.digest = "sha256:" + hex.EncodeToString(sum[:])
	return m, m.check()
}

// Digest names the whole plugin: it is the manifest's, which names every file's.
func (m Manifest) Digest() string { return m.digest }

// Publisher is who vouches for the plugin: the first word of its id.
func (m Manifest) Publisher() string {
	publisher, _, _ := strings.Cut(m.ID, ".")
	return publisher
}

func (m Manifest) check() error {
	bad := func(why string) error { return ErrManifest.With("why", why) }
	switch {
	case m.Manifest != 1:
		return bad("only manifest: 1 is known")
	case !idForm.MatchString(m.ID):
		return bad("id is not publisher.name")
	case !versionForm.MatchString(m.Version):
		return bad("version is not x.y.z")
	case !strings.HasPrefix(m.Contract.Min, "1."):
		return bad("contract " + m.Contract.Min + " is not spoken here, 1.x is")
	case len(m.Capabilities) == 0:
		return bad("it declares no capability")
	case m.Isolation.MinTier != "" && tierErr(m.Isolation.MinTier) != nil:
		return bad("min_tier " + m.Isolation.MinTier + " is none of S0, S1, S2 and S3")
	case sizeErr(m.Resources.Memory) != nil || sizeErr(m.Resources.Tmp) != nil:
		return bad("memory and tmp are sizes such as 128Mi")
	case m.Runtime.Kind != "process":
		return bad("runtime kind " + m.Runtime.Kind + " is not run here")
	}
	for _, h := range m.Permissions.Host {
		if h != PermissionKV {
			return bad("permissions.host names " + h + ", which this host does not give; it gives " + PermissionKV)
		}
	}
	for i, e := range m.Permissions.Egress {
		if why := e.wrong(); why != "" {
			return bad(fmt.Sprintf("permissions.egress %d %s", i+1, why))
		}
	}
	path, err := m.executable()
	if err != nil {
		return err
	}
	if !digestForm.MatchString(m.Files[path]) {
		return bad("files has no sha256 of " + path)
	}
	for name, sum := range m.Files {
		if !filepath.IsLocal(name) || filepath.ToSlash(filepath.Clean(name)) != name || !digestForm.MatchString(sum) {
			return bad("files names " + name + " in a way that is no file's in this folder")
		}
	}
	if s := m.Config.Schema; s != "" && m.Files[s] == "" {
		return bad("files has no sha256 of " + s)
	}
	return nil
}

// executable is the program's path inside the folder.
func (m Manifest) executable() (string, error) {
	path := m.Runtime.Exec[runtime.GOOS+"/"+runtime.GOARCH]
	if path == "" {
		path = m.Runtime.Exec["any"]
	}
	if path == "" || !filepath.IsLocal(path) {
		return "", ErrManifest.With("why", "it has no program for "+runtime.GOOS+"/"+runtime.GOARCH)
	}
	return path, nil
}

// Program is the path of what is started, inside the folder; empty if this machine has none.
func (m Manifest) Program() string {
	path, _ := m.executable()
	return path
}

// open opens the program and checks that very file against the manifest; what is executed
// later is the open file, so nobody can swap it in between.
func (m Manifest) open() (*os.File, error) {
	path, err := m.executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(m.dir, path))
	if err != nil {
		return nil, ErrManifest.With("why", path+" cannot be opened").Because(err)
	}
	found, err := digest(f)
	if err == nil && found != m.Files[path] {
		err = ErrDigest.With("path", f.Name()).With("expected", m.Files[path]).With("found", found)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func digest(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// discover reads every folder below dirs that holds a manifest; of two with one id the
// first wins. A folder that cannot be used is returned with the reason, not left out.
func discover(dirs []string) (good []Manifest, bad map[string]error) {
	bad = map[string]error{}
	seen := map[string]bool{}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // no such folder: no plugins in it
		}
		for _, e := range entries {
			at := filepath.Join(dir, e.Name())
			if _, err := os.Stat(filepath.Join(at, ManifestName)); err != nil {
				continue
			}
			m, err := ReadManifest(at)
			switch {
			case err != nil:
				bad[e.Name()] = err
			case !seen[m.ID]:
				seen[m.ID] = true
				good = append(good, m)
			}
		}
	}
	return good, bad
}

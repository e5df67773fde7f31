package app

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/core/platform/dialect"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/bundle"
	"github.com/kontorhq/kontor/core/platform/pluginhost/trial"
	"github.com/kontorhq/kontor/core/plugins"
	"github.com/kontorhq/kontor/core/plugins/pluginsdb"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// makePlugins comes after the host, which it tells what may run.
func (h *House) makePlugins() {
	h.Plugins = plugins.New(plugins.Deps{
		Store: h.packages.store, Unit: h.DB, Gate: h.Gate, Events: h.Queue, Audit: h.Queue, Tenants: h.Tenancy, Packages: h.packages, Running: h.Host, Settings: settings{}, Now: h.Now,
	})
}

// unserved gives a marketplace whose new version does not come up the one it had.
func (h *House) unserved(ctx context.Context, in pluginhost.Installation, why error) {
	if h.Plugins == nil || in.Artifact == "" {
		return
	}
	if err := h.Plugins.Unserved(ctx, in.ID, in.Plugin, in.Artifact, why); err != nil {
		h.Log.ErrorContext(ctx, "a plugin that does not serve was not put back", "plugin", in.Plugin, "artifact", in.Artifact, "err", err)
	}
}

// poisoned keeps one marketplace's calls from ending a plugin for all.
func (h *House) poisoned(ctx context.Context, in pluginhost.Installation, rpc string, why error) {
	if h.Plugins == nil {
		return
	}
	if err := h.Plugins.Poisoned(ctx, in.ID, in.Plugin, rpc, why); err != nil {
		h.Log.ErrorContext(ctx, "a plugin's installation was not suspended", "plugin", in.Plugin, "tenant", in.Tenant, "err", err)
	}
}

// packages are the artifacts in the database, unpacked on this machine when they are wanted.
type packages struct {
	house *House
	store pluginsdb.Store
	dir   string
}

// newPackages keeps what it unpacks below the folder of data.
func newPackages(h *House, data string) (*packages, error) {
	p := &packages{house: h, store: pluginsdb.New(h.DB, h.Vault), dir: filepath.Join(data, "packages")}
	if err := os.MkdirAll(p.dir, 0o755); err != nil { //nolint:gosec // plugins are other users, who read it
		return nil, err
	}
	left, err := filepath.Glob(filepath.Join(p.dir, ".unpack-*"))
	for _, l := range left {
		_ = os.RemoveAll(l)
	}
	return p, err
}

// Folder implements pluginhost.Packages.
func (p *packages) Folder(ctx context.Context, artifact string) (string, error) {
	body, state, err := p.store.Body(ctx, artifact)
	if err != nil {
		return "", err
	}
	if state != plugins.Approved && state != plugins.Yanked {
		return "", plugins.ErrNotOffered
	}
	return p.unpack(body, artifact)
}

func (p *packages) unpack(body []byte, artifact string) (string, error) {
	got, dir, err := bundle.Unpack(bytes.NewReader(body), p.dir)
	if err == nil && got.Manifest.Digest() != artifact {
		err = pluginhost.ErrDigest.With("path", dir).With("expected", artifact).With("found", got.Manifest.Digest())
	}
	return dir, err
}

// Read implements plugins.Packages.
func (p *packages) Read(body []byte) (plugins.Described, error) {
	got, err := bundle.Check(bytes.NewReader(body))
	if err != nil {
		return plugins.Described{}, err
	}
	if got.Schema != nil {
		if _, err := dialect.Parse(got.Schema); err != nil {
			return plugins.Described{}, err
		}
	}
	d := described(got.Manifest, got.Schema)
	d.Digest, d.Size = got.Manifest.Digest(), got.Size
	return d, nil
}

func described(m pluginhost.Manifest, schema []byte) plugins.Described {
	d := plugins.Described{
		Plugin: m.ID, Version: m.Version, Publisher: m.Publisher(), Titles: m.Title, Texts: m.Description, Capabilities: slices.Sorted(maps.Keys(m.Capabilities)),
		Schema: schema, SchemaVersion: m.Config.Version, Tier: m.Isolation.MinTier, Shareable: m.Isolation.Shareable, License: m.License, Homepage: m.Homepage,
	}
	for _, a := range m.Asks() {
		d.Asks = append(d.Asks, plugins.Ask{Kind: a.Kind, What: a.What})
	}
	return d
}

// Signed implements plugins.Packages.
func (p *packages) Signed(body []byte, keys []string) (string, error) {
	got, err := bundle.Check(bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	return got.Signed(keys)
}

// Key implements plugins.Packages.
func (p *packages) Key(text string) error {
	_, err := bundle.ParseKey(text)
	return err
}

// Came implements plugins.Packages.
func (p *packages) Came() map[string]plugins.Described {
	out := map[string]plugins.Described{}
	for name, m := range p.house.Host.Came() {
		schema, err := m.Schema()
		if err != nil {
			p.house.Log.Error("settings of a plugin are not described", "plugin", name, "err", err)
		}
		out[name] = described(m, schema)
	}
	return out
}

// Try implements plugins.Packages.
func (p *packages) Try(ctx context.Context, digest string) (plugins.Report, error) {
	body, _, err := p.store.Body(ctx, digest)
	if err != nil {
		return plugins.Report{}, err
	}
	dir, err := p.unpack(body, digest)
	if err != nil {
		return plugins.Report{}, err
	}
	results, err := trial.Run(ctx, dir)
	if err != nil {
		return plugins.Report{}, err
	}
	r := plugins.Report{At: p.house.Now(), Tier: cage.Sealed.String(), Failed: []plugins.Finding{}}
	for _, x := range results {
		switch finding := (plugins.Finding{Check: x.Check, Why: strings.TrimSuffix(x.Why, "."), Rule: x.Rule}); {
		case x.Outcome == kit.Passed:
			r.Passed = append(r.Passed, x.Check)
		case x.Outcome == kit.NotRun:
			r.Skipped = append(r.Skipped, finding)
		case x.Level == kit.Must:
			r.Failed = append(r.Failed, finding)
		default:
			r.Warned = append(r.Warned, finding)
		}
	}
	return r, nil
}

// secretsOf are an installation's, for the host.
func (h *House) secretsOf(ctx context.Context, i id.Installation) (all map[string]string, err error) {
	err = h.DB.Do(ctx, func(ctx context.Context) (err error) {
		all, err = h.packages.store.Secrets(ctx, i)
		return err
	})
	return all, err
}

// settings are values in the dialect.
type settings struct{}

// Join implements plugins.Settings.
func (settings) Join(schema, open json.RawMessage, secrets map[string]string) (json.RawMessage, error) {
	s, err := dialect.Parse(schema)
	if err != nil {
		return nil, err
	}
	return s.Join(open, secrets), nil
}

// Keep implements plugins.Settings.
func (settings) Keep(schema, value json.RawMessage, secrets map[string]string) (json.RawMessage, error) {
	s, err := dialect.Parse(schema)
	if err != nil {
		return nil, err
	}
	return s.Keep(value, secrets)
}

// Split implements plugins.Settings.
func (settings) Split(schema, value json.RawMessage) (json.RawMessage, map[string]string, error) {
	s, err := dialect.Parse(schema)
	if err != nil {
		return nil, nil, err
	}
	if err := s.Refuse(value); err != nil {
		return nil, nil, err
	}
	open, secrets := s.Split(value)
	return open, secrets, nil
}

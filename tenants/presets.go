package tenants

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// presets holds what new marketplaces are made after: settings by kind, places to be at
// home, and packs of goods and rules.
//
//go:embed all:presets
var presets embed.FS

// KindPreset is what a market of a kind begins with.
type KindPreset struct {
	Theme         string   `yaml:"theme"`
	LoginRequired bool     `yaml:"login_required"`
	SignUp        string   `yaml:"sign_up"`
	Commission    Rate     `yaml:"commission_rate"`
	ReleaseLimit  Amount   `yaml:"release_limit"`
	Verticals     []string `yaml:"verticals"`
}

// Region is where a market is at home.
type Region struct {
	Key      string `yaml:"key"`
	Names    Names  `yaml:"names"`
	Country  string `yaml:"country"`
	Currency string `yaml:"currency"`
	TimeZone string `yaml:"time_zone"`
	Tax      Rate   `yaml:"tax_rate"`
	Locale   string `yaml:"locale"`
}

// Pack is goods and rules to begin with.
type Pack struct {
	Key       string   `yaml:"key"`
	From      string   `yaml:"from"`
	Names     Names    `yaml:"names"`
	Kinds     []string `yaml:"kinds"`
	Verticals []string `yaml:"verticals"`
	Theme     string   `yaml:"theme"`
}

// Presets are all of them.
type Presets struct {
	Kinds   map[string]KindPreset
	Regions []Region
	Packs   []Pack
}

// LoadPresets reads what is built in.
func LoadPresets() (Presets, error) {
	var p Presets
	for name, into := range map[string]any{"kinds": &p.Kinds, "regions": &p.Regions, "packs": &p.Packs} {
		text, err := fs.ReadFile(presets, "presets/"+name+".yaml")
		if err != nil {
			return p, err
		}
		d := yaml.NewDecoder(bytes.NewReader(text))
		d.KnownFields(true)
		if err := d.Decode(into); err != nil {
			return p, fmt.Errorf("presets/%s.yaml: %w", name, err)
		}
	}
	return p, nil
}

// Order is what somebody asks for.
type Order struct {
	Slug, Kind, Pack, Region string
	Names                    Names
	Host                     string
	Contact                  string // e-mail of the operator
}

// Make is the blueprint of a new market: the kind's settings at home in the region, with
// the pack's categories, attributes, roles and plugins, and without anybody's companies,
// people or goods.
func (p Presets) Make(o Order) (Blueprint, error) {
	k, ok := p.Kinds[o.Kind]
	r := slices.IndexFunc(p.Regions, func(r Region) bool { return r.Key == o.Region })
	i := slices.IndexFunc(p.Packs, func(x Pack) bool { return x.Key == o.Pack && slices.Contains(x.Kinds, o.Kind) })
	if !ok || r < 0 || i < 0 {
		return Blueprint{}, fmt.Errorf("%w: %s, %s, %s", ErrUnknown, o.Kind, o.Pack, o.Region)
	}
	pack, home := p.Packs[i], p.Regions[r]
	b, err := frame(pack.From)
	if err != nil {
		return b, err
	}
	plugins := b.Tenant.Plugins
	b.Texts, b.Orgs, b.People, b.Licences, b.Warehouses, b.Indices = nil, nil, nil, nil, nil, nil
	b.Tenant = Tenant{
		Slug: o.Slug, Kind: o.Kind, Names: o.Names, Hosts: []Host{{o.Host, true}}, Locales: []string{"en", "zh-CN"}, Locale: home.Locale,
		Currency: home.Currency, TimeZone: home.TimeZone, Country: home.Country, Theme: k.Theme, LoginRequired: k.LoginRequired, SignUp: k.SignUp,
		Verticals: slices.Concat(k.Verticals, pack.Verticals), Commission: k.Commission, Tax: home.Tax, ReleaseLimit: k.ReleaseLimit, Plugins: plugins,
		Supports: []Contact{{"email", o.Contact}},
	}
	if pack.Theme != "" && !k.LoginRequired {
		b.Tenant.Theme = pack.Theme
	}
	for i, x := range plugins {
		if x.ID == "kontor.escrow" {
			b.Tenant.Plugins[i].Config = map[string]any{"currency": home.Currency, "hold_days": 15}
		}
	}
	b.hash = "preset:" + o.Kind + "+" + o.Pack + "+" + o.Region
	return b, nil
}

// frame reads a blueprint's small files and none of its goods.
func frame(from string) (Blueprint, error) {
	var all fs.FS = FS
	if strings.HasPrefix(from, "presets/") {
		all = presets
	}
	dir, err := fs.Sub(all, from)
	if err != nil {
		return Blueprint{}, err
	}
	b := Blueprint{dir: dir}
	var p Problems
	b.read(&p)
	if len(p.Found) > 0 {
		return b, &p
	}
	return b, nil
}

package kit

import (
	"fmt"
	"maps"
	"slices"
)

func manifestChecks() []Check {
	return []Check{
		{Name: "core.manifest.schema_valid", Level: Must, Needs: Program | Folder, Rule: "plugin.yaml has the keys of the contract and no others.", do: func(p *probe) error {
			return p.target.Manifest.Broken
		}},
		{Name: "core.manifest.matches_describe", Level: Must, Needs: Program | Folder, Rule: "What the program says of itself is what its manifest says: id, version, capabilities, features.", do: matchesDescribe},
		{Name: "core.manifest.digests_complete", Level: Must, Needs: Program | Folder, Rule: "The manifest names every file of the folder with the digest that it has.", do: func(p *probe) error {
			return p.target.Manifest.Digests
		}},
	}
}

func matchesDescribe(p *probe) error {
	m, d := p.target.Manifest, p.about
	if m.ID != d.GetId() || m.Version != d.GetVersion() {
		return fmt.Errorf("the manifest is of %s %s, the program is %s %s", m.ID, m.Version, d.GetId(), d.GetVersion())
	}
	for _, name := range slices.Sorted(maps.Keys(m.Capabilities)) {
		want, got := slices.Sorted(slices.Values(m.Capabilities[name])), slices.Sorted(slices.Values(p.declared[name]))
		if _, ok := p.declared[name]; !ok || !slices.Equal(want, got) {
			return fmt.Errorf("capability %s: the manifest has features %v, the program %v", name, want, got)
		}
	}
	if len(m.Capabilities) != len(p.declared) {
		return fmt.Errorf("the manifest has %d capabilities, the program %d", len(m.Capabilities), len(p.declared))
	}
	return nil
}

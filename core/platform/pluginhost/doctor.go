package pluginhost

import (
	"context"
	"path/filepath"

	"github.com/kontorhq/kontor/core/platform/cage"
)

// Diagnosis is what this machine can do for plugins, and for which it is not enough.
type Diagnosis struct {
	Tiers   []TierFinding
	Plugins []PluginFinding
}

// TierFinding is one tier, tried.
type TierFinding struct {
	Tier  cage.Tier
	Err   error // why it cannot be had
	Sight cage.Sight
}

// PluginFinding is one folder. Err says why it would be refused.
type PluginFinding struct {
	Folder, ID, Version string
	Tier                cage.Tier
	Err                 error
}

// Doctor starts a program of its own in each tier and reads the folders as a host would.
func Doctor(ctx context.Context, dirs []string, least *cage.Tier) Diagnosis {
	var d Diagnosis
	reached := map[cage.Tier]error{cage.Open: nil}
	for _, t := range []cage.Tier{cage.Bound, cage.Sealed, cage.Walled} {
		s, err := cage.Look(ctx, cage.Spec{Tier: t}, cage.Question{})
		d.Tiers, reached[t] = append(d.Tiers, TierFinding{t, err, s}), err
	}
	good, bad := discover(dirs)
	for _, m := range good {
		f := PluginFinding{Folder: filepath.Base(m.dir), ID: m.ID, Version: m.Version, Tier: m.cage(least).Tier}
		program, err := m.open()
		if err == nil {
			err = program.Close()
		}
		if err == nil && reached[f.Tier] != nil {
			err = ErrTier.With("tier", f.Tier.String()).With("why", reached[f.Tier].Error())
		}
		f.Err = err
		d.Plugins = append(d.Plugins, f)
	}
	for name, err := range bad {
		d.Plugins = append(d.Plugins, PluginFinding{Folder: name, Err: err})
	}
	return d
}

package pluginhost

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// cage is what a process of this plugin is held in: no less than the plugin asks for, nor
// than the operator does.
func (m Manifest) cage(least *cage.Tier) cage.Spec {
	s := cage.Spec{Tier: cage.Bound, Name: m.ID, Args: m.Runtime.Args, Bundle: m.dir, Tmp: size(m.Resources.Tmp), PIDs: m.Resources.PIDs}
	if t, err := cage.ParseTier(m.Isolation.MinTier); err == nil {
		s.Tier = max(s.Tier, t)
	}
	switch {
	case least == nil:
	case *least == cage.Open:
		s.Tier = cage.Open
	default:
		s.Tier = max(s.Tier, *least)
	}
	if b := size(m.Resources.Memory); b > 0 {
		s.Memory = 2*b + reserve
	}
	return s
}

// Cage is what a process of this plugin is held in, at least in a tier.
func (m Manifest) Cage(least cage.Tier) cage.Spec { return m.cage(&least) }

// Memory is how much the plugin promises to do with, in bytes; 0 where it promises nothing.
func (m Manifest) Memory() int64 { return size(m.Resources.Memory) }

// cage is what this process is held in. What somebody uploaded is sealed off, whatever its
// manifest is content with.
func (p *process) cage() cage.Spec {
	least := p.host.cfg.Tier
	if p.berth.artifact != "" && (least == nil || *least == cage.Bound) {
		sealed := cage.Sealed
		least = &sealed
	}
	return p.manifest.cage(least)
}

// reserve is what a runtime maps and hardly uses: the kernel's limit counts what is mapped,
// the manifest's what is used. The first ends a leak, the second is what the plugin's own
// collector of garbage keeps to.
const reserve = 256 << 20

// surroundings is all that a plugin's environment holds beside the handshake.
func surroundings(m Manifest, s cage.Spec) []string {
	env := []string{sdk.WatchEnv + "=stdin", "LANG=C.UTF-8", "TZ=UTC"}
	if s.Tier >= cage.Sealed {
		env = append(env, "HOME=/tmp", "TMPDIR=/tmp")
	}
	if b := size(m.Resources.Memory); b > 0 {
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%d", b/10*8), fmt.Sprintf("NODE_OPTIONS=--max-old-space-size=%d", b/10*8>>20))
	}
	return env
}

func tierErr(s string) error {
	_, err := cage.ParseTier(s)
	return err
}

var units = map[string]int64{"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}

// sizeErr looks at a size as manifests write it; none is one too.
func sizeErr(s string) error {
	if s != "" && size(s) <= 0 {
		return fmt.Errorf("%q is no size", s)
	}
	return nil
}

// size reads 128Mi; 0 is none.
func size(s string) int64 {
	digits := strings.TrimRight(s, "KMGi")
	n, err := strconv.ParseInt(digits, 10, 32)
	unit, ok := units[s[len(digits):]]
	if err != nil || !ok || n <= 0 {
		return 0
	}
	return n * unit
}

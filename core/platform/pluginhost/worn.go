package pluginhost

import (
	"fmt"
	"time"
)

// When a process is exchanged for a fresh one before anything is wrong with it.
const (
	wornAge   = 24 * time.Hour
	wornCalls = 1_000_000
)

// worn says why a generation should make room for a fresh one; not in its first minute, so
// that a plugin whose ordinary use is too much does not only start.
func (g *generation) worn(t Timing, now time.Time) string {
	age := now.Sub(g.began)
	if age < t.Fresh {
		return ""
	}
	if most := size(g.manifest.Resources.Memory) / 10 * 8; most > 0 {
		if held := resident(g.run.pid()); held > most {
			return fmt.Sprintf("it holds %d MiB of the %d that it may", held>>20, size(g.manifest.Resources.Memory)>>20)
		}
	}
	switch {
	case age > wornAge:
		return "it is a day old"
	case g.calls.Load() > wornCalls:
		return "it has answered a million calls"
	}
	return ""
}

package pluginhost

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Status is one plugin as the operator sees it.
type Status struct {
	Plugin       string
	Version      string
	Artifact     string            // digest of its package; empty: it came with the program
	Alone        id.Tenant         // the one tenant that uses the process; zero: all do
	Title        map[string]string // by locale
	Capabilities []string
	State        string
	Tier         string // what the running process is held in
	PID          int
	Generation   int
	Restarts     int
	LastError    string
	ReadySince   time.Time
	Tenants      int // installations that are switched on
	Calls        int64
	Faults       int64
	FaultsByCode map[string]int64
	P50          time.Duration
	Asked        int64 // questions to addresses outside
	Denied       int64 // those that the manifest does not allow
}

// Status lists every plugin, those whose folder was refused as well.
func (h *Host) Status() []Status {
	var out []Status
	for _, p := range h.fleet.list() {
		out = append(out, p.status())
	}
	for name, err := range h.refused {
		out = append(out, Status{Plugin: name, State: StateRefused, LastError: words(err)})
	}
	slices.SortFunc(out, func(a, b Status) int { return slices.Compare([]byte(a.Plugin), []byte(b.Plugin)) })
	return out
}

// StatusOf is the process that serves an installation; false if there is none.
func (h *Host) StatusOf(i id.Installation) (Status, bool) {
	in, ok := h.book.byInstallation(i)
	if !ok {
		return Status{}, false
	}
	p := h.fleet.of(in.berth())
	if p == nil {
		return Status{}, false
	}
	return p.status(), true
}

// Came are the plugins that came with the program, by id.
func (h *Host) Came() map[string]Manifest {
	out := map[string]Manifest{}
	for _, p := range h.fleet.list() {
		if p.berth == (berth{plugin: p.manifest.ID}) {
			out[p.manifest.ID] = p.manifest
		}
	}
	return out
}

// words is an error for the operator: what a fault says instead of its code, and what was
// below it.
func words(err error) string {
	f, ok := err.(*fault.Error) //nolint:errorlint // what stands around one says more than it
	if !ok {
		return err.Error()
	}
	out := f.Text()
	if f.Next != "" {
		out += " " + f.Fill(f.Next)
	}
	if cause := f.Unwrap(); cause != nil && !strings.Contains(out, cause.Error()) {
		out += "\n" + words(cause)
	}
	return out
}

func (p *process) status() Status {
	s := Status{
		Plugin: p.manifest.ID, Version: p.manifest.Version, Artifact: p.berth.artifact, Alone: p.berth.alone, Title: p.manifest.Title,
		Capabilities: slices.Sorted(maps.Keys(p.manifest.Capabilities)), Tenants: len(p.host.book.all(p.berth)),
	}
	s.Calls, s.Faults, s.FaultsByCode, s.P50 = p.stats.read()
	s.Asked, s.Denied = p.stats.outsides()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.State, s.Restarts = p.state, p.restarts
	if p.lastErr != nil {
		s.LastError = words(p.lastErr)
	}
	if g := p.current; g != nil {
		s.Tier = g.cage.Tier.String()
		s.PID, s.Generation, s.ReadySince = g.run.pid(), g.number, p.readyAt
	}
	return s
}

package pluginhost

import (
	"maps"
	"slices"
	"time"
)

// Status is one plugin as the operator sees it.
type Status struct {
	Plugin       string
	Version      string
	Title        map[string]string // by locale
	Capabilities []string
	State        string
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
}

// Status lists every plugin, those whose folder was refused as well.
func (h *Host) Status() []Status {
	var out []Status
	for _, p := range h.procs {
		out = append(out, p.status())
	}
	for name, err := range h.refused {
		out = append(out, Status{Plugin: name, State: StateRefused, LastError: err.Error()})
	}
	slices.SortFunc(out, func(a, b Status) int { return slices.Compare([]byte(a.Plugin), []byte(b.Plugin)) })
	return out
}

func (p *process) status() Status {
	s := Status{
		Plugin: p.manifest.ID, Version: p.manifest.Version, Title: p.manifest.Title,
		Capabilities: slices.Sorted(maps.Keys(p.manifest.Capabilities)), Tenants: len(p.host.book.all(p.manifest.ID)),
	}
	s.Calls, s.Faults, s.FaultsByCode, s.P50 = p.stats.read()
	p.mu.Lock()
	defer p.mu.Unlock()
	s.State, s.Restarts = p.state, p.restarts
	if p.lastErr != nil {
		s.LastError = p.lastErr.Error()
	}
	if g := p.current; g != nil {
		s.PID, s.Generation, s.ReadySince = g.run.pid(), g.number, p.readyAt
	}
	return s
}

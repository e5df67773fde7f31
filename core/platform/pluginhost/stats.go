package pluginhost

import (
	"slices"
	"sync"
	"time"
)

// stats are a plugin's calls over all its generations.
type stats struct {
	mu     sync.Mutex
	calls  int64
	faults map[string]int64 // by code
	asked  int64            // of addresses outside
	denied int64
	recent [256]time.Duration
	n      int
}

func newStats() *stats { return &stats{faults: map[string]int64{}} }

func (s *stats) add(d time.Duration, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if code != "" {
		s.faults[code]++
	}
	s.recent[s.n%len(s.recent)] = d
	s.n++
}

func (s *stats) outside(allowed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if allowed {
		s.asked++
	} else {
		s.denied++
	}
}

func (s *stats) outsides() (asked, denied int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.denied
}

func (s *stats) read() (calls, faults int64, byCode map[string]int64, p50 time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	byCode = map[string]int64{}
	for c, n := range s.faults {
		byCode[c] = n
		faults += n
	}
	if n := min(s.n, len(s.recent)); n > 0 {
		sorted := slices.Sorted(slices.Values(s.recent[:n]))
		p50 = sorted[n/2]
	}
	return s.calls, faults, byCode, p50
}

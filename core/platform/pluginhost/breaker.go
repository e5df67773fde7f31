package pluginhost

import (
	"sync"
	"time"
)

// breaker stops asking a plugin that fails one tenant in one group of calls: in a window
// of thirty seconds half of at least twenty calls, or five timeouts in a row. Only faults
// of the plugin count; a bank that says no is not the plugin's failure.
type breaker struct {
	mu            sync.Mutex
	windowStart   time.Time
	calls, faults int
	timeouts      int
	openUntil     time.Time
	pause         time.Duration
	probes        int
}

const (
	breakerWindow   = 30 * time.Second
	breakerCalls    = 20
	breakerTimeouts = 5
	breakerPause    = 15 * time.Second
	breakerPauseMax = 5 * time.Minute
	breakerProbes   = 3
)

// allow says whether to ask. After a pause three calls may probe.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.openUntil.IsZero():
		return true
	case now.Before(b.openUntil):
		return false
	case b.probes < breakerProbes:
		b.probes++
		return true
	}
	return false
}

// record hears how a call went.
func (b *breaker) record(now time.Time, fault, timeout bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.openUntil.IsZero() {
		b.afterProbe(now, fault)
		return
	}
	if now.Sub(b.windowStart) > breakerWindow {
		b.windowStart, b.calls, b.faults = now, 0, 0
	}
	b.calls++
	if fault {
		b.faults++
	}
	if timeout {
		b.timeouts++
	} else {
		b.timeouts = 0
	}
	if b.timeouts >= breakerTimeouts || (b.calls >= breakerCalls && b.faults*2 >= b.calls) {
		b.open(now)
	}
}

func (b *breaker) afterProbe(now time.Time, fault bool) {
	if now.Before(b.openUntil) {
		return // a straggler from before
	}
	if fault {
		b.open(now)
		return
	}
	b.windowStart, b.calls, b.faults, b.timeouts = now, 0, 0, 0
	b.openUntil, b.pause, b.probes = time.Time{}, 0, 0
}

func (b *breaker) open(now time.Time) {
	b.pause = min(max(b.pause*2, breakerPause), breakerPauseMax)
	b.openUntil, b.probes, b.timeouts = now.Add(b.pause), 0, 0
}

package web

import (
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
)

// Rate is how much one caller may ask of one node: so many a second, and a burst above
// it. Visitors count by address, people by name. Zero turns the limit off. Answers from
// the anonymous cache are not counted.
type Rate struct {
	Visitor, VisitorBurst int
	Person, PersonBurst   int
}

// limiter keeps one theoretical arrival time per caller (GCRA): eight bytes and no
// timer each.
type limiter struct {
	rate Rate
	now  func() time.Time
	mu   sync.Mutex
	due  map[string]time.Time
}

const limiterMax = 100_000

func newLimiter(r Rate, now func() time.Time) *limiter {
	return &limiter{rate: r, now: now, due: map[string]time.Time{}}
}

func limitKey(x *exchange) string {
	if x.caller.Kind == caller.Service {
		return string(x.site.Tenant[:]) + string(x.caller.Account[:])
	}
	if x.caller.SignedIn() {
		return string(x.site.Tenant[:]) + string(x.caller.Person[:])
	}
	return string(x.site.Tenant[:]) + x.from.ip
}

func (l *limiter) allow(key string, person bool) bool {
	per, burst := l.rate.Visitor, l.rate.VisitorBurst
	if person {
		per, burst = l.rate.Person, l.rate.PersonBurst
	}
	if per <= 0 {
		return true
	}
	step, now := time.Second/time.Duration(per), l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.due[key]
	if due.Before(now) {
		due = now
	}
	if due.Sub(now) > step*time.Duration(max(burst, 1)) {
		return false
	}
	if len(l.due) >= limiterMax {
		l.sweep(now)
	}
	l.due[key] = due.Add(step)
	return true
}

// sweep forgets those who owe nothing, and everybody when that is not enough.
func (l *limiter) sweep(now time.Time) {
	for k, d := range l.due {
		if d.Before(now) {
			delete(l.due, k)
		}
	}
	if len(l.due) >= limiterMax {
		l.due = map[string]time.Time{}
	}
}

package web

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
)

// Rate is how much one caller may ask: so many a second, and a burst above it. Visitors
// count by address, people by name. Zero turns the limit off. Answers from the anonymous
// cache are not counted.
type Rate struct {
	Visitor, VisitorBurst int
	Person, PersonBurst   int
}

// of is how long one request takes off, and how many may come at once.
func (r Rate) of(person bool) (step time.Duration, burst int) {
	per, burst := r.Visitor, r.VisitorBurst
	if person {
		per, burst = r.Person, r.PersonBurst
	}
	if per <= 0 {
		return 0, 0
	}
	return time.Second / time.Duration(per), max(burst, 1)
}

// limiter keeps one theoretical arrival time per caller (GCRA): eight bytes and no
// timer each.
type limiter struct {
	rate   Rate
	now    func() time.Time
	shared bool // other processes are told, see package tally
	mu     sync.Mutex
	due    map[limited]time.Time
	spent  map[limited]int64
}

// limited is who is counted, as every process writes him.
type limited [16]byte

const limiterMax = 100_000

func newLimiter(r Rate, now func() time.Time, shared bool) *limiter {
	return &limiter{rate: r, now: now, shared: shared, due: map[limited]time.Time{}, spent: map[limited]int64{}}
}

// limitKey hashes who it is: addresses of visitors travel between processes in it. Its last
// bit says whether a person's limit counts for him.
func limitKey(x *exchange, person bool) (k limited) {
	var who []byte
	switch {
	case x.caller.Kind == caller.Service:
		who = x.caller.Account[:]
	case x.caller.SignedIn():
		who = x.caller.Person[:]
	default:
		who = []byte(x.from.ip)
	}
	h := sha256.Sum256(append(append(make([]byte, 0, 64), x.site.Tenant[:]...), who...))
	copy(k[:], h[:])
	k[15] &^= 1
	if person {
		k[15] |= 1
	}
	return k
}

func (k limited) person() bool { return k[15]&1 == 1 }

func (s *Server) within(x *exchange, person bool) bool {
	if step, _ := s.limits.rate.of(person); step == 0 {
		return true
	}
	return s.limits.allow(limitKey(x, person))
}

func (l *limiter) allow(k limited) bool {
	step, burst := l.rate.of(k.person())
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.due[k]
	if due.Before(now) {
		due = now
	}
	if due.Sub(now) > step*time.Duration(burst) {
		return false
	}
	l.put(k, due.Add(step), now)
	if l.shared {
		l.spent[k]++
	}
	return true
}

func (l *limiter) put(k limited, due, now time.Time) {
	if len(l.due) >= limiterMax {
		l.sweep(now)
	}
	l.due[k] = due
}

// sweep forgets those who owe nothing, and everybody when that is not enough.
func (l *limiter) sweep(now time.Time) {
	for k, d := range l.due {
		if d.Before(now) {
			delete(l.due, k)
		}
	}
	if len(l.due) >= limiterMax {
		l.due = map[limited]time.Time{}
	}
}

// Spent implements tally.Counter: whoever used less than an eighth of a second's worth is
// nowhere near his limit.
func (s *Server) Spent() map[[16]byte]int64 {
	l := s.limits
	l.mu.Lock()
	spent := l.spent
	l.spent = map[limited]int64{}
	l.mu.Unlock()
	out := map[[16]byte]int64{}
	for k, n := range spent {
		if step, _ := l.rate.of(k.person()); step > 0 && time.Duration(n)*step >= time.Second/8 {
			out[k] = n
		}
	}
	return out
}

// Charge implements tally.Counter. Nobody is charged beyond what shuts him out for the
// moment: when he stops elsewhere, he is served here again at once.
func (s *Server) Charge(who [16]byte, n int64) {
	l, k := s.limits, limited(who)
	step, burst := l.rate.of(k.person())
	if step == 0 {
		return
	}
	now := l.now()
	most := now.Add(step*time.Duration(burst) + time.Second)
	l.mu.Lock()
	defer l.mu.Unlock()
	due := l.due[k]
	if due.Before(now) {
		due = now
	}
	if due.Before(most) {
		due = due.Add(time.Duration(min(n, int64(most.Sub(due)/step))) * step)
	}
	l.put(k, due, now)
}

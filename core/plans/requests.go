package plans

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// requestMeter is one marketplace's bucket of requests in this process, and how many were
// let through and are not yet in the ledger. The bucket holds a minute's worth and fills
// evenly (GCRA: one number).
type requestMeter struct {
	due   atomic.Int64 // nanoseconds: when the bucket would be full again
	count atomic.Int64
	told  atomic.Int64 // of what was let through, what other processes do not know yet
	since atomic.Int64 // nanoseconds: the first that is not in the ledger
}

func (s *Service) requestMeter(t id.Tenant) *requestMeter {
	if m, ok := s.requests.Load(t); ok {
		return m.(*requestMeter)
	}
	m, _ := s.requests.LoadOrStore(t, &requestMeter{})
	return m.(*requestMeter)
}

// Admit lets a request of a marketplace through, or says when the next one may come. It
// asks nobody and waits for nobody.
func (s *Service) Admit(t id.Tenant) error {
	m, now := s.requestMeter(t), s.Now()
	if limit := s.Limit(t, Requests); limit > 0 {
		if wait := m.take(now, limit); wait > 0 {
			return ErrRequests.With("limit", limit).With("seconds", int64((wait+time.Second-1)/time.Second))
		}
	}
	if m.count.Add(1) == 1 {
		m.since.Store(now.UnixNano())
	}
	m.told.Add(1)
	return nil
}

// Spent implements tally.Counter: marketplaces that used more than some hundredths of a
// minute's worth since they were last told of. The others' are kept for a later round.
func (s *Service) Spent() map[[16]byte]int64 {
	out := map[[16]byte]int64{}
	s.requests.Range(func(k, v any) bool {
		t, m := k.(id.Tenant), v.(*requestMeter)
		n := m.told.Load()
		if limit := s.Limit(t, Requests); n > 0 && limit > 0 && n*500 >= limit {
			m.told.Add(-n)
			out[t] = n
		}
		return true
	})
	return out
}

// Charge implements tally.Counter. A bucket is never more than empty, so that a marketplace
// whose flood ended elsewhere is served here again at once.
func (s *Service) Charge(who [16]byte, n int64) {
	t := id.Tenant(who)
	limit := s.Limit(t, Requests)
	if limit <= 0 {
		return
	}
	m, now, step := s.requestMeter(t), s.Now().UnixNano(), int64(time.Minute)/limit
	for {
		old := m.due.Load()
		due := min(max(old, now)+min(n, limit)*step, max(old, now+limit*step))
		if m.due.CompareAndSwap(old, due) {
			return
		}
	}
}

// take takes one from the bucket, or says for how long there is none.
func (m *requestMeter) take(at time.Time, limit int64) time.Duration {
	now, step := at.UnixNano(), int64(time.Minute)/limit
	for {
		old := m.due.Load()
		due := max(old, now) + step
		if over := due - now - step*limit; over > 0 {
			return time.Duration(over)
		}
		if m.due.CompareAndSwap(old, due) {
			return 0
		}
	}
}

// taken is how much of the bucket is used at a moment.
func (m *requestMeter) taken(at time.Time, limit int64) int64 {
	if limit == 0 {
		return 0
	}
	step := int64(time.Minute) / limit
	return max(0, (m.due.Load()-at.UnixNano()+step-1)/step)
}

// How requests come into the ledger: in portions, so that counting costs a marketplace one
// small transaction in minutes and ten thousand of them no more than some dozens a round.
// A process that is killed takes with it what it had counted since.
const (
	portion      = 500
	portionAfter = 5 * time.Minute
	portionsMost = 100 // a round
)

type counted struct {
	tenant id.Tenant
	meter  *requestMeter
	n      int64
}

// Flush writes down all requests that were counted; for the end of a process.
func (s *Service) Flush(ctx context.Context) error { return s.flush(ctx, true) }

func (s *Service) flush(ctx context.Context, all bool) error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	var due []counted
	now := s.Now()
	s.requests.Range(func(k, v any) bool {
		t, m := k.(id.Tenant), v.(*requestMeter)
		n, since := m.count.Load(), time.Unix(0, m.since.Load())
		switch {
		case n > 0 && (all || n >= portion || now.Sub(since) >= portionAfter):
			due = append(due, counted{t, m, n})
		case n == 0 && now.Sub(since) > idle && m.due.Load() < now.UnixNano():
			s.requests.Delete(t)
		}
		return true
	})
	slices.SortFunc(due, func(a, b counted) int { return cmp.Compare(b.n, a.n) })
	if !all {
		due = due[:min(len(due), portionsMost)]
	}
	var failed error
	for _, d := range due {
		failed = errors.Join(failed, s.writeDown(ctx, d))
	}
	return failed
}

func (s *Service) writeDown(ctx context.Context, d counted) error {
	ctx = caller.AsSystem(ctx, d.tenant, "plans")
	now := s.Now()
	p, err := s.month(ctx, d.tenant, now)
	if err != nil {
		return err
	}
	n := d.meter.count.Swap(0)
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		_, err := s.Store.Note(ctx, Entry{Requests, p.Name, n, "requests", now})
		return err
	})
	if err != nil {
		d.meter.count.Add(n) // for the next round
	}
	return err
}

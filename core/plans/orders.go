package plans

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// Placing an order asks nothing for the sake of its plan: the number of the month's orders
// is kept in memory. It is the database's number of a moment ago, and what this process has
// placed since or is placing now. So within a process the limit is exact; what other
// processes place within the second between two looks at the database may go over it, by
// no more than that. The first order of a marketplace in a process and month asks once.

// orderMeter is the number of one marketplace.
type orderMeter struct {
	mu      sync.Mutex
	period  Period
	used    int64 // what the database said
	settled int64 // committed here since
	running int64 // of units that have not ended
	asked   time.Time
	known   bool
}

func (s *Service) orderMeter(t id.Tenant) *orderMeter {
	if m, ok := s.orders.Load(t); ok {
		return m.(*orderMeter)
	}
	m, _ := s.orders.LoadOrStore(t, &orderMeter{})
	return m.(*orderMeter)
}

// TakeOrders makes room for orders that the current unit is about to place, or refuses. If
// the unit does not commit, the room is given back.
func (s *Service) TakeOrders(ctx context.Context, n int64) error {
	t, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	limit := s.Limit(t, Orders)
	if limit == 0 || n == 0 {
		return nil
	}
	now, m := s.Now(), s.orderMeter(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = now
	if !m.known || !m.period.Holds(now) {
		if err := s.lookOnce(ctx, m, t, now); err != nil {
			return err
		}
	}
	if used := m.used + m.settled + m.running; used+n > limit {
		return over(Orders, used, limit, m.period.To)
	}
	m.running += n
	end := func(settled int64) func() {
		return func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.running, m.settled = m.running-n, m.settled+settled
		}
	}
	work.Otherwise(ctx, end(0))
	work.After(ctx, end(n))
	return nil
}

// lookOnce is the first look of a process and month; m is locked.
func (s *Service) lookOnce(ctx context.Context, m *orderMeter, t id.Tenant, now time.Time) error {
	p, err := s.month(ctx, t, now)
	if err != nil {
		return err
	}
	used, err := s.Store.OrdersOf(ctx, p)
	if err != nil {
		return err
	}
	m.period, m.used, m.settled, m.known = p, used, 0, true
	return nil
}

const (
	idle  = 10 * time.Minute // after which a meter is forgotten
	looks = 3                // at the database, while orders keep coming in between
)

// refreshOrders looks at the database again for those who were asked about lately.
func (s *Service) refreshOrders(ctx context.Context) error {
	var failed error
	s.orders.Range(func(k, v any) bool {
		t, m := k.(id.Tenant), v.(*orderMeter)
		m.mu.Lock()
		quiet, nothing := s.Now().Sub(m.asked), m.running == 0
		m.mu.Unlock()
		switch {
		case quiet > idle && nothing:
			s.orders.Delete(t)
		case quiet < 10*learnEvery:
			failed = errors.Join(failed, s.refreshOne(caller.AsSystem(ctx, t, "plans"), t, m))
		}
		return ctx.Err() == nil
	})
	return failed
}

// refreshOne replaces the number by the database's. What commits while it is being read may
// or may not be in it, so it is read again until nothing did.
func (s *Service) refreshOne(ctx context.Context, t id.Tenant, m *orderMeter) error {
	for range looks {
		p, err := s.month(ctx, t, s.Now())
		if err != nil {
			return err
		}
		m.mu.Lock()
		before := m.settled
		m.mu.Unlock()
		used, err := s.Store.OrdersOf(ctx, p)
		if err != nil {
			return err
		}
		m.mu.Lock()
		between := m.settled - before
		m.period, m.used, m.settled, m.known = p, used, between, true
		m.mu.Unlock()
		if between == 0 {
			return nil
		}
	}
	return nil
}

// HearOrders counts orders that were placed, in the unit that notes that it heard of them:
// each exactly once, whatever is killed when.
func (s *Service) HearOrders(ctx context.Context, es []event.Recorded) error {
	t, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	n, periods := map[string]int64{}, map[string]Period{}
	for _, e := range es {
		p, err := s.month(ctx, t, time.UnixMilli(e.AtUnix))
		if err != nil {
			return err
		}
		n[p.Name]++
		periods[p.Name] = p
	}
	for name, delta := range n {
		used, err := s.Store.Note(ctx, Entry{Orders, name, delta, "news up to " + es[len(es)-1].ID, s.Now()})
		if err != nil {
			return err
		}
		if periods[name].Holds(s.Now()) {
			if err := s.tell(ctx, t, Orders, periods[name], used-delta, used); err != nil {
				return err
			}
		}
	}
	return nil
}

// Recount puts right what a counter has missed: orders of which a program told that did not
// count yet. It is the counter's lock that makes it exact beside HearOrders.
func (s *Service) Recount(ctx context.Context) (missed int64, err error) {
	t, err := tenantOf(ctx)
	if err != nil {
		return 0, err
	}
	p, err := s.month(ctx, t, s.Now())
	if err != nil {
		return 0, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if _, err := s.Store.Counter(ctx, Orders, p.Name); err != nil {
			return err
		}
		told, counted, err := s.Store.OrdersTold(ctx)
		if err != nil || told == counted {
			return err
		}
		missed = told - counted
		_, err = s.Store.Note(ctx, Entry{Orders, p.Name, missed, "counted again", s.Now()})
		return err
	})
	return missed, err
}

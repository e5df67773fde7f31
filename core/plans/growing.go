package plans

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// Growing runs add, which stores n more of something (0: add knows best), and refuses if
// that goes over the limit: then nothing of it is kept. Of a marketplace's units that add
// the same thing at once, each sees what the ones before it have stored. What is over the
// limit already, after a change of plan, stays; only more is refused. Without a limit it
// costs nothing.
func (s *Service) Growing(ctx context.Context, m Metric, n int64, add func(ctx context.Context) error) error {
	t, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	limit := s.Limit(t, m)
	if limit == 0 {
		return add(ctx)
	}
	p, err := s.month(ctx, t, s.Now())
	if err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.Lock(ctx, m); err != nil {
			return err
		}
		before, err := s.Levels[m](ctx)
		if err != nil {
			return err
		}
		if n > 0 && before+n > limit {
			return over(m, before, limit, time.Time{})
		}
		if err := add(ctx); err != nil {
			return err
		}
		after, err := s.Levels[m](ctx)
		if err != nil {
			return err
		}
		if after > before && after > limit {
			return over(m, before, limit, time.Time{})
		}
		return s.tell(ctx, t, m, p, before, after)
	})
}

// The steps towards a limit.
const (
	stepNear    = "near"
	stepReached = "reached"
)

// tell writes to the operators when something came near its limit or reached it: once a
// month, step and limit.
func (s *Service) tell(ctx context.Context, t id.Tenant, m Metric, p Period, before, after int64) error {
	terms := s.state.Load().tenants[t]
	if terms == nil || after <= before {
		return nil
	}
	limit := terms.limit(m, s.Now())
	step := terms.plan.step(after, limit)
	if step == "" && before > 0 { // only who measures notes that it is far again
		return nil
	}
	first, err := s.Store.Tell(ctx, Notice{m, p.Name, step, after, limit, s.Now()})
	if err != nil || !first {
		return err
	}
	if step == stepReached {
		return s.Events.Append(ctx, event.PlanLimitReached{Tenant: t.String(), Metric: string(m), Period: p.Name, Used: after, Limit: limit})
	}
	return s.Events.Append(ctx, event.PlanLimitNear{Tenant: t.String(), Metric: string(m), Period: p.Name, Used: after, Limit: limit})
}

// step is how near a use is to its limit.
func (p *Plan) step(used, limit int64) string {
	switch {
	case limit <= 0:
		return ""
	case used >= limit:
		return stepReached
	case used >= (limit*int64(p.SoftPercent)+99)/100:
		return stepNear
	}
	return ""
}

// Measure writes down how much there is of what is not counted by the month, for the
// history, and tells what came near a limit without growing here.
func (s *Service) Measure(ctx context.Context) error {
	t, err := tenantOf(ctx)
	if err != nil {
		return err
	}
	p, err := s.month(ctx, t, s.Now())
	if err != nil {
		return err
	}
	if _, err := s.Recount(ctx); err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		for _, m := range Metrics {
			level := s.Levels[m]
			if level == nil {
				continue
			}
			before, err := s.Store.Counter(ctx, m, p.Name)
			if err != nil {
				return err
			}
			now, err := level(ctx)
			if err != nil {
				return err
			}
			if now != before {
				if _, err := s.Store.Note(ctx, Entry{m, p.Name, now - before, "measured", s.Now()}); err != nil {
					return err
				}
			}
			if err := s.tell(ctx, t, m, p, 0, now); err != nil {
				return err
			}
		}
		return nil
	})
}

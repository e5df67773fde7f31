package plans

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Usage is what a marketplace has, may have, and how it came about.
type Usage struct {
	Subscription *Subscription // nil: no plan, no limits
	Plan         *Plan
	Period       Period
	Lines        []Line
	Features     []FeatureLine
	Months       []MonthLine // the oldest first, this one last
	Notices      []Notice
}

// Line is one metric. Limits that nothing is counted for have no use.
type Line struct {
	Metric    Metric
	Used      int64
	Limit     int64
	Counted   bool
	Step      string    // "", "near", "reached"
	ReachedAt time.Time // at this pace; zero: not foreseeable
	Override  *Override
}

// FeatureLine is one feature.
type FeatureLine struct {
	Feature  Feature
	On       bool
	Override *Override
}

// MonthLine is what was used in a month, or was there at its end.
type MonthLine struct {
	Period string
	Used   map[Metric]int64
}

// months is how far back the history goes.
const months = 12

// Usage is the operator's own view of his marketplace.
func (s *Service) Usage(ctx context.Context) (Usage, error) {
	if err := s.Gate.Allow(ctx, ActionUsage, nil); err != nil {
		return Usage{}, err
	}
	t, err := tenantOf(ctx)
	if err != nil {
		return Usage{}, err
	}
	return s.usage(ctx, t)
}

// UsageOf is the platform's view of one marketplace.
func (s *Service) UsageOf(ctx context.Context, slug string) (tenancy.Tenant, Usage, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return tenancy.Tenant{}, Usage{}, err
	}
	market, err := s.Tenants.Get(ctx, slug)
	if err != nil {
		return market, Usage{}, err
	}
	u, err := s.usage(caller.AsSystem(ctx, market.ID, "plans"), market.ID)
	return market, u, err
}

func (s *Service) usage(ctx context.Context, t id.Tenant) (Usage, error) {
	now := s.Now()
	p, err := s.month(ctx, t, now)
	if err != nil {
		return Usage{}, err
	}
	u := Usage{Period: p}
	used, err := s.used(ctx, p)
	if err != nil {
		return u, err
	}
	if u.Months, err = s.history(ctx, p, used); err != nil {
		return u, err
	}
	if u.Notices, err = s.Store.Notices(ctx, p.Name); err != nil {
		return u, err
	}
	have := s.state.Load().tenants[t]
	if have != nil {
		u.Subscription, u.Plan = &have.Subscription, have.plan
	}
	for _, m := range Metrics {
		u.Lines = append(u.Lines, s.line(t, have, m, u, used, now))
	}
	for _, f := range Features {
		line := FeatureLine{Feature: f, On: s.Enabled(t, f)}
		if have != nil {
			if o, ok := have.override(string(f), now); ok {
				line.Override = &o
			}
		}
		u.Features = append(u.Features, line)
	}
	return u, nil
}

func (s *Service) line(t id.Tenant, have *terms, m Metric, u Usage, used map[Metric]int64, now time.Time) Line {
	l := Line{Metric: m, Used: used[m], Counted: m != Transactions && m != Jobs}
	if have != nil {
		l.Limit = have.limit(m, now)
		if o, ok := have.override(string(m), now); ok {
			l.Override = &o
		}
	}
	if m == Requests {
		l.Used = s.requestMeter(t).taken(now, l.Limit)
		return l
	}
	if have != nil && l.Counted {
		l.Step = have.plan.step(l.Used, l.Limit)
		l.ReachedAt = reached(m, l.Used, l.Limit, u, now)
	}
	return l
}

// used is what there is of everything that is counted: levels from their own rows, orders
// as they were placed, requests of the month.
func (s *Service) used(ctx context.Context, p Period) (map[Metric]int64, error) {
	out := map[Metric]int64{}
	for m, level := range s.Levels {
		n, err := level(ctx)
		if err != nil {
			return nil, err
		}
		out[m] = n
	}
	n, err := s.Store.OrdersOf(ctx, p)
	out[Orders] = n
	return out, err
}

// history is the months behind, with this one as it stands.
func (s *Service) history(ctx context.Context, p Period, now map[Metric]int64) ([]MonthLine, error) {
	first := p.From.AddDate(0, 1-months, 0)
	counters, err := s.Store.History(ctx, first.Format("2006-01"))
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var out []MonthLine
	for i := range months {
		name := first.AddDate(0, i, 0).Format("2006-01")
		at[name] = len(out)
		out = append(out, MonthLine{name, map[Metric]int64{}})
	}
	for _, c := range counters {
		if i, ok := at[c.Period]; ok {
			out[i].Used[c.Metric] = c.Used
		}
	}
	for m, n := range now {
		out[len(out)-1].Used[m] = n
	}
	for len(out) > 1 && len(out[0].Used) == 0 {
		out = out[1:]
	}
	return out, nil
}

// reached foresees when a limit is reached if it goes on as since the month began: orders
// start at nothing each month, levels at where the month before ended.
func reached(m Metric, used, limit int64, u Usage, now time.Time) time.Time {
	if limit == 0 || used >= limit {
		return time.Time{}
	}
	gone := now.Sub(u.Period.From)
	since := int64(0)
	if m != Orders {
		before := u.Months[max(0, len(u.Months)-2)]
		if before.Period != u.Period.monthBefore() || before.Used[m] == 0 {
			return time.Time{} // nothing to go by yet
		}
		since = before.Used[m]
	}
	grown := used - since
	if grown <= 0 || gone < 24*time.Hour {
		return time.Time{}
	}
	days := float64(limit-used) / (float64(grown) / gone.Hours()) / 24
	if days > 3650 {
		return time.Time{}
	}
	at := now.Add(time.Duration(days * 24 * float64(time.Hour)))
	if m == Orders && !at.Before(u.Period.To) {
		return time.Time{} // the month ends before
	}
	return at
}

// Warnings are the limits of which the operators were told this month and that are still
// near: what a larger plan or an exception has moved away is none.
func (s *Service) Warnings(t id.Tenant, told []Notice) []Notice {
	have := s.state.Load().tenants[t]
	if have == nil {
		return nil
	}
	var out []Notice
	at := map[Metric]int{}
	for _, n := range told {
		n.Most = have.limit(n.Metric, s.Now())
		if n.Step = have.plan.step(n.Used, n.Most); n.Step == "" {
			continue
		}
		if i, ok := at[n.Metric]; ok {
			if out[i].Used < n.Used {
				out[i] = n
			}
			continue
		}
		at[n.Metric] = len(out)
		out = append(out, n)
	}
	return out
}

// MonthOf is a marketplace's own month, for those who ask for its notices by themselves.
func (s *Service) MonthOf(zone *time.Location) Period { return Month(s.Now(), zone) }

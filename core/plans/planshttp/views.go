package planshttp

import (
	"time"

	"github.com/kontorhq/kontor/core/plans"
)

type planView struct {
	Code        string            `json:"code"`
	Version     int               `json:"version"`
	Names       map[string]string `json:"names"`
	Limits      map[string]int64  `json:"limits"`
	Features    []string          `json:"features"`
	SoftPercent int               `json:"soft_percent"`
	Note        string            `json:"note"`
	CreatedAt   time.Time         `json:"created_at"`
	Tenants     int               `json:"tenants" doc:"Marketplaces that have this version"`
}

func (h handlers) view(p plans.Plan) planView {
	_, byVersion := h.plans.Subscribers(p.Code)
	return planView{
		Code: p.Code, Version: p.Version, Names: p.Names, Limits: limits(p.Limits), Features: features(p.Features), SoftPercent: p.SoftPercent,
		Note: p.Note, CreatedAt: p.CreatedAt, Tenants: byVersion[p.Version],
	}
}

func limits(l plans.Limits) map[string]int64 {
	out := map[string]int64{}
	for m, n := range l {
		out[string(m)] = n
	}
	return out
}

func features(fs []plans.Feature) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = string(f)
	}
	return out
}

type usageView struct {
	Plan       string          `json:"plan,omitempty" doc:"None: no limits"`
	Version    int             `json:"plan_version,omitempty"`
	Subscribed int64           `json:"version" doc:"Of the subscription; goes up when the plan changes"`
	Period     string          `json:"period" doc:"The month by the marketplace's own calendar"`
	Limits     []lineView      `json:"limits"`
	Features   []featureView   `json:"features"`
	Months     []monthView     `json:"months"`
	Exceptions []exceptionView `json:"exceptions"`
}

type lineView struct {
	Metric    string     `json:"metric"`
	Used      *int64     `json:"used,omitempty"`
	Limit     int64      `json:"limit" doc:"0: none"`
	Step      string     `json:"step,omitempty" doc:"near or reached"`
	ReachedAt *time.Time `json:"reached_at,omitempty" doc:"When the limit is reached at this pace"`
}

type featureView struct {
	Feature string `json:"feature"`
	On      bool   `json:"on"`
}

type monthView struct {
	Period string           `json:"period"`
	Used   map[string]int64 `json:"used"`
}

type exceptionView struct {
	Name   string     `json:"name"`
	Amount int64      `json:"amount"`
	Reason string     `json:"reason"`
	EndsAt *time.Time `json:"ends_at,omitempty"`
}

func viewUsage(u plans.Usage) usageView {
	v := usageView{Period: u.Period.Name, Limits: []lineView{}, Features: []featureView{}, Months: []monthView{}, Exceptions: []exceptionView{}}
	if u.Subscription != nil {
		v.Plan, v.Version, v.Subscribed = u.Subscription.Plan.Code, u.Subscription.Plan.Version, u.Subscription.Version
		for _, o := range u.Subscription.Overrides {
			v.Exceptions = append(v.Exceptions, exceptionView{o.Name, o.Amount, o.Reason, some(o.EndsAt)})
		}
	}
	for _, l := range u.Lines {
		line := lineView{Metric: string(l.Metric), Limit: l.Limit, Step: l.Step, ReachedAt: some(l.ReachedAt)}
		if l.Counted {
			line.Used = &l.Used
		}
		v.Limits = append(v.Limits, line)
	}
	for _, f := range u.Features {
		v.Features = append(v.Features, featureView{string(f.Feature), f.On})
	}
	for _, m := range u.Months {
		month := monthView{m.Period, map[string]int64{}}
		for metric, n := range m.Used {
			month.Used[string(metric)] = n
		}
		v.Months = append(v.Months, month)
	}
	return v
}

// some is nothing for never.
func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

package plans

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Plans lie outside every tenant, as tenants do, so a change of one is no unit of work: the
// intention is recorded before, the fact after, and neither can be missing for a change
// that happened.

// allow asks the gate, and whether the question comes from the platform: roles are a
// tenant's own.
func (s *Service) allow(ctx context.Context, do policy.Action) error {
	if err := s.Gate.Allow(ctx, do, nil); err != nil {
		return err
	}
	c, err := caller.From(ctx)
	if err != nil || c.Kind == caller.System {
		return err
	}
	t, err := s.Tenants.ByID(ctx, c.Tenant)
	if err == nil && t.Kind != tenancy.Platform {
		err = tenancy.ErrNotFound
	}
	return err
}

// change records what is about to be done, does it, learns of it and tells.
func (s *Service) change(ctx context.Context, kind, object string, data map[string]string, do func() error, news event.Event) error {
	data["step"] = "about to change"
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{Action: string(ActionManage), ObjectKind: kind, ObjectID: object, Outcome: audit.Done, Data: data})
	})
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := s.Learn(ctx); err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error { return s.Events.Append(ctx, news) })
}

// Plans are the newest versions, by code.
func (s *Service) Plans(ctx context.Context) ([]Plan, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return nil, err
	}
	var out []Plan
	for _, p := range s.state.Load().newest {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Plan) int { return strings.Compare(a.Code, b.Code) })
	return out, nil
}

// Plan is the newest version, and all there have been, the newest first.
func (s *Service) Plan(ctx context.Context, code string) (Plan, []Plan, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return Plan{}, nil, err
	}
	st := s.state.Load()
	newest := st.newest[code]
	if newest == nil {
		return Plan{}, nil, ErrNoPlan
	}
	var all []Plan
	for v := newest.Version; v > 0; v-- {
		if p := st.plans[Ref{code, v}]; p != nil {
			all = append(all, *p)
		}
	}
	return *newest, all, nil
}

// Subscribers counts the marketplaces of a plan, by version.
func (s *Service) Subscribers(code string) (all int, byVersion map[int]int) {
	byVersion = map[int]int{}
	for _, t := range s.state.Load().tenants {
		if t.Plan.Code == code {
			all++
			byVersion[t.Plan.Version]++
		}
	}
	return all, byVersion
}

// Publish offers a new version of a plan, or a new plan. p.Version is the version that was
// looked at, 0 for a plan that is not there yet. move takes the plan's marketplaces along.
func (s *Service) Publish(ctx context.Context, p Plan, move bool) (Plan, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Plan{}, err
	}
	if err := p.Validate(); err != nil {
		return Plan{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Plan{}, err
	}
	p = p.clean()
	p.Version, p.By, p.CreatedAt = p.Version+1, c.Subject(), s.Now()
	err = s.change(ctx, "plan", p.Code, map[string]string{"plan": p.Code, "note": p.Note},
		func() error { return s.Store.AddPlan(ctx, p, move) }, event.PlanPublished{Plan: p.Code, Version: p.Version, Moved: move})
	return p, err
}

// Over is a marketplace that has more of something than a plan would allow.
type Over struct {
	Tenant tenancy.Tenant
	Metric Metric
	Used   int64
	Limit  int64
}

// previewed is how many marketplaces a preview looks at.
const previewed = 500

// Preview says which of a plan's marketplaces would be over what a version that is not
// published yet allows. Nothing of theirs would be lost; they could not add to it. looked
// is of how many it was asked, of all that have the plan.
func (s *Service) Preview(ctx context.Context, p Plan) (over []Over, looked, all int, err error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return nil, 0, 0, err
	}
	if err := p.Validate(); err != nil {
		return nil, 0, 0, err
	}
	p = p.clean()
	for t, have := range s.state.Load().tenants {
		if have.Plan.Code != p.Code {
			continue
		}
		if all++; all > previewed {
			continue
		}
		looked++
		would := terms{have.Subscription, &p}
		lines, err := s.overOf(ctx, t, &would)
		if err != nil {
			return nil, 0, 0, err
		}
		over = append(over, lines...)
	}
	slices.SortFunc(over, func(a, b Over) int {
		return strings.Compare(a.Tenant.Slug+string(a.Metric), b.Tenant.Slug+string(b.Metric))
	})
	return over, looked, all, nil
}

func (s *Service) overOf(ctx context.Context, t id.Tenant, would *terms) ([]Over, error) {
	market, err := s.Tenants.ByID(ctx, t)
	if err != nil {
		return nil, err
	}
	used, err := s.used(caller.AsSystem(ctx, t, "plans"), Month(s.Now(), market.Zone()))
	if err != nil {
		return nil, err
	}
	var out []Over
	for _, m := range []Metric{Products, Users, Orders, Storage} {
		if limit := would.limit(m, s.Now()); limit > 0 && used[m] > limit {
			out = append(out, Over{market, m, used[m], limit})
		}
	}
	return out, nil
}

// AssignInput gives a marketplace the newest version of a plan.
type AssignInput struct {
	Slug    string
	Plan    string
	Note    string
	Version int64 // of the subscription that was looked at; 0: there was none
}

// Assign gives a marketplace a plan. A smaller one takes nothing away from it.
func (s *Service) Assign(ctx context.Context, in AssignInput) error {
	market, err := s.market(ctx, in.Slug)
	if err != nil {
		return err
	}
	var c fault.Check
	c.Text("note", in.Note, 3, 500)
	if err := c.Or(ErrInvalid); err != nil {
		return err
	}
	st := s.state.Load()
	plan := st.newest[in.Plan]
	if plan == nil {
		return ErrNoPlan.At(fault.Field{Path: "plan", Reason: "unknown"})
	}
	from := ""
	if have := st.tenants[market.ID]; have != nil {
		from = have.Plan.Code
	}
	return s.change(ctx, "tenant", market.ID.String(), map[string]string{"slug": market.Slug, "plan": plan.Code, "note": in.Note},
		func() error { return s.Store.Subscribe(ctx, market.ID, plan.Ref(), s.Now(), in.Version) },
		event.PlanAssigned{Tenant: market.ID.String(), Slug: market.Slug, From: from, To: plan.Code, Version: plan.Version, Note: in.Note})
}

// market is the marketplace that is to be changed, by those who may.
func (s *Service) market(ctx context.Context, slug string) (tenancy.Tenant, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return tenancy.Tenant{}, err
	}
	t, err := s.Tenants.Get(ctx, slug)
	if err == nil && t.Kind == tenancy.Platform {
		err = ErrItself
	}
	return t, err
}

// Except gives a marketplace something beside its plan. Of one name it has one at a time.
func (s *Service) Except(ctx context.Context, slug string, o Override) error {
	market, err := s.market(ctx, slug)
	if err != nil {
		return err
	}
	if err := o.Validate(s.Now()); err != nil {
		return err
	}
	if s.state.Load().tenants[market.ID] == nil {
		return ErrNoSub
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	o.ID, o.By, o.CreatedAt = id.PlanOverride{}.New(), c.Subject(), s.Now()
	until := ""
	if !o.EndsAt.IsZero() {
		until = o.EndsAt.UTC().Format("2006-01-02T15:04:05Z")
	}
	return s.change(ctx, "tenant", market.ID.String(), map[string]string{"slug": market.Slug, "exception": o.Name, "note": o.Reason},
		func() error { return s.Store.Override(ctx, market.ID, o) },
		event.PlanExceptionMade{Tenant: market.ID.String(), Slug: market.Slug, Name: o.Name, Amount: o.Amount, Until: until, Note: o.Reason})
}

// EndException takes one back.
func (s *Service) EndException(ctx context.Context, slug, name string) error {
	market, err := s.market(ctx, slug)
	if err != nil {
		return err
	}
	have := s.state.Load().tenants[market.ID]
	if have == nil || !slices.ContainsFunc(have.Overrides, func(o Override) bool { return o.Name == name }) {
		return ErrNoOverride
	}
	return s.change(ctx, "tenant", market.ID.String(), map[string]string{"slug": market.Slug, "exception": name, "note": "ended"},
		func() error { return s.Store.EndOverride(ctx, market.ID, name, s.Now()) },
		event.PlanExceptionEnded{Tenant: market.ID.String(), Slug: market.Slug, Name: name})
}

// Ensure publishes a plan that is not there yet: for a first start.
func (s *Service) Ensure(ctx context.Context, p Plan) error {
	if err := s.Learn(ctx); err != nil || s.state.Load().newest[p.Code] != nil {
		return err
	}
	_, err := s.Publish(ctx, p, false)
	return err
}

// Begin gives the caller's marketplace, which has none yet, its first plan: for a first
// start. Nobody but the system may.
func (s *Service) Begin(ctx context.Context, plan string) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if c.Kind != caller.System {
		return ErrNoPlan
	}
	if err := s.Learn(ctx); err != nil {
		return err
	}
	st := s.state.Load()
	p := st.newest[plan]
	switch {
	case p == nil:
		return ErrNoPlan
	case st.tenants[c.Tenant] != nil:
		return nil
	}
	return s.change(ctx, "tenant", c.Tenant.String(), map[string]string{"plan": plan},
		func() error { return s.Store.Subscribe(ctx, c.Tenant, p.Ref(), s.Now(), 0) },
		event.PlanAssigned{Tenant: c.Tenant.String(), To: plan, Version: p.Version})
}

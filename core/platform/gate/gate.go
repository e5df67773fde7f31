// Package gate answers whether a caller may do a thing. Roles answer first: Casbin turns
// the base roles and a tenant's additions into a plain map, once per policy version. Where
// an action has rules of the trade, OPA judges the facts; a question that cannot be put, or
// an answer that is no whole decision, is a no.
package gate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Options are what a gate is made of. Policies is the tree that package policies embeds.
type Options struct {
	Policies fs.FS
	Store    Store
	Now      clock.Now    // nil is the machine's
	Log      *slog.Logger // nil is the default
}

// Gate implements policy.Gate and policy.Roles. It is safe for concurrent use.
type Gate struct {
	store    Store
	base     *base
	rules    *engine
	tenants  *otter.Cache[id.Tenant, *tenantView]
	recorder *recorder
	now      clock.Now
	log      *slog.Logger
}

var (
	_ policy.Gate  = (*Gate)(nil)
	_ policy.Roles = (*Gate)(nil)
)

// maxTenants bounds the memory that views of tenants take; most share one role table.
const maxTenants = 20_000

// New loads and proves the policies: it fails when a rule does not compile or a role may
// do what it must not.
func New(o Options) (*Gate, error) {
	g := &Gate{store: o.Store, now: o.Now, log: o.Log}
	if g.now == nil {
		g.now = clock.System
	}
	if g.log == nil {
		g.log = slog.Default()
	}
	var err error
	if g.base, err = loadBase(o.Policies); err != nil {
		return nil, fmt.Errorf("gate: roles: %w", err)
	}
	if g.rules, err = loadEngine(o.Policies); err != nil {
		return nil, fmt.Errorf("gate: rules: %w", err)
	}
	if g.tenants, err = otter.New(&otter.Options[id.Tenant, *tenantView]{MaximumSize: maxTenants}); err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	g.recorder = newRecorder(o.Store, g.log)
	return g, nil
}

// Close writes the decisions that still wait.
func (g *Gate) Close() {
	g.recorder.close()
	g.tenants.StopAllGoroutines()
}

// Can implements policy.Roles. A tenant that cannot be read may nothing.
func (g *Gate) Can(ctx context.Context, do policy.Action) bool {
	c, err := caller.From(ctx)
	if err != nil {
		return false
	}
	t, err := g.tenant(ctx, c.Tenant)
	return err == nil && t.open(c, do) && t.may(c, do)
}

// Allow implements policy.Gate.
func (g *Gate) Allow(ctx context.Context, do policy.Action, facts any) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	t, err := g.tenant(ctx, c.Tenant)
	if err != nil {
		return err
	}
	if !t.open(c, do) {
		return policy.ErrDenied.For(notOpen(t.State).in(c.Locale))
	}
	if !c.Covers(string(do)) {
		return policy.ErrScope.With("scope", string(do))
	}
	if !t.may(c, do) {
		return policy.ErrDenied.For(t.roleMissing(do).in(c.Locale))
	}
	if !g.rules.has(do) {
		return nil
	}
	d := g.decide(ctx, c, t, do, facts)
	return g.answer(ctx, c, d)
}

// Judge is Allow for contexts that know what to do with a review: they get its reasons,
// and err is a refusal alone.
func (g *Gate) Judge(ctx context.Context, do policy.Action, facts any) (review []fault.Reason, err error) {
	err = g.Allow(ctx, do, facts)
	if errors.Is(err, policy.ErrReview) {
		return fault.From(err).Reasons, nil
	}
	return nil, err
}

// Granting names the roles that were given an action, for refusals that say who may.
func (g *Gate) Granting(ctx context.Context, do policy.Action) []string {
	c, err := caller.From(ctx)
	if err != nil {
		return nil
	}
	t, err := g.tenant(ctx, c.Tenant)
	if err != nil {
		return nil
	}
	return t.table.named(do)
}

// Grantable names the roles that a company of the caller's tenant may give its people.
func (g *Gate) Grantable(ctx context.Context) []string {
	c, err := caller.From(ctx)
	if err != nil {
		return nil
	}
	t, err := g.tenant(ctx, c.Tenant)
	if err != nil {
		return nil
	}
	return t.table.grantable
}

// Holding names the roles whose holders are of a role: itself, and what the tenant made of
// it. Whoever looks for approvers in a database looks for any of these.
func (g *Gate) Holding(ctx context.Context, role string) []string {
	out := []string{role}
	c, err := caller.From(ctx)
	if err != nil {
		return out
	}
	t, err := g.tenant(ctx, c.Tenant)
	if err != nil {
		return out
	}
	for _, r := range t.table.roles() {
		if r != role && r != caller.RoleSystem && slices.Contains(t.table.reaches(r), role) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

// Expand adds to a person's roles the sides of the trade that they inherit, so that a
// department head is a buyer and an approver wherever code asks which side somebody is on.
func (g *Gate) Expand(ctx context.Context, tenant id.Tenant, roles []string) []string {
	t, err := g.tenant(ctx, tenant)
	if err != nil {
		return roles
	}
	out := slices.Clone(roles)
	for _, r := range roles {
		for _, side := range []string{caller.RoleBuyer, caller.RoleApprover, caller.RoleSeller} {
			if slices.Contains(t.table.reaches(r), side) && !slices.Contains(out, side) {
				out = append(out, side)
			}
		}
	}
	return out
}

// answer records the decision where it belongs. What was allowed, or may go on after a
// review, commits or vanishes with the caller's unit; a refusal outlives the rollback that
// it causes, so the recorder writes it in a transaction of its own.
func (g *Gate) answer(ctx context.Context, c caller.Caller, d Decision) error {
	switch {
	case d.Outcome == Deny || !inUnit(ctx):
		g.recorder.add(c, d)
	default:
		if err := g.store.Record(ctx, d); err != nil {
			return policy.ErrUnavailable.Because(err)
		}
	}
	switch d.Outcome {
	case Allow:
		return nil
	case Review:
		return policy.ErrReview.For(localise(d.Reasons, c.Locale)...)
	}
	if d.broken != nil {
		g.log.ErrorContext(ctx, "policy could not be evaluated; refused", "action", d.Action, "tenant", c.Tenant.String(), "err", d.broken)
		return policy.ErrDenied.For(localise(d.Reasons, c.Locale)...).Because(d.broken)
	}
	return policy.ErrDenied.For(localise(d.Reasons, c.Locale)...)
}

// tenant is the cached view; one caller loads it while the others wait.
func (g *Gate) tenant(ctx context.Context, t id.Tenant) (*tenantView, error) {
	if v, ok := g.tenants.GetIfPresent(t); ok {
		return v, nil
	}
	v, err := g.tenants.Get(ctx, t, otter.LoaderFunc[id.Tenant, *tenantView](g.load))
	if err != nil {
		return nil, policy.ErrUnavailable.Because(err)
	}
	return v, nil
}

func (g *Gate) load(ctx context.Context, t id.Tenant) (*tenantView, error) {
	raw, err := g.store.Tenant(ctx, t)
	if err != nil {
		return nil, err
	}
	table, err := g.base.table(raw.Rules)
	if err != nil {
		// A tenant's additions never take its trade down, and never add what must not be.
		g.log.ErrorContext(ctx, "a tenant's role lines were left out", "tenant", raw.Slug, "err", err)
		table = g.base.own
	}
	return newTenantView(raw, table), nil
}

// Invalidate forgets a tenant's roles and settings; the next question reads them again.
func (g *Gate) Invalidate(t id.Tenant) { g.tenants.Invalidate(t) }

// Watch polls the policy versions until ctx ends, so that a change made by another
// process takes effect here within the interval.
func (g *Gate) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := g.Refresh(ctx); err != nil && !errors.Is(err, context.Canceled) {
				g.log.WarnContext(ctx, "policy versions could not be read", "err", err)
			}
		}
	}
}

// Refresh drops every tenant whose policy version has moved on.
func (g *Gate) Refresh(ctx context.Context) error {
	known := map[id.Tenant]int64{}
	for t, v := range g.tenants.All() {
		known[t] = v.Version
	}
	if len(known) == 0 {
		return nil
	}
	now, err := g.store.Versions(ctx, known)
	if err != nil {
		return err
	}
	for t, version := range known {
		if now[t] != version {
			g.tenants.Invalidate(t)
		}
	}
	return nil
}

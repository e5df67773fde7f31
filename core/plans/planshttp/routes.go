// Package planshttp is the API over plans: the platform administrator's over all of them,
// and the operator's look at what his own marketplace uses.
package planshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/web"
)

type handlers struct{ plans *plans.Service }

// Routes is plans' API. Plans lie outside every tenant: changing one is no unit of work.
func Routes(s *plans.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Plans")
	return []web.Route{
		web.Get("/usage", plans.ActionUsage, h.usage, tag, web.Summary("What the marketplace uses of what its plan allows")),
		web.Get("/platform/plans", plans.ActionRead, h.list, tag, web.Summary("List the plans")),
		web.Get("/platform/plans/{name}", plans.ActionRead, h.get, tag, web.Summary("Show a plan with all its versions")),
		web.Post("/platform/plans", plans.ActionManage, h.publish, tag, web.Status(201), web.Phased(), web.Fresh(), web.Summary("Publish a plan, or a new version of one")),
		web.Post("/platform/plans/preview", plans.ActionRead, h.preview, tag, web.Phased(), web.Summary("Who would be over the limits of a version that is not published yet")),
		web.Get("/platform/tenants/{slug}/plan", plans.ActionRead, h.usageOf, tag, web.Summary("A marketplace's plan, exceptions and use")),
		web.Post("/platform/tenants/{slug}/plan", plans.ActionManage, h.assign, tag, web.Phased(), web.Fresh(), web.Summary("Give a marketplace a plan")),
		web.Post("/platform/tenants/{slug}/exceptions", plans.ActionManage, h.except, tag, web.Phased(), web.Fresh(), web.Summary("Give a marketplace something beside its plan")),
		web.Post("/platform/tenants/{slug}/exceptions/{name}/end", plans.ActionManage, h.end, tag, web.Phased(), web.Fresh(), web.Summary("Take an exception back")),
	}
}

type done struct {
	OK bool `json:"ok"`
}

type named struct {
	Name string `path:"name" maxLength:"31"`
}

func (h handlers) list(ctx context.Context, _ *struct{}) (page.List[planView], error) {
	ps, err := h.plans.Plans(ctx)
	out := page.List[planView]{Items: make([]planView, len(ps))}
	for i, p := range ps {
		out.Items[i] = h.view(p)
	}
	return out, err
}

type planAndVersions struct {
	Plan     planView   `json:"plan"`
	Versions []planView `json:"versions"`
}

func (h handlers) get(ctx context.Context, in *named) (planAndVersions, error) {
	p, all, err := h.plans.Plan(ctx, in.Name)
	out := planAndVersions{Plan: h.view(p), Versions: make([]planView, len(all))}
	for i, v := range all {
		out.Versions[i] = h.view(v)
	}
	return out, err
}

type planInput struct {
	Code        string            `json:"code" minLength:"2" maxLength:"31"`
	Version     int               `json:"version" minimum:"0" maximum:"1000000" doc:"The newest version that was looked at; 0 for a new plan"`
	Names       map[string]string `json:"names" doc:"By locale: en and zh-CN"`
	Limits      map[string]int64  `json:"limits" doc:"By metric: products, users, orders (a month), storage (bytes), requests (a minute), transactions (at once), jobs (turns). What is missing or 0 has no limit"`
	Features    []string          `json:"features" maxItems:"20" doc:"rfq, own_domain"`
	SoftPercent int               `json:"soft_percent" minimum:"1" maximum:"99" doc:"Of a limit, from which on the operators are told"`
	Note        string            `json:"note,omitempty" maxLength:"500"`
	Move        bool              `json:"move,omitempty" doc:"The plan's marketplaces get the new version at once"`
}

func (in planInput) plan() plans.Plan {
	p := plans.Plan{Code: in.Code, Version: in.Version, Names: in.Names, Limits: plans.Limits{}, SoftPercent: in.SoftPercent, Note: in.Note}
	for m, n := range in.Limits {
		p.Limits[plans.Metric(m)] = n
	}
	for _, f := range in.Features {
		p.Features = append(p.Features, plans.Feature(f))
	}
	return p
}

type publishInput struct{ Body planInput }

func (h handlers) publish(ctx context.Context, in *publishInput) (planView, error) {
	p, err := h.plans.Publish(ctx, in.Body.plan(), in.Body.Move)
	return h.view(p), err
}

type previewView struct {
	Over   []overView `json:"over"`
	Looked int        `json:"looked" doc:"Marketplaces that were looked at"`
	All    int        `json:"all" doc:"Marketplaces that have the plan"`
}

type overView struct {
	Slug   string `json:"slug"`
	Metric string `json:"metric"`
	Used   int64  `json:"used"`
	Limit  int64  `json:"limit"`
}

func (h handlers) preview(ctx context.Context, in *publishInput) (previewView, error) {
	over, looked, all, err := h.plans.Preview(ctx, in.Body.plan())
	out := previewView{Over: make([]overView, len(over)), Looked: looked, All: all}
	for i, o := range over {
		out.Over[i] = overView{o.Tenant.Slug, string(o.Metric), o.Used, o.Limit}
	}
	return out, err
}

type bySlug struct {
	Slug string `path:"slug" maxLength:"63"`
}

type assignInput struct {
	Slug string `path:"slug" maxLength:"63"`
	Body struct {
		Plan    string `json:"plan" maxLength:"31"`
		Note    string `json:"note" maxLength:"500" doc:"Why; kept in the audit trail"`
		Version int64  `json:"version" minimum:"0" doc:"Of the subscription that was looked at; 0: there was none"`
	}
}

func (h handlers) assign(ctx context.Context, in *assignInput) (done, error) {
	err := h.plans.Assign(ctx, plans.AssignInput{Slug: in.Slug, Plan: in.Body.Plan, Note: in.Body.Note, Version: in.Body.Version})
	return done{err == nil}, err
}

type exceptInput struct {
	Slug string `path:"slug" maxLength:"63"`
	Body struct {
		Name   string     `json:"name" maxLength:"31" doc:"A metric or a feature"`
		Amount int64      `json:"amount" minimum:"0" doc:"The limit, 0 for none; of a feature 1 for on and 0 for off"`
		Reason string     `json:"reason" maxLength:"500"`
		EndsAt *time.Time `json:"ends_at,omitempty" doc:"The first moment at which it no longer counts"`
	}
}

func (h handlers) except(ctx context.Context, in *exceptInput) (done, error) {
	o := plans.Override{Name: in.Body.Name, Amount: in.Body.Amount, Reason: in.Body.Reason}
	if in.Body.EndsAt != nil {
		o.EndsAt = in.Body.EndsAt.UTC()
	}
	err := h.plans.Except(ctx, in.Slug, o)
	return done{err == nil}, err
}

type endInput struct {
	Slug string `path:"slug" maxLength:"63"`
	Name string `path:"name" maxLength:"31"`
}

func (h handlers) end(ctx context.Context, in *endInput) (done, error) {
	err := h.plans.EndException(ctx, in.Slug, in.Name)
	return done{err == nil}, err
}

func (h handlers) usage(ctx context.Context, _ *struct{}) (usageView, error) {
	u, err := h.plans.Usage(ctx)
	return viewUsage(u), err
}

func (h handlers) usageOf(ctx context.Context, in *bySlug) (usageView, error) {
	_, u, err := h.plans.UsageOf(ctx, in.Slug)
	return viewUsage(u), err
}

package platform

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// plansPage is what can be had.
type plansPage struct {
	frame.Frame
	Metrics []string
	Rows    []planRow
}

type planRow struct {
	plans.Plan
	Cells   []string
	Tenants int
}

func (p pages) plans(ctx context.Context, v *web.Visit) (web.Answer, error) {
	all, err := p.Plans.Plans(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &plansPage{Frame: p.screen("plans", "nav.plans")}
	for _, m := range plans.Metrics {
		page.Metrics = append(page.Metrics, w.T("usage.metric."+string(m)))
	}
	for _, plan := range all {
		r := planRow{Plan: plan}
		r.Tenants, _ = p.Plans.Subscribers(plan.Code)
		for _, m := range plans.Metrics {
			text := w.T("usage.no_limit")
			if n := plan.Limits[m]; n > 0 {
				text = console.Amount(w, m, n)
			}
			r.Cells = append(r.Cells, text)
		}
		page.Rows = append(page.Rows, r)
	}
	return web.Render("platform/plans", page), nil
}

// planPage is a plan's newest version as a form that makes the next one, and what it was.
type planPage struct {
	frame.Frame
	P         plans.Plan // what stands in the form
	New       bool
	Move      bool
	Fields    []limitField
	Features  []featureField
	Versions  []versionRow
	Previewed bool
	Over      []overRow
	Looked    int
	All       int
}

type limitField struct {
	Name, Label, Hint, Suffix string
	Value                     string
}

type featureField struct {
	Name, Label, Hint string
	On                bool
}

type versionRow struct {
	plans.Plan
	Who     string
	Tenants int
}

type overRow struct {
	Slug, Name, Metric, Used, Limit string
}

// newPlan is the form for a plan that is not there yet.
func (p pages) newPlan(_ context.Context, v *web.Visit) (web.Answer, error) {
	page := &planPage{Frame: p.screen("plans", "plan.new", console.Crumb("nav.plans", "/platform/plans"), console.Crumb("plan.new", "")), New: true, P: plans.Plan{SoftPercent: 80, Features: plans.Features}}
	page.fill(p.words(v))
	return web.Render("platform/plan", page), nil
}

func (p pages) plan(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.planPage(ctx, v, v.Path("name"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("platform/plan", page), nil
}

func (p pages) planPage(ctx context.Context, v *web.Visit, code string) (*planPage, error) {
	newest, all, err := p.Plans.Plan(ctx, code)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	name := w.Name(newest.Names)
	page := &planPage{Frame: console.Named("platform", "plans", name, console.Crumb("nav.plans", "/platform/plans"), console.Here(name)), P: newest, Move: true}
	_, byVersion := p.Plans.Subscribers(code)
	for _, x := range all {
		page.Versions = append(page.Versions, versionRow{x, console.Actor(w, x.By, ""), byVersion[x.Version]})
	}
	page.P.Note = ""
	page.fill(w)
	return page, nil
}

// fill makes the form's fields out of the plan.
func (p *planPage) fill(w *theme.Printer) {
	p.Fields, p.Features = nil, nil
	for _, m := range plans.Metrics {
		f := limitField{Name: "limits." + string(m), Label: w.T("usage.metric." + string(m)), Hint: w.T("usage.hint." + string(m))}
		n := p.P.Limits[m]
		if m == plans.Storage {
			n, f.Suffix = n>>20, "MB"
		}
		if n != 0 {
			f.Value = strconv.FormatInt(n, 10)
		}
		p.Fields = append(p.Fields, f)
	}
	for _, f := range plans.Features {
		p.Features = append(p.Features, featureField{string(f), w.T("feature." + string(f)), w.T("feature." + string(f) + "_hint"), slices.Contains(p.P.Features, f)})
	}
}

// planOf reads the form. What is no number is refused as one that is out of range.
func planOf(f url.Values) plans.Plan {
	out := plans.Plan{
		Code: strings.TrimSpace(f.Get("code")), Version: max(0, console.Number(f.Get("version"))), SoftPercent: console.Number(f.Get("soft_percent")), Note: f.Get("note"),
		Names: map[string]string{"en": f.Get("names.en"), "zh-CN": f.Get("names.zh-CN")}, Limits: plans.Limits{},
	}
	for _, m := range plans.Metrics {
		out.Limits[m] = limitOf(m, f.Get("limits."+string(m)))
	}
	for _, x := range f["feature"] {
		out.Features = append(out.Features, plans.Feature(x))
	}
	return out
}

// limitOf reads a limit; storage is typed in megabytes.
func limitOf(m plans.Metric, text string) int64 {
	n := int64(console.Number(text))
	if m == plans.Storage && n > 0 && n < 1<<40 {
		n <<= 20
	}
	return n
}

// publishPlan shows who would be over, or publishes. Plans lie outside every unit of work,
// so the route is phased.
func (p pages) publishPlan(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in, move := planOf(f), f.Get("move") != ""
	again := func(err error) (web.Answer, error) {
		page, lost := p.formPage(ctx, v, in, move)
		if lost != nil {
			return web.Answer{}, err
		}
		return web.Again("platform/plan", page, err)
	}
	if f.Get("do") == "preview" {
		over, looked, all, err := p.Plans.Preview(ctx, in)
		if err != nil {
			return again(err)
		}
		page, err := p.formPage(ctx, v, in, move)
		if err != nil {
			return web.Answer{}, err
		}
		page.preview(p.words(v), over, looked, all)
		return web.Render("platform/plan", page), nil
	}
	out, err := p.Plans.Publish(ctx, in, move)
	if err != nil {
		return again(err)
	}
	return web.Redirect("/platform/plans/"+out.Code).Flash("plan.published", "plan", out.Code, "version", strconv.Itoa(out.Version)), nil
}

// formPage is the form with what was typed.
func (p pages) formPage(ctx context.Context, v *web.Visit, in plans.Plan, move bool) (*planPage, error) {
	w := p.words(v)
	page := &planPage{Frame: p.screen("plans", "plan.new", console.Crumb("nav.plans", "/platform/plans"), console.Crumb("plan.new", "")), New: true}
	if in.Version > 0 {
		have, err := p.planPage(ctx, v, in.Code)
		if err != nil {
			return nil, err
		}
		page = have
	}
	page.P, page.Move = in, move
	page.fill(w)
	return page, nil
}

func (p *planPage) preview(w *theme.Printer, over []plans.Over, looked, all int) {
	p.Previewed, p.Looked, p.All = true, looked, all
	for _, o := range over {
		p.Over = append(p.Over, overRow{o.Tenant.Slug, w.Name(o.Tenant.Name), w.T("usage.metric." + string(o.Metric)), console.Amount(w, o.Metric, o.Used), console.Amount(w, o.Metric, o.Limit)})
	}
}

// termsPage is what one marketplace has and uses.
type termsPage struct {
	frame.Frame
	Slug, Name string
	U          plans.Usage
	Rows       []console.UsageRow
	Heads      []string
	Months     []console.MonthRow
	Plans      []theme.Choice
	Names      []theme.Choice // of what an exception can be made
	Labels     map[string]string
	Amounts    map[string]string
}

func (p pages) terms(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.termsPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("platform/terms", page), nil
}

func (p pages) termsPage(ctx context.Context, v *web.Visit) (*termsPage, error) {
	market, u, err := p.Plans.UsageOf(ctx, v.Path("slug"))
	if err != nil {
		return nil, err
	}
	all, err := p.Plans.Plans(ctx)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	name := w.Name(market.Name)
	page := &termsPage{
		Frame: console.Named("platform", "tenants", w.T("plan.of", "name", name), console.Crumb("nav.tenants", "/platform"), frame.Crumb{Text: name, URL: "/platform/tenants/" + market.Slug}, console.Crumb("plan.title", "")),
		Slug:  market.Slug, Name: name, U: u, Rows: console.Usage(w, u), Labels: map[string]string{}, Amounts: map[string]string{},
	}
	page.Heads, page.Months = console.Months(w, u)
	for _, x := range all {
		page.Plans = append(page.Plans, theme.Choice{Value: x.Code, Label: w.Name(x.Names)})
	}
	for _, m := range plans.Metrics {
		page.Labels[string(m)] = w.T("usage.metric." + string(m))
		page.Names = append(page.Names, theme.Choice{Value: string(m), Label: page.Labels[string(m)]})
	}
	for _, f := range plans.Features {
		page.Labels[string(f)] = w.T("feature." + string(f))
		page.Names = append(page.Names, theme.Choice{Value: string(f), Label: page.Labels[string(f)]})
	}
	if u.Subscription != nil {
		for _, o := range u.Subscription.Overrides {
			page.Amounts[o.Name] = amountOf(w, o)
		}
	}
	return page, nil
}

func amountOf(w *theme.Printer, o plans.Override) string {
	switch {
	case o.Feature() && o.Amount != 0:
		return w.T("usage.on")
	case o.Feature():
		return w.T("usage.off")
	case o.Amount == 0:
		return w.T("usage.no_limit")
	}
	return console.Amount(w, plans.Metric(o.Name), o.Amount)
}

func (p pages) termsAgain(ctx context.Context, v *web.Visit, err error) (web.Answer, error) {
	page, lost := p.termsPage(ctx, v)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("platform/terms", page, err)
}

func (p pages) assignPlan(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f, slug := v.Form(), v.Path("slug")
	err := p.Plans.Assign(ctx, plans.AssignInput{Slug: slug, Plan: f.Get("plan"), Note: f.Get("note"), Version: int64(console.Number(f.Get("version")))})
	if err != nil {
		return p.termsAgain(ctx, v, err)
	}
	return web.Redirect("/platform/tenants/"+slug+"/plan").Flash("plan.assigned", "slug", slug, "plan", f.Get("plan")), nil
}

func (p pages) makeException(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f, slug := v.Form(), v.Path("slug")
	o := plans.Override{Name: f.Get("name"), Reason: f.Get("reason"), Amount: limitOf(plans.Metric(f.Get("name")), f.Get("amount"))}
	err := lastDay(f.Get("last_day"), v.Site().TimeZone, &o.EndsAt)
	if err == nil {
		err = p.Plans.Except(ctx, slug, o)
	}
	if err != nil {
		return p.termsAgain(ctx, v, err)
	}
	return web.Redirect("/platform/tenants/"+slug+"/plan").Flash("plan.excepted", "slug", slug), nil
}

// lastDay is the moment after a day, as the platform's calendar has it; no day is never.
func lastDay(text, zone string, into *time.Time) error {
	if text == "" {
		return nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, text, loc)
	if err != nil {
		return plans.ErrInvalid.At(fault.Field{Path: "last_day", Reason: "malformed"})
	}
	*into = day.AddDate(0, 0, 1).UTC()
	return nil
}

func (p pages) endException(ctx context.Context, v *web.Visit) (web.Answer, error) {
	slug := v.Path("slug")
	if err := p.Plans.EndException(ctx, slug, v.Path("name")); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/platform/tenants/"+slug+"/plan").Flash("plan.exception_ended", "slug", slug), nil
}

package platform

import (
	"context"

	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Operators makes a market's operators and writes to them. Where no letter can carry the
// link it is in what comes back.
type Operators func(ctx context.Context, t tenancy.Tenant, email, locale string) (identity.Written, error)

// newPage is the order form of a marketplace.
type newPage struct {
	frame.Frame
	Kinds, Packs, Regions, Locales []theme.Choice
}

func (p pages) newPage(v *web.Visit) *newPage {
	w := p.words(v)
	page := &newPage{Frame: p.screen("tenants", "platform.new_market", console.Crumb("nav.tenants", "/platform"), console.Crumb("platform.new_market", ""))}
	for _, k := range tenancy.Kinds {
		page.Kinds = append(page.Kinds, theme.Choice{Value: string(k), Label: w.T("tenant.kind." + string(k)), Hint: w.T("platform.kind_hint." + string(k))})
	}
	for _, x := range p.Tenancy.Models.Packs() {
		page.Packs = append(page.Packs, theme.Choice{Value: x.Key, Label: w.Name(x.Names)})
	}
	for _, x := range p.Tenancy.Models.Regions() {
		page.Regions = append(page.Regions, theme.Choice{Value: x.Key, Label: w.Name(x.Names)})
	}
	page.Locales = p.locales(w)
	return page
}

// locales are the languages that letters are written in.
func (pages) locales(w *theme.Printer) (out []theme.Choice) {
	for _, l := range []string{"en", "zh-CN"} {
		out = append(out, theme.Choice{Value: l, Label: w.T("platform.language." + l)})
	}
	return out
}

func (p pages) newMarket(_ context.Context, v *web.Visit) (web.Answer, error) {
	return web.Render("platform/new", p.newPage(v)), nil
}

func (p pages) create(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	r, err := p.Tenancy.Create(ctx, tenancy.NewMarket{
		Slug: f.Get("slug"), Name: map[string]string{"en": f.Get("name.en"), "zh-CN": f.Get("name.zh-CN")}, Kind: tenancy.Kind(f.Get("kind")),
		Pack: f.Get("pack"), Region: f.Get("region"), Email: f.Get("email"), Locale: f.Get("locale"),
	})
	if err != nil {
		return web.Again("platform/new", p.newPage(v), err)
	}
	return web.Redirect("/platform/runs/" + r.ID.String()), nil
}

// runPage is work on a market, step by step.
type runPage struct {
	frame.Frame
	R      tenancy.Run
	Failed string // the error of the step that was given up
	Out    *console.Export
	Move   cells.Report
}

func (p pages) runPage(ctx context.Context, v *web.Visit) (*runPage, error) {
	var which id.Run
	if err := console.ReadID(v.Path("id"), &which, tenancy.ErrNoRun); err != nil {
		return nil, err
	}
	r, err := p.Tenancy.Look(ctx, which)
	if err != nil {
		return nil, err
	}
	page := &runPage{Frame: p.screen("tenants", "run."+string(r.Workflow), console.Crumb("nav.tenants", "/platform"), console.Here(r.Slug)), R: r, Out: console.Exported(r, p.Now()), Move: cells.ReportOf(r)}
	if s, failed := r.Failed(); failed && r.State == tenancy.RunFailed {
		page.Failed = s.Error
	}
	return page, nil
}

func (p pages) run(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.runPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if v.HTMX() {
		return web.RenderPart("platform/run#steps", page.R), nil
	}
	return web.Render("platform/run", page), nil
}

func (p pages) retry(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Run
	if err := console.ReadID(v.Path("id"), &which, tenancy.ErrNoRun); err != nil {
		return web.Answer{}, err
	}
	if _, err := p.Tenancy.Retry(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/platform/runs/" + which.String()).Flash("run.again"), nil
}

// welcomedPage shows a link that no letter could carry, once.
type welcomedPage struct {
	frame.Frame
	Email string
	Slug  string
	Link  string
	Show  string
}

// welcome writes to a market's operator.
func (p pages) welcome(ctx context.Context, v *web.Visit) (web.Answer, error) {
	t, err := p.Tenancy.Get(ctx, v.Path("slug"))
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	w, err := p.Operators(ctx, t, f.Get("email"), console.OneOf(f.Get("locale"), "en", "zh-CN"))
	if err != nil {
		return p.tenantAgain(ctx, v, err)
	}
	if w.Show == "" {
		return web.Redirect("/platform/tenants/"+t.Slug).Flash("platform.welcomed", "email", f.Get("email")), nil
	}
	return web.Render("platform/welcomed", &welcomedPage{
		Frame: p.screen("tenants", "platform.welcome", console.Crumb("nav.tenants", "/platform"), console.Crumb("platform.welcome", "")), Email: f.Get("email"), Slug: t.Slug, Link: w.URL, Show: w.Show,
	}), nil
}

package platform

import (
	"context"
	"strconv"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// tenantsPage is the list of marketplaces.
type tenantsPage struct {
	frame.Frame
	Rows  []tenantRow
	Sum   consoles.TenantSize
	Pager console.Pager
}

type tenantRow struct {
	T    tenancy.Tenant
	Size consoles.TenantSize
	URL  string
}

func (p pages) tenants(ctx context.Context, v *web.Visit) (web.Answer, error) {
	list, err := p.Tenancy.List(ctx, console.Ask(v, 24))
	if err != nil {
		return web.Answer{}, err
	}
	page := &tenantsPage{Frame: p.screen("tenants", "nav.tenants"), Pager: console.Pages(v, list.Next)}
	for _, t := range list.Items {
		size, err := p.Reads.TenantSize(ctx, t.ID)
		if err != nil {
			return web.Answer{}, err
		}
		page.Rows = append(page.Rows, tenantRow{t, size, p.BaseURL(t.CanonicalHost())})
		page.Sum.People += size.People
		page.Sum.Companies += size.Companies
		page.Sum.Orders += size.Orders
		page.Sum.Items += size.Items
		page.Sum.Parked += size.Parked + size.Mails + size.Effects
	}
	return web.Render("platform/tenants", page), nil
}

// tenantPage is one marketplace.
type tenantPage struct {
	frame.Frame
	T            tenancy.Tenant
	Size         consoles.TenantSize
	URL          string
	ReleaseLimit money.Money
	Ways         []theme.Choice
	Runs         []tenancy.Run
	Locales      []theme.Choice
	Minutes      []theme.Choice
	Cell         string          // where it is; "" in a house of one cell
	Targets      []theme.Choice  // the other cells
	Guises       []console.Guise // nil where nobody may act in people's names
}

func (p pages) tenant(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.tenantPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("platform/tenant", page), nil
}

func (p pages) tenantPage(ctx context.Context, v *web.Visit) (*tenantPage, error) {
	t, err := p.Tenancy.Get(ctx, v.Path("slug"))
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &tenantPage{
		Frame: console.Named("platform", "tenants", w.Name(t.Name), console.Crumb("nav.tenants", "/platform"), console.Here(w.Name(t.Name))), T: t,
		URL: p.BaseURL(t.CanonicalHost()), ReleaseLimit: money.Of(t.Settings.ReleaseLimitMinor, t.Settings.Currency),
	}
	if err := p.placed(ctx, page); err != nil {
		return nil, err
	}
	if page.Size, err = p.Reads.TenantSize(ctx, t.ID); err != nil {
		return nil, err
	}
	if t.Kind == tenancy.Platform {
		return page, nil
	}
	for _, to := range t.Ways() {
		word := string(to)
		page.Ways = append(page.Ways, theme.Choice{Value: word, Label: console.State(w, "state.tenant.", word), Hint: w.T("platform.to_" + word)})
	}
	page.Locales = p.locales(w)
	for _, n := range minutes {
		page.Minutes = append(page.Minutes, theme.Choice{Value: strconv.Itoa(n), Label: w.T("guise.minutes", "n", strconv.Itoa(n))})
	}
	if t.State != tenancy.Deleted && t.State != tenancy.Moved {
		all, err := p.Guises.Impersonations(ctx, t)
		if err != nil {
			return nil, err
		}
		page.Guises = console.Guises(all, p.Now(), "/platform/tenants/"+t.Slug+"/impersonations/")
	}
	page.Runs, err = p.Tenancy.Runs(ctx, t.ID)
	return page, err
}

// setState moves a market. Tenants lie outside every unit of work, so the route is phased.
func (p pages) setState(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	t, err := p.Tenancy.SetState(ctx, tenancy.SetStateInput{Slug: v.Path("slug"), To: tenancy.State(f.Get("to")), Note: f.Get("note"), Version: int64(console.Number(f.Get("version")))})
	if err != nil {
		page, lost := p.tenantPage(ctx, v)
		if lost != nil {
			return web.Answer{}, err
		}
		if f.Get("note") == "" {
			err = fault.From(err).At(fault.Field{Path: "note", Reason: "required"})
		}
		return web.Again("platform/tenant", page, err)
	}
	return web.Redirect("/platform/tenants/"+t.Slug).Flash("platform.state_set", "slug", t.Slug, "state", console.State(p.words(v), "state.tenant.", string(t.State))), nil
}

package operator

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// settingsPage is how the market trades, to be read: it is changed by its blueprint.
type settingsPage struct {
	frame.Frame
	T            tenancy.Tenant
	ReleaseLimit money.Money
}

func (p pages) settings(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	t, err := p.Tenancy.Current(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/settings", &settingsPage{Frame: p.screen(ctx, "settings", "nav.settings"), T: t, ReleaseLimit: money.Of(t.Settings.ReleaseLimitMinor, t.Settings.Currency)}), nil
}

// peoplePage is who can sign in here.
type peoplePage struct {
	frame.Frame
	Rows   []consoles.PersonRow
	Text   string
	Me     id.Person
	Pager  console.Pager
	Guises []console.Guise
}

func (p pages) people(ctx context.Context, v *web.Visit) (web.Answer, error) {
	list, err := p.Reads.People(ctx, v.Query("q"), console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	guises, err := p.Identity.Impersonations(ctx, page.Request{Limit: 10})
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/people", &peoplePage{
		Frame: p.screen(ctx, "people", "nav.people"), Rows: list.Items, Text: v.Query("q"), Me: v.Caller().Person, Pager: console.Pages(v, list.Next),
		Guises: console.Guises(guises.Items, p.Now(), "/operator/impersonations/"),
	}), nil
}

// endImpersonation throws somebody of the platform's out.
func (p pages) endImpersonation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Impersonation
	if err := console.ReadID(v.Path("id"), &which, identity.ErrGuiseTicket); err != nil {
		return web.Answer{}, err
	}
	if err := p.Identity.EndImpersonation(ctx, which, v.Caller().Name); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/operator/people").Flash("guise.ended"), nil
}

func (p pages) disable(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var who id.Person
	if err := console.ReadID(v.Path("id"), &who, identity.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	if err := p.Identity.Disable(ctx, who); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/operator/people").Flash("operator.person_disabled"), nil
}

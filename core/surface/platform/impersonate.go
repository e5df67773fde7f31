package platform

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// minutes are the choices of how long.
var minutes = []int{15, 30, 60}

// guisePage leads to the market, where the ticket is good for a moment.
type guisePage struct {
	frame.Frame
	I    identity.Impersonation
	Slug string
	URL  string
}

func (p pages) impersonate(ctx context.Context, v *web.Visit) (web.Answer, error) {
	t, err := p.Tenancy.Get(ctx, v.Path("slug"))
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	i, link, err := p.Guises.Impersonate(ctx, t, identity.ImpersonateInput{
		Email: f.Get("guise_email"), Reason: f.Get("guise_reason"), For: time.Duration(console.Number(f.Get("minutes"))) * time.Minute,
	})
	if err != nil {
		return p.tenantAgain(ctx, v, asTyped(err))
	}
	return web.Render("platform/impersonate", &guisePage{
		Frame: p.screen("tenants", "guise.title", console.Crumb("nav.tenants", "/platform"), console.Crumb("guise.title", "")),
		I:     i, Slug: t.Slug, URL: link,
	}), nil
}

// asTyped names the fields as the form does, which stands on a page with others.
func asTyped(err error) error {
	f := *fault.From(err)
	f.Fields = slices.Clone(f.Fields)
	for i, x := range f.Fields {
		if x.Path == "email" || x.Path == "reason" {
			f.Fields[i].Path = "guise_" + x.Path
		}
	}
	return &f
}

func (p pages) endImpersonation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	t, err := p.Tenancy.Get(ctx, v.Path("slug"))
	if err != nil {
		return web.Answer{}, err
	}
	var which id.Impersonation
	if err := console.ReadID(v.Path("id"), &which, identity.ErrGuiseTicket); err != nil {
		return web.Answer{}, err
	}
	if err := p.Guises.EndImpersonation(ctx, t, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/platform/tenants/" + t.Slug).Flash("guise.ended"), nil
}

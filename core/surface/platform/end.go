package platform

import (
	"context"
	"io"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/tenancy"
)

// OpenExport gives a finished export's bytes.
type OpenExport func(r tenancy.Run) (body io.ReadCloser, size int64, err error)

// export takes a market's data out.
func (p pages) export(ctx context.Context, v *web.Visit) (web.Answer, error) {
	r, err := p.Tenancy.ExportOf(ctx, v.Path("slug"), v.Form().Get("export_note"))
	if err != nil {
		return p.tenantAgain(ctx, v, err)
	}
	return web.Redirect("/platform/runs/" + r.ID.String()), nil
}

// rotateKey gives a market a new key.
func (p pages) rotateKey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	r, err := p.Tenancy.RotateKey(ctx, v.Path("slug"), v.Form().Get("key_note"))
	if err != nil {
		return p.tenantAgain(ctx, v, err)
	}
	return web.Redirect("/platform/runs/" + r.ID.String()), nil
}

// remove deletes a market that is closing, once its name was typed.
func (p pages) remove(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	r, err := p.Tenancy.Delete(ctx, tenancy.DeleteInput{Slug: v.Path("slug"), Typed: f.Get("slug"), Note: f.Get("delete_note")})
	if err != nil {
		return p.tenantAgain(ctx, v, err)
	}
	return web.Redirect("/platform/runs/" + r.ID.String()), nil
}

// tenantAgain shows the market with what is wrong.
func (p pages) tenantAgain(ctx context.Context, v *web.Visit, err error) (web.Answer, error) {
	page, lost := p.tenantPage(ctx, v)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("platform/tenant", page, err)
}

// fetch sends an export that the platform made.
func (p pages) fetch(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Run
	if err := console.ReadID(v.Path("id"), &which, tenancy.ErrNoRun); err != nil {
		return web.Answer{}, err
	}
	r, err := p.Tenancy.Look(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	body, size, err := p.OpenExport(r)
	if err != nil {
		return web.Answer{}, err
	}
	if err := p.Tenancy.Fetched(ctx, r); err != nil {
		_ = body.Close()
		return web.Answer{}, err
	}
	return web.File(r.Slug+"-"+r.StartedAt.Format("20060102-1504")+".zip", "application/zip", body, size), nil
}

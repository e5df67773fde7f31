package operator

import (
	"context"
	"io"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// OpenExport gives a finished export's bytes.
type OpenExport func(r tenancy.Run) (body io.ReadCloser, size int64, err error)

// exportPage is the market's own data, to take along.
type exportPage struct {
	frame.Frame
	Rows []exportRow
	Busy bool // one is under way
}

type exportRow struct {
	tenancy.Run
	Out         *console.Export
	Done, Total int64 // of the step that is under way
}

func (p pages) exportPage(ctx context.Context) (*exportPage, error) {
	runs, err := p.Tenancy.Exports(ctx)
	if err != nil {
		return nil, err
	}
	page := &exportPage{Frame: p.screen(ctx, "settings", "export.title", console.Crumb("nav.settings", "/operator/settings"), console.Crumb("export.title", ""))}
	for _, r := range runs {
		if r.Workflow != tenancy.Export {
			continue
		}
		row := exportRow{Run: r, Out: console.Exported(r, p.Now())}
		for _, s := range r.Steps {
			if s.State == tenancy.StepRunning {
				row.Done, row.Total = s.Done, s.Total
			}
		}
		page.Rows, page.Busy = append(page.Rows, row), page.Busy || r.State == tenancy.RunOpen
	}
	return page, nil
}

func (p pages) exports(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.exportPage(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	if v.HTMX() {
		return web.RenderPart("operator/export#list", page), nil
	}
	return web.Render("operator/export", page), nil
}

func (p pages) export(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	if _, err := p.Tenancy.ExportOwn(ctx); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/operator/export").Flash("export.begun"), nil
}

// fetch sends an export. Its address is good as long as the export is kept, and for those
// alone who may make one.
func (p pages) fetch(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Run
	if err := console.ReadID(v.Path("id"), &which, tenancy.ErrNoRun); err != nil {
		return web.Answer{}, err
	}
	r, err := p.Tenancy.OwnExport(ctx, which)
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

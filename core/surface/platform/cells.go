package platform

import (
	"context"

	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// cellsPage is every cell, and which marketplaces have a place of their own.
type cellsPage struct {
	frame.Frame
	Rows   []cellRow
	Places []cells.Placement
}

type cellRow struct {
	cells.Cell
	Health string // up or down
}

func (p pages) cells(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	all, err := p.Cells.List(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	page := &cellsPage{Frame: p.screen("cells", "nav.cells")}
	ill := p.Cells.Healthy(ctx, all)
	for _, c := range all {
		row := cellRow{c, "up"}
		if ill[c.Name] != nil {
			row.Health = "down"
		}
		page.Rows = append(page.Rows, row)
	}
	page.Places, err = p.Cells.Places(ctx)
	return web.Render("platform/cells", page), err
}

// placed says where a market is and where else it could be. A house of one cell shows
// nothing of that.
func (p pages) placed(ctx context.Context, page *tenantPage) error {
	if !p.Cells.Several() {
		return nil
	}
	at, err := p.Cells.Where(ctx, page.T.ID)
	if err != nil {
		return err
	}
	page.Cell = at.Cell
	all, err := p.Cells.List(ctx)
	for _, c := range all {
		if c.Name != at.Cell {
			page.Targets = append(page.Targets, theme.Choice{Value: c.Name, Label: c.Name})
		}
	}
	return err
}

// move begins to move a market to another cell.
func (p pages) move(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	r, err := p.Cells.Start(ctx, v.Path("slug"), f.Get("cell"), f.Get("move_note"))
	if err != nil {
		return p.tenantAgain(ctx, v, err)
	}
	return web.Redirect("/platform/runs/" + r.ID.String()), nil
}

// abort calls a move off.
func (p pages) abort(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Run
	if err := console.ReadID(v.Path("id"), &which, tenancy.ErrNoRun); err != nil {
		return web.Answer{}, err
	}
	r, err := p.Tenancy.Look(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	if err := p.Cells.Abort(ctx, r, v.Form().Get("note")); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/platform/runs/" + which.String()).Flash("cell.aborting"), nil
}

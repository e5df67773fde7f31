package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// shipmentsPage is the list of the seller's loads.
type shipmentsPage struct {
	frame.Frame
	Rows  []consoles.ShipmentRow
	Tabs  []theme.Tab
	Pager console.Pager
}

var loadStates = []string{"", "preparing", "shipped", "received", "abandoned"}

func (p pages) shipments(ctx context.Context, v *web.Visit) (web.Answer, error) {
	list, err := p.Reads.Shipments(ctx, console.OneOf(v.Query("state"), loadStates...), console.Ask(v, 30))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/shipments", &shipmentsPage{
		Frame: p.screen(ctx, "shipments", "nav.shipments"), Rows: list.Items,
		Tabs: console.Tabs(v, p.words(v), "state", "state.", nil, loadStates...), Pager: console.Pages(v, list.Next),
	}), nil
}

package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// rfqsPage is the list of requests that the seller was asked to answer.
type rfqsPage struct {
	frame.Frame
	Rows  []sourcing.Summary
	Names map[id.Org]sourcing.Company
	Tabs  []theme.Tab
	Pager console.Pager
}

func (p pages) rfqs(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), "published", "evaluating", "awarded", "cancelled", "expired")
	list, names, err := p.Sourcing.List(ctx, sourcing.Listing{As: sourcing.AsSeller, State: sourcing.State(state)}, console.Ask(v, 30))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/rfqs", &rfqsPage{
		Frame: p.screen(ctx, "rfqs", "nav.rfqs"), Rows: list.Items, Names: names,
		Tabs: console.Tabs(v, p.words(v), "state", "state.rfq.", nil, "", "published", "evaluating", "awarded", "expired"), Pager: console.Pages(v, list.Next),
	}), nil
}

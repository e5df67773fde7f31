package buyer

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
)

type rfqsPage struct {
	screen
	Rows      []reads.RFQRow
	State     string
	Text      string
	Tabs      []theme.Tab
	Pager     console.Pager
	MayCreate bool
}

var rfqStates = []string{"draft", "published", "evaluating", "awarded", "cancelled", "expired"}

func (c desk) rfqs(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "rfqs", "nav.rfqs")
	if err != nil {
		return web.Answer{}, err
	}
	m := &rfqsPage{
		screen: s, State: console.OneOf(v.Query("state"), rfqStates...), Text: strings.TrimSpace(v.Query("q")), MayCreate: c.Roles.Can(ctx, sourcing.ActionCreate),
		Tabs: s.tabs("rfq", rfqStates...),
	}
	list, err := c.Reads.RFQs(ctx, reads.RFQAsk{State: m.State, Text: m.Text}, console.Ask(v, listSize))
	if err != nil {
		return web.Answer{}, err
	}
	m.Rows, m.Pager = list.Items, console.Pages(v, list.Next)
	return web.Render("buyer/rfqs", m), nil
}

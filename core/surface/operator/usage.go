package operator

import (
	"context"

	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// usagePage is what the market uses of what its plan allows.
type usagePage struct {
	frame.Frame
	U      plans.Usage
	Rows   []console.UsageRow
	Heads  []string
	Months []console.MonthRow
	Bars   []theme.Slice // orders by month
}

func (p pages) usage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	u, err := p.Plans.Usage(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &usagePage{Frame: p.screen(ctx, "usage", "nav.usage"), U: u, Rows: console.Usage(w, u), Bars: console.OrdersByMonth(w, u)}
	page.Heads, page.Months = console.Months(w, u)
	return web.Render("operator/usage", page), nil
}

package seller

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// inboxPage is the seller's home.
type inboxPage struct {
	frame.Frame
	In      consoles.Inbox
	Now     time.Time
	Sold    money.Money // in the last thirty days
	Orders  int
	Line    []int64
	Waiting int
}

// Soon reports whether a moment is less than a day away.
func (p *inboxPage) Soon(t time.Time) bool { return t.Sub(p.Now) < 24*time.Hour }

// Late reports whether an order has waited for more than two days.
func (p *inboxPage) Late(t time.Time) bool { return p.Now.Sub(t) > 48*time.Hour }

func (p pages) inbox(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in, err := p.Reads.SellerInbox(ctx, v.Site().TimeZone)
	if err != nil {
		return web.Answer{}, err
	}
	page := &inboxPage{Frame: p.screen(ctx, "inbox", "nav.inbox"), In: in, Now: p.Now(), Sold: money.Zero(money.Currency(v.Site().Currency))}
	page.Line, page.Sold.Minor, page.Orders = thirtyDays(in.Sales, console.Today(p.Now(), v.Site().TimeZone))
	c := in.Counts
	page.Waiting = c.RFQs + c.Accept + c.Ship + c.Claims
	return web.Render("seller/inbox", page), nil
}

// thirtyDays is the line of daily sums that a sparkline draws, days without a sale at zero.
func thirtyDays(sums []consoles.DaySum, today time.Time) (line []int64, total int64, orders int) {
	line = make([]int64, 30)
	for _, s := range sums {
		at := 29 - int(today.Sub(s.Day).Hours()/24)
		if at >= 0 && at < len(line) {
			line[at] += s.Minor
		}
		total += s.Minor
		orders += s.Count
	}
	return line, total, orders
}

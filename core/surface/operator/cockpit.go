package operator

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// cockpitPage is the operator's home: how the market goes and what stands in its way.
type cockpitPage struct {
	frame.Frame
	Now     time.Time
	C       consoles.Cockpit
	GMV     money.Money
	Orders  int
	Trend   string
	Up      int
	Line    []int64
	States  []theme.Slice
	Funnel  []theme.Slice
	Sellers []theme.Slice
	Points  []chartPoint
	Waiting int
}

// chartPoint is one day of the chart.
type chartPoint struct {
	At     time.Time
	Values []chartValue
}

type chartValue struct{ Value, Text string }

// Late reports whether a clock has run out.
func (p *cockpitPage) Late(t time.Time) bool { return t.Before(p.Now) }

func (p pages) cockpit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	cur := v.Site().Currency
	c, err := p.Reads.Cockpit(ctx, cur, v.Site().TimeZone)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &cockpitPage{Frame: p.screen(ctx, "cockpit", "nav.cockpit"), Now: p.Now(), C: c, GMV: money.Zero(money.Currency(cur))}
	page.Scripts = []string{"js/charts.js"}
	page.days(w, c, console.Today(page.Now, v.Site().TimeZone))
	for _, s := range c.States {
		page.States = append(page.States, theme.Slice{Label: console.State(w, "state.order.", s.Name), Value: int64(s.Count), Text: w.Number(s.Count), URL: "/operator/orders?state=" + s.Name})
	}
	for _, step := range []struct {
		key string
		n   int
	}{{"asked", c.Funnel.Asked}, {"quoted", c.Funnel.Quoted}, {"awarded", c.Funnel.Awarded}, {"ordered", c.Funnel.Ordered}, {"paid", c.Funnel.Paid}, {"done", c.Funnel.Done}} {
		page.Funnel = append(page.Funnel, theme.Slice{Label: w.T("operator.funnel_" + step.key), Value: int64(step.n), Text: w.Number(step.n)})
	}
	for _, s := range c.Sellers {
		page.Sellers = append(page.Sellers, theme.Slice{Label: companyName(w, s.Name, s.Local), Value: s.Minor, Text: w.Money(money.Of(s.Minor, page.GMV.Currency)), URL: "/operator/companies/" + s.ID.String()})
	}
	x := c.Waits
	page.Waiting = x.Companies + x.Licences + x.Items + x.Disputes + x.Releases + x.Effects + x.Mails + x.Parked
	return web.Render("operator/cockpit", page), nil
}

// days fills the thirty days' line, the chart's points and the trend against the thirty
// days before.
func (page *cockpitPage) days(w *theme.Printer, c consoles.Cockpit, today time.Time) {
	byDay := map[string]consoles.DaySum{}
	for _, d := range c.Days {
		byDay[d.Day.Format(time.DateOnly)] = d
		page.GMV.Minor += d.Minor
		page.Orders += d.Count
	}
	for back := 29; back >= 0; back-- {
		at := today.AddDate(0, 0, -back)
		sum := money.Of(byDay[at.Format(time.DateOnly)].Minor, page.GMV.Currency)
		page.Line = append(page.Line, sum.Minor)
		page.Points = append(page.Points, chartPoint{at, []chartValue{{sum.Decimal(), w.Money(sum)}}})
	}
	if c.Before > 0 {
		change := (page.GMV.Minor - c.Before) * 1000 / c.Before // per mille
		page.Up = 1
		sign := "+"
		if change < 0 {
			page.Up, sign = -1, ""
		}
		page.Trend = sign + w.Percent(change*1000)
	}
}

// companyName is the name that the reader can read best.
func companyName(w *theme.Printer, name, local string) string {
	if local != "" && len(w.Locale()) >= 2 && w.Locale()[:2] == "zh" {
		return local
	}
	return name
}

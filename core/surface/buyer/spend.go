package buyer

import (
	"context"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

type spendPage struct {
	screen
	Spend      reads.Spend
	Period     string
	Tabs       []theme.Tab
	Months     []monthBar
	Sellers    []theme.Slice
	Categories []theme.Slice
	SellerRows []shareRow
	CatRows    []shareRow
	Average    money.Money
	Columns    int
	From, To   string
}

// monthBar is one column of the chart: its place and height in the drawing are whole
// numbers of the view box.
type monthBar struct {
	Label, Text string
	Minor       int64
	Orders      int
	X, Y, W, H  int
	Tick        bool // its label is written below
}

type shareRow struct {
	Name, URL, Text string
	Orders          int
	Share           int64 // millionths
}

// The chart's drawing area.
const (
	chartW, chartH = 720, 180
	chartFoot      = 22
)

func (c desk) spend(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "spend", "nav.spend")
	if err != nil {
		return web.Answer{}, err
	}
	cur := money.Currency(v.Site().Currency)
	all, err := c.Reads.Spend(ctx, reads.SpendAsk{Currency: cur, Zone: s.zone().String()})
	if err != nil {
		return web.Answer{}, err
	}
	m := &spendPage{screen: s, Spend: all, Period: v.Query("period")}
	from, to := m.period(all)
	if !from.IsZero() {
		if m.Spend, err = c.Reads.Spend(ctx, reads.SpendAsk{From: from, To: to, Currency: cur, Zone: s.zone().String()}); err != nil {
			return web.Answer{}, err
		}
	}
	m.draw(from, to)
	m.shares()
	if m.Spend.Orders > 0 {
		m.Average = money.Of(m.Spend.Total.Minor/int64(m.Spend.Orders), cur)
	}
	return web.Render("buyer/spend", m), nil
}

// period reads which part of the history is asked for: the twelve months up to the last
// order, one year, or all of it.
func (m *spendPage) period(all reads.Spend) (from, to time.Time) {
	zone := m.zone()
	last := all.Last.In(zone)
	year, err := strconv.Atoi(m.Period)
	switch {
	case m.Period == "all":
	case err == nil && year >= 1990 && year < 2200:
		from, to = time.Date(year, 1, 1, 0, 0, 0, 0, zone), time.Date(year+1, 1, 1, 0, 0, 0, 0, zone)
	default:
		m.Period = "year"
		to = time.Date(last.Year(), last.Month()+1, 1, 0, 0, 0, 0, zone)
		from = to.AddDate(-1, 0, 0)
	}
	m.Tabs = append(m.Tabs, theme.Tab{Text: m.p.T("buyer.spend.year"), URL: "/buyer/spend", Current: m.Period == "year"})
	for y := last.Year(); y >= all.First.In(zone).Year() && last.Year()-y < 6; y-- {
		t := strconv.Itoa(y)
		m.Tabs = append(m.Tabs, theme.Tab{Text: t, URL: "/buyer/spend?period=" + t, Current: m.Period == t})
	}
	m.Tabs = append(m.Tabs, theme.Tab{Text: m.p.T("common.all"), URL: "/buyer/spend?period=all", Current: m.Period == "all"})
	return from, to
}

// draw lays the months out as columns, months without orders too.
func (m *spendPage) draw(from, to time.Time) {
	if len(m.Spend.Months) == 0 {
		return
	}
	first, end := m.Spend.Months[0].Month, m.Spend.Months[len(m.Spend.Months)-1].Month
	if !from.IsZero() {
		first, end = month(from), month(to.Add(-time.Second))
	}
	by := map[string]reads.SpendMonth{}
	var most int64 = 1
	for _, x := range m.Spend.Months {
		by[x.Month.Format("2006-01")] = x
		most = max(most, x.Minor)
	}
	n := 0
	for t := first; !t.After(end) && n < 240; t = t.AddDate(0, 1, 0) {
		n++
	}
	for i := range n {
		t := first.AddDate(0, i, 0)
		x := by[t.Format("2006-01")]
		share, err := quantity.MulDiv(x.Minor, chartH-chartFoot-14, most)
		if err != nil {
			share = 0
		}
		w := max(chartW/n-4, 2)
		m.Months = append(m.Months, monthBar{
			Label: t.Format("2006-01"), Text: m.p.Money(money.Of(x.Minor, m.Spend.Total.Currency)), Minor: x.Minor, Orders: x.Orders,
			X: i*chartW/n + 2, Y: chartH - chartFoot - int(share), W: w, H: int(share), Tick: n <= 12 || t.Month() == 1,
		})
	}
}

func month(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }

func (m *spendPage) shares() {
	row := func(x reads.SpendPart, name, to string) shareRow {
		r := shareRow{Name: name, URL: to, Orders: x.Orders, Text: m.p.Money(money.Of(x.Minor, m.Spend.Total.Currency))}
		if v, err := quantity.MulDiv(x.Minor, quantity.Scale, max(m.Spend.Total.Minor, 1)); err == nil {
			r.Share = v / 1000 * 1000
		}
		return r
	}
	for _, x := range m.Spend.BySeller {
		r := row(x, x.Name, "/s/"+x.Seller.String())
		m.SellerRows = append(m.SellerRows, r)
		m.Sellers = append(m.Sellers, theme.Slice{Label: x.Name, Value: x.Minor, Text: r.Text, URL: r.URL})
	}
	for _, x := range m.Spend.ByCategory {
		name := m.p.T("buyer.spend.uncategorised")
		if len(x.Names) > 0 {
			name = m.p.Name(x.Names)
		}
		r := row(x, name, "")
		m.CatRows = append(m.CatRows, r)
		m.Categories = append(m.Categories, theme.Slice{Label: name, Value: x.Minor, Text: r.Text})
	}
}

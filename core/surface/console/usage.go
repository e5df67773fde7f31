package console

import (
	"fmt"

	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/theme"
)

// UsageRow is one metric of a plan as a person reads it.
type UsageRow struct {
	plans.Line
	Name, UsedText, LimitText string
	Tone                      string
	Mark                      int64 // where near begins
	HintText                  string
}

// Usage are the rows of a marketplace's plan.
func Usage(w *theme.Printer, u plans.Usage) []UsageRow {
	out := make([]UsageRow, len(u.Lines))
	for i, l := range u.Lines {
		r := UsageRow{Line: l, Name: w.T("usage.metric." + string(l.Metric)), UsedText: Amount(w, l.Metric, l.Used), LimitText: w.T("usage.no_limit"), Tone: "good", HintText: w.T("usage.hint." + string(l.Metric))}
		if l.Limit > 0 {
			r.LimitText = Amount(w, l.Metric, l.Limit)
		}
		if u.Plan != nil {
			r.Mark = l.Limit * int64(u.Plan.SoftPercent) / 100
		}
		switch l.Step {
		case "near":
			r.Tone = "warn"
		case "reached":
			r.Tone = "bad"
		}
		out[i] = r
	}
	return out
}

// Amount writes so much of a metric.
func Amount(w *theme.Printer, m plans.Metric, n int64) string {
	if m != plans.Storage {
		return w.Number(n)
	}
	for _, unit := range []struct {
		name string
		size int64
	}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%.0f KB", float64(n)/1024)
}

// MonthRow is a month of the history.
type MonthRow struct {
	Period string
	Cells  []string
}

// charted are the metrics of the history, in columns.
var charted = []plans.Metric{plans.Products, plans.Users, plans.Orders, plans.Storage, plans.Requests}

// Months are the history, the newest month first, and the heads of its columns.
func Months(w *theme.Printer, u plans.Usage) (heads []string, rows []MonthRow) {
	for _, m := range charted {
		heads = append(heads, w.T("usage.metric."+string(m)))
	}
	for _, line := range u.Months {
		r := MonthRow{Period: line.Period}
		for _, m := range charted {
			text := "—"
			if n, ok := line.Used[m]; ok {
				text = Amount(w, m, n)
			}
			r.Cells = append(r.Cells, text)
		}
		rows = append([]MonthRow{r}, rows...)
	}
	return heads, rows
}

// OrdersByMonth are the bars of the chart.
func OrdersByMonth(w *theme.Printer, u plans.Usage) []theme.Slice {
	var out []theme.Slice
	for _, line := range u.Months {
		n := line.Used[plans.Orders]
		out = append(out, theme.Slice{Label: line.Period, Value: n, Text: w.Number(n)})
	}
	return out
}

package plans

import "time"

// Period is a month as a marketplace's own calendar has it.
type Period struct {
	Name     string // "2026-11"
	From, To time.Time
}

// Holds reports whether a moment is in the period.
func (p Period) Holds(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// Month is the period of a moment in a time zone.
func Month(at time.Time, zone *time.Location) Period {
	y, m, _ := at.In(zone).Date()
	from := time.Date(y, m, 1, 0, 0, 0, 0, zone)
	return Period{from.Format("2006-01"), from, from.AddDate(0, 1, 0)}
}

// monthBefore is the name of the period before.
func (p Period) monthBefore() string { return p.From.AddDate(0, -1, 0).Format("2006-01") }

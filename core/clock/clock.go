// Package clock makes "now" a value that services are given, so that rules about time
// can be tested at any hour.
package clock

import "time"

// Now returns the present moment, in UTC.
type Now func() time.Time

// System is the machine's clock, cut to the microsecond that PostgreSQL keeps.
func System() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// At is a clock that stands still.
func At(t time.Time) Now { return func() time.Time { return t.UTC() } }

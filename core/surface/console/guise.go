package console

import (
	"time"

	"github.com/kontorhq/kontor/core/identity"
)

// Guise is a line about somebody of the platform's who acted in another's name.
type Guise struct {
	identity.Impersonation
	State string // "prepared", "acting", "ended", "over", "unused"
	Stop  string // where to end it, "" where it is over
}

// Guises are the lines of a list; stop is the address that ends one, up to its identifier.
func Guises(all []identity.Impersonation, now time.Time, stop string) []Guise {
	out := make([]Guise, 0, len(all))
	for _, i := range all {
		g := Guise{Impersonation: i}
		switch {
		case !i.EndedAt.IsZero():
			g.State = "ended"
		case i.Open(now) && i.EnteredAt.IsZero():
			g.State = "prepared"
		case i.Open(now):
			g.State = "acting"
		case i.EnteredAt.IsZero():
			g.State = "unused"
		default:
			g.State = "over"
		}
		if i.Open(now) {
			g.Stop = stop + i.ID.String() + "/end"
		}
		out = append(out, g)
	}
	return out
}

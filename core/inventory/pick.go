package inventory

import (
	"cmp"
	"slices"
	"time"
)

// Shelf is stock with what decides the order of picking.
type Shelf struct {
	Stock
	ExpiresOn time.Time
}

// Take is a part of what was asked for, from one shelf.
type Take struct {
	Shelf Shelf
	Micro int64
}

// Pick chooses where goods come from: what expires first goes first, expired goods never
// go; among equals the shelf that can give all of it, then the fullest, then by key. What
// one shelf cannot give comes from several. It answers false when there is not enough.
func Pick(shelves []Shelf, want int64, at time.Time) ([]Take, bool) {
	good := slices.DeleteFunc(slices.Clone(shelves), func(s Shelf) bool {
		return s.Free() <= 0 || (!s.ExpiresOn.IsZero() && !s.ExpiresOn.After(at))
	})
	slices.SortFunc(good, func(a, b Shelf) int {
		return cmp.Or(expiry(a, b), -cmp.Compare(min(a.Free(), want), min(b.Free(), want)), -cmp.Compare(a.Free(), b.Free()), compareKeys(a.Stock, b.Stock))
	})
	var out []Take
	for _, s := range good {
		if want <= 0 {
			break
		}
		n := min(s.Free(), want)
		out = append(out, Take{s, n})
		want -= n
	}
	return out, want <= 0
}

// expiry orders by date, goods that never expire last.
func expiry(a, b Shelf) int {
	switch {
	case a.ExpiresOn.Equal(b.ExpiresOn):
		return 0
	case a.ExpiresOn.IsZero():
		return 1
	case b.ExpiresOn.IsZero():
		return -1
	}
	return a.ExpiresOn.Compare(b.ExpiresOn)
}

// compareKeys is the one order in which stock is locked, so that two orders for the same
// goods never wait for each other.
func compareKeys(a, b Stock) int {
	return cmp.Or(slices.Compare(a.Offer[:], b.Offer[:]), slices.Compare(a.Warehouse[:], b.Warehouse[:]), slices.Compare(a.Lot[:], b.Lot[:]))
}

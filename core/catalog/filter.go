package catalog

import (
	"math"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/search"
	"github.com/kontorhq/kontor/core/quantity"
)

// Filter narrows a list by one attribute: any of Terms, or a number from Low to High in
// millionths of the attribute's unit, both included.
type Filter struct {
	Key       string
	Terms     []string
	Low, High int64
	Range     bool
}

// maxTerms bounds the choices of one filter, maxFilters their number.
const (
	maxTerms   = 40
	maxFilters = 12
)

// ParseFilter reads what a person chose for an attribute: values, or for a range facet one
// text such as "100..200", "..8in" or "200".
func ParseFilter(a Attribute, raw []string) (Filter, error) {
	f := Filter{Key: a.Key}
	wrong := func(reason string) error {
		return ErrFilter.With("key", a.Key).At(fault.Field{Path: "attr." + a.Key, Reason: reason})
	}
	if len(raw) == 0 || len(raw) > maxTerms {
		return f, wrong("too_many")
	}
	if a.Facet != RangeFacet {
		for _, v := range raw {
			n, err := a.Normal(v)
			if err != nil {
				return f, err
			}
			if !slices.Contains(f.Terms, n) {
				f.Terms = append(f.Terms, n)
			}
		}
		slices.Sort(f.Terms) // one spelling per choice, so that equal lists share what is cached
		return f, nil
	}
	if len(raw) > 1 {
		return f, wrong("one_range")
	}
	low, high, dots := strings.Cut(raw[0], "..")
	if !dots {
		high = low
	}
	f.Range, f.Low, f.High = true, math.MinInt64, math.MaxInt64
	var err error
	if low = strings.TrimSpace(low); low != "" {
		if f.Low, err = parseIn(low, a.Unit); err != nil {
			return f, wrong("not_a_number")
		}
	}
	if high = strings.TrimSpace(high); high != "" {
		if f.High, err = parseIn(high, a.Unit); err != nil {
			return f, wrong("not_a_number")
		}
	}
	if f.Low > f.High || (low == "" && high == "") {
		return f, wrong("empty_range")
	}
	return f, nil
}

// scales relates units of one dimension, in millionths of its base: millimetre and gram.
// Both common spellings and UN/ECE codes are known. An inch is 25.4 mm exactly.
var scales = map[string]struct {
	base  string
	micro int64
}{
	"mm": {"mm", 1_000_000}, "MMT": {"mm", 1_000_000}, "cm": {"mm", 10_000_000}, "CMT": {"mm", 10_000_000},
	"m": {"mm", 1_000_000_000}, "MTR": {"mm", 1_000_000_000}, "in": {"mm", 25_400_000}, "INH": {"mm", 25_400_000},
	"ft": {"mm", 304_800_000}, "FOT": {"mm", 304_800_000},
	"mg": {"g", 1_000}, "MGM": {"g", 1_000}, "g": {"g", 1_000_000}, "GRM": {"g", 1_000_000},
	"kg": {"g", 1_000_000_000}, "KGM": {"g", 1_000_000_000}, "t": {"g", 1_000_000_000_000}, "TNE": {"g", 1_000_000_000_000},
}

// parseIn reads "8in" into millionths of unit, exactly to the sixth decimal.
func parseIn(s, unit string) (int64, error) {
	n := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789.-", r) })
	if n < 0 {
		return quantity.ParseMicro(s)
	}
	m, err := quantity.ParseMicro(s[:n])
	if err != nil {
		return 0, err
	}
	typed := strings.TrimSpace(s[n:])
	if typed == unit {
		return m, nil
	}
	from, ok1 := scales[typed]
	to, ok2 := scales[unit]
	if !ok1 || !ok2 || from.base != to.base {
		return 0, quantity.ErrUnitMatch.With("from", clip(typed, 12)).With("to", unit)
	}
	return quantity.MulDiv(m, from.micro, to.micro)
}

// group is the terms that a listing must have one of; nil for a range.
func (f Filter) group() []string {
	out := make([]string, 0, len(f.Terms))
	for _, t := range f.Terms {
		out = append(out, search.Term(f.Key, t))
	}
	return out
}

package theme

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// text is a string or a value of a string type, as view models hold states.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

// dims reads a drawing's dimensions out of an item's attributes, whatever their type.
type dims map[string]float64

func dimsOf(attrs any) dims {
	d := dims{}
	put := func(k string, v any) {
		s := strings.TrimSpace(fmt.Sprint(v))
		if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e6 && !math.IsNaN(f) {
			d[strings.ToLower(k)] = f
		}
	}
	switch m := attrs.(type) {
	case map[string]string:
		for k, v := range m {
			put(k, v)
		}
	case map[string]any:
		for k, v := range m {
			put(k, v)
		}
	}
	return d
}

// of is the first of the named dimensions that is given, else fallback.
func (d dims) of(fallback float64, names ...string) float64 {
	for _, n := range names {
		if v, ok := d[n]; ok {
			return v
		}
	}
	return fallback
}

// f1 writes a coordinate with one decimal: enough on screen, small on the wire.
func f1(v float64) string {
	tenths := int64(math.Round(v * 10))
	if tenths%10 == 0 {
		return strconv.FormatInt(tenths/10, 10)
	}
	b := make([]byte, 0, 12)
	if tenths < 0 {
		b, tenths = append(b, '-'), -tenths
	}
	b = strconv.AppendInt(b, tenths/10, 10)
	return string(append(b, '.', byte('0'+tenths%10)))
}

package tenants

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Micro is an exact decimal with six places, kept in millionths as the platform does.
type Micro int64

// Rate is a share in millionths: "0.13" is 130000.
type Rate int64

// Amount is money in minor units; blueprints trade in currencies with two decimals.
type Amount int64

// Day is a date without a time; its zero value is none.
type Day struct{ time.Time }

func decimal(s string, places int) (int64, error) {
	neg := strings.HasPrefix(s, "-")
	whole, frac, dotted := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if whole == "" || len(frac) > places || (dotted && frac == "") {
		return 0, fmt.Errorf("%q is not a decimal with at most %d places", s, places)
	}
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%q is not a decimal", s)
		}
	}
	v, err := strconv.ParseInt(whole+frac+strings.Repeat("0", places-len(frac)), 10, 64)
	if err != nil || v > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is too large", s)
	}
	if neg {
		v = -v
	}
	return v, nil
}

// UnmarshalText reads "3450.5".
func (m *Micro) UnmarshalText(b []byte) error {
	v, err := decimal(string(b), 6)
	*m = Micro(v)
	return err
}

// UnmarshalText reads "0.005".
func (r *Rate) UnmarshalText(b []byte) error {
	v, err := decimal(string(b), 6)
	*r = Rate(v)
	return err
}

// UnmarshalText reads "500000" or "12.50".
func (a *Amount) UnmarshalText(b []byte) error {
	v, err := decimal(string(b), 2)
	*a = Amount(v)
	return err
}

// UnmarshalText reads "2026-11-22"; empty text is none.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Day{}
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a day such as 2026-11-22", b)
	}
	*d = Day{t}
	return nil
}

// String is the day as written, empty for none.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Picture reads an item's or a category's picture: "draw:h-beam" is a drawing the theme
// makes from the item's attributes, "file:chain.gif" a photograph in Pictures.
func Picture(s string) (kind, name string) {
	kind, name, ok := strings.Cut(s, ":")
	if !ok {
		return "", ""
	}
	return kind, name
}

// parseTiers reads "1:3450;10:3415".
func parseTiers(s string) ([]Tier, error) {
	var out []Tier
	for part := range strings.SplitSeq(s, ";") {
		from, price, _ := strings.Cut(part, ":")
		var t Tier
		if err := t.From.UnmarshalText([]byte(from)); err != nil {
			return nil, err
		}
		if err := t.Price.UnmarshalText([]byte(price)); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

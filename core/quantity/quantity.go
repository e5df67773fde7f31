// Package quantity is how much of something, exactly: a fixed-point number with six
// decimals and a unit of UN/ECE Recommendation 20.
package quantity

import (
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
)

// Scale is the number of parts in one: quantities are kept in millionths.
const Scale = 1_000_000

// Unit is a UN/ECE Rec 20 code.
type Unit string

// Units that the platform knows how to relate.
const (
	Piece     Unit = "H87"
	Gram      Unit = "GRM"
	Kilogram  Unit = "KGM"
	Tonne     Unit = "TNE"
	Metre     Unit = "MTR"
	Milli     Unit = "MMT"
	Litre     Unit = "LTR"
	Pack      Unit = "PK"
	Box       Unit = "BX"
	Drum      Unit = "DR"
	SquareMtr Unit = "MTK"
)

// grams per unit of mass; units with no entry do not convert.
var grams = map[Unit]int64{Gram: 1, Kilogram: 1_000, Tonne: 1_000_000}

var known = map[Unit]bool{Piece: true, Gram: true, Kilogram: true, Tonne: true, Metre: true, Milli: true, Litre: true, Pack: true, Box: true, Drum: true, SquareMtr: true}

// What can be wrong with a quantity.
var (
	ErrMalformed = fault.New(fault.Invalid, "quantity.malformed", "Write a number with at most six decimals.")
	ErrTooLarge  = fault.New(fault.Invalid, "quantity.too_large", "That quantity is too large.")
	ErrUnit      = fault.New(fault.Invalid, "quantity.unit_unknown", "The unit {unit} is not known here.").Then("Use a UN/ECE Rec 20 code, for example H87 (piece), KGM or TNE.")
	ErrUnitMatch = fault.New(fault.Invalid, "quantity.unit_mismatch", "{from} cannot be turned into {to}.")
)

// Quantity is Micro millionths of Unit.
type Quantity struct {
	Micro int64
	Unit  Unit
}

// Of makes a whole number of units.
func Of(n int64, u Unit) Quantity { return Quantity{n * Scale, u} }

// ParseUnit accepts known units only.
func ParseUnit(s string) (Unit, error) {
	u := Unit(strings.ToUpper(strings.TrimSpace(s)))
	if !known[u] {
		return "", ErrUnit.With("unit", s)
	}
	return u, nil
}

// Parse reads "12.5" and a unit.
func Parse(value, unit string) (Quantity, error) {
	u, err := ParseUnit(unit)
	if err != nil {
		return Quantity{}, err
	}
	m, err := ParseMicro(value)
	return Quantity{m, u}, err
}

// ParseMicro reads a decimal into millionths, refusing what would be rounded.
func ParseMicro(s string) (int64, error) {
	s = strings.TrimSpace(s)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || len(frac) > 6 || (dotted && frac == "") || !digits(whole) || !digits(frac) {
		return 0, ErrMalformed
	}
	w, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || w > math.MaxInt64/Scale-1 {
		return 0, ErrTooLarge
	}
	f, _ := strconv.ParseInt((frac + "000000")[:6], 10, 64)
	m := w*Scale + f
	if neg {
		m = -m
	}
	return m, nil
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// FormatMicro writes millionths as the shortest exact decimal.
func FormatMicro(m int64) string {
	var b [27]byte
	return string(AppendMicro(b[:0], m))
}

// AppendMicro is FormatMicro for writers that have a buffer: lists hold hundreds of numbers.
func AppendMicro(b []byte, m int64) []byte {
	u := uint64(m)
	if m < 0 {
		b, u = append(b, '-'), -u
	}
	b = strconv.AppendUint(b, u/Scale, 10)
	if u %= Scale; u == 0 {
		return b
	}
	b = append(b, '.')
	for place := uint64(Scale / 10); u > 0; place /= 10 {
		b = append(b, '0'+byte(u/place))
		u %= place
	}
	return b
}

// String is "12.5 TNE".
func (q Quantity) String() string { return FormatMicro(q.Micro) + " " + string(q.Unit) }

// Value is the number alone, "12.5".
func (q Quantity) Value() string { return FormatMicro(q.Micro) }

// Positive reports whether there is any.
func (q Quantity) Positive() bool { return q.Micro > 0 }

// In is the same quantity in another unit: between masses, or between a counted unit and
// mass where kgPerUnitMicro (millionths of a kilogram in one counted unit) is known.
func (q Quantity) In(to Unit, kgPerUnitMicro int64) (Quantity, error) {
	if q.Unit == to {
		return q, nil
	}
	mismatch := ErrUnitMatch.With("from", q.Unit).With("to", to)
	from, fromMass := grams[q.Unit]
	goal, toMass := grams[to]
	switch {
	case fromMass && toMass:
		m, err := MulDiv(q.Micro, from, goal)
		return Quantity{m, to}, err
	case kgPerUnitMicro <= 0:
		return Quantity{}, mismatch
	case toMass: // counted → mass: micro × kg/unit, then kg → goal
		m, err := MulDiv(q.Micro, kgPerUnitMicro, Scale)
		if err != nil {
			return Quantity{}, err
		}
		m, err = MulDiv(m, grams[Kilogram], goal)
		return Quantity{m, to}, err
	case fromMass: // mass → counted
		m, err := MulDiv(q.Micro, from, grams[Kilogram])
		if err != nil {
			return Quantity{}, err
		}
		m, err = MulDiv(m, Scale, kgPerUnitMicro)
		return Quantity{m, to}, err
	}
	return Quantity{}, mismatch
}

// MulDiv is a×b/c rounded half away from zero, exact in between; ErrTooLarge when the
// result does not fit. c must be positive.
func MulDiv(a, b, c int64) (int64, error) {
	neg := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(abs(a), abs(b))
	uc := abs(c)
	if hi >= uc {
		return 0, ErrTooLarge
	}
	q, r := bits.Div64(hi, lo, uc)
	if r >= uc-r {
		q++
	}
	if q > math.MaxInt64 {
		return 0, ErrTooLarge
	}
	if neg {
		return -int64(q), nil
	}
	return int64(q), nil
}

func abs(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

type wire struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

// MarshalJSON writes {"value":"12.5","unit":"TNE"}: a string, because a JSON number is a float to most readers.
func (q Quantity) MarshalJSON() ([]byte, error) {
	if _, ok := known[q.Unit]; !ok { // whatever it is, it is quoted properly
		return json.Marshal(wire{FormatMicro(q.Micro), string(q.Unit)})
	}
	b := append(make([]byte, 0, 64), `{"value":"`...)
	b = append(AppendMicro(b, q.Micro), `","unit":"`...)
	return append(append(b, q.Unit...), `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (q *Quantity) UnmarshalJSON(b []byte) error {
	var w wire
	if v, ok := Wire(b, "value", "unit"); ok {
		w.Value, w.Unit = v[0], v[1]
	} else if err := json.Unmarshal(b, &w); err != nil {
		return ErrMalformed.Because(err)
	}
	v, err := Parse(w.Value, w.Unit)
	if err != nil {
		return err
	}
	*q = v
	return nil
}

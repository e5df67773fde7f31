package sdk

import (
	"bytes"
	"errors"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number; its zero value is 0. Operations never round, except
// Round and Div, which say so. Numbers of up to eighteen digits, which is nearly all of
// them, are kept in a machine word.
type Decimal struct {
	small int64
	big   *big.Int // set where small is too small
	scale int      // digits after the point
}

// Limits of a decimal on the wire.
const (
	maxWhole = 20
	maxFrac  = 12
)

// ErrDecimal answers text that is no decimal of at most 20 and 12 digits.
var ErrDecimal = errors.New("sdk: not a decimal")

// ParseDecimal reads "-12.5". Exponents, signs other than minus and spaces are refused.
func ParseDecimal(s string) (Decimal, error) {
	digits, neg := strings.CutPrefix(s, "-")
	whole, frac, dotted := strings.Cut(digits, ".")
	if whole == "" || len(whole) > maxWhole || len(frac) > maxFrac || (dotted && frac == "") {
		return Decimal{}, ErrDecimal
	}
	var n uint64
	for _, part := range [2]string{whole, frac} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return Decimal{}, ErrDecimal
			}
			n = n*10 + uint64(part[i]-'0')
		}
	}
	d := Decimal{small: int64(n), scale: len(frac)}
	if len(whole)+len(frac) > 18 {
		b, ok := new(big.Int).SetString(whole+frac, 10)
		if !ok {
			return Decimal{}, ErrDecimal
		}
		d = wide(b, len(frac))
	}
	if neg {
		return d.Neg(), nil
	}
	return d, nil
}

// D is for constants in a plugin's source, such as D("7.85"). Text that is no decimal
// gives zero; use ParseDecimal for anything that comes from outside.
func D(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		return Decimal{}
	}
	return d
}

// Int is a whole number.
func Int(n int64) Decimal { return of(n, 0) }

// Micro is n millionths.
func Micro(n int64) Decimal { return of(n, 6) }

func of(n int64, scale int) Decimal {
	if n == -1<<63 { // the one number whose negative has no word
		return Decimal{big: big.NewInt(n), scale: scale}
	}
	return Decimal{small: n, scale: scale}
}

// wide keeps b in a word where it fits.
func wide(b *big.Int, scale int) Decimal {
	if b.IsInt64() && b.Int64() != -1<<63 {
		return Decimal{small: b.Int64(), scale: scale}
	}
	return Decimal{big: b, scale: scale}
}

func (d Decimal) num() *big.Int {
	if d.big != nil {
		return d.big
	}
	return big.NewInt(d.small)
}

var tens = [19]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

func pow10(n int) *big.Int {
	if n < len(tens) {
		return big.NewInt(tens[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// product is a × b when it fits.
func product(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo >= 1<<63 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

// word is d's unscaled number at a scale no smaller than its own, when it fits.
func (d Decimal) word(scale int) (int64, bool) {
	if d.big != nil || scale-d.scale >= len(tens) {
		return 0, false
	}
	return product(d.small, tens[scale-d.scale])
}

func (d Decimal) at(scale int) *big.Int {
	return new(big.Int).Mul(d.num(), pow10(scale-d.scale))
}

// Add is d + o.
func (d Decimal) Add(o Decimal) Decimal {
	s := max(d.scale, o.scale)
	a, ok := d.word(s)
	b, ok2 := o.word(s)
	if sum := a + b; ok && ok2 && (a < 0) != (b < 0) || ok && ok2 && (sum < 0) == (a < 0) && sum != -1<<63 {
		return Decimal{small: sum, scale: s}
	}
	return wide(new(big.Int).Add(d.at(s), o.at(s)), s)
}

// Neg is −d.
func (d Decimal) Neg() Decimal {
	if d.big == nil {
		return Decimal{small: -d.small, scale: d.scale}
	}
	return wide(new(big.Int).Neg(d.big), d.scale)
}

// Sub is d − o.
func (d Decimal) Sub(o Decimal) Decimal { return d.Add(o.Neg()) }

// Mul is d × o.
func (d Decimal) Mul(o Decimal) Decimal {
	if d.big == nil && o.big == nil {
		if n, ok := product(d.small, o.small); ok {
			return Decimal{small: n, scale: d.scale + o.scale}
		}
	}
	return wide(new(big.Int).Mul(d.num(), o.num()), d.scale+o.scale)
}

// Div is d ÷ o rounded half away from zero to places; dividing by zero gives zero.
func (d Decimal) Div(o Decimal, places int) Decimal {
	if o.Sign() == 0 {
		return Decimal{}
	}
	// d/o = (dn/10^ds)/(on/10^os); scale the numerator so that the quotient has places digits.
	num, den := new(big.Int).Mul(d.num(), pow10(places+o.scale)), new(big.Int).Mul(o.num(), pow10(d.scale))
	return wide(divHalfUp(num, den), places)
}

// Round is d with places digits after the point, half away from zero.
func (d Decimal) Round(places int) Decimal {
	if places >= d.scale {
		if n, ok := d.word(places); ok {
			return Decimal{small: n, scale: places}
		}
		return wide(d.at(places), places)
	}
	if cut := d.scale - places; d.big == nil && cut < len(tens) {
		q, r := d.small/tens[cut], magnitude(d.small%tens[cut])
		if r >= uint64(tens[cut])-r {
			if d.small < 0 {
				q--
			} else {
				q++
			}
		}
		return Decimal{small: q, scale: places}
	}
	return wide(divHalfUp(d.num(), pow10(d.scale-places)), places)
}

func divHalfUp(num, den *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(num, den, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(den) >= 0 {
		if num.Sign()*den.Sign() < 0 {
			return q.Sub(q, big.NewInt(1))
		}
		return q.Add(q, big.NewInt(1))
	}
	return q
}

// Cmp is -1, 0 or 1 as d is less than, equal to or greater than o.
func (d Decimal) Cmp(o Decimal) int { return d.Sub(o).Sign() }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.big != nil:
		return d.big.Sign()
	case d.small < 0:
		return -1
	case d.small > 0:
		return 1
	}
	return 0
}

// Abs is d without its sign.
func (d Decimal) Abs() Decimal {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

// Scaled is d×10^places rounded half away from zero, such as minor units of money; ok is
// false when it does not fit.
func (d Decimal) Scaled(places int) (n int64, ok bool) {
	r := d.Round(places)
	return r.small, r.big == nil
}

// String is the shortest exact form; more than 12 digits after the point are rounded,
// because the wire has no more.
func (d Decimal) String() string {
	if d.scale > maxFrac {
		d = d.Round(maxFrac)
	}
	var s string
	if d.big != nil {
		s = new(big.Int).Abs(d.big).String()
	} else {
		s = strconv.FormatUint(magnitude(d.small), 10)
	}
	if len(s) <= d.scale {
		s = strings.Repeat("0", d.scale-len(s)+1) + s
	}
	if d.scale > 0 {
		s = strings.TrimRight(s[:len(s)-d.scale]+"."+s[len(s)-d.scale:], "0")
		s = strings.TrimSuffix(s, ".")
	}
	if d.Sign() < 0 {
		return "-" + s
	}
	return s
}

// MarshalText writes String.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads ParseDecimal; empty text is zero.
func (d *Decimal) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Decimal{}
		return nil
	}
	v, err := ParseDecimal(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// UnmarshalJSON reads a number written either as text or as a JSON number, because people
// write settings both ways.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	return d.UnmarshalText(bytes.Trim(b, `"`))
}

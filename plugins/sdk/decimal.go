package sdk

import (
	"bytes"
	"errors"
	"math/big"
	"strings"
)

// Decimal is an exact decimal number; its zero value is 0. Operations never round,
// except Round and Div, which say so.
type Decimal struct {
	n     *big.Int // unscaled; nil is zero
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
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return Decimal{}, ErrDecimal
		}
	}
	n, ok := new(big.Int).SetString(whole+frac, 10)
	if !ok {
		return Decimal{}, ErrDecimal
	}
	if neg {
		n.Neg(n)
	}
	return Decimal{n, len(frac)}, nil
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
func Int(n int64) Decimal { return Decimal{n: big.NewInt(n)} }

// Micro is n millionths.
func Micro(n int64) Decimal { return Decimal{big.NewInt(n), 6} }

func (d Decimal) num() *big.Int {
	if d.n == nil {
		return new(big.Int)
	}
	return d.n
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// at is d's unscaled number at a scale no smaller than its own.
func (d Decimal) at(scale int) *big.Int {
	if scale == d.scale {
		return d.num()
	}
	return new(big.Int).Mul(d.num(), pow10(scale-d.scale))
}

// Add is d + o.
func (d Decimal) Add(o Decimal) Decimal {
	s := max(d.scale, o.scale)
	return Decimal{new(big.Int).Add(d.at(s), o.at(s)), s}
}

// Neg is −d.
func (d Decimal) Neg() Decimal { return Decimal{new(big.Int).Neg(d.num()), d.scale} }

// Sub is d − o.
func (d Decimal) Sub(o Decimal) Decimal { return d.Add(o.Neg()) }

// Mul is d × o.
func (d Decimal) Mul(o Decimal) Decimal {
	return Decimal{new(big.Int).Mul(d.num(), o.num()), d.scale + o.scale}
}

// Div is d ÷ o rounded half away from zero to places; dividing by zero gives zero.
func (d Decimal) Div(o Decimal, places int) Decimal {
	if o.Sign() == 0 {
		return Decimal{}
	}
	// d/o = (dn/10^ds)/(on/10^os); scale the numerator so that the quotient has places digits.
	num, den := new(big.Int).Mul(d.num(), pow10(places+o.scale)), new(big.Int).Mul(o.num(), pow10(d.scale))
	return Decimal{divHalfUp(num, den), places}
}

// Round is d with places digits after the point, half away from zero.
func (d Decimal) Round(places int) Decimal {
	if places >= d.scale {
		return Decimal{d.at(places), places}
	}
	return Decimal{divHalfUp(d.num(), pow10(d.scale-places)), places}
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
func (d Decimal) Cmp(o Decimal) int {
	s := max(d.scale, o.scale)
	return d.at(s).Cmp(o.at(s))
}

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int { return d.num().Sign() }

// Abs is d without its sign.
func (d Decimal) Abs() Decimal { return Decimal{new(big.Int).Abs(d.num()), d.scale} }

// Scaled is d×10^places rounded half away from zero, such as minor units of money; ok is
// false when it does not fit.
func (d Decimal) Scaled(places int) (n int64, ok bool) {
	r := d.Round(places).num()
	return r.Int64(), r.IsInt64()
}

// String is the shortest exact form; more than 12 digits after the point are rounded,
// because the wire has no more.
func (d Decimal) String() string {
	if d.scale > maxFrac {
		d = d.Round(maxFrac)
	}
	s := new(big.Int).Abs(d.num()).String()
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

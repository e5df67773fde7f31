// Package money is amounts in minor units with their currency, and unit prices with
// six decimals. Neither is ever a float.
package money

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/quantity"
)

// Currency is an ISO 4217 code.
type Currency string

// exponents of the currencies that marketplaces here may trade in (ISO 4217, minor unit column).
var exponents = map[Currency]int{
	"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "SGD": 2, "AUD": 2, "CAD": 2, "CHF": 2, "INR": 2,
	"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3, "TRY": 2, "BRL": 2, "MXN": 2, "ZAR": 2, "SEK": 2, "NOK": 2, "DKK": 2, "PLN": 2,
}

// What can be wrong with an amount.
var (
	ErrMalformed = fault.New(fault.Invalid, "money.malformed", "Write an amount such as 1250.00.")
	ErrCurrency  = fault.New(fault.Invalid, "money.currency_unknown", "The currency {currency} is not traded here.")
	ErrMixed     = fault.New(fault.Internal, "money.currencies_mixed", "Something went wrong on our side.")
	ErrTooLarge  = fault.New(fault.Invalid, "money.too_large", "That amount is too large.")
)

// Exponent is the number of decimals of the currency, 2 where unknown.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return 2
}

// Known reports whether the platform trades in it.
func (c Currency) Known() bool { _, ok := exponents[c]; return ok }

// Money is an amount in minor units (fen, cents).
type Money struct {
	Minor    int64
	Currency Currency
}

// Of makes an amount from minor units.
func Of(minor int64, c Currency) Money { return Money{minor, c} }

// Zero is nothing of a currency.
func Zero(c Currency) Money { return Money{0, c} }

// Parse reads "1250.5" with no more decimals than the currency has.
func Parse(s string, c Currency) (Money, error) {
	if !c.Known() {
		return Money{}, ErrCurrency.With("currency", c)
	}
	micro, err := quantity.ParseMicro(s)
	if err != nil {
		return Money{}, ErrMalformed.Because(err)
	}
	per := pow10(6 - c.Exponent())
	if micro%per != 0 {
		return Money{}, ErrMalformed
	}
	return Money{micro / per, c}, nil
}

// Decimal is the amount as text with all the currency's decimals, "1250.50".
func (m Money) Decimal() string {
	e := m.Currency.Exponent()
	neg, u := "", uint64(m.Minor)
	if m.Minor < 0 {
		neg, u = "-", uint64(-m.Minor)
	}
	s := strconv.FormatUint(u, 10)
	if e == 0 {
		return neg + s
	}
	if len(s) <= e {
		s = strings.Repeat("0", e-len(s)+1) + s
	}
	return neg + s[:len(s)-e] + "." + s[len(s)-e:]
}

// String is "1250.50 CNY".
func (m Money) String() string { return m.Decimal() + " " + string(m.Currency) }

// Add is m + o; both must be of one currency.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, ErrMixed
	}
	s := m.Minor + o.Minor
	if (s > m.Minor) != (o.Minor > 0) && o.Minor != 0 {
		return Money{}, ErrTooLarge
	}
	return Money{s, m.Currency}, nil
}

// Sub is m − o.
func (m Money) Sub(o Money) (Money, error) { return m.Add(Money{-o.Minor, o.Currency}) }

// Share is m × rate, where rate is in millionths (130000 is 13 %), rounded half up.
func (m Money) Share(rateMicro int64) (Money, error) {
	v, err := quantity.MulDiv(m.Minor, rateMicro, quantity.Scale)
	if err != nil {
		return Money{}, ErrTooLarge
	}
	return Money{v, m.Currency}, nil
}

// Sum adds amounts of one currency; none is zero of c.
func Sum(c Currency, ms ...Money) (Money, error) {
	total := Zero(c)
	for _, m := range ms {
		var err error
		if total, err = total.Add(m); err != nil {
			return Money{}, err
		}
	}
	return total, nil
}

// Allocate splits m by weights so that the parts add up to m exactly: largest remainder
// first, earlier parts before later ones.
func (m Money) Allocate(weights ...int64) []Money {
	parts := make([]Money, len(weights))
	var total int64
	for _, w := range weights {
		total += w
	}
	if total <= 0 {
		for i := range parts {
			parts[i] = Zero(m.Currency)
		}
		if len(parts) > 0 {
			parts[0] = m
		}
		return parts
	}
	left := m.Minor
	rem := make([]int64, len(weights))
	for i, w := range weights {
		whole, r := mulDivFloor(m.Minor, w, total)
		parts[i], rem[i] = Money{whole, m.Currency}, r
		left -= whole
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rem {
			if rem[i] > rem[best] {
				best = i
			}
		}
		parts[best].Minor++
		rem[best] = math.MinInt64
	}
	return parts
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

type wire struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// MarshalJSON writes {"amount":"1250.50","currency":"CNY"}.
func (m Money) MarshalJSON() ([]byte, error) {
	if !m.Currency.Known() { // whatever it is, it is quoted properly
		return json.Marshal(wire{m.Decimal(), string(m.Currency)})
	}
	b := append(append(make([]byte, 0, 64), `{"amount":"`...), m.Decimal()...)
	return append(append(append(b, `","currency":"`...), m.Currency...), `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(b []byte) error {
	var w wire
	if v, ok := quantity.Wire(b, "amount", "currency"); ok {
		w.Amount, w.Currency = v[0], v[1]
	} else if err := json.Unmarshal(b, &w); err != nil {
		return ErrMalformed.Because(err)
	}
	v, err := Parse(w.Amount, Currency(w.Currency))
	if err != nil {
		return err
	}
	*m = v
	return nil
}

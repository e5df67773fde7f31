package sourcing

import (
	"math/big"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Bounds of what anybody can mean. They keep every later sum inside 64 bits.
const (
	maxQtyMicro   = 1_000_000_000 * quantity.Scale // a thousand million of anything
	maxPriceMicro = 1_000_000_000 * quantity.Scale // per unit
	maxLineMinor  = 1_000_000_000_000_000          // ten million million, on one line
)

// isMass reports whether a unit weighs.
func isMass(u quantity.Unit) bool {
	_, err := quantity.Quantity{Unit: u}.In(quantity.Kilogram, 0)
	return err == nil
}

// measure relates units of one line: the catalogue knows what one of an item's own unit
// weighs, and nothing about its boxes or drums.
type measure struct {
	unit           quantity.Unit
	kgPerUnitMicro int64
}

// in turns q into another unit, or says that nobody can.
func (m measure) in(q quantity.Quantity, to quantity.Unit) (quantity.Quantity, error) {
	if out, err := q.In(to, 0); err == nil || q.Unit == to {
		return out, err
	}
	counted := q.Unit
	if isMass(counted) {
		counted = to
	}
	if counted != m.unit || isMass(m.unit) {
		return quantity.Quantity{}, quantity.ErrUnitMatch.With("from", q.Unit).With("to", to)
	}
	return q.In(to, m.kgPerUnitMicro)
}

// per is an amount spread over a quantity: the price of one unit, rounded half up.
func per(m money.Money, q quantity.Quantity) money.Price {
	p := money.Price{Currency: m.Currency, Per: q.Unit}
	if q.Micro <= 0 {
		return p
	}
	// minor → millionths of a major unit, × 10^6 because q counts in millionths too.
	n := new(big.Int).Mul(big.NewInt(m.Minor), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(12-m.Currency.Exponent())), nil))
	n.Add(n, big.NewInt(q.Micro/2)).Quo(n, big.NewInt(q.Micro))
	if n.IsInt64() {
		p.Micro = n.Int64()
	}
	return p
}

// share is part/whole in millionths, for showing how much of a line is covered.
func share(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	v, err := quantity.MulDiv(part, quantity.Scale, whole)
	if err != nil {
		return 0
	}
	return v
}
